//! What can go wrong with sealed models. Every message says what and where; none says anything of a key.

use std::io;
use std::path::PathBuf;

use crate::{ReadError, SlotError};

/// Why a model is not sealed, not opened, or not changed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The system did not let something be read or written.
    #[error("cannot {what} {}: {error}", path.display())]
    Io {
        /// What was tried: `read`, `create`.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// There is nothing to seal.
    #[error("there are no files in {}; a model without files is not sealed", .0.display())]
    Empty(PathBuf),
    /// A name cannot be kept.
    #[error("{}: {why}", path.display())]
    Name {
        /// Where.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// It is neither a file nor a folder.
    #[error("{} is {what}; only files and folders are sealed", path.display())]
    Kind {
        /// Where.
        path: PathBuf,
        /// What it is instead.
        what: &'static str,
    },
    /// A file was written to while it was sealed.
    #[error("{} changed while it was sealed; seal the model when nobody writes to it", .0.display())]
    Changed(PathBuf),
    /// There is something already.
    #[error("{} is there already; it is not written over", .0.display())]
    Exists(PathBuf),
    /// Somebody else is at work.
    #[error("another run is working on {}", .0.display())]
    Busy(PathBuf),
    /// The folder holds no sealed model.
    #[error("{} is no sealed model: it has no seal.json", .0.display())]
    NotSealed(PathBuf),
    /// `seal.json` is not what it must be.
    #[error("seal.json cannot be used: {0}")]
    Manifest(String),
    /// None of the keys opens a slot.
    #[error("no key opens it: {}", reasons(tried, slots))]
    NoKey {
        /// The slots that were tried, and what came of it.
        tried: Vec<(String, SlotError)>,
        /// All there are.
        slots: Vec<String>,
    },
    /// A key opened a slot, and `seal.json` does not bear its mark.
    #[error("seal.json was changed: the key in it does not confirm what it says")]
    Mark,
    /// The generation is older than the one that was asked for.
    #[error("it is of generation {found}, and at least {least} was asked for: an older state was put back")]
    Old {
        /// The one that is there.
        found: u64,
        /// The one that was asked for.
        least: u64,
    },
    /// The data key could not be wrapped.
    #[error("the data key cannot be wrapped for `{slot}`: {error}")]
    Wrap {
        /// The slot.
        slot: String,
        /// Why not.
        error: SlotError,
    },
    /// More slots than there may be.
    #[error("there would be more key slots than the {} that are possible", crate::slot::MOST_SLOTS)]
    Slots,
    /// No slot has that name.
    #[error("there is no slot `{name}`; there are: {}", slots.join(", "))]
    NoSlot {
        /// The name.
        name: String,
        /// Those there are.
        slots: Vec<String>,
    },
    /// Nobody could open it any more.
    #[error("`{0}` is the only slot; without it nobody could open the model")]
    LastSlot(String),
    /// A new key cannot be wrapped for everyone who has one now.
    #[error("the new data key cannot be wrapped for the slot `{0}` with what was given")]
    NotKept(String),
    /// The model has no such file.
    #[error("`{0}` is not a file of this model")]
    NoFile(String),
    /// A file of the model is not there.
    #[error("`{0}` is missing")]
    Missing(String),
    /// Something is there that does not belong to the model.
    #[error("{} does not belong to the sealed model", .0.display())]
    Extra(PathBuf),
    /// A file is not what was sealed.
    #[error("`{path}` is refused: {error}")]
    File {
        /// The file.
        path: String,
        /// Why.
        error: ReadError,
    },
    /// No tensor has that name, or something is wrong with the file it is looked for in.
    #[error("{0}")]
    Tensor(String),
    /// What a half-done rotation left is not its own.
    #[error("the rotation that was begun cannot be continued: {0}")]
    Rotation(String),
    /// Whoever asked for it stopped it.
    #[error("stopped before it was done; nothing half-done was left")]
    Stopped,
    /// The cryptographic library refused, or the system has no randomness to give.
    #[error("the cryptographic library refused")]
    Crypto,
}

impl SealError {
    /// For `map_err`: what was tried, and where.
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { what, path, error }
    }
}

/// What a parser says about foreign text, which it may quote: printable, and not too much of it.
pub(crate) fn said(error: &serde_json::Error) -> String {
    casemate_core::printable(&error.to_string()).chars().take(300).collect()
}

fn reasons(tried: &[(String, SlotError)], slots: &[String]) -> String {
    if tried.is_empty() {
        return format!("it has the slots {}, and no key for one of them was given", slots.join(", "));
    }
    let reasons: Vec<String> = tried.iter().map(|(slot, error)| format!("{slot}: {error}")).collect();
    reasons.join("; ")
}
