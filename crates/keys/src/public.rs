//! A public key: read from PEM or DER, written as PEM, and used to verify signatures.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::UnparsedPublicKey;
use casemate_core::hex;
use pem::{EncodeConfig, LineEnding, Pem, encode_config};

use crate::{Curve, KeyError};

/// A point on a curve that verifies ECDSA signatures. The point is known to lie on the curve.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    curve: Curve,
    point: Vec<u8>,
}

impl PublicKey {
    /// Reads the first `PUBLIC KEY` of a PEM text.
    ///
    /// # Errors
    /// There is none, or it is not an elliptic-curve key on one of the three curves.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        let blocks = blocks(text)?;
        match blocks.iter().find(|block| block.tag() == "PUBLIC KEY") {
            Some(block) => Self::from_der(block.contents()),
            None => Err(KeyError::NotThere { wanted: "public key", found: labels(&blocks) }),
        }
    }

    /// Reads a DER `SubjectPublicKeyInfo` (RFC 5480).
    ///
    /// # Errors
    /// It is not an elliptic-curve key on one of the three curves, or its point is compressed or not on the curve.
    pub fn from_der(spki: &[u8]) -> Result<Self, KeyError> {
        let (curve, point) = Curve::ALL
            .iter()
            .find_map(|curve| Some((*curve, spki.strip_prefix(curve.spki_prefix())?)))
            .ok_or(KeyError::Unsupported)?;
        Self::from_point(curve, point)
    }

    /// Takes an uncompressed point (SEC 1, section 2.3.3).
    ///
    /// # Errors
    /// The point is not uncompressed, or not on the curve.
    pub fn from_point(curve: Curve, point: &[u8]) -> Result<Self, KeyError> {
        if point.len() != curve.point_length() || point.first() != Some(&4) {
            return Err(KeyError::Unsupported);
        }
        UnparsedPublicKey::new(curve.verification(), point)
            .parse()
            .map_err(|_| KeyError::NotOnCurve(curve))?;
        Ok(Self { curve, point: point.to_vec() })
    }

    /// The curve it lies on.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        [self.curve.spki_prefix(), &self.point].concat()
    }

    /// The PEM text, as `openssl ec -pubout` writes it: 64 columns, line feeds.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
        encode_config(&Pem::new("PUBLIC KEY", self.to_der()), config)
    }

    /// The name that bundles give the key: the SHA-256 of its PEM text (not of the DER), in hexadecimal.
    #[must_use]
    pub fn hint(&self) -> String {
        hex(digest(&SHA256, self.to_pem().as_bytes()).as_ref())
    }

    /// Whether `signature` (ASN.1 DER) over `message` was made by the private half of this key.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.curve.verification(), &self.point).verify(message, signature).is_ok()
    }

    /// The same, with SHA-256 whatever the curve: what early signatures were made with.
    #[must_use]
    pub fn verifies_sha256(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.curve.verification_sha256(), &self.point)
            .verify(message, signature)
            .is_ok()
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({} {})", self.curve, self.hint())
    }
}

/// The blocks of a PEM text.
pub(crate) fn blocks(text: &[u8]) -> Result<Vec<Pem>, KeyError> {
    pem::parse_many(text).map_err(|error| KeyError::Pem(error.to_string()))
}

/// What a PEM text holds, for whoever looked for something else.
pub(crate) fn labels(blocks: &[Pem]) -> Option<String> {
    let labels: Vec<String> =
        blocks.iter().map(|block| casemate_core::printable(block.tag()).to_string()).collect();
    (!labels.is_empty()).then(|| labels.join(", "))
}
