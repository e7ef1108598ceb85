//! What a claim is worth: its status in the lattice of DESIGN, and the record a case keeps of it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Id, Location, vocabulary};

vocabulary! {
    /// What is known of a claim. Only `observed` and `verified` rest on something other than the author's word.
    "claim status" ClaimStatus {
        /// A check ran and failed.
        Contradicted = "contradicted",
        /// The evidence is older than it may be.
        Stale = "stale",
        /// A check ran and could not tell.
        NotCheckable = "not-checkable",
        /// The author gave a reason why the control does not apply here.
        NotApplicable = "not-applicable",
        /// Nothing is given for it.
        Unsupported = "unsupported",
        /// A document is given for it.
        Asserted = "asserted",
        /// Configuration was seen that says so.
        Observed = "observed",
        /// A check ran and passed.
        Verified = "verified",
    }
}

vocabulary! {
    /// Which claims count.
    "view" View {
        /// None.
        Bare = "bare",
        /// All that are not disproved.
        Claimed = "claimed",
        /// Only those that a check verified.
        Verified = "verified",
    }
}

vocabulary! {
    /// Whether an evidence document is in the ledger, where there is one.
    "place in the ledger" Recorded {
        /// It is, and the ledger leads to its signed head.
        Recorded = "recorded",
        /// It is not: it was put there by hand, altered since, or written by a tool that keeps no ledger.
        Missing = "missing",
        /// The ledger itself cannot be believed.
        Unchecked = "unchecked",
    }
}

impl ClaimStatus {
    /// Whether a claim of this status counts as a working control in a view.
    #[must_use]
    pub const fn holds_in(self, view: View) -> bool {
        match view {
            View::Bare => false,
            View::Claimed => !matches!(self, Self::Contradicted | Self::NotApplicable),
            View::Verified => matches!(self, Self::Verified),
        }
    }
}

/// The record of one claim on one element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimRecord {
    /// The control that is claimed.
    pub control: Id,
    /// The element it is claimed to protect.
    pub component: Id,
    /// What is known of it.
    pub status: ClaimStatus,
    /// Why it has that status, in one sentence.
    pub reason: Arc<str>,
    /// The checks that were read for it.
    pub evidence: Vec<EvidenceNote>,
    /// Where it is claimed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub location: Option<Location>,
}

/// One evidence document as a case refers to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceNote {
    /// The check that ran, or the document that is pointed at.
    pub check: Arc<str>,
    /// What came out: `pass`, `fail`, `inconclusive`, `not-applicable`, `stale`, `document`.
    pub outcome: Arc<str>,
    /// When it finished, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub finished: Option<Arc<str>>,
    /// SHA-256 of the evidence document, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<Arc<str>>,
    /// The measured figures as text, with their denominators.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub measured: Option<Arc<str>>,
    /// Whether the document is in the ledger; none where there is no ledger, and for documents that are pointed at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ledger: Option<Recorded>,
}
