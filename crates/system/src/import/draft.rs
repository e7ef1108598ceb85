//! The system file an import is writing, with what every format needs on the way: ids, notes, claims gathered per
//! control, and a last look that no boundary contains itself.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{BoundaryKind, ComponentKind, DataKind, Id, Rating};

use super::Imported;
use super::ids::{Ids, Space};
use super::notes::{GUESSED, Notes, What};
use super::words::{Clues, boundary_kind, data_kind};
use crate::at::{At, Section};
use crate::file::{Boundary, Claim, Component, Data, Flow, Meta, SystemFile};
use crate::resolve::MAX_NESTING;

const CYCLE: What = What::not_mapped(
    "boundary contains itself; it keeps no parent",
    "boundaries contain themselves; they keep no parent",
);

const DEEP: What = What::not_mapped(
    "boundary lies deeper than is read; it keeps no parent",
    "boundaries lie deeper than is read; they keep no parent",
);
const TOO_MANY: What = What::not_mapped(
    "link between parts is left out, because there are more than are read",
    "links between parts are left out, because there are more than are read",
);

/// How many links a few entries may multiply to: many controls that name many threats that name many components.
const MAX_LINKS: usize = 100_000;

/// A system file in the making.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) file: SystemFile,
    pub(super) ids: Ids,
    pub(super) notes: Notes,
    claims: BTreeMap<(&'static str, Option<String>), BTreeSet<String>>,
    internet: Option<Id>,
    links: usize,
}

impl Draft {
    /// Starts with the system's name and the text its id is made from.
    pub(super) fn new(id: &str, name: Option<String>, notes: &Notes) -> Self {
        let id = Id::slug(id);
        let ids = Ids::new(&id, notes);
        let system = Meta { id: At::from(id), name, ..Meta::default() };
        let file = SystemFile { version: At::from(1), system, ..SystemFile::default() };
        Self { file, ids, notes: notes.clone(), claims: BTreeMap::new(), internet: None, links: 0 }
    }

    /// Claims a control for an element.
    pub(super) fn claim(&mut self, control: &'static str, words: Option<&str>, on: impl Into<String>) {
        self.claims.entry((control, words.map(str::to_owned))).or_default().insert(on.into());
    }

    /// Whether `count` more links between parts are within bounds; noted if not.
    pub(super) fn link(&mut self, path: &str, count: usize) -> bool {
        self.links = self.links.saturating_add(count);
        let within = self.links <= MAX_LINKS;
        if !within {
            self.notes.add(path, TOO_MANY, count);
        }
        within
    }

    /// The kind a component's clues tell; noted if only its name tells it.
    pub(super) fn kind(&self, path: &str, clues: Clues<'_>, id: &Id) -> ComponentKind {
        let told = clues.kind();
        if told.guessed {
            self.notes.example(path, GUESSED, &format!("{id}: {}", told.kind));
        }
        told.kind
    }

    /// The kind of data its name tells, noted as such.
    pub(super) fn data_kind(&self, path: &str, name: &str, id: &Id) -> DataKind {
        let kind = data_kind(name);
        self.notes.example(path, GUESSED, &format!("{id}: {kind}"));
        kind
    }

    /// The kind of boundary its name tells, noted as such.
    pub(super) fn boundary_kind(&self, path: &str, name: &str, id: &Id) -> BoundaryKind {
        let kind = boundary_kind(name);
        self.notes.example(path, GUESSED, &format!("{id}: {kind}"));
        kind
    }

    /// The boundary for what a format places on the internet without a boundary of its own.
    pub(super) fn internet(&mut self) -> At<String> {
        let id = match &self.internet {
            Some(id) => id.clone(),
            None => {
                let id = self.ids.give(Space::Boundary, None, "internet", "");
                let boundary = Boundary { kind: BoundaryKind::Internet, name: None, parent: None };
                self.file.boundaries.0.push((At::from(id.clone()), boundary));
                self.internet = Some(id.clone());
                id
            }
        };
        At::from(id.to_string())
    }

