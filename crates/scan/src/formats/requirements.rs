//! Requirements files, by their lines: every line has to be one, unless the name says what the file is meant to be.

use std::io;

use super::{Reader, Reading, text};
use crate::dependency::{Dependencies, Line};
use crate::format::Format;
use crate::input::Input;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// Requirements by their name; lines that cannot be read are a gap.
pub(crate) const NAMED: Reader = Reader { format: Format::Requirements, fit: fit_name, read: read_named };
/// Requirements by their lines alone.
pub(crate) const READER: Reader = Reader { format: Format::Requirements, fit, read };

/// A longer file lists no requirements.
const LONGEST: u64 = 2 * 1024 * 1024;

fn fit_name(sniff: &Sniff<'_>) -> Fit {
    let is_list = sniff.name.ends_with(".txt") || sniff.name.ends_with(".in") || !sniff.name.contains('.');
    let is_named = sniff.name.contains("requirements") || sniff.name.contains("constraints");
    Fit::maybe_if(is_list && is_named && sniff.is_text() && sniff.input.len() <= LONGEST)
}

fn fit(sniff: &Sniff<'_>) -> Fit {
    let starts = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'#' | b'.');
    Fit::maybe_if(sniff.first().is_some_and(starts) && sniff.is_text() && sniff.input.len() <= LONGEST)
}

fn read_named(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Some(text) = text::whole(input, LONGEST)? else { return Ok(Reading::NotThis) };
    let lines = tell(&text, true, scan);
    if lines.other > 0 {
        scan.gap(format!("{} lines are no requirements", lines.other));
    }
    scan.understood(0..input.len());
    Ok(Reading::Done)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Some(text) = text::whole(input, LONGEST)? else { return Ok(Reading::NotThis) };
    let lines = tell(&text, false, scan);
    if lines.other > 0 || lines.requirements == 0 {
        return Ok(Reading::NotThis);
    }
    scan.understood(0..input.len());
    Ok(Reading::Done)
}

#[derive(Default)]
struct Lines {
    requirements: usize,
    other: usize,
}

/// Tells what the lines say; stops at the first that says nothing unless all of them are wanted.
fn tell(text: &str, all: bool, scan: &mut Scan) -> Lines {
    let mut lines = Lines::default();
    let mut dependencies = Dependencies::default();
    let mut joined = String::new();
    let mut begin = 0;
    for (at, line) in text::lines(text) {
        if joined.is_empty() {
            begin = at;
        }
        if let Some(start) = line.trim_end().strip_suffix('\\') {
            joined.push_str(start);
            joined.push(' ');
            continue;
        }
        joined.push_str(line);
        match dependencies.line(&joined, begin, scan) {
            Line::Requirement => lines.requirements += 1,
            Line::Other => lines.other += 1,
            Line::Nothing | Line::Word => {}
        }
        joined.clear();
        if lines.other > 0 && !all {
            return lines;
        }
    }
    dependencies.finish(scan);
    lines
}
