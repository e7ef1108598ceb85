//! The built-in catalogue is consistent and broad, and every threat behaves on its own examples.

use std::collections::BTreeSet;

use casemate_assess::examples;
use casemate_core::{Domain, FrameworkId, Goal, Property, Stage, View};
use casemate_system::Source;

use crate::common::{NOW, With, catalog, judge_described};

#[test]
fn every_threat_catches_what_it_must_and_nothing_else() {
    let now = NOW.parse().unwrap();
    let problems: Vec<String> =
        catalog().threats().values().flat_map(|entry| examples::check(entry, catalog(), now)).collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_stage_domain_property_and_goal_has_threats() {
    let threats = || catalog().threats().values().map(|entry| &entry.threat);
    assert!(threats().count() >= 70 && catalog().controls().len() >= 45);
    for &stage in Stage::ALL {
        let count = threats().filter(|threat| threat.applies.stages.contains(&stage)).count();
        assert!(count >= 5, "{stage}: {count}");
    }
    for &domain in Domain::ALL {
        assert!(threats().filter(|threat| threat.domain == domain).count() >= 3, "{domain}");
    }
    for &property in Property::ALL {
        assert!(threats().any(|threat| threat.violates.contains(&property)), "{property}");
    }
    for &goal in Goal::ALL {
        assert!(threats().any(|threat| threat.goals.contains(&goal)), "{goal}");
    }
}

#[test]
fn exactly_the_four_basic_controls_are_required_of_every_checklist() {
    let required: BTreeSet<&str> = catalog()
        .controls()
        .values()
        .filter(|control| control.required)
        .map(|control| control.id.as_str())
        .collect();
    let basic = ["api-authentication", "data-encryption-at-rest", "input-validation", "model-versioning"];
    assert_eq!(required, basic.into());
}

/// Shares of a framework's entries of one kind that have a threat.
fn covered(framework: &str, kind: &str) -> (usize, usize) {
    let id: FrameworkId = framework.parse().unwrap();
    let covered = catalog().coverage(&id);
    let items = catalog().frameworks()[&id].items.iter().filter(|item| &*item.kind == kind);
    let items: Vec<_> = items.collect();
    (items.iter().filter(|item| covered.contains_key(&item.id)).count(), items.len())
}

#[test]
fn lists_of_risks_are_covered() {
    let (has, of) = covered("cosai-risk-map@2026-08-19", "risk");
    assert!(of == 36 && has * 10 >= of * 9, "{has} of {of}");
    for list in ["owasp-llm@2025", "owasp-llm@2026", "owasp-ml@2023", "owasp-agentic@2026"] {
        let (has, of) = covered(list, "risk");
        assert_eq!((has, of), (10, 10), "{list}");
    }
}

#[test]
fn references_follow_the_alias_tables_into_older_editions() {
    let id = |text: &str| text.parse::<FrameworkId>().unwrap();
    let excessive = &catalog().threats()["excessive-agency"].references;
    assert!(excessive[&id("owasp-llm@2026")].contains(&"LLM03:2026".into()));
    assert!(excessive[&id("owasp-llm@2025")].contains(&"LLM06:2025".into()));
}

#[test]
fn every_control_an_import_claims_is_in_the_catalogue() {
    let controls = catalog().controls();
    for control in casemate_system::import::claimable() {
        assert!(controls.contains_key(control), "{control}");
    }
}

/// Every threat that an attacker exploits can be reached in the system that shows it, unless nobody there could.
#[test]
fn every_threat_is_reached_in_the_system_that_shows_it() {
    let mut lost = Vec::new();
    for entry in catalog().threats().values() {
        for (index, example) in entry.threat.examples.open.iter().enumerate() {
            let mut example = example.clone();
            let sections = example.as_object_mut().unwrap();
            sections.entry("system").or_insert_with(|| serde_json::json!({ "id": "example" }));
            sections.insert("version".into(), 1.into());
            let text = example.to_string();
            let source = Source { file: "example", text: &text };
            let described = casemate_system::read(&source, &casemate_assess::names(catalog())).unwrap();
            let case = judge_described(&described, With { view: Some(View::Bare), ..With::default() });
            for finding in case.findings.iter().filter(|finding| finding.threat == entry.threat.id) {
                let why = finding.rating.as_ref().and_then(|rated| rated.unreachable.as_deref());
                lost.extend(why.map(|why| format!("{} {}: {why}", finding.id, index + 1)));
            }
        }
    }
    assert!(lost.is_empty(), "{} are not reached:\n{}", lost.len(), lost.join("\n"));
}
