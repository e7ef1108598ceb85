//! Reports on scanned files: one file per format, each from a scan report to text.
//!
//! A report judges nothing, and whatever a file says of itself is made harmless before it is printed.

mod bom;
mod diff;
mod json;
mod plain;
mod sarif;

use casemate_core::vocabulary;
use casemate_scan::ScanReport;

pub use self::bom::render_bom;
pub use self::diff::{render_diff, render_diff_json};
use crate::Style;

vocabulary! {
    /// What a report on scanned files is written in.
    "scan format" ScanFormat {
        /// For people at a terminal.
        Plain = "plain",
        /// `casemate/scan/v1`, for programs.
        Json = "json",
        /// SARIF 2.1.0, for code scanning and editors.
        Sarif = "sarif",
    }
}

/// The report on scanned files as text in a format.
#[must_use]
pub fn render_scan(report: &ScanReport, format: ScanFormat, style: Style) -> String {
    match format {
        ScanFormat::Plain => plain::render(report, style),
        ScanFormat::Json => json::render(report),
        ScanFormat::Sarif => sarif::render(report),
    }
}
