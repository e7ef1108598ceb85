//! What formats that annotate a file share: the place a finding points at and the level it has there. No format's
//! own escaping belongs here.

use std::fmt::Write as _;

use casemate_core::{Case, Location, Severity};

/// A place in a file, from line 1 and column 1; where no column is known the whole line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) line: u32,
    pub(crate) column: Option<u32>,
    /// The column after the last character.
    pub(crate) end_column: Option<u32>,
}

impl<'a> Place<'a> {
    /// Where a finding points. One with no location points at the first line of the input, because code hosts drop
    /// what points nowhere.
    pub(crate) fn of(location: Option<&'a Location>, case: &'a Case) -> Self {
        let Some(location) = location else {
            return Self { file: &case.input.file, line: 1, column: None, end_column: None };
        };
        let column = (location.column > 0).then_some(location.column);
        Self {
            file: &location.file,
            line: location.line.max(1),
            column,
            end_column: column
                .filter(|_| location.length > 0)
                .map(|from| from.saturating_add(location.length)),
        }
    }
}

/// How loud an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Note,
    Warning,
    Error,
}

impl Level {
    pub(crate) const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Low => Self::Note,
            Severity::Medium => Self::Warning,
            Severity::High | Severity::Critical => Self::Error,
        }
    }
}

/// A file name as a URI reference: relative names stay relative, absolute ones become `file:`.
pub(crate) fn uri(file: &str) -> String {
    let path = file.strip_prefix("./").unwrap_or(file);
    let (start, path) = match drive(path) {
        Some(path) => ("file:///", path),
        None if path.starts_with('/') => ("file://", path.to_owned()),
        None => ("", path.to_owned()),
    };
    let mut uri = start.to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// A path with a Windows drive letter, written with slashes.
fn drive(path: &str) -> Option<String> {
    let mut bytes = path.bytes();
    let letter = bytes.next()?.is_ascii_alphabetic();
    let rooted = bytes.next() == Some(b':') && matches!(bytes.next(), Some(b'\\' | b'/'));
    (letter && rooted).then(|| path.replace('\\', "/"))
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_file_name_becomes_a_uri_that_means_the_same_file() {
        assert_eq!(uri("./systems/a b.yaml"), "systems/a%20b.yaml");
        assert_eq!(uri("../x#1?.yaml"), "../x%231%3F.yaml");
        assert_eq!(uri("a:b%0A.yaml"), "a%3Ab%250A.yaml");
        assert_eq!(uri("é\u{1b}.yaml"), "%C3%A9%1B.yaml");
        assert_eq!(uri("/srv/casemate.yaml"), "file:///srv/casemate.yaml");
        assert_eq!(uri("C:\\a\\casemate.yaml"), "file:///C%3A/a/casemate.yaml");
    }
}
