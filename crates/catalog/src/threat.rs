//! A threat as the catalogue writes it: who can do what, where it applies, what stops it. Data only.

use std::collections::BTreeMap;
use std::sync::Arc;

use casemate_core::{
    Category, ComponentKind, Confidence, DataKind, Domain, Entry, Fact, FrameworkId, Goal, Id, Maturity,
    Property, Stage, vocabulary,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One threat: one file `threats/<id>.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Threat {
    /// Kebab-case; the file's name.
    pub id: Id,
    /// What stands open, in a few words: `Model API lacks authentication`.
    pub title: Arc<str>,
    /// The label a finding is printed under.
    pub category: Category,
    /// The domain of AI security.
    pub domain: Domain,
    /// What happens, to whom and how, in two to five sentences of our own.
    pub description: Arc<str>,
    /// What it violates.
    pub violates: Arc<[Property]>,
    /// What it stands on.
    pub applies: Applies,
    /// A CEL expression over the facts of the element and the system; true where the threat exists. Written about
    /// the element and its surroundings only: controls are judged apart.
    pub when: Arc<str>,
    /// What the attacker must have first.
    #[serde(default)]
    pub needs: Vec<Fact>,
    /// What the attacker then has.
    #[serde(default)]
    pub grants: Vec<Fact>,
    /// The goals it serves.
    pub goals: Arc<[Goal]>,
    /// What stops, reduces, detects or recovers from it.
    pub controls: Edges,
    /// How much of each violated property it takes.
    pub impact: BTreeMap<Property, Extent>,
    /// Where it enters.
    pub entry: Entry,
    /// How mature the technique is.
    pub maturity: Maturity,
    /// How sure a finding is when `when` is true.
    pub confidence: Confidence,
    /// What to do, as an instruction.
    pub recommendation: Arc<str>,
    /// The Casemate command that helps, once it exists.
    #[serde(default)]
    pub command: Option<Arc<str>>,
    /// What frameworks call it, by framework and edition. Older editions follow from the packs' alias tables.
    pub references: BTreeMap<FrameworkId, Vec<Arc<str>>>,
    /// Small systems it must catch, must not, and does not apply to.
    pub examples: Examples,
}

vocabulary! {
    /// What a threat stands on.
    "scope" Scope {
        /// Each component.
        Component = "component",
        /// Each data set.
        Data = "data",
        /// Each flow.
        Flow = "flow",
        /// The system as a whole.
        System = "system",
    }
}

/// What a threat stands on. An empty list means any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Applies {
    /// The kind of element.
    pub to: Scope,
    /// Component kinds (scope `component` only).
    #[serde(default)]
    pub kinds: Vec<ComponentKind>,
    /// Data kinds (scope `data` only).
    #[serde(default)]
    pub data: Vec<DataKind>,
    /// The lifecycle stages the threat belongs to: what coverage counts, never a filter.
    pub stages: Vec<Stage>,
}

/// Controls by what they do to a threat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edges {
    /// Any one of these, working, closes the threat.
    #[serde(default)]
    pub stop: Vec<Id>,
    /// Each makes it less likely.
    #[serde(default)]
    pub reduce: Vec<Id>,
    /// No control closes it: only an accepted risk sets it aside. Excludes `stop` and `enough`.
    #[serde(default)]
    pub none: bool,
    /// How many working `reduce` controls together close it; absent: they never do.
    #[serde(default)]
    pub enough: Option<usize>,
    /// Each tells that it happens.
    #[serde(default)]
    pub detect: Vec<Id>,
    /// Each limits the damage afterwards.
    #[serde(default)]
    pub recover: Vec<Id>,
}

impl Edges {
    /// Every control named, with repetition.
    pub fn all(&self) -> impl Iterator<Item = &Id> {
        self.stop.iter().chain(&self.reduce).chain(&self.detect).chain(&self.recover)
    }
}

vocabulary! {
    /// How much of a property a threat takes.
    "extent" Extent {
        /// All the asset has.
        Full = "full",
        /// One step less than the asset's rating.
        Partial = "partial",
    }
}

/// Small systems, each the content of a system file; `version` and `system` may be left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// The threat stands open.
    pub open: Vec<serde_json::Value>,
    /// It applies and a control closes it; none where no control does.
    #[serde(default)]
    pub closed: Vec<serde_json::Value>,
    /// It does not apply.
    #[serde(rename = "not-applicable")]
    pub not_applicable: Vec<serde_json::Value>,
}
