//! A map of a foreign document that importers take values out of. What nobody took is noted when the entry goes
//! out of scope, so nothing can be dropped in silence.

use super::notes::{ENTRY, NEAREST, Notes, UNKNOWN, VALUE, What, shown};
use crate::diagnostic::{Diagnostic, Source};
use crate::node::Node;
use crate::yaml;

const NOT_TEXT: What =
    What::not_mapped("value is not text and is left out", "values are not text and are left out");
const NOT_FLAG: What = What::not_mapped(
    "value is not true or false and is left out",
    "values are not true or false and are left out",
);
const NOT_NUMBER: What =
    What::not_mapped("value is not a number and is left out", "values are not numbers and are left out");
const NOT_LIST: What =
    What::not_mapped("value is not a list and is left out", "values are not lists and are left out");
const NOT_MAP: What =
    What::not_mapped("value is not a map and is left out", "values are not maps and are left out");

/// A map of the document and where it is: `components[].parent`.
#[derive(Debug)]
pub(super) struct Entry {
    path: String,
    fields: Vec<(String, Node)>,
    notes: Notes,
}

impl Drop for Entry {
    fn drop(&mut self) {
        for (key, value) in std::mem::take(&mut self.fields) {
            self.leave(&self.at(&shown(&key)), &value);
        }
    }
}

impl Entry {
    /// The outermost map of a document.
    pub(super) fn open(source: &Source<'_>, notes: &Notes) -> Result<Self, Diagnostic> {
        match yaml::parse(source)? {
            Node::Map(fields) => Ok(Self { path: String::new(), fields, notes: notes.clone() }),
            _ => Err(Diagnostic::new("wrong type").expected("expected a map (`key: value`)")),
        }
    }

    /// Where the value of a key is.
    pub(super) fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Where this entry is.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Notes what was taken and has no place after all.
    pub(super) fn note(&self, path: &str, what: What, count: usize) {
        self.notes.add(path, what, count);
    }

    fn leave(&self, path: &str, value: &Node) {
        if value.is_empty() {
            return;
        }
        match value {
            Node::List(items) => self.notes.add(path, ENTRY, items.len()),
            Node::Map(entries) => self.notes.add(path, ENTRY, entries.len()),
            _ => self.notes.add(path, VALUE, 1),
        }
    }

    /// Whether a key says yes.
    pub(super) fn has_true(&self, key: &str) -> bool {
        self.fields.iter().any(|(name, value)| name == key && *value == Node::Flag(true))
    }

    /// Whether a key's text starts with one of the prefixes.
    pub(super) fn starts(&self, key: &str, prefixes: &[&str]) -> bool {
        let begins = |text: &str| prefixes.iter().any(|prefix| text.starts_with(prefix));
        self.fields
            .iter()
            .any(|(name, value)| name == key && matches!(value, Node::Text(text) if begins(text)))
    }

    /// Drops all that is left: the caller has noted the whole entry.
    pub(super) fn forget(mut self) {
        self.fields.clear();
    }

    /// Takes a value; one that says nothing counts as absent.
    fn take(&mut self, key: &str) -> Option<Node> {
        let index = self.fields.iter().position(|(name, _)| name == key)?;
        let (_, value) = self.fields.remove(index);
        (!value.is_empty()).then_some(value)
    }

    /// Takes a value and drops it: for what is said elsewhere in the result, such as the format's own version.
    pub(super) fn known(&mut self, key: &str) {
        drop(self.take(key));
    }

