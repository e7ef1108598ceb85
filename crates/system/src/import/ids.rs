//! Foreign names become ids that are unique in the whole file, and references follow them. A reference that leads
//! nowhere stays as it is, so that `resolve` reports it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Id, MAX_ID};

use super::notes::{Notes, What};
use crate::at::At;

const TWICE: What = What::not_mapped(
    "name is given a second time; references lead to the first",
    "names are given a second time; references lead to the first",
);

/// What a foreign name can name: formats let a flow and a component share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Space {
    Actor,
    Boundary,
    Component,
    Data,
    Flow,
    Store,
}

/// The ids given so far.
#[derive(Debug)]
pub(super) struct Ids {
    taken: BTreeSet<Id>,
    last: BTreeMap<Id, u32>,
    known: BTreeMap<(Space, String), Id>,
    notes: Notes,
}

impl Ids {
    /// Starts with the system's own id taken.
    pub(super) fn new(system: &Id, notes: &Notes) -> Self {
        Self {
            taken: BTreeSet::from([system.clone()]),
            last: BTreeMap::new(),
            known: BTreeMap::new(),
            notes: notes.clone(),
        }
    }

    /// A fresh id made from a text.
    pub(super) fn fresh(&mut self, text: &str) -> Id {
        let base = Id::slug(text);
        if self.taken.insert(base.clone()) {
            return base;
        }
        let last = self.last.entry(base.clone()).or_insert(1);
        loop {
            *last = last.saturating_add(1);
            let suffix = format!("-{last}");
            let stem: String = base.as_str().chars().take(MAX_ID.saturating_sub(suffix.len())).collect();
            let candidate: Result<Id, _> = format!("{stem}{suffix}").parse();
            if let Ok(id) = candidate
                && self.taken.insert(id.clone())
            {
                return id;
            }
        }
    }

    /// The id of a foreign name, made from `text`; references to the name lead to it.
    pub(super) fn give(&mut self, space: Space, name: Option<&str>, text: &str, path: &str) -> Id {
        let id = self.fresh(text);
        if let Some(name) = name {
            match self.known.entry((space, name.to_owned())) {
                Entry::Vacant(free) => drop(free.insert(id.clone())),
                Entry::Occupied(_) => self.notes.example(path, TWICE, name),
            }
        }
        id
    }

    /// Adds another name for an id, unless it names something already.
    pub(super) fn also(&mut self, space: Space, name: &str, id: &Id) {
        self.known.entry((space, name.to_owned())).or_insert_with(|| id.clone());
    }

    /// What a foreign name leads to, in the first of the spaces that knows it.
    pub(super) fn find(&self, spaces: &[Space], name: &str) -> Option<&Id> {
        spaces.iter().find_map(|space| self.known.get(&(*space, name.to_owned())))
    }

    /// A reference to a foreign name. One that leads nowhere must not lead to an id that merely looks like it.
    pub(super) fn refer(&self, spaces: &[Space], name: &str) -> At<String> {
        match self.find(spaces, name) {
            Some(id) => At::from(id.to_string()),
            None if self.taken.contains(name) => At::from(format!("{name}?")),
            None => At::from(name.to_owned()),
        }
    }
}

/// The text an id is made from: the name if the foreign id is one for machines.
pub(super) fn readable<'t>(id: Option<&'t str>, name: Option<&'t str>) -> &'t str {
    let machine = |id: &str| {
        let uuid = id.len() >= 32 && id.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        uuid || id.starts_with("urn:") || id.starts_with("pkg:")
    };
    match (id, name) {
        (Some(id), Some(name)) if machine(id) => name,
        (Some(id), _) => id,
        (None, Some(name)) => name,
        (None, None) => "x",
    }
}
