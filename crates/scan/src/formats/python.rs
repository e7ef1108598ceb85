//! Python source, by its name or by parsing as such. Text is not run, and what does not parse is not guessed at.

use std::io;

use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::python::{self, Source};
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};
use crate::template;

/// Python that says so: by its name, or by the program that its first line names.
pub(crate) const NAMED: Reader = Reader { format: Format::Python, fit: fit_named, read: read_named };
/// Python that is told by parsing it.
pub(crate) const READER: Reader = Reader { format: Format::Python, fit, read };

/// Text that does not say what it is is not parsed past this length.
const LONGEST_UNNAMED: u64 = 1024 * 1024;

fn fit_named(sniff: &Sniff<'_>) -> Fit {
    let line = sniff.head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let shebang = line.starts_with(b"#!") && line.windows(6).any(|word| word == b"python");
    let named = [".py", ".pyw", ".pyi", ".pyx"].iter().any(|end| sniff.name.ends_with(end));
    Fit::maybe_if((shebang || named) && sniff.is_text())
}

fn fit(sniff: &Sniff<'_>) -> Fit {
    let other = [".jinja", ".jinja2", ".j2", ".md", ".json", ".csv", ".html"]
        .iter()
        .any(|end| sniff.name.ends_with(end));
    Fit::maybe_if(!other && sniff.is_text() && sniff.input.len() <= LONGEST_UNNAMED)
}

fn read_named(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    if input.len() > python::LONGEST as u64 {
        scan.gap("the source is longer than is read");
        return Ok(Reading::Done);
    }
    let Some(text) = text(input)? else { return Ok(Reading::NotThis) };
    python::judge(Source::file(text), scan);
    scan.understood(0..input.len());
    Ok(Reading::Done)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Some(text) = text(input)? else { return Ok(Reading::NotThis) };
    if !python::may_be(&text) || !python::is_python(&text) {
        return Ok(Reading::NotThis);
    }
    // Whoever loads a template does not ask whether it is Python too.
    if template::is_template(&text) {
        template::judge(&text, 0, scan);
    }
    python::judge(Source::file(text), scan);
    scan.understood(0..input.len());
    Ok(Reading::Done)
}

/// The text without a byte order mark, which is blanked so that offsets stay.
fn text(input: &Input) -> io::Result<Option<String>> {
    let mut bytes = input.bytes(0, input.len())?;
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.splice(0..3, *b"\n\n\n");
    }
    Ok(String::from_utf8(bytes).ok())
}
