//! Makes findings from judged threats. Where a sentence of a finding comes from is decided here and nowhere else.

use std::sync::Arc;

use casemate_catalog::Entry;
use casemate_core::{Finding, FindingId, FindingStatus, Id, Location, Rated, View};

use crate::judge::Judgement;

/// An open finding for a threat on an element.
pub(crate) fn open(
    entry: &Entry,
    element: &Id,
    rated: Rated,
    reason: String,
    location: Option<Location>,
) -> Finding {
    let threat = &entry.threat;
    let closers =
        if threat.controls.stop.is_empty() { &threat.controls.reduce } else { &threat.controls.stop };
    Finding {
        id: FindingId { threat: threat.id.clone(), element: element.clone() },
        threat: threat.id.clone(),
        title: Arc::clone(&threat.title),
        category: threat.category,
        domain: threat.domain,
        severity: rated.severity(),
        confidence: threat.confidence,
        component: element.clone(),
        status: FindingStatus::Open,
        reason: reason.into(),
        recommendation: Arc::clone(&threat.recommendation),
        command: threat.command.clone(),
        controls: closers.clone(),
        violates: Arc::clone(&threat.violates),
        goals: Arc::clone(&threat.goals),
        rating: Some(rated),
        references: Arc::clone(&entry.references),
        due: Vec::new(),
        acceptance: None,
        baseline: None,
        location,
    }
}

/// Why a judged threat stands open in a view.
pub(crate) fn reason(judgement: &Judgement<'_>, view: View) -> String {
    let rated = &judgement.rated;
    let mut reason = format!("{}; {}", control_gap(judgement, view), rated.exposure_from);
    if !rated.reduced_by.is_empty() {
        let names: Vec<String> = rated.reduced_by.iter().map(|control| format!("`{control}`")).collect();
        let verb = if names.len() == 1 { "makes" } else { "make" };
        reason.push_str(&format!("; {} {verb} it less likely", names.join(", ")));
    }
    if let Some(why) = &rated.unreachable {
        reason.push_str(&format!("; {why}, so it is unlikely"));
    }
    for due in &judgement.due {
        reason.push_str(&format!("; due from {} ({})", due.date, due.what));
    }
    reason
}

fn control_gap(judgement: &Judgement<'_>, view: View) -> String {
    let edges = &judgement.entry.threat.controls;
    let element = &judgement.id.element;
    if view == View::Verified && !judgement.closed_claimed.is_empty() {
        let names: Vec<String> =
            judgement.closed_claimed.iter().map(|control| format!("`{control}`")).collect();
        return format!("{} on `{element}` is claimed and not verified", names.join(", "));
    }
    match (edges.stop.as_slice(), edges.enough) {
        ([], Some(enough)) => {
            format!(
                "fewer than {enough} of the {} controls that reduce it stand on `{element}`",
                edges.reduce.len()
            )
        }
        ([], None) => "no control closes it, only an accepted risk sets it aside".to_owned(),
        ([one], _) => format!("no working `{one}` on `{element}`"),
        (several, _) => {
            let names: Vec<String> = several.iter().map(|control| format!("`{control}`")).collect();
            format!("none of {} works on `{element}`", names.join(", "))
        }
    }
}
