//! SHA-256 as a Merkle tree uses it (RFC 6962, section 2.1), and as the name of a document. It never looks at what is
//! hashed.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{Context, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The length of a hash in bytes.
pub const HASH_LEN: usize = 32;

/// A SHA-256: of a document, an entry, or a whole tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; HASH_LEN]);

/// A string is not a SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256: expected 64 hexadecimal digits, with or without `sha256:` before them")]
pub struct BadHash;

impl Hash {
    /// The SHA-256 of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::finished(&digest(&SHA256, bytes))
    }

    /// The hash of an entry as a leaf: a zero byte goes before it.
    #[must_use]
    pub fn leaf(entry: &[u8]) -> Self {
        Self::of_parts(&[&[0], entry])
    }

    /// The hash of a node: a byte of one goes before its two children.
    #[must_use]
    pub fn node(left: Self, right: Self) -> Self {
        Self::of_parts(&[&[1], &left.0, &right.0])
    }

    /// The root of a tree without entries: the hash of nothing.
    #[must_use]
    pub fn empty_tree() -> Self {
        Self::of(&[])
    }

    /// A hash from its 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; HASH_LEN] {
        &self.0
    }

    /// As base64, the way checkpoints and proofs write it.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// From the only base64 that stands for it.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        // Longer text is not worth decoding.
        if text.len() != 44 {
            return None;
        }
        Self::from_bytes(&STANDARD.decode(text).ok()?)
    }

    /// In hexadecimal, lower case.
    #[must_use]
    pub fn to_hex(&self) -> String {
        casemate_core::hex(&self.0)
    }

    pub(crate) fn finished(digest: &aws_lc_rs::digest::Digest) -> Self {
        let mut hash = [0; HASH_LEN];
        hash.copy_from_slice(digest.as_ref());
        Self(hash)
    }

    fn of_parts(parts: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        parts.iter().for_each(|part| context.update(part));
        Self::finished(&context.finish())
    }
}

impl FromStr for Hash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Self, BadHash> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text).as_bytes();
        if digits.len() != 2 * HASH_LEN {
            return Err(BadHash);
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let mut hash = [0; HASH_LEN];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            let &[high, low] = pair else { return Err(BadHash) };
            *byte = digit(high).ok_or(BadHash)? << 4 | digit(low).ok_or(BadHash)?;
        }
        Ok(Self(hash))
    }
}

impl TryFrom<String> for Hash {
    type Error = BadHash;

    fn try_from(text: String) -> Result<Self, BadHash> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

impl From<[u8; HASH_LEN]> for Hash {
    fn from(bytes: [u8; HASH_LEN]) -> Self {
        Self(bytes)
    }
}

/// With its algorithm before it: `sha256:…`.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.to_hex())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
