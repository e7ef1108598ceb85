//! How a finding came about, step by step: facts, expression, values, controls, rating, matrix cell. Computed again from
//! the same inputs, so the explanation cannot drift from the judgement.

use std::fmt::Write as _;

use casemate_catalog::{Entry, Scope};
use casemate_core::{Day, Finding, FindingId, Rated, View};
use casemate_system::{Description, System};

use crate::Inputs;
use crate::facts::{ComponentFacts, DataFacts, FlowFacts, SystemFacts};
use crate::grounds::Grounds;
use crate::topology::Topology;

/// The explanation of a finding, as lines of text; none if the case has no such finding.
#[must_use]
pub fn explain(id: &FindingId, finding: &Finding, inputs: &Inputs<'_>) -> String {
    let mut text = String::new();
    let mut line = |content: &str| {
        text.push_str(content);
        text.push('\n');
    };
    if let Some(assumed) = inputs.experiment.words() {
        line(&format!("experiment: {assumed}"));
    }
    line(&format!(
        "{id}: {} ({} severity, {} confidence)",
        finding.title, finding.severity, finding.confidence
    ));
    line(&format!("category {}, domain {}", finding.category, finding.domain));
    line(&format!("why: {}", finding.reason));
    if let Some(accepted) = &finding.acceptance {
        line(&format!("accepted until {}: {}", accepted.expires, accepted.reason));
    }
    if let Some(entry) = inputs.catalog.threats().get(&id.threat) {
        line("");
        line(&entry.threat.description);
        if let Description::System(system) = &inputs.described.description {
            line("");
            line(&conditions(entry, id, system, inputs));
        }
        line("");
        line(&controls(entry, id, inputs));
    }
    if let Some(rated) = &finding.rating {
        line("");
        line(&rating(rated));
    }
    line("");
    line(&format!("what to do: {}", finding.recommendation));
    if let Some(command) = &finding.command {
        line(&format!("command: {command}"));
    }
    if !finding.references.is_empty() {
        line("");
        line("supports evidence for:");
        for (framework, ids) in &*finding.references {
            line(&format!("  {framework}: {}", ids.join(", ")));
        }
    }
    for due in &finding.due {
        line("");
        line(&format!("due from {}: {} ({}, looked up {})", due.date, due.what, due.source, due.as_of));
    }
    if let Some(location) = &finding.location {
        line("");
        line(&format!("at {location}"));
    }
    text
}

/// Where the threat applies, and the value of every fact its expression reads.
fn conditions(entry: &Entry, id: &FindingId, system: &System, inputs: &Inputs<'_>) -> String {
    let applies = &entry.threat.applies;
    let topology = Topology::of(system);
    let element = id.element.as_str();
    let facts = match applies.to {
        Scope::Component => serde_json::to_value(ComponentFacts::of(element, system, &topology)),
        Scope::Data => serde_json::to_value(DataFacts::of(element, system, &topology)),
        Scope::Flow => serde_json::to_value(FlowFacts::of(element, system, &topology)),
        Scope::System => Ok(serde_json::Value::Null),
    };
    let whole = serde_json::to_value(SystemFacts::of(system, &topology, Day::of(inputs.now)));
    let mut text = format!("applies to: {}", applies.to);
    if !applies.kinds.is_empty() {
        let kinds: Vec<&str> = applies.kinds.iter().map(|kind| kind.as_str()).collect();
        let _ = write!(text, " of kind {}", kinds.join(", "));
    }
    if !applies.data.is_empty() {
        let kinds: Vec<&str> = applies.data.iter().map(|kind| kind.as_str()).collect();
        let _ = write!(text, " of kind {}", kinds.join(", "));
    }
    let _ = write!(text, "\nwhen: {}", entry.threat.when);
    for (subject, name) in entry.when.facts() {
        let values = if subject == Scope::System.as_str() { &whole } else { &facts };
        let value = values.as_ref().ok().and_then(|values| values.get(&name));
        let value = value.map(ToString::to_string).unwrap_or_default();
        let _ = write!(text, "\n  {subject}.{name} = {}", casemate_core::printable(&value));
    }
    text
}

/// What would close or reduce it, and how each control stands on the element.
fn controls(entry: &Entry, id: &FindingId, inputs: &Inputs<'_>) -> String {
    let edges = &entry.threat.controls;
    let system = match &inputs.described.description {
        Description::System(system) => Some(system),
        Description::Checklist(_) => None,
    };
    let grounds = system.map(|system| Grounds::of(system, inputs));
    let mut text = String::from("controls:");
    for (effect, ids) in [
        ("stops", &edges.stop),
        ("reduces", &edges.reduce),
        ("detects", &edges.detect),
        ("recovers", &edges.recover),
    ] {
        for control in ids {
            let standing = grounds.as_ref().map_or("not claimed", |grounds| {
                let holds = |view| grounds.standing().holds(control, &id.element, view);
                match (holds(View::Verified), holds(View::Claimed)) {
                    (true, _) => "verified",
                    (false, true) => "claimed, not verified",
                    (false, false) => "not standing",
                }
            });
            let _ = write!(text, "\n  {effect} {control}: {standing}");
        }
    }
    if let Some(enough) = edges.enough {
        let _ = write!(text, "\n  {enough} of those that reduce it close it together");
    }
    text
}

/// The matrix cell and the way to it.
fn rating(rated: &Rated) -> String {
    let reduced = match rated.reduced_by.as_slice() {
        [] => "nothing reduces it".to_owned(),
        controls => {
            format!("reduced by {}", controls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
    };
    let unreachable = rated.unreachable.as_ref().map(|why| format!(", {why}")).unwrap_or_default();
    format!(
        "rating:\n  impact {} on {}: the asset is worth {} ({})\n  likelihood {}: open to {} ({}), technique {}, {reduced}{unreachable}\n  matrix[{}][{}] = {}",
        rated.impact,
        rated.property,
        rated.asset,
        rated.asset_from,
        rated.likelihood,
        rated.exposure,
        rated.exposure_from,
        rated.maturity,
        rated.impact,
        rated.likelihood,
        rated.severity()
    )
}
