//! Open Threat Model (JSON or YAML): trust zones, components, assets and data flows. Numbers from 0 to 100 become
//! ratings; threats and mitigations are another tool's judgement, except mitigations that are in place.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{ActorKind, Id, Rating, Sensitivity};

use super::Imported;
use super::controls;
use super::draft::{Draft, component, data, flow, name_beside, push, worse};
use super::entry::Entry;
use super::ids::{Space, readable};
use super::notes::{ENTRY, Notes, What};
use super::words::{Clues, tells_ai};
use crate::at::At;
use crate::diagnostic::{Diagnostic, Source};
use crate::file::{Actor, Boundary, Impact};

const NESTED: What = What::not_mapped(
    "part lies in a component; it gets that component's boundary, the nesting has no place",
    "parts lie in a component; they get that component's boundary, the nesting has no place",
);
const NOT_IN_PLACE: What = What::not_mapped(
    "mitigation is not in place and is no claim",
    "mitigations are not in place and are no claims",
);
const NOT_KNOWN: What = What::not_mapped(
    "mitigation in place is not clearly one of the catalogue's controls and is no claim",
    "mitigations in place are not clearly one of the catalogue's controls and are no claims",
);

/// How many components within components are followed.
const MAX_NESTING: usize = 32;

/// Reads an Open Threat Model.
pub(super) fn import(source: &Source<'_>) -> Result<Imported, Diagnostic> {
    let notes = Notes::default();
    let mut root = Entry::open(source, &notes)?;
    root.known("otmVersion");
    let mut project = root.entry("project");
    let mut text = |key: &str| project.as_mut().and_then(|project| project.text(key));
    let (id, name) = (text("id"), text("name"));
    let mut draft = Draft::new(readable(id.as_deref(), name.as_deref()), name.clone(), &notes);
    draft.file.system.purpose = text("description");
    draft.file.system.owner = text("owner");
    drop(project);

    let components = collect(&mut root, &["components"], Space::Component, &mut draft);
    let assets = collect(&mut root, &["assets"], Space::Data, &mut draft);
    let zones = collect(&mut root, &["trustZones", "trustzones"], Space::Boundary, &mut draft);
    let flows = collect(&mut root, &["dataflows", "dataFlows"], Space::Flow, &mut draft);
    let mitigations = mitigations(&mut root);
    drop(root);

    let mut risks = BTreeMap::new();
    for (id, name, entry) in assets {
        asset(&mut draft, &mut risks, id, name, entry);
    }
    let mut components: Vec<(Element, Parent)> = components
        .into_iter()
        .map(|mut element| {
            let parent = Parent::of(&mut element.2);
            (element, parent)
        })
        .collect();
    let parents: BTreeMap<Id, Parent> =
        components.iter().map(|((id, ..), parent)| (id.clone(), parent.clone())).collect();
    for (id, name, mut entry) in zones {
        let parent = Parent::of(&mut entry);
        let parent = parent.boundary(&draft, &parents, entry.path());
        let kind = entry.text("type").unwrap_or_default();
        let kind = draft.boundary_kind(entry.path(), &format!("{kind} {name}"), &id);
        let name = name_beside(&id, Some(name));
        push(&mut draft.file.boundaries, id, Boundary { kind, name, parent });
    }
    for ((id, name, entry), parent) in components.drain(..) {
        part(&mut draft, &mitigations, &risks, &parents, (id, name, entry), &parent);
    }
    for (id, _, entry) in flows {
        data_flow(&mut draft, &mitigations, id, entry);
    }
    Ok(draft.finish())
}

type Element = (Id, String, Entry);

/// The entries of a section under the key the schema gives it, or the one the documentation does.
fn collect(root: &mut Entry, keys: &[&str], space: Space, draft: &mut Draft) -> Vec<Element> {
    let mut elements = Vec::new();
    for mut entry in keys.iter().flat_map(|key| root.entries(key)).collect::<Vec<_>>() {
        let foreign = entry.text("id");
        let name = entry.text("name");
        let text = readable(foreign.as_deref(), name.as_deref()).to_owned();
        let id = draft.ids.give(space, foreign.as_deref(), &text, entry.path());
        elements.push((id, name.unwrap_or(text), entry));
    }
    elements
}

