//! From what happened to what it means: findings, capabilities and the verdict on a pickle file. It looks at
//! traces only and reads no bytes.

use std::collections::BTreeSet;

use casemate_core::{Confidence, Severity, printable};

use super::machine::End;
use super::streams::{Nested, Outcome, Stream};
use super::trace::{GlobalUse, Note, Special, Trace};
use crate::capability::Capability;
use crate::finding::Finding;
use crate::rules::{Rule, cves};
use crate::verdict::{Coverage, Report, Status, Verdict, summary};

const SHOWN_PACKAGES: usize = 50;

/// The report on a file.
pub(crate) fn report(outcome: &Outcome) -> Report {
    let mut sum = Sum::default();
    sum.add(outcome, &[], false);
    let Sum { mut findings, gaps, capabilities, needs } = sum;
    findings.sort_by(|a, b| (&a.location, a.rule, &a.title).cmp(&(&b.location, b.rule, &b.title)));
    let status = if outcome.failed.is_some() {
        Status::Error
    } else if gaps.is_empty() {
        Status::Complete
    } else {
        Status::Inconclusive
    };
    let capabilities: Vec<Capability> = capabilities.into_iter().rev().collect();
    let needs: Vec<String> = needs.into_iter().take(SHOWN_PACKAGES).collect();
    Report {
        status,
        verdict: Verdict::of(status, &findings),
        coverage: Coverage { understood: outcome.understood, total: outcome.total, gaps },
        summary: summary(&capabilities, &needs),
        capabilities,
        needs,
        findings,
    }
}

#[derive(Default)]
struct Sum {
    findings: Vec<Finding>,
    gaps: Vec<String>,
    capabilities: BTreeSet<Capability>,
    needs: BTreeSet<String>,
}

impl Sum {
    fn add(&mut self, outcome: &Outcome, member: &[String], dormant: bool) {
        let before = self.findings.len();
        let trace = &outcome.trace;
        for global in &trace.globals {
            let loaded = is_storage_load(global) && !outcome.nested.is_empty();
            self.findings.extend(of_global(global, loaded));
            if global.called.is_some() || global.handed.is_some() {
                self.capabilities.insert(global.capability);
            }
        }
        self.needs.extend(trace.packages().into_iter().filter(|name| is_package(name)).map(printable));
        self.findings.extend(trace.notes.iter().map(|(&note, &at)| of_note(note, at)));
        for (at, stream) in outcome.streams.iter().enumerate() {
            self.of_stream(stream, at);
        }
        if let Some(offset) = outcome.trailing {
            let count = outcome.total.saturating_sub(offset);
            let title = format!("{count} bytes follow the last stream");
            self.findings.push(Finding::new(
                Rule::TrailingData,
                Severity::Low,
                Confidence::High,
                title,
                offset,
            ));
            self.gaps.push(format!("{count} bytes from offset {offset} on are not a pickle"));
        }
        for (spent, offset) in &trace.spent {
            self.gaps.push(format!("{}, reached at offset {offset}", spent.what()));
        }
        if let Some(error) = &outcome.failed {
            self.gaps.push(format!("the file could not be read: {error}"));
        }
        let loads = trace.globals.iter().any(|global| {
            global.capability == Capability::NestedDeserialise
                && (global.called.is_some() || global.handed.is_some())
        });
        for finding in self.findings.iter_mut().skip(before) {
            finding.location.member = member.to_vec();
            // Nothing that is known loads it.
            if dormant {
                finding.confidence = finding.confidence.lowered();
            }
        }
        for nested in &outcome.nested {
            self.add_nested(nested, member, dormant || !loads && !runs_anything(trace));
        }
    }

    fn add_nested(&mut self, nested: &Nested, member: &[String], dormant: bool) {
        let title = format!("A value holds a pickle ({})", nested.how);
        let mut finding =
            Finding::new(Rule::NestedPickle, Severity::Low, Confidence::High, title, nested.offset);
        finding.location.member = member.to_vec();
        self.findings.push(finding);
        let mut inner = member.to_vec();
        inner.push(format!("value at {} ({})", nested.offset, nested.how));
        self.add(&nested.outcome, &inner, dormant);
    }

