//! `casemate/scan/v1`: the report itself. Stable; fields are added, never changed.

use casemate_scan::ScanReport;

use crate::json::streamed;

pub(crate) fn render(report: &ScanReport) -> String {
    streamed(report)
}
