//! The certificates that the user trusts. There are no others.

use super::{Certificate, CertificateError};

/// Trusted certificates. Each is believed because the user gave it, whoever signed it.
#[derive(Debug, Clone)]
pub struct Roots(Vec<Certificate>);

impl Roots {
    /// Trusts these certificates.
    ///
    /// # Errors
    /// There are none.
    pub fn new(certificates: Vec<Certificate>) -> Result<Self, CertificateError> {
        if certificates.is_empty() {
            return Err(CertificateError::NoRoots);
        }
        Ok(Self(certificates))
    }

    /// Trusts all certificates of these PEM texts.
    ///
    /// # Errors
    /// A text holds none or a malformed one.
    pub fn from_pem<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, CertificateError> {
        let mut certificates = Vec::new();
        for text in texts {
            certificates.extend(Certificate::from_pem_many(text)?);
        }
        Self::new(certificates)
    }

    /// The certificates.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0
    }
}
