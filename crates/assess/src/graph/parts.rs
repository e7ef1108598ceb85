//! The parts of a system as the rules need them: components with what they are, flows with what they join. Says nothing
//! about attackers.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{ActorKind, BoundaryKind, ComponentKind, Id};
use casemate_system::System;
use casemate_system::file::{Actor, Component, Data, Flow};

use super::space::{Element, Space};
use crate::facts::{ComponentFacts, DataFacts};
use crate::topology::Topology;

/// A system taken apart.
pub(crate) struct Parts<'s> {
    pub(crate) system: &'s System,
    pub(crate) topology: &'s Topology<'s>,
    pub(crate) space: Space<'s>,
    pub(crate) components: BTreeMap<Element, Part<'s>>,
    pub(crate) data: BTreeMap<Element, Set<'s>>,
    pub(crate) links: Vec<Link<'s>>,
    /// The data that a component or flow has to do with.
    touched: BTreeMap<Element, BTreeSet<Element>>,
    /// Whether any component has a model of its own; without one, what trains or keeps models stands for them.
    pub(crate) any_model: bool,
}

/// A component.
pub(crate) struct Part<'s> {
    pub(crate) id: &'s Id,
    pub(crate) component: &'s Component,
    pub(crate) kind: ComponentKind,
    pub(crate) third_party: bool,
    pub(crate) has_model: bool,
    pub(crate) agent: bool,
    pub(crate) llm: bool,
    pub(crate) generative: bool,
    pub(crate) proprietary: bool,
    pub(crate) affects_people: bool,
    /// Whether it is a device, or lies in one.
    pub(crate) in_the_field: bool,
    /// The innermost boundary it lies in; the system itself if none is named.
    pub(crate) home: Element,
}

/// A data set.
pub(crate) struct Set<'s> {
    pub(crate) id: &'s Id,
    pub(crate) data: &'s Data,
    pub(crate) third_party: bool,
    pub(crate) trains: bool,
}

/// A flow.
pub(crate) struct Link<'s> {
    pub(crate) element: Element,
    pub(crate) flow: &'s Flow,
    pub(crate) from: End<'s>,
    pub(crate) to: Element,
    /// Whether it ends at a component.
    pub(crate) to_component: bool,
    pub(crate) data: Vec<Element>,
}

/// Where a flow begins.
#[derive(Clone, Copy)]
pub(crate) enum End<'s> {
    Actor(Element, &'s Actor),
    Component(Element),
}

impl End<'_> {
    pub(crate) const fn component(self) -> Option<Element> {
        match self {
            Self::Component(element) => Some(element),
            Self::Actor(..) => None,
        }
    }
}

impl<'s> Parts<'s> {
    pub(crate) fn of(system: &'s System, topology: &'s Topology<'s>) -> Self {
        let space = Space::of(system);
        let mut components = BTreeMap::new();
        for (id, component) in &system.components {
            let facts = ComponentFacts::of(id.as_str(), system, topology);
            let Some(element) = space.element(id.as_str()) else { continue };
            let home = system.boundary_of(id.as_str()).and_then(|home| space.element(home));
            let part = Part {
                id,
                component,
                kind: component.kind,
                third_party: topology.third_party(id.as_str()),
                has_model: facts.has_model,
                agent: component.is_agent(),
                llm: facts.llm,
                generative: facts.generative,
                proprietary: facts.proprietary,
                affects_people: facts.affects_people,
                in_the_field: component.kind == ComponentKind::Device
                    || topology.within(id.as_str(), BoundaryKind::Device),
                home: home.unwrap_or(space.whole()),
            };
            components.insert(element, part);
        }
        let mut data = BTreeMap::new();
        for (id, set) in &system.data {
            let facts = DataFacts::of(id.as_str(), system, topology);
            let Some(element) = space.element(id.as_str()) else { continue };
            let (third_party, trains) = (facts.third_party, facts.trains);
            data.insert(element, Set { id, data: set, third_party, trains });
        }
        let links: Vec<Link<'_>> =
            system.flows.iter().filter_map(|(id, flow)| link(id, flow, system, &space)).collect();
        let touched = touched(&components, &links, &space);
        let any_model = system.components.values().any(|component| component.model.is_some());
        Self { system, topology, space, components, data, links, touched, any_model }
    }

