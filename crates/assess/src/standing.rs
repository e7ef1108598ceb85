//! Which controls stand on which element: how far a claim reaches beyond the element it names. The rules are few and are
//! all here.

use casemate_catalog::Catalog;
use casemate_core::{Id, Stage, View};
use casemate_system::System;

use crate::claims::Claims;
use crate::topology::Topology;

/// Claims, and what they reach.
#[derive(Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub(crate) claims: &'a Claims,
    pub(crate) system: &'a System,
    pub(crate) topology: &'a Topology<'a>,
    pub(crate) catalog: &'a Catalog,
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
        self.guard(control, element, view).is_some()
    }

    /// The element whose claim makes a control stand on an element; none if it does not stand.
    pub(crate) fn guard(self, control: &Id, element: &Id, view: View) -> Option<Id> {
        if view == View::Bare || !self.claims.names(control) {
            return None;
        }
        let whole = &self.system.meta.id.value;
        let decided = self
            .nearest(control, element, view)
            .or_else(|| self.on_data(control, element, view))
            .or_else(|| self.on_flow(control, element, view))
            .or_else(|| self.on_origin(control, element, view))
            .or_else(|| self.claimed(control, whole, view));
        decided.and_then(Decided::guard)
    }

    /// The elements of which a claim of a control on any one makes it stand on an element, that element first.
    pub(crate) fn places(self, control: &Id, element: &Id) -> Vec<Id> {
        let name = element.as_str();
        let end = self.system.flows.get(element).and_then(|flow| flow.to.value.parse().ok());
        let end = end.filter(|end: &Id| self.system.components.contains_key(end));
        let holder = match self.topology.holders(name) {
            [holder] => Some((*holder).clone()),
            _ => None,
        };
        let trains = self.works_in_training(control) && self.system.components.contains_key(element);
        let trainers =
            self.topology.trainers(name).iter().filter(|_| trains).map(|trainer| (*trainer).clone());
        [element.clone()].into_iter().chain(end).chain(holder).chain(trainers).collect()
    }

    /// What the claim on an element says, or else that on the innermost boundary around it.
    fn nearest(self, control: &Id, node: &Id, view: View) -> Option<Decided> {
        let around = self.system.enclosing(self.system.boundary_of(node.as_str())).map(|(id, _)| id);
        std::iter::once(node).chain(around).find_map(|id| self.claimed(control, id, view))
    }

    fn claimed(self, control: &Id, target: &Id, view: View) -> Option<Decided> {
        let holds = self.claims.on(control, target, view)?;
        Some(if holds { Decided::Stands(target.clone()) } else { Decided::Fails })
    }

    fn on_data(self, control: &Id, data: &Id, view: View) -> Option<Decided> {
        let holders = self.topology.holders(data.as_str());
        all(holders.iter().map(|holder| self.nearest(control, holder, view)))
    }

    fn on_flow(self, control: &Id, flow: &Id, view: View) -> Option<Decided> {
        let end: Id = self.system.flows.get(flow)?.to.value.parse().ok()?;
        self.nearest(control, &end, view)
    }

    fn on_origin(self, control: &Id, element: &Id, view: View) -> Option<Decided> {
        let model = self.system.components.get(element)?.model.as_ref()?;
        if !self.works_in_training(control) {
            return None;
        }
        let learned = model.fine_tuned_on.iter().filter_map(|data| data.value.parse::<Id>().ok());
        let on_learned =
            |data: Id| self.nearest(control, &data, view).or_else(|| self.on_data(control, &data, view));
        let trainers = self.topology.trainers(element.as_str()).iter();
        let mut on_trainers = trainers.filter_map(|trainer| self.nearest(control, trainer, view));
        match all(learned.map(on_learned)) {
            Some(Decided::Stands(data)) => Some(Decided::Stands(data)),
            other => on_trainers.find(|decided| matches!(decided, Decided::Stands(_))).or(other),
        }
    }

    fn works_in_training(self, control: &Id) -> bool {
        let making = [Stage::Collect, Stage::Prepare, Stage::Train, Stage::Evaluate];
        let control = self.catalog.controls().get(control);
        control.is_some_and(|control| control.stages.iter().any(|stage| making.contains(stage)))
    }
}

/// What a claim decides.
enum Decided {
    /// It stands because of the claim on this element.
    Stands(Id),
    /// A check disproved it.
    Fails,
}

impl Decided {
    fn guard(self) -> Option<Id> {
        match self {
            Self::Stands(on) => Some(on),
            Self::Fails => None,
        }
    }
}

/// What is decided of all: it fails if it fails on one, and nothing is decided if nothing is of one, or there is none.
fn all(answers: impl Iterator<Item = Option<Decided>>) -> Option<Decided> {
    let mut first = None;
    let mut undecided = false;
    for answer in answers {
        match answer {
            Some(Decided::Fails) => return Some(Decided::Fails),
            Some(stands) => {
                first.get_or_insert(stands);
            }
            None => undecided = true,
        }
    }
    first.filter(|_| !undecided)
}
