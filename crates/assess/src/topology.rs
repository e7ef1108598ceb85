//! Who sends what to whom, and how far content and connections from outside travel. Derived from the description
//! alone: controls change nothing here.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{ActorKind, BoundaryKind, ComponentKind, Exposure, Id, Trust};
use casemate_system::System;
use casemate_system::file::{Component, Flow};

/// The flows of a system by their ends, and what follows from them.
pub(crate) struct Topology<'s> {
    system: &'s System,
    inbound: BTreeMap<&'s str, Vec<(&'s Id, &'s Flow)>>,
    outbound: BTreeMap<&'s str, Vec<(&'s Id, &'s Flow)>>,
    /// Components by the data they hold at rest.
    holders: BTreeMap<&'s str, Vec<&'s Id>>,
    /// Who can write content that reaches a component; absent: nobody outside.
    content: BTreeMap<&'s str, Exposure>,
    /// Training components by the component their models come to.
    trainers: BTreeMap<&'s str, Vec<&'s Id>>,
    /// Components an actor's requests reach, and whose they are.
    requests: BTreeMap<&'s str, Exposure>,
    /// Components an actor's requests reach without going through an agent.
    direct: BTreeMap<&'s str, Exposure>,
}

impl<'s> Topology<'s> {
    pub(crate) fn of(system: &'s System) -> Self {
        let mut topology = Self {
            system,
            inbound: BTreeMap::new(),
            outbound: BTreeMap::new(),
            holders: BTreeMap::new(),
            content: BTreeMap::new(),
            trainers: BTreeMap::new(),
            requests: BTreeMap::new(),
            direct: BTreeMap::new(),
        };
        for (id, flow) in &system.flows {
            topology.inbound.entry(&flow.to.value).or_default().push((id, flow));
            topology.outbound.entry(&flow.from.value).or_default().push((id, flow));
        }
        for (id, component) in &system.components {
            for data in &component.stores {
                topology.holders.entry(&data.value).or_default().push(id);
            }
        }
        topology.trainers = topology.find_trainers();
        topology.content = topology.spread(&topology.content_sources(), Along::Answers);
        topology.requests = topology.spread(&topology.request_sources(), Along::Requests);
        topology.direct = topology.spread(&topology.request_sources(), Along::NoAgents);
        topology
    }

