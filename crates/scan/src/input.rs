//! Bytes that can be read at any offset: a file, part of one, or what was unpacked from one. Nothing is held that was
//! not asked for, and no length found in a file is ever allocated on trust.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// The most bytes that are held at once by [`Input::bytes`].
pub(crate) const MOST_HELD: u64 = 32 * 1024 * 1024;

/// Files up to this length are held.
const SMALL: u64 = 64 * 1024;

/// Room behind a file in which its end is met without another call.
const PROBED: usize = 64;

/// Up to which length a file on this machine is read whole without being asked for.
const CHEAP: u64 = 64 * 1024 * 1024;

/// Something that can be read at an offset, by several readers at once.
pub trait Source: Send + Sync {
    /// Reads some bytes at an offset; fewer than asked for, or none at the end.
    ///
    /// # Errors
    /// Whatever the source fails with.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Up to which length reading all of it costs little, so that it is done for no more than a digest.
    fn cheap(&self) -> u64 {
        CHEAP
    }
}

impl Source for File {
    #[cfg(unix)]
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, into, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, into, offset)
    }
}

impl Source for Vec<u8> {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|from| self.get(from..)).unwrap_or_default();
        let count = rest.len().min(into.len());
        if let (Some(into), Some(rest)) = (into.get_mut(..count), rest.get(..count)) {
            into.copy_from_slice(rest);
        }
        Ok(count)
    }
}

/// A stretch of a source. Cheap to clone and to cut.
#[derive(Clone)]
pub struct Input {
    source: Arc<dyn Source>,
    start: u64,
    len: u64,
}

impl Input {
    /// The whole of a source of a known length.
    #[must_use]
    pub fn new(source: Arc<dyn Source>, len: u64) -> Self {
        Self { source, start: 0, len }
    }

    /// A file.
    ///
    /// # Errors
    /// If its length cannot be told.
    pub fn file(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Self::opened(file, len)
    }

    /// A file whose length was told.
    pub(crate) fn opened(file: File, len: u64) -> io::Result<Self> {
        if len > SMALL {
            return Ok(Self::new(Arc::new(file), len));
        }
        // Readers look at the beginning many times. Some file systems do not know a length, so reading goes on to the end.
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0) + PROBED);
        file.take(SMALL).read_to_end(&mut bytes)?;
        Ok(Self::from(bytes))
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether reading all of it costs little.
    pub(crate) fn is_cheap(&self) -> bool {
        self.len <= self.source.cheap()
    }

    /// A part of it, if it is wholly within.
    pub(crate) fn slice(&self, offset: u64, len: u64) -> Option<Self> {
        let end = offset.checked_add(len)?;
        (end <= self.len).then(|| Self { source: Arc::clone(&self.source), start: self.start + offset, len })
    }

    /// Everything from an offset on; nothing if that is behind the end.
    pub(crate) fn rest(&self, offset: u64) -> Self {
        let offset = offset.min(self.len);
        Self { source: Arc::clone(&self.source), start: self.start + offset, len: self.len - offset }
    }

    /// Fills a buffer from an offset on, as far as there are bytes; says how many.
    pub(crate) fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let within = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX).min(into.len());
        let mut done = 0;
        while done < within {
            let Some(rest) = into.get_mut(done..within) else { break };
            match self.source.read_at(self.start + offset + done as u64, rest) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// The bytes of a place. An error of kind `UnexpectedEof` if they are not all there, and of kind `FileTooLarge`
    /// if there are more than may be held.
    pub(crate) fn bytes(&self, offset: u64, len: u64) -> io::Result<Vec<u8>> {
        if offset.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if len > MOST_HELD {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = vec![0; usize::try_from(len).map_err(|_| io::ErrorKind::FileTooLarge)?];
        let count = self.read_at(offset, &mut bytes)?;
        if count < bytes.len() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
    }

    /// A fixed number of bytes at an offset; an error of kind `UnexpectedEof` if they are not all there.
    pub(crate) fn array<const N: usize>(&self, offset: u64) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        let count = self.read_at(offset, &mut bytes)?;
        if count < N { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
    }

    /// The first bytes, at most so many.
    pub(crate) fn head(&self, most: usize) -> io::Result<Vec<u8>> {
        let len = self.len.min(most as u64);
        self.bytes(0, len)
    }

    /// The last bytes, at most so many.
    pub(crate) fn tail(&self, most: usize) -> io::Result<Vec<u8>> {
        let len = self.len.min(most as u64);
        self.bytes(self.len - len, len)
    }

    /// It as a stream. Unbuffered: wrap it for small reads.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor { input: self.clone(), at: 0 }
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("start", &self.start).field("len", &self.len).finish_non_exhaustive()
    }
}

impl From<Vec<u8>> for Input {
    fn from(bytes: Vec<u8>) -> Self {
        let len = bytes.len() as u64;
        Self::new(Arc::new(bytes), len)
    }
}

/// A place in an input.
#[derive(Debug, Clone)]
pub(crate) struct Cursor {
    input: Input,
    at: u64,
}

impl Read for Cursor {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read_at(self.at, into)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.input.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_where_it_ends() {
        let input = Input::from(b"0123456789".to_vec());
        let part = input.slice(2, 5).unwrap();
        assert_eq!(part.bytes(1, 3).unwrap(), b"345");
        assert_eq!(part.bytes(3, 3).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(part.tail(2).unwrap(), b"56");
        assert!(input.slice(8, 3).is_none());
        assert!(input.slice(u64::MAX, 2).is_none());
        assert!(input.rest(99).is_empty());
    }

    #[test]
    fn a_length_that_lies_is_an_error_and_not_an_allocation() {
        let input = Input::from(vec![0; 10]);
        assert_eq!(input.bytes(0, u64::MAX).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
