//! Cobblestone-256: AES-256-GCM in chunks of 16 KiB with random access and key commitment (C2SP chunked-encryption).
//! It knows keys, contexts and bytes; what a context says and where bytes lie is for others.

mod message;
mod seal;
mod sealed;
mod source;
mod spread;
#[cfg(test)]
mod tests;

pub use self::message::WrongKey;
pub use self::seal::seal_into;
pub(crate) use self::seal::{chunks, seal_bytes, seal_parts};
pub use self::sealed::{ReadError, Reader, SealedFile};
pub use self::source::ReadAt;
pub(crate) use self::spread::Spread;

/// Bytes of plaintext in every chunk but the last, which always holds fewer, none at least.
pub const CHUNK: usize = 16 * 1024;
/// Bytes by which the authentication tag makes a chunk longer.
pub const TAG: usize = 16;
/// Bytes before the first chunk: the salt and the commitment.
pub const HEADER: usize = SALT + COMMITMENT;

const SALT: usize = 24;
const COMMITMENT: usize = 32;
const SEALED_CHUNK: usize = CHUNK + TAG;
/// The number of chunks that a message must stay below.
const MAX_CHUNKS: u64 = 1 << 38;

const CHUNK_64: u64 = CHUNK as u64;
const SEALED_CHUNK_64: u64 = SEALED_CHUNK as u64;
const TAG_64: u64 = TAG as u64;
const HEADER_64: u64 = HEADER as u64;

/// How long the sealed form of so many bytes is; none for more than the 4 PiB that a message may have.
#[must_use]
pub fn sealed_length(plain: u64) -> Option<u64> {
    let (full, rest) = (plain / CHUNK_64, plain % CHUNK_64);
    if full >= MAX_CHUNKS {
        return None;
    }
    Some(HEADER_64 + full * SEALED_CHUNK_64 + rest + TAG_64)
}

/// How many bytes a sealed form of this length holds; none if no sealed form is so long.
#[must_use]
pub fn plain_length(sealed: u64) -> Option<u64> {
    let body = sealed.checked_sub(HEADER_64)?;
    let (full, rest) = (body / SEALED_CHUNK_64, body % SEALED_CHUNK_64);
    let last = rest.checked_sub(TAG_64)?;
    (full < MAX_CHUNKS).then_some(full * CHUNK_64 + last)
}
