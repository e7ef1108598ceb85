//! Reads model artefacts and says what loading one could do. Nothing is run, imported or installed, and the verdict is a
//! function of the bytes alone.
//!
//! [`scan`] reads one file, whatever it is, with everything inside it.

mod capability;
mod content;
mod convert;
mod dependency;
mod diff;
mod digest;
mod evidence;
mod fact;
mod finding;
mod format;
mod formats;
mod input;
mod json;
mod keras;
mod licence;
mod limits;
mod osv;
mod policy;
mod python;
mod report;
mod repository;
mod rule;
mod run;
mod scan;
mod shard;
mod shell;
mod sniff;
mod spans;
mod spool;
mod template;
#[doc(hidden)]
pub mod testing;
mod verdict;
pub mod walk;
mod yaml;

pub use capability::Capability;
pub use convert::{Converted, Refusal, convert};
pub use diff::{DIFF_SCHEMA, Diff, FactChange, FileChange, Found, Version, diff};
pub use digest::Digests;
pub use evidence::evidence;
pub use fact::{About, Fact};
pub use finding::{Finding, Place};
pub use format::Format;
pub use formats::pickle::PickleLimits;
pub use input::{Input, Source};
pub use limits::Limits;
pub use osv::{Osv, Read as OsvRead};
pub use policy::{Global, POLICY_SCHEMA, Policy, has_policy, policy};
pub use report::{SCAN_SCHEMA, ScanReport, Summary};
pub use rule::Rule;
pub use run::scan_all;
pub use shard::{MergeError, Shard, merge, scan_shard};
pub use verdict::{Coverage, FileReport, Status, Verdict};

/// How a scan is done.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What reading one file may cost.
    pub limits: Limits,
    /// Which files get a digest.
    pub digests: Digests,
    /// What is published on the packages that files ask for.
    pub osv: Option<Osv>,
}

/// Reads a file of any format. Its path is where it is said to be, and a hint of what it may be.
#[must_use]
pub fn scan(path: &str, input: &Input, options: &Options) -> FileReport {
    let mut report = scan::Scan::new(options.limits).run(path, input);
    match options.digests.of(input) {
        Ok(digests) => report.digests = digests,
        Err(error) => report.fail(&format!("it cannot be read: {error}")),
    }
    report
}

/// The JSON Schema of a comparison.
#[must_use]
pub fn diff_schema() -> serde_json::Value {
    schemars::schema_for!(Diff).to_value()
}

/// The JSON Schema of a report.
#[must_use]
pub fn scan_schema() -> serde_json::Value {
    schemars::schema_for!(ScanReport).to_value()
}
