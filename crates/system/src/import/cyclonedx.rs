//! CycloneDX BOMs (JSON, 1.6 and 1.7): models, data sets, applications and services become parts of the system;
//! libraries do not. Claims of `declarations` become claims where they are clearly the catalogue's controls.

mod models;

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Auth, ComponentKind, Id, Sensitivity};

use super::Imported;
use super::controls::{self, AUTHENTICATION};
use super::draft::{Draft, component, data, flow, name_beside, push};
use super::entry::Entry;
use super::ids::Space;
use super::notes::{ENTRY, Notes, VALUE, What};
use super::words::{Clues, tells_ai};
use crate::at::At;
use crate::diagnostic::{Diagnostic, Source};
use crate::file::{Boundary, Endpoint, Origin, Tech};

const NODES: &[Space] = &[Space::Component];

const LIBRARY: What = What::not_mapped(
    "component is no part of an architecture and has no place in a system file",
    "components are no parts of an architecture and have no place in a system file",
);
const EDGE: What = What::not_mapped(
    "dependency leads from or to what has no place in a system file",
    "dependencies lead from or to what has no place in a system file",
);
const NOT_KNOWN: What = What::not_mapped(
    "declared claim is not clearly one of the catalogue's controls and is no claim",
    "declared claims are not clearly one of the catalogue's controls and are no claims",
);
const UNPLACED: What = What::not_mapped(
    "data item is in no flow, because nothing says what the service exchanges it with",
    "data items are in no flow, because nothing says what the service exchanges them with",
);

/// Reads a BOM.
pub(super) fn import(source: &Source<'_>) -> Result<Imported, Diagnostic> {
    let notes = Notes::default();
    let mut root = Entry::open(source, &notes)?;
    for key in ["$schema", "bomFormat", "specVersion"] {
        root.known(key);
    }
    let mut metadata = root.entry("metadata");
    let mut subject = metadata.as_mut().and_then(|metadata| metadata.entry("component"));
    let name = subject.as_mut().and_then(|subject| subject.text("name"));
    let reference = subject.as_mut().and_then(|subject| subject.text("bom-ref"));
    let mut bom = Bom {
        draft: Draft::new(name.as_deref().unwrap_or("system"), name.clone(), &notes),
        whole: reference.clone(),
        services: BTreeMap::new(),
        zones: BTreeMap::new(),
        left_out: BTreeSet::new(),
        learned: Vec::new(),
    };
    if let Some(mut subject) = subject {
        bom.draft.file.system.purpose = subject.text("description");
        let inner = subject.entries("components");
        if subject.text("type").as_deref() == Some("machine-learning-model") {
            // The BOM is about a model alone: the system is that model.
            bom.whole = None;
            bom.model(subject, reference, name);
        }
        bom.components(inner);
    }
    drop(metadata);
    let components = root.entries("components");
    bom.components(components);
    let services = root.entries("services");
    bom.services(services);
    bom.link_data();
    let dependencies = root.entries("dependencies");
    bom.dependencies(dependencies);
    if let Some(declarations) = root.entry("declarations") {
        bom.declarations(declarations);
    }
    drop(root);
    bom.unplaced();
    Ok(bom.draft.finish())
}

struct Bom {
    draft: Draft,
    /// The reference of what the BOM describes: depending on it is being part of it.
    whole: Option<String>,
    services: BTreeMap<Id, Exchange>,
    zones: BTreeMap<String, Id>,
    /// References of components that are no parts.
    left_out: BTreeSet<String>,
    /// What each model learned from, by the model's place among the components.
    learned: Vec<(usize, Vec<models::Learned>)>,
}

/// The data a service takes and gives, until a dependency says who uses it.
#[derive(Debug, Default)]
struct Exchange {
    taken: Vec<At<String>>,
    given: Vec<At<String>>,
    used: bool,
    path: String,
}

impl Bom {
    fn components(&mut self, entries: Vec<Entry>) {
        for mut entry in entries {
            let inner = entry.entries("components");
            self.component(entry);
            self.components(inner);
        }
    }

