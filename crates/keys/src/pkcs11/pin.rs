//! The PIN of a token: from a file, the environment or the user. It is wiped when it is dropped, and never shown.

use std::fmt;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::TokenError;

/// PINs are short; a file that is longer than this is not one.
const MAX_PIN: usize = 1024;

/// A PIN.
#[derive(Clone)]
pub struct Pin(Zeroizing<Vec<u8>>);

impl Pin {
    /// Takes what the user typed or a program handed over.
    #[must_use]
    pub fn from_bytes(pin: Zeroizing<Vec<u8>>) -> Self {
        Self(pin)
    }

    /// Reads the first line of a file.
    ///
    /// # Errors
    /// The file cannot be read, is empty, or is too long to hold a PIN.
    pub fn from_file(path: &Path) -> Result<Self, TokenError> {
        let shown = || path.display().to_string();
        let file = std::fs::File::open(path).map_err(|error| TokenError::PinFile { path: shown(), error })?;
        let mut content = Zeroizing::new(Vec::with_capacity(MAX_PIN + 1));
        file.take(MAX_PIN as u64 + 1)
            .read_to_end(&mut content)
            .map_err(|error| TokenError::PinFile { path: shown(), error })?;
        let line = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() || content.len() > MAX_PIN {
            return Err(TokenError::NotAPinFile { path: shown() });
        }
        Ok(Self(Zeroizing::new(line.to_vec())))
    }

    /// Reads an environment variable; `None` if it is not set.
    ///
    /// # Errors
    /// It is set and empty.
    pub fn from_environment(name: &'static str) -> Result<Option<Self>, TokenError> {
        match std::env::var_os(name) {
            None => Ok(None),
            Some(value) if value.is_empty() => Err(TokenError::EmptyPinVariable { name }),
            Some(value) => Ok(Some(Self(Zeroizing::new(value.into_encoded_bytes())))),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(redacted)")
    }
}
