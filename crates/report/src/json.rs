//! `casemate/case/v1`: the case itself, lossless. Stable; fields are added, never changed. And what every JSON format
//! needs: a document that no terminal and no reader takes for something else.

use std::fmt::Write as _;

use casemate_core::{Case, printable};
use serde_json::Value;

pub(crate) fn render(case: &Case) -> String {
    // A case holds only strings, numbers, lists and maps with string keys, which always serialise.
    escaped(&serde_json::to_string_pretty(case).unwrap_or_default())
}

/// A document of a format for display: absent values left out, strings made printable.
pub(crate) fn document(value: Value) -> String {
    escaped(&serde_json::to_string_pretty(&displayed(value)).unwrap_or_default())
}

fn displayed(value: Value) -> Value {
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
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        let steers = c == '\u{7f}' || (!c.is_ascii() && printable(c.encode_utf8(&mut [0; 4])).is_empty());
        if steers {
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
