//! What every reader is held to, whatever the bytes: it ends, understands no more than there is, and says the same twice.
//! For tests only.

use std::io;

use proptest::prelude::*;

use crate::formats::Reading;
use crate::input::Input;
use crate::limits::Limits;
use crate::scan::Scan;

/// Reads an input twice with a reader of its own.
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
