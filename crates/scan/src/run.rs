//! Files from disk to reports, several at a time. A file that cannot be read becomes a report that says so.

use std::fs::File;

use casemate_core::{Confidence, Severity};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::finding::Finding;
use crate::input::Input;
use crate::rule::Rule;
use crate::verdict::FileReport;
use crate::walk::{Entry, Kind};
use crate::{Options, ScanReport, scan};

/// Scans what was listed. `done` is called after each file, from several threads.
#[must_use]
pub fn scan_all(entries: &[Entry], options: &Options, done: &(dyn Fn(&FileReport) + Sync)) -> ScanReport {
    let files = entries.par_iter().map(|entry| {
        let report = one(entry, options);
        done(&report);
        report
    });
    ScanReport::new(files.collect())
}

fn one(entry: &Entry, options: &Options) -> FileReport {
    match &entry.kind {
        Kind::File(path) => match File::open(path).and_then(Input::file) {
            Ok(input) => scan(&entry.name, &input, options),
            Err(error) => FileReport::unreadable(&entry.name, &format!("it cannot be opened: {error}")),
        },
        Kind::Unreadable(why) => FileReport::unreadable(&entry.name, why),
        Kind::Escape(target) => escape(&entry.name, target),
    }
}

fn escape(name: &str, target: &str) -> FileReport {
    let mut report = FileReport::unreadable(name, "the link leads out of the folder and is not followed");
    let title = format!("The link leads to `{target}`");
    report.findings.push(Finding::new(Rule::LinkEscape, Severity::High, Confidence::Medium, title, 0));
    report.judge();
    report
}
