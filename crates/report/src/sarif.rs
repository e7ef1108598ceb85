//! SARIF 2.1.0, for code scanning and editors.
//!
//! Some hosts read neither `kind` nor `baselineState` and show every result as a problem, so what is closed or gone is
//! listed only when everything is asked for. Accepted findings are always listed, with their suppression.

mod flows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use casemate_core::{
    Acceptance, BaselineState, Case, Closed, Element, Finding, FindingId, FixedFinding, FrameworkId, Id,
    Location, Problem, ProblemKind, Severity, printable,
};
use serde::Serialize;
use serde_json::{Value, json};

use flows::Ways;

use crate::frameworks::{self, Used};
use crate::json::{self, Each, displayed};
use crate::place::{Level, Place, uri};
use crate::{Detail, Style, names};

pub(crate) const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Where the name of a finding stands among the fingerprints.
const FINGERPRINT: &str = "casemateFinding/v1";

pub(crate) fn render(case: &Case, style: Style) -> String {
    let log = Log::of(case);
    let results = || {
        let all = style.detail == Detail::Full;
        let closed = case.closed.iter().filter(move |_| all).map(|closed| log.closed(closed));
        let fixed = case.fixed.iter().filter(move |_| all).map(|fixed| log.fixed(fixed));
        case.findings.iter().map(|finding| log.finding(finding)).chain(closed).chain(fixed)
    };
    let [goals, experiment, others] = log.attack();
    json::streamed(&Document {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: displayed(json!({ "driver": log.driver() })),
            automation_details: displayed(json!({ "id": format!("casemate/{}/", case.system.id) })),
            column_kind: "unicodeCodePoints",
            invocations: [displayed(log.invocation())],
            artifacts: displayed(log.artifacts().into()),
            taxonomies: displayed(log.taxonomies().into()),
            results: Each(results),
            properties: displayed(json!({
                "view": case.view,
                "openThreats": case.open,
                "goalsReachable": goals,
                "experiment": experiment,
                "pathsWithoutFinding": others,
                "system": case.system.name,
                "purpose": case.system.purpose,
                "owner": case.system.owner,
            })),
        }],
    })
}

#[derive(Serialize)]
struct Document<R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<R>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<R> {
    tool: Value,
    automation_details: Value,
    column_kind: &'static str,
    invocations: [Value; 1],
    artifacts: Value,
    taxonomies: Value,
    results: R,
    properties: Value,
}

/// A case with the tables that results point into.
struct Log<'a> {
    case: &'a Case,
    rules: BTreeMap<&'a str, Rule<'a>>,
    frameworks: Vec<(String, &'a str, Used<'a>)>,
    files: BTreeSet<&'a str>,
    ways: Ways<'a>,
}

/// A threat, or a rule about the case itself.
#[derive(Default)]
struct Rule<'a> {
    title: &'a str,
    worst: Option<Severity>,
    /// Any finding of it: advice and references are the same in all.
    finding: Option<&'a Finding>,
}

