//! Whether a bundle was signed by whom the user trusts (OMS v1.0, sections 8.2 and 8.3). Only what comes out of here may
//! be believed; the files have still to be held against it.

use casemate_core::{Timestamp, printable};
use casemate_keys::PublicKey;

use crate::bundle::{Bundle, Material};
use crate::certificate::{Certificate, CertificateError, Roots, verify_chain};
use crate::manifest::Manifest;
#[cfg(feature = "sigstore")]
use crate::sigstore::{KeylessError, TrustedRoot, verify_keyless};
use crate::statement::{BadStatement, Stated};
use crate::{dsse, historical, statement};

/// Whom the user trusts to sign.
#[derive(Debug)]
pub enum Trust {
    /// The holder of one key.
    Key(PublicKey),
    /// Those whom a root vouches for.
    Certificates(Authorities),
    /// One identity, as Sigstore vouches for it.
    #[cfg(feature = "sigstore")]
    Keyless {
        /// The authorities and logs of Sigstore.
        root: TrustedRoot,
        /// Who must have signed: an e-mail address or the URI of a workflow.
        identity: String,
        /// Who must have vouched for the identity.
        issuer: String,
    },
}

/// Who vouches for signers, and when that is asked.
#[derive(Debug)]
pub struct Authorities {
    /// Whom the user trusts.
    pub roots: Roots,
    /// Certificates that may lead to them, besides those in the bundle.
    pub intermediates: Vec<Certificate>,
    /// The one certificate that may sign, if not any that a root vouches for.
    pub signer: Option<Certificate>,
    /// The time at which every certificate must be valid: now.
    pub at: Timestamp,
}

/// What a signature that holds says.
#[derive(Debug)]
pub struct Authentic {
    manifest: Manifest,
    stated_root: Option<[u8; 32]>,
    signer: SignedBy,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedBy {
    /// The holder of a key.
    Key(PublicKey),
    /// Somebody whom a root vouches for.
    Certificate {
        /// The subject of the certificate.
        subject: String,
        /// Who issued it.
        issuer: String,
        /// The SHA-256 of the certificate in DER, in hexadecimal.
        fingerprint: String,
        /// The other names in it: e-mail addresses, URIs, hosts.
        names: Vec<String>,
    },
    /// An identity that Sigstore vouches for.
    Keyless {
        /// Who.
        identity: String,
        /// Who vouched for it.
        issuer: String,
    },
}

impl SignedBy {
    /// The method, as the specification calls it.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Certificate { .. } => "certificate",
            Self::Keyless { .. } => "sigstore",
        }
    }
}

