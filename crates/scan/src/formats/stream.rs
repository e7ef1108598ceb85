//! Numbers and strings read one after the other, in either byte order. It holds one piece of the input at a time, and
//! never allocates what a length in the file asks for.

use std::io;

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// How much is read at once.
const PIECE: u64 = 64 * 1024;

/// Why reading stopped before the end.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The file cannot be read; nothing is wrong with its content.
    Io(io::Error),
    /// The file ends within something.
    End {
        /// Where that began.
        at: u64,
    },
    /// Something is not as the format wants it.
    Wrong {
        /// Where that is.
        at: u64,
        /// What is wrong, as a sentence.
        why: String,
    },
    /// A budget is spent, which says nothing about the file.
    Budget(String),
}

impl Broken {
    /// Something that is not as the format wants it.
    pub(crate) fn wrong(at: u64, why: impl Into<String>) -> Self {
        Self::Wrong { at, why: why.into() }
    }

    /// Tells it as a finding of a rule, and as a gap.
    pub(crate) fn tell(self, rule: Rule, scan: &mut Scan) -> io::Result<()> {
        let (at, why) = match self {
            Self::Io(error) => return Err(error),
            Self::End { at } => (at, format!("The file ends within what begins at offset {at}")),
            Self::Wrong { at, why } => (at, why),
            Self::Budget(why) => {
                scan.gap(why);
                return Ok(());
            }
        };
        scan.find(Finding::new(rule, Severity::Medium, Confidence::High, &why, at));
        scan.gap(format!("it cannot be read on from offset {at}"));
        Ok(())
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A place in an input that moves on as things are read.
pub(crate) struct Stream {
    input: Input,
    /// The offset of the next byte.
    at: u64,
    piece: Vec<u8>,
    /// The offset of the piece.
    from: u64,
    big: bool,
}

impl Stream {
    /// From an offset on; numbers are little-endian.
    pub(crate) fn new(input: &Input, at: u64) -> Self {
        Self { input: input.clone(), at, piece: Vec::new(), from: 0, big: false }
    }

    /// Whether numbers are big-endian from here on.
    pub(crate) fn set_big_endian(&mut self, big: bool) {
        self.big = big;
    }

    /// The offset of the next byte.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> u64 {
        self.input.len().saturating_sub(self.at)
    }

    /// Goes on at another offset.
    pub(crate) fn seek(&mut self, at: u64) {
        self.at = at;
    }

    /// The next byte without taking it; none at the end.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, Broken> {
        if let Some(byte) = self.held() {
            return Ok(Some(byte));
        }
        self.fill()?;
        Ok(self.held())
    }

    fn held(&self) -> Option<u8> {
        let at = self.at.checked_sub(self.from)?;
        self.piece.get(usize::try_from(at).ok()?).copied()
    }

    fn fill(&mut self) -> Result<(), Broken> {
        let len = usize::try_from(self.left().min(PIECE)).unwrap_or(0);
        self.piece.resize(len, 0);
        let count = self.input.read_at(self.at, &mut self.piece)?;
        self.piece.truncate(count);
        self.from = self.at;
        Ok(())
    }

    /// The next byte.
    pub(crate) fn u8(&mut self) -> Result<u8, Broken> {
        let byte = self.peek()?.ok_or(Broken::End { at: self.at })?;
        self.at += 1;
        Ok(byte)
    }

    /// The next few bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        if self.left() < N as u64 {
            return Err(Broken::End { at: self.at });
        }
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.u8()?;
        }
        Ok(bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Broken> {
        let bytes = self.array()?;
        Ok(if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Broken> {
        let bytes = self.array()?;
        Ok(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Broken> {
        let bytes = self.array()?;
        Ok(if self.big { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Broken> {
        Ok(self.u32()?.cast_signed())
    }

    pub(crate) fn i64(&mut self) -> Result<i64, Broken> {
        Ok(self.u64()?.cast_signed())
    }

    /// Leaves out so many bytes.
    pub(crate) fn skip(&mut self, len: u64) -> Result<(), Broken> {
        if len > self.left() {
            return Err(Broken::End { at: self.at });
        }
        self.at += len;
        Ok(())
    }

    /// The next bytes, of which no more than `most` are kept; the others are left out.
    pub(crate) fn bytes(&mut self, len: u64, most: u64) -> Result<Vec<u8>, Broken> {
        let start = self.at;
        self.skip(len)?;
        let held = usize::try_from(len.min(most)).unwrap_or(0);
        let within = start.checked_sub(self.from).and_then(|from| usize::try_from(from).ok());
        if let Some(bytes) = within.and_then(|from| self.piece.get(from..from.checked_add(held)?)) {
            return Ok(bytes.to_vec());
        }
        let mut bytes = self.input.bytes(start, len.min(most))?;
        bytes.truncate(held);
        Ok(bytes)
    }

    /// The next bytes as text, made valid where they are not.
    pub(crate) fn text(&mut self, len: u64, most: u64) -> Result<String, Broken> {
        Ok(String::from_utf8_lossy(&self.bytes(len, most)?).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_both_orders() {
        let mut stream = Stream::new(&Input::from(vec![1, 0, 0, 0, 0, 0, 0, 2, 7]), 0);
        assert_eq!(stream.u32().unwrap(), 1);
        stream.set_big_endian(true);
        assert_eq!(stream.u32().unwrap(), 2);
        assert!(matches!(stream.u16(), Err(Broken::End { at: 8 })));
        assert_eq!(stream.peek().unwrap(), Some(7));
        assert_eq!(stream.left(), 1);
    }

    #[test]
    fn a_length_that_lies_ends_the_reading() {
        let mut stream = Stream::new(&Input::from(vec![0; 200_000]), 0);
        assert_eq!(stream.bytes(150_000, 10).unwrap().len(), 10);
        assert_eq!(stream.at(), 150_000);
        assert!(matches!(stream.bytes(u64::MAX, 10), Err(Broken::End { at: 150_000 })));
    }
}
