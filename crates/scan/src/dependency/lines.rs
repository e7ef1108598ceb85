//! Lines as `pip` reads them from a requirements file: requirements, and options that say where packages come from.

use super::{Address, Dependencies};
use crate::fact::About;
use crate::scan::Scan;

/// What a line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// Blank, or a comment.
    Nothing,
    /// A package by its name alone, as any word could be.
    Word,
    /// Something that only a requirements file says.
    Requirement,
    /// No line of a requirements file.
    Other,
}

/// Options that are followed by a value, in both of their forms.
const OPTIONS: &[(&str, &str)] = &[
    ("--index-url", "-i"),
    ("--extra-index-url", ""),
    ("--find-links", "-f"),
    ("--trusted-host", ""),
    ("--requirement", "-r"),
    ("--constraint", "-c"),
    ("--editable", "-e"),
    ("--no-binary", ""),
    ("--only-binary", ""),
    ("--use-feature", ""),
];
const SWITCHES: &[&str] = &["--no-index", "--pre", "--prefer-binary", "--require-hashes"];

impl Dependencies {
    /// A line with continuations joined.
    pub(crate) fn line(&mut self, line: &str, at: u64, scan: &mut Scan) -> Line {
        let line = without_comment(line).trim();
        if line.is_empty() {
            return Line::Nothing;
        }
        if SWITCHES.contains(&line) {
            return Line::Requirement;
        }
        if line.starts_with('-') {
            let Some((option, value)) = option(line) else { return Line::Other };
            self.option(option, value, at, scan);
            return Line::Requirement;
        }
        let line = without_options(line);
        if self.requirement(line, at, scan) {
            let is_word = line.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            return if is_word { Line::Word } else { Line::Requirement };
        }
        if is_address(line) {
            Address::parse(line).direct(egg(line), at, scan);
            return Line::Requirement;
        }
        Line::Other
    }

    fn option(&mut self, option: &str, value: &str, at: u64, scan: &mut Scan) {
        match option {
            "--index-url" => Address::parse(value).index(option, true, at, scan),
            "--extra-index-url" | "--find-links" => Address::parse(value).index(option, false, at, scan),
            "--editable" if is_address(value) => Address::parse(value).direct(egg(value), at, scan),
            "--requirement" | "--constraint" => scan.fact(About::NeedsFile, value, "requirements"),
            "--trusted-host" => self.unchecked(value, at, scan),
            _ => {}
        }
    }
}

/// A comment begins at the start of a line or after white space.
fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with('#') {
        return "";
    }
    line.find(" #").or_else(|| line.find("\t#")).and_then(|at| line.get(..at)).unwrap_or(line)
}

/// A requirement without the hashes and settings that follow it.
fn without_options(line: &str) -> &str {
    let end = [" --hash", " --config-setting", " --global-option", " --install-option"]
        .iter()
        .filter_map(|option| line.find(option))
        .min();
    end.and_then(|end| line.get(..end)).unwrap_or(line).trim()
}

fn option(line: &str) -> Option<(&'static str, &str)> {
    OPTIONS.iter().find_map(|(long, short)| {
        let long_value = line.strip_prefix(long).filter(|rest| rest.starts_with([' ', '=', '\t']));
        let short_value = (!short.is_empty()).then(|| line.strip_prefix(short)).flatten();
        let value = long_value.or(short_value.filter(|rest| !rest.starts_with('-')))?;
        Some((*long, value.trim_start_matches(['=', ' ', '\t']).trim()))
    })
}

/// Whether it is an address or a path rather than a name.
fn is_address(text: &str) -> bool {
    let is_archive = [".whl", ".tar.gz", ".zip"].iter().any(|end| text.ends_with(end));
    let has_scheme = text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+')
    });
    !text.contains(' ') && (has_scheme || text.starts_with("./") || text == "." || is_archive)
}

/// The package that an address says it is.
fn egg(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("#egg=").or_else(|| text.split_once("&egg="))?;
    rest.split(['&', '[']).next()
}
