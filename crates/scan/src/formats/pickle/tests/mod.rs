//! Tests of the pickle reader as a whole: bytes in, report out. The streams are put together here, opcode by
//! opcode; nothing is ever loaded.

mod assembler;
mod benign;
mod containers;
mod opcodes;
mod properties;
mod tricks;
mod unpicklers;

use super::{PickleLimits, findings, streams};
use crate::rule::Rule;
use crate::scan::Scan;
use crate::verdict::FileReport;
use crate::{Input, Limits};

/// The report on some bytes.
fn scan(bytes: &[u8]) -> FileReport {
    within(bytes, PickleLimits::default())
}

/// The report on some bytes within limits.
fn within(bytes: &[u8], pickle: PickleLimits) -> FileReport {
    let input = Input::from(bytes.to_vec());
    let mut scan = Scan::new(Limits { pickle, ..Limits::default() });
    let outcome = streams::read(input.cursor(), &pickle);
    findings::tell(&outcome, &mut scan);
    findings::tell_trailing(&outcome, &mut scan);
    scan.conclude("test", &input)
}

/// The rules of the findings, in order of place.
fn rules(report: &FileReport) -> Vec<Rule> {
    report.findings.iter().map(|finding| finding.rule).collect()
}
