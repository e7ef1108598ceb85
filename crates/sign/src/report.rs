//! What a verification came to, for people and programs. It decides nothing.

use casemate_core::hex;
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};

use crate::authenticate::{Authentic, SignedBy};
use crate::claims::Claim;
use crate::compare::{Comparison, Mismatch};
use crate::manifest::Method;

/// The version of the shape below.
pub const VERIFICATION_SCHEMA: &str = "casemate/verification/v1";

/// What a verification came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verification {
    /// Always [`VERIFICATION_SCHEMA`].
    pub schema: String,
    /// Whether the signature holds, is allowed, and every file that was looked at is what was signed.
    pub verified: bool,
    /// The path of the model, as it was given.
    pub model: String,
    /// The path of the signature, as it was given.
    pub signature: String,
    /// Why the signature itself is refused; the files were not looked at then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// What the signature says, where it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
    /// How the files differ from what was signed.
    pub mismatches: Vec<Difference>,
    /// What else is said of the model, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub claims: Vec<Claim>,
    /// What to look at though it is no difference.
    pub warnings: Vec<String>,
}

/// What a signature that holds says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signed {
    /// What the signer called the model; for people only.
    pub name: String,
    /// Who signed.
    pub by: String,
    /// `key`, `certificate` or `sigstore`.
    pub method: String,
    /// The root digest of the manifest (OMS v1.0, section 6.5.1), SHA-256 in hexadecimal.
    pub root: String,
    /// The root digest that the statement names, where the signer had the files in another order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated_root: Option<String>,
    /// What files are hashed with.
    pub hash: String,
    /// The size of shards in bytes, where shards were signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard_size: Option<u64>,
    /// What was left out of the signature.
    pub ignored: Vec<String>,
    /// How many files it covers.
    pub files: usize,
    /// How many of them were held against it; fewer where only some were asked for.
    pub checked: usize,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The file.
    pub path: String,
    /// `changed`, `missing`, `extra`, `link`, `special`, `not-signed` or `unreadable`.
    pub kind: String,
    /// Which bytes, as `start..end`, where shards were signed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ranges: Vec<String>,
    /// The digest that was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
    /// The digest it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Verification {
    /// The signature itself is refused.
    #[must_use]
    pub fn refused(model: String, signature: String, refusal: String) -> Self {
        Self {
            schema: VERIFICATION_SCHEMA.to_owned(),
            verified: false,
            model,
            signature,
            refusal: Some(refusal),
            signed: None,
            mismatches: Vec::new(),
            claims: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The signature holds, and the files were held against it.
    #[must_use]
    pub fn compared(
        model: String,
        signature: String,
        authentic: &Authentic,
        comparison: &Comparison,
    ) -> Self {
        let mut warnings = comparison.warnings.clone();
        if authentic.other_root().is_some() {
            warnings.push(
                "the signer had the files in another order than the specification says, so the statement names \
                 another root digest"
                    .to_owned(),
            );
        }
        Self {
            schema: VERIFICATION_SCHEMA.to_owned(),
            verified: comparison.mismatches.is_empty(),
            model,
            signature,
            refusal: None,
            signed: Some(signed(authentic, comparison)),
            mismatches: comparison.mismatches.iter().map(difference).collect(),
            claims: Vec::new(),
            warnings,
        }
    }

    /// Adds what else is said of the model; one claim that does not hold refuses all.
    pub fn with_claims(&mut self, claims: Vec<Claim>) {
        self.verified &= claims.iter().all(|claim| claim.refusal.is_none());
        self.claims = claims;
    }
}

fn signed(authentic: &Authentic, comparison: &Comparison) -> Signed {
    let manifest = authentic.manifest();
    let serialization = manifest.serialization();
    Signed {
        name: manifest.name().to_owned(),
        by: authentic.signer().to_string(),
        method: authentic.signer().method().to_owned(),
        root: hex(&manifest.root()),
        stated_root: authentic.other_root().map(|root| hex(&root)),
        hash: serialization.algorithm.to_string(),
        shard_size: match serialization.method {
            Method::Files => None,
            Method::Shards(size) => Some(size.get()),
        },
        ignored: serialization.ignore_paths.clone(),
        files: comparison.signed,
        checked: comparison.checked,
    }
}

fn difference(mismatch: &Mismatch) -> Difference {
    let plain = |kind: &str| Difference {
        path: mismatch.path().as_str().to_owned(),
        kind: kind.to_owned(),
        ranges: Vec::new(),
        signed: None,
        found: None,
        detail: None,
    };
    match mismatch {
        Mismatch::Changed { ranges, signed, found, .. } => Difference {
            ranges: ranges.iter().map(|range| format!("{}..{}", range.start, range.end)).collect(),
            signed: Some(signed.clone()),
            found: found.clone(),
            ..plain("changed")
        },
        Mismatch::Missing(_) => plain("missing"),
        Mismatch::Extra(_) => plain("extra"),
        Mismatch::Link(_) => plain("link"),
        Mismatch::Special(_) => plain("special"),
        Mismatch::NotSigned(_) => plain("not-signed"),
        Mismatch::Unreadable(_, why) => Difference { detail: Some(why.clone()), ..plain("unreadable") },
    }
}

impl std::fmt::Display for SignedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(key) => write!(f, "key {} ({})", key.hint(), key.curve()),
            Self::Certificate { subject, issuer, fingerprint, .. } => {
                write!(f, "{subject}, vouched for by {issuer} (certificate {fingerprint})")
            }
            Self::Keyless { identity, issuer } => write!(f, "{identity}, vouched for by {issuer}"),
        }
    }
}

/// The JSON Schema of [`Verification`].
#[must_use]
pub fn verification_schema() -> serde_json::Value {
    schema_for!(Verification).to_value()
}
