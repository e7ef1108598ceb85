//! Reports: one file per format, each from a case to text.
//!
//! A report adds nothing to a case and judges nothing. Everything in a case may come from an attacker, so every format
//! escapes all it prints.

mod boundaries;
mod cyclonedx;
mod dot;
mod frameworks;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod mermaid;
mod navigator;
mod paths;
mod place;
mod plain;
mod sarif;
mod scan;
mod verification;

use casemate_core::{Case, Id, Paths, vocabulary};

use crate::paths::drawing::Way;
pub use crate::scan::{ScanFormat, render_bom, render_diff, render_diff_json, render_scan};
pub use crate::verification::{VerificationFormat, render_verification};

vocabulary! {
    /// What a report is written in.
    "report format" Format {
        /// For people at a terminal.
        Plain = "plain",
        /// `casemate/case/v1`, for programs.
        Json = "json",
        /// SARIF 2.1.0, for code scanning and editors.
        Sarif = "sarif",
        /// CycloneDX 1.7: inventory and declarations.
        CycloneDx = "cyclonedx",
        /// JUnit XML, for build servers.
        Junit = "junit",
        /// GitHub workflow annotations.
        Github = "github",
        /// For pull requests and wikis.
        Markdown = "markdown",
        /// A layer for the MITRE ATLAS Navigator.
        Navigator = "navigator",
        /// One self-contained page, for a browser.
        Html = "html",
        /// What an attacker reaches, drawn by Graphviz.
        Dot = "dot",
        /// What an attacker reaches, drawn by Mermaid.
        Mermaid = "mermaid",
    }
}

vocabulary! {
    /// What the attack graph by itself is written in.
    "paths format" PathsFormat {
        /// For people at a terminal.
        Plain = "plain",
        /// `casemate/paths/v1`, for programs.
        Json = "json",
        /// Graphviz.
        Dot = "dot",
        /// A Mermaid flowchart.
        Mermaid = "mermaid",
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
        Format::Sarif => sarif::render(case, style),
        Format::CycloneDx => cyclonedx::render(case),
        Format::Junit => junit::render(case),
        Format::Github => github::render(case),
        Format::Markdown => markdown::render(case),
        Format::Navigator => navigator::render(case),
        Format::Html => html::render(case),
        Format::Dot => dot::render(case, &paths::drawing::ways(case)),
        Format::Mermaid => mermaid::render(case, &paths::drawing::ways(case)),
    }
}

/// The attack graph by itself as text in a format. The case is the one it was asked of.
#[must_use]
pub fn render_paths(paths: &Paths, case: &Case, format: PathsFormat, style: Style) -> String {
    let ways = || match &paths.to {
        Some(reach) => {
            let footholds = reach.footholds.iter();
            footholds
                .filter_map(|foothold| Some(Way { to: &foothold.id, path: foothold.path.as_ref()? }))
                .collect()
        }
        None => paths::drawing::ways(case),
    };
    match format {
        PathsFormat::Plain => plain::paths::render(paths, case, style),
        PathsFormat::Json => json::streamed(paths),
        PathsFormat::Dot => dot::render(case, &ways()),
        PathsFormat::Mermaid => mermaid::render(case, &ways()),
    }
}

/// The JSON Schema of `casemate/paths/v1`.
#[must_use]
pub fn paths_schema() -> serde_json::Value {
    schemars::schema_for!(Paths).to_value()
}

/// The JSON Schema of `casemate/case/v1`.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Case).to_value()
}

/// The JSON Schema of an evidence document, `casemate/evidence/v1`.
#[must_use]
pub fn evidence_schema() -> serde_json::Value {
    schemars::schema_for!(casemate_core::evidence::Evidence).to_value()
}

/// Identifiers in a row, for a sentence.
fn names(ids: &[Id]) -> String {
    ids.iter().map(Id::as_str).collect::<Vec<_>>().join(", ")
}
