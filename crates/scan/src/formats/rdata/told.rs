//! What a walk saw, and what that means. Functions and pointers are in many files that harm nobody; a promise where R never
//! writes one is not.

use std::collections::BTreeMap;
use std::ops::Range;

use casemate_core::{Confidence, Severity};

use super::calls;
use super::walk::Within;
use crate::capability::Capability;
use crate::fact::About;
use crate::finding::Finding;
use crate::rule::Rule;
use crate::scan::Scan;

/// How many different calls and promises are told.
const MOST_TOLD: usize = 50;
const MOST_NAMES: usize = 1000;

#[derive(Default)]
pub(super) struct Told {
    pub(super) understood: Vec<Range<u64>>,
    pub(super) numbers: Vec<Range<u64>>,
    functions: u64,
    first_function: u64,
    pointers: u64,
    first_pointer: u64,
    /// Compiled code by where it lies: as the body of a function, in a promise, or by itself.
    code: BTreeMap<(bool, Within), u64>,
    promises: Vec<(u64, bool)>,
    calls: BTreeMap<String, (Within, u64)>,
    packages: Vec<String>,
    variables: Vec<String>,
}

impl Told {
    pub(super) fn function(&mut self, at: u64) {
        if self.functions == 0 {
            self.first_function = at;
        }
        self.functions += 1;
    }

    pub(super) fn pointer(&mut self, at: u64) {
        if self.pointers == 0 {
            self.first_pointer = at;
        }
        self.pointers += 1;
    }

    pub(super) fn byte_code(&mut self, at: u64, body: bool, within: Within) {
        self.code.entry((body, within)).or_insert(at);
    }

    pub(super) fn promise(&mut self, at: u64, variable: bool) {
        if self.promises.len() < MOST_TOLD {
            self.promises.push((at, variable));
        }
    }

    /// A function that is called by its name; what counts is the call that is closest to being run.
    pub(super) fn call(&mut self, name: &str, within: Within, at: u64) {
        if calls::capability(name).is_none() {
            return;
        }
        let call = self.calls.entry(name.to_owned()).or_insert((within, at));
        if within > call.0 {
            *call = (within, at);
        }
    }

    pub(super) fn package(&mut self, name: &str) {
        if self.packages.len() < MOST_NAMES && !self.packages.iter().any(|package| package == name) {
            self.packages.push(name.to_owned());
        }
    }

    pub(super) fn variable(&mut self, name: &str) {
        if self.variables.len() < MOST_NAMES {
            self.variables.push(name.to_owned());
        }
    }

    /// Tells everything.
    pub(super) fn tell(mut self, scan: &mut Scan) {
        for span in std::mem::take(&mut self.understood) {
            scan.understood(span);
        }
        for span in std::mem::take(&mut self.numbers) {
            scan.numbers(span);
        }
        for name in &self.variables {
            scan.fact(About::Metadata, "variable", name.as_str());
        }
        for package in self.packages.iter().filter(|package| !calls::is_standard(package)) {
            scan.needs(package);
            scan.fact(About::NeedsPackage, package.as_str(), "R");
        }
        self.tell_promises(scan);
        self.tell_calls(scan);
        self.tell_functions(scan);
    }

    fn tell_promises(&self, scan: &mut Scan) {
        for (at, variable) in &self.promises {
            let rule = Rule::RPromise;
            let finding = if *variable {
                let title = "A variable of an environment is a promise whose code was not run yet";
                Finding::new(rule, Severity::Low, Confidence::Medium, title, *at)
            } else {
                scan.does(Capability::CodeExecution);
                let title = "An object is a promise, whose code runs when it is used; R writes none there";
                Finding::new(rule, Severity::Critical, Confidence::High, title, *at).cve("CVE-2024-27322")
            };
            scan.find(finding);
        }
    }

    fn tell_calls(&self, scan: &mut Scan) {
        for (name, (within, at)) in self.calls.iter().take(MOST_TOLD) {
            let Some(does) = calls::capability(name) else { continue };
            let (severity, confidence, place) = weight(*within, does);
            if *within > Within::Data {
                scan.does(does);
            }
            let title = format!("`{name}` is called in {place}, which {}", does.sentence());
            scan.find(Finding::new(Rule::RDangerousCall, severity, confidence, title, *at));
        }
    }

    fn tell_functions(&self, scan: &mut Scan) {
        if self.functions > 0 {
            let title = format!("{} functions are in the file", self.functions);
            let rule = Rule::RClosure;
            scan.find(Finding::new(rule, Severity::Low, Confidence::High, title, self.first_function));
        }
        if self.pointers > 0 {
            let title = format!("{} external pointers are in the file", self.pointers);
            let rule = Rule::RExternalPointer;
            scan.find(Finding::new(rule, Severity::Low, Confidence::High, title, self.first_pointer));
        }
        for ((body, within), at) in &self.code {
            let (severity, title) = match (within, body) {
                (Within::Promise, _) => (Severity::High, "Byte code is in a promise"),
                (Within::Function | Within::Lazy, _) => {
                    (Severity::Low, "A function is compiled to byte code")
                }
                (Within::Data, _) => (Severity::High, "Byte code stands by itself, where R writes none"),
            };
            scan.find(Finding::new(Rule::RBytecode, severity, Confidence::High, title, *at));
        }
    }
}

/// How bad a call is, by how close its place is to being run.
fn weight(within: Within, does: Capability) -> (Severity, Confidence, &'static str) {
    let process = does == Capability::Process;
    match within {
        Within::Promise => (Severity::Critical, Confidence::High, "a promise"),
        Within::Lazy if process => (Severity::High, Confidence::Medium, "a promise of an environment"),
        Within::Lazy => (Severity::Medium, Confidence::Low, "a promise of an environment"),
        Within::Function if process => (Severity::Medium, Confidence::Medium, "a function"),
        Within::Function => (Severity::Low, Confidence::Medium, "a function"),
        Within::Data if process => (Severity::Medium, Confidence::Low, "an expression"),
        Within::Data => (Severity::Low, Confidence::Low, "an expression"),
    }
}
