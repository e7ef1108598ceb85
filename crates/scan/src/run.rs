//! Files from disk to reports, several at a time. A file that cannot be read becomes a report that says so.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use casemate_core::{Confidence, Severity};
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::fact::{About, Fact};
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::onnx;
use crate::input::Input;
use crate::osv::Osv;
use crate::repository;
use crate::rule::Rule;
use crate::verdict::FileReport;
#[cfg(test)]
use crate::verdict::Status;
use crate::walk::{Entry, Kind};
use crate::{Options, ScanReport, scan};

/// How many files are read at once where reading is mostly waiting for somebody else.
const WAITING: usize = 16;

/// Scans what was listed, and looks at all of it together. `done` is called after each file, from several threads, and
/// before that.
#[must_use]
pub fn scan_all(entries: &[Entry], options: &Options, done: &(dyn Fn(&FileReport) + Sync)) -> ScanReport {
    judged(scan_each(entries, options, done), options)
}

/// Scans what was listed, each file by itself.
pub(crate) fn scan_each(
    entries: &[Entry],
    options: &Options,
    done: &(dyn Fn(&FileReport) + Sync),
) -> Vec<FileReport> {
    let each = || {
        let files = entries.par_iter().map(|entry| {
            let report = one(entry, options);
            done(&report);
            report
        });
        files.collect()
    };
    let waits = entries.iter().any(|entry| matches!(entry.kind, Kind::Remote(_)));
    let pool = waits.then(|| ThreadPoolBuilder::new().num_threads(WAITING).build().ok()).flatten();
    // Without threads of their own they wait on those there are: slower, with the same result.
    pool.map_or_else(each, |pool| pool.install(each))
}

/// The report on files that were each scanned, with what they show together.
pub(crate) fn judged(mut files: Vec<FileReport>, options: &Options) -> ScanReport {
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
        Kind::File(path) => match File::open(path).and_then(opened) {
            Ok((input, links)) => {
                let mut report = scan(&entry.name, &input, options);
                report.facts.extend(links);
                linked_data(path, &mut report);
                report
            }
            Err(error) => FileReport::unreadable(&entry.name, &format!("it cannot be opened: {error}")),
        },
        Kind::Remote(remote) => match remote.open() {
            Ok(input) => scan(&entry.name, &input, options),
            Err(error) => FileReport::unreadable(&entry.name, &format!("it cannot be opened: {error}")),
        },
        Kind::Unreadable(why) => FileReport::unreadable(&entry.name, why),
        Kind::Escape(target) => escape(&entry.name, target),
    }
}

/// Adds findings on external data of an ONNX model that is reached through links: only the disk can tell.
fn linked_data(path: &Path, report: &mut FileReport) {
    if report.format != Format::Onnx {
        return;
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let needed: BTreeSet<&str> = report
        .facts
        .iter()
        .filter(|fact| fact.about == About::NeedsFile && fact.member.is_empty())
        .map(|fact| fact.name.as_str())
        .collect();
    let looked: io::Result<Vec<Option<Finding>>> =
        needed.into_iter().map(|location| onnx::external_link(folder, location)).collect();
    match looked {
        Ok(found) => {
            report.findings.extend(found.into_iter().flatten());
            report.judge();
        }
        Err(error) => report.gap(&format!("its external data cannot be looked at: {error}")),
    }
}

/// A file, and a fact if it has further names: through one of those its content may come from anywhere on the disk.
fn opened(file: File) -> io::Result<(Input, Option<Fact>)> {
    let metadata = file.metadata()?;
    let links = links(&metadata);
    let (name, detail) = ("hard-links".to_owned(), links.to_string());
    let fact = Fact { about: About::Metadata, member: Vec::new(), name, detail };
    Ok((Input::opened(file, metadata.len())?, (links > 1).then_some(fact)))
}

/// How many names a file has.
#[cfg(unix)]
fn links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
const fn links(_metadata: &Metadata) -> u64 {
    1
}

fn escape(name: &str, target: &str) -> FileReport {
    let mut report = FileReport::unreadable(name, "the link leads out of the folder and is not followed");
    let title = format!("The link leads to `{target}`");
    report.findings.push(Finding::new(Rule::LinkEscape, Severity::High, Confidence::Medium, title, 0));
    report.judge();
    report
}

#[cfg(test)]
mod tests {
    use std::fs;

    use globset::GlobSet;

    use super::*;
    use crate::walk;

    fn run(root: &Path, options: &Options) -> ScanReport {
        scan_all(&walk::list(&[root.to_path_buf()], &GlobSet::empty()).unwrap(), options, &|_| {})
    }

    #[cfg(unix)]
    #[test]
    fn further_names_of_a_file_are_a_fact() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "x").unwrap();
        fs::write(folder.path().join("b"), "x").unwrap();
        fs::hard_link(folder.path().join("a"), folder.path().join("c")).unwrap();
        let report = run(folder.path(), &Options::default());
        let linked =
            report.files.iter().filter(|file| file.facts.iter().any(|fact| fact.name == "hard-links"));
        let names: Vec<&str> = linked.filter_map(|file| file.path.rsplit('/').next()).collect();
        assert_eq!(names, ["a", "c"]);
    }

    #[test]
    fn files_are_incomplete_where_advisories_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let export = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("requirements.txt"), "numpy==1.0\n").unwrap();
        fs::write(folder.path().join("text"), "x\n").unwrap();
        let options = Options { osv: Some(Osv::open(export.path()).unwrap()), ..Options::default() };
        let statuses =
            || run(folder.path(), &options).files.iter().map(|file| file.status).collect::<Vec<_>>();
        assert_eq!(statuses(), [Status::Complete, Status::Complete]);
        fs::write(export.path().join("x.json"), "{").unwrap();
        assert_eq!(statuses(), [Status::Inconclusive, Status::Complete]);
        export.close().unwrap();
        assert_eq!(statuses(), [Status::Inconclusive, Status::Complete]);
    }
}
