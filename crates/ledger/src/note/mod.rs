//! Signed notes (C2SP signed-note): a text, and under it the signatures of whoever stands by it. Until a key that is
//! trusted verifies one, the text is nobody's.

mod key;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use key::{Algorithm, BadKey, KeyName, SignerKey, VerifierKey};

/// The largest note, in bytes.
pub const MAX_NOTE: usize = 256 * 1024;
/// The most signatures on a note.
pub const MAX_SIGNATURES: usize = 64;

/// A text with signatures under it. It is well-formed; whether any signature holds is another question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: KeyName,
    id: u32,
    bytes: Vec<u8>,
}

/// Why bytes are no signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNote {
    /// It is larger than any note has to be.
    #[error("it is larger than {MAX_NOTE} bytes")]
    TooLarge,
    /// It is no text, or holds control characters.
    #[error("it is not UTF-8 text without control characters")]
    NotText,
    /// No empty line with signatures under it.
    #[error("it has no signatures: an empty line and lines that begin with `— ` must follow the text")]
    NoSignatures,
    /// A line under the text is no signature.
    #[error("signature line {0} is not of the form `— NAME BASE64`")]
    BadSignature(usize),
    /// More signatures than are read.
    #[error("it has more than {MAX_SIGNATURES} signatures")]
    TooMany,
}

/// What a note says about one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The key signed it.
    Signed,
    /// A signature is there under the key's name and id, and does not verify.
    Broken,
    /// The key did not sign it.
    Absent,
}

impl Note {
    /// A note without signatures yet. The text must end with a line break and hold no control characters.
    ///
    /// # Errors
    /// It does not, or it does.
    pub fn new(text: &str) -> Result<Self, BadNote> {
        if !text.ends_with('\n') || !is_clean(text) {
            return Err(BadNote::NotText);
        }
        Ok(Self { text: text.to_owned(), signatures: Vec::new() })
    }

    /// Reads a note.
    ///
    /// # Errors
    /// The bytes are not of that form.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadNote> {
        if bytes.len() > MAX_NOTE {
            return Err(BadNote::TooLarge);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| BadNote::NotText)?;
        if !is_clean(whole) {
            return Err(BadNote::NotText);
        }
        let (text, lines) = whole.rsplit_once("\n\n").ok_or(BadNote::NoSignatures)?;
        let lines = lines.strip_suffix('\n').ok_or(BadNote::NoSignatures)?;
        let mut signatures = Vec::new();
        for (number, line) in lines.split('\n').enumerate() {
            if number >= MAX_SIGNATURES {
                return Err(BadNote::TooMany);
            }
            signatures.push(Signature::parse(line).ok_or(BadNote::BadSignature(number + 1))?);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// The text, with the line break at its end.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// What a key says about the note.
    #[must_use]
    pub fn standing(&self, key: &VerifierKey) -> Standing {
        let own = self.signatures.iter().filter(|signature| signature.is_by(key));
        own.fold(Standing::Absent, |standing, signature| match standing {
            // One signature that does not verify makes the note suspect as a whole.
            Standing::Broken => Standing::Broken,
            _ if key.verifies(&self.text, &signature.bytes) => Standing::Signed,
            _ => Standing::Broken,
        })
    }

    /// Puts a signature under the note; another by the same key goes.
    pub fn add(&mut self, signature: Signature) {
        self.signatures.retain(|known| (&known.name, known.id) != (&signature.name, signature.id));
        self.signatures.push(signature);
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl Signature {
    pub(crate) const fn new(name: KeyName, id: u32, bytes: Vec<u8>) -> Self {
        Self { name, id, bytes }
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        let (id, signature) = bytes.split_first_chunk()?;
        if signature.is_empty() {
            return None;
        }
        Some(Self { name: name.parse().ok()?, id: u32::from_be_bytes(*id), bytes: signature.to_vec() })
    }

    /// The name of the key that signed.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The bytes of the signature, without the key's id.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it says that this key signed.
    #[must_use]
    pub fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == *key.name() && self.id == key.id()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id.to_be_bytes(), &*self.bytes].concat();
        write!(f, "— {} {}", self.name, STANDARD.encode(bytes))
    }
}

fn is_clean(text: &str) -> bool {
    !text.bytes().any(|byte| byte < b' ' && byte != b'\n')
}
