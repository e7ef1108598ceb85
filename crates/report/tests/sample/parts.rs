//! Systems put together part by part.

use std::collections::BTreeMap;

use casemate_core::{
    ActorKind, ActorView, Autonomy, BoundaryKind, BoundaryView, ComponentKind, ComponentView, DataKind,
    DataView, Element, FlowView, Id, ModelView, Sensitivity, Trust,
};

use super::id;

/// A system in the making.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) elements: BTreeMap<Id, Element>,
    pub(crate) flows: Vec<FlowView>,
}

impl Parts {
    pub(crate) fn actor(mut self, name: &str, kind: ActorKind, at: Option<&str>) -> Self {
        let view = ActorView { name: name.into(), kind, at: at.map(id) };
        self.elements.insert(Id::slug(name), Element::Actor(view));
        self
    }

    pub(crate) fn boundary(mut self, name: &str, kind: BoundaryKind, parent: Option<&str>) -> Self {
        let view = BoundaryView { name: name.into(), kind, parent: parent.map(id) };
        self.elements.insert(Id::slug(name), Element::Boundary(view));
        self
    }

    pub(crate) fn component(mut self, name: &str, kind: ComponentKind, boundary: Option<&str>) -> Self {
        let model = matches!(kind, ComponentKind::Serve).then(|| ModelView {
            task: Some("chat".into()),
            modality: Vec::new(),
            base: Some("hf:org/name@4f1c".into()),
            format: Some("safetensors".into()),
            digest: None,
        });
        let view = ComponentView {
            name: name.into(),
            kind,
            stage: kind.usual_stage(),
            boundary: boundary.map(id),
            tech: None,
            model,
            autonomy: (kind == ComponentKind::Agent).then_some(Autonomy::Acts),
        };
        self.elements.insert(Id::slug(name), Element::Component(view));
        self
    }

    pub(crate) fn data(mut self, name: &str, kind: DataKind) -> Self {
        let view = DataView {
            name: name.into(),
            kind,
            sensitivity: Some(Sensitivity::Confidential),
            personal: true,
        };
        self.elements.insert(Id::slug(name), Element::Data(view));
        self
    }

    pub(crate) fn flow(mut self, from: &str, to: &str, protocol: &str, trust: Trust) -> Self {
        let name = format!("flow-{}", self.flows.len() + 1);
        let protocol = (!protocol.is_empty()).then(|| protocol.into());
        self.flows.push(FlowView {
            id: id(&name),
            from: id(from),
            to: id(to),
            data: Vec::new(),
            protocol,
            trust,
        });
        self
    }
}
