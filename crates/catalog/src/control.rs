//! A control as the catalogue writes it: a kind of protection that a system file can claim. Data only.

use std::collections::BTreeMap;
use std::sync::Arc;

use casemate_core::{Category, Domain, FrameworkId, Id, Stage, vocabulary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One control: one file `controls/<id>.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Kebab-case; the file's name; snake_case in a checklist.
    pub id: Id,
    /// What else a file may call it: another spelling, or a name that the field uses too. Read as `id`, never written.
    #[serde(default)]
    pub aliases: Vec<Id>,
    /// Its name in the field.
    pub title: Arc<str>,
    /// The label it is listed under.
    pub category: Category,
    /// The domain of AI security.
    pub domain: Domain,
    /// What it does, in one or two sentences of our own.
    pub summary: Arc<str>,
    /// How to put it in place, in two to five sentences of our own.
    pub how: Arc<str>,
    /// The lifecycle stages it works in.
    pub stages: Vec<Stage>,
    /// How much work it takes.
    pub effort: Effort,
    /// The threat that stands when a checklist says this control is missing.
    pub gap: Id,
    /// Whether every checklist must state it; absent then counts as false.
    #[serde(default)]
    pub required: bool,
    /// Whether it is a property of one artefact: evidence for it must then name the digest of what was tested, where
    /// the description states one.
    #[serde(default)]
    pub artefact: bool,
    /// Names of the checks that can test it, existing or planned.
    #[serde(default)]
    pub checks: Vec<Id>,
    /// What frameworks call it.
    #[serde(default)]
    pub references: BTreeMap<FrameworkId, Vec<Arc<str>>>,
}

vocabulary! {
    /// How much work a control takes.
    "effort" Effort {
        /// Hours: a setting.
        Low = "low",
        /// Days: a change.
        Medium = "medium",
        /// Weeks: a project.
        High = "high",
    }
}

impl Control {
    /// The name in a checklist: `api_authentication`.
    #[must_use]
    pub fn checklist_name(&self) -> String {
        self.id.as_str().replace('-', "_")
    }
}