    /// Adds a flow and, if anything comes back, its way back: the same connection, the other way round.
    pub(super) fn flow(&mut self, id: Id, flow: Flow, back: Option<Vec<At<String>>>) {
        let back = back.map(|data| {
            let back = Flow { from: flow.to.clone(), to: flow.from.clone(), data, ..flow.clone() };
            (self.ids.fresh(&format!("{id}-back")), back)
        });
        push(&mut self.file.flows, id, flow);
        if let Some((id, back)) = back {
            push(&mut self.file.flows, id, back);
        }
    }

    /// The finished file and what is not in it.
    pub(super) fn finish(mut self) -> Imported {
        self.cut_cycles();
        self.cut_depth();
        let claim = |((control, words), on): ((&str, Option<String>), BTreeSet<String>)| Claim {
            control: At::from(Id::slug(control)),
            on: on.into_iter().map(At::from).collect(),
            claim: words,
            not_applicable: None,
            evidence: Vec::new(),
            owner: None,
            since: None,
        };
        self.file.controls = std::mem::take(&mut self.claims).into_iter().map(claim).collect();
        let Self { file, ids, notes, .. } = self;
        drop(ids);
        Imported { file, problems: notes.into_problems() }
    }

    /// Removes parents from boundaries that lie deeper than is read.
    fn cut_depth(&mut self) {
        let index = self.boundary_index();
        for start in 0..self.file.boundaries.0.len() {
            let parent = |at: &usize| {
                let (_, boundary) = self.file.boundaries.0.get(*at)?;
                index.get(&boundary.parent.as_ref()?.value).copied()
            };
            let deep = std::iter::successors(Some(start), parent).take(MAX_NESTING + 1).count() > MAX_NESTING;
            if deep && let Some((id, boundary)) = self.file.boundaries.0.get_mut(start) {
                self.notes.example("boundaries", DEEP, id.value.as_str());
                boundary.parent = None;
            }
        }
    }

    fn boundary_index(&self) -> BTreeMap<String, usize> {
        self.file.boundaries.0.iter().enumerate().map(|(at, (id, _))| (id.value.to_string(), at)).collect()
    }

    /// Removes the parent that leads a boundary back to itself.
    fn cut_cycles(&mut self) {
        let boundaries = &mut self.file.boundaries.0;
        let index: BTreeMap<String, usize> =
            boundaries.iter().enumerate().map(|(at, (id, _))| (id.value.to_string(), at)).collect();
        let mut seen_from = vec![usize::MAX; boundaries.len()];
        for start in 0..boundaries.len() {
            let mut at = start;
            loop {
                match seen_from.get_mut(at) {
                    Some(seen) if *seen == usize::MAX => *seen = start,
                    _ => break,
                }
                let parent = boundaries.get(at).and_then(|(_, boundary)| boundary.parent.as_ref());
                let Some(next) = parent.and_then(|parent| index.get(&parent.value)).copied() else { break };
                if seen_from.get(next) == Some(&start) {
                    if let Some((id, boundary)) = boundaries.get_mut(at) {
                        self.notes.example("boundaries", CYCLE, id.value.as_str());
                        boundary.parent = None;
                    }
                    break;
                }
                at = next;
            }
        }
    }
}

/// Data of a kind of which nothing else is known.
pub(super) const fn data(kind: DataKind, name: Option<String>) -> Data {
    Data {
        kind,
        name,
        sensitivity: None,
        personal: None,
        consent: None,
        origin: None,
        parties: None,
        modality: Vec::new(),
    }
}

/// A component of a kind of which nothing but its name is known.
pub(super) fn component(kind: ComponentKind, name: Option<String>) -> Component {
    Component { name, ..Component::of(kind) }
}

/// A flow of which nothing else is known.
pub(super) const fn flow(from: At<String>, to: At<String>) -> Flow {
    Flow { from, to, data: Vec::new(), protocol: None, auth: None, encrypted: None, trust: None }
}

/// The name, unless it says no more than the id.
pub(super) fn name_beside(id: &Id, name: Option<String>) -> Option<String> {
    name.filter(|name| id != name.as_str())
}

/// The higher of two ratings.
pub(super) fn worse(a: Option<Rating>, b: Option<Rating>) -> Option<Rating> {
    a.max(b)
}

/// A section's entry.
pub(super) fn push<T>(section: &mut Section<T>, id: Id, value: T) {
    section.0.push((At::from(id), value));
}
