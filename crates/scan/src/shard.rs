//! A scan that several machines share: the part each of them did, and the whole that the parts make. What only all files
//! together show is judged when they are together; no verdict and no text of a rule is taken from what is read.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Options;
use crate::report::{SCAN_SCHEMA, ScanReport, tool};
use crate::run::{judged, scan_each};
use crate::verdict::FileReport;
use crate::walk::Entry;

/// Which part of a listing was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shard {
    /// The number of the part, from 1.
    pub number: usize,
    /// How many parts there are.
    pub of: usize,
    /// How many files all parts together have.
    pub listed: usize,
}

impl Shard {
    /// Every n-th entry of what was listed, so that the large files of one folder are spread.
    #[must_use]
    pub fn part(self, entries: Vec<Entry>) -> Vec<Entry> {
        entries.into_iter().skip(self.number.saturating_sub(1)).step_by(self.of.max(1)).collect()
    }
}

/// Why reports are not the parts of one scan.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MergeError {
    /// One is no report of this version.
    #[error("report {0} was made by `{1}`, and this is `{2}`; scan all parts with the same version")]
    Version(usize, String, String),
    /// One was made without `--shard`.
    #[error("report {0} is not of a part: it was not made with --shard")]
    Whole(usize),
    /// Two are parts of different scans.
    #[error("report {0} is part of another scan: {1}")]
    Other(usize, String),
    /// A part is there twice.
    #[error("part {0} of {1} is there twice")]
    Twice(usize, usize),
    /// A part is not there.
    #[error("part {0} of {1} is missing")]
    Missing(usize, usize),
    /// They do not add up to what was listed.
    #[error(
        "the parts hold {0} files and {1} were listed; the files changed between the scans, so scan again"
    )]
    Changed(usize, usize),
}

/// Scans the entries of one part of a listing. Its report carries the facts that [`merge`] needs, and nothing that only all files
/// together show.
#[must_use]
pub fn scan_shard(
    entries: &[Entry],
    shard: Shard,
    options: &Options,
    done: &(dyn Fn(&FileReport) + Sync),
) -> ScanReport {
    let mut report = ScanReport::new(scan_each(entries, options, done));
    report.shard = Some(shard);
    for file in &mut report.files {
        file.shared = std::mem::take(&mut file.facts);
    }
    report
}

/// The report on all parts of a scan, the same as that of one scan of everything.
///
/// # Errors
/// If they are not all the parts of one scan, each once.
pub fn merge(reports: Vec<ScanReport>, options: &Options) -> Result<ScanReport, MergeError> {
    let shards: Vec<Shard> =
        reports.iter().enumerate().map(|(at, report)| part(at + 1, report)).collect::<Result<_, _>>()?;
    let Some(first) = shards.first().copied() else { return Ok(ScanReport::new(Vec::new())) };
    let mut seen = BTreeSet::new();
    for (at, shard) in shards.iter().enumerate() {
        if (shard.of, shard.listed) != (first.of, first.listed) {
            let what = format!(
                "{} parts of {} files, and not {} of {}",
                shard.of, shard.listed, first.of, first.listed
            );
            return Err(MergeError::Other(at + 1, what));
        }
        if !seen.insert(shard.number) {
            return Err(MergeError::Twice(shard.number, shard.of));
        }
    }
    if let Some(missing) = (1..=first.of).find(|number| !seen.contains(number)) {
        return Err(MergeError::Missing(missing, first.of));
    }
    let mut files: Vec<FileReport> = reports.into_iter().flat_map(|report| report.files).collect();
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    if paths.len() != first.listed || files.len() != first.listed {
        return Err(MergeError::Changed(paths.len(), first.listed));
    }
    for file in &mut files {
        file.facts = std::mem::take(&mut file.shared);
        file.judge();
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(judged(files, options))
}

fn part(number: usize, report: &ScanReport) -> Result<Shard, MergeError> {
    let tool = tool();
    if report.schema != SCAN_SCHEMA || report.tool != tool {
        return Err(MergeError::Version(number, report.tool.clone(), tool));
    }
    report.shard.ok_or(MergeError::Whole(number))
}
