//! The whole ledger held against its head, and the head against one that was kept elsewhere. Every fault is named, not only
//! the first. It mends nothing.

mod tree;

use std::fmt;
use std::path::{Path, PathBuf};

use casemate_core::printable;

use crate::ledger::{CHECKPOINT, missing_head};
use crate::note::{MAX_NOTE, Note};
use crate::{
    Checkpoint, Cosigned, Hash, Head, HeadError, LedgerError, Policy, PolicyError, VerifierKey,
    check_payload, disk,
};

/// The most faults that are listed.
pub const MAX_FAULTS: usize = 1000;

/// What a ledger is held against.
#[derive(Debug, Default)]
pub struct Expected {
    /// Who must have seen the head.
    pub witnesses: Policy,
    /// A head of the same ledger that was kept elsewhere.
    pub anchor: Option<Head>,
}

/// What an audit found.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    /// How many entries the head speaks of.
    pub size: u64,
    /// The root in the head.
    pub root: Option<Hash>,
    /// How many entries were held against the tree and are whole.
    pub whole: u64,
    /// How many payloads were held against their digests and are whole.
    pub payloads: u64,
    /// The witnesses that signed the head.
    pub witnesses: Vec<Cosigned>,
    /// What is wrong. None: the ledger is whole.
    pub faults: Vec<Fault>,
    /// What is no fault and may be of interest.
    pub notes: Vec<String>,
}

/// One thing that is wrong with a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// There is no head.
    NoCheckpoint(PathBuf),
    /// The head was replaced: it is damaged, of another log, or signed with another key.
    ReplacedCheckpoint(HeadError),
    /// Witnesses that must have signed did not.
    Witnesses(PolicyError),
    /// An entry is not the one that was appended.
    AlteredEntry(u64),
    /// The bytes of these entries are damaged, so that they cannot be told apart.
    DamagedEntries {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
        /// Their file.
        file: PathBuf,
    },
    /// A file of the tree is gone.
    MissingFile(PathBuf),
    /// A file of the tree was altered; the entries under it are what they were.
    AlteredTile(PathBuf),
    /// The last entries are gone.
    TruncatedTail {
        /// How many are left.
        left: u64,
        /// How many there were.
        size: u64,
    },
    /// The head is older than the one that was kept.
    RolledBack {
        /// The size now.
        size: u64,
        /// The size when the anchor was taken.
        anchor: u64,
    },
    /// The ledger does not go on from the head that was kept: entries before it were rewritten.
    Forked {
        /// The size when the anchor was taken.
        anchor: u64,
    },
    /// Whether the ledger goes on from the anchor cannot be said, because the tree is damaged.
    NotComparable {
        /// The size when the anchor was taken.
        anchor: u64,
    },
    /// Entries, tiles and head do not belong together.
    Unrelated,
    /// A payload is gone.
    MissingPayload {
        /// The entry that names it.
        index: u64,
        /// Its digest.
        digest: Hash,
    },
    /// A payload is not what the entry says.
    AlteredPayload {
        /// The entry that names it.
        index: u64,
        /// Its digest.
        digest: Hash,
    },
    /// A file cannot be read.
    Unreadable(String),
}

/// Holds the ledger in a folder against the key that signs its heads, and against what is expected of it.
#[must_use]
pub fn audit(folder: &Path, key: &VerifierKey, expected: &Expected) -> Audit {
    let mut audit = Audit::default();
    let bytes = match disk::read(&folder.join(CHECKPOINT), MAX_NOTE) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            let headless = missing_head(folder).to_string();
            audit.faults.push(Fault::NoCheckpoint(folder.join(CHECKPOINT)));
            audit.notes.push(headless);
            return audit;
        }
        Err(error) => {
            audit.fault(Fault::Unreadable(error.to_string()));
            return audit;
        }
    };
    let checkpoint = match Head::open(&bytes, key) {
        Ok(head) => {
            match expected.witnesses.check(&head) {
                Ok(witnesses) => audit.witnesses = witnesses,
                Err(error) => audit.fault(Fault::Witnesses(error)),
            }
            head.checkpoint().clone()
        }
        Err(error) => {
            audit.fault(Fault::ReplacedCheckpoint(error));
            // Nobody vouches for it, but it may still tell what happened.
            let text = Note::parse(&bytes).ok();
            let Some(checkpoint) = text.and_then(|note| Checkpoint::parse(note.text()).ok()) else {
                return audit;
            };
            checkpoint
        }
    };
    audit.size = checkpoint.size;
    audit.root = Some(checkpoint.root);
    let tree = tree::audit(folder, &checkpoint, &mut audit);
    if let Some(anchor) = &expected.anchor {
        anchored(anchor, &checkpoint, &tree, &mut audit);
    }
    audit
}

