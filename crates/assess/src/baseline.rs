//! Compares a case with an earlier one: which findings are new, which were there, which are gone. Acceptance plays no
//! part: what was accepted then was there then.

use std::collections::BTreeSet;

use casemate_core::{BaselineState, Case, FindingId, FixedFinding};

pub(crate) fn compare(case: &mut Case, baseline: &Case) {
    let before: BTreeSet<&FindingId> = baseline.findings.iter().map(|finding| &finding.id).collect();
    for finding in &mut case.findings {
        let state = if before.contains(&finding.id) { BaselineState::Unchanged } else { BaselineState::New };
        finding.baseline = Some(state);
    }
    let now: BTreeSet<&FindingId> = case.findings.iter().map(|finding| &finding.id).collect();
    let gone = baseline.findings.iter().filter(|finding| !now.contains(&finding.id));
    case.fixed = gone
        .map(|finding| FixedFinding {
            id: finding.id.clone(),
            title: finding.title.clone(),
            severity: finding.severity,
        })
        .collect();
}