/// The names of the mitigations by their ids.
fn mitigations(root: &mut Entry) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for mut entry in root.entries("mitigations") {
        if let (Some(id), Some(name)) = (entry.text("id"), entry.text("name")) {
            names.insert(id, name);
        }
    }
    names
}

/// What a part lies in.
#[derive(Debug, Clone)]
enum Parent {
    None,
    Zone(String),
    Component(String),
}

impl Parent {
    /// Reads both spellings: `{ trustZone: id }` and `{ id, type: trustZone }`.
    fn of(entry: &mut Entry) -> Self {
        let Some(mut parent) = entry.entry("parent") else { return Self::None };
        if let Some(zone) = parent.text("trustZone") {
            return Self::Zone(zone);
        }
        if let Some(component) = parent.text("component") {
            return Self::Component(component);
        }
        match (parent.text("id"), parent.text("type").as_deref()) {
            (Some(id), Some("component")) => Self::Component(id),
            (Some(id), _) => Self::Zone(id),
            (None, _) => Self::None,
        }
    }

    /// The boundary it means; a component stands for the boundary it lies in.
    fn boundary(&self, draft: &Draft, parents: &BTreeMap<Id, Self>, path: &str) -> Option<At<String>> {
        let mut parent = self;
        if matches!(parent, Self::Component(_)) {
            draft.notes.add(path, NESTED, 1);
        }
        for _ in 0..MAX_NESTING {
            match parent {
                Self::None => return None,
                Self::Zone(zone) => return Some(draft.ids.refer(&[Space::Boundary], zone)),
                Self::Component(component) => match draft.ids.find(&[Space::Component], component) {
                    Some(id) => parent = parents.get(id)?,
                    None => return Some(draft.ids.refer(&[Space::Component], component)),
                },
            }
        }
        None
    }
}

fn asset(draft: &mut Draft, risks: &mut BTreeMap<Id, Impact>, id: Id, name: String, mut entry: Entry) {
    let mut asset = data(draft.data_kind(entry.path(), &name, &id), None);
    if let Some(mut risk) = entry.entry("risk") {
        let confidentiality = risk.number("confidentiality");
        asset.sensitivity = confidentiality.map(sensitivity);
        let impact = Impact {
            confidentiality: confidentiality.map(rating),
            integrity: risk.number("integrity").map(rating),
            availability: risk.number("availability").map(rating),
            ..Impact::default()
        };
        risks.insert(id.clone(), impact);
    }
    asset.name = name_beside(&id, Some(name));
    push(&mut draft.file.data, id, asset);
}

fn part(
    draft: &mut Draft,
    mitigations: &BTreeMap<String, String>,
    risks: &BTreeMap<Id, Impact>,
    parents: &BTreeMap<Id, Parent>,
    (id, name, mut entry): Element,
    parent: &Parent,
) {
    let path = entry.path().to_owned();
    let boundary = parent.boundary(draft, parents, &path);
    let kind = entry.text("type");
    in_place(draft, mitigations, &id, &mut entry);
    if kind.as_deref().is_some_and(is_person) {
        let name = name_beside(&id, Some(name));
        push(&mut draft.file.actors, id, Actor { kind: ActorKind::User, name, at: boundary });
        return;
    }
    let tags = entry.texts("tags");
    for tag in tags.iter().filter(|tag| !tells_ai(tag)) {
        draft.notes.example(&format!("{path}.tags"), ENTRY, tag);
    }
    let words: Vec<String> = kind.into_iter().chain(tags).collect();
    let clues = Clues {
        stated: words.iter().find_map(|word| super::words::plain_kind(word)),
        words: &words,
        name: &name,
    };
    let kind = draft.kind(&path, clues, &id);
    let mut part = component(kind, None);
    part.model = clues.model(kind);
    part.boundary = boundary;
    if let Some(mut assets) = entry.entry("assets") {
        let (stored, processed) = (assets.texts("stored"), assets.texts("processed"));
        part.stores = stored.iter().map(|name| draft.ids.refer(&[Space::Data], name)).collect();
        // The component is worth what the most valuable asset in it is worth.
        for id in stored.iter().chain(&processed).filter_map(|name| draft.ids.find(&[Space::Data], name)) {
            let Some(risk) = risks.get(id) else { continue };
            part.impact.confidentiality = worse(part.impact.confidentiality, risk.confidentiality);
            part.impact.integrity = worse(part.impact.integrity, risk.integrity);
            part.impact.availability = worse(part.impact.availability, risk.availability);
        }
    }
    part.name = name_beside(&id, Some(name));
    push(&mut draft.file.components, id, part);
}

