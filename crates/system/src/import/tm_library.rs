//! Models of the OWASP Threat Model Library (JSON, schema v1): components and data stores, actors, data sets with
//! their placements. Its threats and risks are its own judgement and stay behind.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{ActorKind, Auth, ComponentKind, DataKind, Id, Rating, Sensitivity};

use super::Imported;
use super::controls::{self, AT_REST};
use super::draft::{Draft, component, data, flow, name_beside, push};
use super::entry::{Entry, Exactness};
use super::ids::Space;
use super::notes::{ENTRY, GUESSED, NOWHERE, Notes, UNKNOWN, What};
use super::words::Clues;
use crate::at::At;
use crate::diagnostic::{Diagnostic, Source};
use crate::file::{Actor, Boundary, Tech};

const NODES: &[Space] = &[Space::Component, Space::Store, Space::Actor];

const PARTLY: What = What::not_mapped(
    "data set is encrypted in some of its places only, which a claim cannot say",
    "data sets are encrypted in some of their places only, which a claim cannot say",
);
const NOT_ACTIVE: What =
    What::not_mapped("control is not active and is no claim", "controls are not active and are no claims");
const NOT_KNOWN: What = What::not_mapped(
    "active control is not clearly one of the catalogue's and is no claim",
    "active controls are not clearly one of the catalogue's and are no claims",
);
const NO_TARGET: What = What::not_mapped(
    "active control does not say what it protects and is no claim",
    "active controls do not say what they protect and are no claims",
);

/// Reads a threat model of the library.
pub(super) fn import(source: &Source<'_>) -> Result<Imported, Diagnostic> {
    let notes = Notes::default();
    let mut root = Entry::open(source, &notes)?;
    root.known("$schema");
    let mut scope = root.entry("scope");
    let title = scope.as_mut().and_then(|scope| scope.text("title"));
    let mut draft = Draft::new(title.as_deref().unwrap_or("system"), title.clone(), &notes);
    draft.file.system.purpose = root.text("description").or_else(|| scope.as_mut()?.text("description"));
    draft.file.system.criticality =
        scope.as_mut().and_then(|scope| scope.word("business_criticality", degree));
    drop(scope);

    let components = collect(&mut root, "components", Space::Component, &mut draft);
    let stores = collect(&mut root, "data_stores", Space::Store, &mut draft);
    let actors = collect(&mut root, "actors", Space::Actor, &mut draft);
    let sets = collect(&mut root, "data_sets", Space::Data, &mut draft);
    let zones = collect(&mut root, "trust_zones", Space::Boundary, &mut draft);
    let flows = collect(&mut root, "data_flows", Space::Flow, &mut draft);
    let crossings = crossings(&draft, root.entries("trust_boundaries"));
    let affected = affected(&mut root);
    let controls = root.entries("controls");
    drop(root);

    for (id, title, entry) in zones {
        let kind = draft.boundary_kind(entry.path(), &title, &id);
        let name = name_beside(&id, Some(title));
        push(&mut draft.file.boundaries, id, Boundary { kind, name, parent: None });
    }
    for (id, title, entry) in components {
        part(&mut draft, id, title, entry, None);
    }
    for (id, title, entry) in stores {
        part(&mut draft, id, title, entry, Some(ComponentKind::Store));
    }
    for (id, title, entry) in actors {
        actor(&mut draft, id, title, entry);
    }
    let index =
        draft.file.components.0.iter().enumerate().map(|(at, (id, _))| (id.value.clone(), at)).collect();
    for (id, title, entry) in sets {
        data_set(&mut draft, &index, id, title, entry);
    }
    let zones = zones_of(&draft);
    for (id, _, entry) in flows {
        data_flow(&mut draft, &crossings, &zones, id, entry);
    }
    for entry in controls {
        control(&mut draft, &affected, entry);
    }
    Ok(draft.finish())
}

type Element = (Id, String, Entry);

fn collect(root: &mut Entry, key: &str, space: Space, draft: &mut Draft) -> Vec<Element> {
    let elements = root.entries(key);
    elements
        .into_iter()
        .map(|mut entry| {
            let symbol = entry.text("symbolic_name");
            let title = entry.text("title");
            let text = symbol.as_deref().or(title.as_deref()).unwrap_or("x").to_owned();
            let id = draft.ids.give(space, symbol.as_deref(), &text, entry.path());
            (id, title.unwrap_or(text), entry)
        })
        .collect()
}

/// The authentication between two zones, in either direction.
type Crossings = BTreeMap<(String, String), Auth>;

