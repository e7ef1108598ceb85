//! Threagile models (YAML): technical assets become components and actors, communication links become flows.
//! Ratings are carried over by their rank, not by their word.

use std::collections::BTreeMap;

use casemate_core::{ActorKind, Auth, BoundaryKind, ComponentKind, Id, Rating, Sensitivity};

use super::Imported;
use super::controls::AT_REST;
use super::draft::{Draft, component, data, flow, name_beside, push};
use super::entry::{Entry, Exactness};
use super::ids::Space;
use super::notes::{ENTRY, NOWHERE, Notes};
use super::words::{Clues, tells_ai};
use crate::at::At;
use crate::diagnostic::{Diagnostic, Source};
use crate::file::{Actor, Boundary, Component, Endpoint, Impact, Origin};

const NODES: &[Space] = &[Space::Component];

/// Reads a Threagile model.
pub(super) fn import(source: &Source<'_>) -> Result<Imported, Diagnostic> {
    let notes = Notes::default();
    let mut root = Entry::open(source, &notes)?;
    root.known("threagile_version");
    let title = root.text("title");
    let mut draft = Draft::new(title.as_deref().unwrap_or("system"), title.clone(), &notes);
    draft.file.system.criticality = root.word("business_criticality", rank);
    for key in ["application_description", "business_overview", "technical_overview"] {
        if draft.file.system.purpose.is_none()
            && let Some(mut overview) = root.entry(key)
        {
            draft.file.system.purpose = overview.text("description");
        }
    }

    let assets = collect(&mut root, "technical_assets", Space::Component, &mut draft);
    let data_assets = collect(&mut root, "data_assets", Space::Data, &mut draft);
    let boundaries = collect(&mut root, "trust_boundaries", Space::Boundary, &mut draft);
    drop(root);

    for (id, name, entry) in data_assets {
        data_asset(&mut draft, id, name, entry);
    }
    let inside = trust_boundaries(&mut draft, boundaries);
    for (id, name, entry) in assets {
        technical_asset(&mut draft, &inside, id, name, entry);
    }
    Ok(draft.finish())
}

type Element = (Id, String, Entry);

/// The entries of a section, each with its id; references use the `id` inside an entry.
fn collect(root: &mut Entry, key: &str, space: Space, draft: &mut Draft) -> Vec<Element> {
    let elements = root.named(key);
    elements
        .into_iter()
        .map(|(name, mut entry)| {
            let foreign = entry.text("id");
            let id = draft.ids.give(
                space,
                foreign.as_deref().or(Some(&name)),
                foreign.as_deref().unwrap_or(&name),
                key,
            );
            (id, name, entry)
        })
        .collect()
}

fn data_asset(draft: &mut Draft, id: Id, name: String, mut entry: Entry) {
    let mut asset = data(draft.data_kind(entry.path(), &name, &id), None);
    asset.sensitivity = entry.word("confidentiality", sensitivity);
    asset.origin =
        entry.text("origin").map(|supplier| Origin { supplier: Some(supplier), ..Origin::default() });
    asset.name = name_beside(&id, Some(name));
    push(&mut draft.file.data, id, asset);
}

/// Adds the boundaries; gives back which boundary each asset lies in.
fn trust_boundaries(draft: &mut Draft, boundaries: Vec<Element>) -> BTreeMap<Id, Id> {
    let mut inside = BTreeMap::new();
    let mut parents: BTreeMap<Id, Id> = BTreeMap::new();
    for (id, name, mut entry) in boundaries {
        let kind = match entry.near("type", boundary_kind) {
            Some(kind) => kind,
            None => draft.boundary_kind(entry.path(), &name, &id),
        };
        let (assets, nested) = ("technical_assets_inside", "trust_boundaries_nested");
        for (key, space, found) in
            [(assets, Space::Component, &mut inside), (nested, Space::Boundary, &mut parents)]
        {
            for reference in entry.texts(key) {
                match draft.ids.find(&[space], &reference) {
                    Some(child) => {
                        found.entry(child.clone()).or_insert_with(|| id.clone());
                    }
                    None => draft.notes.example(&entry.at(key), NOWHERE, &reference),
                }
            }
        }
        let name = name_beside(&id, Some(name));
        push(&mut draft.file.boundaries, id, Boundary { kind, name, parent: None });
    }
    for (id, boundary) in &mut draft.file.boundaries.0 {
        boundary.parent = parents.get(&id.value).map(|parent| At::from(parent.to_string()));
    }
    inside
}

