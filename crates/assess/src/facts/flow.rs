//! Facts of a flow.

use casemate_core::{Auth, DataKind, Trust};
use casemate_system::System;
use serde::Serialize;

use super::component::highest_sensitivity;
use super::{answer, encrypts, sorted, word};
use crate::topology::Topology;

#[derive(Debug, Clone, Serialize)]
pub(crate) struct FlowFacts {
    id: String,
    from: &'static str,
    to: &'static str,
    from_actor: bool,
    trust: Trust,
    encrypted: &'static str,
    auth: Auth,
    crosses: bool,
    personal: bool,
    sensitivity: &'static str,
    data_kinds: Vec<DataKind>,
    ai: bool,
}

impl FlowFacts {
    pub(crate) fn of(id: &str, system: &System, topology: &Topology<'_>) -> Self {
        let flow = system.flows.get(id);
        let from = flow.map(|flow| flow.from.value.as_str()).unwrap_or_default();
        let to = flow.map(|flow| flow.to.value.as_str()).unwrap_or_default();
        let carried: Vec<_> = flow
            .into_iter()
            .flat_map(|flow| &flow.data)
            .filter_map(|data| system.data.get(data.value.as_str()))
            .collect();
        let encrypted = flow.and_then(|flow| flow.encrypted.or_else(|| encrypts(flow.protocol.as_deref()?)));
        let is_ai = |node: &str| system.components.get(node).is_some_and(|component| component.is_ai());
        Self {
            id: id.to_owned(),
            from: kind(system, from),
            to: kind(system, to),
            from_actor: system.actors.contains_key(from),
            trust: flow.map_or(Trust::Internal, |flow| topology.trust(flow)),
            encrypted: answer(encrypted),
            auth: flow.and_then(|flow| flow.auth).unwrap_or(Auth::Unknown),
            crosses: system.boundary_of(from) != system.boundary_of(to),
            personal: carried.iter().any(|data| data.personal == Some(true)),
            sensitivity: word(highest_sensitivity(&carried)),
            data_kinds: sorted(carried.iter().map(|data| data.kind)),
            ai: is_ai(from) || is_ai(to),
        }
    }
}

impl FlowFacts {
    pub(crate) fn withheld(&self) -> Option<Self> {
        let encrypted = if self.encrypted == "yes" { "unknown" } else { self.encrypted };
        (self.auth > Auth::Unknown || encrypted != self.encrypted).then(|| Self {
            auth: self.auth.min(Auth::Unknown),
            encrypted,
            ..self.clone()
        })
    }
}

fn kind(system: &System, node: &str) -> &'static str {
    let component = system.components.get(node).map(|component| component.kind.as_str());
    component.or_else(|| system.actors.get(node).map(|actor| actor.kind.as_str())).unwrap_or_default()
}
