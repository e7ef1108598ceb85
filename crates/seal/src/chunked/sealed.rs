//! Opening: a sealed message that can be read at any offset. Bytes are handed out only once their chunk is authentic.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use zeroize::Zeroizing;

use super::message::Message;
use super::seal::{BATCH, chunks, parts};
use super::source::{ReadAt, WriteAt};
use super::{
    CHUNK_64, HEADER, HEADER_64, SEALED_CHUNK, SEALED_CHUNK_64, Spread, TAG, WrongKey, sealed_length,
};
use crate::DataKey;

/// Why sealed bytes are not given out.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// They cannot be read at all.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Their number is not the one that belongs to the size they were sealed with.
    #[error("it is {found} bytes long and must be {expected}: it was cut off or something was added")]
    Length {
        /// How long the sealed form is.
        found: u64,
        /// How long it must be.
        expected: u64,
    },
    /// The header does not belong to the key and the context.
    #[error(transparent)]
    WrongKey(#[from] WrongKey),
    /// A chunk is not what was sealed.
    #[error("bytes {from} to {to} are not what was sealed: they were changed", from = number * CHUNK_64, to = (number + 1) * CHUNK_64)]
    Chunk {
        /// Its number, counted from zero.
        number: u64,
    },
    /// More was asked for than there is.
    #[error("it has {size} bytes, and {start}..{end} were asked for")]
    Range {
        /// From where.
        start: u64,
        /// To where.
        end: u64,
        /// How many there are.
        size: u64,
    },
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => error,
            ReadError::Range { .. } => Self::new(io::ErrorKind::UnexpectedEof, error),
            error => Self::new(io::ErrorKind::InvalidData, error),
        }
    }
}

/// A sealed message that can be read in any order, by several threads. Only the chunks that are asked for are read.
pub struct SealedFile<S> {
    source: S,
    message: Message,
    size: u64,
}

impl<S> std::fmt::Debug for SealedFile<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedFile({} bytes)", self.size)
    }
}

impl<S: ReadAt> SealedFile<S> {
    /// Takes a sealed message whose plaintext has `size` bytes. Its length and its commitment are checked here, chunks
    /// when they are read.
    ///
    /// # Errors
    /// It is not as long as it must be, or it does not belong to this key and this context.
    pub fn new(source: S, key: &DataKey, context: &[u8], size: u64) -> Result<Self, ReadError> {
        let found = source.length()?;
        // A message is never so long that its sealed form has no length; then nothing can be right.
        let expected = sealed_length(size).unwrap_or(u64::MAX);
        if found != expected {
            return Err(ReadError::Length { found, expected });
        }
        let mut header = [0; HEADER];
        source.read_exact_at(&mut header, 0)?;
        let message = Message::resume(key, context, &header)?;
        Ok(Self { source, message, size })
    }

    /// How many bytes of plaintext there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Hands out a range of the plaintext, piece by piece. No piece is handed out before the chunks it is from are
    /// authentic, and none after one that is not.
    ///
    /// # Errors
    /// There are not so many bytes, a chunk is not authentic, or `each` failed.
    pub fn read(
        &self,
        range: Range<u64>,
        each: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), ReadError> {
        let Range { start, end } = range;
        if start > end || end > self.size {
            return Err(ReadError::Range { start, end, size: self.size });
        }
        if end == self.size && self.size.is_multiple_of(CHUNK_64) {
            // Nothing is read of the last chunk, which is empty, and it is what says that the message ends here.
            self.verify_end()?;
        }
        if start == end {
            return Ok(());
        }
        let mut buffer = Buffer::default();
        let mut first = start / CHUNK_64;
        let past = (end - 1) / CHUNK_64 + 1;
        while first < past {
            let last = past.min(first + BATCH);
            self.batch(first..last, &mut buffer)?;
            for (number, chunk) in (first..last).zip(buffer.plain(self.size, first..last)) {
                let offset = number * CHUNK_64;
                let from = usize::try_from(start.saturating_sub(offset)).unwrap_or(usize::MAX);
                let to = usize::try_from(end - offset).map_or(chunk.len(), |to| to.min(chunk.len()));
                each(chunk.get(from..to).unwrap_or_default())?;
            }
            first = last;
        }
        Ok(())
    }