/// Whether the ledger goes on from the head that was kept.
fn anchored(anchor: &Head, now: &Checkpoint, tree: &tree::Checked, audit: &mut Audit) {
    let size = anchor.size();
    if size > now.size {
        audit.fault(Fault::RolledBack { size: now.size, anchor: size });
        return;
    }
    match tree.root_at(size) {
        Some(root) if root == anchor.root() => {}
        Some(_) => audit.fault(Fault::Forked { anchor: size }),
        None => audit.fault(Fault::NotComparable { anchor: size }),
    }
}

impl Audit {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        } else if self.faults.len() == MAX_FAULTS {
            self.faults
                .push(Fault::Unreadable(format!("more than {MAX_FAULTS} faults; the rest is not listed")));
        }
    }

    /// Holds a payload against the digest in an entry that is whole.
    fn payload(&mut self, folder: &Path, index: u64, digest: Hash) {
        match check_payload(folder, digest) {
            Ok(_) => self.payloads += 1,
            Err(LedgerError::Missing(_)) => self.fault(Fault::MissingPayload { index, digest }),
            Err(LedgerError::AlteredPayload(_)) => self.fault(Fault::AlteredPayload { index, digest }),
            Err(error) => self.fault(Fault::Unreadable(error.to_string())),
        }
    }
}

impl Fault {
    /// The fault in one word, for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NoCheckpoint(_) => "no-checkpoint",
            Self::ReplacedCheckpoint(_) => "replaced-checkpoint",
            Self::Witnesses(_) => "witnesses",
            Self::AlteredEntry(_) | Self::DamagedEntries { .. } => "altered-entry",
            Self::MissingFile(_) => "missing-tile",
            Self::AlteredTile(_) => "altered-tile",
            Self::TruncatedTail { .. } | Self::RolledBack { .. } => "truncated-tail",
            Self::Forked { .. } => "forked-tree",
            Self::NotComparable { .. } => "not-comparable",
            Self::Unrelated => "replaced-tree",
            Self::MissingPayload { .. } => "missing-payload",
            Self::AlteredPayload { .. } => "altered-payload",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |path: &Path| printable(&path.display().to_string());
        match self {
            Self::NoCheckpoint(path) => write!(f, "no checkpoint: {} is missing", shown(path)),
            Self::ReplacedCheckpoint(error) => write!(f, "replaced checkpoint: {error}"),
            Self::Witnesses(error) => write!(f, "witnesses: {error}"),
            Self::AlteredEntry(index) => {
                write!(f, "altered entry: entry {index} is not the one that was appended")
            }
            Self::DamagedEntries { first, last, file } => {
                write!(f, "altered entries: {} no longer holds entries {first} to {last}", shown(file))
            }
            Self::MissingFile(path) => write!(f, "missing tile: {}", shown(path)),
            Self::AlteredTile(path) => {
                write!(
                    f,
                    "altered tile: {} does not lead to the root; the entries under it are whole",
                    shown(path)
                )
            }
            Self::TruncatedTail { left, size } => {
                write!(
                    f,
                    "truncated tail: {left} of {size} entries are left, and the last {} are gone",
                    size - left
                )
            }
            Self::RolledBack { size, anchor } => write!(
                f,
                "truncated tail: the ledger has {size} entries, and had {anchor} when the anchor was taken"
            ),
            Self::Forked { anchor } => write!(
                f,
                "forked tree: the first {anchor} entries are not those of the anchor; the history was rewritten"
            ),
            Self::NotComparable { anchor } => write!(
                f,
                "cannot be held against the anchor: the tree over the first {anchor} entries is damaged"
            ),
            Self::Unrelated => f.write_str(
                "replaced tree: neither the tiles nor the entries lead to the root in the checkpoint",
            ),
            Self::MissingPayload { index, digest } => {
                write!(f, "missing payload: entry {index} names {digest}, which is not stored")
            }
            Self::AlteredPayload { index, digest } => {
                write!(f, "altered payload: what is stored as {digest} for entry {index} is something else")
            }
            Self::Unreadable(what) => f.write_str(what),
        }
    }
}
