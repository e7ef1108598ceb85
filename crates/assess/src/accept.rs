//! Accepted risks: which findings they set aside, which have run out, which match nothing. A change cannot accept its
//! own findings when acceptances are taken from elsewhere.

use casemate_core::{Acceptance, Closed, Day, Finding, FindingStatus, Problem, ProblemKind};
use casemate_system::System;
use casemate_system::file::Accept;

use crate::upkeep;

/// Marks what is accepted today. Returns findings for acceptances that match nothing, and problems for those that were
/// set aside.
pub(crate) fn apply(
    findings: &mut [Finding],
    closed: &[Closed],
    system: &System,
    from: Option<&System>,
    today: Day,
) -> (Vec<Finding>, Vec<Problem>) {
    let source = from.unwrap_or(system);
    let mut unmatched = Vec::new();
    let mut problems = Vec::new();
    for accept in &source.accept {
        let location = source.locate(accept.finding.position);
        if closed.iter().any(|closed| closed.id == accept.finding.value) {
            continue;
        }
        let Some(finding) = findings.iter_mut().find(|finding| finding.id == accept.finding.value) else {
            unmatched.push(upkeep::unmatched(&accept.finding.value, location));
            continue;
        };
        if today <= accept.expires.value {
            finding.status = FindingStatus::Accepted;
            finding.acceptance = Some(Acceptance {
                reason: casemate_core::printable(&accept.reason.value).into(),
                expires: accept.expires.value,
                owner: accept.owner.as_deref().map(|owner| casemate_core::printable(owner).into()),
                ticket: accept.ticket.as_deref().map(|ticket| casemate_core::printable(ticket).into()),
                location,
            });
        } else {
            let reason = format!("{}; its acceptance ran out on {}", finding.reason, accept.expires.value);
            finding.reason = reason.into();
        }
    }
    if from.is_some() {
        let elsewhere = |accept: &&Accept| !source.accept.iter().any(|known| known.finding == accept.finding);
        for accept in system.accept.iter().filter(elsewhere) {
            problems.push(Problem {
                kind: ProblemKind::Acceptance,
                message: format!(
                    "the acceptance of `{}` is not in {}, so it does not count",
                    accept.finding.value, source.file
                )
                .into(),
                location: system.locate(accept.finding.position),
            });
        }
    }
    (unmatched, problems)
}
