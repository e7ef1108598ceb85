//! The key of one model, and what is derived from it. It is never shown, and wiped when it is dropped.

use aws_lc_rs::hkdf::{HKDF_SHA512, Prk};
use aws_lc_rs::{hmac, rand};
use zeroize::Zeroizing;

const KEY: usize = 32;

/// The data key of one model in one generation: 32 random bytes, under which each file is a message of its own.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; KEY]>);

impl DataKey {
    /// A new random key; none if the system has no randomness to give.
    #[must_use]
    pub fn generate() -> Option<Self> {
        let mut key = Zeroizing::new([0; KEY]);
        rand::fill(key.as_mut_slice()).ok()?;
        Some(Self(key))
    }

    /// A key that was kept elsewhere; none if it has not 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Marks what somebody wrote who holds the key. Each purpose has a key of its own, derived from this one.
    pub(crate) fn mark(&self, purpose: Purpose, text: &[u8]) -> Option<[u8; MARK]> {
        let tag = hmac::sign(&self.derived(purpose)?, text);
        tag.as_ref().try_into().ok()
    }

    /// Whether a mark is right, told in constant time.
    pub(crate) fn marked(&self, purpose: Purpose, text: &[u8], mark: &[u8]) -> bool {
        self.derived(purpose).is_some_and(|key| hmac::verify(&key, text, mark).is_ok())
    }

    fn derived(&self, purpose: Purpose) -> Option<hmac::Key> {
        let mut key = Zeroizing::new([0; KEY]);
        let info = [purpose.info()];
        Prk::new_less_safe(HKDF_SHA512, self.bytes())
            .expand(&info, Length)
            .and_then(|okm| okm.fill(key.as_mut_slice()))
            .ok()?;
        Some(hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(redacted)")
    }
}

/// Bytes of a mark: HMAC-SHA-256.
pub(crate) const MARK: usize = 32;

/// What is marked, so that no mark is taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The seal of this key's own generation.
    Seal,
    /// The seal of the next generation, by the key of this one.
    Successor,
}

impl Purpose {
    const fn info(self) -> &'static [u8] {
        match self {
            Self::Seal => b"casemate/seal/v1 seal",
            Self::Successor => b"casemate/seal/v1 successor",
        }
    }
}

struct Length;

impl aws_lc_rs::hkdf::KeyType for Length {
    fn len(&self) -> usize {
        KEY
    }
}
