//! Runs a threat's own examples: the systems it must catch, must not, and does not apply to. The test suite and
//! `casemate catalog check` both use it, so users' threats are held to the same.

use casemate_catalog::{Catalog, Entry};
use casemate_core::{Experiment, FindingId, Id, Input, InputFormat, Timestamp, View};
use casemate_system::{Description, Names, Source};

use crate::{Documents, Inputs, ToolInfo, assess, names};

/// What is wrong with a threat's examples; empty if all behave.
#[must_use]
pub fn check(entry: &Entry, catalog: &Catalog, now: Timestamp) -> Vec<String> {
    let names = names(catalog);
    let examples = &entry.threat.examples;
    let groups = [
        ("open", &examples.open),
        ("closed", &examples.closed),
        ("not-applicable", &examples.not_applicable),
    ];
    let mut problems = Vec::new();
    for (expected, systems) in groups {
        for (index, example) in systems.iter().enumerate() {
            let found = outcome(&entry.threat.id, example, catalog, &names, now);
            let told = match &found {
                Ok(found) if *found == expected => continue,
                Ok(found) => format!("is {found}"),
                Err(error) => error.clone(),
            };
            problems.push(format!("{}: example {expected} {}: {told}", entry.threat.id, index + 1));
        }
    }
    problems
}

fn outcome(
    threat: &Id,
    example: &serde_json::Value,
    catalog: &Catalog,
    names: &Names,
    now: Timestamp,
) -> Result<&'static str, String> {
    let text = complete(example).to_string();
    let source = Source { file: "example", text: &text };
    let described = casemate_system::read(&source, names)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    let Description::System(system) = &described.description else { return Err("is no system".to_owned()) };
    if let Some(dangling) = system.dangling.first() {
        return Err(dangling.diagnostic().to_string());
    }
    let case = assess(&Inputs {
        described: &described,
        catalog,
        evidence: &[],
        problems: &[],
        documents: &Documents::new(),
        accept_from: None,
        baseline: None,
        view: View::Claimed,
        experiment: &Experiment::default(),
        complete: false,
        now,
        input: Input { file: "example".into(), format: InputFormat::System, sha256: "".into() },
        tool: ToolInfo { version: "example", has_command: |_| false },
    })
    .map_err(|error| error.to_string())?;
    let is_ours = |id: &FindingId| id.threat == *threat;
    if case.findings.iter().any(|finding| is_ours(&finding.id)) {
        Ok("open")
    } else if case.closed.iter().any(|closed| is_ours(&closed.id) && !closed.described) {
        Ok("closed")
    } else {
        Ok("not-applicable")
    }
}

/// The example with the parts every system file has.
fn complete(example: &serde_json::Value) -> serde_json::Value {
    let mut example = example.clone();
    if let Some(map) = example.as_object_mut() {
        map.entry("version").or_insert_with(|| 1.into());
        let system = map.entry("system").or_insert_with(|| serde_json::json!({}));
        if let Some(system) = system.as_object_mut() {
            system.entry("id").or_insert_with(|| "example".into());
        }
    }
    example
}