    fn component(&mut self, mut entry: Entry) {
        let reference = entry.text("bom-ref");
        let kind = entry.text("type").unwrap_or_default();
        let stated = match kind.as_str() {
            "machine-learning-model" => {
                let name = entry.text("name");
                return self.model(entry, reference, name);
            }
            "data" => return self.data(entry, reference),
            "application" | "container" | "platform" => Some(ComponentKind::App),
            "device" => Some(ComponentKind::Device),
            _ => {
                self.draft.notes.example(entry.path(), LIBRARY, &kind);
                self.left_out.extend(reference);
                // Said once for the whole component: its details are not worth a line each.
                entry.forget();
                return;
            }
        };
        let (group, name) = (entry.text("group"), entry.text("name").unwrap_or_else(|| "x".to_owned()));
        let id = self.draft.ids.give(Space::Component, reference.as_deref(), &name, entry.path());
        let words = self.tags(&mut entry);
        let clues = Clues { stated, words: &words, name: &name };
        let kind = self.draft.kind(entry.path(), clues, &id);
        let mut part = component(kind, None);
        part.model = clues.model(kind);
        let version = entry.text("version");
        let image = (stated == Some(ComponentKind::App)
            && entry.starts("purl", &["pkg:oci/", "pkg:docker/"]))
        .then(|| entry.text("purl"))
        .flatten();
        if version.is_some() || image.is_some() {
            let name = group.map_or_else(|| name.clone(), |group| format!("{group}/{name}"));
            part.tech = Some(Tech { name, version, image });
        } else if let Some(group) = group {
            self.draft.notes.example(&entry.at("group"), VALUE, &group);
        }
        part.name = name_beside(&id, Some(name));
        push(&mut self.draft.file.components, id, part);
    }

    /// The tags of a part; those that tell nothing about its kind have no place.
    fn tags(&self, entry: &mut Entry) -> Vec<String> {
        let tags = entry.texts("tags");
        for tag in tags.iter().filter(|tag| !tells_ai(tag)) {
            self.draft.notes.example(&entry.at("tags"), ENTRY, tag);
        }
        tags
    }

    /// A data component is what its `data` entries say; the first that is a data set counts.
    fn data(&mut self, mut entry: Entry, reference: Option<String>) {
        let name = entry.text("name").unwrap_or_else(|| "x".to_owned());
        let id = self.draft.ids.give(Space::Data, reference.as_deref(), &name, entry.path());
        let mut item = data(self.draft.data_kind(entry.path(), &name, &id), None);
        for mut part in entry.entries("data") {
            part.known("type");
            if let Some(reference) = part.text("bom-ref") {
                self.draft.ids.also(Space::Data, &reference, &id);
            }
            models::classify(&mut item, &mut part, &self.draft);
        }
        let mut origin = Origin { licence: models::licence(&mut entry), ..Origin::default() };
        origin.supplier = entry.entry("supplier").and_then(|mut supplier| supplier.text("name"));
        origin.digest = models::digest(&mut entry, &self.draft);
        item.origin = (origin != Origin::default()).then_some(origin);
        item.name = name_beside(&id, Some(name));
        push(&mut self.draft.file.data, id, item);
    }

    fn services(&mut self, entries: Vec<Entry>) {
        for mut entry in entries {
            let inner = entry.entries("services");
            self.service(entry);
            self.services(inner);
        }
    }

    fn service(&mut self, mut entry: Entry) {
        let reference = entry.text("bom-ref");
        let name = entry.text("name").unwrap_or_else(|| "x".to_owned());
        let id = self.draft.ids.give(Space::Component, reference.as_deref(), &name, entry.path());
        let outside = entry.flag("x-trust-boundary") == Some(true);
        let words = self.tags(&mut entry);
        let stated = if outside { Some(ComponentKind::ThirdPartyApi) } else { None };
        let clues = Clues { stated, words: &words, name: &name };
        let kind = self.draft.kind(entry.path(), clues, &id);
        let mut part = component(kind, None);
        part.model = clues.model(kind);
        let authenticated = entry.flag("authenticated");
        if authenticated == Some(true) {
            self.draft.claim(AUTHENTICATION, None, id.as_str());
        }
        let auth = (authenticated == Some(false)).then_some(Auth::None);
        part.exposes = entry.texts("endpoints").into_iter().map(|url| endpoint(url, auth)).collect();
        if part.exposes.is_empty() && auth.is_some() {
            part.exposes.push(Endpoint { protocol: None, port: None, auth, public: None, url: None });
        }
        part.boundary = entry.text("trustZone").map(|zone| self.zone(&zone, &entry.at("trustZone")));
        if let Some(version) = entry.text("version") {
            part.tech = Some(Tech { name: name.clone(), version: Some(version), image: None });
        }
        let mut exchange = Exchange { path: entry.at("data"), ..Exchange::default() };
        for item in entry.entries("data") {
            self.exchanged(&name, item, &mut exchange);
        }
        part.name = name_beside(&id, Some(name));
        self.services.insert(id.clone(), exchange);
        push(&mut self.draft.file.components, id, part);
    }

    fn zone(&mut self, zone: &str, path: &str) -> At<String> {
        if let Some(id) = self.zones.get(zone) {
            return At::from(id.to_string());
        }
        let id = self.draft.ids.fresh(zone);
        let kind = self.draft.boundary_kind(path, zone, &id);
        let name = name_beside(&id, Some(zone.to_owned()));
        push(&mut self.draft.file.boundaries, id.clone(), Boundary { kind, name, parent: None });
        self.zones.insert(zone.to_owned(), id.clone());
        At::from(id.to_string())
    }

