//! Threats × system × evidence → case.
//!
//! Pure: everything comes in through [`Inputs`], time included; nothing is opened, contacted or run. The same inputs
//! give the same case, whatever the order in the file.

mod accept;
mod baseline;
mod checklist;
mod claims;
mod due;
mod evidence;
pub mod examples;
mod explain;
mod facts;
mod finding;
mod graph;
mod grounds;
mod incomplete;
mod judge;
mod names;
mod paths;
mod rate;
mod single;
mod standing;
mod summary;
#[cfg(test)]
mod testing;
mod topology;
mod upkeep;
mod view;

use std::cmp::Reverse;

use casemate_catalog::{Catalog, ExpressionError};
use casemate_core::{
    CASE_SCHEMA, Case, Closed, Experiment, Finding, Id, Input, InputFormat, Problem, SystemView, Timestamp,
    Tool, View,
};
use casemate_system::{Described, Description, System};

use crate::grounds::Grounds;
use crate::judge::Judgement;
use crate::summary::Counted;

pub use crate::claims::Documents;
pub use crate::evidence::{EvidenceFile, MAX_EVIDENCE, parse_evidence};
pub use crate::explain::explain;
pub use crate::names::names;
pub use crate::paths::{Target, UnknownTarget, reach};
pub use crate::upkeep::Rule;

/// Everything a case is made from.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// What the user described.
    pub described: &'a Described,
    /// What is known of threats and controls.
    pub catalog: &'a Catalog,
    /// Evidence documents.
    pub evidence: &'a [EvidenceFile],
    /// Problems met while reading evidence.
    pub problems: &'a [Problem],
    /// Whether the documents that claims point at exist.
    pub documents: &'a Documents,
    /// The system whose acceptances count instead of the described one's.
    pub accept_from: Option<&'a System>,
    /// An earlier case to compare with.
    pub baseline: Option<&'a Case>,
    /// Which claims count.
    pub view: View,
    /// Controls that are assumed to stand or to fail.
    pub experiment: &'a Experiment,
    /// Whether a checklist's silence about a control means that it is missing.
    pub complete: bool,
    /// The time of judgement.
    pub now: Timestamp,
    /// What was read.
    pub input: Input,
    /// The tool and its version.
    pub tool: ToolInfo,
}

/// The tool that judges.
#[derive(Debug, Clone, Copy)]
pub struct ToolInfo {
    /// Its version.
    pub version: &'static str,
    /// Whether it has a command of this name.
    pub has_command: fn(&str) -> bool,
}

impl ToolInfo {
    /// Whether a command line such as `casemate scan models/` can be recommended: it starts with a command that exists.
    #[must_use]
    pub fn can(&self, command_line: &str) -> bool {
        command_line.split_whitespace().nth(1).is_some_and(self.has_command)
    }
}

/// Why a case cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssessError {
    /// A threat's expression has no value for an element.
    #[error(
        "the threat `{threat}` cannot be judged on `{element}`: its `when` {message}; correct the catalogue"
    )]
    Expression {
        /// The threat.
        threat: Id,
        /// The element.
        element: Id,
        /// What is wrong.
        message: String,
    },
    /// Facts cannot be handed to expressions.
    #[error("the facts of an element cannot be evaluated: {0}")]
    Facts(String),
}

impl AssessError {
    fn expression(threat: &Id, element: &Id, error: &ExpressionError) -> Self {
        Self::Expression { threat: threat.clone(), element: element.clone(), message: error.to_string() }
    }
}

/// Makes the case.
///
/// # Errors
/// A catalogue entry cannot be evaluated on this system; built-in entries are tested not to.
pub fn assess(inputs: &Inputs<'_>) -> Result<Case, AssessError> {
    match &inputs.described.description {
        Description::Checklist(checklist) => {
            let judged = checklist::judge(checklist, inputs);
            let coverage = summary::coverage(&judged.counted, None, inputs.catalog, inputs.view);
            let mut case = empty_case(inputs, judged.system);
            case.findings = judged.findings;
            case.closed = judged.closed;
            case.claims = judged.claims;
            case.not_stated = judged.not_stated;
            case.problems.extend(judged.problems);
            case.coverage = coverage;
            Ok(finish(case, &judged.counted, inputs))
        }
        Description::System(system) => assess_system(system, inputs),
    }
}

