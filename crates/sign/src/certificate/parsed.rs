//! One certificate, parsed strictly: DER, nothing after it, no extension twice. What it says is not to be believed before
//! its chain was followed.

use std::ops::Range;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use casemate_core::{Timestamp, hex, printable};
use casemate_keys::{KeyError, PublicKey};
use x509_cert::der::{self, Decode as _, Encode as _, Reader as _, SliceReader};
use x509_cert::name::Name;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::Time;

use super::CertificateError;
use super::extensions::Extensions;
use super::signature::{self, Outcome};

/// Certificates are a few kilobytes.
const MAX_LENGTH: usize = 64 * 1024;
/// Files of certificates hold a few; the largest collections of roots some hundreds.
const MAX_FILE: usize = 8 * 1024 * 1024;
const MAX_IN_FILE: usize = 1024;

/// A certificate. Copies share what was read.
#[derive(Clone)]
pub struct Certificate(Arc<Read>);

struct Read {
    der: Vec<u8>,
    signed: Range<usize>,
    parsed: x509_cert::Certificate,
    extensions: Extensions,
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// It is none, or something follows it.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let malformed = |why: String| CertificateError::Malformed(why);
        if der.len() > MAX_LENGTH {
            return Err(malformed(format!("it is longer than {} KiB", MAX_LENGTH / 1024)));
        }
        let parsed = x509_cert::Certificate::from_der(der).map_err(|error| malformed(error.to_string()))?;
        let signed = signed_part(der).map_err(|error| malformed(error.to_string()))?;
        let inner = parsed.tbs_certificate();
        // RFC 5280, section 4.1.1.2: only one of the two is signed.
        if inner.signature() != parsed.signature_algorithm() {
            return Err(malformed("it names two signature algorithms".to_owned()));
        }
        let extensions = inner.extensions().map(Vec::as_slice).unwrap_or_default();
        if !extensions.is_empty() && inner.version() != x509_cert::Version::V3 {
            return Err(malformed("it has extensions and is not of version 3".to_owned()));
        }
        let extensions = Extensions::read(extensions).map_err(malformed)?;
        Ok(Self(Arc::new(Read { der: der.to_vec(), signed, parsed, extensions })))
    }

    /// Reads all certificates of a PEM text, in their order.
    ///
    /// # Errors
    /// There is none, or one of them is malformed.
    pub fn from_pem_many(text: &[u8]) -> Result<Vec<Self>, CertificateError> {
        if text.len() > MAX_FILE {
            return Err(CertificateError::TooMuch("a file of certificates is larger than 8 MiB"));
        }
        let blocks = pem::parse_many(text).map_err(|error| CertificateError::Pem(error.to_string()))?;
        if blocks.len() > MAX_IN_FILE {
            return Err(CertificateError::TooMuch("a file holds more than 1024 certificates"));
        }
        let certificates = blocks.iter().filter(|block| block.tag() == "CERTIFICATE");
        let certificates: Vec<Self> =
            certificates.map(|block| Self::from_der(block.contents())).collect::<Result<_, _>>()?;
        if certificates.is_empty() {
            let labels: Vec<String> = blocks.iter().take(8).map(|block| printable(block.tag())).collect();
            let found = (!labels.is_empty()).then(|| labels.join(", "));
            return Err(CertificateError::NotThere { found });
        }
        Ok(certificates)
    }

    /// The certificate in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// Whom it is about, as RFC 4514 writes names (`CN=Release,O=Example`), safe to print.
    #[must_use]
    pub fn subject(&self) -> String {
        shown(self.name())
    }

    /// Who is said to have issued it, written like the subject.
    #[must_use]
    pub fn issuer(&self) -> String {
        shown(self.issuer_name())
    }

    /// The SHA-256 of its DER in hexadecimal: what identifies this certificate and no other.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex(digest(&SHA256, &self.0.der).as_ref())
    }

    /// Its alternative names, each with its kind before it: `email:`, `dns:`, `uri:` or `name:`. They are as the
    /// authority wrote them, and not safe to print.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0.extensions.names
    }

    /// Whether it was issued for signing code. Model signatures do not demand it where the key may sign otherwise; a
    /// policy may.
    #[must_use]
    pub fn is_for_code(&self) -> bool {
        self.0.extensions.is_for_code()
    }

    /// The first moment of its validity.
    #[must_use]
    pub fn valid_from(&self) -> Timestamp {
        moment(self.0.parsed.tbs_certificate().validity().not_before)
    }

    /// The last moment of its validity.
    #[must_use]
    pub fn valid_until(&self) -> Timestamp {
        moment(self.0.parsed.tbs_certificate().validity().not_after)
    }

    /// The key that it vouches for, which has still to be believed.
    ///
    /// # Errors
    /// It is no elliptic-curve key on one of the curves of model signatures.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        PublicKey::from_der(&self.key().to_der().map_err(|_| KeyError::Unsupported)?)
    }

    /// Whether it is signed with its own key. Names do not tell: an authority may give its own name to a signer.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        self.name() == self.issuer_name() && matches!(signature::check(self, self), Outcome::Holds)
    }

    pub(super) fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    pub(super) fn name(&self) -> &Name {
        self.0.parsed.tbs_certificate().subject()
    }

    pub(super) fn issuer_name(&self) -> &Name {
        self.0.parsed.tbs_certificate().issuer()
    }

    pub(super) fn key(&self) -> &SubjectPublicKeyInfoOwned {
        self.0.parsed.tbs_certificate().subject_public_key_info()
    }

    pub(super) fn algorithm(&self) -> &AlgorithmIdentifierOwned {
        self.0.parsed.signature_algorithm()
    }

    /// What its signature covers, byte for byte.
    pub(super) fn signed(&self) -> &[u8] {
        self.0.der.get(self.0.signed.clone()).unwrap_or_default()
    }

    pub(super) fn signature(&self) -> Option<&[u8]> {
        self.0.parsed.signature().as_bytes()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({}, {})", self.subject(), self.fingerprint())
    }
}

/// Where the signed part lies: the first element of the outer sequence.
fn signed_part(der: &[u8]) -> Result<Range<usize>, der::Error> {
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|inner| {
        let start = usize::try_from(inner.position())?;
        let length = inner.tlv_bytes()?.len();
        inner.drain(inner.remaining_len())?;
        Ok(start..start + length)
    })
}

/// A name as RFC 4514 writes it. What cannot be seen is escaped like what cannot be printed, so that two names never look
/// alike, to a reader or to a policy.
pub(super) fn shown(name: &Name) -> String {
    if name.is_empty() {
        return "(no name)".to_owned();
    }
    let mut shown = String::new();
    for c in name.to_string().chars() {
        let mut bytes = [0; 4];
        let text = &*c.encode_utf8(&mut bytes);
        if printable(text) == text {
            shown.push(c);
        } else {
            shown.extend(text.bytes().map(|byte| format!("\\{byte:02x}")));
        }
    }
    shown
}

/// A moment; what lies beyond the year 9999 counts as its end, which is how certificates say `never`.
fn moment(time: Time) -> Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs());
    seconds.ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or(Timestamp::MAX)
}