    fn exchanged(&mut self, service: &str, mut entry: Entry, exchange: &mut Exchange) {
        let name = entry.text("name");
        let text = name.clone().unwrap_or_else(|| format!("{service} data"));
        let id = self.draft.ids.fresh(&text);
        let mut item = data(self.draft.data_kind(entry.path(), &text, &id), name_beside(&id, name));
        models::classify(&mut item, &mut entry, &self.draft);
        let direction = entry.word("flow", |word| match word {
            "inbound" => Some((true, false)),
            "outbound" => Some((false, true)),
            "bi-directional" => Some((true, true)),
            "unknown" => Some((false, false)),
            _ => None,
        });
        let (taken, given) = direction.unwrap_or((false, false));
        let reference = At::from(id.to_string());
        if taken {
            exchange.taken.push(reference.clone());
        }
        if given {
            exchange.given.push(reference);
        }
        push(&mut self.draft.file.data, id, item);
    }

    /// A part that depends on another uses it: a flow, with the data the used service takes and gives.
    fn dependencies(&mut self, entries: Vec<Entry>) {
        for mut entry in entries {
            let from = entry.text("ref");
            for target in entry.texts("dependsOn") {
                let Some(from) = &from else { continue };
                if self.whole.as_ref() == Some(from) {
                    continue;
                }
                self.dependency(from, &target, &entry.at("dependsOn"));
            }
        }
    }

    fn dependency(&mut self, from: &str, to: &str, path: &str) {
        let parts = (self.draft.ids.find(NODES, from).cloned(), self.draft.ids.find(NODES, to).cloned());
        if let (Some(user), Some(used)) = parts {
            let id = self.draft.ids.fresh(&format!("{user}-to-{used}"));
            let mut edge = flow(At::from(user.to_string()), At::from(used.to_string()));
            let mut given = Vec::new();
            if let Some(exchange) = self.services.get_mut(&used) {
                exchange.used = true;
                if !self.draft.link(path, exchange.taken.len() + exchange.given.len()) {
                    return;
                }
                edge.data.clone_from(&exchange.taken);
                given.clone_from(&exchange.given);
            }
            self.draft.flow(id, edge, Some(given).filter(|given| !given.is_empty()));
            return;
        }
        let known = |name: &str| {
            self.left_out.contains(name)
                || self.draft.ids.find(&[Space::Component, Space::Data], name).is_some()
        };
        if known(from) && known(to) {
            self.draft.notes.add(path, EDGE, 1);
        } else {
            // A reference that leads nowhere is kept as a flow, so that it is reported.
            let id = self.draft.ids.fresh(&format!("{from}-to-{to}"));
            let edge = flow(self.draft.ids.refer(NODES, from), self.draft.ids.refer(NODES, to));
            self.draft.flow(id, edge, None);
        }
    }

    /// What services exchange with nobody that is known.
    fn unplaced(&self) {
        for exchange in self.services.values().filter(|exchange| !exchange.used) {
            let count = exchange.taken.len() + exchange.given.len();
            if count > 0 {
                self.draft.notes.add(&exchange.path, UNPLACED, count);
            }
        }
    }

    fn declarations(&mut self, mut entry: Entry) {
        for mut claim in entry.entries("claims") {
            let predicate = claim.text("predicate").unwrap_or_default();
            let target = claim.text("target");
            claim.known("bom-ref");
            match (controls::control(&predicate), target) {
                (Some(control), Some(target)) if self.whole.as_ref() == Some(&target) => {
                    let on = self.draft.file.system.id.value.to_string();
                    self.draft.claim(control, Some(&predicate), on);
                }
                (Some(control), Some(target)) => {
                    let on = self.draft.ids.refer(&[Space::Component, Space::Data], &target).value;
                    self.draft.claim(control, Some(&predicate), on);
                }
                _ => self.draft.notes.example(claim.path(), NOT_KNOWN, &predicate),
            }
        }
    }
}

fn endpoint(url: String, auth: Option<Auth>) -> Endpoint {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", &url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let port = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    let protocol =
        Some(scheme.to_ascii_lowercase()).filter(|scheme| !scheme.is_empty() && scheme.len() <= 20);
    Endpoint { protocol, port, auth, public: None, url: Some(url) }
}

/// The sensitivity a classification's word means; classifications are free text.
fn sensitivity(word: &str) -> Option<Sensitivity> {
    Some(match word.to_lowercase().trim() {
        "public" | "open" | "unclassified" => Sensitivity::Public,
        "internal" | "internal use" | "private" => Sensitivity::Internal,
        "confidential" | "sensitive" | "pii" | "personal" => Sensitivity::Confidential,
        "restricted" | "secret" | "strictly confidential" | "highly confidential" | "phi" | "pci" => {
            Sensitivity::Restricted
        }
        _ => return None,
    })
}
