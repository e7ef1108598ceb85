//! From what happened to what it means: findings, capabilities and the verdict on a pickle file. It looks at
//! traces only and reads no bytes.

use casemate_core::{Confidence, Severity, printable};

use super::cves::cves;
use super::machine::End;
use super::packages::is_package;
use super::streams::{Nested, Outcome, Stream};
use super::trace::{GlobalUse, Note, Special, Trace};
use crate::capability::Capability;
use crate::fact::About;
use crate::finding::Finding;
use crate::formats::names::leads_out;
use crate::rule::Rule;
use crate::scan::Scan;

/// Tells what happened when a file was run on the machine.
pub(crate) fn tell(outcome: &Outcome, scan: &mut Scan) {
    scan.understood(0..outcome.understood);
    for array in outcome.trace.arrays.iter().chain(&outcome.trace.blobs) {
        scan.numbers(array.offset..array.offset + array.len);
    }
    Telling { scan, within: Vec::new(), dormant: false }.all(outcome);
}

/// Tells of what follows the last stream of a file, where nobody knows better.
pub(crate) fn tell_trailing(outcome: &Outcome, scan: &mut Scan) {
    Telling { scan, within: Vec::new(), dormant: false }.trailing(outcome);
}

/// What is told of one source: the file, or a pickle inside a value.
struct Telling<'s> {
    scan: &'s mut Scan,
    /// The values it lies in, from the outside.
    within: Vec<String>,
    /// Whether nothing that is known loads it.
    dormant: bool,
}

impl Telling<'_> {
    fn all(&mut self, outcome: &Outcome) {
        let trace = &outcome.trace;
        for global in &trace.globals {
            self.scan.fact(About::Global, format!("{} {}", global.module, global.name), "");
            let loaded = is_storage_load(global) && !(outcome.nested.is_empty() && outcome.large.is_empty());
            for finding in of_global(global, loaded) {
                let joblib = !trace.arrays.is_empty() && is_system(global);
                self.find(if joblib { finding.cve("CVE-2020-13092") } else { finding });
            }
            if global.called.is_some() || global.handed.is_some() {
                self.scan.does(global.capability);
            }
        }
        for (key, storage) in &trace.storages {
            let len = storage.item.and_then(|item| item.checked_mul(storage.items));
            let len = len.map(|len| len.to_string()).unwrap_or_default();
            self.scan.fact(About::Storage, key.as_ref(), len);
        }
        for (name, at) in &trace.files {
            self.scan.fact(About::NeedsFile, name.as_str(), "array");
            let severity = if leads_out(name).is_some() { Severity::High } else { Severity::Low };
            let title = format!("An array is in another file, `{name}`");
            self.find(Finding::new(Rule::JoblibFile, severity, Confidence::High, title, *at));
        }
        self.array_code(trace);
        for package in trace.packages().into_iter().filter(|name| is_package(name)) {
            self.scan.needs(package);
        }
        for (&note, &at) in &trace.notes {
            self.find(of_note(note, at));
        }
        for (at, stream) in outcome.streams.iter().enumerate() {
            self.of_stream(stream, at);
        }
        if !self.within.is_empty() {
            self.trailing(outcome);
        }
        for (spent, offset) in &trace.spent {
            self.gap(&format!("{}, reached at offset {offset}", spent.what()));
        }
        let loads = trace.globals.iter().any(|global| {
            global.capability == Capability::NestedDeserialise
                && (global.called.is_some() || global.handed.is_some())
        });
        for nested in &outcome.nested {
            self.nested(nested, self.dormant || !loads && !runs_anything(trace));
        }
    }

    /// Harm in the objects of an array is told as such too: it runs when joblib reads the array.
    fn array_code(&mut self, trace: &Trace) {
        let harmful = trace.globals.iter().filter(|global| global.capability > Capability::Introspection);
        let mut used = harmful.filter_map(|global| global.called.or(global.handed));
        let within =
            |at: u64| trace.objects.iter().any(|span| (span.offset..span.offset + span.len).contains(&at));
        if let Some(at) = used.find(|at| within(*at)) {
            let title = "An array holds objects that do harm when it is read";
            let rule = Rule::JoblibArrayCode;
            self.find(Finding::new(rule, Severity::High, Confidence::High, title, at));
        }
    }

    fn trailing(&mut self, outcome: &Outcome) {
        let Some(offset) = outcome.trailing else { return };
        let count = outcome.total.saturating_sub(offset);
        let title = format!("{count} bytes follow the last stream");
        let rule = Rule::PickleTrailingData;
        self.find(Finding::new(rule, Severity::Low, Confidence::High, title, offset));
        self.gap(&format!("{count} bytes from offset {offset} on are not a pickle"));
    }

    fn nested(&mut self, nested: &Nested, dormant: bool) {
        let title = format!("A value holds a pickle ({})", nested.how);
        let rule = Rule::PickleNestedPickle;
        self.find(Finding::new(rule, Severity::Low, Confidence::High, title, nested.offset));
        let mut within = self.within.clone();
        within.push(format!("value at {} ({})", nested.offset, nested.how));
        Telling { scan: self.scan, within, dormant }.all(&nested.outcome);
    }

    fn of_stream(&mut self, stream: &Stream, number: usize) {
        // One is enough to know; files of thousands of streams exist.
        if number == 1 {
            let (rule, title) = (Rule::PickleFurtherStream, "Another stream follows");
            self.find(Finding::new(rule, Severity::Low, Confidence::High, title, stream.start));
        }
        let (rule, title) = match &stream.end {
            End::Stopped | End::Spent(_) | End::Failed(_) => return,
            End::Broken(why) => (Rule::PickleBrokenStream, format!("The stream breaks: {why}")),
            End::Truncated => (Rule::PickleTruncatedStream, "The stream ends without STOP".to_owned()),
            End::Length => (Rule::PickleFalseLength, "A length points behind the end of the file".to_owned()),
        };
        self.gap(&format!("the stream at offset {} ends at {} without STOP", stream.start, stream.last));
        self.find(Finding::new(rule, Severity::Medium, Confidence::High, title, stream.last));
    }

    fn find(&mut self, mut finding: Finding) {
        finding.location.member.clone_from(&self.within);
        if self.dormant {
            finding.confidence = finding.confidence.lowered();
        }
        self.scan.find(finding);
    }

    fn gap(&mut self, why: &str) {
        match self.within.join("!") {
            within if within.is_empty() => self.scan.gap(why),
            within => self.scan.gap(format!("{within}: {why}")),
        }
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

/// What the vulnerability about `joblib.load` names.
fn is_system(global: &GlobalUse) -> bool {
    matches!(&*global.module, "os" | "posix" | "nt") && &*global.name == "system"
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
        findings.push(Finding::new(
            Rule::PickleStateOnGlobal,
            Severity::Critical,
            Confidence::High,
            title,
            at,
        ));
    }
    let used = global.called.or(global.handed);
    let verb = if global.called.is_some() { "is called" } else { "is handed to a call" };
    let (rule, severity, confidence, title, at) = match (global.capability, used) {
        (Capability::Inert | Capability::TensorRebuild, _) => return findings,
        (Capability::Unknown, _) if &*global.module == "__main__" => {
            let title = format!("`{path}` is code you were not given");
            (
                Rule::PickleMainGlobal,
                Severity::Medium,
                Confidence::Medium,
                title,
                used.unwrap_or(global.imported),
            )
        }
        (Capability::Unknown, Some(at)) => {
            (Rule::PickleUnknownCall, Severity::Medium, Confidence::Medium, format!("`{path}` {verb}"), at)
        }
        (Capability::Unknown, None) => {
            let title = format!("`{path}` is imported");
            (Rule::PickleUnknownImport, Severity::Low, Confidence::Medium, title, global.imported)
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
            (of_call(capability), severity, confidence, format!("`{path}` {verb}"), at)
        }
        (capability, None) => {
            let severity =
                if capability == Capability::Introspection { Severity::Medium } else { Severity::High };
            let title = format!("`{path}` is imported, and not called by the file");
            (Rule::PickleDangerousImport, severity, Confidence::Medium, title, global.imported)
        }
    };
    let mut finding = Finding::new(rule, severity, confidence, title, at);
    finding.cves = cves(&global.module, &global.name).into_iter().map(Into::into).collect();
    findings.push(finding);
    findings
}

