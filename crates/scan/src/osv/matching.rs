//! Which advisories concern which of the versions that files ask for. A version that nobody pinned is only concerned
//! where all versions are.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use casemate_core::{Confidence, Severity};
use cvss::Cvss;
use pep440_rs::Version;

use super::advisory::{Advisory, Affected, Event, Score};
use crate::dependency::normal;
use crate::finding::Finding;
use crate::rule::Rule;

/// One file asking for one package.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    file: usize,
    member: Vec<String>,
    /// The only version that will do.
    version: Option<Version>,
}

impl Ask {
    pub(super) fn new(file: usize, member: Vec<String>, specifier: &str) -> Self {
        let pinned = specifier.trim_start_matches('=');
        let is_pinned = specifier.starts_with("==") && !specifier.contains(['*', ',']);
        let version = is_pinned.then(|| Version::from_str(pinned).ok()).flatten();
        Self { file, member, version }
    }
}

/// An advisory on a package that a file asks for.
#[derive(Debug, Clone)]
pub(super) struct Match {
    package: String,
    version: String,
    member: Vec<String>,
    ids: Vec<String>,
    severity: Option<Severity>,
    fixed: Option<Version>,
    is_malicious: bool,
}

/// What an advisory says on what files ask for, with the number of the file.
pub(super) fn matches(advisory: &Advisory, asks: &BTreeMap<String, Vec<Ask>>) -> Vec<(usize, Match)> {
    let mut found = Vec::new();
    for affected in &advisory.affected {
        let Some(package) = affected.python().map(normal) else { continue };
        for ask in asks.get(&package).into_iter().flatten() {
            if !affected.concerns(ask.version.as_ref()) {
                continue;
            }
            let one = Match {
                package: package.clone(),
                version: ask.version.as_ref().map(Version::to_string).unwrap_or_default(),
                member: ask.member.clone(),
                ids: std::iter::once(&advisory.id).chain(&advisory.aliases).cloned().collect(),
                severity: severity(advisory, affected),
                fixed: affected.fixed(ask.version.as_ref()),
                is_malicious: advisory.id.starts_with("MAL-"),
            };
            found.push((ask.file, one));
        }
    }
    found
}

impl Affected {
    /// Whether a version is affected; without one, whether all are.
    fn concerns(&self, version: Option<&Version>) -> bool {
        let ranges = || self.ranges.iter().filter(|range| range.kind != "GIT");
        match version {
            Some(version) => {
                let listed = |text: &String| Version::from_str(text).is_ok_and(|one| one == *version);
                self.versions.iter().any(listed) || ranges().any(|range| within(&range.events, version))
            }
            None => ranges().any(|range| {
                let ends = |event: &Event| event.fixed.is_some() || event.last_affected.is_some();
                let begins = |event: &Event| event.introduced.as_deref() == Some("0");
                range.events.iter().any(begins) && !range.events.iter().any(ends)
            }),
        }
    }

    /// The first version after one that is fixed.
    fn fixed(&self, version: Option<&Version>) -> Option<Version> {
        let events = self.ranges.iter().filter(|range| range.kind != "GIT").flat_map(|range| &range.events);
        let fixed = events.filter_map(|event| Version::from_str(event.fixed.as_deref()?).ok());
        fixed.filter(|fixed| version.is_none_or(|version| fixed > version)).min()
    }
}

/// Whether a version is affected by what happens along a range, in the order of versions.
fn within(events: &[Event], version: &Version) -> bool {
    let mut steps: Vec<(Version, u8)> = Vec::new();
    for event in events {
        let step = |text: &Option<String>, kind: u8| {
            let text = text.as_deref()?;
            Version::from_str(text).ok().map(|version| (version, kind))
        };
        steps.extend(step(&event.introduced, 2));
        steps.extend(step(&event.fixed, 0));
        steps.extend(step(&event.last_affected, 1));
    }
    steps.sort();
    let mut is_affected = false;
    for (at, kind) in steps {
        match kind {
            2 if *version >= at => is_affected = true,
            0 if *version >= at => is_affected = false,
            1 if *version > at => is_affected = false,
            _ => {}
        }
    }
    is_affected
}

/// How bad an advisory says it is.
fn severity(advisory: &Advisory, affected: &Affected) -> Option<Severity> {
    let scores = affected.severity.iter().chain(&advisory.severity);
    let scored = scores.filter_map(of_score).max();
    let word = advisory.database_specific.severity.as_deref().map(str::to_uppercase);
    scored.or(match word.as_deref() {
        Some("CRITICAL") => Some(Severity::Critical),
        Some("HIGH") => Some(Severity::High),
        Some("MODERATE" | "MEDIUM") => Some(Severity::Medium),
        Some("LOW") => Some(Severity::Low),
        _ => None,
    })
}

fn of_score(score: &Score) -> Option<Severity> {
    Some(match Cvss::from_str(&score.score).ok()?.severity() {
        cvss::Severity::None | cvss::Severity::Low => Severity::Low,
        cvss::Severity::Medium => Severity::Medium,
        cvss::Severity::High => Severity::High,
        cvss::Severity::Critical => Severity::Critical,
    })
}

/// One finding for each vulnerability: databases publish the same one under several ids.
pub(super) fn findings(mut matches: Vec<Match>) -> Vec<Finding> {
    matches.sort_by(|a, b| (&a.package, &a.version, &a.ids).cmp(&(&b.package, &b.version, &b.ids)));
    let mut merged: Vec<Match> = Vec::new();
    for one in matches {
        let same = merged.iter_mut().rev().find(|other| {
            (&other.package, &other.version, &other.member) == (&one.package, &one.version, &one.member)
                && other.ids.iter().any(|id| one.ids.contains(id))
        });
        let Some(other) = same else {
            merged.push(one);
            continue;
        };
        other.ids.extend(one.ids.into_iter().filter(|id| !other.ids.contains(id)).collect::<Vec<_>>());
        other.severity = other.severity.max(one.severity);
        other.fixed = other.fixed.take().or(one.fixed);
        other.is_malicious |= one.is_malicious;
    }
    merged.into_iter().map(finding).collect()
}

fn finding(one: Match) -> Finding {
    let Match { package, version, member, ids, severity, fixed, is_malicious } = one;
    let id = ids.first().map(String::as_str).unwrap_or_default();
    let name = if version.is_empty() { format!("`{package}`") } else { format!("`{package}` {version}") };
    let mut finding = if is_malicious {
        let title = format!("{name} was reported as malicious: {id}");
        Finding::new(Rule::DependencyMalicious, Severity::Critical, Confidence::High, title, 0)
    } else {
        let until =
            fixed.map_or_else(|| "no version is fixed".to_owned(), |fixed| format!("fixed in {fixed}"));
        let title = format!("{name}: {id}, {until}");
        // Whether a program reaches what is vulnerable is not known.
        let severity = severity.unwrap_or(Severity::Medium);
        Finding::new(Rule::DependencyAdvisory, severity, Confidence::Medium, title, 0)
    };
    finding.location.member = member;
    for cve in ids.into_iter().filter(|id| id.starts_with("CVE-")) {
        finding = finding.cve(cve);
    }
    finding
}
