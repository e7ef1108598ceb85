//! Reads model artefacts and says what loading one could do. Nothing is run, imported or installed, and the verdict is a
//! function of the bytes alone.
//!
//! [`scan`] reads one file, whatever it is, with everything inside it.

mod capability;
mod fact;
mod finding;
mod format;
mod formats;
mod input;
mod limits;
mod rule;
mod scan;
mod sniff;
mod spans;
mod spool;
mod verdict;

pub use capability::Capability;
pub use fact::{About, Fact};
pub use finding::{Finding, Place};
pub use format::Format;
pub use formats::pickle::PickleLimits;
pub use input::{Input, Source};
pub use limits::Limits;
pub use rule::Rule;
pub use verdict::{Coverage, FileReport, Status, Verdict};

/// Reads a file of any format. Its path is where it is said to be, and a hint of what it may be.
#[must_use]
pub fn scan(path: &str, input: &Input, limits: &Limits) -> FileReport {
    scan::Scan::new(*limits).run(path, input)
}
