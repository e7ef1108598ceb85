//! Whether a bundle was signed by whom the user trusts (OMS v1.0, sections 8.2 and 8.3). Only what comes out of here may
//! be believed; the files have still to be held against it.

use casemate_keys::PublicKey;

use crate::bundle::{Bundle, Material};
use crate::manifest::Manifest;
use crate::statement::{BadStatement, Stated};
use crate::{dsse, historical, statement};

/// Whom the user trusts to sign.
#[derive(Debug, Clone)]
pub enum Trust {
    /// The holder of one key.
    Key(PublicKey),
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
}

impl SignedBy {
    /// The method, as the specification calls it.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Key(_) => "key",
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
    let (stated, signer) = match trust {
        Trust::Key(key) => (with_key(bundle, key)?, SignedBy::Key(key.clone())),
    };
    Ok(Authentic { manifest: stated.manifest, stated_root: stated.root, signer })
}

/// Whether the check tells a signature from an altered one: a bundle that holds must not hold any more once a byte of what
/// it covers is another. Without this, a verifier that accepts anything would look like one that works.
#[must_use]
pub fn refuses_alteration(bundle: &Bundle, trust: &Trust) -> bool {
    let mut altered = bundle.clone();
    if let Some(byte) = altered.payload.last_mut() {
        *byte ^= 1;
    }
    authenticate(&altered, trust).is_err()
}

fn with_key(bundle: &Bundle, key: &PublicKey) -> Result<Stated, Refusal> {
    let Material::Key { hint } = &bundle.material else {
        return Err(Refusal::Method {
            found: bundle.material.method(),
            given: "a public key",
            hint: match bundle.material {
                Material::Keyless => "give the identity and the issuer",
                _ => "give the root certificate",
            },
        });
    };
    if let Some(hint) = hint.as_ref().filter(|hint| **hint != key.hint()) {
        return Err(Refusal::OtherKey {
            found: casemate_core::printable(hint).to_string(),
            given: key.hint(),
        });
    }
    signed(bundle, key)
}

/// The statement, if the signature over it is by this key. What version 0.2.0 signed is told by what it signed over, and
/// only its own predicate is taken from it.
fn signed(bundle: &Bundle, key: &PublicKey) -> Result<Stated, Refusal> {
    if key.verifies(&dsse::pae(&bundle.payload), &bundle.signature) {
        return Ok(statement::read(&bundle.payload)?);
    }
    let old = historical::pae(&bundle.payload);
    if key.verifies(&old, &bundle.signature) || key.verifies_sha256(&old, &bundle.signature) {
        return Ok(historical::read(&bundle.payload)?);
    }
    Err(Refusal::Signature)
}
