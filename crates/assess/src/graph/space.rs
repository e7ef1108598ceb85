//! Elements and footholds as numbers, so that the graph can be walked without looking names up. Knows nothing of rules.

use std::collections::BTreeMap;

use casemate_core::{Fact, Foothold, Goal, Held, Id};
use casemate_system::System;

/// An element of the system: the system itself, an actor, a boundary, data, a component or a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Element(u32);

/// Something that can be held on an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node {
    pub(crate) on: Element,
    pub(crate) what: Held,
}

/// As many things as can be held on one element.
const HELD: usize = Fact::ALL.len() + Goal::ALL.len();

impl Node {
    pub(crate) const fn fact(fact: Fact, on: Element) -> Self {
        Self { on, what: Held::Fact(fact) }
    }

    pub(crate) const fn goal(goal: Goal, on: Element) -> Self {
        Self { on, what: Held::Goal(goal) }
    }

    /// Its row in a table with one row per node.
    pub(crate) const fn row(self) -> usize {
        let held = match self.what {
            Held::Fact(fact) => fact as usize,
            Held::Goal(goal) => Fact::ALL.len() + goal as usize,
        };
        self.on.0 as usize * HELD + held
    }
}

/// Every element of a system, numbered in the order of names, so that the order of the file never shows.
#[derive(Debug)]
pub(crate) struct Space<'s> {
    system: &'s Id,
    names: Vec<&'s Id>,
    numbers: BTreeMap<&'s str, Element>,
}

impl<'s> Space<'s> {
    pub(crate) fn of(system: &'s System) -> Self {
        let whole = &system.meta.id.value;
        let outside = system.actors.keys().chain(system.boundaries.keys()).chain(system.data.keys());
        let inside = system.components.keys().chain(system.flows.keys());
        let names: Vec<&Id> = [whole].into_iter().chain(outside).chain(inside).collect();
        let numbers = names.iter().zip(0..).map(|(name, number)| (name.as_str(), Element(number))).collect();
        Self { system: whole, names, numbers }
    }

    /// How many rows a table with one row per node has.
    pub(crate) const fn rows(&self) -> usize {
        self.names.len() * HELD
    }

    /// The system itself.
    pub(crate) const fn whole(&self) -> Element {
        Element(0)
    }

    pub(crate) fn element(&self, name: &str) -> Option<Element> {
        self.numbers.get(name).copied()
    }

    pub(crate) fn name(&self, element: Element) -> &'s Id {
        self.names.get(element.0 as usize).copied().unwrap_or(self.system)
    }

    pub(crate) fn foothold(&self, node: Node) -> Foothold {
        Foothold { what: node.what, on: self.name(node.on).clone() }
    }
}
