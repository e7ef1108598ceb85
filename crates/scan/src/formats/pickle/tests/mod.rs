//! Tests of the pickle reader as a whole: bytes in, report out. The streams are put together here, opcode by
//! opcode; nothing is ever loaded.

mod assembler;
mod benign;
mod containers;
mod differential;
mod opcodes;
mod properties;
mod tricks;

use std::io::Cursor;

use super::{Limits, scan_pickle};
use crate::rules::Rule;
use crate::verdict::Report;

/// The report on some bytes.
fn scan(bytes: &[u8]) -> Report {
    scan_pickle(Cursor::new(bytes), &Limits::default())
}

/// The rules of the findings, in order of place.
fn rules(report: &Report) -> Vec<Rule> {
    report.findings.iter().map(|finding| finding.rule).collect()
}
