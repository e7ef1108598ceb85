//! `config.pbtxt`, with which Triton serves a model: protobuf as text. It says which program or library is loaded.

use std::io;

use casemate_core::{Confidence, Severity};

use super::names::leads_out;
use super::{Reader, Reading, text};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// Triton's configuration by its fields.
pub(crate) const READER: Reader = Reader { format: Format::TritonConfig, fit, read };

const LONGEST: u64 = 1024 * 1024;
/// Fields that only such a configuration has.
const MARKS: &[&str] = &[
    "max_batch_size",
    "instance_group",
    "dynamic_batching",
    "ensemble_scheduling",
    "model_transaction_policy",
    "default_model_filename",
];

fn fit(sniff: &Sniff<'_>) -> Fit {
    let Some(text) = sniff.text() else { return Fit::No };
    let has = |field: &&str| {
        text.lines().any(|line| {
            let rest = line.trim_start().strip_prefix(field);
            rest.is_some_and(|rest| rest.trim_start().starts_with([':', '{', '[']))
        })
    };
    let loads = ["backend", "platform"].iter().any(has);
    let is_json = matches!(sniff.first(), Some(b'{' | b'['));
    Fit::maybe_if(
        !is_json
            && sniff.input.len() <= LONGEST
            && (MARKS.iter().any(has) && (loads || has(&"name"))
                || loads && (has(&"input") || has(&"output"))),
    )
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Some(text) = text::whole(input, LONGEST)? else { return Ok(Reading::NotThis) };
    let Some(fields) = fields(&text) else {
        scan.gap("it is no protobuf text");
        return Ok(Reading::Done);
    };
    let mut key = None;
    for Field { name, value, at } in &fields {
        match (*name, &**value) {
            ("backend", "python") => {
                let title = "The server runs `model.py` of the model's folder";
                tell(Rule::TritonPythonBackend, Severity::Medium, title, *at, scan);
                scan.fact(About::RemoteCode, "model.TritonPythonModel", "1");
            }
            ("backend" | "platform" | "name", value) => scan.fact(About::Metadata, *name, value),
            ("key", value) => key = Some(value),
            ("string_value", value) if key == Some("EXECUTION_ENV_PATH") => {
                let title = format!("The server unpacks `{value}` and runs the Python in it");
                tell(Rule::TritonPythonBackend, Severity::Medium, &title, *at, scan);
                file(value.trim_start_matches("$$TRITON_MODEL_DIRECTORY/"), *at, scan);
            }
            ("op_library_filename", value) => {
                let title = format!("The server loads the library `{value}`");
                tell(Rule::CompiledCode, Severity::Medium, &title, *at, scan);
                file(value, *at, scan);
            }
            ("default_model_filename", value) => file(value, *at, scan),
            _ => {}
        }
    }
    scan.understood(0..input.len());
    Ok(Reading::Done)
}

fn tell(rule: Rule, severity: Severity, title: &str, at: u64, scan: &mut Scan) {
    scan.find(Finding::new(rule, severity, Confidence::High, title, at));
}

fn file(name: &str, at: u64, scan: &mut Scan) {
    scan.fact(About::NeedsFile, name, "triton");
    if let Some(how) = leads_out(name) {
        let title = format!("The configuration asks for `{name}`, which {how}");
        tell(Rule::FileTraversal, Severity::High, &title, at, scan);
    }
}

/// A field with a value that is no message.
struct Field<'t> {
    name: &'t str,
    value: String,
    at: u64,
}

/// The fields of protobuf text in the order they stand in; nothing if it is none.
fn fields(text: &str) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    let (mut name, mut depth) = ("", 0_u64);
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n', ',', ';']);
        let at = (text.len() - rest.len()) as u64;
        let Some(first) = rest.chars().next() else { break };
        match first {
            '#' => rest = rest.split_once('\n').map_or("", |(_, rest)| rest),
            '{' | '[' | '<' => (depth, rest) = (depth + 1, rest.get(1..)?),
            '}' | ']' | '>' => (depth, rest) = (depth.checked_sub(1)?, rest.get(1..)?),
            ':' => rest = rest.get(1..)?,
            '"' | '\'' => {
                let (value, after) = quoted(rest, first)?;
                fields.push(Field { name, value, at });
                rest = after;
            }
            c if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+') => {
                let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/');
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                let (word, after) = rest.split_at_checked(end)?;
                // A name is followed by its value; anything else is a value that needs no quotes.
                if after.trim_start().starts_with([':', '{', '<', '[']) {
                    name = word;
                }
                rest = after;
            }
            _ => return None,
        }
    }
    (depth == 0).then_some(fields)
}

/// A string in quotes, and what follows.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.push(chars.next()?.1),
            c if c == quote => return Some((value, text.get(at + 1..)?)),
            '\n' => return None,
            c => value.push(c),
        }
    }
    None
}
