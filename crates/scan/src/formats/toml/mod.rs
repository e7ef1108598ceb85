//! TOML files, and the packages that projects and lock files among them name. Tables of other tools mean nothing here.

mod lock;
mod project;

use std::io;

use toml::de::{DeTable, DeValue};

use super::{Reader, Reading, text};
use crate::dependency::Dependencies;
use crate::format::Format;
use crate::input::Input;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// TOML by its name; what cannot be read is a gap.
pub(crate) const NAMED: Reader = Reader { format: Format::Toml, fit: fit_name, read: read_named };
/// TOML by its first table, if all of it parses.
pub(crate) const READER: Reader = Reader { format: Format::Toml, fit, read };

/// The longest file that is read.
const LONGEST: u64 = 16 * 1024 * 1024;
/// The longest piece of it: it is held as a tree, which takes thirty times as much.
const LONGEST_PIECE: usize = 1024 * 1024;

fn fit_name(sniff: &Sniff<'_>) -> Fit {
    let named = sniff.name.ends_with(".toml")
        || matches!(&*sniff.name, "pipfile" | "poetry.lock" | "uv.lock" | "pdm.lock");
    Fit::maybe_if(named && sniff.is_text())
}

fn fit(sniff: &Sniff<'_>) -> Fit {
    let Some(text) = sniff.text() else { return Fit::No };
    let has_table = text.lines().any(|line| line.starts_with('[') && line.trim_end().ends_with(']'));
    let is_json = sniff.first() == Some(b'{');
    Fit::maybe_if(has_table && !is_json && sniff.input.len() <= LONGEST)
}

fn read_named(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let read = match text::whole(input, LONGEST)? {
        Some(text) => tell(&text, scan),
        None => false,
    };
    if !read {
        scan.gap("it is no TOML, or longer than is read");
    }
    Ok(Reading::Done)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let read = text::whole(input, LONGEST)?.is_some_and(|text| tell(&text, scan));
    Ok(if read { Reading::Done } else { Reading::NotThis })
}

fn tell(text: &str, scan: &mut Scan) -> bool {
    let mut dependencies = Dependencies::default();
    let (mut is_lock, mut is_project) = (false, false);
    for (at, piece) in pieces(text) {
        if piece.len() > LONGEST_PIECE {
            return false;
        }
        let Ok(document) = DeTable::parse(piece) else { return false };
        let table = document.get_ref();
        is_lock |= lock::tell(table, at, &mut dependencies, scan);
        is_project |= at == 0 && !is_lock && project::tell(table, &mut dependencies, scan);
    }
    if is_lock {
        scan.format(Format::LockFile);
    } else if is_project {
        scan.format(Format::PyProject);
    }
    dependencies.finish(scan);
    scan.understood(0..text.len() as u64);
    true
}

/// A document in pieces that are documents too, with their offsets: a lock file has one table for each package.
fn pieces(text: &str) -> Vec<(u64, &str)> {
    let begins = text::lines(text).filter(|(_, line)| {
        let line = line.trim_end();
        line == "[[package]]" || line == "[[packages]]"
    });
    let mut pieces = Vec::new();
    let mut from = 0;
    for at in begins.map(|(at, _)| at).chain([text.len() as u64]) {
        let range = usize::try_from(from).ok().zip(usize::try_from(at).ok());
        if let Some(piece) = range.and_then(|(from, at)| text.get(from..at)).filter(|piece| !piece.is_empty())
        {
            pieces.push((from, piece));
        }
        from = at;
    }
    pieces
}

/// A value, and the offset where it begins.
type Value<'t> = toml::Spanned<DeValue<'t>>;

/// The value that some keys lead to.
fn find<'a, 't>(table: &'a DeTable<'t>, keys: &[&str]) -> Option<&'a Value<'t>> {
    let (first, rest) = keys.split_first()?;
    let value = table.get(*first)?;
    if rest.is_empty() { Some(value) } else { find(value.get_ref().as_table()?, rest) }
}

/// The text that some keys lead to.
fn text_of<'a>(table: &'a DeTable<'_>, keys: &[&str]) -> Option<&'a str> {
    find(table, keys)?.get_ref().as_str()
}

/// The items of a list that some keys lead to.
fn list<'a, 't>(table: &'a DeTable<'t>, keys: &[&str]) -> impl Iterator<Item = &'a Value<'t>> {
    find(table, keys).and_then(|value| value.get_ref().as_array()).into_iter().flat_map(|items| items.iter())
}

/// The entries of a table that some keys lead to.
fn entries<'a, 't>(table: &'a DeTable<'t>, keys: &[&str]) -> impl Iterator<Item = (&'a str, &'a Value<'t>)> {
    let found = find(table, keys).and_then(|value| value.get_ref().as_table());
    found.into_iter().flat_map(|table| table.iter().map(|(key, value)| (&**key.get_ref(), value)))
}

fn place(value: &Value<'_>) -> u64 {
    value.span().start as u64
}