fn crossings(draft: &Draft, boundaries: Vec<Entry>) -> Crossings {
    let mut crossings = Crossings::new();
    for mut entry in boundaries {
        let methods = entry.nears("authentication_methods", authentication);
        let mut zone =
            |key: &str| entry.text(key).map(|zone| draft.ids.refer(&[Space::Boundary], &zone).value);
        let (Some(a), Some(b)) = (zone("trust_zone_a"), zone("trust_zone_b")) else { continue };
        // Where several ways in are allowed, the weakest is what an attacker takes.
        if let Some(weakest) = methods.into_iter().min() {
            crossings.insert((a.clone(), b.clone()), weakest);
            crossings.insert((b, a), weakest);
        }
    }
    crossings
}

/// The components each threat affects: controls say what they protect only through the threats they answer.
fn affected(root: &mut Entry) -> BTreeMap<String, Vec<String>> {
    let threats = root.entries("threats");
    let count = threats.len();
    let mut affected = BTreeMap::new();
    let mut path = None;
    for mut threat in threats {
        path.get_or_insert_with(|| threat.path().to_owned());
        if let Some(name) = threat.text("symbolic_name") {
            affected.insert(name, threat.texts("components_affected"));
        }
        // Said once for the whole threat: its details are not worth a line each.
        threat.forget();
    }
    if let Some(path) = path {
        root.note(&path, ENTRY, count);
    }
    affected
}

fn part(draft: &mut Draft, id: Id, title: String, mut entry: Entry, stated: Option<ComponentKind>) {
    let words: Vec<String> =
        if stated.is_some() { entry.text("product").into_iter().collect() } else { Vec::new() };
    let clues = Clues { stated, words: &words, name: &title };
    let kind = draft.kind(entry.path(), clues, &id);
    let mut part = component(kind, None);
    part.model = clues.model(kind);
    part.boundary = zone(draft, &mut entry, "trust_zone");
    part.tech = words.into_iter().next().map(|name| Tech { name, version: None, image: None });
    part.name = name_beside(&id, Some(title));
    push(&mut draft.file.components, id, part);
}

fn zone(draft: &Draft, entry: &mut Entry, key: &str) -> Option<At<String>> {
    entry.text(key).map(|zone| draft.ids.refer(&[Space::Boundary], &zone))
}

/// People become actors; systems outside the model become components, because they are not somebody.
fn actor(draft: &mut Draft, id: Id, title: String, mut entry: Entry) {
    let at = zone(draft, &mut entry, "trust_zone");
    let name = name_beside(&id, Some(title));
    let near = |word: &str| {
        Some(match word {
            "user" => (Role::Actor(ActorKind::User), Exactness::Exact),
            "power_user" => (Role::Actor(ActorKind::User), Exactness::Nearest),
            "administrator" => (Role::Actor(ActorKind::Operator), Exactness::Exact),
            "engineer" => (Role::Actor(ActorKind::Developer), Exactness::Exact),
            "third_party" => (Role::Component(ComponentKind::ThirdPartyApi), Exactness::Nearest),
            "system" => (Role::Component(ComponentKind::App), Exactness::Nearest),
            _ => return None,
        })
    };
    let role = entry.near("type", near).unwrap_or_else(|| {
        draft.notes.example(entry.path(), GUESSED, &format!("{id}: {}", ActorKind::User));
        Role::Actor(ActorKind::User)
    });
    match role {
        Role::Actor(kind) => push(&mut draft.file.actors, id, Actor { kind, name, at }),
        Role::Component(kind) => {
            let mut part = component(kind, name);
            part.boundary = at;
            push(&mut draft.file.components, id, part);
        }
    }
}

/// What an actor of the library is here.
#[derive(Debug, Clone, Copy)]
enum Role {
    Actor(ActorKind),
    Component(ComponentKind),
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Actor(kind) => write!(f, "{kind}"),
            Self::Component(kind) => write!(f, "{kind}"),
        }
    }
}

fn data_set(draft: &mut Draft, index: &BTreeMap<Id, usize>, id: Id, title: String, mut entry: Entry) {
    let path = entry.path().to_owned();
    let classes = entry.texts("data_sensitivity");
    let kind = if classes.iter().any(|class| class == "cred") {
        DataKind::Secrets
    } else {
        draft.data_kind(&path, &title, &id)
    };
    let mut set = data(kind, None);
    set.sensitivity = classes.iter().filter_map(|class| sensitivity(class)).max();
    set.personal = classes.iter().any(|class| matches!(class.as_str(), "pii" | "phi")).then_some(true);
    for class in classes.iter().filter(|class| sensitivity(class).is_none()) {
        draft.notes.example(&entry.at("data_sensitivity"), UNKNOWN, class);
    }
    let mut encrypted = Vec::new();
    for mut placement in entry.entries("placements") {
        encrypted.push(placement.flag("encrypted"));
        let Some(store) = placement.text("data_store") else { continue };
        let holder =
            draft.ids.find(&[Space::Store, Space::Component], &store).and_then(|holder| index.get(holder));
        match holder.and_then(|at| draft.file.components.0.get_mut(*at)) {
            Some((_, component)) => component.stores.push(At::from(id.to_string())),
            None => draft.notes.example(&placement.at("data_store"), NOWHERE, &store),
        }
    }
    if !encrypted.is_empty() && encrypted.iter().all(|encrypted| *encrypted == Some(true)) {
        draft.claim(AT_REST, None, id.as_str());
    } else if encrypted.contains(&Some(true)) {
        draft.notes.example(&path, PARTLY, id.as_str());
    }
    set.name = name_beside(&id, Some(title));
    push(&mut draft.file.data, id, set);
}

