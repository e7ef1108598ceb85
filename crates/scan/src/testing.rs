//! What every reader is held to, whatever the bytes, and how tests and fuzz targets reach what they hold to it. No part of
//! the interface: a scan never comes here.

#[cfg(test)]
use std::io;

#[cfg(test)]
use proptest::prelude::*;

#[cfg(test)]
use crate::formats::Reading;
pub use crate::formats::pickle::{Ending, Seen, seen};
use crate::formats::{attempt, readers};
use crate::scan::Scan;
use crate::verdict::Verdict;
use crate::{FileReport, Format, Input, Limits, Status};

/// The reports of all readers of a format, each by itself and whatever the bytes look like.
#[must_use]
pub fn forced(format: Format, input: &Input, limits: Limits) -> Vec<FileReport> {
    let report = |reader| {
        let mut scan = Scan::new(limits);
        if let Err(error) = attempt(reader, input, &mut scan) {
            scan.gap(format!("it cannot be read: {error}"));
        }
        scan.conclude(format.as_str(), input)
    };
    readers(format).map(report).collect()
}

/// Which law a report on some bytes breaks, if any.
///
/// # Errors
/// With the law that it breaks.
pub fn lawful(report: &FileReport, len: u64) -> Result<(), String> {
    let coverage = &report.coverage;
    let laws = [
        ("all bytes count", coverage.total == len),
        ("no more is understood than there is", coverage.understood <= coverage.total),
        (
            "only what was read to its end is clean",
            report.verdict != Verdict::Clean || report.status == Status::Complete,
        ),
        ("what is complete has no gaps", (report.status == Status::Complete) == coverage.gaps.is_empty()),
    ];
    if let Some((law, _)) = laws.iter().find(|(_, holds)| !holds) {
        return Err(format!("{law}: {report:?}"));
    }
    let json = serde_json::to_value(report).map_err(|error| error.to_string())?;
    match steering(&json) {
        Some(text) => Err(format!("no text steers a terminal: {text:?}")),
        None => Ok(()),
    }
}

/// A text with a control character.
fn steering(json: &serde_json::Value) -> Option<&str> {
    use serde_json::Value::{Array, Object, String};
    match json {
        String(text) => text.chars().any(char::is_control).then_some(text),
        Array(items) => items.iter().find_map(steering),
        Object(fields) => fields.values().find_map(steering),
        _ => None,
    }
}

/// Reads an input twice with a reader of its own.
#[cfg(test)]
pub(crate) fn reads_to_an_end(
    input: &Input,
    read: impl Fn(&Input, &mut Scan) -> io::Result<Reading>,
) -> Result<(), TestCaseError> {
    let run = || {
        let mut scan = Scan::new(Limits::default());
        let read = read(input, &mut scan);
        read.map(|_| scan.conclude("a", input)).map_err(|error| TestCaseError::fail(error.to_string()))
    };
    let report = run()?;
    lawful(&report, input.len()).map_err(TestCaseError::fail)?;
    prop_assert_eq!(report, run()?);
    Ok(())
}