/// Why a signature does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It was made otherwise than the user trusts.
    #[error("the signature was made with the method `{found}`, and {given} was given to verify it; {hint}")]
    Method {
        /// The method of the bundle.
        found: &'static str,
        /// What the user gave.
        given: &'static str,
        /// What to give.
        hint: &'static str,
    },
    /// It was made with another key.
    #[error("the signature was made with another key: the bundle names {found}, the given key is {given}")]
    OtherKey {
        /// The hint in the bundle.
        found: String,
        /// The hint of the given key.
        given: String,
    },
    /// The certificate is not the one that may sign.
    #[error("the signature was made with the certificate `{found}` ({fingerprint}), not with the given one")]
    OtherCertificate {
        /// Its subject.
        found: String,
        /// Its fingerprint.
        fingerprint: String,
    },
    /// No root vouches for the certificate now.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Sigstore does not vouch for the signature.
    #[cfg(feature = "sigstore")]
    #[error(transparent)]
    Keyless(#[from] KeylessError),
    /// The signature is not over this payload by this key.
    #[error("the signature does not verify: the bundle was altered, or signed with another key")]
    Signature,
    /// The payload is no statement about a model.
    #[error(transparent)]
    Statement(#[from] BadStatement),
}

impl Authentic {
    /// What was signed.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Who signed it.
    #[must_use]
    pub fn signer(&self) -> &SignedBy {
        &self.signer
    }

    /// Whether the root digest in the statement differs from that of the specification, because the signer had the
    /// files in another order. Other documents that name the model may then name either.
    #[must_use]
    pub fn other_root(&self) -> Option<[u8; 32]> {
        self.stated_root.filter(|root| *root != self.manifest.root())
    }
}

/// Checks the signature of a bundle, and reads what it covers.
///
/// # Errors
/// The signature does not hold, or covers no statement about a model.
pub fn authenticate(bundle: &Bundle, trust: &Trust) -> Result<Authentic, Refusal> {
    let (payload, signer) = prove(bundle, trust)?;
    let stated = payload.statement()?;
    Ok(Authentic { manifest: stated.manifest, stated_root: stated.root, signer })
}

/// Whether the check tells a signature from an altered one: a bundle that holds must not hold any more when a space stands
/// after what it covers. The space changes nothing that the statement says, so the signature alone can tell. Without this,
/// a verifier that accepts anything would look like one that works.
#[must_use]
pub fn refuses_alteration(bundle: &Bundle, trust: &Trust) -> bool {
    let altered = bundle.with_payload([&*bundle.payload, b" "].concat());
    altered.is_some_and(|altered| prove(&altered, trust).is_err())
}

/// A payload whose signature holds.
pub(crate) struct Payload {
    pub(crate) bytes: Vec<u8>,
    encoding: Encoding,
}

/// How a payload was encoded to be signed, which tells its time.
enum Encoding {
    /// As the specification says.
    Standard,
    /// As version 0.2.0 of the Python implementation did.
    Historical,
    /// As Sigstore says, at any time.
    #[cfg(feature = "sigstore")]
    Sigstore,
}

impl Payload {
    fn statement(&self) -> Result<Stated, BadStatement> {
        match self.encoding {
            Encoding::Standard => statement::read(&self.bytes),
            // Only the predicate of that time is taken from what was signed as one did then.
            Encoding::Historical => historical::read(&self.bytes),
            #[cfg(feature = "sigstore")]
            Encoding::Sigstore => statement::read(&self.bytes).or_else(|error| match error {
                BadStatement::Type { .. } => historical::read(&self.bytes),
                other => Err(other),
            }),
        }
    }
}

/// The payload of a bundle, if somebody trusted signed it.
pub(crate) fn prove(bundle: &Bundle, trust: &Trust) -> Result<(Payload, SignedBy), Refusal> {
    match trust {
        Trust::Key(key) => Ok((with_key(bundle, key)?, SignedBy::Key(key.clone()))),
        Trust::Certificates(authorities) => with_certificate(bundle, authorities),
        #[cfg(feature = "sigstore")]
        Trust::Keyless { root, identity, issuer } => keyless(bundle, root, identity, issuer),
    }
}

fn with_key(bundle: &Bundle, key: &PublicKey) -> Result<Payload, Refusal> {
    let Material::Key { hint } = &bundle.material else {
        return Err(otherwise(bundle, "a public key"));
    };
    if let Some(hint) = hint.as_ref().filter(|hint| **hint != key.hint()) {
        return Err(Refusal::OtherKey { found: printable(hint), given: key.hint() });
    }
    signed(bundle, key)
}

fn with_certificate(bundle: &Bundle, authorities: &Authorities) -> Result<(Payload, SignedBy), Refusal> {
    let Material::Certificates(chain) = &bundle.material else {
        return Err(otherwise(bundle, "a root certificate"));
    };
    let chain: Vec<Certificate> =
        chain.iter().map(|der| Certificate::from_der(der)).collect::<Result<_, _>>()?;
    let Some((leaf, rest)) = chain.split_first() else { return Err(Refusal::Signature) };
    if authorities.signer.as_ref().is_some_and(|signer| signer != leaf) {
        return Err(Refusal::OtherCertificate { found: leaf.subject(), fingerprint: leaf.fingerprint() });
    }
    let intermediates: Vec<Certificate> = rest.iter().chain(&authorities.intermediates).cloned().collect();
    let key = verify_chain(leaf, &intermediates, &authorities.roots, authorities.at)?;
    let signer = SignedBy::Certificate {
        subject: leaf.subject(),
        issuer: leaf.issuer(),
        fingerprint: leaf.fingerprint(),
        names: leaf.names().to_vec(),
    };
    Ok((signed(bundle, &key)?, signer))
}

#[cfg(feature = "sigstore")]
fn keyless(
    bundle: &Bundle,
    root: &TrustedRoot,
    identity: &str,
    issuer: &str,
) -> Result<(Payload, SignedBy), Refusal> {
    if bundle.material != Material::Keyless {
        return Err(otherwise(bundle, "an identity"));
    }
    let proven = verify_keyless(bundle.text(), root, identity, issuer)?;
    let signer = SignedBy::Keyless { identity: proven.identity, issuer: proven.issuer };
    Ok((Payload { bytes: proven.payload, encoding: Encoding::Sigstore }, signer))
}

/// The signature was made with another method than the user trusts.
fn otherwise(bundle: &Bundle, given: &'static str) -> Refusal {
    Refusal::Method {
        found: bundle.material.method(),
        given,
        hint: match bundle.material {
            Material::Key { .. } => "give the public key of the signer",
            Material::Certificates(_) => "give the root certificate of the signer's authority",
            Material::Keyless => "give the identity of the signer and its issuer",
        },
    }
}

/// The payload, if the signature over it is by this key.
fn signed(bundle: &Bundle, key: &PublicKey) -> Result<Payload, Refusal> {
    let bytes = bundle.payload.clone();
    if key.verifies(&dsse::pae(&bytes), &bundle.signature) {
        return Ok(Payload { bytes, encoding: Encoding::Standard });
    }
    let old = historical::pae(&bytes);
    if key.verifies(&old, &bundle.signature) || key.verifies_sha256(&old, &bundle.signature) {
        return Ok(Payload { bytes, encoding: Encoding::Historical });
    }
    Err(Refusal::Signature)
}
