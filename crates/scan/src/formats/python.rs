//! Python source files: what importing them does, and what a loader that runs them would. Code that merely lies in a
//! folder is not held to what code that is loaded is.

use std::io;

use casemate_core::{Confidence, Severity};

use crate::capability::Capability;
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::python::{self, Call, Role, When};
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// Python sources, where they parse.
pub(crate) const READER: Reader = Reader { format: Format::Python, fit, read };

fn fit(sniff: &Sniff<'_>) -> Fit {
    let named = sniff.name.ends_with(".py") || sniff.name.ends_with(".pyw");
    let worded = || {
        [&b"import "[..], b"def ", b"class ", b"exec(", b"eval("]
            .iter()
            .any(|word| memchr::memmem::find(&sniff.head, word).is_some())
    };
    Fit::maybe_if((named || worded()) && sniff.is_text() && sniff.input.len() <= python::LONGEST)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Ok(text) = String::from_utf8(input.bytes(0, input.len())?) else { return Ok(Reading::NotThis) };
    let Some(source) = python::read(&text).filter(|source| source.is_code || !source.calls.is_empty()) else {
        return Ok(Reading::NotThis);
    };
    scan.understood(0..input.len());
    tell(&source.calls, source.role, scan);
    Ok(Reading::Done)
}

/// Tells what calls mean in a source of a role.
fn tell(calls: &[Call], role: Role, scan: &mut Scan) {
    for call in calls.iter().filter(|call| call.capability.is_dangerous()) {
        let when = match call.when {
            When::Import => "when imported",
            When::Later => "in a function",
        };
        scan.fact(
            About::Code,
            call.capability.as_str(),
            format!("line {}: `{}` {when}", call.line, call.path),
        );
        if let Some((rule, severity, confidence)) = judge(call, role) {
            scan.does(call.capability);
            let title = format!("Line {} calls `{}` {when}", call.line, call.path);
            scan.find(Finding::new(rule, severity, confidence, title, call.at));
        }
    }
}

/// How bad a call is, by when it happens and who runs the source.
fn judge(call: &Call, role: Role) -> Option<(Rule, Severity, Confidence)> {
    let rule = match call.capability {
        Capability::CodeExecution | Capability::Import => Rule::PythonCodeExecution,
        Capability::Process => Rule::PythonProcess,
        Capability::Network => Rule::PythonNetwork,
        Capability::NestedDeserialise => Rule::PythonDeserialise,
        _ => return None,
    };
    if call.decoded && rule == Rule::PythonCodeExecution {
        return Some((Rule::PythonHiddenCode, Severity::Critical, Confidence::High));
    }
    let severity = match (rule, call.when, role) {
        (Rule::PythonDeserialise, ..) => Severity::Low,
        (Rule::PythonProcess, When::Import, Role::Loaded) => {
            return Some((rule, Severity::Critical, Confidence::High));
        }
        (Rule::PythonProcess, When::Later, Role::Loaded)
        | (Rule::PythonProcess | Rule::PythonNetwork, When::Import, _) => Severity::High,
        (Rule::PythonCodeExecution, When::Import, _) if !call.literal => Severity::Medium,
        (Rule::PythonCodeExecution | Rule::PythonNetwork, When::Later, Role::Loaded) => Severity::Medium,
        _ => Severity::Low,
    };
    Some((rule, severity, Confidence::Medium))
}
