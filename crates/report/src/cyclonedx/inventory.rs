//! The system as CycloneDX components and services. It lists what the case shows and guesses nothing beyond it.

use casemate_core::{
    ComponentKind, ComponentView, DataKind, DataView, Element, FlowView, Id, ModelView, SystemView,
};
use serde_json::{Value, json};

use super::{SYSTEM, properties, reference};

/// Components and data of the system.
pub(super) fn components(system: &SystemView) -> Vec<Value> {
    let component = |(id, element): (&Id, &Element)| match element {
        Element::Component(view) => Some(component(id, view)),
        Element::Data(view) => Some(data(id, view)),
        Element::Actor(_) | Element::Boundary(_) => None,
    };
    system.elements.iter().filter_map(component).collect()
}

fn component(id: &Id, view: &ComponentView) -> Value {
    let model = view.model.as_ref();
    let base = model.and_then(|model| model.base.as_deref());
    json!({
        "type": if model.is_some() { "machine-learning-model" } else { "application" },
        "bom-ref": reference("component", id),
        "name": view.name,
        "hashes": model.and_then(|model| hash(model.digest.as_deref()?)).map(|hash| [hash]),
        "pedigree": base.map(|base| json!({ "ancestors": [{ "type": "machine-learning-model", "name": base }] })),
        "modelCard": model.map(model_card),
        "properties": properties([
            ("id", Some(id.as_str())),
            ("kind", Some(view.kind.as_str())),
            ("stage", Some(view.stage.as_str())),
            ("boundary", view.boundary.as_ref().map(Id::as_str)),
            ("tech", view.tech.as_deref()),
            ("autonomy", view.autonomy.map(casemate_core::Autonomy::as_str)),
        ]),
    })
}

fn model_card(model: &ModelView) -> Value {
    let inputs: Vec<Value> = model.modality.iter().map(|modality| json!({ "format": modality })).collect();
    json!({
        "modelParameters": { "task": model.task, "inputs": inputs },
        "properties": properties([("format", model.format.as_deref()), ("digest", model.digest.as_deref())]),
    })
}

/// The digest of a model in CycloneDX form, if it is one.
fn hash(digest: &str) -> Option<Value> {
    let content = digest.strip_prefix("sha256:")?;
    let hexadecimal = content.len() == 64 && content.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal.then(|| json!({ "alg": "SHA-256", "content": content }))
}

fn data(id: &Id, view: &DataView) -> Value {
    let kind = match view.kind {
        DataKind::Training
        | DataKind::Validation
        | DataKind::Rag
        | DataKind::Feedback
        | DataKind::Features => "dataset",
        _ => "other",
    };
    json!({
        "type": "data",
        "bom-ref": reference("data", id),
        "name": view.name,
        "data": [{
            "type": kind,
            "name": view.name,
            "classification": view.sensitivity,
            "sensitiveData": view.personal.then_some(["personal data"]),
        }],
        "properties": properties([("id", Some(id.as_str())), ("kind", Some(view.kind.as_str()))]),
    })
}

/// The components that somebody outside reaches, and the services of others.
pub(super) fn services(system: &SystemView) -> Vec<Value> {
    let service = |(id, element): (&Id, &Element)| {
        let Element::Component(view) = element else { return None };
        let reached = system.flows.iter().any(|flow| flow.to == *id && from_actor(flow, system));
        (reached || view.kind == ComponentKind::ThirdPartyApi).then(|| service(id, view, reached, system))
    };
    system.elements.iter().filter_map(service).collect()
}

fn service(id: &Id, view: &ComponentView, reached: bool, system: &SystemView) -> Value {
    let flows = system.flows.iter().filter(|flow| flow.from == *id || flow.to == *id);
    let data: Vec<Value> = flows.flat_map(|flow| transfers(flow, id, system)).collect();
    json!({
        "bom-ref": reference("service", id),
        "name": view.name,
        "x-trust-boundary": reached,
        "trustZone": view.boundary,
        "data": data,
        "properties": properties([("id", Some(id.as_str())), ("tech", view.tech.as_deref())]),
    })
}

/// What a flow brings to a service or takes from it.
fn transfers<'a>(
    flow: &'a FlowView,
    service: &'a Id,
    system: &'a SystemView,
) -> impl Iterator<Item = Value> + 'a {
    flow.data.iter().map(move |data| {
        let sensitivity = match system.elements.get(data) {
            Some(Element::Data(view)) => view.sensitivity.map(casemate_core::Sensitivity::as_str),
            _ => None,
        };
        json!({
            "flow": if flow.to == *service { "inbound" } else { "outbound" },
            "classification": sensitivity.unwrap_or("not stated"),
            "name": data,
        })
    })
}

fn from_actor(flow: &FlowView, system: &SystemView) -> bool {
    matches!(system.elements.get(&flow.from), Some(Element::Actor(_)))
}

/// The system is made of its parts; a service is given by the component of the same name.
pub(super) fn dependencies(components: &[Value], services: &[Value]) -> Vec<Value> {
    let references = |list: &[Value]| -> Vec<Value> {
        list.iter().filter_map(|part| part.get("bom-ref")).cloned().collect()
    };
    let mut parts = references(components);
    let mut dependencies = Vec::new();
    for service in references(services) {
        let component = service.as_str().map(|name| name.replacen("service/", "component/", 1));
        dependencies.push(json!({ "ref": service, "dependsOn": [component] }));
        parts.push(service);
    }
    dependencies.insert(0, json!({ "ref": SYSTEM, "dependsOn": parts }));
    dependencies
}
