//! The system once every name in it is known to lead somewhere. Made only by `resolve`, so the rest of Casemate
//! looks things up without asking again.

use std::collections::BTreeMap;
use std::sync::Arc;

use casemate_core::{ComponentKind, Id, InputFormat, Location, Stage};

use crate::at::Position;
use crate::file::{Accept, Actor, Boundary, Claim, Component, Data, Flow, Impact, Incidents, Meta};

/// A described system whose references all resolve.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// What it is.
    pub meta: Meta,
    /// Who acts on it.
    pub actors: BTreeMap<Id, Actor>,
    /// What separates its parts; parents form no cycle.
    pub boundaries: BTreeMap<Id, Boundary>,
    /// What it holds and moves.
    pub data: BTreeMap<Id, Data>,
    /// Its parts.
    pub components: BTreeMap<Id, Component>,
    /// What moves; both ends exist.
    pub flows: BTreeMap<Id, Flow>,
    /// The claims; every control exists and every target leads somewhere.
    pub claims: Vec<Claim>,
    /// What is prepared for incidents.
    pub incidents: Incidents,
    /// Accepted findings.
    pub accept: Vec<Accept>,
    /// References that led nowhere and were dropped.
    pub dangling: Vec<Dangling>,
    /// How it was written.
    pub format: InputFormat,
    /// The file as the user named it.
    pub file: Arc<str>,
    pub(crate) positions: BTreeMap<Id, Position>,
}

/// A reference that leads nowhere. It is dropped, and the case says so: what hangs on it was not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dangling {
    /// The element that holds the reference.
    pub owner: Id,
    /// The key that holds it: `flows.ask.to`.
    pub key: String,
    /// The name that leads nowhere.
    pub name: String,
    /// What it should name: `component or actor`.
    pub expected: &'static str,
    /// The nearest name there is.
    pub nearest: Option<String>,
    /// Where it stands.
    pub location: Option<Location>,
}

impl System {
    /// Whether any part of it is AI as described.
    #[must_use]
    pub fn is_ai(&self) -> bool {
        self.components.values().any(Component::is_ai)
    }

    /// What controls protect and attackers get at: every element but the actors, and the system itself.
    pub fn targets(&self) -> impl Iterator<Item = &Id> {
        let parts = self.components.keys().chain(self.data.keys()).chain(self.flows.keys());
        parts.chain(self.boundaries.keys()).chain([&self.meta.id.value])
    }

    /// Where an element is described.
    #[must_use]
    pub fn location(&self, element: &Id) -> Option<Location> {
        let position = if self.meta.id.value == *element {
            self.meta.id.position
        } else {
            *self.positions.get(element)?
        };
        self.locate(position)
    }

    /// A position in the file as a location.
    #[must_use]
    pub fn locate(&self, position: Position) -> Option<Location> {
        (position.line > 0).then(|| Location {
            file: Arc::clone(&self.file),
            line: position.line,
            column: position.column,
            length: position.length,
        })
    }

    /// The boundaries around a boundary, itself first.
    pub fn enclosing<'s>(
        &'s self,
        boundary: Option<&'s str>,
    ) -> impl Iterator<Item = (&'s Id, &'s Boundary)> {
        let entry = |name: &str| self.boundaries.get_key_value(name);
        std::iter::successors(boundary.and_then(entry), move |(_, boundary)| {
            boundary.parent.as_ref().and_then(|parent| entry(parent.value.as_str()))
        })
    }

    /// The boundary an actor or component lies in.
    #[must_use]
    pub fn boundary_of(&self, node: &str) -> Option<&str> {
        let component = self.components.get(node).and_then(|component| component.boundary.as_ref());
        let actor = self.actors.get(node).and_then(|actor| actor.at.as_ref());
        component.or(actor).map(|boundary| boundary.value.as_str())
    }
}

impl Component {
    /// A component of a kind of which nothing else is known.
    #[must_use]
    pub fn of(kind: ComponentKind) -> Self {
        Self {
            kind,
            name: None,
            stage: None,
            boundary: None,
            tech: None,
            exposes: Vec::new(),
            model: None,
            agent: None,
            stores: Vec::new(),
            impact: Impact::default(),
        }
    }

    /// Its lifecycle stage: stated, or the usual one of its kind.
    #[must_use]
    pub fn lifecycle_stage(&self) -> Stage {
        self.stage.unwrap_or_else(|| self.kind.usual_stage())
    }

    /// Whether it is part of an AI system: by its kind, or because it has a model or acts as an agent.
    #[must_use]
    pub const fn is_ai(&self) -> bool {
        self.kind.is_ai() || self.model.is_some() || self.agent.is_some()
    }

    /// Whether it acts as an agent: by its kind, or because it says how.
    #[must_use]
    pub const fn is_agent(&self) -> bool {
        matches!(self.kind, ComponentKind::Agent) || self.agent.is_some()
    }
}
