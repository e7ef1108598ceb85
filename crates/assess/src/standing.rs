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
    pub(crate) fn holds(self, control: &Id, element: &Id, view: View) -> bool {
        self.claims.on(control, &self.system.meta.id.value, view)
            || self.on_node(control, element, view)
            || self.on_data(control, element, view)
            || self.on_flow(control, element, view)
            || self.on_origin(control, element, view)
    }

    fn on_node(self, control: &Id, node: &Id, view: View) -> bool {
        let boundary = self.system.boundary_of(node.as_str());
        self.claims.on(control, node, view)
            || self.system.enclosing(boundary).any(|(id, _)| self.claims.on(control, id, view))
    }

    fn on_data(self, control: &Id, data: &Id, view: View) -> bool {
        let holders = self.topology.holders(data.as_str());
        !holders.is_empty() && holders.iter().all(|holder| self.on_node(control, holder, view))
    }

    fn on_flow(self, control: &Id, flow: &Id, view: View) -> bool {
        let end = self.system.flows.get(flow).and_then(|flow| flow.to.value.parse().ok());
        end.is_some_and(|end: Id| self.on_node(control, &end, view))
    }

    fn on_origin(self, control: &Id, element: &Id, view: View) -> bool {
        let Some(model) = self.system.components.get(element).and_then(|component| component.model.as_ref())
        else {
            return false;
        };
        if !self.works_in_training(control) {
            return false;
        }
        let data = &model.fine_tuned_on;
        let on_all_data = !data.is_empty()
            && data
                .iter()
                .filter_map(|data| data.value.parse().ok())
                .all(|data: Id| self.claims.on(control, &data, view) || self.on_data(control, &data, view));
        on_all_data
            || self
                .topology
                .trainers(element.as_str())
                .iter()
                .any(|trainer| self.on_node(control, trainer, view))
    }

    fn works_in_training(self, control: &Id) -> bool {
        let making = [Stage::Collect, Stage::Prepare, Stage::Train, Stage::Evaluate];
        let control = self.catalog.controls().get(control);
        control.is_some_and(|control| control.stages.iter().any(|stage| making.contains(stage)))
    }
}