impl<'a> Log<'a> {
    fn of(case: &'a Case) -> Self {
        let mut rules: BTreeMap<&str, Rule<'_>> = BTreeMap::new();
        let mut add = |id: &'a str, title: &'a str, severity: Severity, finding: Option<&'a Finding>| {
            let rule = rules.entry(id).or_default();
            rule.title = title;
            rule.worst = rule.worst.max(Some(severity));
            rule.finding = rule.finding.or(finding);
        };
        for finding in &case.findings {
            add(finding.threat.as_str(), &finding.title, finding.severity, Some(finding));
        }
        for closed in &case.closed {
            add(closed.id.threat.as_str(), &closed.title, closed.severity, None);
        }
        for fixed in &case.fixed {
            add(fixed.id.threat.as_str(), &fixed.title, fixed.severity, None);
        }
        let locations = case.findings.iter().filter_map(|finding| finding.location.as_ref());
        let locations = locations.chain(case.claims.iter().filter_map(|claim| claim.location.as_ref()));
        let locations = locations.chain(case.problems.iter().filter_map(|problem| problem.location.as_ref()));
        let mut files: BTreeSet<&str> = locations.map(|location| &*location.file).collect();
        files.insert(&case.input.file);
        let frameworks = frameworks::used(case).into_iter().filter(|(_, used)| !used.found.is_empty());
        let frameworks =
            frameworks.map(|(id, used)| (id.name.to_string(), id.edition.as_str(), used)).collect();
        Self { case, rules, frameworks, files, ways: Ways::of(case) }
    }

    fn driver(&self) -> Value {
        let rules: Vec<Value> = self.rules.iter().map(|(id, rule)| self.rule(id, rule)).collect();
        let taxonomies = self.frameworks.iter().enumerate();
        let taxonomies: Vec<Value> =
            taxonomies.map(|(index, (name, _, _))| json!({ "name": name, "index": index })).collect();
        json!({
            "name": self.case.tool.name,
            "version": self.case.tool.version,
            "rules": rules,
            "supportedTaxonomies": taxonomies,
            "properties": { "catalog": self.case.tool.catalog },
        })
    }

    fn rule(&self, id: &str, rule: &Rule<'_>) -> Value {
        let severity = rule.worst.unwrap_or(Severity::Low);
        let mut tags = vec!["security".to_owned(), "ai".to_owned()];
        let finding = rule.finding;
        if let Some(finding) = finding {
            tags.push(finding.domain.to_string());
            tags.extend(finding.goals.iter().map(|goal| format!("goal/{goal}")));
        }
        json!({
            "id": id,
            "shortDescription": { "text": message(rule.title) },
            "fullDescription": { "text": message(&finding.map_or_else(
                || rule.title.to_owned(),
                |finding| format!("{}: {}", finding.category, rule.title),
            )) },
            "help": { "text": message(&finding.map_or_else(|| rule.title.to_owned(), help)) },
            "defaultConfiguration": { "level": level(severity) },
            "properties": {
                "tags": tags,
                "precision": finding.map(|finding| finding.confidence),
                "security-severity": score(severity),
            },
        })
    }

    fn finding(&self, finding: &Finding) -> Value {
        let (flows, more) = self.code_flows(&finding.id);
        let suppressions = finding.acceptance.as_ref().map(|accepted| vec![self.suppression(accepted)]);
        self.result(Outcome {
            id: &finding.id,
            rule: &finding.threat,
            text: format!(
                "{}: {}. Fix: {}.",
                finding.title,
                stop(&finding.reason),
                stop(&finding.recommendation)
            ),
            kind: "fail",
            level: level(finding.severity),
            location: finding.location.as_ref(),
            baseline: finding.baseline.map(sarif_state),
            more: json!({
                "codeFlows": flows,
                "taxa": finding.references.iter().flat_map(|(id, entries)| self.taxa(id, entries)).collect::<Vec<_>>(),
                "suppressions": suppressions,
                "properties": {
                    "severity": finding.severity,
                    "security-severity": score(finding.severity),
                    "confidence": finding.confidence,
                    "category": finding.category,
                    "domain": finding.domain,
                    "status": finding.status,
                    "reason": finding.reason,
                    "recommendation": finding.recommendation,
                    "command": finding.command,
                    "controls": finding.controls,
                    "violates": finding.violates,
                    "goals": finding.goals,
                    "rating": finding.rating,
                    "moreGoals": more,
                },
            }),
        })
    }

    fn closed(&self, closed: &Closed) -> Value {
        let claim = self.case.claims.iter().find(|claim| {
            claim.component == closed.id.element
                && closed.by.contains(&claim.control)
                && claim.location.is_some()
        });
        self.result(Outcome {
            id: &closed.id,
            rule: &closed.id.threat,
            text: format!(
                "{}: held off by {}, in the {} view.",
                closed.title,
                names(&closed.by),
                closed.basis()
            ),
            kind: "pass",
            level: "none",
            location: claim.and_then(|claim| claim.location.as_ref()),
            baseline: None,
            more: json!({
                "properties": { "controls": closed.by, "holds": closed.holds, "severity": closed.severity },
            }),
        })
    }

    fn fixed(&self, fixed: &FixedFinding) -> Value {
        self.result(Outcome {
            id: &fixed.id,
            rule: &fixed.id.threat,
            text: format!("{}: no longer open.", fixed.title),
            kind: "fail",
            level: level(fixed.severity),
            location: None,
            baseline: Some("absent"),
            more: json!({ "properties": { "severity": fixed.severity } }),
        })
    }

    fn result(&self, outcome: Outcome<'_>) -> Value {
        let mut result = json!({
            "ruleId": outcome.rule,
            "ruleIndex": self.rules.keys().position(|rule| outcome.rule == *rule),
            "kind": outcome.kind,
            "level": outcome.level,
            "message": { "text": message(&outcome.text) },
            "locations": [{
                "physicalLocation": self.physical(outcome.location),
                "logicalLocations": [self.logical(&outcome.id.element)],
            }],
            "partialFingerprints": { FINGERPRINT: outcome.id },
            "baselineState": outcome.baseline,
        });
        if let (Value::Object(result), Value::Object(more)) = (&mut result, outcome.more) {
            result.extend(more);
        }
        result
    }

    fn physical(&self, location: Option<&Location>) -> Value {
        let place = Place::of(location, self.case);
        json!({
            "artifactLocation": {
                "uri": uri(place.file),
                "index": self.files.iter().position(|file| *file == place.file),
            },
            "region": { "startLine": place.line, "startColumn": place.column, "endColumn": place.end_column },
        })
    }

    fn logical(&self, element: &Id) -> Value {
        let system = &self.case.system;
        let (name, kind) = match system.elements.get(element) {
            Some(Element::Actor(actor)) => (&*actor.name, "actor"),
            Some(Element::Boundary(boundary)) => (&*boundary.name, "boundary"),
            Some(Element::Component(component)) => (&*component.name, component.kind.as_str()),
            Some(Element::Data(data)) => (&*data.name, "data"),
            None if self.ways.flows.get(element).is_some() => (element.as_str(), "flow"),
            None => (&*system.name, "system"),
        };
        json!({
            "name": element,
            "fullyQualifiedName": format!("{}/{element}", system.id),
            "kind": kind,
            "properties": { "name": name },
        })
    }

    fn suppression(&self, accepted: &Acceptance) -> Value {
        let mut justification = format!("{} (until {}", stop(&accepted.reason), accepted.expires);
        for (label, value) in [("owner", &accepted.owner), ("ticket", &accepted.ticket)] {
            if let Some(value) = value {
                justification.push_str(&format!(", {label} {value}"));
            }
        }
        justification.push(')');
        let location = accepted.location.as_ref();
        json!({
            "kind": "inSource",
            "status": "accepted",
            "justification": justification,
            "location": location.map(|place| json!({ "physicalLocation": self.physical(Some(place)) })),
        })
    }

    /// References to entries of the taxonomies. What no finding speaks to is in none of them.
    fn taxa(&self, id: &FrameworkId, entries: &[Arc<str>]) -> Vec<Value> {
        let mut known = self.frameworks.iter().enumerate();
        let found = known.find(|(_, (name, edition, _))| id.name == **name && id.edition == *edition);
        let Some((index, (name, _, used))) = found else { return Vec::new() };
        let entries = entries.iter().filter_map(|entry| {
            let place = used.found.iter().position(|found| *found == &**entry)?;
            Some(json!({ "id": entry, "index": place, "toolComponent": { "name": name, "index": index } }))
        });
        entries.collect()
    }

    fn taxonomies(&self) -> Vec<Value> {
        let taxonomy = |(name, edition, used): &(String, &str, Used<'_>)| {
            let taxa: Vec<Value> = used.found.iter().map(|entry| json!({ "id": entry })).collect();
            let title = if used.title.is_empty() { name } else { used.title };
            json!({
                "name": name,
                "version": edition,
                "fullName": format!("{title} {edition}"),
                "shortDescription": { "text": message(title) },
                "isComprehensive": false,
                "taxa": taxa,
            })
        };
        self.frameworks.iter().map(taxonomy).collect()
    }

    fn artifacts(&self) -> Vec<Value> {
        let artifact = |file: &&str| {
            let input = *file == &*self.case.input.file;
            json!({
                "location": { "uri": uri(file) },
                "roles": ["analysisTarget"],
                "hashes": input.then(|| json!({ "sha-256": self.case.input.sha256 })),
            })
        };
        self.files.iter().map(artifact).collect()
    }

    fn invocation(&self) -> Value {
        let notification = |problem: &Problem| {
            json!({
                "level": if problem.kind == ProblemKind::Description { "note" } else { "warning" },
                "message": { "text": message(&problem.message) },
                "locations": problem.location.as_ref()
                    .map(|place| json!([{ "physicalLocation": self.physical(Some(place)) }])),
                "properties": { "kind": problem.kind },
            })
        };
        let notifications: Vec<Value> = self.case.problems.iter().map(notification).collect();
        json!({
            "executionSuccessful": true,
            "endTimeUtc": self.case.generated.to_string(),
            "toolExecutionNotifications": notifications,
        })
    }
}

