//! The assurance case: claims with their status, findings, goals, coverage. What every report is made from.
//! A case is plain data: it holds no behaviour beyond looking things up.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Attack, Autonomy, BoundaryKind, ClaimRecord, Closed, ComponentKind, Finding, FindingId, FindingStatus,
    FrameworkId, Goal, Id, Location, Modality, Severity, Stage, Trust, View, vocabulary,
};

/// The `schema` of every case document.
pub const CASE_SCHEMA: &str = "casemate/case/v1";

/// The assurance case of one system at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Case {
    /// Always [`CASE_SCHEMA`].
    pub schema: Arc<str>,
    /// The tool that judged.
    pub tool: Tool,
    /// The time it judged at, RFC 3339.
    #[schemars(with = "String")]
    pub generated: jiff::Timestamp,
    /// What it read.
    pub input: Input,
    /// Which claims count in `findings`.
    pub view: View,
    /// The system, as far as reports show it.
    pub system: SystemView,
    /// How many threats stand open in each view.
    pub open: Worlds,
    /// What is open or accepted, worst first.
    pub findings: Vec<Finding>,
    /// What applies and is held off.
    pub closed: Vec<Closed>,
    /// Every claim with its status.
    pub claims: Vec<ClaimRecord>,
    /// Every goal an attacker may have, and how many open threats serve it.
    pub goals: Vec<GoalStatus>,
    /// What an attacker can reach, and what would change it; none for a checklist and for a system without AI.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attack: Option<Attack>,
    /// Which stages and framework entries the findings speak to.
    pub coverage: Coverage,
    /// Controls a checklist does not mention.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub not_stated: Vec<Id>,
    /// Findings of the baseline that are gone.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fixed: Vec<FixedFinding>,
    /// What could not be read or done, and what that means for the result.
    pub problems: Vec<Problem>,
}

impl Case {
    /// Findings that are not accepted.
    pub fn open_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.status == FindingStatus::Open)
    }

    /// The worst open severity.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.open_findings().map(|finding| finding.severity).max()
    }

    /// What is assumed of controls, if the case is an experiment.
    #[must_use]
    pub fn assumed(&self) -> Option<String> {
        self.attack.as_ref()?.experiment.words()
    }

    /// Open findings per severity, worst first; severities with none are left out.
    #[must_use]
    pub fn tally(&self) -> Vec<(Severity, usize)> {
        Severity::ALL
            .iter()
            .rev()
            .map(|&severity| (severity, self.open_findings().filter(|f| f.severity == severity).count()))
            .filter(|&(_, count)| count > 0)
            .collect()
    }
}

/// The tool that made a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `casemate`.
    pub name: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
    /// SHA-256 over the catalogue that was used, hexadecimal.
    pub catalog: Arc<str>,
}

vocabulary! {
    /// What kind of description was read.
    "input format" InputFormat {
        /// A flat map of control names to booleans.
        Checklist = "checklist",
        /// A system file.
        System = "system",
        /// OWASP Threat Model Library JSON.
        TmLibrary = "tm-library",
        /// Threagile YAML.
        Threagile = "threagile",
        /// Open Threat Model.
        Otm = "otm",
        /// CycloneDX BOM with machine-learning components.
        CycloneDx = "cyclonedx",
    }
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// The file as the user named it.
    pub file: Arc<str>,
    /// What it is.
    pub format: InputFormat,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: Arc<str>,
}

/// Numbers of open threats in the three views.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Worlds {
    /// With no control.
    pub bare: usize,
    /// With every claim that is not disproved.
    pub claimed: usize,
    /// With only verified claims.
    pub verified: usize,
}

/// How a goal stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GoalStatus {
    /// The goal.
    pub goal: Goal,
    /// Open threats that serve it, per view.
    pub open: Worlds,
    /// The worst of the case's open findings that serve it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub worst: Option<FindingId>,
}

