//! A framework pack: the ids and titles of one framework in one edition, as facts. No prose of others.

use std::collections::BTreeMap;
use std::sync::Arc;

use casemate_core::{Day, FrameworkId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One framework in one edition: one file `frameworks/<name>-<edition>.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// `owasp-llm@2026`.
    pub id: FrameworkId,
    /// Its title.
    pub title: Arc<str>,
    /// Who publishes it.
    pub publisher: Arc<str>,
    /// Where the facts come from.
    pub source: Arc<str>,
    /// Under which terms.
    pub licence: Arc<str>,
    /// The day the facts were taken.
    pub as_of: Day,
    /// Its entries.
    pub items: Vec<Item>,
    /// Ids that an earlier edition had and this one replaced.
    #[serde(default)]
    pub retired: BTreeMap<Arc<str>, Arc<str>>,
    /// How this edition's ids read in other editions of the same framework.
    #[serde(default)]
    pub aliases: Vec<Aliases>,
    /// Dates on which duties begin, by item or group, where the framework is law.
    #[serde(default)]
    pub dates: Vec<DutyDate>,
}

/// An entry of a framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its id as the framework writes it.
    pub id: Arc<str>,
    /// Its title.
    pub title: Arc<str>,
    /// What kind of entry: `tactic`, `technique`, `risk`, `control`, `article` …
    pub kind: Arc<str>,
    /// The entry it belongs under.
    #[serde(default)]
    pub parent: Option<Arc<str>>,
    /// Entries of the same framework it relates to (a technique's tactics, a mitigation's techniques).
    #[serde(default)]
    pub related: Vec<Arc<str>>,
}

/// How ids of this edition read in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Aliases {
    /// The other edition.
    pub edition: FrameworkId,
    /// Whether ids that are not in `ids` and exist in both mean the same.
    #[serde(default)]
    pub same_ids: bool,
    /// This edition's id to the other edition's id.
    #[serde(default)]
    pub ids: BTreeMap<Arc<str>, Arc<str>>,
}

/// A date on which duties begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DutyDate {
    /// What begins.
    pub what: Arc<str>,
    /// The items it concerns.
    pub items: Vec<Arc<str>>,
    /// The day.
    pub date: Day,
    /// What it was before, if it moved.
    #[serde(default)]
    pub was: Option<Day>,
    /// A CEL expression over the facts of the system: where the date is the one that counts. Absent: everywhere.
    #[serde(default)]
    pub when: Option<Arc<str>>,
    /// Where the date comes from.
    pub source: Arc<str>,
}

impl Framework {
    /// The entry with an id.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| &*item.id == id)
    }
}