    /// Writes a range of the plaintext.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn copy(&self, range: Range<u64>, to: &mut dyn Write) -> Result<(), ReadError> {
        self.read(range, &mut |piece| to.write_all(piece))
    }

    /// Checks every chunk, and hands nothing out.
    ///
    /// # Errors
    /// A chunk is not authentic.
    pub(crate) fn verify(
        &self,
        done: &(dyn Fn(u64) -> io::Result<()> + Sync),
        spread: Spread,
    ) -> io::Result<()> {
        self.each_batch(done, spread, &|_, _| Ok(()))
    }

    /// Checks the first chunk.
    pub(crate) fn verify_start(&self) -> Result<(), ReadError> {
        self.batch(0..1, &mut Buffer::default())
    }

    /// Checks the last chunk, which is empty for some sizes.
    pub(crate) fn verify_end(&self) -> Result<(), ReadError> {
        let end = chunks(self.size);
        self.batch(end - 1..end, &mut Buffer::default())
    }

    /// Writes the whole plaintext to its places.
    pub(crate) fn unseal(
        &self,
        to: &dyn WriteAt,
        done: &(dyn Fn(u64) -> io::Result<()> + Sync),
        spread: Spread,
    ) -> io::Result<()> {
        self.each_batch(done, spread, &|offset, chunk| to.write_all_at(chunk, offset))
    }

    /// Seals the whole message anew under another key. A chunk is opened and sealed where it lies in memory, as both forms
    /// are equally long.
    pub(crate) fn reseal(
        &self,
        (key, context): (&DataKey, &[u8]),
        to: &dyn WriteAt,
        done: &(dyn Fn(u64) -> io::Result<()> + Sync),
        spread: Spread,
    ) -> io::Result<()> {
        let (header, message) = Message::begin(key, context).map_err(io::Error::other)?;
        to.write_all_at(&header, 0)?;
        spread.run(parts(self.size), &|part| {
            let mut buffer = Buffer::default();
            let mut first = part.start;
            while first < part.end {
                let last = part.end.min(first + BATCH);
                self.batch(first..last, &mut buffer)?;
                let sealed = buffer.room(sealed_bytes(self.size, first..last));
                for (number, chunk) in (first..last).zip(sealed.chunks_mut(SEALED_CHUNK)) {
                    if let Some((plain, tag)) = chunk.split_last_chunk_mut::<TAG>() {
                        *tag = message.seal(number, plain).map_err(io::Error::other)?;
                    }
                }
                to.write_all_at(sealed, HEADER_64 + first * SEALED_CHUNK_64)?;
                done((self.size - first * CHUNK_64).min((last - first) * CHUNK_64))?;
                first = last;
            }
            Ok(())
        })
    }

    /// Opens every chunk, the empty one at the end included, and hands it on with its offset.
    fn each_batch(
        &self,
        done: &(dyn Fn(u64) -> io::Result<()> + Sync),
        spread: Spread,
        each: &(dyn Fn(u64, &[u8]) -> io::Result<()> + Sync),
    ) -> io::Result<()> {
        spread.run(parts(self.size), &|part| {
            let mut buffer = Buffer::default();
            let mut first = part.start;
            while first < part.end {
                let last = part.end.min(first + BATCH);
                self.batch(first..last, &mut buffer)?;
                for (number, chunk) in (first..last).zip(buffer.plain(self.size, first..last)) {
                    if !chunk.is_empty() {
                        each(number * CHUNK_64, chunk)?;
                    }
                }
                done((self.size - first * CHUNK_64).min((last - first) * CHUNK_64))?;
                first = last;
            }
            Ok(())
        })
    }

    /// Reads and opens some chunks that follow each other.
    fn batch(&self, numbers: Range<u64>, buffer: &mut Buffer) -> Result<(), ReadError> {
        let sealed = buffer.room(sealed_bytes(self.size, numbers.clone()));
        self.source.read_exact_at(sealed, HEADER_64 + numbers.start * SEALED_CHUNK_64)?;
        for (number, chunk) in numbers.zip(sealed.chunks_mut(SEALED_CHUNK)) {
            if self.message.open(number, chunk).is_none() {
                buffer.wipe();
                return Err(ReadError::Chunk { number });
            }
        }
        Ok(())
    }

    /// A reader that remembers where it is.
    pub fn reader(&self) -> Reader<'_, S> {
        Reader { file: self, at: 0, held: Held::default() }
    }
}

