//! The system as reports show it: names made safe to print, nothing that reports do not need.

use std::collections::BTreeMap;
use std::sync::Arc;

use casemate_core::{
    ActorView, BoundaryView, ComponentView, DataView, Element, FlowView, Id, ModelView, SystemView, printable,
};
use casemate_system::file::{Component, Model};
use casemate_system::{At, System};

use crate::facts::sorted;
use crate::topology::Topology;

pub(crate) fn of(system: &System, topology: &Topology<'_>) -> SystemView {
    let meta = &system.meta;
    let mut elements: BTreeMap<Id, Element> = BTreeMap::new();
    for (id, actor) in &system.actors {
        let view = ActorView {
            name: name(actor.name.as_deref(), id),
            kind: actor.kind,
            at: target(actor.at.as_ref()),
        };
        elements.insert(id.clone(), Element::Actor(view));
    }
    for (id, boundary) in &system.boundaries {
        let parent = target(boundary.parent.as_ref());
        let view = BoundaryView { name: name(boundary.name.as_deref(), id), kind: boundary.kind, parent };
        elements.insert(id.clone(), Element::Boundary(view));
    }
    for (id, data) in &system.data {
        let view = DataView {
            name: name(data.name.as_deref(), id),
            kind: data.kind,
            sensitivity: data.sensitivity,
            personal: data.personal == Some(true),
        };
        elements.insert(id.clone(), Element::Data(view));
    }
    for (id, component) in &system.components {
        elements.insert(id.clone(), Element::Component(component_view(id, component)));
    }
    let flows = system.flows.iter().filter_map(|(id, flow)| {
        Some(FlowView {
            id: id.clone(),
            from: target(Some(&flow.from))?,
            to: target(Some(&flow.to))?,
            data: sorted(flow.data.iter().filter_map(|data| target(Some(data)))),
            protocol: flow.protocol.as_deref().map(safe),
            trust: topology.trust(flow),
        })
    });
    SystemView {
        id: meta.id.value.as_str().into(),
        name: name(meta.name.as_deref(), &meta.id.value),
        purpose: meta.purpose.as_deref().map(safe),
        owner: meta.owner.as_deref().map(safe),
        ai: system.is_ai(),
        elements,
        flows: flows.collect(),
    }
}

fn component_view(id: &Id, component: &Component) -> ComponentView {
    let tech = component.tech.as_ref().map(|tech| {
        let version = tech.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
        safe(&format!("{}{version}", tech.name))
    });
    ComponentView {
        name: name(component.name.as_deref(), id),
        kind: component.kind,
        stage: component.lifecycle_stage(),
        boundary: target(component.boundary.as_ref()),
        tech,
        model: component.model.as_ref().map(model_view),
        autonomy: component.agent.as_ref().and_then(|agent| agent.autonomy),
    }
}

fn model_view(model: &Model) -> ModelView {
    ModelView {
        task: model.task.as_deref().map(safe),
        modality: sorted(model.modality.iter().copied()),
        base: model.base.as_deref().map(safe),
        format: model.format.as_deref().map(safe),
        digest: model.digest.as_deref().map(safe),
    }
}

fn name(name: Option<&str>, id: &Id) -> Arc<str> {
    name.map_or_else(|| id.as_str().into(), safe)
}

fn safe(text: &str) -> Arc<str> {
    printable(text).into()
}

fn target(reference: Option<&At<String>>) -> Option<Id> {
    reference?.value.parse().ok()
}
