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
pub const MAX_NODES: usize = 500_000;

/// The most aliases.
pub const MAX_ALIASES: usize = 2_000;

/// Parses one document.
///
/// # Errors
/// One diagnostic: the first thing that does not parse.
pub fn parse<T: DeserializeOwned>(source: &Source<'_>) -> Result<T, Diagnostic> {
    if source.text.len() > MAX_BYTES {
        return Err(too_large());
    }
    serde_saphyr::from_str_with_options(source.text, options()).map_err(|error| explain(&error, source))
}

/// The diagnostic for an input over [`MAX_BYTES`].
#[must_use]
pub fn too_large() -> Diagnostic {
    Diagnostic::new(format!("the file is too large: at most {MAX_BYTES} bytes are read"))
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
    budget.max_aliases = MAX_ALIASES;
    budget.max_anchors = 500;
    budget.max_recorded_anchor_events = 50_000;
    budget.max_recorded_anchor_bytes = 1024 * 1024;
    budget.max_total_scalar_bytes = 2 * MAX_BYTES;
    options.budget = Some(budget);
    options.with_snippet = false;
    options.strict_booleans = true;
    options
}

fn explain(error: &Error, source: &Source<'_>) -> Diagnostic {
    let error = match error.without_snippet() {
        Error::AliasError { error, .. } => error.without_snippet(),
        error => error,
    };
    let location = error.location().and_then(|location| source.locate(location.into()));
    let diagnostic = match error {
        Error::SerdeUnknownField { field, expected, .. } => Diagnostic::new(format!("unknown key `{field}`"))
            .expected(one_of(expected))
            .suggest(field, expected.iter().copied()),
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            Diagnostic::new(format!("unknown value `{variant}`"))
                .expected(one_of(expected))
                .suggest(variant, expected.iter().copied())
        }
        Error::SerdeMissingField { field, .. } => {
            Diagnostic::new(format!("missing key `{field}`")).expected(format!("`{field}` is required here"))
        }
        Error::DuplicateMappingKey { key, .. } => {
            Diagnostic::new(format!("duplicate key `{}`", key.as_deref().unwrap_or("?")))
                .expected("defined a second time here")
                .hint("give each its own name")
        }
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            Diagnostic::new(format!("wrong type: {unexpected}")).expected(format!("expected {expected}"))
        }
        Error::InvalidScalar { ty, .. } => {
            Diagnostic::new("wrong type").expected(format!("expected {}", plain_type(ty)))
        }
        Error::Unexpected { expected, .. } => {
            Diagnostic::new("wrong type").expected(format!("expected {}", plain_structure(expected)))
        }
        Error::InvalidBooleanStrict { .. } => {
            Diagnostic::new("wrong type").expected("expected true or false")
        }
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. } => over_budget(),
        Error::Eof { .. } => Diagnostic::new("the file is empty"),
        other if other.to_string().contains("recursion limit") => over_budget(),
        Error::MultipleDocuments { .. } => {
            Diagnostic::new("the file holds more than one YAML document").hint("keep one system per file")
        }
        other => Diagnostic::new(first_line(&other.to_string())),
    };
    diagnostic.at(location)
}

fn over_budget() -> Diagnostic {
    Diagnostic::new("reading the file takes too much: it is too deep, has too many nodes or repeats itself by aliases").hint(
        format!("at most {MAX_DEPTH} levels, {MAX_NODES} nodes and {MAX_ALIASES} aliases are read; write it flatter or without aliases"),
    )
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
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
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
