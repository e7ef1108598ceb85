//! A layer for the MITRE ATLAS Navigator: which techniques stand open, which are accepted, which are held off.
//!
//! Only references to the edition that the layer names count; another edition numbers techniques differently.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Case, Finding, FindingStatus, Foothold, FrameworkId, Severity};
use serde_json::{Value, json};

use crate::json;
use crate::paths::{self, Reached};

const FRAMEWORK: &str = "mitre-atlas";
const EDITION: &str = "2026.09";
const ACCEPTED: &str = "#b0bec5";
const CLOSED: &str = "#a5d6a7";

pub(crate) fn render(case: &Case) -> String {
    let mut techniques: BTreeMap<&str, Technique<'_>> = BTreeMap::new();
    let ours = |id: &FrameworkId| id.name == FRAMEWORK && id.edition == EDITION;
    for finding in &case.findings {
        let entries = finding.references.iter().filter(|(id, _)| ours(id)).flat_map(|(_, entries)| entries);
        for entry in entries.filter(|entry| is_technique(entry)) {
            techniques.entry(entry).or_default().findings.push(finding);
        }
    }
    let closed = case.coverage.frameworks.iter().filter(|framework| ours(&framework.framework));
    for entry in closed.flat_map(|framework| &framework.closed).filter(|entry| is_technique(entry)) {
        techniques.entry(entry).or_default().closed = true;
    }
    let paths = case.attack.as_ref().map(paths::reached).unwrap_or_default();
    for Reached { goal, path } in paths {
        let known = path.steps.iter().filter_map(|step| step.technique.as_ref());
        for entry in known
            .filter(|known| ours(&known.framework))
            .flat_map(|known| &known.ids)
            .filter(|entry| is_technique(entry))
        {
            let goals = techniques.entry(entry).or_default();
            if goals.on_path_to.last() != Some(&&goal.id) {
                goals.on_path_to.push(&goal.id);
            }
        }
    }
    // A sub-technique is seen only where its parent is unfolded.
    let parents: BTreeSet<&str> = techniques.keys().filter_map(|id| parent(id)).collect();
    for id in &parents {
        techniques.entry(id).or_default();
    }
    let techniques: Vec<Value> =
        techniques.iter().map(|(id, technique)| technique.entry(id, parents.contains(id), case)).collect();
    json::document(json!({
        "name": case.system.name,
        "versions": { "layer": "4.3", "navigator": "4.6.4" },
        "domain": "atlas-atlas",
        "description": description(case),
        "sorting": 3,
        "hideDisabled": false,
        "selectTechniquesAcrossTactics": true,
        "techniques": techniques,
        "gradient": { "colors": ["#ffffff", colour(Severity::Critical)], "minValue": 0, "maxValue": 4 },
        "legendItems": legend(),
        "metadata": [
            { "name": "atlas_data_version", "value": EDITION },
            { "name": "generated_on", "value": case.generated.to_string() },
            { "name": "input", "value": case.input.file },
            { "name": "tool", "value": format!("{} {}", case.tool.name, case.tool.version) },
        ],
    }))
}

fn description(case: &Case) -> String {
    let assumed = case.assumed().map(|assumed| format!("Experiment: {assumed}. ")).unwrap_or_default();
    let goals = case.attack.as_ref().map(|attack| {
        let reachable = attack.reachable;
        format!(
            "Goals reachable: {} with the claims, {} with only what was verified, {} with no controls (of {}). ",
            reachable.claimed, reachable.verified, reachable.bare, attack.possible
        )
    });
    format!(
        "{assumed}{}Open threats: {} with the claims, {} with only what was verified, {} with no controls. Coloured: the {} view.",
        goals.unwrap_or_default(),
        case.open.claimed,
        case.open.verified,
        case.open.bare,
        case.view
    )
}

/// What the case says of one technique.
#[derive(Default)]
struct Technique<'a> {
    findings: Vec<&'a Finding>,
    closed: bool,
    /// Goals to which a path leads that uses it, worst first.
    on_path_to: Vec<&'a Foothold>,
}

impl Technique<'_> {
    fn entry(&self, id: &str, unfolded: bool, case: &Case) -> Value {
        let worst = |status| self.findings.iter().filter(|f| f.status == status).map(|f| f.severity).max();
        let (score, colour) = match (worst(FindingStatus::Open), worst(FindingStatus::Accepted)) {
            (Some(severity), _) => (Some(score(severity)), Some(colour(severity))),
            (None, Some(_)) => (Some(0), Some(ACCEPTED)),
            (None, None) => (self.closed.then_some(0), self.closed.then_some(CLOSED)),
        };
        let findings = self.findings.iter();
        let mut comment: Vec<String> =
            findings.map(|f| format!("{}, {}: {} ({})", f.status, f.severity, f.title, f.id)).collect();
        if self.findings.is_empty() && self.closed {
            comment.push(format!("held off: every threat that applies is closed in the {} view", case.view));
        }
        if !self.on_path_to.is_empty() {
            let goals = paths::named(self.on_path_to.iter().copied(), str::to_owned);
            comment.push(format!("on a path to {goals}"));
        }
        json!({
            "techniqueID": id,
            "score": score,
            "color": colour,
            "comment": (!comment.is_empty()).then(|| comment.join("; ")),
            "enabled": true,
            "showSubtechniques": unfolded,
        })
    }
}

/// Tactics and mitigations are entries too, and a layer has no cells for them.
fn is_technique(entry: &str) -> bool {
    entry.strip_prefix("AML.T").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The technique a sub-technique belongs to: `AML.T0024` for `AML.T0024.002`.
fn parent(technique: &str) -> Option<&str> {
    let (parent, _) = technique.rsplit_once('.')?;
    (parent != "AML").then_some(parent)
}

const fn score(severity: Severity) -> u8 {
    match severity {
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
        Severity::Critical => 4,
    }
}

const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "#fff59d",
        Severity::Medium => "#ffb74d",
        Severity::High => "#ff7043",
        Severity::Critical => "#d32f2f",
    }
}

fn legend() -> Vec<Value> {
    let open = Severity::ALL.iter().rev().map(|&severity| (format!("open, {severity}"), colour(severity)));
    let rest = [("accepted".to_owned(), ACCEPTED), ("held off".to_owned(), CLOSED)];
    open.chain(rest).map(|(label, color)| json!({ "label": label, "color": color })).collect()
}
