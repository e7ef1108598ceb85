//! Boundaries as drawings show them: those that hold something, outer before inner. Never loops, whatever lies in what.

use std::collections::BTreeMap;

use casemate_core::{BoundaryKind, Element, Id};

/// Boundaries nest at most this deep in a drawing; deeper ones are drawn in their ancestor.
const MOST_DEPTH: usize = 8;

/// A boundary with something in it.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) kind: BoundaryKind,
    /// Always an earlier group.
    pub(crate) parent: Option<usize>,
}

/// The boundary that an element lies in.
pub(crate) const fn home(element: &Element) -> Option<&Id> {
    match element {
        Element::Actor(actor) => actor.at.as_ref(),
        Element::Component(component) => component.boundary.as_ref(),
        Element::Boundary(_) | Element::Data(_) => None,
    }
}

/// The boundaries in which something has its home, and the group each boundary is drawn as.
pub(crate) fn groups<'a>(
    homes: impl IntoIterator<Item = &'a Id>,
    elements: &'a BTreeMap<Id, Element>,
) -> (Vec<Group>, BTreeMap<&'a Id, usize>) {
    let mut groups = Vec::new();
    let mut group_of: BTreeMap<&Id, usize> = BTreeMap::new();
    for home in homes {
        let mut parent = None;
        for id in ancestry(home, elements) {
            parent = match (group_of.get(id), elements.get_key_value(id)) {
                (Some(&group), _) => Some(group),
                (None, Some((id, Element::Boundary(boundary)))) => {
                    group_of.insert(id, groups.len());
                    groups.push(Group { name: boundary.name.to_string(), kind: boundary.kind, parent });
                    Some(groups.len() - 1)
                }
                (None, _) => parent,
            };
        }
    }
    (groups, group_of)
}

/// A boundary and those around it, outermost first. A boundary that lies in itself has no ancestors.
pub(crate) fn ancestry<'a>(home: &'a Id, elements: &'a BTreeMap<Id, Element>) -> Vec<&'a Id> {
    let mut line = vec![home];
    while let Some(Element::Boundary(boundary)) = line.last().and_then(|id| elements.get(*id)) {
        match &boundary.parent {
            Some(parent) if !line.contains(&parent) && elements.contains_key(parent) => line.push(parent),
            _ => break,
        }
    }
    line.reverse();
    // The innermost is always kept: it is the one that things lie in.
    if line.len() > MOST_DEPTH {
        line.drain(MOST_DEPTH - 1..line.len() - 1);
    }
    line
}
