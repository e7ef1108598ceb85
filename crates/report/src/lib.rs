//! Reports: one file per format, each from a case to text.
//!
//! A report adds nothing to a case and judges nothing. Everything in a case may come from an attacker, so every format
//! escapes all it prints.

mod html;
mod json;
mod plain;

use casemate_core::{Case, vocabulary};

vocabulary! {
    /// What a report is written in.
    "report format" Format {
        /// For people at a terminal.
        Plain = "plain",
        /// `casemate/case/v1`, for programs.
        Json = "json",
        /// One self-contained page, for a browser.
        Html = "html",
    }
}

/// How a report looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether the plain report uses colour.
    pub colour: bool,
    /// Whether the plain report shows why and how, or only findings.
    pub detail: Detail,
}

/// How much the plain report shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Findings and their recommendations.
    Brief,
    /// Reasons and closing controls as well.
    #[default]
    Normal,
    /// Everything: what is closed, every claim, framework references.
    Full,
}

/// The case as text in a format.
#[must_use]
pub fn render(case: &Case, format: Format, style: Style) -> String {
    match format {
        Format::Plain => plain::render(case, style),
        Format::Json => json::render(case),
        Format::Html => html::render(case),
    }
}

/// The JSON Schema of `casemate/case/v1`.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Case).to_value()
}