/// Claims what the mitigations that are in place on an element clearly are.
fn in_place(draft: &mut Draft, mitigations: &BTreeMap<String, String>, on: &Id, entry: &mut Entry) {
    let mut seen = BTreeSet::new();
    for mut threat in entry.entries("threats") {
        draft.notes.add(threat.path(), ENTRY, 1);
        threat.known("threat");
        threat.known("state");
        for mut mitigation in threat.entries("mitigations") {
            let id = mitigation.text("mitigation").unwrap_or_default();
            let state = mitigation.text("state").unwrap_or_default().to_lowercase();
            let name = mitigations.get(&id).unwrap_or(&id);
            if !matches!(state.as_str(), "implemented" | "verified") {
                draft.notes.example(mitigation.path(), NOT_IN_PLACE, name);
            } else if let Some(control) = controls::control(name) {
                if seen.insert(control) {
                    draft.claim(control, Some(name), on.as_str());
                }
            } else {
                draft.notes.example(mitigation.path(), NOT_KNOWN, name);
            }
        }
    }
}

fn data_flow(draft: &mut Draft, mitigations: &BTreeMap<String, String>, id: Id, mut entry: Entry) {
    in_place(draft, mitigations, &id, &mut entry);
    let both_ways = entry.flag("bidirectional") == Some(true);
    let mut end = |keys: [&str; 2]| {
        let name = keys.iter().find_map(|key| entry.text(key)).unwrap_or_else(|| "?".to_owned());
        draft.ids.refer(&[Space::Component], &name)
    };
    let mut edge = flow(end(["source", "from"]), end(["destination", "target"]));
    edge.data = entry.texts("assets").iter().map(|name| draft.ids.refer(&[Space::Data], name)).collect();
    let tags = entry.texts("tags");
    let protocols =
        ["https", "http", "grpcs", "grpc", "wss", "ws", "mqtts", "mqtt", "amqps", "amqp", "sftp", "ssh"];
    let named: Vec<&String> =
        tags.iter().filter(|tag| protocols.contains(&tag.to_lowercase().as_str())).collect();
    // Two protocols on one flow do not say which one carries the data.
    if let [protocol] = named.as_slice() {
        edge.protocol = Some(protocol.to_lowercase());
    }
    for tag in tags.iter().filter(|tag| edge.protocol.as_deref() != Some(tag.to_lowercase().as_str())) {
        draft.notes.example(&entry.at("tags"), ENTRY, tag);
    }
    drop(entry);
    let back = both_ways.then(|| edge.data.clone());
    draft.flow(id, edge, back);
}

/// Component types that stand for people and the programs they use.
fn is_person(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    ["actor", "user", "person", "human", "generic-client", "web-client", "browser", "mobile-client", "client"]
        .iter()
        .any(|known| *known == kind)
}

fn rating(risk: f64) -> Rating {
    match risk {
        risk if risk <= 25.0 => Rating::Low,
        risk if risk <= 50.0 => Rating::Medium,
        risk if risk <= 75.0 => Rating::High,
        _ => Rating::Critical,
    }
}

fn sensitivity(risk: f64) -> Sensitivity {
    match risk {
        risk if risk <= 0.0 => Sensitivity::Public,
        risk if risk <= 50.0 => Sensitivity::Internal,
        risk if risk <= 75.0 => Sensitivity::Confidential,
        _ => Sensitivity::Restricted,
    }
}
