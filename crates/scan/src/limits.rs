//! What the reading of one file may cost. A budget that is spent ends the reading and makes the result inconclusive; it
//! is never a reason to call a file malicious.

use crate::formats::pickle::PickleLimits;

/// Limits on the reading of one file, with everything inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files inside files, counted from the outside.
    pub depth: usize,
    /// Parts of archives, over all of them.
    pub members: u64,
    /// Bytes that are unpacked, over all parts.
    pub unpacked: u64,
    /// How many times larger than its packed form a part may be, past the first 16 MiB.
    pub ratio: u64,
    /// Findings that are kept.
    pub findings: usize,
    /// What pickles may cost.
    pub pickle: PickleLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 8,
            members: 500_000,
            unpacked: 16 * 1024 * 1024 * 1024,
            ratio: 1_000,
            findings: 2_000,
            pickle: PickleLimits::default(),
        }
    }
}
