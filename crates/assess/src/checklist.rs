//! A checklist judged: each control that is not there leaves its own gap, and nothing else is known.

use std::sync::Arc;

use casemate_catalog::{Catalog, Control, Entry};
use casemate_core::{
    ClaimRecord, ClaimStatus, Closed, Confidence, Finding, FindingId, Id, Location, Problem, ProblemKind,
    SystemView, View,
};
use casemate_system::{Answer, Checklist, Position};

use crate::summary::Counted;
use crate::{Inputs, rate};

/// The element that a checklist's findings stand on.
pub(crate) const ELEMENT: &str = "checklist";

/// What a checklist comes to.
pub(crate) struct Judged<'c> {
    pub(crate) findings: Vec<Finding>,
    pub(crate) closed: Vec<Closed>,
    pub(crate) claims: Vec<ClaimRecord>,
    pub(crate) counted: Vec<Counted<'c>>,
    pub(crate) not_stated: Vec<Id>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) system: SystemView,
}

pub(crate) fn judge<'c>(checklist: &Checklist, inputs: &Inputs<'c>) -> Judged<'c> {
    let element = Id::slug(ELEMENT);
    let catalog: &'c Catalog = inputs.catalog;
    let mut judged = Judged {
        findings: Vec::new(),
        closed: Vec::new(),
        claims: Vec::new(),
        counted: Vec::new(),
        not_stated: if inputs.complete { Vec::new() } else { checklist.not_stated.clone() },
        problems: Vec::new(),
        system: SystemView {
            id: ELEMENT.into(),
            name: "Checklist".into(),
            ai: true,
            ..SystemView::default()
        },
    };
    let unmentioned = checklist.not_stated.iter().filter(|_| inputs.complete);
    let absent = unmentioned.map(|id| (id, Answer { present: false, position: None }));
    let answers = checklist.answers.iter().map(|(id, answer)| (id, *answer));
    for (id, answer) in answers.chain(absent) {
        let Some(control) = catalog.controls().get(id) else { continue };
        let Some(entry) = catalog.threats().get(&control.gap) else { continue };
        let location = answer.position.and_then(|position| locate(position, &inputs.input.file));
        let present = answer.present && inputs.view == View::Claimed;
        judged.counted.push(Counted {
            threat: &entry.threat,
            references: &entry.references,
            closed_claimed: answer.present,
            closed_verified: false,
        });
        if answer.present {
            judged.claims.push(claim(id, &element, location.clone()));
        }
        if present {
            judged.closed.push(closed(control, entry, &element));
        } else {
            judged.findings.push(finding(control, entry, &element, answer, location));
        }
    }
    judged.problems.push(Problem {
        kind: ProblemKind::Description,
        message: "a checklist is the author's word: every claim in it is `asserted` at best, and nothing in it was tested; describe the system in a casemate.yaml to have its claims checked".into(),
        location: None,
    });
    judged
}

fn claim(control: &Id, element: &Id, location: Option<Location>) -> ClaimRecord {
    ClaimRecord {
        control: control.clone(),
        component: element.clone(),
        status: ClaimStatus::Asserted,
        reason: "the checklist says so, and nothing more is given for it".into(),
        evidence: Vec::new(),
        location,
    }
}

fn closed(control: &Control, entry: &Entry, element: &Id) -> Closed {
    Closed {
        id: FindingId { threat: entry.threat.id.clone(), element: element.clone() },
        title: Arc::clone(&entry.threat.title),
        severity: rate::rate_unknown(&entry.threat).severity(),
        by: vec![control.id.clone()],
        described: false,
        holds: View::Claimed,
    }
}

fn finding(
    control: &Control,
    entry: &Entry,
    element: &Id,
    answer: Answer,
    location: Option<Location>,
) -> Finding {
    let rated = rate::rate_unknown(&entry.threat);
    let (reason, confidence) = match (answer.position, answer.present) {
        (None, _) => {
            (format!("the checklist does not mention `{}`", control.checklist_name()), Confidence::Medium)
        }
        (Some(_), false) => {
            (format!("the checklist says `{}` is missing", control.checklist_name()), Confidence::High)
        }
        (Some(_), true) => (
            format!("the checklist claims `{}`, and nothing verifies it", control.checklist_name()),
            Confidence::Medium,
        ),
    };
    let mut finding = crate::finding::open(entry, element, rated, reason, location);
    finding.confidence = confidence;
    finding.controls = vec![control.id.clone()];
    finding
}

fn locate(position: Position, file: &Arc<str>) -> Option<Location> {
    (position.line > 0).then(|| Location {
        file: Arc::clone(file),
        line: position.line,
        column: position.column,
        length: position.length,
    })
}
