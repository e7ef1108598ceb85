//! YAML (and JSON, its subset) in bounded memory, with errors as diagnostics. Nothing is included, executed or
//! expanded beyond the budget.

use serde::de::DeserializeOwned;
use serde_saphyr::budget::Budget;
use serde_saphyr::{Error, Options};

use crate::diagnostic::{Diagnostic, Source};

/// The largest input, in bytes.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// The deepest nesting.
pub const MAX_DEPTH: usize = 48;
/// The most nodes (maps, lists and values) an input may have once aliases are expanded.
pub const MAX_NODES: usize = 1_000_000;

/// Parses one document.
///
/// # Errors
/// One diagnostic: the first thing that does not parse.
pub fn parse<T: DeserializeOwned>(source: &Source<'_>) -> Result<T, Diagnostic> {
    if source.text.len() > MAX_BYTES {
        return Err(too_large(source.text.len()));
    }
    serde_saphyr::from_str_with_options(source.text, options()).map_err(|error| explain(&error, source))
}

/// The diagnostic for an input over [`MAX_BYTES`].
#[must_use]
pub fn too_large(bytes: usize) -> Diagnostic {
    Diagnostic::new(format!("the file is too large: {bytes} bytes, and at most {MAX_BYTES} are read"))
        .hint("describe one system per file; leave data and logs out of it")
}

fn options() -> Options {
    let mut options = Options::default();
    let mut budget = Budget::default();
    budget.max_events = 2 * MAX_NODES;
    budget.max_nodes = MAX_NODES;
    budget.max_depth = MAX_DEPTH;
    budget.flow_nesting_limit = MAX_DEPTH;
    budget.max_documents = 1;
    budget.max_aliases = 2_000;
    budget.max_anchors = 500;
    budget.max_recorded_anchor_events = 50_000;
    budget.max_recorded_anchor_bytes = 1024 * 1024;
    budget.max_total_scalar_bytes = 2 * MAX_BYTES;
    options.budget = Some(budget);
    options.with_snippet = false;
    options
}

fn explain(error: &Error, source: &Source<'_>) -> Diagnostic {
    let error = error.without_snippet();
    let location = error.location().and_then(|location| source.locate(location.into()));
    let diagnostic = match error {
        Error::SerdeUnknownField { field, expected, .. } => Diagnostic::new(format!("unknown key `{field}`"))
            .expected(one_of(expected))
            .suggest(field, expected.iter().copied()),
        Error::SerdeUnknownVariant { variant, expected, .. } => Diagnostic::new(format!("unknown value `{variant}`"))
            .expected(one_of(expected))
            .suggest(variant, expected.iter().copied()),
        Error::SerdeMissingField { field, .. } => {
            Diagnostic::new(format!("missing key `{field}`")).expected(format!("`{field}` is required here"))
        }
        Error::DuplicateMappingKey { key, .. } => {
            Diagnostic::new(format!("duplicate key `{}`", key.as_deref().unwrap_or("?")))
                .expected("defined a second time here")
                .hint("give each its own name")
        }
        Error::SerdeInvalidType { unexpected, expected, .. } | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            Diagnostic::new(format!("wrong type: {unexpected}")).expected(format!("expected {expected}"))
        }
        Error::InvalidScalar { ty, .. } => {
            Diagnostic::new(format!("wrong type: not a {ty}")).expected(format!("expected {}", plain_type(ty)))
        }
        Error::Unexpected { expected, .. } => {
            Diagnostic::new("wrong type").expected(format!("expected {}", plain_structure(expected)))
        }
        Error::Budget { .. } | Error::AliasReplayLimitExceeded { .. } | Error::AliasExpansionLimitExceeded { .. } => {
            Diagnostic::new("the file needs more than its share to read: too deep, too many nodes or too many aliases")
                .hint(format!(
                    "at most {MAX_DEPTH} levels, {MAX_NODES} nodes and 2000 aliases are read; write it flatter or without aliases"
                ))
        }
        Error::Eof { .. } => Diagnostic::new("the file is empty"),
        Error::MultipleDocuments { .. } => {
            Diagnostic::new("the file holds more than one YAML document").hint("keep one system per file")
        }
        other => Diagnostic::new(first_line(&other.to_string())),
    };
    diagnostic.at(location)
}

fn one_of(words: &[&str]) -> String {
    match words {
        [] => "no key is known here".to_owned(),
        words => format!("expected one of: {}", words.join(", ")),
    }
}

fn plain_type(ty: &str) -> &str {
    match ty {
        "bool" | "boolean" => "true or false",
        ty if ty.starts_with('u') || ty.starts_with('i') => "a whole number",
        ty if ty.starts_with('f') => "a number",
        other => other,
    }
}

fn plain_structure(expected: &str) -> &str {
    match expected {
        "mapping start" => "a map (`key: value`)",
        "sequence start" => "a list (`[a, b]`)",
        "string scalar" | "scalar" => "a single value",
        other => other,
    }
}

/// The parser's own words without its position, which the diagnostic carries.
fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    line.rsplit_once(" at line ").map_or(line, |(text, _)| text).to_owned()
}
