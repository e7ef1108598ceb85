//! A private key from a PEM file: PKCS#8, encrypted PKCS#8, or SEC 1. It is never shown, and wiped when it is dropped.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair as _};
use pem::Pem;
use pkcs8::EncryptedPrivateKeyInfoRef;
use zeroize::Zeroizing;

use crate::public::{blocks, labels};
use crate::{Curve, KeyError, PublicKey, Signer};

/// A key that signs.
pub struct PrivateKey {
    // The library keeps the scalar in its own memory and wipes it when it frees it.
    pair: EcdsaKeyPair,
    public: PublicKey,
}

impl PrivateKey {
    /// Reads the first private key of a PEM text. `passphrase` opens an encrypted one.
    ///
    /// # Errors
    /// There is none, it is encrypted and does not open, or it is not on one of the three curves.
    pub fn from_pem(text: &[u8], passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        let blocks = blocks(text)?;
        let key = blocks.iter().find(|block| block.tag().ends_with("PRIVATE KEY"));
        let Some(key) = key else {
            return Err(KeyError::NotThere { wanted: "private key", found: labels(&blocks) });
        };
        Self::from_der(&der(key, passphrase)?)
    }

    /// Reads a PKCS#8 or SEC 1 private key in DER.
    ///
    /// # Errors
    /// It is not on one of the three curves.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let (curve, pair) = Curve::ALL
            .iter()
            .find_map(|curve| Some((*curve, EcdsaKeyPair::from_private_key_der(curve.signing(), der).ok()?)))
            .ok_or(KeyError::Unsupported)?;
        let public = PublicKey::from_point(curve, pair.public_key().as_ref())?;
        Ok(Self { pair, public })
    }

    /// Makes a new key.
    ///
    /// # Errors
    /// The cryptographic library refuses.
    pub fn generate(curve: Curve) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::generate(curve.signing()).map_err(|_| KeyError::Signing)?;
        let public = PublicKey::from_point(curve, pair.public_key().as_ref())?;
        Ok(Self { pair, public })
    }
}

impl Signer for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| KeyError::Signing)?;
        Ok(signature.as_ref().to_vec())
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateKey(redacted, of {:?})", self.public)
    }
}

fn der(key: &Pem, passphrase: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if key.headers().get("Proc-Type").is_some_and(|value| value.contains("ENCRYPTED")) {
        return Err(KeyError::LegacyEncryption);
    }
    if key.tag() != "ENCRYPTED PRIVATE KEY" {
        return Ok(Zeroizing::new(key.contents().to_vec()));
    }
    let passphrase = passphrase.ok_or(KeyError::NeedsPassphrase)?;
    let encrypted =
        EncryptedPrivateKeyInfoRef::try_from(key.contents()).map_err(|_| KeyError::WrongPassphrase)?;
    let opened = encrypted.decrypt(passphrase).map_err(|_| KeyError::WrongPassphrase)?;
    Ok(Zeroizing::new(opened.as_bytes().to_vec()))
}
