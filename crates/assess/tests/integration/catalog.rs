//! The built-in catalogue is consistent and broad, and every threat behaves on its own examples.

use std::collections::BTreeSet;

use casemate_assess::examples;
use casemate_core::{Domain, FrameworkId, Goal, Property, Stage};

use crate::common::{NOW, catalog};

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
