//! The system file as it is written: one struct per map, unknown keys are errors, positions kept where messages
//! need them. References are plain names here; `resolve` makes sure that they lead somewhere.

use casemate_core::{
    ActorKind, AiActRole, AiActTier, Auth, Autonomy, BoundaryKind, ComponentKind, DataKind, Day, FindingId,
    FrameworkId, Goal, Id, MaxAge, Modality, Output, Rating, Sensitivity, Stage, Trust, vocabulary,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::at::{At, Section, list};

/// The content of `casemate.yaml`: what the system is made of, and which controls are claimed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Casemate system file")]
pub struct SystemFile {
    /// The version of this format: 1.
    #[schemars(extend("const" = 1))]
    pub version: At<u32>,
    /// What the system is.
    pub system: Meta,
    /// Who acts on it.
    #[serde(default, skip_serializing_if = "Section::is_empty")]
    pub actors: Section<Actor>,
    /// What separates its parts.
    #[serde(default, skip_serializing_if = "Section::is_empty")]
    pub boundaries: Section<Boundary>,
    /// What it holds and moves.
    #[serde(default, skip_serializing_if = "Section::is_empty")]
    pub data: Section<Data>,
    /// Its parts.
    #[serde(default, skip_serializing_if = "Section::is_empty")]
    pub components: Section<Component>,
    /// What moves between them.
    #[serde(default, skip_serializing_if = "Section::is_empty")]
    pub flows: Section<Flow>,
    /// The claims: which control protects what.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<Claim>,
    /// What is prepared for when it goes wrong.
    #[serde(default, skip_serializing_if = "Incidents::is_empty")]
    pub incidents: Incidents,
    /// Findings whose risk is accepted.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<Accept>,
}

/// What the system is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// A short name for use in ids.
    pub id: At<Id>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where it is used: `eu`, `us`, `uk` …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jurisdiction: Vec<Id>,
    /// What an unrated asset of it is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criticality: Option<Rating>,
    /// Its place under the EU AI Act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ai_act: Option<AiAct>,
    /// The frameworks to report coverage for, with their edition: `owasp-llm@2026`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frameworks: Vec<At<FrameworkId>>,
}

impl Default for Meta {
    fn default() -> Self {
        Self {
            id: At::from(Id::slug("system")),
            name: None,
            purpose: None,
            owner: None,
            jurisdiction: Vec::new(),
            criticality: None,
            ai_act: None,
            frameworks: Vec::new(),
        }
    }
}

/// A place under the EU AI Act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AiAct {
    /// The organisation's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<AiActRole>,
    /// The system's tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<AiActTier>,
    /// The area of Annex III, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annex_iii: Option<String>,
}

/// Somebody who acts on the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// What kind of actor.
    pub kind: ActorKind,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The boundary it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At<String>>,
}

/// A separation between parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Boundary {
    /// What kind of separation.
    pub kind: BoundaryKind,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The boundary it lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<At<String>>,
}

/// Data the system holds or moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// What it is for.
    pub kind: DataKind,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How much harm disclosure does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<Sensitivity>,
    /// Whether it is about people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<bool>,
    /// Whether the people it is about agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<bool>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// How many parties contribute to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parties: Option<u32>,
    /// What it contains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modality: Vec<Modality>,
}

