//! One requirement as PEP 508 writes it. What is no requirement is none; markers and extras are passed over.

use std::str::FromStr as _;

use pep440_rs::VersionSpecifiers;

/// A package that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Requirement<'t> {
    pub(crate) name: &'t str,
    /// Its versions, such as `>=1,<2`; empty for any.
    pub(crate) specifier: &'t str,
    /// Where it comes from, if not from an index.
    pub(crate) url: Option<&'t str>,
}

/// A longer line is no requirement.
const LONGEST: usize = 4096;

impl<'t> Requirement<'t> {
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        let is_edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        if !is_edge(name.chars().next()) || !is_edge(name.chars().next_back()) {
            return None;
        }
        let rest = without_extras(rest.trim_start())?;
        if let Some(url) = rest.strip_prefix('@') {
            let url = url.split_once(" ;").map_or(url, |(url, _)| url).trim();
            return (!url.is_empty() && !url.contains(' ')).then_some(Self {
                name,
                specifier: "",
                url: Some(url),
            });
        }
        let specifier = rest.split_once(';').map_or(rest, |(specifier, _)| specifier).trim();
        let specifier = specifier
            .strip_prefix('(')
            .and_then(|inner| inner.strip_suffix(')'))
            .unwrap_or(specifier)
            .trim_end_matches(',');
        is_specifier(specifier).then_some(Self { name, specifier, url: None })
    }

    /// Whether only one version will do.
    pub(crate) fn is_pinned(&self) -> bool {
        let exact = self.specifier.trim_start().strip_prefix("==");
        exact.is_some_and(|version| !version.contains(['*', ',']))
    }
}

fn without_extras(rest: &str) -> Option<&str> {
    match rest.strip_prefix('[') {
        Some(inner) => {
            let (extras, rest) = inner.split_once(']')?;
            let is_extra = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ',' | ' ');
            extras.chars().all(is_extra).then(|| rest.trim_start())
        }
        None => Some(rest),
    }
}

/// Whether text is a range of versions. Old ones that PEP 440 does not know, such as `==2012b-x`, are let pass.
fn is_specifier(text: &str) -> bool {
    if text.is_empty() || VersionSpecifiers::from_str(text).is_ok() {
        return true;
    }
    let is_version = |c: char| c.is_ascii_alphanumeric() || "._+!*-".contains(c);
    const OPERATORS: &[&str] = &["===", "==", ">=", "<=", "~=", "!=", "<", ">"];
    text.split(',').map(str::trim).all(|one| {
        let version = OPERATORS.iter().find_map(|operator| one.strip_prefix(operator));
        version.map(str::trim).is_some_and(|version| !version.is_empty() && version.chars().all(is_version))
    })
}
