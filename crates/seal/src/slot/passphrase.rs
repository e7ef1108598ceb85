//! Slots for passphrases: Argon2id (RFC 9106) makes a key of one, and the data key is a message under that key. What a
//! file asks of memory and time is bounded before it is done.

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Bound, Method, SlotError, data_key};
use crate::DataKey;
use crate::base64::Base64;
use crate::chunked::{SealedFile, seal_bytes};

const KEY: usize = 32;
const SALT: usize = 16;
/// The most memory that a slot may ask for, in KiB: 1 GiB.
const MOST_MEMORY: u32 = 1024 * 1024;
/// The most that may be filled altogether, in KiB: 4 GiB, some seconds.
const MOST_WORK: u64 = 4 * 1024 * 1024;
const MOST_LANES: u32 = 16;

/// What deriving a key from a passphrase costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// How many times it is filled.
    pub passes: u32,
    /// In how many lanes.
    pub lanes: u32,
}

impl Default for Cost {
    /// 256 MiB, filled three times in four lanes: four times the memory of the second choice of RFC 9106, because a model
    /// is opened seldom.
    fn default() -> Self {
        Self { memory_kib: 256 * 1024, passes: 3, lanes: 4 }
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Argon2id, {} MiB, {} passes, {} lanes", self.memory_kib / 1024, self.passes, self.lanes)
    }
}

impl Cost {
    /// What is wrong with it, if anything.
    pub(super) fn problem(self) -> Option<String> {
        let Self { memory_kib, passes, lanes } = self;
        let work = u64::from(memory_kib) * u64::from(passes);
        let good = memory_kib <= MOST_MEMORY
            && work <= MOST_WORK
            && (1..=MOST_LANES).contains(&lanes)
            && passes >= 1
            && memory_kib >= 8 * lanes;
        (!good).then(|| {
            format!(
                "its passphrase costs {memory_kib} KiB, {passes} passes and {lanes} lanes; at most {MOST_MEMORY} KiB, {MOST_WORK} KiB over all passes and {MOST_LANES} lanes are derived, and at least 8 KiB for each lane"
            )
        })
    }
}

/// A passphrase.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes a passphrase as it was typed; none if it is empty.
    #[must_use]
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        (!bytes.is_empty()).then_some(Self(bytes))
    }

    pub(super) fn wrap(
        &self,
        cost: Cost,
        key: &DataKey,
        bound: Bound<'_>,
    ) -> Result<(Method, Vec<u8>), SlotError> {
        let refused = || SlotError::Failed("the cryptographic library refused".to_owned());
        let mut salt = [0; SALT];
        aws_lc_rs::rand::fill(&mut salt).map_err(|_| refused())?;
        let derived = self.derive(cost, &salt)?;
        let wrapped = seal_bytes(&derived, &bound.context(), key.bytes()).map_err(|_| refused())?;
        Ok((Method::Passphrase { argon2id: cost, salt: Base64(salt.to_vec()) }, wrapped))
    }

    pub(super) fn unwrap(
        &self,
        cost: Cost,
        salt: &[u8],
        wrapped: &[u8],
        bound: Bound<'_>,
    ) -> Result<DataKey, SlotError> {
        let derived = self.derive(cost, salt)?;
        let message = SealedFile::new(wrapped.to_vec(), &derived, &bound.context(), KEY as u64)
            .map_err(|_| SlotError::WrongPassphrase)?;
        let mut key = Zeroizing::new(Vec::with_capacity(KEY));
        message.copy(0..KEY as u64, &mut *key).map_err(|_| SlotError::WrongPassphrase)?;
        data_key(key)
    }

    fn derive(&self, cost: Cost, salt: &[u8]) -> Result<DataKey, SlotError> {
        if let Some(problem) = cost.problem() {
            return Err(SlotError::Failed(problem));
        }
        let failed = |error: argon2::Error| SlotError::Failed(error.to_string());
        let Cost { memory_kib, passes, lanes } = cost;
        let params = Params::new(memory_kib, passes, lanes, Some(KEY)).map_err(failed)?;
        let mut key = Zeroizing::new(vec![0; KEY]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&self.0, salt, &mut key)
            .map_err(failed)?;
        data_key(key)
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(redacted)")
    }
}
