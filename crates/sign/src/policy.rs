//! Who may sign, and what a signature may leave out: rules that hold for every model of an organisation, read from a
//! file that the verifier owns. It checks no signature.

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use crate::algorithm::Algorithm;
use crate::authenticate::{Authentic, SignedBy};
use crate::compare::{Comparison, Mismatch};
use crate::ignore::Ignore;
use crate::path::ModelPath;

/// A policy, as `signature-policy.yaml` holds it. What it does not name, it does not restrict, but for `signers`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Always 1.
    pub version: u32,
    /// Who may sign; at least one.
    pub signers: Vec<Signer>,
    /// What files may be hashed with.
    #[serde(default)]
    pub hashes: Vec<Algorithm>,
    /// What a signature may leave out besides version control files: patterns of paths in the model.
    #[serde(default)]
    pub may_ignore: Vec<String>,
    /// What may lie in a model unsigned: patterns of paths in the model.
    #[serde(default)]
    pub may_be_unsigned: Vec<String>,
    /// Whether a signature may follow symbolic links.
    #[serde(default)]
    pub symlinks: bool,
}

/// One who may sign. All that is named must fit.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Signer {
    /// For people.
    pub name: String,
    /// The hint of a key: the SHA-256 of its PEM text.
    pub key: Option<String>,
    /// The SHA-256 of a certificate in DER.
    pub certificate: Option<String>,
    /// The subject of a certificate, as RFC 4514 writes it.
    pub subject: Option<String>,
    /// A name in a certificate: an e-mail address, a URI, a host. For Sigstore, the identity.
    pub identity: Option<String>,
    /// Who vouched for the identity, with Sigstore.
    pub issuer: Option<String>,
}

/// Why a signature is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// The version is not known.
    #[error("the policy is of version {0}; this tool knows version 1")]
    Version(u32),
    /// The policy lets nobody sign, or names a signer by nothing.
    #[error("the policy names no signer by key, certificate, subject or identity")]
    Nobody,
    /// Somebody else signed.
    #[error("the policy does not let {0} sign")]
    Signer(String),
    /// The files are hashed otherwise.
    #[error("the policy does not allow files to be hashed with {0}")]
    Hash(Algorithm),
    /// Something is left out that must not be.
    #[error("the signature leaves out `{}`, and the policy does not allow that", casemate_core::printable(.0))]
    Ignored(String),
    /// Links were followed.
    #[error("the signature follows symbolic links, and the policy does not allow that")]
    Symlinks,
    /// A pattern that is none.
    #[error("the policy has a pattern that is none: {0}")]
    Pattern(String),
}

impl Policy {
    /// Whether the policy allows a signature.
    ///
    /// # Errors
    /// It does not, or is none.
    pub fn allows(&self, authentic: &Authentic) -> Result<(), NotAllowed> {
        if self.version != 1 {
            return Err(NotAllowed::Version(self.version));
        }
        if self.signers.is_empty() || self.signers.iter().any(Signer::is_anybody) {
            return Err(NotAllowed::Nobody);
        }
        if !self.signers.iter().any(|signer| signer.is(authentic.signer())) {
            return Err(NotAllowed::Signer(authentic.signer().to_string()));
        }
        let serialization = authentic.manifest().serialization();
        if !self.hashes.is_empty() && !self.hashes.contains(&serialization.algorithm) {
            return Err(NotAllowed::Hash(serialization.algorithm));
        }
        if serialization.allow_symlinks && !self.symlinks {
            return Err(NotAllowed::Symlinks);
        }
        self.allows_ignoring(&serialization.ignore_paths)
    }

    fn allows_ignoring(&self, paths: &[String]) -> Result<(), NotAllowed> {
        let may = patterns(&self.may_ignore)?;
        let always = Ignore::default();
        // A signature that lies in the model leaves itself out, and its claims.
        let written = |name: &str| name.ends_with(".sig") || name == "claims.jsonl";
        let itself = |path: &str| path.rsplit('/').next().is_some_and(written);
        let fine = |path: &str| {
            ModelPath::parse(path).is_ok_and(|path| always.covers(&path))
                || itself(path)
                || may.is_match(path)
        };
        match paths.iter().find(|path| !fine(path)) {
            Some(path) => Err(NotAllowed::Ignored(path.clone())),
            None => Ok(()),
        }
    }

    /// Takes what may lie in a model unsigned out of a comparison.
    ///
    /// # Errors
    /// A pattern of the policy is none.
    pub fn excuse(&self, comparison: &mut Comparison) -> Result<(), NotAllowed> {
        let may = patterns(&self.may_be_unsigned)?;
        comparison.mismatches.retain(|mismatch| match mismatch {
            Mismatch::Extra(path) => !may.is_match(path.as_str()),
            _ => true,
        });
        Ok(())
    }
}

impl Signer {
    fn is_anybody(&self) -> bool {
        [&self.key, &self.certificate, &self.subject, &self.identity].iter().all(|named| named.is_none())
    }

    fn is(&self, by: &SignedBy) -> bool {
        let fits = |wanted: &Option<String>, found: Option<&str>| match wanted {
            None => true,
            Some(wanted) => found.is_some_and(|found| found == wanted),
        };
        let key = match by {
            SignedBy::Key(key) => Some(key.hint()),
            _ => None,
        };
        let (certificate, subject, issuer) = match by {
            SignedBy::Key(_) => (None, None, None),
            SignedBy::Certificate { subject, issuer, fingerprint, .. } => {
                (Some(&**fingerprint), Some(&**subject), Some(&**issuer))
            }
            SignedBy::Keyless { issuer, .. } => (None, None, Some(&**issuer)),
        };
        let names: &[String] = match by {
            SignedBy::Key(_) => &[],
            SignedBy::Certificate { names, .. } => names,
            SignedBy::Keyless { identity, .. } => std::slice::from_ref(identity),
        };
        fits(&self.key, key.as_deref())
            && fits(&self.certificate, certificate)
            && fits(&self.subject, subject)
            && fits(&self.issuer, issuer)
            && self.identity.as_ref().is_none_or(|wanted| names.contains(wanted))
    }
}

fn patterns(globs: &[String]) -> Result<GlobSet, NotAllowed> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(Glob::new(glob).map_err(|error| NotAllowed::Pattern(error.to_string()))?);
    }
    set.build().map_err(|error| NotAllowed::Pattern(error.to_string()))
}
