//! The keys of one message and what they do to one chunk. No key leaves here, and no plaintext before its tag was checked.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hkdf::{HKDF_SHA512, KeyType, Prk};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use super::{COMMITMENT, HEADER, MAX_CHUNKS, SALT, TAG};
use crate::DataKey;

const KEY: usize = 32;
/// What is derived for each message: its key, the nonce that chunks are counted from, and the commitment.
const DERIVED: usize = KEY + NONCE_LEN + COMMITMENT;
const INFO: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";

/// The key is not the one it was sealed with, or it was sealed as something else, or its header was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it was not sealed with this key as this file of this model")]
pub struct WrongKey;

/// The cryptographic library did not do what it was asked for; with input like ours it always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library refused")]
pub(crate) struct Refused;

/// The keys of one message.
pub(crate) struct Message {
    // The library keeps the key in its own memory and wipes it when it frees it.
    key: LessSafeKey,
    base: [u8; NONCE_LEN],
}

impl Message {
    /// Begins a new message under a salt of its own: its header and its keys.
    pub(crate) fn begin(key: &DataKey, context: &[u8]) -> Result<([u8; HEADER], Self), Refused> {
        let mut salt = [0; SALT];
        rand::fill(&mut salt).map_err(|_| Refused)?;
        let (message, commitment) = Self::derive(key, &salt, context)?;
        let mut header = [0; HEADER];
        for (to, from) in header.iter_mut().zip(salt.iter().chain(&commitment)) {
            *to = *from;
        }
        Ok((header, message))
    }

    /// The keys of the message that a header begins, if it commits to this key and this context.
    pub(crate) fn resume(key: &DataKey, context: &[u8], header: &[u8; HEADER]) -> Result<Self, WrongKey> {
        let (salt, committed) = header.split_first_chunk().ok_or(WrongKey)?;
        let (message, commitment) = Self::derive(key, salt, context).map_err(|_| WrongKey)?;
        verify_slices_are_equal(&commitment, committed).map_err(|_| WrongKey)?;
        Ok(message)
    }

    fn derive(key: &DataKey, salt: &[u8; SALT], context: &[u8]) -> Result<(Self, [u8; COMMITMENT]), Refused> {
        let mut derived = Zeroizing::new([0; DERIVED]);
        let info = [INFO, salt, context];
        Prk::new_less_safe(HKDF_SHA512, key.bytes())
            .expand(&info, Length)
            .and_then(|okm| okm.fill(derived.as_mut_slice()))
            .map_err(|_| Refused)?;
        let (key, rest) = derived.split_first_chunk::<KEY>().ok_or(Refused)?;
        let (base, rest) = rest.split_first_chunk().ok_or(Refused)?;
        let commitment = rest.first_chunk().ok_or(Refused)?;
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| Refused)?;
        Ok((Self { key: LessSafeKey::new(key), base: *base }, *commitment))
    }

    /// Seals one chunk where it lies, and gives its tag. A number is used for one chunk only.
    pub(crate) fn seal(&self, number: u64, chunk: &mut [u8]) -> Result<[u8; TAG], Refused> {
        let nonce = self.nonce(number).ok_or(Refused)?;
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::empty(), chunk).map_err(|_| Refused)?;
        tag.as_ref().try_into().map_err(|_| Refused)
    }

    /// Opens one chunk with its tag where it lies; none if it is not what was sealed under this number. Then the bytes
    /// are wiped.
    pub(crate) fn open<'a>(&self, number: u64, sealed: &'a mut [u8]) -> Option<&'a [u8]> {
        let nonce = self.nonce(number)?;
        let length = sealed.len().checked_sub(TAG)?;
        if self.key.open_in_place(nonce, Aad::empty(), sealed).is_err() {
            sealed.fill(0);
            return None;
        }
        sealed.get(..length)
    }

    /// The base with the number of the chunk, which is never longer than its last five bytes, in its end.
    fn nonce(&self, number: u64) -> Option<Nonce> {
        if number >= MAX_CHUNKS {
            return None;
        }
        let mut nonce = self.base;
        for (to, from) in nonce.iter_mut().rev().zip(number.to_be_bytes().iter().rev()) {
            *to ^= from;
        }
        Some(Nonce::assume_unique_for_key(nonce))
    }
}

/// How many bytes are derived, in the shape that the library asks for.
struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        DERIVED
    }
}
