//! The signed versions of a model, as a ledger tells them, and where a deployed one stands among them. It reads entries it is
//! handed; whether the ledger is whole was asked before.

use std::collections::BTreeMap;

use casemate_core::Timestamp;
use casemate_ledger::{Approval, Entry, Hash, Record};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;

/// The version of the shape of [`History`] in JSON.
pub const HISTORY_SCHEMA: &str = "casemate/history/v1";

/// A version of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Version {
    /// Where it stands in the ledger.
    pub index: u64,
    /// When it was recorded.
    #[schemars(with = "String")]
    pub when: Timestamp,
    /// What it is called, if it was given a name.
    pub version: Option<String>,
    /// The root digest of its manifest.
    #[schemars(with = "String")]
    pub root: Hash,
    /// The SHA-256 of its signature file.
    #[schemars(with = "String")]
    pub signature: Hash,
    /// What is thought of it now.
    pub status: Approval,
    /// Why, if somebody said.
    pub reason: Option<String>,
}

/// The versions of one model, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct History {
    /// Always [`HISTORY_SCHEMA`].
    pub schema: String,
    /// The model.
    pub model: String,
    /// Its versions.
    pub versions: Vec<Version>,
}

/// Where a deployed model stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'h> {
    /// It is the newest approved version.
    Latest(&'h Version),
    /// It is approved, and there is a newer one.
    Older {
        /// What is deployed.
        deployed: &'h Version,
        /// What could be.
        latest: &'h Version,
    },
    /// It was signed, and nobody approved it yet.
    Pending(&'h Version),
    /// It must not be deployed any more.
    Withdrawn(&'h Version),
    /// Nobody recorded it.
    Unknown,
}

impl History {
    /// The history of a model, from the entries of a ledger, oldest first.
    #[must_use]
    pub fn of(model: &str, entries: impl IntoIterator<Item = (u64, Entry)>) -> Self {
        let mut versions: Vec<Version> = Vec::new();
        // What is thought of a digest holds for every version with that digest.
        let mut at: BTreeMap<Hash, Vec<usize>> = BTreeMap::new();
        for (index, entry) in entries {
            match entry.record {
                Record::ModelSigned(signed) if signed.model == model => {
                    at.entry(entry.digest).or_default().push(versions.len());
                    versions.push(Version {
                        index,
                        when: entry.when,
                        version: signed.version,
                        root: entry.digest,
                        signature: signed.signature,
                        status: signed.status,
                        reason: None,
                    });
                }
                Record::ModelStatus(status) if status.model == model => {
                    for number in at.get(&entry.digest).into_iter().flatten() {
                        if let Some(version) = versions.get_mut(*number) {
                            version.status = status.status;
                            version.reason.clone_from(&status.reason);
                        }
                    }
                }
                _ => {}
            }
        }
        Self { schema: HISTORY_SCHEMA.to_owned(), model: model.to_owned(), versions }
    }

    /// The newest approved version.
    #[must_use]
    pub fn latest(&self) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.status == Approval::Approved)
    }

    /// The newest version of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.version.as_deref() == Some(name))
    }

    /// Where a root digest stands. A digest that was recorded several times stands where it was recorded last.
    #[must_use]
    pub fn standing(&self, root: Hash) -> Standing<'_> {
        let Some(deployed) = self.versions.iter().rev().find(|version| version.root == root) else {
            return Standing::Unknown;
        };
        match (deployed.status, self.latest()) {
            (Approval::Pending, _) => Standing::Pending(deployed),
            (Approval::Withdrawn, _) => Standing::Withdrawn(deployed),
            (Approval::Approved, Some(latest)) if latest.root != root => Standing::Older { deployed, latest },
            (Approval::Approved, _) => Standing::Latest(deployed),
        }
    }
}

/// The JSON Schema of [`History`].
#[must_use]
pub fn history_schema() -> serde_json::Value {
    schema_for!(History).to_value()
}

impl Standing<'_> {
    /// Whether the model may be deployed.
    #[must_use]
    pub const fn may_run(&self) -> bool {
        matches!(self, Self::Latest(_) | Self::Older { .. })
    }

    /// The word for it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Latest(_) => "latest",
            Self::Older { .. } => "older",
            Self::Pending(_) => "pending",
            Self::Withdrawn(_) => "withdrawn",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use casemate_ledger::{ModelSigned, ModelStatus};

    use super::*;

    fn signed(model: &str, version: &str, root: u8, status: Approval) -> Entry {
        let record = ModelSigned {
            model: model.to_owned(),
            version: Some(version.to_owned()),
            signature: Hash::of(b"signature"),
            status,
        };
        Entry::new(Timestamp::UNIX_EPOCH, Hash::of(&[root]), Record::ModelSigned(record))
    }

    fn history(entries: Vec<Entry>) -> History {
        History::of("llm", (0..).zip(entries))
    }

    fn standing(history: &History, root: u8) -> &'static str {
        history.standing(Hash::of(&[root])).as_str()
    }

    #[test]
    fn a_digest_is_the_latest_an_older_one_or_unknown() {
        let history = history(vec![
            signed("llm", "1", 1, Approval::Approved),
            signed("other", "9", 9, Approval::Approved),
            signed("llm", "2", 2, Approval::Approved),
            signed("llm", "3", 3, Approval::Pending),
        ]);
        assert_eq!(history.versions.len(), 3);
        assert_eq!(standing(&history, 1), "older");
        assert_eq!(standing(&history, 2), "latest");
        assert_eq!(standing(&history, 3), "pending");
        assert_eq!(standing(&history, 9), "unknown");
    }

    #[test]
    fn withdrawing_a_version_makes_the_one_before_it_the_latest() {
        let status = ModelStatus {
            model: "llm".to_owned(),
            status: Approval::Withdrawn,
            reason: Some("leaks".to_owned()),
        };
        let history = history(vec![
            signed("llm", "1", 1, Approval::Approved),
            signed("llm", "2", 2, Approval::Approved),
            Entry::new(Timestamp::UNIX_EPOCH, Hash::of(&[2]), Record::ModelStatus(status)),
        ]);
        assert_eq!(standing(&history, 2), "withdrawn");
        assert_eq!(standing(&history, 1), "latest");
        assert_eq!(history.named("2").unwrap().reason.as_deref(), Some("leaks"));
    }

    #[test]
    fn going_back_by_signing_the_old_bytes_again_makes_them_the_latest() {
        let history = history(vec![
            signed("llm", "1", 1, Approval::Approved),
            signed("llm", "2", 2, Approval::Approved),
            signed("llm", "3", 1, Approval::Approved),
        ]);
        assert_eq!(standing(&history, 1), "latest");
        assert_eq!(standing(&history, 2), "older");
    }
}
