//! Sealing: from plaintext at its offsets to sealed chunks at theirs. Each part can be done by another thread.

use std::io;
use std::ops::Range;

use zeroize::Zeroizing;

use super::message::{Message, Refused};
use super::source::{ReadAt, WriteAt};
use super::{CHUNK, CHUNK_64, HEADER, HEADER_64, SEALED_CHUNK, SEALED_CHUNK_64};
use crate::{DataKey, SealError};

/// How many chunks are sealed or opened between two calls of the system: a mebibyte of them.
pub(super) const BATCH: u64 = 64;
/// How many chunks one thread does at a stretch.
const PART: u64 = 64 * BATCH;

/// How many chunks a message of so many bytes has. The last one is always shorter than the others, so it may be empty.
pub(crate) const fn chunks(size: u64) -> u64 {
    size / CHUNK_64 + 1
}

/// The chunks of a message, in the parts that threads take.
pub(super) fn parts(size: u64) -> impl Iterator<Item = Range<u64>> + Clone {
    let end = chunks(size);
    (0..end.div_ceil(PART)).map(move |part| part * PART..end.min((part + 1) * PART))
}

/// A message that is about to be sealed: what threads share while they do so.
pub(crate) struct Sealing<'a> {
    message: Message,
    size: u64,
    from: &'a dyn ReadAt,
    to: &'a dyn WriteAt,
}

impl<'a> Sealing<'a> {
    /// Writes the header of a new message of `size` bytes.
    fn begin(
        key: &DataKey,
        context: &[u8],
        size: u64,
        from: &'a dyn ReadAt,
        to: &'a dyn WriteAt,
    ) -> io::Result<Self> {
        let (header, message) = Message::begin(key, context).map_err(io::Error::other)?;
        to.write_all_at(&header, 0)?;
        Ok(Self { message, size, from, to })
    }

    /// Seals some of the chunks.
    fn part(&self, chunks: Range<u64>, done: &dyn Fn(u64) -> io::Result<()>) -> io::Result<()> {
        let mut buffer = Zeroizing::new(vec![0; SEALED_CHUNK * usize::try_from(BATCH).unwrap_or(1)]);
        let mut first = chunks.start;
        while first < chunks.end {
            let last = chunks.end.min(first + BATCH);
            let (mut sealed, mut plain) = (0, 0);
            for (number, place) in (first..last).zip(buffer.chunks_exact_mut(SEALED_CHUNK)) {
                let offset = number * CHUNK_64;
                let length = usize::try_from(self.size - offset).map_or(CHUNK, |rest| rest.min(CHUNK));
                let (chunk, rest) = place.split_at_mut(length);
                self.from.read_exact_at(chunk, offset)?;
                let tag = self.message.seal(number, chunk).map_err(io::Error::other)?;
                for (to, from) in rest.iter_mut().zip(tag) {
                    *to = from;
                }
                plain += length;
                sealed += length + tag.len();
            }
            let written = buffer.get(..sealed).unwrap_or_default();
            self.to.write_all_at(written, HEADER_64 + first * SEALED_CHUNK_64)?;
            done(plain as u64)?;
            first = last;
        }
        Ok(())
    }
}

/// Seals `size` bytes under a salt of their own. `spread` runs the parts, on one thread or on several; `done` is told how
/// many bytes were sealed, and may stop it.
pub(crate) fn seal_parts(
    (key, context): (&DataKey, &[u8]),
    size: u64,
    from: &dyn ReadAt,
    to: &dyn WriteAt,
    done: &(dyn Fn(u64) -> io::Result<()> + Sync),
    spread: super::Spread,
) -> io::Result<()> {
    let sealing = Sealing::begin(key, context, size, from, to)?;
    spread.run(parts(size), &|part| sealing.part(part, done))
}

/// Seals bytes in memory: a message as other implementations of Cobblestone-256 open it.
///
/// # Errors
/// The cryptographic library refused.
pub fn seal_into(key: &DataKey, context: &[u8], plain: &[u8], sealed: &mut Vec<u8>) -> Result<(), SealError> {
    append(key, context, plain, sealed).map_err(|_| SealError::Crypto)
}

/// Seals a few bytes in memory.
pub(crate) fn seal_bytes(key: &DataKey, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut sealed = Vec::with_capacity(HEADER + plain.len() + SEALED_CHUNK - CHUNK);
    append(key, context, plain, &mut sealed)?;
    Ok(sealed)
}

fn append(key: &DataKey, context: &[u8], plain: &[u8], sealed: &mut Vec<u8>) -> Result<(), Refused> {
    let (header, message) = Message::begin(key, context)?;
    sealed.extend(header);
    // The last chunk is shorter than the others, so a message that ends with a full one gets an empty one.
    let full = plain.chunks_exact(CHUNK);
    let last = full.remainder();
    for (number, chunk) in (0_u64..).zip(full.chain([last])) {
        let start = sealed.len();
        sealed.extend(chunk);
        let tag = message.seal(number, sealed.get_mut(start..).unwrap_or_default())?;
        sealed.extend(tag);
    }
    Ok(())
}
