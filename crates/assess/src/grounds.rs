//! What a system is judged on: its topology and what its claims are worth, worked out once. Whoever judges, explains or
//! asks for paths starts here, so that they cannot differ.

use casemate_core::Day;
use casemate_system::System;

use crate::Inputs;
use crate::claims::Claims;
use crate::graph::Graph;
use crate::judge::{Judge, Judgement};
use crate::standing::Standing;
use crate::topology::Topology;

/// Everything between a description and the judgement of it.
pub(crate) struct Grounds<'a> {
    pub(crate) system: &'a System,
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) topology: Topology<'a>,
    pub(crate) claims: Claims,
    pub(crate) today: Day,
}

impl<'a> Grounds<'a> {
    pub(crate) fn of(system: &'a System, inputs: &'a Inputs<'a>) -> Self {
        let topology = Topology::of(system);
        let claims = Claims::judge(system, inputs);
        Self { system, inputs, topology, claims, today: Day::of(inputs.now) }
    }

    pub(crate) const fn standing(&self) -> Standing<'_> {
        let Self { system, inputs, topology, claims, .. } = self;
        Standing { claims, system, topology, catalog: inputs.catalog, supposed: None }
    }

    pub(crate) const fn judge(&self) -> Judge<'_, 'a> {
        let Self { system, inputs, topology, today, .. } = self;
        Judge {
            system,
            catalog: inputs.catalog,
            standing: self.standing(),
            topology,
            view: inputs.view,
            today: *today,
        }
    }

    pub(crate) fn graph<'g>(&'g self, judgements: &'g [Judgement<'g>]) -> Graph<'g> {
        Graph::of(self.system, &self.topology, judgements, self.standing(), self.inputs.catalog)
    }
}