/// What makes one result differ from another.
struct Outcome<'a> {
    id: &'a FindingId,
    rule: &'a Id,
    text: String,
    kind: &'static str,
    level: &'static str,
    location: Option<&'a Location>,
    baseline: Option<&'static str>,
    /// The fields that only some results have.
    more: Value,
}

pub(crate) const fn level(severity: Severity) -> &'static str {
    match Level::of(severity) {
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

/// The middle of the band that code hosts show as this severity.
pub(crate) const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "2.0",
        Severity::Medium => "5.5",
        Severity::High => "8.0",
        Severity::Critical => "9.5",
    }
}

fn help(finding: &Finding) -> String {
    let mut help = format!("{}.", stop(&finding.recommendation));
    if !finding.controls.is_empty() {
        help.push_str(&format!(" Controls: {}.", names(&finding.controls)));
    }
    if let Some(command) = &finding.command {
        help.push_str(&format!(" Command: {command}."));
    }
    help
}

/// A sentence without its full stop.
fn stop(text: &str) -> &str {
    text.trim_end_matches(['.', ' '])
}

/// A message in which nothing of an input is taken for a link.
pub(crate) fn message(text: &str) -> String {
    printable(text).replace("](", "] (")
}

/// The standard's words: what grew worse or came back is `updated`.
const fn sarif_state(state: BaselineState) -> &'static str {
    match state {
        BaselineState::New => "new",
        BaselineState::Unchanged => "unchanged",
        BaselineState::Worse | BaselineState::Returned => "updated",
    }
}
