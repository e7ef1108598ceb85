//! Sigstore's keyless method (OMS v1.0, section 8.4), offline: a certificate that lived for minutes, and entries of a public
//! log that say when. The cryptography is that of the crate `sigstore-verify`, at its strictest; nothing is contacted.
//!
//! The crate reads the clock by itself, only to refuse log entries from the future.

use casemate_core::{Timestamp, printable};
use sigstore_verify::trust_root::{SIGSTORE_PRODUCTION_TRUSTED_ROOT, TrustedRoot as Root};
use sigstore_verify::types::{Bundle, Sha256Hash, SignatureContent, Statement};
use sigstore_verify::{Error, VerificationPolicy, Verifier};

/// The authorities and logs that are trusted.
pub struct TrustedRoot(Verifier);

/// What a keyless signature that holds says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyless {
    /// What was signed: the statement.
    pub payload: Vec<u8>,
    /// Who signed, as the certificate names them; the one that was asked for.
    pub identity: String,
    /// Who vouched for the identity; the one that was asked for.
    pub issuer: String,
    /// When it was signed at the latest, by a log or a timestamping authority.
    pub signed: Timestamp,
}

/// Why a keyless signature does not hold.
#[derive(Debug, thiserror::Error)]
pub enum KeylessError {
    /// The trusted root is none.
    #[error("the trusted root cannot be used: {0}; give a `trusted_root.json` as Sigstore publishes it")]
    TrustedRoot(String),
    /// The bundle cannot be read.
    #[error("the Sigstore bundle cannot be read: {0}")]
    Bundle(String),
    /// The bundle is not one of the keyless method.
    #[error("the bundle holds no {0}, which a keyless signature needs")]
    Lacks(&'static str),
    /// Somebody else signed.
    #[error("the signature was made by `{found}`, not by `{wanted}`")]
    Identity {
        /// Who was asked for.
        wanted: String,
        /// Whom the certificate names.
        found: String,
    },
    /// Somebody else vouched for the identity.
    #[error("the identity was vouched for by `{found}`, not by `{wanted}`")]
    Issuer {
        /// Who was asked for.
        wanted: String,
        /// Whom the certificate names.
        found: String,
    },
    /// The signature is not over this payload.
    #[error("the signature does not verify: the bundle was altered")]
    Signature,
    /// The certificate is not one of the trusted authorities', or was not valid when it signed.
    #[error("the signing certificate is not trusted: {0}")]
    Certificate(String),
    /// The log entry proves nothing about this signature.
    #[error("the transparency log does not confirm the signature: {0}")]
    Log(String),
    /// There is no trustworthy time of signing.
    #[error("when it was signed is not proven: {0}")]
    Time(String),
    /// Anything else.
    #[error("the keyless signature does not hold: {0}")]
    Other(String),
}

impl TrustedRoot {
    /// The public instance of Sigstore, as it was when this program was built.
    ///
    /// # Errors
    /// It cannot be used, which would be an error of the build.
    pub fn public() -> Result<Self, KeylessError> {
        Self::from_json(SIGSTORE_PRODUCTION_TRUSTED_ROOT.as_bytes())
    }

    /// Reads a `trusted_root.json`.
    ///
    /// # Errors
    /// It is none, or holds malformed keys or certificates.
    pub fn from_json(json: &[u8]) -> Result<Self, KeylessError> {
        let wrong = |why: String| KeylessError::TrustedRoot(printable(&why));
        let text = std::str::from_utf8(json).map_err(|error| wrong(error.to_string()))?;
        let root = Root::from_json(text).map_err(|error| wrong(error.to_string()))?;
        Ok(Self(Verifier::new(&root).map_err(|error| wrong(error.to_string()))?))
    }
}

impl std::fmt::Debug for TrustedRoot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TrustedRoot")
    }
}

/// Verifies a keyless signature: that the certificate leads to a trusted authority, was logged when it was issued and valid
/// when it signed, names exactly this identity and issuer, that the log has this very signature, and that it is over the
/// payload. What the payload says has still to be held against the model.
///
/// # Errors
/// Any of this does not hold.
pub fn verify_keyless(
    bundle: &[u8],
    root: &TrustedRoot,
    identity: &str,
    issuer: &str,
) -> Result<Keyless, KeylessError> {
    let unreadable = |why: String| KeylessError::Bundle(printable(&why));
    let text = std::str::from_utf8(bundle).map_err(|error| unreadable(error.to_string()))?;
    let bundle = Bundle::from_json(text).map_err(|error| unreadable(error.to_string()))?;
    if bundle.signing_certificate().is_none() {
        return Err(KeylessError::Lacks("signing certificate"));
    }
    if bundle.verification_material.tlog_entries.is_empty() {
        return Err(KeylessError::Lacks("transparency log entry"));
    }
    let SignatureContent::DsseEnvelope(envelope) = &bundle.content else {
        return Err(KeylessError::Lacks("DSSE envelope"));
    };
    let payload = envelope.payload.as_bytes();
    // The crate verifies an artefact by its digest. Which model the statement is about is held against the model later, so
    // here it is taken at its word.
    let subject = subject(payload).ok_or(KeylessError::Lacks("SHA-256 of a subject in its statement"))?;
    let policy = VerificationPolicy::new(identity, issuer);
    let result = root.0.verify(subject, &bundle, &policy).map_err(refusal)?;
    let proven = result.certificate_verified() && result.sct_verified() && result.tlog_verified();
    if !proven || !result.identity_policy_checked() {
        return Err(KeylessError::Other("a check was left out".to_owned()));
    }
    let signed = result.verified_timestamps().iter().min().copied();
    let signed = signed.ok_or_else(|| KeylessError::Time("there is no timestamp".to_owned()))?;
    Ok(Keyless {
        payload: payload.to_vec(),
        identity: identity.to_owned(),
        issuer: issuer.to_owned(),
        signed,
    })
}

fn subject(payload: &[u8]) -> Option<Sha256Hash> {
    let statement: Statement = serde_json::from_slice(payload).ok()?;
    statement.subject.iter().find_map(|subject| subject.digest.sha256)
}

fn refusal(error: Error) -> KeylessError {
    let shown = |found: Option<String>| printable(&found.unwrap_or_else(|| "nobody".to_owned()));
    match error {
        Error::IdentityMismatch { expected, actual } => KeylessError::Identity {
            wanted: printable(&expected.to_string()),
            found: shown(actual.map(|actual| actual.as_str().to_owned())),
        },
        Error::IssuerMismatch { expected, actual } => {
            KeylessError::Issuer { wanted: printable(&expected), found: shown(actual) }
        }
        Error::SignatureInvalid(_) => KeylessError::Signature,
        Error::Certificate(why) => KeylessError::Certificate(printable(&why.to_string())),
        Error::TransparencyLog(why) => KeylessError::Log(printable(&why.to_string())),
        Error::Timestamp(why) => KeylessError::Time(printable(&why.to_string())),
        other => KeylessError::Other(printable(&other.to_string())),
    }
}
