//! What an import leaves out, counted per place: the same thing said once, with its number and a few examples.
//! The list is bounded, so a hostile file cannot flood the report.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use casemate_core::{Problem, ProblemKind};

/// How many different notes are kept; further ones are only counted.
const MAX_NOTES: usize = 200;
/// How many examples a note shows.
const MAX_EXAMPLES: usize = 5;
/// How many characters of a foreign text are shown.
const MAX_SHOWN: usize = 60;

/// What is said of a place: in the singular and in the plural, after the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct What {
    pub(super) kind: ProblemKind,
    pub(super) one: &'static str,
    pub(super) many: &'static str,
}

impl What {
    pub(super) const fn not_mapped(one: &'static str, many: &'static str) -> Self {
        Self { kind: ProblemKind::NotMapped, one, many }
    }
}

/// A value without a place.
pub(super) const VALUE: What =
    What::not_mapped("value has no place in a system file", "values have no place in a system file");
/// An entry of a list or map without a place.
pub(super) const ENTRY: What =
    What::not_mapped("entry has no place in a system file", "entries have no place in a system file");
/// A value of a closed list that is not on it.
pub(super) const UNKNOWN: What =
    What::not_mapped("value is unknown and left out", "values are unknown and left out");
/// A value with a near, but not the same, meaning here.
pub(super) const NEAREST: What = What::not_mapped(
    "value is written as the nearest word there is",
    "values are written as the nearest word there is",
);
/// A kind the format does not state.
pub(super) const GUESSED: What = What {
    kind: ProblemKind::Description,
    one: "kind is taken from the name, because the format does not state it; check it",
    many: "kinds are taken from the names, because the format does not state them; check them",
};
/// A reference that leads nowhere and has no place where it could be kept.
pub(super) const NOWHERE: What = What::not_mapped("reference leads nowhere", "references lead nowhere");

#[derive(Debug, Default)]
struct Tally {
    count: usize,
    examples: BTreeSet<String>,
    more: bool,
}

#[derive(Debug, Default)]
struct Inner {
    tallies: BTreeMap<(String, What), Tally>,
    further: usize,
}

/// A shared list of notes: every part of an import writes to the same one.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes(Rc<RefCell<Inner>>);

impl Notes {
    /// Counts `count` more of `what` at a place.
    pub(super) fn add(&self, path: &str, what: What, count: usize) {
        self.record(path, what, count, None);
    }

    /// Counts one more of `what` at a place and keeps it as an example.
    pub(super) fn example(&self, path: &str, what: What, example: &str) {
        self.record(path, what, 1, Some(example));
    }

    fn record(&self, path: &str, what: What, count: usize, example: Option<&str>) {
        let inner = &mut *self.0.borrow_mut();
        let key = (path.to_owned(), what);
        if inner.tallies.len() >= MAX_NOTES && !inner.tallies.contains_key(&key) {
            inner.further += count;
            return;
        }
        let tally = inner.tallies.entry(key).or_default();
        tally.count += count;
        let Some(example) = example else { return };
        let example = shown(example);
        if tally.examples.len() < MAX_EXAMPLES {
            tally.examples.insert(example);
        } else if !tally.examples.contains(&example) {
            tally.more = true;
        }
    }

    /// The notes as problems, in the order of their places.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let inner = std::mem::take(&mut *self.0.borrow_mut());
        let mut problems: Vec<Problem> = inner
            .tallies
            .into_iter()
            .map(|((path, what), tally)| {
                let phrase = if tally.count == 1 { what.one } else { what.many };
                let mut message = format!("`{path}`: {} {phrase}", tally.count);
                for (index, example) in tally.examples.iter().enumerate() {
                    message.push_str(if index == 0 { ": `" } else { ", `" });
                    message.push_str(example);
                    message.push('`');
                }
                if tally.more {
                    message.push_str(", …");
                }
                Problem { kind: what.kind, message: message.into(), location: None }
            })
            .collect();
        if inner.further > 0 {
            let message = format!(
                "{} further values in places not listed here have no place in a system file",
                inner.further
            );
            problems.push(Problem { kind: ProblemKind::NotMapped, message: message.into(), location: None });
        }
        problems
    }
}

/// A foreign text as a note shows it.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = casemate_core::printable(text).chars().take(MAX_SHOWN).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
