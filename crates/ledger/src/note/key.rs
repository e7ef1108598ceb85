//! Keys of signed notes, in the text that other tools for notes read and write: `NAME+ID+KEY` to verify and
//! `PRIVATE+KEY+NAME+ID+KEY` to sign. A private key is never shown, and wiped when it is dropped.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casemate_core::Timestamp;
use zeroize::Zeroizing;

use super::Signature;
use crate::Hash;

/// The name of a key: not empty, without spaces and `+`. It should look like an address without its scheme.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName(String);

/// What a key signs, and how (signature types of C2SP signed-note).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519 over the text.
    Ed25519,
    /// Ed25519 over the text and the time of a witness (C2SP tlog-cosignature).
    Cosignature,
}

/// A public key that verifies notes.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: u32,
    algorithm: Algorithm,
    public: [u8; 32],
}

/// A private key that signs notes.
pub struct SignerKey {
    verifier: VerifierKey,
    pair: Ed25519KeyPair,
    seed: Zeroizing<[u8; 32]>,
}

/// Why text is no key. It never quotes the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// A name is empty or holds a space or `+`.
    #[error("`{}` is no name of a key: use something like `example.com/ledger`, without spaces and `+`", .0.escape_debug())]
    Name(String),
    /// The text is not of the form of a verifier key.
    #[error("not a verifier key: expected `NAME+ID+KEY`, as `casemate ledger init` writes it")]
    Verifier,
    /// The text is not of the form of a signer key.
    #[error("not a signer key: expected `PRIVATE+KEY+NAME+ID+KEY`, as `casemate ledger init` writes it")]
    Signer,
    /// The key is for other signatures.
    #[error(
        "the key is of type {0:#04x}, and only Ed25519 (0x01) and cosignatures with Ed25519 (0x04) are known"
    )]
    Algorithm(u8),
    /// The id is that of another key or name: the text was changed.
    #[error("the id in the key does not belong to its name and key; the text is damaged or was changed")]
    Id,
    /// The cryptographic library refuses.
    #[error("the cryptographic library refuses the key")]
    Refused,
}

impl Algorithm {
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::Cosignature => 4,
        }
    }

    const fn from_byte(byte: u8) -> Result<Self, BadKey> {
        match byte {
            1 => Ok(Self::Ed25519),
            4 => Ok(Self::Cosignature),
            other => Err(BadKey::Algorithm(other)),
        }
    }
}

impl VerifierKey {
    fn new(name: KeyName, algorithm: Algorithm, public: [u8; 32]) -> Self {
        let hashed = [name.0.as_bytes(), &[b'\n', algorithm.byte()], &public].concat();
        let [a, b, c, d, ..] = *Hash::of(&hashed).as_bytes();
        Self { name, id: u32::from_be_bytes([a, b, c, d]), algorithm, public }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The first four bytes of the hash over name and key: what signature lines are found by. It is too short to prove
    /// anything.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// What it verifies.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether both are one key, whatever they are called.
    pub(crate) fn has_key_of(&self, other: &Self) -> bool {
        self.public == other.public
    }

    /// Whether a signature over a text is by this key.
    pub(crate) fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.public);
        match self.algorithm {
            Algorithm::Ed25519 => key.verify(text.as_bytes(), signature).is_ok(),
            Algorithm::Cosignature => {
                let Some((time, signature)) = signature.split_first_chunk() else { return false };
                let message = cosigned(u64::from_be_bytes(*time), text);
                key.verify(message.as_bytes(), signature).is_ok()
            }
        }
    }
}