fn technical_asset(draft: &mut Draft, inside: &BTreeMap<Id, Id>, id: Id, name: String, mut entry: Entry) {
    let path = entry.path().to_owned();
    let boundary = inside.get(&id).map(|boundary| At::from(boundary.to_string()));
    let on_the_internet = entry.flag("internet") == Some(true);
    let kind = entry.word("type", |kind| Type::ALL.iter().copied().find(|known| known.word() == kind));
    let mut technologies = entry.texts("technologies");
    technologies.extend(entry.text("technology"));
    let client = technologies.iter().any(|technology| is_client(technology));

    links(draft, &id, &mut entry);

    if kind == Some(Type::ExternalEntity) && (entry.has_true("used_as_client_by_human") || client) {
        entry.known("used_as_client_by_human");
        let developer = technologies.iter().any(|technology| technology == "devops-client");
        let at = if boundary.is_none() && on_the_internet { Some(draft.internet()) } else { boundary };
        let kind = if developer { ActorKind::Developer } else { ActorKind::User };
        let name = name_beside(&id, Some(name));
        push(&mut draft.file.actors, id, Actor { kind, name, at });
        return;
    }

    let tags = entry.texts("tags");
    for tag in tags.iter().filter(|tag| !tells_ai(tag)) {
        draft.notes.example(&format!("{path}.tags"), ENTRY, tag);
    }
    let stated = match kind {
        Some(Type::ExternalEntity) => Some(ComponentKind::ThirdPartyApi),
        Some(Type::Datastore) => Some(ComponentKind::Store),
        Some(Type::Process) | None => technologies.iter().find_map(|technology| technology_kind(technology)),
    };
    let words: Vec<String> = technologies.iter().chain(&tags).cloned().collect();
    let clues = Clues { stated, words: &words, name: &name };
    let kind = draft.kind(&path, clues, &id);
    let mut asset: Component = component(kind, None);
    asset.model = clues.model(kind);
    asset.name = name_beside(&id, Some(name));
    if on_the_internet {
        asset.exposes.push(Endpoint {
            protocol: None,
            port: None,
            auth: None,
            public: Some(true),
            url: None,
        });
    }
    asset.boundary = boundary;
    asset.impact = Impact {
        confidentiality: entry.word("confidentiality", |word| rank_of(CONFIDENTIALITY, word)),
        integrity: entry.word("integrity", rank),
        availability: entry.word("availability", rank),
        ..Impact::default()
    };
    asset.stores = references(draft, &mut entry, "data_assets_stored");
    let encrypted = entry.word("encryption", |word| match word {
        "none" => Some(false),
        "transparent"
        | "data-with-symmetric-shared-key"
        | "data-with-asymmetric-shared-key"
        | "data-with-enduser-individual-key"
        | "data-with-end-user-individual-key" => Some(true),
        _ => None,
    });
    if encrypted == Some(true) {
        draft.claim(AT_REST, None, id.as_str());
    }
    push(&mut draft.file.components, id, asset);
}

fn references(draft: &Draft, entry: &mut Entry, key: &str) -> Vec<At<String>> {
    entry.texts(key).iter().map(|name| draft.ids.refer(&[Space::Data], name)).collect()
}

/// Links lead from the asset that holds them; what is received comes back the other way.
fn links(draft: &mut Draft, from: &Id, entry: &mut Entry) {
    for (name, mut link) in entry.named("communication_links") {
        let id = draft.ids.fresh(&format!("{from}-{name}"));
        let target = link.text("target").unwrap_or(name);
        let mut edge = flow(At::from(from.to_string()), draft.ids.refer(NODES, &target));
        edge.data = references(draft, &mut link, "data_assets_sent");
        if let Some(protocol) = link.text("protocol") {
            (edge.protocol, edge.encrypted) = read_protocol(&protocol);
        }
        if link.has_true("vpn") {
            link.known("vpn");
            edge.encrypted = Some(true);
        }
        edge.auth = link.near("authentication", authentication);
        let received = references(draft, &mut link, "data_assets_received");
        drop(link);
        draft.flow(id, edge, Some(received).filter(|received| !received.is_empty()));
    }
}