    /// Flows between components, with their ends.
    pub(crate) fn between(&self) -> impl Iterator<Item = (&Link<'s>, Element, &Part<'s>, &Part<'s>)> {
        self.links.iter().filter_map(|link| {
            let from = link.from.component()?;
            Some((link, from, self.components.get(&from)?, self.components.get(&link.to)?))
        })
    }

    /// Flows from actors to components.
    pub(crate) fn actors(&self) -> impl Iterator<Item = (&Link<'s>, Element, ActorKind)> {
        self.links.iter().filter(|link| link.to_component).filter_map(|link| match link.from {
            End::Actor(element, actor) => Some((link, element, actor.kind)),
            End::Component(_) => None,
        })
    }

    pub(crate) fn elements<'a, T: AsRef<str> + 'a>(
        &'a self,
        names: impl IntoIterator<Item = T> + 'a,
    ) -> impl Iterator<Item = Element> + 'a {
        names.into_iter().filter_map(|name| self.space.element(name.as_ref()))
    }

    /// The data that a component or flow has to do with.
    pub(crate) fn touched(&self, element: Element) -> Vec<Element> {
        self.touched.get(&element).into_iter().flatten().copied().collect()
    }

    /// The data that a component holds at rest.
    pub(crate) fn stores<'a>(&'a self, part: &'a Part<'s>) -> impl Iterator<Item = Element> + 'a {
        self.elements(part.component.stores.iter().map(|data| data.value.as_str()))
    }

    /// The data that a component's model was tuned on.
    pub(crate) fn tuned_on<'a>(&'a self, part: &'a Part<'s>) -> impl Iterator<Item = Element> + 'a {
        let model = part.component.model.iter();
        self.elements(model.flat_map(|model| &model.fine_tuned_on).map(|data| data.value.as_str()))
    }

    /// The components that an agent names as its tools.
    pub(crate) fn named_tools<'a>(&'a self, part: &'a Part<'s>) -> impl Iterator<Item = Element> + 'a {
        let agent = part.component.agent.iter();
        self.elements(agent.flat_map(|agent| &agent.tools).map(|tool| tool.value.as_str()))
    }
}

fn touched(
    components: &BTreeMap<Element, Part<'_>>,
    links: &[Link<'_>],
    space: &Space<'_>,
) -> BTreeMap<Element, BTreeSet<Element>> {
    let mut touched: BTreeMap<Element, BTreeSet<Element>> = BTreeMap::new();
    for (&element, part) in components {
        let tuned = part.component.model.iter().flat_map(|model| &model.fine_tuned_on);
        let named = part.component.stores.iter().chain(tuned);
        touched.entry(element).or_default().extend(named.filter_map(|data| space.element(&data.value)));
    }
    for link in links {
        for end in [link.from.component(), Some(link.to), Some(link.element)].into_iter().flatten() {
            touched.entry(end).or_default().extend(&link.data);
        }
    }
    touched
}

fn link<'s>(id: &Id, flow: &'s Flow, system: &'s System, space: &Space<'s>) -> Option<Link<'s>> {
    let from = flow.from.value.as_str();
    let begin = space.element(from)?;
    Some(Link {
        element: space.element(id.as_str())?,
        flow,
        from: match system.actors.get(from) {
            Some(actor) => End::Actor(begin, actor),
            None => End::Component(begin),
        },
        to: space.element(&flow.to.value)?,
        to_component: system.components.contains_key(flow.to.value.as_str()),
        data: flow.data.iter().filter_map(|data| space.element(&data.value)).collect(),
    })
}
