//! The algorithms that files are hashed with (OMS v1.0, algorithm registry).

use blake2::Blake2b512;
use casemate_core::vocabulary;
use sha2::{Digest as _, Sha256};

vocabulary! {
    /// How the content of files is hashed.
    "hash algorithm" Algorithm {
        /// SHA-256 (FIPS 180-4), which every implementation knows.
        Sha256 = "sha256",
        /// BLAKE2b with 512 bits (RFC 7693).
        Blake2b = "blake2b",
        /// BLAKE3 with 256 bits: the one that hashes a single file on several cores.
        Blake3 = "blake3",
    }
}

impl Algorithm {
    /// The length of a digest in bytes.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::Sha256 | Self::Blake3 => 32,
            Self::Blake2b => 64,
        }
    }

    pub(crate) fn hasher(self) -> Hasher {
        match self {
            Self::Sha256 => Hasher::Sha256(Sha256::new()),
            Self::Blake2b => Hasher::Blake2b(Box::new(Blake2b512::new())),
            Self::Blake3 => Hasher::Blake3(Box::new(blake3::Hasher::new())),
        }
    }
}

/// A digest in the making.
pub(crate) enum Hasher {
    Sha256(Sha256),
    Blake2b(Box<Blake2b512>),
    Blake3(Box<blake3::Hasher>),
}

impl Hasher {
    /// Takes the next bytes. `wide` lets BLAKE3 use other cores for them, which pays where no other file needs these.
    pub(crate) fn update(&mut self, bytes: &[u8], wide: bool) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Blake2b(hasher) => hasher.update(bytes),
            Self::Blake3(hasher) if wide => {
                hasher.update_rayon(bytes);
            }
            Self::Blake3(hasher) => {
                hasher.update(bytes);
            }
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
            Self::Blake2b(hasher) => hasher.finalize().to_vec(),
            Self::Blake3(hasher) => hasher.finalize().as_bytes().to_vec(),
        }
    }
}