/// A protocol without Threagile's mark for encryption, and whether it encrypts.
fn read_protocol(protocol: &str) -> (Option<String>, Option<bool>) {
    let (name, marked) = match protocol.strip_suffix("-encrypted") {
        Some(name) => (name, true),
        None => (protocol, false),
    };
    let encrypted = match name {
        "unknown-protocol" => return (None, None),
        _ if marked => Some(true),
        "https" | "wss" | "ssh" | "ssh-tunnel" | "ftps" | "sftp" | "scp" | "ldaps" => Some(true),
        "local-file-access"
        | "in-process-library-call"
        | "inter-process-communication"
        | "container-spawning" => None,
        _ => Some(false),
    };
    (Some(name.to_owned()), encrypted)
}

fn authentication(word: &str) -> Option<(Auth, Exactness)> {
    Some(match word {
        "none" => (Auth::None, Exactness::Exact),
        "credentials" => (Auth::Basic, Exactness::Exact),
        "session-id" => (Auth::Session, Exactness::Exact),
        "client-certificate" => (Auth::Mtls, Exactness::Exact),
        "token" => (Auth::ApiKey, Exactness::Nearest),
        "two-factor" => (Auth::Session, Exactness::Nearest),
        "externalized" => (Auth::Oidc, Exactness::Nearest),
        _ => return None,
    })
}

fn boundary_kind(word: &str) -> Option<(BoundaryKind, Exactness)> {
    Some(match word {
        "network-on-prem" => (BoundaryKind::Org, Exactness::Exact),
        "network-dedicated-hoster" => (BoundaryKind::Org, Exactness::Nearest),
        "network-virtual-lan" => (BoundaryKind::Vpc, Exactness::Nearest),
        "network-cloud-provider" | "network-cloud-security-group" => (BoundaryKind::Vpc, Exactness::Exact),
        "network-policy-namespace-isolation" => (BoundaryKind::Namespace, Exactness::Exact),
        "execution-environment" => (BoundaryKind::Host, Exactness::Nearest),
        _ => return None,
    })
}

const CONFIDENTIALITY: [&str; 5] =
    ["public", "internal", "restricted", "confidential", "strictly-confidential"];
const CRITICALITY: [&str; 5] = ["archive", "operational", "important", "critical", "mission-critical"];

/// Five ranks onto four: the third and fourth are both serious.
fn rank_of(ranks: [&str; 5], word: &str) -> Option<Rating> {
    let ratings = [Rating::Low, Rating::Medium, Rating::High, Rating::High, Rating::Critical];
    ranks.iter().zip(ratings).find(|(rank, _)| **rank == word).map(|(_, rating)| rating)
}

fn rank(word: &str) -> Option<Rating> {
    rank_of(CRITICALITY, word)
}

/// Threagile's `restricted` is a step below `confidential`; ours is the step above.
fn sensitivity(word: &str) -> Option<Sensitivity> {
    Some(match word {
        "public" => Sensitivity::Public,
        "internal" => Sensitivity::Internal,
        "restricted" | "confidential" => Sensitivity::Confidential,
        "strictly-confidential" => Sensitivity::Restricted,
        _ => return None,
    })
}

/// What a technical asset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    ExternalEntity,
    Process,
    Datastore,
}

impl Type {
    const ALL: [Self; 3] = [Self::ExternalEntity, Self::Process, Self::Datastore];

    const fn word(self) -> &'static str {
        match self {
            Self::ExternalEntity => "external-entity",
            Self::Process => "process",
            Self::Datastore => "datastore",
        }
    }
}

fn is_client(technology: &str) -> bool {
    matches!(technology, "client-system" | "browser" | "desktop" | "mobile-app" | "devops-client")
}

fn technology_kind(technology: &str) -> Option<ComponentKind> {
    Some(match technology {
        "unknown-technology" | "ai" => return None,
        "reverse-proxy" | "load-balancer" | "gateway" | "waf" | "service-mesh" => ComponentKind::Gateway,
        "build-pipeline" | "code-inspection-platform" => ComponentKind::Build,
        "monitoring" | "ids" | "ips" => ComponentKind::Monitor,
        "stream-processing" => ComponentKind::Preprocess,
        "iot-device" => ComponentKind::Device,
        "database"
        | "file-server"
        | "local-file-system"
        | "data-lake"
        | "block-storage"
        | "search-index"
        | "identity-store-ldap"
        | "identity-store-database"
        | "vault"
        | "hsm"
        | "artifact-registry"
        | "sourcecode-repository"
        | "message-queue" => ComponentKind::Store,
        _ => ComponentKind::App,
    })
}
