//! Reads a stream through one small buffer: numbers, lines and counted blobs with their byte offsets.
//! It holds no blob and never allocates what a length field asks for.

use std::io::{self, Read, Seek, SeekFrom};

use super::value::Span;

const BUFFER: usize = 64 * 1024;

/// Why no more could be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The input ends inside an opcode.
    Truncated,
    /// A length points behind the end of the input, or is negative.
    Length,
    /// The source failed.
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A source with a place in it. The source itself always stands at the end of the buffer.
pub(crate) struct Reader<R> {
    source: R,
    buffer: Vec<u8>,
    next: usize,
    filled: usize,
    base: u64,
    length: u64,
}

impl<R: Read + Seek> Reader<R> {
    /// A reader at the start of a source.
    pub(crate) fn new(mut source: R) -> io::Result<Self> {
        let length = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(0))?;
        let size = usize::try_from(length).unwrap_or(BUFFER).clamp(1, BUFFER);
        Ok(Self { source, buffer: vec![0; size], next: 0, filled: 0, base: 0, length })
    }

    /// The offset of the next byte.
    #[inline]
    pub(crate) fn position(&self) -> u64 {
        self.base.saturating_add(self.next as u64)
    }

    /// How many bytes the source has.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// One byte.
    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, ReadError> {
        if self.next >= self.filled {
            self.fill()?;
        }
        let byte = self.buffer.get(self.next).copied().ok_or(ReadError::Truncated)?;
        self.next += 1;
        Ok(byte)
    }

    /// A fixed number of bytes.
    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let end = self.next.saturating_add(N);
        if end <= self.filled
            && let Some(found) = self.buffer.get(self.next..end).and_then(|bytes| bytes.try_into().ok())
        {
            self.next = end;
            return Ok(found);
        }
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.byte()?;
        }
        Ok(bytes)
    }

    /// The place of a line; the line break is read and not part of it.
    pub(crate) fn line(&mut self) -> Result<Span, ReadError> {
        let offset = self.position();
        loop {
            if self.next >= self.filled {
                self.fill()?;
            }
            let rest = self.buffer.get(self.next..self.filled).unwrap_or_default();
            if let Some(at) = rest.iter().position(|&byte| byte == b'\n') {
                let len = self.position() + at as u64 - offset;
                self.next += at + 1;
                return Ok(Span { offset, len });
            }
            self.next = self.filled;
        }
    }

    /// The next four bytes without reading them, if they are held.
    #[inline]
    pub(crate) fn peek(&self) -> Option<[u8; 4]> {
        let end = self.next.saturating_add(4);
        if end > self.filled {
            return None;
        }
        self.buffer.get(self.next..end)?.try_into().ok()
    }

    /// Steps over a blob and says where it was.
    pub(crate) fn skip(&mut self, len: u64) -> Result<Span, ReadError> {
        let offset = self.position();
        if len > self.length.saturating_sub(offset) {
            return Err(ReadError::Length);
        }
        let held = (self.filled - self.next) as u64;
        if len <= held {
            self.next += usize::try_from(len).map_err(|_| ReadError::Length)?;
        } else {
            self.go_to(offset + len)?;
        }
        Ok(Span { offset, len })
    }

    /// Continues at an offset.
    pub(crate) fn go_to(&mut self, offset: u64) -> Result<(), ReadError> {
        self.base = self.source.seek(SeekFrom::Start(offset))?;
        (self.next, self.filled) = (0, 0);
        Ok(())
    }

    /// The first bytes of a place that was read, as many as fit; the place of the reader stays.
    pub(crate) fn look<'b>(&mut self, span: Span, into: &'b mut [u8]) -> Result<&'b [u8], ReadError> {
        let len = usize::try_from(span.len).unwrap_or(usize::MAX).min(into.len());
        let into = into.get_mut(..len).ok_or(ReadError::Length)?;
        let held = span.offset.checked_sub(self.base).and_then(|from| usize::try_from(from).ok());
        if let Some(from) = held
            && let Some(to) = from.checked_add(len)
            && to <= self.filled
            && let Some(bytes) = self.buffer.get(from..to)
        {
            into.copy_from_slice(bytes);
            return Ok(into);
        }
        self.source.seek(SeekFrom::Start(span.offset))?;
        let done = self.source.read_exact(into);
        self.source.seek(SeekFrom::Start(self.base + self.filled as u64))?;
        done?;
        Ok(into)
    }

    /// The bytes of a place, at most `limit` of them.
    pub(crate) fn fetch(&mut self, span: Span, limit: usize) -> Result<Vec<u8>, ReadError> {
        let within = span.len.min(self.length.saturating_sub(span.offset));
        let len = usize::try_from(within).unwrap_or(usize::MAX).min(limit);
        let mut bytes = vec![0; len];
        self.look(Span { offset: span.offset, len: len as u64 }, &mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self) -> Result<(), ReadError> {
        self.base += self.filled as u64;
        (self.next, self.filled) = (0, 0);
        loop {
            match self.source.read(&mut self.buffer) {
                Ok(0) => return Err(ReadError::Truncated),
                Ok(count) => {
                    self.filled = count;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_length_that_lies_is_an_error_and_not_an_allocation() {
        let mut reader = Reader::new(Cursor::new(b"abc".to_vec())).unwrap();
        assert!(matches!(reader.skip(u64::MAX), Err(ReadError::Length)));
        assert_eq!(reader.position(), 0);
    }

    #[test]
    fn blobs_are_stepped_over_and_can_be_looked_at_later() {
        let mut bytes = vec![7; 200_000];
        bytes.extend(b"end\nx");
        let mut reader = Reader::new(Cursor::new(bytes)).unwrap();
        let blob = reader.skip(200_000).unwrap();
        let line = reader.line().unwrap();
        assert_eq!(line, Span { offset: 200_000, len: 3 });
        assert_eq!(reader.fetch(blob, 4).unwrap(), [7; 4]);
        assert_eq!(reader.byte().unwrap(), b'x');
        assert_eq!(reader.fetch(line, 9).unwrap(), b"end");
        assert!(matches!(reader.byte(), Err(ReadError::Truncated)));
    }
}
