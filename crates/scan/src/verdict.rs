//! What is said of a file as a whole. Whether it could be read and whether it is harmful are two questions: only
//! what was read to its end can be clean, and a spent budget proves nothing.

use std::collections::BTreeMap;

use casemate_core::{Severity, printable, vocabulary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::capability::Capability;
use crate::fact::Fact;
use crate::finding::Finding;
use crate::format::Format;

vocabulary! {
    /// Whether a file could be read.
    "status" Status {
        /// Every byte was understood.
        Complete = "complete",
        /// Part of it was not.
        Inconclusive = "inconclusive",
        /// It could not be read at all.
        Error = "error",
    }
}

vocabulary! {
    /// Whether a file is harmful.
    "verdict" Verdict {
        /// Nothing in it could do harm.
        Clean = "clean",
        /// It was not read wholly, and what was read is harmless.
        Unknown = "unknown",
        /// Something in it is unusual and could do harm.
        Suspicious = "suspicious",
        /// Something in it does harm.
        Malicious = "malicious",
    }
}

impl Verdict {
    /// The verdict that findings and the way a file was read add up to.
    pub(crate) fn of(status: Status, findings: &[Finding]) -> Self {
        if findings.iter().any(Finding::is_proof) {
            Self::Malicious
        } else if findings.iter().any(|finding| finding.severity >= Severity::Medium) {
            Self::Suspicious
        } else if status == Status::Complete {
            Self::Clean
        } else {
            Self::Unknown
        }
    }
}

/// How much of a file was understood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Bytes whose meaning is known.
    pub understood: u64,
    /// Bytes there are.
    pub total: u64,
    /// Why the others are not understood.
    pub gaps: Vec<String>,
}

/// What was found out about one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileReport {
    /// Where it is, as it was named or found.
    pub path: String,
    /// What it is.
    pub format: Format,
    /// Whether it could be read.
    pub status: Status,
    /// Whether it is harmful.
    pub verdict: Verdict,
    /// How much was understood.
    pub coverage: Coverage,
    /// What loading it does, worst first.
    pub capabilities: Vec<Capability>,
    /// The packages it needs, without those that come with Python.
    pub needs: Vec<String>,
    /// The above in one line.
    pub summary: String,
    /// What was found, by place.
    pub findings: Vec<Finding>,
    /// Its digests by algorithm, hexadecimal; empty where they were not computed.
    pub digests: BTreeMap<String, String>,
    /// What it says of itself, for whoever looks at files together.
    #[serde(skip)]
    pub facts: Vec<Fact>,
    /// The same, where reports on parts of a scan are to be put together; absent from all others.
    #[serde(rename = "facts", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) shared: Vec<Fact>,
}

impl FileReport {
    /// The report on a file that could not be read at all.
    #[must_use]
    pub fn unreadable(path: &str, why: &str) -> Self {
        let mut report = Self {
            path: path.to_owned(),
            format: Format::Unknown,
            status: Status::Error,
            verdict: Verdict::Unknown,
            coverage: Coverage::default(),
            capabilities: Vec::new(),
            needs: Vec::new(),
            summary: String::new(),
            findings: Vec::new(),
            digests: BTreeMap::new(),
            facts: Vec::new(),
            shared: Vec::new(),
        };
        report.fail(why);
        report
    }

    /// Says that the file could not be read, and why.
    pub(crate) fn fail(&mut self, why: &str) {
        self.coverage.gaps.push(printable(why));
        self.status = Status::Error;
        self.judge();
    }

    /// Says that something about the file could not be found out, and why.
    pub(crate) fn gap(&mut self, why: &str) {
        self.coverage.gaps.push(printable(why));
        if self.status == Status::Complete {
            self.status = Status::Inconclusive;
        }
        self.judge();
    }

    /// Takes findings that were made by looking at more than this file.
    pub(crate) fn take(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
        in_order(&mut self.findings);
        self.judge();
    }

    /// Draws the verdict again, after something was found out.
    pub(crate) fn judge(&mut self) {
        self.verdict = Verdict::of(self.status, &self.findings);
    }
}

/// Sorts findings by their place, each once.
pub(crate) fn in_order(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| (&a.location, a.rule, &a.title).cmp(&(&b.location, b.rule, &b.title)));
    findings.dedup();
}

/// What loading does and needs, in one line: "runs a process; needs sklearn, torch".
pub(crate) fn summary(capabilities: &[Capability], needs: &[String]) -> String {
    let mut does: Vec<&str> =
        capabilities.iter().filter(|c| **c != Capability::Inert).map(|c| c.sentence()).collect();
    if does.is_empty() {
        does.push(Capability::Inert.sentence());
    }
    let mut line = does.join(", ");
    if !needs.is_empty() {
        line.push_str("; needs ");
        line.push_str(&needs.join(", "));
    }
    line
}
