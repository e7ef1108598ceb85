//! Files that are a Jinja template. Any text may be one, so it has to have the marks.

use std::io;

use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};
use crate::template;

/// Templates by their marks.
pub(crate) const READER: Reader = Reader { format: Format::Jinja, fit, read };

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::maybe_if(sniff.is_text() && sniff.input.len() <= template::LONGEST as u64)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Ok(text) = String::from_utf8(input.bytes(0, input.len())?) else { return Ok(Reading::NotThis) };
    if !template::is_template(&text) {
        return Ok(Reading::NotThis);
    }
    if !template::judge(&text, 0, scan) {
        scan.gap("the template cannot be parsed, so only its words were looked at");
    }
    scan.understood(0..input.len());
    Ok(Reading::Done)
}
