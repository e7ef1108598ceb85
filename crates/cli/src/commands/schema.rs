//! `casemate schema`: JSON Schemas, for editors and programs.

use crate::args::{Schema, SchemaArgs};
use crate::exit::{Exit, Failure};
use crate::output::Terminal;

pub(crate) fn run(args: SchemaArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let schema = match args.what {
        Schema::System => casemate_system::json_schema(),
        Schema::Case => casemate_report::json_schema(),
        Schema::Paths => casemate_report::paths_schema(),
        Schema::Scan => casemate_scan::scan_schema(),
        Schema::ScanDiff => casemate_scan::diff_schema(),
        Schema::Verification => casemate_sign::verification_schema(),
        Schema::History => casemate_sign::history_schema(),
        Schema::Evidence => casemate_report::evidence_schema(),
        Schema::Threat => casemate_catalog::threat_schema(),
        Schema::Control => casemate_catalog::control_schema(),
        Schema::Framework => casemate_catalog::framework_schema(),
    };
    terminal.data(&format!("{}\n", serde_json::to_string_pretty(&schema)?), None)?;
    Ok(Exit::Success)
}