    pub(crate) fn inbound(&self, node: &str) -> &[(&'s Id, &'s Flow)] {
        self.inbound.get(node).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn outbound(&self, node: &str) -> &[(&'s Id, &'s Flow)] {
        self.outbound.get(node).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn holders(&self, data: &str) -> &[&'s Id] {
        self.holders.get(data).map(Vec::as_slice).unwrap_or_default()
    }

    /// Who can write content that reaches a component, directly or through others.
    pub(crate) fn content(&self, node: &str) -> Option<Exposure> {
        self.content.get(node).copied()
    }

    /// Whose requests reach a component, directly or through others; none: no actor's.
    pub(crate) fn requests(&self, node: &str) -> Option<Exposure> {
        self.requests.get(node).copied()
    }

    /// Whether an actor's requests reach a component without going through an agent.
    pub(crate) fn direct(&self, node: &str) -> bool {
        self.direct.contains_key(node)
    }

    fn agent(&self, node: &str) -> bool {
        self.system.components.get(node).is_some_and(Component::is_agent)
    }

    /// The training components whose models come to a component: by flows through where models are measured, kept and
    /// deployed, or because they learn from the data its model was tuned on.
    pub(crate) fn trainers(&self, node: &str) -> &[&'s Id] {
        self.trainers.get(node).map(Vec::as_slice).unwrap_or_default()
    }

    /// How far the content of a flow can be trusted: stated, or derived from where it comes from.
    pub(crate) fn trust(&self, flow: &Flow) -> Trust {
        if flow.trust.is_none() && flow.data.iter().any(|data| self.public(&data.value)) {
            return Trust::Untrusted;
        }
        self.sender_trust(flow)
    }

    /// How far the sender of a flow can be trusted, whatever it carries.
    pub(crate) fn sender_trust(&self, flow: &Flow) -> Trust {
        if let Some(trust) = flow.trust {
            return trust;
        }
        match self.system.actors.get(flow.from.value.as_str()).map(|actor| actor.kind) {
            Some(ActorKind::Anonymous | ActorKind::User | ActorKind::Tenant | ActorKind::Agent) => {
                Trust::Untrusted
            }
            Some(ActorKind::DataSupplier | ActorKind::ModelSupplier) => Trust::Partner,
            Some(ActorKind::Operator | ActorKind::Developer | ActorKind::Insider) => Trust::Internal,
            None if self.third_party(&flow.from.value) => Trust::Partner,
            None => Trust::Internal,
        }
    }

    /// Who writes the content of an untrusted flow.
    pub(crate) fn writer(&self, flow: &Flow) -> Exposure {
        match self.system.actors.get(flow.from.value.as_str()).map(|actor| actor.kind) {
            Some(ActorKind::User | ActorKind::Tenant | ActorKind::Agent) => Exposure::Users,
            Some(ActorKind::Operator | ActorKind::Developer | ActorKind::Insider) => Exposure::Insider,
            Some(ActorKind::DataSupplier | ActorKind::ModelSupplier) => Exposure::Inside,
            Some(ActorKind::Anonymous) | None => Exposure::Anyone,
        }
    }

    /// Whether anyone can write to where data comes from.
    pub(crate) fn public(&self, data: &str) -> bool {
        self.system.data.get(data).and_then(|data| data.origin.as_ref()).and_then(|origin| origin.public)
            == Some(true)
    }

    /// Whether somebody else runs an actor's or component's side.
    pub(crate) fn third_party(&self, node: &str) -> bool {
        self.system
            .components
            .get(node)
            .is_some_and(|component| component.kind == ComponentKind::ThirdPartyApi)
            || self.within(node, BoundaryKind::ThirdParty)
    }

    /// Whether a node lies in a boundary of a kind.
    pub(crate) fn within(&self, node: &str, kind: BoundaryKind) -> bool {
        self.system.enclosing(self.system.boundary_of(node)).any(|(_, boundary)| boundary.kind == kind)
    }

    /// Whether anyone on the internet can open a connection to a component.
    pub(crate) fn exposed(&self, node: &str) -> bool {
        let component = self.system.components.get(node);
        // A device that offers nothing over the network is stood before or held in the hand, not connected to.
        if component
            .is_some_and(|component| component.kind == ComponentKind::Device && component.exposes.is_empty())
        {
            return false;
        }
        let public_endpoint = component
            .is_some_and(|component| component.exposes.iter().any(|endpoint| endpoint.public == Some(true)));
        let on_the_internet = self.system.boundary_of(node).and_then(|name| self.system.boundaries.get(name));
        public_endpoint
            || on_the_internet.is_some_and(|boundary| boundary.kind == BoundaryKind::Internet)
            || self.inbound(node).iter().any(|(_, flow)| {
                let from = flow.from.value.as_str();
                self.system.actors.get(from).is_some_and(|actor| {
                    actor.kind == ActorKind::Anonymous || self.within(from, BoundaryKind::Internet)
                })
            })
    }

    /// Who can open a connection to a component, and how that is known.
    pub(crate) fn network_exposure(&self, node: &str) -> (Exposure, &'static str) {
        let kinds: Vec<ActorKind> = self
            .inbound(node)
            .iter()
            .filter_map(|(_, flow)| self.system.actors.get(flow.from.value.as_str()))
            .map(|actor| actor.kind)
            .collect();
        let component = self.system.components.get(node);
        if self.exposed(node) {
            (Exposure::Anyone, "anyone on the internet can connect to it")
        } else if kinds
            .iter()
            .any(|kind| matches!(kind, ActorKind::User | ActorKind::Tenant | ActorKind::Agent))
        {
            (Exposure::Users, "users connect to it")
        } else if component
            .is_some_and(|component| !component.exposes.is_empty() && component.boundary.is_none())
        {
            (Exposure::Anyone, "it exposes an endpoint and nothing says who can reach it")
        } else if component.is_some_and(|component| component.kind == ComponentKind::Device) {
            (Exposure::Users, "whoever holds the device can open it")
        } else if kinds.is_empty() || !kinds.contains(&ActorKind::Insider) {
            (Exposure::Inside, "only the system's own people and parts connect to it")
        } else {
            (Exposure::Insider, "only people inside connect to it")
        }
    }

    fn find_trainers(&self) -> BTreeMap<&'s str, Vec<&'s Id>> {
        let mut learners: BTreeMap<&str, Vec<&Id>> = BTreeMap::new();
        for (id, component) in self.system.components.iter().filter(|(_, c)| c.kind == ComponentKind::Train) {
            let received = self.inbound(id.as_str()).iter().flat_map(|(_, flow)| &flow.data);
            for data in component.stores.iter().chain(received) {
                learners.entry(&data.value).or_default().push(id);
            }
        }
        let models =
            self.system.components.iter().filter_map(|(id, c)| Some((id.as_str(), c.model.as_ref()?)));
        models
            .map(|(node, model)| {
                let tuned =
                    model.fine_tuned_on.iter().filter_map(|data| learners.get(data.value.as_str())).flatten();
                let trainers: BTreeSet<&Id> =
                    self.upstream_trainers(node).into_iter().chain(tuned.copied()).collect();
                (node, trainers.into_iter().collect())
            })
            .collect()
    }

    fn upstream_trainers(&self, node: &'s str) -> Vec<&'s Id> {
        let mut trainers = Vec::new();
        let mut seen = BTreeSet::from([node]);
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            for (_, flow) in self.inbound(node) {
                let Some((id, from)) = self.system.components.get_key_value(flow.from.value.as_str()) else {
                    continue;
                };
                if matches!(from.kind, ComponentKind::Train | ComponentKind::Aggregator) {
                    trainers.push(id);
                } else if carries_models(from.kind) && seen.insert(id.as_str()) {
                    pending.push(id.as_str());
                }
            }
        }
        trainers
    }

    fn content_sources(&self) -> BTreeMap<&'s str, Exposure> {
        let mut sources: BTreeMap<&str, Exposure> = BTreeMap::new();
        for flow in self.system.flows.values() {
            if self.trust(flow) == Trust::Untrusted {
                widen(&mut sources, &flow.to.value, self.writer(flow));
            }
        }
        for (id, component) in &self.system.components {
            if component.stores.iter().any(|data| self.public(&data.value)) {
                widen(&mut sources, id.as_str(), Exposure::Anyone);
            }
        }
        sources
    }

    fn request_sources(&self) -> BTreeMap<&'s str, Exposure> {
        let mut sources: BTreeMap<&str, Exposure> = BTreeMap::new();
        for flow in self.system.flows.values() {
            if self.system.actors.contains_key(flow.from.value.as_str()) {
                widen(&mut sources, &flow.to.value, self.writer(flow));
            }
        }
        sources
    }