/// The zone each node lies in.
fn zones_of(draft: &Draft) -> BTreeMap<String, String> {
    let parts = draft.file.components.0.iter().map(|(id, part)| (id, part.boundary.as_ref()));
    let actors = draft.file.actors.0.iter().map(|(id, actor)| (id, actor.at.as_ref()));
    let zone = |(id, zone): (&At<Id>, Option<&At<String>>)| Some((id.value.to_string(), zone?.value.clone()));
    parts.chain(actors).filter_map(zone).collect()
}

fn data_flow(
    draft: &mut Draft,
    crossings: &Crossings,
    zones: &BTreeMap<String, String>,
    id: Id,
    mut entry: Entry,
) {
    let end = |draft: &Draft, mut end: Entry| {
        let space = match end.text("type").unwrap_or_default().trim_start_matches("#/$defs/") {
            "actor" => Space::Actor,
            "data-store" | "data_store" => Space::Store,
            _ => Space::Component,
        };
        let name = end.text("object")?;
        let spaces: Vec<Space> = [space].into_iter().chain(NODES.iter().copied()).collect();
        Some(draft.ids.refer(&spaces, &name))
    };
    let from = entry.entry("source").and_then(|source| end(draft, source));
    let to = entry.entry("destination").and_then(|destination| end(draft, destination));
    let missing = || At::from("?".to_owned());
    let mut edge = flow(from.unwrap_or_else(missing), to.unwrap_or_else(missing));
    edge.encrypted = entry.flag("encrypted");
    if let (Some(from), Some(to)) = (zones.get(&edge.from.value), zones.get(&edge.to.value)) {
        edge.auth = crossings.get(&(from.clone(), to.clone())).copied();
    }
    draft.flow(id, edge, None);
}

fn control(draft: &mut Draft, affected: &BTreeMap<String, Vec<String>>, mut entry: Entry) {
    let title = entry.text("title").or_else(|| entry.text("symbolic_name")).unwrap_or_default();
    entry.known("symbolic_name");
    let status = entry.text("status");
    let threats = entry.texts("threats");
    if status.as_deref() != Some("active") {
        draft.notes.example(entry.path(), NOT_ACTIVE, &title);
        return;
    }
    let Some(control) = controls::control(&title) else {
        draft.notes.example(entry.path(), NOT_KNOWN, &title);
        return;
    };
    let named = threats.iter().filter_map(|threat| affected.get(threat)).map(Vec::len).sum();
    if !draft.link(&entry.at("threats"), named) {
        return;
    }
    let components: BTreeSet<&String> =
        threats.iter().filter_map(|threat| affected.get(threat)).flatten().collect();
    if components.is_empty() {
        draft.notes.example(entry.path(), NO_TARGET, &title);
        return;
    }
    for component in components {
        let on = draft.ids.refer(NODES, component).value;
        draft.claim(control, Some(&title), on);
    }
}

fn degree(word: &str) -> Option<Rating> {
    Some(match word {
        "minimal" | "low" => Rating::Low,
        "moderate" => Rating::Medium,
        "high" => Rating::High,
        "maximal" => Rating::Critical,
        _ => return None,
    })
}

/// Every class of the library is one of sensitive data; three of them do serious harm by law or by use.
fn sensitivity(class: &str) -> Option<Sensitivity> {
    Some(match class {
        "cred" | "phi" | "pci" => Sensitivity::Restricted,
        "pii" | "fin" | "ip" | "biz" | "gov" | "op" => Sensitivity::Confidential,
        _ => return None,
    })
}

fn authentication(word: &str) -> Option<(Auth, Exactness)> {
    Some(match word {
        "none" => (Auth::None, Exactness::Exact),
        "password" => (Auth::Basic, Exactness::Exact),
        "token" => (Auth::ApiKey, Exactness::Nearest),
        "otp" | "challenge_response" | "biometrics" => (Auth::Session, Exactness::Nearest),
        "public_key" => (Auth::Mtls, Exactness::Nearest),
        "sso" | "social" => (Auth::Oidc, Exactness::Nearest),
        _ => return None,
    })
}
