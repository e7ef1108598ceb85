//! The words of Casemate as types: ids, severities, claims, evidence, findings, cases.
//!
//! No I/O, no clock, no async. Every other crate speaks in these types; this one knows none of them.

mod attack;
mod case;
mod claim;
pub mod evidence;
mod finding;
mod framework;
mod id;
mod location;
mod severity;
mod text;
mod text_form;
mod time;
mod vocabulary;
mod words;

pub use attack::{
    Assumed, Attack, AttackPath, BadFoothold, BadPlaced, Change, Cuts, Depth, Experiment, Foothold,
    FootholdReach, GoalReach, Guard, Held, NextControl, PATHS_SCHEMA, Paths, Placed, Reach, Search, Step,
    StepKind, Technique,
};
pub use case::{
    ActorView, BoundaryView, CASE_SCHEMA, Case, ComponentView, Coverage, DataView, Element, FixedFinding,
    FlowView, FrameworkCoverage, GoalStatus, Input, InputFormat, ModelView, Problem, ProblemKind,
    StageCoverage, SystemView, Tool, Worlds,
};
pub use claim::{ClaimRecord, ClaimStatus, EvidenceNote, Recorded, View};
pub use finding::{Acceptance, BaselineState, Closed, Due, Finding, FindingStatus, Rated, References};
pub use framework::{BadFrameworkId, FrameworkId};
pub use id::{BadFindingId, BadId, FindingId, Id, MAX_ID};
pub use location::Location;
pub use severity::{Confidence, Entry, Exposure, Likelihood, Maturity, Rating, Severity};
pub use text::{hex, nearest, printable};
pub use time::{BadAge, BadDay, Day, MaxAge, Timestamp};
pub use vocabulary::UnknownWord;
pub use words::{
    ActorKind, AiActRole, AiActTier, Auth, Autonomy, BoundaryKind, Category, ComponentKind, DataKind, Domain,
    Fact, Goal, Modality, Output, Property, Sensitivity, Stage, Trust,
};