impl<S: ReadAt> ReadAt for SealedFile<S> {
    fn length(&self) -> io::Result<u64> {
        Ok(self.size)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64).ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut rest = buffer;
        self.read(offset..end, &mut |piece| rest.write_all(piece))?;
        Ok(())
    }
}

/// How long some chunks are with their tags.
fn sealed_bytes(size: u64, numbers: Range<u64>) -> usize {
    let count = numbers.end - numbers.start;
    let whole = count * SEALED_CHUNK_64;
    let missing = if numbers.end == chunks(size) { CHUNK_64 - size % CHUNK_64 } else { 0 };
    // A batch at most, which is far below what a `usize` holds.
    usize::try_from(whole - missing).unwrap_or_default()
}

/// Chunks that follow each other, wiped when they are no longer needed.
#[derive(Default)]
struct Buffer(Zeroizing<Vec<u8>>);

impl Buffer {
    /// Room for so many bytes. It grows to what is needed, which for small files is little.
    fn room(&mut self, length: usize) -> &mut [u8] {
        if self.0.len() < length {
            // Growing would leave what was held in memory that is given back, unless it is wiped first.
            self.wipe();
            self.0 = Zeroizing::new(vec![0; length]);
        }
        self.0.get_mut(..length).unwrap_or_default()
    }

    /// The plaintext of chunks that were opened.
    fn plain(&self, size: u64, numbers: Range<u64>) -> impl Iterator<Item = &[u8]> {
        let length = sealed_bytes(size, numbers);
        let chunks = self.0.get(..length).unwrap_or_default().chunks(SEALED_CHUNK);
        chunks.map(|chunk| chunk.get(..chunk.len() - TAG).unwrap_or_default())
    }

    fn wipe(&mut self) {
        self.0.fill(0);
    }
}

/// The chunks that a reader holds.
#[derive(Default)]
struct Held {
    numbers: Range<u64>,
    buffer: Buffer,
}

/// Reads and seeks in a sealed file like in any other. Holds one chunk, or a mebibyte where it is read on and on.
pub struct Reader<'a, S> {
    file: &'a SealedFile<S>,
    at: u64,
    held: Held,
}

impl<S> std::fmt::Debug for Reader<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reader(at {} of {:?})", self.at, self.file)
    }
}

impl<S: ReadAt> Read for Reader<'_, S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let size = self.file.size;
        if self.at >= size || out.is_empty() {
            return Ok(0);
        }
        let number = self.at / CHUNK_64;
        if !self.held.numbers.contains(&number) {
            // Whoever reads on from where the last chunk ended is likely to go on.
            let count = if self.held.numbers.end == number && number > 0 { BATCH } else { 1 };
            let numbers = number..chunks(size).min(number + count);
            // If this fails, nothing is held.
            self.held.numbers = 0..0;
            self.file.batch(numbers.clone(), &mut self.held.buffer)?;
            self.held.numbers = numbers;
        }
        let held = &self.held;
        let nth = usize::try_from(number - held.numbers.start).unwrap_or(usize::MAX);
        let chunk = held.buffer.plain(size, held.numbers.clone()).nth(nth).unwrap_or_default();
        let from = usize::try_from(self.at - number * CHUNK_64).unwrap_or(usize::MAX);
        let read = chunk.get(from..).unwrap_or_default().read(out)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<S: ReadAt> Seek for Reader<'_, S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.file.size, by),
            SeekFrom::Current(by) => (self.at, by),
        };
        self.at = base.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
