//! Which controls stand on which element: how far a claim reaches beyond the element it names. The rules are few and are
//! all here.

use std::collections::BTreeSet;

use casemate_catalog::{Catalog, Edges};
use casemate_core::{Id, Stage, View};
use casemate_system::System;

use crate::claims::Claims;
use crate::topology::Topology;

/// As many trainers of a model as are offered as places for a control.
const MOST_PLACES: usize = 8;

/// As many claims as are looked at for which of them must fail together.
const MOST_CLAIMS: usize = 10;

/// Claims, and what they reach.
#[derive(Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub(crate) claims: &'a Claims,
    pub(crate) system: &'a System,
    pub(crate) topology: &'a Topology<'a>,
    pub(crate) catalog: &'a Catalog,
    /// What is supposed of claims, to see what would follow.
    pub(crate) supposed: Option<Supposed<'a>>,
}

/// That a control is claimed and works on some elements, or fails on all of them.
#[derive(Clone, Copy)]
pub(crate) struct Supposed<'a> {
    control: &'a Id,
    on: &'a BTreeSet<Id>,
    works: bool,
}

impl Standing<'_> {
    /// Whether a control stands on an element in a view. A claim reaches
    /// - the element it names, and everything if it names the system;
    /// - everything inside a boundary it names;
    /// - data, if every component that holds it is reached;
    /// - a flow, if the component where it ends is reached;
    /// - a model, if the control works while models are made and the component that trained it, or all data it was
    ///   trained on, is reached.
    ///
    /// The nearest claim decides: what a check disproved on an element is not made good by a claim on all around it.
    pub(crate) fn holds(self, control: &Id, element: &Id, view: View) -> bool {
        if view == View::Bare || (self.supposed.is_none() && !self.claims.names(control)) {
            return false;
        }
        let decided = self
            .nearest(control, element, view)
            .or_else(|| self.on_data(control, element, view))
            .or_else(|| self.on_flow(control, element, view))
            .or_else(|| self.on_origin(control, element, view))
            .or_else(|| self.claimed(control, &self.system.meta.id.value, view));
        decided == Some(true)
    }

    /// The elements of which a claim of a control on any one would make it stand on an element, that element first; and
    /// whether they are all there are.
    pub(crate) fn places(self, control: &Id, element: &Id, view: View) -> (Vec<Id>, bool) {
        let name = element.as_str();
        let end = self.system.flows.get(element).and_then(|flow| flow.to.value.parse().ok());
        let end = end.filter(|end: &Id| self.system.components.contains_key(end));
        let holder = match self.topology.holders(name) {
            [holder] => Some((*holder).clone()),
            _ => None,
        };
        let trains = self.works_in_training(control) && self.system.components.contains_key(element);
        let trainers = if trains { self.topology.trainers(name) } else { &[] };
        let offered = trainers.iter().take(MOST_PLACES).map(|trainer| (*trainer).clone());
        let mut places: Vec<Id> =
            [element.clone()].into_iter().chain(end).chain(holder).chain(offered).collect();
        if self.claims.names(control) {
            places.retain(|place| {
                let on = BTreeSet::from([place.clone()]);
                self.supposing(control, &on, true).holds(control, element, view)
            });
        }
        (places, trainers.len() <= MOST_PLACES)
    }

    /// The smallest sets of elements of which the claims must fail together before a control no longer stands on an
    /// element where it does.
    pub(crate) fn ways_to_fail(self, control: &Id, element: &Id, view: View) -> Vec<BTreeSet<Id>> {
        let claimed: Vec<Id> =
            self.claimed_for(control, element, view).into_iter().take(MOST_CLAIMS).collect();
        let mut ways: Vec<BTreeSet<Id>> = Vec::new();
        let mut sets = vec![BTreeSet::new()];
        for size in 1..=claimed.len() {
            sets = larger(&sets, &claimed, size);
            for set in &sets {
                let contains_way = ways.iter().any(|way| way.is_subset(set));
                if !contains_way && !self.supposing(control, set, false).holds(control, element, view) {
                    ways.push(set.clone());
                }
            }
        }
        ways
    }

    /// The elements whose claims of a control can have a say on an element, and work.
    fn claimed_for(self, control: &Id, element: &Id, view: View) -> BTreeSet<Id> {
        let name = element.as_str();
        let end = self.system.flows.get(element).and_then(|flow| flow.to.value.parse::<Id>().ok());
        let model = self.system.components.get(element).and_then(|component| component.model.as_ref());
        let learned = model.into_iter().flat_map(|model| &model.fine_tuned_on);
        let learned: Vec<Id> = learned.filter_map(|data| data.value.parse().ok()).collect();
        let holders =
            learned.iter().map(Id::as_str).chain([name]).flat_map(|data| self.topology.holders(data));
        let holders: Vec<Id> = holders.map(|holder| (*holder).clone()).collect();
        let trainers = self.topology.trainers(name).iter().map(|trainer| (*trainer).clone());
        let near = [element.clone()].into_iter().chain(end).chain(learned).chain(holders).chain(trainers);
        let mut elements = BTreeSet::from([self.system.meta.id.value.clone()]);
        for id in near {
            let around = self.system.enclosing(self.system.boundary_of(id.as_str()));
            elements.extend(around.map(|(boundary, _)| boundary.clone()));
            elements.insert(id);
        }
        elements.retain(|id| self.claimed(control, id, view) == Some(true));
        elements
    }

    /// The control in whose place the description of an element speaks against a threat: the first that closes it. None
    /// if that is assumed to fail.
    pub(crate) fn described<'e>(self, controls: &'e Edges, element: &Id) -> Option<&'e Id> {
        let first = controls.stop.first().or(controls.reduce.first());
        first.filter(|control| !self.claims.assumed_to_fail(control, element))
    }

    fn supposing<'s>(self, control: &'s Id, on: &'s BTreeSet<Id>, works: bool) -> Standing<'s>
    where
        Self: 's,
    {
        Standing { supposed: Some(Supposed { control, on, works }), ..self }
    }

    /// What the claim on an element says, or else that on the innermost boundary around it.
    fn nearest(self, control: &Id, node: &Id, view: View) -> Option<bool> {
        let around = self.system.enclosing(self.system.boundary_of(node.as_str())).map(|(id, _)| id);
        std::iter::once(node).chain(around).find_map(|id| self.claimed(control, id, view))
    }

    fn claimed(self, control: &Id, target: &Id, view: View) -> Option<bool> {
        match self.supposed {
            Some(supposed) if supposed.control == control && supposed.on.contains(target) => {
                Some(supposed.works && !self.claims.assumed_to_fail(control, target))
            }
            _ => self.claims.on(control, target, view),
        }
    }

    fn on_data(self, control: &Id, data: &Id, view: View) -> Option<bool> {
        let holders = self.topology.holders(data.as_str());
        all(holders.iter().map(|holder| self.nearest(control, holder, view)))
    }

    fn on_flow(self, control: &Id, flow: &Id, view: View) -> Option<bool> {
        let end: Id = self.system.flows.get(flow)?.to.value.parse().ok()?;
        self.nearest(control, &end, view)
    }

    fn on_origin(self, control: &Id, element: &Id, view: View) -> Option<bool> {
        let model = self.system.components.get(element)?.model.as_ref()?;
        if !self.works_in_training(control) {
            return None;
        }
        let learned = model.fine_tuned_on.iter().filter_map(|data| data.value.parse::<Id>().ok());
        let on_learned =
            |data: Id| self.nearest(control, &data, view).or_else(|| self.on_data(control, &data, view));
        let trainers = self.topology.trainers(element.as_str());
        let on_trainer = |trainer: &&Id| self.nearest(control, trainer, view) == Some(true);
        match all(learned.map(on_learned)) {
            Some(true) => Some(true),
            other if !trainers.iter().any(on_trainer) => other,
            _ => Some(true),
        }
    }

    fn works_in_training(self, control: &Id) -> bool {
        let making = [Stage::Collect, Stage::Prepare, Stage::Train, Stage::Evaluate];
        let control = self.catalog.controls().get(control);
        control.is_some_and(|control| control.stages.iter().any(|stage| making.contains(stage)))
    }
}

/// Every set of a size that a smaller one becomes by one more member.
fn larger(sets: &[BTreeSet<Id>], members: &[Id], size: usize) -> Vec<BTreeSet<Id>> {
    let mut grown = BTreeSet::new();
    for set in sets {
        for member in members {
            let mut with = set.clone();
            with.insert(member.clone());
            if with.len() == size {
                grown.insert(with);
            }
        }
    }
    grown.into_iter().collect()
}

/// Whether something is true of all: no if it is false of one, unknown if it is unknown of one or there is none.
fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let answers: Vec<Option<bool>> = answers.collect();
    if answers.contains(&Some(false)) {
        return Some(false);
    }
    (!answers.is_empty() && !answers.contains(&None)).then_some(true)
}
