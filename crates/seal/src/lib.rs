//! Encryption of models at rest: files that can be read at any offset, one data key per model, several who can open it,
//! and keys that are changed without loss. It signs nothing: who made a model is for `sign` to say.

mod base64;
mod check;
mod chunked;
mod error;
mod evidence;
mod folder;
mod key;
mod manifest;
mod name;
mod open;
mod pending;
mod rotate;
mod seal;
mod slot;
pub mod slots;
mod tensor;
mod tuple;
mod walk;
mod watch;
mod work;

pub use self::check::{Checked, Lock};
pub use self::chunked::{
    CHUNK, HEADER, ReadAt, ReadError, Reader, SealedFile, TAG, WrongKey, plain_length, seal_into,
    sealed_length,
};
pub use self::error::SealError;
pub use self::evidence::{About, Ran, evidence};
pub use self::key::DataKey;
pub use self::manifest::{FileEntry, Manifest};
pub use self::name::{BadModelId, BadPath, ModelId, RelativePath};
pub use self::open::Unlocked;
pub use self::rotate::{Rotated, abandon, rotate};
pub use self::seal::{SealRequest, Sealed, seal, survey};
pub use self::slot::{
    Cost, Holder, Identity, Keys, Method, PROTOCOL, Passphrase, Plugin, Recipient, Slot, SlotError, Token,
};
pub use self::tensor::Tensor;
pub use self::watch::Watch;

/// The format of a sealed model.
pub const FORMAT: &str = "casemate/seal/v1";
