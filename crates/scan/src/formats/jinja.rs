//! Files that are a Jinja template. Any text may be one, so it has to have the marks.

use std::io;

use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};
use crate::template;

/// Templates that say so by their name: those that cannot be parsed are not wholly read.
pub(crate) const NAMED: Reader = Reader { format: Format::Jinja, fit: fit_named, read: read_named };
/// Templates by their marks, which other text may have too.
pub(crate) const READER: Reader = Reader { format: Format::Jinja, fit, read };

fn fit_named(sniff: &Sniff<'_>) -> Fit {
    let named = [".jinja", ".jinja2", ".j2"].iter().any(|end| sniff.name.ends_with(end));
    Fit::maybe_if(named && sniff.is_text())
}

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::maybe_if(sniff.is_text() && sniff.input.len() <= template::LONGEST as u64)
}

fn read_named(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    if input.len() > template::LONGEST as u64 {
        scan.gap("the template is longer than is read");
        return Ok(Reading::Done);
    }
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

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Ok(text) = String::from_utf8(input.bytes(0, input.len())?) else { return Ok(Reading::NotThis) };
    if !template::is_template(&text) || !template::judge(&text, 0, scan) && !scan.has_findings() {
        return Ok(Reading::NotThis);
    }
    scan.understood(0..input.len());
    Ok(Reading::Done)
}