    fn of_stream(&mut self, stream: &Stream, number: usize) {
        if number > 0 {
            let title = "Another stream follows".to_owned();
            let found =
                Finding::new(Rule::FurtherStream, Severity::Low, Confidence::High, title, stream.start);
            // One is enough to know; files of thousands of streams exist.
            if number == 1 {
                self.findings.push(found);
            }
        }
        let (rule, title) = match &stream.end {
            End::Stopped | End::Spent(_) | End::Failed(_) => return,
            End::Broken(why) => (Rule::BrokenStream, format!("The stream breaks: {why}")),
            End::Truncated => (Rule::TruncatedStream, "The stream ends without STOP".to_owned()),
            End::Length => (Rule::FalseLength, "A length points behind the end of the file".to_owned()),
        };
        self.gaps.push(format!("the stream at offset {} ends at {} without STOP", stream.start, stream.last));
        self.findings.push(Finding::new(rule, Severity::Medium, Confidence::High, title, stream.last));
    }
}

/// Whether a stream runs something that could load what it is given.
fn runs_anything(trace: &Trace) -> bool {
    trace
        .globals
        .iter()
        .any(|global| global.called.is_some() && global.capability > Capability::Introspection)
        || trace.notes.contains_key(&Note::UnresolvedCallable)
}

/// How PyTorch reads tensors that were pickled by themselves.
fn is_storage_load(global: &GlobalUse) -> bool {
    &*global.module == "torch.storage" && &*global.name == "_load_from_bytes"
}

fn of_global(global: &GlobalUse, loaded: bool) -> Vec<Finding> {
    let path = printable(&if global.name.is_empty() {
        format!("the module {}", global.module)
    } else {
        format!("{}.{}", global.module, global.name)
    });
    let mut findings = Vec::new();
    if let Some(at) = global.changed {
        let title = format!("`{path}` itself is changed");
        findings.push(Finding::new(Rule::StateOnGlobal, Severity::Critical, Confidence::High, title, at));
    }
    let used = global.called.or(global.handed);
    let verb = if global.called.is_some() { "is called" } else { "is handed to a call" };
    let (rule, severity, confidence, title, at) = match (global.capability, used) {
        (Capability::Inert | Capability::TensorRebuild, _) => return findings,
        (Capability::Unknown, _) if &*global.module == "__main__" => {
            let title = format!("`{path}` is code you were not given");
            (Rule::MainGlobal, Severity::Medium, Confidence::Medium, title, used.unwrap_or(global.imported))
        }
        (Capability::Unknown, Some(at)) => {
            (Rule::UnknownCall, Severity::Medium, Confidence::Medium, format!("`{path}` {verb}"), at)
        }
        (Capability::Unknown, None) => {
            let title = format!("`{path}` is imported");
            (Rule::UnknownImport, Severity::Low, Confidence::Medium, title, global.imported)
        }
        (capability, Some(at)) => {
            let followed = matches!(global.special, Special::Attribute | Special::Partial);
            if followed && !global.doubtful && global.called.is_some() && global.handed.is_none() {
                // What it gave is judged by itself.
                return findings;
            }
            let (severity, confidence) = match capability {
                Capability::CodeExecution | Capability::Process => (Severity::Critical, Confidence::High),
                Capability::NestedDeserialise if loaded => (Severity::Low, Confidence::High),
                Capability::NestedDeserialise | Capability::Introspection => {
                    (Severity::High, Confidence::Medium)
                }
                _ => (Severity::High, Confidence::High),
            };
            (Rule::of_call(capability), severity, confidence, format!("`{path}` {verb}"), at)
        }
        (capability, None) => {
            let severity =
                if capability == Capability::Introspection { Severity::Medium } else { Severity::High };
            let title = format!("`{path}` is imported, and not called by the file");
            (Rule::DangerousImport, severity, Confidence::Medium, title, global.imported)
        }
    };
    let mut finding = Finding::new(rule, severity, confidence, title, at);
    finding.cves = cves(&global.module, &global.name);
    findings.push(finding);
    findings
}

