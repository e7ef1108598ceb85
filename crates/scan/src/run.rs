//! Files from disk to reports, several at a time. A file that cannot be read becomes a report that says so.

use std::fs::File;

use casemate_core::{Confidence, Severity};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::fact::About;
use crate::finding::Finding;
use crate::input::Input;
use crate::osv::Osv;
use crate::repository;
use crate::rule::Rule;
use crate::verdict::FileReport;
use crate::walk::{Entry, Kind};
use crate::{Options, ScanReport, scan};

/// Scans what was listed, and looks at all of it together. `done` is called after each file, from several threads, and
/// before that.
#[must_use]
pub fn scan_all(entries: &[Entry], options: &Options, done: &(dyn Fn(&FileReport) + Sync)) -> ScanReport {
    let files = entries.par_iter().map(|entry| {
        let report = one(entry, options);
        done(&report);
        report
    });
    let mut files: Vec<FileReport> = files.collect();
    repository::judge(&mut files);
    if let Some(osv) = &options.osv {
        ask(osv, &mut files);
    }
    ScanReport::new(files)
}

/// Adds what is published on packages. Where that cannot be read, no file that asks for any is complete.
fn ask(osv: &Osv, files: &mut [FileReport]) {
    let why = match osv.check(files) {
        Ok(read) if read.broken == 0 => return,
        Ok(read) => format!("{} advisories cannot be read", read.broken),
        Err(error) => format!("the advisories cannot be read: {error}"),
    };
    for file in files {
        if file.facts.iter().any(|fact| fact.about == About::NeedsPackage) {
            file.gap(&why);
        }
    }
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
