//! The packages a file asks for: which, how firmly, from where, and whether their names are what they seem. It asks no
//! index; advisories are another matter.

mod address;
mod lines;
mod names;
mod pipfile;
mod requirement;

use std::collections::BTreeSet;

use casemate_core::{Confidence, Severity};

pub(crate) use self::address::Address;
pub(crate) use self::lines::Line;
pub(crate) use self::names::normal;
use self::names::{Doubt, doubt};
pub(crate) use self::pipfile::Pipfile;
pub(crate) use self::requirement::Requirement;
use crate::fact::About;
use crate::finding::Finding;
use crate::rule::Rule;
use crate::scan::Scan;

/// How many packages of one file are looked at.
const MOST: usize = 50_000;
/// How many packages are named in a title.
const NAMED: usize = 5;

/// The packages that one file asks for, while it is read.
#[derive(Default)]
pub(crate) struct Dependencies {
    packages: BTreeSet<(String, String)>,
    loose: Vec<String>,
    first_loose: u64,
    count: usize,
    doubted: BTreeSet<String>,
}

impl Dependencies {
    /// A package as PEP 508 writes it. False if that is not what the text is.
    pub(crate) fn requirement(&mut self, text: &str, at: u64, scan: &mut Scan) -> bool {
        let Some(requirement) = Requirement::parse(text) else { return false };
        match requirement.url {
            Some(url) => {
                self.package(requirement.name, "", at, scan);
                Address::parse(url).direct(Some(requirement.name), at, scan);
            }
            None => {
                self.package(requirement.name, requirement.specifier, at, scan);
                if !requirement.is_pinned() {
                    self.loose(requirement.name, at);
                }
            }
        }
        true
    }

    /// A package of a project, which leaves the version to whoever installs it. What cannot be read is a gap.
    pub(crate) fn loosely(&mut self, text: &str, at: u64, scan: &mut Scan) {
        let Some(requirement) = Requirement::parse(text) else {
            return scan.gap(format!("the package at offset {at} is named in a way that is not known"));
        };
        self.package(requirement.name, requirement.specifier, at, scan);
        if let Some(url) = requirement.url {
            Address::parse(url).direct(Some(requirement.name), at, scan);
        }
    }

    /// An index or a host whose certificate nobody checks.
    pub(crate) fn unchecked(&mut self, host: &str, at: u64, scan: &mut Scan) {
        let title = format!("The certificate of `{}` is not checked", Address::parse(host).shown());
        let rule = Rule::DependencyInsecure;
        scan.find(Finding::new(rule, Severity::Medium, Confidence::Medium, title, at));
    }

    /// A package in one version, as a lock file has it.
    pub(crate) fn locked(&mut self, name: &str, version: &str, at: u64, scan: &mut Scan) {
        let version = version.trim_start_matches('=');
        let specifier = if version.is_empty() { String::new() } else { format!("=={version}") };
        self.package(name, &specifier, at, scan);
    }

    /// A package by name and range; whether it is pinned is no matter.
    pub(crate) fn package(&mut self, name: &str, specifier: &str, at: u64, scan: &mut Scan) {
        if self.elsewhere(name, specifier, scan) {
            self.doubt(name, at, scan);
        }
    }

    /// A package of another ecosystem, whose names are not those of the Python Package Index. False if it was told
    /// before.
    pub(crate) fn elsewhere(&mut self, name: &str, specifier: &str, scan: &mut Scan) -> bool {
        self.count += 1;
        if self.packages.len() >= MOST {
            scan.gap("it asks for more packages than are looked at");
            return false;
        }
        let specifier: String = specifier.split_whitespace().collect();
        let is_new = self.packages.insert((normal(name), specifier.clone()));
        if is_new {
            scan.fact(About::NeedsPackage, normal(name), specifier);
        }
        is_new
    }

    /// A package that is not pinned.
    pub(crate) fn loose(&mut self, name: &str, at: u64) {
        if self.loose.is_empty() {
            self.first_loose = at;
        }
        if self.loose.len() < MOST {
            self.loose.push(name.to_owned());
        }
    }

    /// Tells what only the whole shows.
    pub(crate) fn finish(self, scan: &mut Scan) {
        if self.loose.is_empty() {
            return;
        }
        let named: Vec<String> = self.loose.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
        let more = if self.loose.len() > NAMED { ", …" } else { "" };
        let title = format!(
            "{} of {} packages {} not pinned to a version: {}{more}",
            self.loose.len(),
            self.count.max(self.loose.len()),
            if self.loose.len() == 1 { "is" } else { "are" },
            named.join(", ")
        );
        let rule = Rule::DependencyUnpinned;
        scan.find(Finding::new(rule, Severity::Low, Confidence::High, title, self.first_loose));
    }

    fn doubt(&mut self, name: &str, at: u64, scan: &mut Scan) {
        if !self.doubted.insert(normal(name)) {
            return;
        }
        let (rule, severity, confidence, title) = match doubt(name) {
            Some(Doubt::Near(known)) => (
                Rule::DependencyTyposquat,
                Severity::Medium,
                Confidence::Medium,
                format!("`{name}` is one letter away from `{known}`"),
            ),
            Some(Doubt::Confused(meant)) => (
                Rule::DependencyTyposquat,
                Severity::Low,
                Confidence::Medium,
                format!("`{name}` is often asked for where `{meant}` is meant"),
            ),
            Some(Doubt::Malicious(seemed)) => (
                Rule::DependencyMalicious,
                Severity::High,
                Confidence::Medium,
                format!("`{name}` was published by an attacker to be taken for `{seemed}`"),
            ),
            None => return,
        };
        scan.find(Finding::new(rule, severity, confidence, title, at));
    }
}

#[cfg(test)]
mod tests;