/// Which stages and framework entries the catalogue spoke to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Per lifecycle stage.
    pub stages: Vec<StageCoverage>,
    /// Per framework and edition.
    pub frameworks: Vec<FrameworkCoverage>,
}

/// What was judged in one lifecycle stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageCoverage {
    /// The stage.
    pub stage: Stage,
    /// Components in it.
    pub components: usize,
    /// Catalogue threats of that stage that apply somewhere.
    pub applicable: usize,
    /// Of those on an element, how many are open.
    pub open: usize,
    /// And how many are closed.
    pub closed: usize,
}

/// What was judged for one framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FrameworkCoverage {
    /// The framework and edition.
    pub framework: FrameworkId,
    /// Its title.
    pub title: Arc<str>,
    /// Entries it has.
    pub entries: usize,
    /// Entries that at least one catalogue threat refers to.
    pub in_catalog: usize,
    /// Entries with an open finding.
    pub open: Vec<Arc<str>>,
    /// Entries where threats apply and all are closed.
    pub closed: Vec<Arc<str>>,
}

/// A finding of the baseline that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FixedFinding {
    /// Its name.
    pub id: FindingId,
    /// Its title.
    pub title: Arc<str>,
    /// Its severity then.
    pub severity: Severity,
}

vocabulary! {
    /// What kind of problem it is.
    "problem kind" ProblemKind {
        /// Part of the input has no place in the system file.
        NotMapped = "not-mapped",
        /// An evidence document could not be used.
        Evidence = "evidence",
        /// The description leaves the result open.
        Description = "description",
        /// An acceptance was set aside.
        Acceptance = "acceptance",
    }
}

/// Something that could not be read or done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// What kind of problem.
    pub kind: ProblemKind,
    /// What happened and what it means for the result.
    pub message: Arc<str>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub location: Option<Location>,
}

/// The system as reports show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SystemView {
    /// Its id.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub purpose: Option<Arc<str>>,
    /// Who owns it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<Arc<str>>,
    /// Whether any part of it is AI.
    pub ai: bool,
    /// Actors, boundaries, components and data by id.
    pub elements: BTreeMap<Id, Element>,
    /// Flows.
    pub flows: Vec<FlowView>,
}

/// An element of the system as reports show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Element {
    /// Somebody.
    Actor(ActorView),
    /// A separation.
    Boundary(BoundaryView),
    /// A part.
    Component(ComponentView),
    /// Data.
    Data(DataView),
}

/// An actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActorView {
    /// Its name.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: crate::ActorKind,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Id>,
}

/// A boundary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BoundaryView {
    /// Its name.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: BoundaryKind,
    /// The boundary it lies in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<Id>,
}

/// A component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComponentView {
    /// Its name.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: ComponentKind,
    /// Its lifecycle stage.
    pub stage: Stage,
    /// The boundary it lies in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub boundary: Option<Id>,
    /// The product it runs, `name version`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tech: Option<Arc<str>>,
    /// Its model, if it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<ModelView>,
    /// How freely it acts, if it is an agent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub autonomy: Option<Autonomy>,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelView {
    /// Its task.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub task: Option<Arc<str>>,
    /// What it takes.
    pub modality: Vec<Modality>,
    /// What it was made from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub base: Option<Arc<str>>,
    /// Its file format.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub format: Option<Arc<str>>,
    /// Its digest, `sha256:…`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<Arc<str>>,
}

/// Data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DataView {
    /// Its name.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: crate::DataKind,
    /// How much harm disclosure does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sensitivity: Option<crate::Sensitivity>,
    /// Whether it is about people.
    pub personal: bool,
}

/// A flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FlowView {
    /// Its id.
    pub id: Id,
    /// Where it starts.
    pub from: Id,
    /// Where it ends.
    pub to: Id,
    /// What flows.
    pub data: Vec<Id>,
    /// The protocol.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub protocol: Option<Arc<str>>,
    /// How far its content can be trusted.
    pub trust: Trust,
}
