//! Compares a case with an earlier one: which findings are new, which were there, which grew worse or came back, which
//! are gone. What was accepted then was there then.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{BaselineState, Case, Finding, FindingId, FindingStatus, FixedFinding};

pub(crate) fn compare(case: &mut Case, baseline: &Case) {
    let before: BTreeMap<&FindingId, &Finding> =
        baseline.findings.iter().map(|finding| (&finding.id, finding)).collect();
    for finding in &mut case.findings {
        finding.baseline = Some(state(finding, before.get(&finding.id).copied()));
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

fn state(finding: &Finding, before: Option<&Finding>) -> BaselineState {
    match before {
        None => BaselineState::New,
        Some(before) if before.status == FindingStatus::Accepted && finding.status == FindingStatus::Open => {
            BaselineState::Returned
        }
        Some(before) if before.severity < finding.severity => BaselineState::Worse,
        Some(_) => BaselineState::Unchanged,
    }
}