    /// Sources and all they reach along flows.
    fn spread(&self, sources: &BTreeMap<&'s str, Exposure>, along: Along) -> BTreeMap<&'s str, Exposure> {
        let mut reached = sources.clone();
        let mut pending: Vec<&str> = reached.keys().copied().collect();
        while let Some(node) = pending.pop() {
            let Some(&exposure) = reached.get(node) else { continue };
            let kind = self.system.components.get(node).map(|component| component.kind);
            if kind.is_some_and(turns_into_models) || (along == Along::NoAgents && self.agent(node)) {
                continue;
            }
            let forward = self.outbound(node).iter().map(|(_, flow)| flow.to.value.as_str());
            let hands_out = along == Along::Answers && kind.is_some_and(hands_out);
            let back =
                self.inbound(node).iter().map(|(_, flow)| flow.from.value.as_str()).filter(|_| hands_out);
            for next in forward.chain(back) {
                if self.system.components.contains_key(next)
                    && reached.get(next).is_none_or(|&known| known < exposure)
                {
                    reached.insert(next, exposure);
                    pending.push(next);
                }
            }
        }
        reached
    }
}

/// What spreads along flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Along {
    /// Content, which also comes back from components that hand out what they hold, although the flow is drawn in the
    /// direction of the request.
    Answers,
    /// Requests.
    Requests,
    /// Requests that no agent makes its own.
    NoAgents,
}

/// Adds a source; of several at one component the widest counts.
fn widen<'s>(sources: &mut BTreeMap<&'s str, Exposure>, node: &'s str, exposure: Exposure) {
    let known = sources.entry(node).or_insert(exposure);
    *known = (*known).max(exposure);
}

/// Whether a component of this kind answers requests with content that others put there.
pub(crate) const fn hands_out(kind: ComponentKind) -> bool {
    matches!(
        kind,
        ComponentKind::RagIndex
            | ComponentKind::Memory
            | ComponentKind::Tool
            | ComponentKind::McpServer
            | ComponentKind::ThirdPartyApi
    )
}

/// Whether what goes into a component of this kind comes out as a model or an image: content ends there, and what an
/// attacker put into it goes on as poison.
pub(crate) const fn turns_into_models(kind: ComponentKind) -> bool {
    matches!(
        kind,
        ComponentKind::Train
            | ComponentKind::Aggregator
            | ComponentKind::Evaluate
            | ComponentKind::Registry
            | ComponentKind::Build
    )
}

/// Whether models pass through a component of this kind on their way from training to use.
const fn carries_models(kind: ComponentKind) -> bool {
    matches!(
        kind,
        ComponentKind::Evaluate | ComponentKind::Registry | ComponentKind::Build | ComponentKind::Store
    )
}
