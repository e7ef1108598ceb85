//! The three forms that R writes numbers and texts in: big-endian, as text, and as the machine that wrote them. What the
//! numbers mean is not its business.

use super::super::stream::{Broken, Stream};

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Xdr,
    Text,
    Native,
}

/// How much of a text is kept.
const LONGEST: u64 = 512;
/// The longest word of a number that is written as text.
const LONGEST_WORD: usize = 64;
const MOST_WORDS: u64 = 50_000_000;

/// A stream of R's numbers and texts.
pub(super) struct Form {
    pub(super) stream: Stream,
    kind: Kind,
    /// Words of text read so far.
    words: u64,
}

impl Form {
    pub(super) fn new(mut stream: Stream, kind: Kind) -> Self {
        stream.set_big_endian(kind == Kind::Xdr);
        Self { stream, kind, words: 0 }
    }

    /// A number of 32 bits; the smallest stands for one that is missing.
    pub(super) fn int(&mut self) -> Result<i32, Broken> {
        if self.kind != Kind::Text {
            return self.stream.i32();
        }
        let at = self.stream.at();
        match self.word()?.as_str() {
            "NA" => Ok(i32::MIN),
            word => word.parse().map_err(|_| Broken::wrong(at, "A number is not written as one")),
        }
    }

    /// How long a vector is: one number, or minus one and two.
    pub(super) fn length(&mut self) -> Result<u64, Broken> {
        let at = self.stream.at();
        let len = match self.int()? {
            -1 => {
                let (high, low) = (self.int()?, self.int()?);
                u64::from(high.cast_unsigned()) << 32 | u64::from(low.cast_unsigned())
            }
            len => u64::try_from(len).map_err(|_| Broken::wrong(at, format!("A vector has {len} items")))?,
        };
        if len > self.stream.left() {
            let left = self.stream.left();
            return Err(Broken::wrong(
                at,
                format!("A vector counts {len} items, in {left} bytes that are left"),
            ));
        }
        Ok(len)
    }

    /// Leaves out so many numbers, of so many words of text or so many bytes each.
    pub(super) fn skip(&mut self, count: u64, bytes: u64, words: u64) -> Result<(), Broken> {
        if self.kind == Kind::Text {
            for _ in 0..count.saturating_mul(words) {
                self.word()?;
            }
            return Ok(());
        }
        let at = self.stream.at();
        match count.checked_mul(bytes).filter(|len| *len <= self.stream.left()) {
            Some(len) => self.stream.skip(len),
            None => Err(Broken::wrong(at, format!("A vector of {count} numbers reaches beyond the file"))),
        }
    }

    /// A text of so many bytes, of which only the beginning is kept.
    pub(super) fn text(&mut self, len: u64) -> Result<String, Broken> {
        if self.kind != Kind::Text {
            return self.stream.text(len, LONGEST);
        }
        self.white_space()?;
        let mut text = Vec::new();
        for _ in 0..len {
            let byte = self.escaped()?;
            if (text.len() as u64) < LONGEST {
                text.push(byte);
            }
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn white_space(&mut self) -> Result<(), Broken> {
        while self.stream.peek()?.is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.stream.u8()?;
        }
        Ok(())
    }

    fn word(&mut self) -> Result<String, Broken> {
        self.words += 1;
        if self.words > MOST_WORDS {
            return Err(Broken::Budget("there are more numbers than are read".to_owned()));
        }
        self.white_space()?;
        let at = self.stream.at();
        let mut word = String::new();
        while let Some(byte) = self.stream.peek()?.filter(|byte| !byte.is_ascii_whitespace()) {
            self.stream.u8()?;
            word.push(char::from(byte));
            if word.len() > LONGEST_WORD {
                return Err(Broken::wrong(at, "A number is not written as one"));
            }
        }
        if word.is_empty() { Err(Broken::End { at }) } else { Ok(word) }
    }

    /// One byte of a text, which may be written as an escape.
    fn escaped(&mut self) -> Result<u8, Broken> {
        match self.stream.u8()? {
            b'\\' => {}
            byte => return Ok(byte),
        }
        let first = self.stream.u8()?;
        if !(b'0'..=b'7').contains(&first) {
            return Ok(first);
        }
        let mut value = u32::from(first - b'0');
        for _ in 0..2 {
            match self.stream.peek()? {
                Some(digit @ b'0'..=b'7') => {
                    self.stream.u8()?;
                    value = value * 8 + u32::from(digit - b'0');
                }
                _ => break,
            }
        }
        Ok(u8::try_from(value & 0xff).unwrap_or(0))
    }
}
