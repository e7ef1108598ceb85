//! What the words of a case mean, for readers who meet them first in this page. One sentence per word. Templates hand
//! references, so these take them.

use casemate_core::{ClaimStatus, Goal, Recorded, Trust, View};

/// What an attacker with this goal wants.
pub(super) const fn goal(goal: &Goal) -> &'static str {
    match goal {
        Goal::StealModel => "Copy the model or its function",
        Goal::LeakData => "Read data that is not theirs",
        Goal::CorruptDecision => "Make the system decide wrongly",
        Goal::AbuseTool => "Make the system act for them",
        Goal::DenyService => "Stop the service",
        Goal::DrainCost => "Run up the bill",
        Goal::HarmGroup => "Hurt a group of people",
    }
}

/// What a claim of this status rests on.
pub(super) const fn status(status: &ClaimStatus) -> &'static str {
    match status {
        ClaimStatus::Contradicted => "a check ran and failed",
        ClaimStatus::Stale => "the evidence is older than it may be",
        ClaimStatus::NotCheckable => "a check ran and could not tell",
        ClaimStatus::NotApplicable => "the author gave a reason why the control does not apply here",
        ClaimStatus::Unsupported => "nothing is given for it",
        ClaimStatus::Asserted => "a document is given for it",
        ClaimStatus::Observed => "configuration was seen that says so",
        ClaimStatus::Verified => "a check ran and passed",
    }
}

/// Where an evidence document stands.
pub(super) const fn recorded(place: &Recorded) -> &'static str {
    match place {
        Recorded::Recorded => "in the ledger",
        Recorded::Missing => "not in the ledger",
        Recorded::Unchecked => "the ledger cannot be believed",
    }
}

/// Which claims count in a view.
pub(super) const fn view(view: View) -> &'static str {
    match view {
        View::Bare => "no claim counts",
        View::Claimed => "every claim counts that no check has disproved",
        View::Verified => "only claims count that a check has verified",
    }
}

/// How far content of this trust can be relied on.
pub(super) const fn trust(trust: &Trust) -> &'static str {
    match trust {
        Trust::Untrusted => "an attacker may have written it",
        Trust::Partner => "it comes from a known outside party",
        Trust::Internal => "it comes from inside the system",
    }
}
