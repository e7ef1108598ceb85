//! Facts of a component.

use casemate_core::{
    ActorKind, Auth, Autonomy, BoundaryKind, ComponentKind, DataKind, Modality, Output, Sensitivity, Trust,
};
use casemate_system::System;
use casemate_system::file::{Component, Data, Flow, Model};
use serde::Serialize;

use super::{encrypts, sorted, word};
use crate::topology::Topology;

#[derive(Debug, Clone, Serialize)]
pub(crate) struct ComponentFacts {
    id: String,
    pub(crate) kind: ComponentKind,
    stage: &'static str,
    boundary: &'static str,
    exposed: bool,
    auth: Auth,
    authenticated: bool,
    pub(crate) serves: bool,
    plaintext: bool,
    untrusted_input: bool,
    reads_untrusted: bool,
    user_input: bool,
    direct_input: bool,
    pub(crate) has_model: bool,
    pub(crate) generative: bool,
    pub(crate) llm: bool,
    classifier: bool,
    task: String,
    modality: Vec<Modality>,
    outputs: Vec<Output>,
    base: String,
    base_pinned: bool,
    format: String,
    remote_code: bool,
    digest: bool,
    pub(crate) fine_tuned: bool,
    pub(crate) proprietary: bool,
    pub(crate) affects_people: bool,
    agent: bool,
    autonomy: &'static str,
    approval: bool,
    tools: u64,
    memory: bool,
    sends_to: Vec<ComponentKind>,
    receives_from: Vec<ComponentKind>,
    actors: Vec<ActorKind>,
    data_kinds: Vec<DataKind>,
    stores: Vec<DataKind>,
    personal: bool,
    sensitivity: &'static str,
    third_party_data: bool,
    parties: u32,
    third_party: bool,
    tech: String,
    tech_version: String,
    image_pinned: bool,
    image: bool,
}

impl ComponentFacts {
    /// The facts of the component with an id; of an empty one if there is none.
    pub(crate) fn of(id: &str, system: &System, topology: &Topology<'_>) -> Self {
        let blank = Component::of(ComponentKind::App);
        let component = system.components.get(id).unwrap_or(&blank);
        let no_model = Model::default();
        let model = component.model.as_ref().unwrap_or(&no_model);
        let agent = component.is_agent();
        let has_model = component.model.is_some();
        let nature = Nature::of(model);
        let generative = has_model && nature.generative();
        let inbound = topology.inbound(id);
        let outbound = topology.outbound(id);
        let neighbours = |nodes: &mut dyn Iterator<Item = &str>| {
            sorted(nodes.filter_map(|node| system.components.get(node)).map(|component| component.kind))
        };
        let sends_to = neighbours(&mut outbound.iter().map(|(_, flow)| flow.to.value.as_str()));
        let receives_from = neighbours(&mut inbound.iter().map(|(_, flow)| flow.from.value.as_str()));
        let touched = touched(component, model, inbound, outbound, system);
        let details = component.agent.as_ref();
        let by_flow = outbound
            .iter()
            .filter(|(_, flow)| is_tool(system, &flow.to.value))
            .map(|(_, flow)| &flow.to.value);
        let by_name =
            details.map(|agent| agent.tools.as_slice()).unwrap_or_default().iter().map(|tool| &tool.value);
        let tools = if agent { sorted(by_flow.chain(by_name)).len() } else { 0 };
        let fine_tuned = !model.fine_tuned_on.is_empty();
        let trains = system.components.values().any(|component| component.kind == ComponentKind::Train);
        let tech = component.tech.as_ref();
        let image = tech.and_then(|tech| tech.image.as_deref());
        Self {
            id: id.to_owned(),
            kind: component.kind,
            stage: component.lifecycle_stage().as_str(),
            boundary: innermost(system, id).map(BoundaryKind::as_str).unwrap_or_default(),
            exposed: topology.exposed(id),
            auth: weakest_auth(component, inbound),
            authenticated: ways_in(component, inbound).any(|auth| auth > Auth::Unknown),
            serves: !component.exposes.is_empty() || !inbound.is_empty(),
            plaintext: plaintext(component, inbound),
            untrusted_input: inbound.iter().any(|(_, flow)| topology.trust(flow) == Trust::Untrusted),
            reads_untrusted: topology.content(id).is_some(),
            user_input: topology.requests(id).is_some(),
            direct_input: topology.direct(id),
            has_model,
            generative,
            llm: agent || (has_model && nature.llm()),
            classifier: has_model && !generative,
            task: model.task.clone().unwrap_or_default(),
            modality: sorted(model.modality.iter().copied()),
            outputs: sorted(model.outputs.iter().copied()),
            base: model.base.clone().unwrap_or_default(),
            base_pinned: model.digest.is_some() || model.base.as_ref().is_some_and(|base| base.contains('@')),
            format: model.format.as_deref().unwrap_or_default().to_ascii_lowercase(),
            remote_code: model.remote_code == Some(true),
            digest: model.digest.is_some(),
            fine_tuned,
            proprietary: has_model && (fine_tuned || (model.base.is_none() && trains)),
            affects_people: model.affects_people == Some(true),
            agent,
            autonomy: details.and_then(|agent| agent.autonomy).map(Autonomy::as_str).unwrap_or_default(),
            approval: details.is_some_and(|agent| agent.human_approval == Some(true)),
            tools: u64::try_from(tools).unwrap_or(u64::MAX),
            memory: details.is_some_and(|agent| agent.memory.is_some())
                || sends_to.contains(&ComponentKind::Memory)
                || receives_from.contains(&ComponentKind::Memory),
            sends_to,
            receives_from,
            actors: sorted(
                inbound
                    .iter()
                    .filter_map(|(_, flow)| system.actors.get(flow.from.value.as_str()))
                    .map(|a| a.kind),
            ),
            data_kinds: sorted(touched.iter().map(|data| data.kind)),
            stores: sorted(
                component
                    .stores
                    .iter()
                    .filter_map(|data| system.data.get(data.value.as_str()))
                    .map(|d| d.kind),
            ),
            personal: touched.iter().any(|data| data.personal == Some(true)),
            sensitivity: word(highest_sensitivity(&touched)),
            third_party_data: touched
                .iter()
                .any(|data| data.origin.as_ref().is_some_and(|o| o.supplier.is_some())),
            parties: touched.iter().filter_map(|data| data.parties).max().unwrap_or(1),
            third_party: topology.third_party(id),
            tech: tech.map(|tech| tech.name.to_ascii_lowercase()).unwrap_or_default(),
            tech_version: tech.and_then(|tech| tech.version.clone()).unwrap_or_default(),
            image_pinned: image.is_some_and(|image| image.contains("@sha256:")),
            image: image.is_some(),
        }
    }
}