    /// Takes a text.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let value = self.take(key)?;
        self.as_text(&self.at(key), value)
    }

    fn as_text(&self, path: &str, value: Node) -> Option<String> {
        match value {
            Node::Text(text) => {
                Some(casemate_core::printable(text.trim())).filter(|text| !text.trim().is_empty())
            }
            Node::Number(number) => Some(number),
            Node::Null => None,
            Node::Flag(_) | Node::List(_) | Node::Map(_) => {
                self.notes.add(path, NOT_TEXT, 1);
                None
            }
        }
    }

    /// Takes a list of texts; a single text counts as a list of one.
    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        let path = self.at(key);
        match self.take(key) {
            None => Vec::new(),
            Some(Node::List(items)) => {
                items.into_iter().filter_map(|item| self.as_text(&path, item)).collect()
            }
            Some(single) => self.as_text(&path, single).into_iter().collect(),
        }
    }

    /// Takes a yes or no.
    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        match self.take(key)? {
            Node::Flag(flag) => Some(flag),
            _ => {
                self.notes.add(&self.at(key), NOT_FLAG, 1);
                None
            }
        }
    }

    /// Takes a number.
    pub(super) fn number(&mut self, key: &str) -> Option<f64> {
        let number = match self.take(key)? {
            Node::Number(number) => number.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        };
        if number.is_none() {
            self.notes.add(&self.at(key), NOT_NUMBER, 1);
        }
        number
    }

    /// Takes a word of a closed list; an unknown one is noted.
    pub(super) fn word<T>(&mut self, key: &str, meaning: impl Fn(&str) -> Option<T>) -> Option<T> {
        let word = self.text(key)?;
        let found = meaning(&word.to_lowercase());
        if found.is_none() {
            self.notes.example(&self.at(key), UNKNOWN, &word);
        }
        found
    }

    /// Takes a word of a closed list whose meanings are exact or the nearest there is, which is noted.
    pub(super) fn near<T: std::fmt::Display>(
        &mut self,
        key: &str,
        meaning: impl Fn(&str) -> Option<(T, Exactness)>,
    ) -> Option<T> {
        let word = self.text(key)?;
        nearly(&self.notes, &self.at(key), &word, meaning)
    }

    /// As [`Self::near`], for a list.
    pub(super) fn nears<T: std::fmt::Display>(
        &mut self,
        key: &str,
        meaning: impl Fn(&str) -> Option<(T, Exactness)>,
    ) -> Vec<T> {
        let words = self.texts(key);
        let path = self.at(key);
        words.iter().filter_map(|word| nearly(&self.notes, &path, word, &meaning)).collect()
    }

    /// Takes a map.
    pub(super) fn entry(&mut self, key: &str) -> Option<Self> {
        let value = self.take(key)?;
        self.as_entry(self.at(key), value)
    }

    fn as_entry(&self, path: String, value: Node) -> Option<Self> {
        match value {
            Node::Map(fields) => Some(Self { path, fields, notes: self.notes.clone() }),
            Node::Null => None,
            _ => {
                self.notes.add(&path, NOT_MAP, 1);
                None
            }
        }
    }

    /// Takes a list of maps.
    pub(super) fn entries(&mut self, key: &str) -> Vec<Self> {
        let path = self.at(key);
        match self.take(key) {
            None => Vec::new(),
            Some(Node::List(items)) => {
                let path = format!("{path}[]");
                items.into_iter().filter_map(|item| self.as_entry(path.clone(), item)).collect()
            }
            Some(_) => {
                self.notes.add(&path, NOT_LIST, 1);
                Vec::new()
            }
        }
    }

    /// Takes a map of maps.
    pub(super) fn named(&mut self, key: &str) -> Vec<(String, Self)> {
        let path = self.at(key);
        match self.take(key) {
            None => Vec::new(),
            Some(Node::Map(entries)) => {
                let path = format!("{path}.*");
                let entry = |(name, value): (String, Node)| {
                    Some((casemate_core::printable(&name), self.as_entry(path.clone(), value)?))
                };
                entries.into_iter().filter_map(entry).collect()
            }
            Some(_) => {
                self.notes.add(&path, NOT_MAP, 1);
                Vec::new()
            }
        }
    }
}

/// Whether a foreign word means the same here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exactness {
    Exact,
    Nearest,
}

fn nearly<T: std::fmt::Display>(
    notes: &Notes,
    path: &str,
    word: &str,
    meaning: impl Fn(&str) -> Option<(T, Exactness)>,
) -> Option<T> {
    let Some((found, exactness)) = meaning(&word.to_lowercase()) else {
        notes.example(path, UNKNOWN, word);
        return None;
    };
    if exactness == Exactness::Nearest {
        notes.example(path, NEAREST, &format!("{word} → {found}"));
    }
    Some(found)
}
