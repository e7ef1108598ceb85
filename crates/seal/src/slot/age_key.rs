//! Slots for age recipients (age-encryption.org/v1, X25519). The wrapped key is an age file of 32 bytes, so that the
//! `age` program opens it too.

use std::str::FromStr;

use age::secrecy::ExposeSecret as _;
use age::x25519;
use zeroize::Zeroizing;

use super::{Method, SlotError, data_key};
use crate::DataKey;

/// Somebody's public key: `age1…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient(x25519::Recipient);

/// A string is not a recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an age recipient: it begins with `age1` and `casemate seal-key new` prints one")]
pub struct BadRecipient(String);

impl FromStr for Recipient {
    type Err = BadRecipient;

    fn from_str(text: &str) -> Result<Self, BadRecipient> {
        let shown = || casemate_core::printable(text).chars().take(80).collect();
        text.parse().map(Self).map_err(|_| BadRecipient(shown()))
    }
}

impl std::fmt::Display for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Recipient {
    pub(super) fn wrap(&self, key: &DataKey) -> Result<(Method, Vec<u8>), SlotError> {
        let wrapped =
            age::encrypt(&self.0, key.bytes()).map_err(|error| SlotError::Failed(error.to_string()))?;
        Ok((Method::Age { recipient: self.to_string() }, wrapped))
    }
}

/// A private key: `AGE-SECRET-KEY-1…`.
#[derive(Clone)]
pub struct Identity(x25519::Identity);

/// Why an identity file holds no identities.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadIdentity {
    /// A line is something else.
    #[error("line {0} is not an age identity of the kind `AGE-SECRET-KEY-1…`")]
    Line(usize),
    /// The file is an age file itself.
    #[error("the identities are encrypted; decrypt them first: `age -d FILE`")]
    Encrypted,
    /// There is none.
    #[error("it holds no age identity")]
    None,
}

impl Identity {
    /// Makes a new one.
    #[must_use]
    pub fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// Reads an identity file: one identity in a line, `#` begins a comment.
    ///
    /// # Errors
    /// A line is something else, or there is none.
    pub fn file(text: &str) -> Result<Vec<Self>, BadIdentity> {
        if text.starts_with("age-encryption.org/") || text.starts_with("-----BEGIN AGE ENCRYPTED FILE") {
            return Err(BadIdentity::Encrypted);
        }
        let lines = (1..).zip(text.lines().map(str::trim));
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let identities = lines
            .map(|(number, line)| line.parse().map(Self).map_err(|_| BadIdentity::Line(number)))
            .collect::<Result<Vec<_>, _>>()?;
        if identities.is_empty() { Err(BadIdentity::None) } else { Ok(identities) }
    }

    /// The public half.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    /// The identity as it is written into an identity file.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_string().expose_secret().to_owned())
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity(redacted, of {})", self.recipient())
    }
}

pub(super) fn unwrap(identities: &[Identity], wrapped: &[u8]) -> Result<DataKey, SlotError> {
    let decryptor = age::Decryptor::new_buffered(wrapped).map_err(|_| SlotError::NoKey)?;
    let identities = identities.iter().map(|identity| &identity.0 as &dyn age::Identity);
    let mut reader = decryptor.decrypt(identities).map_err(|error| match error {
        age::DecryptError::NoMatchingKeys | age::DecryptError::DecryptionFailed => SlotError::OtherKey,
        error => SlotError::Failed(error.to_string()),
    })?;
    let mut key = Zeroizing::new(Vec::with_capacity(64));
    // One byte more than a key has, so that what is longer is no key.
    let mut bounded = std::io::Read::take(&mut reader, 33);
    std::io::Read::read_to_end(&mut bounded, &mut key).map_err(|_| SlotError::NoKey)?;
    data_key(key)
}