fn assess_system(system: &System, inputs: &Inputs<'_>) -> Result<Case, AssessError> {
    let grounds = Grounds::of(system, inputs);
    let mut case = empty_case(inputs, view::of(system, &grounds.topology));
    let mut judgements = Vec::new();
    if case.system.ai {
        judgements = grounds.judge().all()?;
        let graph = grounds.graph(&judgements);
        let solved = graph.solved();
        case.attack = Some(graph.answer(&solved, inputs.view, inputs.experiment));
        for (number, why) in graph.unreachable(solved.of(inputs.view)) {
            if let Some(judgement) = judgements.get_mut(number) {
                judgement.rated = judgement.rated.clone().unreachable(why.into());
            }
        }
    } else {
        case.problems.push(upkeep::no_ai(system));
    }
    for judgement in &judgements {
        if judgement.closed_in(inputs.view).is_empty() {
            case.findings.push(open_finding(judgement, system, inputs));
        } else {
            case.closed.push(closed(judgement, inputs.view));
        }
    }
    let Grounds { claims, today, .. } = grounds;
    let disproved = upkeep::claims(&claims.records, &case.findings, inputs.catalog);
    case.findings.extend(disproved);
    case.findings.extend(upkeep::disputed(system, &claims.records));
    case.findings.extend(upkeep::dangling(&system.dangling));
    let incomplete = incomplete::findings(system, case.attack.as_ref());
    case.findings.extend(incomplete.into_iter().map(|finding| believed(finding, inputs)));
    if let Some(attack) = &case.attack {
        case.findings.extend(single::findings(system, attack, &claims.records));
    }
    let (unmatched, set_aside) =
        accept::apply(&mut case.findings, &case.closed, system, inputs.accept_from, today);
    case.findings.extend(unmatched);
    case.problems.extend(set_aside);
    case.problems.extend(claims.problems);
    case.claims = claims.records;
    let counted: Vec<Counted<'_>> = judgements.iter().map(Counted::of).collect();
    case.coverage = summary::coverage(&counted, Some(system), inputs.catalog, inputs.view);
    Ok(finish(case, &counted, inputs))
}

fn open_finding(judgement: &Judgement<'_>, system: &System, inputs: &Inputs<'_>) -> Finding {
    let reason = finding::reason(judgement, inputs.view);
    let location = system.location(&judgement.id.element);
    let mut finding =
        finding::open(judgement.entry, &judgement.id.element, judgement.rated.clone(), reason, location);
    finding.due.clone_from(&judgement.due);
    believed(finding, inputs)
}

/// A finding as far as the description can be believed: an import guesses kinds and leaves out what its format cannot say.
fn believed(finding: Finding, inputs: &Inputs<'_>) -> Finding {
    match inputs.described.format {
        InputFormat::System => finding,
        _ => Finding { confidence: finding.confidence.lowered(), ..finding },
    }
}

fn closed(judgement: &Judgement<'_>, view: View) -> Closed {
    Closed {
        id: judgement.id.clone(),
        title: judgement.entry.threat.title.clone(),
        severity: judgement.rated.severity(),
        by: judgement.closed_in(view).to_vec(),
        described: judgement.described && judgement.closed_verified.is_empty(),
        holds: if judgement.closed_verified.is_empty() { View::Claimed } else { View::Verified },
    }
}

fn empty_case(inputs: &Inputs<'_>, system: SystemView) -> Case {
    let mut problems = inputs.described.problems.clone();
    problems.extend_from_slice(inputs.problems);
    Case {
        schema: CASE_SCHEMA.into(),
        tool: Tool {
            name: "casemate".into(),
            version: inputs.tool.version.into(),
            catalog: inputs.catalog.digest(),
        },
        generated: inputs.now,
        input: inputs.input.clone(),
        view: inputs.view,
        system,
        open: casemate_core::Worlds::default(),
        findings: Vec::new(),
        closed: Vec::new(),
        claims: Vec::new(),
        goals: Vec::new(),
        attack: None,
        coverage: casemate_core::Coverage::default(),
        not_stated: Vec::new(),
        fixed: Vec::new(),
        problems,
    }
}

/// Sorts, counts and compares: after this the order of the input shows nowhere.
fn finish(mut case: Case, counted: &[Counted<'_>], inputs: &Inputs<'_>) -> Case {
    case.findings.sort_by(|a, b| {
        (Reverse(a.severity), Reverse(a.confidence), &a.id).cmp(&(
            Reverse(b.severity),
            Reverse(b.confidence),
            &b.id,
        ))
    });
    // Two claims that one check disproves, or one mistake made twice, are one finding.
    case.findings.dedup_by(|a, b| a.id == b.id);
    case.closed.sort_by(|a, b| (Reverse(a.severity), &a.id).cmp(&(Reverse(b.severity), &b.id)));
    for finding in &mut case.findings {
        finding.command = finding.command.take().filter(|command| inputs.tool.can(command));
    }
    case.open = summary::worlds(counted);
    case.goals = summary::goals(counted, &case.findings);
    if let Some(baseline) = inputs.baseline {
        baseline::compare(&mut case, baseline);
    }
    case.problems.sort();
    case.problems.dedup();
    case
}
