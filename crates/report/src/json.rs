//! `casemate/case/v1`: the case itself, lossless. Stable; fields are added, never changed. And what every JSON format
//! needs: a document that no terminal and no reader takes for something else.

use std::fmt::Write as _;

use casemate_core::{Case, printable};
use serde::{Serialize, Serializer};
use serde_json::Value;

pub(crate) fn render(case: &Case) -> String {
    // A case holds only strings, numbers, lists and maps with string keys, which always serialise.
    escaped(serde_json::to_string_pretty(case).unwrap_or_default())
}

/// A document of a format for display: absent values left out, strings made printable.
pub(crate) fn document(value: Value) -> String {
    streamed(&displayed(value))
}

/// A document whose long lists are [`Each`]: made and written one item at a time.
pub(crate) fn streamed(document: &impl Serialize) -> String {
    escaped(serde_json::to_string_pretty(document).unwrap_or_default())
}

/// Items for display that exist only while they are written. A list of many results takes many times the memory of
/// its text.
pub(crate) struct Each<F>(pub(crate) F);

impl<F: Fn() -> I, I: Iterator<Item = Value>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)().map(displayed))
    }
}

pub(crate) fn displayed(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(printable(&text)),
        Value::Array(items) => Value::Array(items.into_iter().map(displayed).collect()),
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, displayed(value)))
            .collect(),
        other => other,
    }
}

/// JSON escapes only what JSON must; a terminal also obeys the rest of the control and bidirectional characters.
/// Outside ASCII these stand in strings only, so an escape keeps the document's meaning.
fn escaped(mut json: String) -> String {
    if !json.contains(steers) {
        json.push('\n');
        return json;
    }
    let mut text = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if steers(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    text
}

fn steers(c: char) -> bool {
    c == '\u{7f}' || (!c.is_ascii() && printable(c.encode_utf8(&mut [0; 4])).is_empty())
}
