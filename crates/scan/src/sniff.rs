//! What a file looks like from outside: its name, its first and its last bytes. It only looks; readers decide.

use std::cell::OnceCell;
use std::io;

use crate::input::Input;

/// How many bytes at the start readers may look at.
const HEAD: usize = 8 * 1024;
/// How many bytes at the end readers may look at: an end of central directory with its longest comment.
const TAIL: usize = 64 * 1024 + 22;

/// How well a reader fits a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// Not at all.
    No,
    /// It may; tried when nothing fits for certain.
    Maybe,
    /// Some bytes say so, but not the first ones: it may also be a part of what the first ones say.
    Behind,
    /// The first bytes say so.
    Certain,
}

impl Fit {
    /// Certain if something holds.
    pub(crate) fn certain_if(holds: bool) -> Self {
        if holds { Self::Certain } else { Self::No }
    }

    /// Maybe if something holds.
    pub(crate) fn maybe_if(holds: bool) -> Self {
        if holds { Self::Maybe } else { Self::No }
    }
}

/// A file from outside.
pub(crate) struct Sniff<'a> {
    /// The last part of its path, in lower case. A hint; formats are told by content.
    pub(crate) name: String,
    /// Its first bytes.
    pub(crate) head: Vec<u8>,
    /// All of it.
    pub(crate) input: &'a Input,
    tail: OnceCell<Vec<u8>>,
    /// How much of `head` is text, if it is.
    text: OnceCell<Option<usize>>,
}

impl<'a> Sniff<'a> {
    pub(crate) fn new(path: &str, input: &'a Input) -> io::Result<Self> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_lowercase();
        Ok(Self { name, head: input.head(HEAD)?, input, tail: OnceCell::new(), text: OnceCell::new() })
    }

    /// Whether it begins with some bytes.
    pub(crate) fn begins(&self, with: &[u8]) -> bool {
        self.head.starts_with(with)
    }

    /// Whether some bytes stand at an offset near the start.
    pub(crate) fn has_at(&self, offset: usize, bytes: &[u8]) -> bool {
        self.head.get(offset..).is_some_and(|rest| rest.starts_with(bytes))
    }

    /// Its last bytes; none if they cannot be read.
    pub(crate) fn tail(&self) -> &[u8] {
        self.tail.get_or_init(|| self.input.tail(TAIL).unwrap_or_default())
    }

    /// Whether the first bytes read as text: UTF-8 without control characters.
    pub(crate) fn is_text(&self) -> bool {
        self.text_len().is_some()
    }

    /// The first bytes as text, if they read as such, without a character that is cut at the end.
    pub(crate) fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.head.get(..self.text_len()?)?).ok()
    }

    fn text_len(&self) -> Option<usize> {
        let more = self.input.len() > self.head.len() as u64;
        *self.text.get_or_init(|| text(&self.head, more).map(str::len))
    }

    /// The first character that is not white space, past a byte order mark.
    pub(crate) fn first(&self) -> Option<u8> {
        let text = self.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.head);
        text.iter().copied().find(|byte| !byte.is_ascii_whitespace())
    }
}

/// Whether bytes read as text; a character that is cut at the end is allowed where there is more.
pub(crate) fn is_text(bytes: &[u8], more: bool) -> bool {
    text(bytes, more).is_some()
}

/// Bytes as text, if they read as such, without a character that is cut at the end where there is more.
pub(crate) fn text(bytes: &[u8], more: bool) -> Option<&str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if more && error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x0c | 0x1b);
    // A block at a time without leaving it early: several bytes are then compared at once.
    let controls = |block: &[u8]| block.iter().fold(false, |found, byte| found | control(byte));
    (!text.as_bytes().chunks(256).any(controls)).then_some(text)
}
