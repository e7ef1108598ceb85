//! What every reader is held to, whatever the bytes, and how tests and fuzz targets reach what they hold to it. No part of
//! the interface: a scan never comes here.

#[cfg(test)]
use std::io;

#[cfg(test)]
use proptest::prelude::*;

pub use crate::formats::pickle::{Ending, Seen, seen};
#[cfg(test)]
use crate::{formats::Reading, input::Input, limits::Limits, scan::Scan};

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
    prop_assert!(report.coverage.understood <= report.coverage.total);
    prop_assert_eq!(report, run()?);
    Ok(())
}
