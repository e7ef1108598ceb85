//! Every case that the scripts in `fixtures/make` wrote: what must be caught is caught by name, what must be spared is
//! read wholly and clean. A folder is scanned as a folder.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says why and stops")]

use std::fs;
use std::path::Path;

use casemate_scan::{FileReport, Options, Osv, Status, Verdict, scan_all, walk};
use globset::GlobSet;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

struct Case {
    kind: String,
    path: String,
    expected: Vec<String>,
    cves: Vec<String>,
    shows: String,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for table in fs::read_dir(Path::new(ROOT).join("cases")).unwrap() {
        let text = fs::read_to_string(table.unwrap().path()).unwrap();
        for line in text.lines().skip(1) {
            let list =
                |text: &str| text.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect();
            match *line.split('\t').collect::<Vec<_>>() {
                [kind, path, expected, cves, shows] => cases.push(Case {
                    kind: kind.to_owned(),
                    path: path.to_owned(),
                    expected: list(expected),
                    cves: list(cves),
                    shows: shows.to_owned(),
                }),
                _ => panic!("not five columns: {line}"),
            }
        }
    }
    cases
}

/// Whatever lies at a path, with advisories that were written for the cases.
fn scan(path: &str) -> Vec<FileReport> {
    let osv = Some(Osv::open(&Path::new(ROOT).join("osv")).unwrap());
    let entries = walk::list(&[Path::new(ROOT).join(path)], &GlobSet::empty()).unwrap();
    scan_all(&entries, &Options { osv, ..Options::default() }, &|_| {}).files
}

/// What is wrong with the reports on a case.
fn problem(case: &Case, reports: &[FileReport]) -> Option<String> {
    let findings = || reports.iter().flat_map(|report| &report.findings);
    if case.kind == "spare" {
        let verdict = reports.iter().map(|report| report.verdict).max()?;
        let read =
            verdict != Verdict::Clean || reports.iter().all(|report| report.status == Status::Complete);
        let expected = case.expected.first()?;
        return (verdict.as_str() != expected || !read).then(|| {
            let titles: Vec<&str> = findings().map(|finding| finding.title.as_str()).collect();
            let gaps: Vec<&String> = reports.iter().flat_map(|report| &report.coverage.gaps).collect();
            format!("is {verdict}, not {expected}: findings {titles:?}, gaps {gaps:?}")
        });
    }
    let found: Vec<&str> = findings().map(|finding| finding.rule.as_str()).collect();
    if let Some(missing) = case.expected.iter().find(|rule| !found.contains(&rule.as_str())) {
        return Some(format!("no finding of {missing}, only {found:?}"));
    }
    let named: Vec<&str> = findings().flat_map(|finding| finding.cves.iter().map(|cve| &**cve)).collect();
    let missing = case.cves.iter().find(|cve| !named.contains(&cve.as_str()))?;
    Some(format!("{missing} is not named, only {named:?}"))
}

#[test]
fn what_must_be_caught_is_caught_and_what_must_be_spared_is_clean() {
    let problems: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let problem = problem(case, &scan(&case.path))?;
            Some(format!("{} ({}): {problem}", case.path, case.shows))
        })
        .collect();
    assert!(problems.is_empty(), "{} cases fail:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_file_is_a_case_of_a_table() {
    let known: Vec<String> = cases().into_iter().map(|case| case.path).collect();
    for (kind, folder) in [("catch", "catch"), ("spare", "spare")] {
        for group in fs::read_dir(Path::new(ROOT).join(folder)).into_iter().flatten() {
            let group = group.unwrap();
            for case in fs::read_dir(group.path()).unwrap() {
                let path = format!(
                    "{kind}/{}/{}",
                    group.file_name().to_string_lossy(),
                    case.unwrap().file_name().to_string_lossy()
                );
                assert!(
                    known.contains(&path),
                    "{path} is in no table; run its script in fixtures/make again"
                );
            }
        }
    }
}