fn of_note(note: Note, at: u64) -> Finding {
    let (rule, severity, title) = match note {
        Note::UnresolvedCallable => {
            (Rule::PickleUnresolvedCallable, Severity::High, "Something computed is called")
        }
        Note::ComputedName => (Rule::PickleComputedName, Severity::High, "The name of a global is computed"),
        Note::HiddenAttribute => {
            (Rule::PickleHiddenAttribute, Severity::High, "A hidden attribute is reached")
        }
        Note::StateOnUnknown => {
            (Rule::PickleStateOnUnknown, Severity::Medium, "State is given to something computed")
        }
        Note::PersistentId => {
            (Rule::PicklePersistentId, Severity::Medium, "A persistent id is not that of a PyTorch storage")
        }
        Note::ExtensionCode => {
            (Rule::PickleExtensionCode, Severity::High, "A global is named by an extension code")
        }
        Note::FrameMismatch => {
            (Rule::PickleFrameMismatch, Severity::Medium, "A frame does not fit the opcodes")
        }
        Note::ProtoRepeated => {
            (Rule::PickleProtoRepeated, Severity::Medium, "The protocol is declared twice")
        }
        Note::ProtoMisplaced => {
            (Rule::PickleProtoMisplaced, Severity::Medium, "The protocol is declared after other opcodes")
        }
        Note::ProtoUnknown => (Rule::PickleProtoUnknown, Severity::Medium, "The protocol does not exist"),
        Note::ItemOnTensor => {
            let (rule, title) = (Rule::PickleItemOnTensor, "An item is set on a tensor");
            return Finding::new(rule, Severity::High, Confidence::High, title, at);
        }
        Note::Expansion => (Rule::PickleExpansion, Severity::High, "A value grows without measure"),
    };
    Finding::new(rule, severity, Confidence::Medium, title, at)
}

/// The rule about calls of a dangerous kind.
const fn of_call(capability: Capability) -> Rule {
    match capability {
        Capability::CodeExecution => Rule::PickleCodeExecution,
        Capability::Process => Rule::PickleProcess,
        Capability::Import => Rule::PickleImport,
        Capability::FileWrite => Rule::PickleFileWrite,
        Capability::FileRead => Rule::PickleFileRead,
        Capability::Network => Rule::PickleNetwork,
        Capability::Introspection => Rule::PickleIntrospection,
        Capability::NestedDeserialise => Rule::PickleNestedLoad,
        Capability::Inert | Capability::TensorRebuild | Capability::Unknown => Rule::PickleUnknownCall,
    }
}
