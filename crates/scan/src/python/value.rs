//! What an expression of Python may come to: a global by its dotted path, text that can be put together from constants,
//! or something unknown with a note of where it came from. Nothing is run.

use std::collections::BTreeSet;

/// The longest text that is put together.
pub(super) const LONGEST: usize = 256 * 1024;
/// The most items of a list that are followed.
pub(super) const MOST_ITEMS: usize = 64 * 1024;

/// Where a value came from, as bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks(u8);

impl Marks {
    pub(super) const NONE: Self = Self(0);
    /// It was unpacked or decoded.
    pub(super) const DECODED: Self = Self(1);
    /// It came over the network.
    pub(super) const FETCHED: Self = Self(2);
    /// It is all of the environment, or a file with credentials.
    pub(super) const SECRET: Self = Self(4);
    /// It was put together from parts, as text that is written out is not.
    pub(super) const BUILT: Self = Self(8);
    /// It was read from a file.
    pub(super) const READ: Self = Self(16);

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// How a global was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// By import and dots.
    Plain,
    /// By a name in a string.
    ByName,
    /// By a name that was put together.
    Built,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A module or something in it.
    Global {
        path: String,
        way: Way,
    },
    /// A function or class of this file.
    Local(String),
    /// An object of a class of this file.
    Instance(String),
    Text(String, Marks),
    Bytes(Vec<u8>, Marks),
    Number(i64),
    Items(Vec<Self>),
    Other(Marks),
}

impl Value {
    pub(super) const UNKNOWN: Self = Self::Other(Marks::NONE);

    pub(super) fn global(path: impl Into<String>) -> Self {
        Self::Global { path: path.into(), way: Way::Plain }
    }

    pub(super) fn marks(&self) -> Marks {
        match self {
            Self::Text(_, marks) | Self::Bytes(_, marks) | Self::Other(marks) => *marks,
            Self::Items(items) => {
                items.iter().take(MOST_ITEMS).fold(Marks::NONE, |all, item| all.with(item.marks()))
            }
            Self::Global { path, .. } if path == "os.environ" => Marks::SECRET,
            _ => Marks::NONE,
        }
    }

    /// Text or bytes as text.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text, _) => Some(text.clone()),
            Self::Bytes(bytes, _) => String::from_utf8(bytes.clone()).ok(),
            _ => None,
        }
    }

    /// The words of a command, given as text or as a list.
    pub(super) fn command(&self) -> Option<String> {
        match self {
            Self::Items(items) => {
                let words: Vec<String> = items
                    .iter()
                    .take(256)
                    .map(|item| item.text().unwrap_or_else(|| UNKNOWN_WORD.to_owned()))
                    .collect();
                (words.first().map(String::as_str) != Some(UNKNOWN_WORD)).then(|| words.join(" "))
            }
            other => other.text(),
        }
    }

    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text, _) => text.len(),
            Self::Bytes(bytes, _) => bytes.len(),
            Self::Items(items) => items.iter().take(MOST_ITEMS).map(|item| 8 + item.size()).sum(),
            _ => 8,
        }
    }

    /// Two values glued together, as `+` does.
    pub(super) fn plus(&self, other: &Self) -> Self {
        let marks = self.marks().with(other.marks());
        match (self, other) {
            (Self::Text(a, _), Self::Text(b, _)) if a.len() + b.len() <= LONGEST => {
                Self::Text(format!("{a}{b}"), marks.with(Marks::BUILT))
            }
            (Self::Bytes(a, _), Self::Bytes(b, _)) if a.len() + b.len() <= LONGEST => {
                Self::Bytes(a.iter().chain(b).copied().collect(), marks.with(Marks::BUILT))
            }
            (Self::Items(a), Self::Items(b)) if a.len() + b.len() <= MOST_ITEMS => {
                Self::Items(a.iter().chain(b).cloned().collect())
            }
            (Self::Number(a), Self::Number(b)) => Self::Number(a.saturating_add(*b)),
            _ => Self::Other(marks),
        }
    }

    /// What may be either of two.
    pub(super) fn or(self, other: Self) -> Self {
        match (&self, &other) {
            (a, b) if a == b => self,
            (Self::Global { .. }, _) => self,
            (_, Self::Global { .. }) => other,
            (Self::Local(_) | Self::Instance(_), _) => self,
            _ => Self::Other(self.marks().with(other.marks())),
        }
    }
}

/// A word of a command that is not known.
pub(super) const UNKNOWN_WORD: &str = "\u{fffd}";

/// Text decoded as a codec of Python would, as far as such codecs are used to hide text.
pub(super) fn decoded(codec: &str, text: &str) -> Option<String> {
    match codec.to_lowercase().replace(['-', '_'], "").as_str() {
        "rot13" => Some(text.chars().map(rot13).collect()),
        "hex" | "hexcodec" => String::from_utf8(unhex(text)?).ok(),
        "base64" | "base64codec" => String::from_utf8(unbase64(text)?).ok(),
        "utf8" | "ascii" | "latin1" | "unicodeescape" => Some(text.to_owned()),
        _ => None,
    }
}

fn rot13(c: char) -> char {
    let turn = |base: u8| char::from(base + (c as u8 - base + 13) % 26);
    match c {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        _ => c,
    }
}

pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    digits
        .chunks(2)
        .map(|pair| match *pair {
            [high, low] => u8::try_from(high * 16 + low).ok(),
            _ => None,
        })
        .collect()
}

pub(super) fn unbase64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    GeneralPurpose::new(&base64::alphabet::STANDARD, config).decode(plain.as_bytes()).ok()
}

/// Unpacks what zlib or gzip packed, if it is short.
pub(super) fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let mut unpacked = Vec::new();
    let most = LONGEST as u64;
    let read = if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(bytes).take(most).read_to_end(&mut unpacked)
    } else {
        flate2::read::ZlibDecoder::new(bytes).take(most).read_to_end(&mut unpacked)
    };
    (read.is_ok() && !unpacked.is_empty()).then_some(unpacked)
}

/// The names of modules that a file imports, without what is below them.
pub(super) type Imports = BTreeSet<String>;