/// Where data comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Who supplies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<String>,
    /// Whether anyone can write to where it comes from, such as the public web.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// Its licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Its digest, `sha256:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// A part of the system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// What kind of part.
    pub kind: ComponentKind,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its lifecycle stage; the usual one of its kind if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The boundary it lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<At<String>>,
    /// The product it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tech: Option<Tech>,
    /// What it offers over the network.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exposes: Vec<Endpoint>,
    /// Its model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
    /// How it acts, if it is an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    /// The data it holds at rest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stores: Vec<At<String>>,
    /// What it is worth in each respect.
    #[serde(default, skip_serializing_if = "Impact::is_empty")]
    pub impact: Impact,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tech {
    /// Its name: `vllm`.
    pub name: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The container image it runs from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// Something a component offers over the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The protocol: `http`, `https`, `grpc` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How callers prove who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Whether anyone on the internet can connect to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// Its address, for checks that contact it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What it does: `chat`, `image-classification` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// What it takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modality: Vec<Modality>,
    /// What it gives back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Output>,
    /// Its family: `llama`, `resnet` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The model it was made from, with its revision: `hf:org/name@rev`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Its file format: `safetensors`, `pickle`, `onnx` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Where its files are, relative to the system file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its digest, `sha256:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Whether loading it runs code that ships with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_code: Option<bool>,
    /// The data it was trained or fine-tuned on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fine_tuned_on: Vec<At<String>>,
    /// Whether its output decides about people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affects_people: Option<bool>,
}

/// How an agent acts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// How freely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autonomy: Option<Autonomy>,
    /// The components it can call as tools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<At<String>>,
    /// The component that holds its memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<At<String>>,
    /// Whether a person approves what it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub human_approval: Option<bool>,
}

/// What an asset is worth in each respect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    /// If it becomes known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidentiality: Option<Rating>,
    /// If it is changed or wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integrity: Option<Rating>,
    /// If it stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Rating>,
    /// If it hurts people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safety: Option<Rating>,
    /// If it treats groups unequally.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fairness: Option<Rating>,
}

impl Impact {
    /// Whether nothing is rated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Something that moves between actors and components.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// The actor or component it comes from.
    pub from: At<String>,
    /// The actor or component it goes to.
    pub to: At<String>,
    /// What it carries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<At<String>>,
    /// The protocol: `https`, `grpc`, `file` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// How the sender proves who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Whether it is encrypted; follows from the protocol if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// How far its content can be trusted; follows from where it comes from if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<Trust>,
}

/// A claim: this control protects these elements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The control, from the catalogue.
    pub control: At<Id>,
    /// Components, data, flows, boundaries (all within) or the system's id (everything).
    pub on: Vec<At<String>>,
    /// The claim in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// Why the control does not apply here: the claim then counts for nothing, and says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_applicable: Option<String>,
    /// What supports it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Pointer>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Since when it is in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Day>,
}

vocabulary! {
    /// What kind of support a claim points at.
    "evidence kind" PointerKind {
        /// A document that says so.
        Document = "document",
        /// A person's word.
        Manual = "manual",
        /// A file in the repository.
        File = "file",
        /// A configuration that is read.
        Config = "config",
        /// A signature that is verified.
        Signature = "signature",
        /// A scan of an artefact.
        Scan = "scan",
        /// A probe of a live endpoint.
        Probe = "probe",
        /// An attack on the model.
        Attack = "attack",
        /// Log records.
        Log = "log",
        /// A drift comparison.
        Drift = "drift",
        /// A privacy accounting.
        Privacy = "privacy",
        /// Somebody's signed attestation.
        Attestation = "attestation",
    }
}

/// A pointer to what supports a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pointer {
    /// What kind of support.
    pub kind: PointerKind,
    /// The check that produces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Id>,
    /// A path, relative to the system file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<At<String>>,
    /// A public key, relative to the system file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<At<String>>,
    /// An address that is contacted only when verification is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How old it may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<MaxAge>,
}

/// What is prepared for incidents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Incidents {
    /// Playbooks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub playbooks: Vec<Playbook>,
}

impl Incidents {
    /// Whether nothing is prepared.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.playbooks.is_empty()
    }
}

/// What to do when one thing goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// Its name.
    pub id: Id,
    /// The attacker's goals it answers to.
    #[serde(default, rename = "for", skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<Goal>,
    /// The day it was last exercised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested: Option<Day>,
    /// Whom to call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// The acceptance of a finding's risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// The finding: `prompt-injection@agent`.
    pub finding: At<FindingId>,
    /// Why the risk is bearable.
    pub reason: At<String>,
    /// The last day it counts.
    pub expires: At<Day>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where it is tracked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}
