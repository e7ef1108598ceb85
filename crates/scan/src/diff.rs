//! What changed between two versions of a model: files, what loading does, and everything the files say of themselves.
//! It compares two reports and judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::capability::Capability;
use crate::fact::About;
use crate::finding::Finding;
use crate::report::ScanReport;
use crate::verdict::{FileReport, Verdict};

/// The schema of a comparison.
pub const DIFF_SCHEMA: &str = "casemate/scan-diff/v1";

/// What changed from one version to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diff {
    /// Always `casemate/scan-diff/v1`.
    pub schema: String,
    /// Files that came, went or changed, by path.
    pub files: Vec<FileChange>,
    /// What loading does now and did not before.
    pub gained: Vec<Capability>,
    /// What loading did before and does no longer.
    pub lost: Vec<Capability>,
    /// What the files say of themselves and said otherwise before: tensors, code, packages, metadata.
    pub facts: Vec<FactChange>,
    /// Findings that were not there before.
    pub new: Vec<Found>,
    /// Findings that are gone.
    pub gone: Vec<Found>,
}

/// A file that came, went or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileChange {
    /// Its path below what was compared.
    pub path: String,
    /// The verdict before; none if the file is new.
    pub before: Option<Verdict>,
    /// The verdict now; none if the file is gone.
    pub now: Option<Verdict>,
}

/// Something that files say of themselves and said otherwise before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct FactChange {
    /// What it is about.
    pub about: About,
    /// The file, with the part of it that says so.
    pub place: String,
    /// What it names.
    pub name: String,
    /// What was said before; none if nothing.
    pub before: Option<String>,
    /// What is said now; none if nothing.
    pub now: Option<String>,
}

/// A finding in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Found {
    /// The file's path below what was compared.
    pub path: String,
    /// What was found.
    pub finding: Finding,
}

/// A version: a report, and what its paths begin with that the other's do not.
#[derive(Debug, Clone, Copy)]
pub struct Version<'r> {
    /// What was found in it.
    pub report: &'r ScanReport,
    /// The path it was scanned at.
    pub root: &'r str,
}

impl<'r> Version<'r> {
    fn files(self) -> BTreeMap<String, &'r FileReport> {
        self.report.files.iter().map(|file| (self.below(&file.path), file)).collect()
    }

    /// A path without the root. A file that was named by itself has no path below.
    fn below(self, path: &str) -> String {
        let rest = path.strip_prefix(self.root.trim_end_matches('/')).unwrap_or(path);
        rest.trim_start_matches('/').to_owned()
    }
}

/// What changed from one version to another.
#[must_use]
pub fn diff(old: Version<'_>, new: Version<'_>) -> Diff {
    let (before, now) = (old.files(), new.files());
    let capabilities = |report: &ScanReport| -> BTreeSet<Capability> {
        report.files.iter().flat_map(|file| file.capabilities.iter().copied()).collect()
    };
    let (could, can) = (capabilities(old.report), capabilities(new.report));
    Diff {
        schema: DIFF_SCHEMA.to_owned(),
        files: files(&before, &now),
        gained: can.difference(&could).copied().collect(),
        lost: could.difference(&can).copied().collect(),
        facts: facts(&before, &now),
        new: only(&now, &before),
        gone: only(&before, &now),
    }
}

type Files<'r> = BTreeMap<String, &'r FileReport>;

fn files(before: &Files<'_>, now: &Files<'_>) -> Vec<FileChange> {
    let paths: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let changed = |path: &&String| match (before.get(*path), now.get(*path)) {
        (Some(old), Some(new)) => {
            old.digests != new.digests
                || old.coverage.total != new.coverage.total
                || old.verdict != new.verdict
        }
        _ => true,
    };
    let verdict = |files: &Files<'_>, path: &str| files.get(path).map(|file| file.verdict);
    let change = |path: &String| FileChange {
        path: path.clone(),
        before: verdict(before, path),
        now: verdict(now, path),
    };
    paths.into_iter().filter(changed).map(change).collect()
}

/// What a fact is keyed by: the same place and name twice are counted.
type Key = (About, String, String, usize);

