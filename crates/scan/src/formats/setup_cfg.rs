//! `setup.cfg`: the packages that a setuptools project asks for. Told by its sections.

use std::io;

use super::{Reader, Reading, text};
use crate::dependency::Dependencies;
use crate::format::Format;
use crate::input::Input;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// `setup.cfg` by its sections.
pub(crate) const READER: Reader = Reader { format: Format::PyProject, fit, read };

const LONGEST: u64 = 1024 * 1024;

fn fit(sniff: &Sniff<'_>) -> Fit {
    let Some(text) = sniff.text() else { return Fit::No };
    let is_section =
        |line: &str| line == "[options]" || line == "[metadata]" || line.starts_with("[options.");
    let has_section = text.lines().any(|line| is_section(line.trim_end()));
    Fit::maybe_if(has_section && sniff.input.len() <= LONGEST)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Some(text) = text::whole(input, LONGEST)? else { return Ok(Reading::NotThis) };
    let mut dependencies = Dependencies::default();
    let (mut section, mut key) = ("", "");
    for (at, line) in text::lines(&text) {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            (section, key) = (name, "");
            continue;
        }
        let value = if line.starts_with([' ', '\t']) {
            bare
        } else if let Some((name, value)) = bare.split_once('=').or_else(|| bare.split_once(':')) {
            key = name.trim();
            value.trim()
        } else {
            // TOML and others have sections as well, but no lines like this.
            return Ok(Reading::NotThis);
        };
        let asks = section == "options"
            && matches!(key, "install_requires" | "setup_requires" | "tests_require")
            || section == "options.extras_require";
        if asks && !value.is_empty() {
            dependencies.loosely(value, at, scan);
        }
    }
    dependencies.finish(scan);
    scan.understood(0..input.len());
    Ok(Reading::Done)
}
