//! A log that shows when somebody altered it. Entries are only ever appended; a Merkle tree stands over them, and a signed
//! checkpoint names its root. The folder is that of C2SP tlog-tiles, so other tools read it too.
//!
//! It says whether a log is whole. It does not say whether what stands in it is true, and it cannot see that somebody who
//! has the key rewrote it all, unless a head was kept elsewhere.

mod audit;
mod bundle;
mod checkpoint;
mod disk;
mod entry;
mod error;
mod hash;
mod ledger;
mod lock;
mod note;
mod payload;
mod proof;
mod tile;
pub mod tree;
mod witness;
mod writer;

pub use audit::{Audit, Expected, Fault, MAX_FAULTS, audit};
pub use bundle::{BadBundle, MAX_ENTRY, parse as parse_bundle};
pub use checkpoint::{BadCheckpoint, Checkpoint, Head, HeadError};
pub use entry::{
    Approval, ENTRY_SCHEMA, Entry, EvidenceRecord, FileRecord, Kind, ModelSigned, ModelStatus, Record,
};
pub use error::LedgerError;
pub use hash::{BadHash, HASH_LEN, Hash};
pub use ledger::Ledger;
pub use lock::Lock;
pub use note::{
    Algorithm, BadKey, BadNote, KeyName, MAX_NOTE, MAX_SIGNATURES, Note, Signature, SignerKey, Standing,
    VerifierKey,
};
pub use payload::{check_payload, copy as digest_of, payload_path};
pub use proof::{MAX_PROOF_FILE, Proof, ProofError};
pub use tile::{Layer, Tile, WIDTH};
pub use witness::{Cosigned, Policy, PolicyError, cosign};
pub use writer::{Appended, Writer};
