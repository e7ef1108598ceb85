//! Findings from goals that one control alone keeps away: defence in depth that is one deep. One finding per control.

use std::collections::BTreeMap;

use casemate_core::{Attack, ClaimRecord, Confidence, Finding, Foothold, Guard, Severity};
use casemate_system::System;

use crate::upkeep::{Rule, finding};

/// As many goals as a reason names.
const NAMED: usize = 3;

/// The controls on which a goal rests alone.
pub(crate) fn findings(system: &System, attack: &Attack, claims: &[ClaimRecord]) -> Vec<Finding> {
    let mut rests: BTreeMap<&Guard, Vec<&Foothold>> = BTreeMap::new();
    for goal in &attack.goals {
        for guard in goal.depth.iter().flat_map(|depth| &depth.single_points) {
            rests.entry(guard).or_default().push(&goal.id);
        }
    }
    let found = rests.into_iter().map(|(guard, goals)| {
        let Guard { control, on, described } = guard;
        let named: Vec<String> = goals.iter().take(NAMED).map(|goal| format!("`{goal}`")).collect();
        let more = match goals.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = if *described {
            format!("what the description of `{on}` says in place of `{control}`")
        } else {
            format!("`{control}` on `{on}`")
        };
        let reason = format!("only {what} keeps an attacker from {}{more}", named.join(", "));
        let claim = claims.iter().find(|claim| claim.control == *control && claim.component == *on);
        let location = claim.and_then(|claim| claim.location.clone()).or_else(|| system.location(on));
        let rule = Rule::SinglePointOfFailure;
        finding(rule, control.as_str(), on, Severity::Low, Confidence::Medium, reason, location)
    });
    found.collect()
}
