//! What can go wrong with a ledger in a folder, with the file it went wrong in.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use casemate_core::printable;

use crate::bundle::BadBundle;
use crate::{HeadError, MAX_ENTRY};

/// Why a ledger cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A file could not be read or written.
    #[error("{path}: {source}", path = shown(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no ledger.
    #[error("{path} holds no ledger: there is no file `checkpoint` in it", path = shown(.0))]
    NoLedger(PathBuf),
    /// There is a ledger already.
    #[error("{path} holds a ledger already", path = shown(.0))]
    Exists(PathBuf),
    /// Tiles without a head: somebody took the checkpoint away.
    #[error("{path} holds entries and no checkpoint: the head of the ledger was removed; put it back from a copy", path = shown(.0))]
    Headless(PathBuf),
    /// The head cannot be trusted.
    #[error("{path} cannot be trusted: {source}", path = shown(path))]
    Head {
        /// The checkpoint.
        path: PathBuf,
        /// Why.
        #[source]
        source: HeadError,
    },
    /// A file of the tree is not there.
    #[error("{path} is missing", path = shown(.0))]
    Missing(PathBuf),
    /// A tile is not what the root says.
    #[error("{path} was altered: its hashes do not lead to the root in the checkpoint", path = shown(.0))]
    AlteredTile(PathBuf),
    /// The bytes of a bundle are no entries.
    #[error("{path} was altered: {source}", path = shown(path))]
    Bundle {
        /// The bundle.
        path: PathBuf,
        /// Why.
        #[source]
        source: BadBundle,
    },
    /// An entry is not the one that was appended.
    #[error("entry {index} was altered: its hash is not the one in the tree")]
    AlteredEntry {
        /// Which.
        index: u64,
    },
    /// There is no such entry.
    #[error("there is no entry {index}: the ledger has {size}, and the first is 0")]
    NoEntry {
        /// Which.
        index: u64,
        /// How many there are.
        size: u64,
    },
    /// An entry is too long.
    #[error(
        "an entry of {0} bytes is too long: at most {MAX_ENTRY}; store it as a payload and append its digest"
    )]
    TooLong(usize),
    /// The log is full, which takes 2^63 entries.
    #[error("the ledger is full")]
    Full,
    /// Somebody else writes.
    #[error("another process is writing to {path}; gave up after {} s", .waited.as_secs(), path = shown(path))]
    Locked {
        /// The ledger.
        path: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// A payload is not what its name says.
    #[error("{path} was altered: its SHA-256 is not its name", path = shown(.0))]
    AlteredPayload(PathBuf),
}

impl LedgerError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }
}

fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}
