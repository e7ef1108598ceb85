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
        let decided = self
            .nearest(control, element, view)
            .or_else(|| self.on_data(control, element, view))
            .or_else(|| self.on_flow(control, element, view))
            .or_else(|| self.on_origin(control, element, view))
            .or_else(|| self.claims.on(control, &self.system.meta.id.value, view));
        decided == Some(true)
    }

    /// What the claim on an element says, or else that on the innermost boundary around it.
    fn nearest(self, control: &Id, node: &Id, view: View) -> Option<bool> {
        let around = self.system.enclosing(self.system.boundary_of(node.as_str())).map(|(id, _)| id);
        std::iter::once(node).chain(around).find_map(|id| self.claims.on(control, id, view))
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

/// Whether something is true of all: no if it is false of one, unknown if it is unknown of one or there is none.
fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let answers: Vec<Option<bool>> = answers.collect();
    if answers.contains(&Some(false)) {
        return Some(false);
    }
    (!answers.is_empty() && !answers.contains(&None)).then_some(true)
}
