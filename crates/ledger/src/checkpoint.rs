//! The head of a log (C2SP tlog-checkpoint): its origin, its size and its root, in a note that the log's key signs. A
//! `Head` is the proof that the signature was checked.

use std::fmt;

use casemate_core::{Timestamp, printable};

use crate::note::{BadNote, Note, Signature, SignerKey, Standing, VerifierKey};
use crate::{Hash, KeyName};

/// What a head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log it is of.
    pub origin: String,
    /// How many entries the log has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// Lines that follow; nothing is known of them.
    pub extensions: Vec<String>,
}

/// Why text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCheckpoint {
    /// It has fewer than three lines, or an empty one.
    #[error("it has no origin, size and root in a line each")]
    Lines,
    /// The second line is no size.
    #[error("its second line is not a number of entries")]
    Size,
    /// The third line is no root.
    #[error("its third line is not the base64 of a SHA-256")]
    Root,
}

/// Why a head cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// It is no signed note.
    #[error("it is no signed note: {0}")]
    Note(#[from] BadNote),
    /// The note is no checkpoint.
    #[error("it is no checkpoint: {0}")]
    Checkpoint(#[from] BadCheckpoint),
    /// It is of another log.
    #[error("it is of the log `{}`, and the key is of `{expected}`", printable(found))]
    Origin {
        /// The origin in it.
        found: String,
        /// The name of the key.
        expected: KeyName,
    },
    /// The key did not sign it.
    #[error("it is not signed with the key of `{0}`: another key made it")]
    Unsigned(KeyName),
    /// The signature does not verify.
    #[error(
        "the signature of `{0}` does not verify: the text or the signature was changed, or another key made it"
    )]
    Broken(KeyName),
}

/// A checkpoint whose signature by the log's key verifies, with its note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    checkpoint: Checkpoint,
    note: Note,
}

impl Checkpoint {
    /// Reads the text of a checkpoint. Only one text stands for a checkpoint.
    ///
    /// # Errors
    /// It is not of that form.
    pub fn parse(text: &str) -> Result<Self, BadCheckpoint> {
        let mut lines = text.strip_suffix('\n').ok_or(BadCheckpoint::Lines)?.split('\n');
        let mut line = || lines.next().filter(|line| !line.is_empty()).ok_or(BadCheckpoint::Lines);
        let origin = line()?.to_owned();
        let size = parse_number(line()?).ok_or(BadCheckpoint::Size)?;
        let root = Hash::from_base64(line()?).ok_or(BadCheckpoint::Root)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(BadCheckpoint::Lines);
        }
        Ok(Self { origin, size, root, extensions })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, size, root, extensions } = self;
        write!(f, "{origin}\n{size}\n{}\n", root.to_base64())?;
        extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Head {
    /// Reads a signed checkpoint and holds it against the key of its log, whose name is the origin.
    ///
    /// # Errors
    /// It is no checkpoint, is of another log, or the key did not sign it.
    pub fn open(bytes: &[u8], key: &VerifierKey) -> Result<Self, HeadError> {
        let note = Note::parse(bytes)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        if checkpoint.origin != key.name().as_str() {
            return Err(HeadError::Origin { found: checkpoint.origin, expected: key.name().clone() });
        }
        match note.standing(key) {
            Standing::Signed => Ok(Self { checkpoint, note }),
            Standing::Broken => Err(HeadError::Broken(key.name().clone())),
            Standing::Absent => Err(HeadError::Unsigned(key.name().clone())),
        }
    }

    pub(crate) fn sign(size: u64, root: Hash, key: &SignerKey) -> Result<Self, HeadError> {
        let origin = key.verifier().name().to_string();
        let checkpoint = Checkpoint { origin, size, root, extensions: Vec::new() };
        let mut note = Note::new(&checkpoint.to_string())?;
        note.add(key.sign(note.text(), Timestamp::UNIX_EPOCH));
        Ok(Self { checkpoint, note })
    }

    /// What it says.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// How many entries the log has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.checkpoint.size
    }

    /// The root of the tree over them.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.checkpoint.root
    }

    /// Which log it is of.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.checkpoint.origin
    }

    /// The note with all its signatures.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Puts the signature of somebody else under it, a witness for one.
    pub fn add(&mut self, signature: Signature) {
        self.note.add(signature);
    }
}

/// A number as checkpoints and proofs write it: decimal, no sign, no zero before it.
pub(crate) fn parse_number(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with(['0', '+']);
    canonical.then(|| text.parse().ok()).flatten()
}