impl ComponentFacts {
    /// Whether callers are said to prove who they are.
    pub(crate) fn authenticates(&self) -> bool {
        self.auth > Auth::Unknown
    }

    pub(crate) fn withheld(&self) -> Option<Self> {
        (self.authenticates() || self.approval).then(|| Self {
            auth: self.auth.min(Auth::Unknown),
            approval: false,
            ..self.clone()
        })
    }
}

fn innermost(system: &System, id: &str) -> Option<BoundaryKind> {
    system.boundary_of(id).and_then(|name| system.boundaries.get(name)).map(|boundary| boundary.kind)
}

fn is_tool(system: &System, node: &str) -> bool {
    let kind = system.components.get(node).map(|component| component.kind);
    matches!(kind, Some(ComponentKind::Tool | ComponentKind::McpServer))
}

/// All data a component has to do with.
pub(crate) fn touched<'s>(
    component: &'s Component,
    model: &'s Model,
    inbound: &[(&casemate_core::Id, &'s Flow)],
    outbound: &[(&casemate_core::Id, &'s Flow)],
    system: &'s System,
) -> Vec<&'s Data> {
    let flowing = inbound.iter().chain(outbound).flat_map(|(_, flow)| &flow.data);
    let named = component.stores.iter().chain(&model.fine_tuned_on).chain(flowing);
    named.filter_map(|data| system.data.get(data.value.as_str())).collect()
}

/// The highest sensitivity of data. What is not rated may be worse than public, so beside it public says nothing.
pub(crate) fn highest_sensitivity(data: &[&Data]) -> Option<Sensitivity> {
    let unrated = data.iter().any(|data| data.sensitivity.is_none());
    let highest = data.iter().filter_map(|data| data.sensitivity).max();
    highest.filter(|highest| *highest > Sensitivity::Public || !unrated)
}

/// The weakest way in. What an endpoint states counts before what flows leave unsaid.
fn weakest_auth(component: &Component, inbound: &[(&casemate_core::Id, &Flow)]) -> Auth {
    ways_in(component, inbound).min().unwrap_or(Auth::Unknown)
}

fn ways_in<'a>(
    component: &'a Component,
    inbound: &'a [(&casemate_core::Id, &Flow)],
) -> impl Iterator<Item = Auth> + 'a {
    let endpoints = component.exposes.iter().map(|endpoint| endpoint.auth.unwrap_or(Auth::Unknown));
    endpoints.chain(inbound.iter().filter_map(|(_, flow)| flow.auth))
}

fn plaintext(component: &Component, inbound: &[(&casemate_core::Id, &Flow)]) -> bool {
    let endpoints = component.exposes.iter().filter_map(|endpoint| encrypts(endpoint.protocol.as_deref()?));
    let flows =
        inbound.iter().filter_map(|(_, flow)| flow.encrypted.or_else(|| encrypts(flow.protocol.as_deref()?)));
    endpoints.chain(flows).any(|encrypted| !encrypted)
}

/// What a model does, read from its outputs, or from its task where outputs are not stated.
struct Nature<'m> {
    model: &'m Model,
    task: String,
}

impl<'m> Nature<'m> {
    fn of(model: &'m Model) -> Self {
        Self { model, task: model.task.as_deref().unwrap_or_default().to_ascii_lowercase() }
    }

    fn generative(&self) -> bool {
        if self.model.outputs.is_empty() {
            self.writes() || self.paints()
        } else {
            self.model
                .outputs
                .iter()
                .any(|output| matches!(output, Output::Text | Output::Media | Output::Actions))
        }
    }

    fn llm(&self) -> bool {
        let reads_text = self.model.modality.is_empty() || self.model.modality.contains(&Modality::Text);
        let writes = if self.model.outputs.is_empty() {
            self.writes()
        } else {
            self.model.outputs.iter().any(|output| matches!(output, Output::Text | Output::Actions))
        };
        reads_text && writes
    }

    fn writes(&self) -> bool {
        const TASKS: [&str; 10] = [
            "chat",
            "text-generation",
            "text2text",
            "completion",
            "summar",
            "translation",
            "code",
            "question-answering",
            "assistant",
            "agent",
        ];
        TASKS.iter().any(|task| self.task.contains(task))
    }

    fn paints(&self) -> bool {
        const TASKS: [&str; 5] =
            ["image-generation", "text-to-", "image-to-image", "speech-synthesis", "video-generation"];
        TASKS.iter().any(|task| self.task.contains(task))
    }
}
