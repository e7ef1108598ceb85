//! What Casemate writes into a ledger: one line of JSON that says what happened, when, and the digest of the document it
//! happened to. Documents themselves lie elsewhere. Others may append what they like; it is no `Entry`, and is left alone.

use casemate_core::evidence::{Evidence, Verdict};
use casemate_core::{Id, Timestamp, vocabulary};
use serde::{Deserialize, Serialize};

use crate::{Hash, Ledger, LedgerError};

/// The `schema` of every entry.
pub const ENTRY_SCHEMA: &str = "casemate/ledger-entry/v1";

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    schema: String,
    /// When it was recorded.
    pub when: Timestamp,
    /// The SHA-256 of the document, file or model it is about.
    pub digest: Hash,
    /// What happened.
    #[serde(flatten)]
    pub record: Record,
}

/// What happened. In JSON its `kind` says which of these it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Record {
    /// A check wrote an evidence document, whose bytes have the digest.
    Evidence(EvidenceRecord),
    /// A version of a model was signed; the digest is the root digest of its manifest.
    ModelSigned(ModelSigned),
    /// What is thought of a version of a model changed; the digest is its root digest.
    ModelStatus(ModelStatus),
    /// A file was put into the ledger.
    File(FileRecord),
}

vocabulary! {
    /// What kind of entry it is.
    "kind of entry" Kind {
        /// An evidence document.
        Evidence = "evidence",
        /// A signed version of a model.
        ModelSigned = "model-signed",
        /// A change of what is thought of a version.
        ModelStatus = "model-status",
        /// A file.
        File = "file",
    }
}

vocabulary! {
    /// What is thought of a version of a model.
    "approval" Approval {
        /// Nobody has decided.
        Pending = "pending",
        /// It may be deployed.
        Approved = "approved",
        /// It must not be deployed any more.
        Withdrawn = "withdrawn",
    }
}

/// What an evidence document says, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRecord {
    /// The control that was tested.
    pub control: Id,
    /// The check that ran.
    pub check: Id,
    /// What came out.
    pub verdict: Verdict,
    /// The elements it was tested on.
    pub on: Vec<String>,
    /// When the check ended.
    pub finished: Timestamp,
}

/// A version of a model that was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSigned {
    /// The model's name.
    pub model: String,
    /// The version, if it was given one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// The SHA-256 of the signature file.
    pub signature: Hash,
    /// What is thought of it.
    pub status: Approval,
}

/// A change of what is thought of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelStatus {
    /// The model's name.
    pub model: String,
    /// What is thought of it from now on.
    pub status: Approval,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// A file that was put into the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Its name, without folders.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// Whether its bytes lie beside the ledger, under their digest.
    pub stored: bool,
}

impl Entry {
    /// Something that happened.
    #[must_use]
    pub fn new(when: Timestamp, digest: Hash, record: Record) -> Self {
        Self { schema: ENTRY_SCHEMA.to_owned(), when, digest, record }
    }

    /// That an evidence document was written, of whose bytes this is the digest.
    #[must_use]
    pub fn evidence(when: Timestamp, digest: Hash, evidence: &Evidence) -> Self {
        let predicate = &evidence.predicate;
        let record = EvidenceRecord {
            control: predicate.control.clone(),
            check: predicate.check.clone(),
            verdict: predicate.verdict,
            on: evidence.subject.iter().map(|subject| subject.name.clone()).collect(),
            finished: predicate.finished,
        };
        Self::new(when, digest, Record::Evidence(record))
    }

    /// Its bytes in the ledger: JSON in one line, always in the same order.
    ///
    /// # Errors
    /// It is longer than an entry may be.
    pub fn to_bytes(&self) -> Result<Vec<u8>, LedgerError> {
        // Nothing in an entry can fail to be JSON; if it did, the length would tell.
        let bytes = serde_json::to_vec(self).map_err(|_| LedgerError::TooLong(usize::MAX))?;
        if bytes.len() > crate::MAX_ENTRY { Err(LedgerError::TooLong(bytes.len())) } else { Ok(bytes) }
    }

    /// The entry in some bytes; none if they are something else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|entry: &Self| entry.schema == ENTRY_SCHEMA)
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self.record {
            Record::Evidence(_) => Kind::Evidence,
            Record::ModelSigned(_) => Kind::ModelSigned,
            Record::ModelStatus(_) => Kind::ModelStatus,
            Record::File(_) => Kind::File,
        }
    }
}

impl Ledger {
    /// Casemate's entries with their indices, oldest first. What others appended is passed over.
    pub fn records(&self) -> impl Iterator<Item = Result<(u64, Entry), LedgerError>> {
        self.entries().filter_map(|entry| match entry {
            Ok((index, bytes)) => Some(Ok((index, Entry::parse(&bytes)?))),
            Err(error) => Some(Err(error)),
        })
    }

    /// Casemate's entries of one kind, oldest first.
    pub fn records_of(&self, kind: Kind) -> impl Iterator<Item = Result<(u64, Entry), LedgerError>> {
        self.records().filter(move |entry| entry.as_ref().map_or(true, |(_, entry)| entry.kind() == kind))
    }

    /// Where Casemate's entries about a digest are, oldest first.
    ///
    /// # Errors
    /// The ledger was altered.
    pub fn find(&self, digest: Hash) -> Result<Vec<(u64, Entry)>, LedgerError> {
        self.records()
            .filter(|entry| entry.as_ref().map_or(true, |(_, entry)| entry.digest == digest))
            .collect()
    }
}
