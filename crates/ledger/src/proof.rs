//! A proof as a file (C2SP tlog-proof): that an entry is in a log, for whoever has the log's key and nothing else. It
//! carries the entry as its extra data, which counts for nothing until it was hashed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::parse_number;
use crate::note::{MAX_NOTE, Note};
use crate::tree::{MAX_PROOF, verify_inclusion};
use crate::{Hash, Head, HeadError, MAX_ENTRY, VerifierKey};

/// The largest proof file, in bytes: the note, an entry in base64, and the hashes.
pub const MAX_PROOF_FILE: usize = MAX_NOTE + 2 * MAX_ENTRY + 45 * MAX_PROOF;

const MAGIC: &str = "c2sp.org/tlog-proof@v1";

/// That an entry is in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Where the entry is.
    pub index: u64,
    /// What came with the proof; Casemate puts the entry there. Nothing vouches for it.
    pub extra: Option<Vec<u8>>,
    /// From the leaf's sibling up to the children of the root.
    pub hashes: Vec<Hash>,
    /// The head of the log, not verified yet.
    pub note: Note,
}

/// Why text is no proof, or proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It is larger than any proof has to be.
    #[error("it is larger than {MAX_PROOF_FILE} bytes")]
    TooLarge,
    /// It does not begin as proofs do.
    #[error("it does not begin with the line `{MAGIC}`")]
    Magic,
    /// The extra data is no base64.
    #[error("its extra data is no base64")]
    Extra,
    /// There is no index.
    #[error("it has no line `index NUMBER`")]
    Index,
    /// A hash is none.
    #[error("its hash {0} is not the base64 of a SHA-256")]
    BadHash(usize),
    /// The hashes do not end.
    #[error("no empty line follows after its hashes, of which there are at most {MAX_PROOF}")]
    NoEnd,
    /// The head in it cannot be trusted.
    #[error("the checkpoint in it: {0}")]
    Head(#[from] HeadError),
    /// The entry is not the one that was proved.
    #[error(
        "the entry is not entry {index} of the log as of {size} entries: it was altered, or the proof is of another"
    )]
    NotIncluded {
        /// Where it should be.
        index: u64,
        /// The size of the log then.
        size: u64,
    },
}

impl Proof {
    /// Reads a proof.
    ///
    /// # Errors
    /// The bytes are not of that form.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() > MAX_PROOF_FILE {
            return Err(ProofError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ProofError::Magic)?;
        let rest =
            text.strip_prefix(MAGIC).and_then(|rest| rest.strip_prefix('\n')).ok_or(ProofError::Magic)?;
        let (extra, rest) = match rest.strip_prefix("extra ") {
            Some(rest) => {
                let (line, rest) = rest.split_once('\n').ok_or(ProofError::Extra)?;
                (Some(STANDARD.decode(line).map_err(|_| ProofError::Extra)?), rest)
            }
            None => (None, rest),
        };
        let line = rest.strip_prefix("index ").and_then(|rest| rest.split_once('\n'));
        let (index, mut rest) = line.ok_or(ProofError::Index)?;
        let index = parse_number(index).ok_or(ProofError::Index)?;
        let mut hashes = Vec::new();
        let note = loop {
            let (line, after) = rest.split_once('\n').ok_or(ProofError::NoEnd)?;
            if line.is_empty() {
                break after;
            }
            if hashes.len() >= MAX_PROOF {
                return Err(ProofError::NoEnd);
            }
            hashes.push(Hash::from_base64(line).ok_or(ProofError::BadHash(hashes.len() + 1))?);
            rest = after;
        };
        let note = Note::parse(note.as_bytes()).map_err(HeadError::from)?;
        Ok(Self { index, extra, hashes, note })
    }

    /// Holds the proof against an entry and the key of the log, and says which head it is in.
    ///
    /// # Errors
    /// The head cannot be trusted, or the entry is not in its tree at that place.
    pub fn verify(&self, entry: &[u8], key: &VerifierKey) -> Result<Head, ProofError> {
        let head = Head::open(self.note.to_string().as_bytes(), key)?;
        let leaf = Hash::leaf(entry);
        if verify_inclusion(leaf, self.index, head.size(), &self.hashes, head.root()) {
            Ok(head)
        } else {
            Err(ProofError::NotIncluded { index: self.index, size: head.size() })
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{MAGIC}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.note)
    }
}