fn facts(before: &Files<'_>, now: &Files<'_>) -> Vec<FactChange> {
    let (before, now) = (said(before), said(now));
    let keys: BTreeSet<&Key> = before.keys().chain(now.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(*key) != now.get(*key))
        .map(|key| FactChange {
            about: key.0,
            place: key.1.clone(),
            name: key.2.clone(),
            before: before.get(key).map(|detail| (*detail).to_owned()),
            now: now.get(key).map(|detail| (*detail).to_owned()),
        })
        .collect()
}

fn said<'r>(files: &Files<'r>) -> BTreeMap<Key, &'r str> {
    let mut said = BTreeMap::new();
    for (path, file) in files {
        let mut counts: BTreeMap<(About, String, &str), usize> = BTreeMap::new();
        for fact in &file.facts {
            let place = std::iter::once(path.as_str()).chain(fact.member.iter().map(String::as_str));
            let place = place.collect::<Vec<_>>().join("!");
            let count = counts.entry((fact.about, place.clone(), &fact.name)).or_default();
            said.insert((fact.about, place, fact.name.clone(), *count), fact.detail.as_str());
            *count += 1;
        }
    }
    said
}

/// Findings of one version that the other does not have in the same file: by rule, part and title, because offsets move.
fn only(of: &Files<'_>, other: &Files<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (path, file) in of {
        let known: BTreeSet<(&str, Option<String>, &str)> = other
            .get(path)
            .into_iter()
            .flat_map(|file| &file.findings)
            .map(|finding| (finding.rule.as_str(), finding.location.path(), finding.title.as_str()))
            .collect();
        for finding in &file.findings {
            if !known.contains(&(finding.rule.as_str(), finding.location.path(), finding.title.as_str())) {
                found.push(Found { path: path.clone(), finding: finding.clone() });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, Options, scan};

    fn report(files: &[(&str, &str)]) -> ScanReport {
        let options = Options::default();
        let files =
            files.iter().map(|(path, text)| scan(path, &Input::from(text.as_bytes().to_vec()), &options));
        ScanReport::new(files.collect())
    }

    fn compare(old: &[(&str, &str)], new: &[(&str, &str)]) -> Diff {
        let (old, new) = (report(old), report(new));
        diff(Version { report: &old, root: "a" }, Version { report: &new, root: "b" })
    }

    #[test]
    fn the_same_files_elsewhere_are_no_change() {
        let diff = compare(&[("a/m.pkl", "(lp0\nI1\na.")], &[("b/m.pkl", "(lp0\nI1\na.")]);
        assert_eq!((diff.files.len(), diff.facts.len(), diff.new.len()), (0, 0, 0));
    }

    #[test]
    fn a_payload_that_was_put_in_is_told_as_a_capability_and_a_finding() {
        let diff = compare(
            &[("a/m.pkl", "(lp0\nI1\na."), ("a/old.txt", "x")],
            &[("b/m.pkl", "cos\nsystem\n(S'x'\ntR."), ("b/new.txt", "x")],
        );
        assert_eq!(diff.gained, [Capability::Process]);
        assert_eq!(diff.new.len(), 1);
        let changed: Vec<(&str, bool, bool)> = diff
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.before.is_some(), file.now.is_some()))
            .collect();
        assert_eq!(changed, [("m.pkl", true, true), ("new.txt", false, true), ("old.txt", true, false)]);
        assert!(diff.facts.iter().any(|fact| fact.name == "os system" && fact.before.is_none()));
    }

    #[test]
    fn configuration_that_changed_is_told_with_both_values() {
        let diff = compare(
            &[("a/config.json", r#"{"model_type": "bert"}"#)],
            &[("b/config.json", r#"{"model_type": "gpt", "auto_map": {"AutoModel": "code.M"}}"#)],
        );
        let model = diff.facts.iter().find(|fact| fact.about == About::Metadata).unwrap();
        assert_eq!((model.before.as_deref(), model.now.as_deref()), (Some("bert"), Some("gpt")));
        assert!(diff.facts.iter().any(|fact| fact.about == About::RemoteCode));
    }
}
