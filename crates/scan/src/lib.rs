//! Reads model artefacts and says what loading one could do. Nothing is run, imported or unpacked, and the answer
//! depends on the bytes alone.
//!
//! So far it reads pickle streams: [`scan_pickle`].

mod capability;
mod finding;
mod formats;
mod rules;
mod verdict;

pub use capability::Capability;
pub use finding::{Finding, Place};
pub use formats::pickle::{Limits, scan_pickle};
pub use rules::Rule;
pub use verdict::{Coverage, Report, Status, Verdict};
