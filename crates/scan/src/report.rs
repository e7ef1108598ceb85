//! The report on all files of a run: `casemate/scan/v1`. It counts and orders; it judges nothing.

use std::collections::BTreeMap;

use casemate_core::Severity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest;
use crate::shard::Shard;
use crate::verdict::{FileReport, Status, Verdict};

/// The schema of a report.
pub const SCAN_SCHEMA: &str = "casemate/scan/v1";

/// What was found in all files of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScanReport {
    /// Always `casemate/scan/v1`.
    pub schema: String,
    /// The version of Casemate that judged.
    pub tool: String,
    /// Which part of what was listed this is, if it is not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The files, by path.
    pub files: Vec<FileReport>,
    /// The above in numbers.
    pub summary: Summary,
}

/// A run in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Files that were looked at.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes whose meaning is known.
    pub understood: u64,
    /// The worst verdict on a file.
    pub verdict: Verdict,
    /// Files by verdict.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// Files by whether they could be read.
    pub statuses: BTreeMap<Status, usize>,
    /// Findings by severity.
    pub findings: BTreeMap<Severity, usize>,
    /// The digest of all files together, by algorithm; empty unless every file has one.
    pub root: BTreeMap<String, String>,
}

/// What reports are made by.
pub(crate) fn tool() -> String {
    format!("casemate {}", env!("CARGO_PKG_VERSION"))
}

impl ScanReport {
    /// The report on some files.
    #[must_use]
    pub fn new(mut files: Vec<FileReport>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let summary = Summary::of(&files);
        Self { schema: SCAN_SCHEMA.to_owned(), tool: tool(), shard: None, files, summary }
    }

    /// The worst severity of a finding.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.summary.findings.iter().rev().find(|(_, count)| **count > 0).map(|(severity, _)| *severity)
    }
}

impl Summary {
    fn of(files: &[FileReport]) -> Self {
        let mut verdicts: BTreeMap<Verdict, usize> = Verdict::ALL.iter().map(|word| (*word, 0)).collect();
        let mut statuses: BTreeMap<Status, usize> = Status::ALL.iter().map(|word| (*word, 0)).collect();
        let mut findings: BTreeMap<Severity, usize> = Severity::ALL.iter().map(|word| (*word, 0)).collect();
        for file in files {
            *verdicts.entry(file.verdict).or_default() += 1;
            *statuses.entry(file.status).or_default() += 1;
            for finding in &file.findings {
                *findings.entry(finding.severity).or_default() += 1;
            }
        }
        let digests = files.iter().map(|file| (file.path.as_str(), file.digests.get("sha256")));
        Self {
            files: files.len(),
            bytes: files.iter().map(|file| file.coverage.total).sum(),
            understood: files.iter().map(|file| file.coverage.understood).sum(),
            verdict: files.iter().map(|file| file.verdict).max().unwrap_or(Verdict::Clean),
            verdicts,
            statuses,
            findings,
            root: digest::root(digests).map(|root| ("sha256".to_owned(), root)).into_iter().collect(),
        }
    }
}