fn of_note(note: Note, at: u64) -> Finding {
    let (rule, severity, title) = match note {
        Note::UnresolvedCallable => {
            (Rule::UnresolvedCallable, Severity::High, "Something computed is called")
        }
        Note::ComputedName => (Rule::ComputedName, Severity::High, "The name of a global is computed"),
        Note::HiddenAttribute => (Rule::HiddenAttribute, Severity::High, "A hidden attribute is reached"),
        Note::StateOnUnknown => {
            (Rule::StateOnUnknown, Severity::Medium, "State is given to something computed")
        }
        Note::PersistentId => {
            (Rule::PersistentId, Severity::Medium, "A persistent id is not that of a PyTorch storage")
        }
        Note::ExtensionCode => {
            (Rule::ExtensionCode, Severity::High, "A global is named by an extension code")
        }
        Note::FrameMismatch => (Rule::FrameMismatch, Severity::Medium, "A frame does not fit the opcodes"),
        Note::ProtoRepeated => (Rule::ProtoRepeated, Severity::Medium, "The protocol is declared twice"),
        Note::ProtoMisplaced => {
            (Rule::ProtoMisplaced, Severity::Medium, "The protocol is declared after other opcodes")
        }
        Note::ProtoUnknown => (Rule::ProtoUnknown, Severity::Medium, "The protocol does not exist"),
        Note::Expansion => (Rule::Expansion, Severity::High, "A value grows without measure"),
    };
    Finding::new(rule, severity, Confidence::Medium, title.to_owned(), at)
}

/// Whether a module belongs to something that has to be installed.
fn is_package(name: &str) -> bool {
    !STANDARD.contains(&name)
}

/// The modules of the standard library that pickles name most, and those that attacks do.
const STANDARD: &[&str] = &[
    "",
    "__builtin__",
    "__main__",
    "_codecs",
    "_collections",
    "_frozen_importlib",
    "_functools",
    "_io",
    "_operator",
    "_pickle",
    "_posixsubprocess",
    "_socket",
    "_ssl",
    "_thread",
    "abc",
    "argparse",
    "array",
    "ast",
    "asyncio",
    "atexit",
    "base64",
    "bdb",
    "builtins",
    "bz2",
    "cPickle",
    "cProfile",
    "code",
    "codecs",
    "collections",
    "commands",
    "configparser",
    "copy",
    "copy_reg",
    "copyreg",
    "ctypes",
    "dataclasses",
    "datetime",
    "decimal",
    "dis",
    "distutils",
    "doctest",
    "ensurepip",
    "enum",
    "fractions",
    "ftplib",
    "functools",
    "gc",
    "glob",
    "gzip",
    "http",
    "httplib",
    "idlelib",
    "imaplib",
    "imp",
    "importlib",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "lib2to3",
    "linecache",
    "logging",
    "lzma",
    "marshal",
    "math",
    "mmap",
    "multiprocessing",
    "nt",
    "ntpath",
    "numbers",
    "operator",
    "os",
    "pathlib",
    "pdb",
    "pickle",
    "pickletools",
    "pkgutil",
    "platform",
    "posix",
    "posixpath",
    "profile",
    "pty",
    "pydoc",
    "random",
    "re",
    "runpy",
    "shelve",
    "shutil",
    "signal",
    "site",
    "smtplib",
    "socket",
    "sqlite3",
    "sre_compile",
    "ssl",
    "string",
    "subprocess",
    "sys",
    "tarfile",
    "tempfile",
    "test",
    "threading",
    "time",
    "timeit",
    "trace",
    "types",
    "typing",
    "unittest",
    "urllib",
    "urllib2",
    "uuid",
    "venv",
    "warnings",
    "weakref",
    "webbrowser",
    "xmlrpc",
    "zipfile",
    "zipimport",
    "zlib",
    "zoneinfo",
];