impl SignerKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// The cryptographic library refuses.
    pub fn generate(name: KeyName, algorithm: Algorithm) -> Result<Self, BadKey> {
        let mut seed = Zeroizing::new([0; 32]);
        SystemRandom::new().fill(&mut *seed).map_err(|_| BadKey::Refused)?;
        Self::from_seed(name, algorithm, seed)
    }

    /// Makes a new key for a log that has no name yet: `PREFIX/` and the beginning of the hash over its public half, so that
    /// no two are called the same.
    ///
    /// # Errors
    /// The prefix is no name, or the cryptographic library refuses.
    pub fn generate_under(prefix: &str) -> Result<Self, BadKey> {
        let key = Self::generate(prefix.parse()?, Algorithm::Ed25519)?;
        let own: String = Hash::of(&key.verifier.public).to_hex().chars().take(16).collect();
        Self::from_seed(format!("{prefix}/{own}").parse()?, Algorithm::Ed25519, key.seed)
    }

    fn from_seed(name: KeyName, algorithm: Algorithm, seed: Zeroizing<[u8; 32]>) -> Result<Self, BadKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(|_| BadKey::Refused)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| BadKey::Refused)?;
        Ok(Self { verifier: VerifierKey::new(name, algorithm, public), pair, seed })
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The text of the key. Whoever reads it can sign.
    #[must_use]
    pub fn secret_text(&self) -> Zeroizing<String> {
        let key = Zeroizing::new([&[self.verifier.algorithm.byte()], &self.seed[..]].concat());
        let encoded = Zeroizing::new(STANDARD.encode(&*key));
        let (name, id) = (&self.verifier.name, self.verifier.id);
        Zeroizing::new(format!("PRIVATE+KEY+{name}+{id:08x}+{}", *encoded))
    }

    /// Signs a text; a witness signs the time with it.
    pub(crate) fn sign(&self, text: &str, time: Timestamp) -> Signature {
        let bytes = match self.verifier.algorithm {
            Algorithm::Ed25519 => self.pair.sign(text.as_bytes()).as_ref().to_vec(),
            Algorithm::Cosignature => {
                let time = u64::try_from(time.as_second()).unwrap_or_default();
                let signature = self.pair.sign(cosigned(time, text).as_bytes());
                [&time.to_be_bytes(), signature.as_ref()].concat()
            }
        };
        Signature::new(self.verifier.name.clone(), self.verifier.id, bytes)
    }
}

/// What a witness signs (C2SP tlog-cosignature, Ed25519 signed message).
fn cosigned(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

impl FromStr for KeyName {
    type Err = BadKey;

    fn from_str(name: &str) -> Result<Self, BadKey> {
        let bad = name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
        if bad || name.len() > 200 {
            return Err(BadKey::Name(name.chars().take(80).collect()));
        }
        Ok(Self(name.to_owned()))
    }
}

impl FromStr for VerifierKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let mut parts = text.trim_end().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(BadKey::Verifier);
        };
        let key = STANDARD.decode(key).map_err(|_| BadKey::Verifier)?;
        let (algorithm, public) = key.split_first().ok_or(BadKey::Verifier)?;
        let algorithm = Algorithm::from_byte(*algorithm)?;
        let key = Self::new(name.parse()?, algorithm, public.try_into().map_err(|_| BadKey::Verifier)?);
        if parse_id(id) == Some(key.id) { Ok(key) } else { Err(BadKey::Id) }
    }
}

impl FromStr for SignerKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let rest = text.trim_end().strip_prefix("PRIVATE+KEY+").ok_or(BadKey::Signer)?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(BadKey::Signer);
        };
        let key = Zeroizing::new(STANDARD.decode(key).map_err(|_| BadKey::Signer)?);
        let (algorithm, seed) = key.split_first().ok_or(BadKey::Signer)?;
        let algorithm = Algorithm::from_byte(*algorithm)?;
        let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).map_err(|_| BadKey::Signer)?);
        let key = Self::from_seed(name.parse()?, algorithm, seed)?;
        if parse_id(id) == Some(key.verifier.id) { Ok(key) } else { Err(BadKey::Id) }
    }
}

fn parse_id(text: &str) -> Option<u32> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl KeyName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.algorithm.byte()], &self.public[..]].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id, STANDARD.encode(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey(redacted, of {:?})", self.verifier)
    }
}
