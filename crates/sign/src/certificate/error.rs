//! Why a certificate is not believed. Every message names the certificate that is to blame; names are made printable.

use casemate_core::Timestamp;
use casemate_keys::KeyError;

/// Why a chain of certificates does not hold.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// No certificate where one should be.
    #[error("no certificate in PEM form was found{}", found.as_ref().map(|found| format!("; the file holds: {found}")).unwrap_or_default())]
    NotThere {
        /// What the file holds instead.
        found: Option<String>,
    },
    /// The PEM armour is broken.
    #[error("the PEM text is broken: {0}")]
    Pem(String),
    /// The file is too large, or holds too many.
    #[error("{0}")]
    TooMuch(&'static str),
    /// It is no certificate.
    #[error("a certificate cannot be read: {0}")]
    Malformed(String),
    /// No root was given: none is trusted by itself.
    #[error("no root certificate was given; a certificate proves nothing without one")]
    NoRoots,
    /// A certificate must not be used like this.
    #[error("the certificate `{subject}` {problem}")]
    Refused {
        /// Whose it is.
        subject: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// Nobody who is trusted vouches for it.
    #[error(
        "the certificate `{subject}` was issued by `{issuer}`, which is neither a given root nor a certificate that leads to one"
    )]
    Untrusted {
        /// Whose it is.
        subject: String,
        /// Who is said to have issued it.
        issuer: String,
    },
    /// It vouches for itself only.
    #[error("the certificate `{subject}` is signed by itself and is not one of the given roots")]
    SelfSigned {
        /// Whose it is.
        subject: String,
    },
    /// The certificates can be put together in too many ways.
    #[error(
        "the certificates can be combined in too many ways: no way to a root was found by {0} signatures"
    )]
    TooManyWays(usize),
}

/// What is wrong with one certificate.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Its time is over.
    #[error("expired on {0}")]
    Expired(Timestamp),
    /// Its time has not come.
    #[error("is not valid before {0}")]
    NotYetValid(Timestamp),
    /// It may not vouch for others.
    #[error(
        "is not that of a certificate authority (its basic constraints do not say CA), and cannot vouch for `{0}`"
    )]
    NotAuthority(String),
    /// It is an authority's, but not for certificates.
    #[error("may not sign certificates (its key usage lacks keyCertSign)")]
    MayNotIssue,
    /// It is an authority's for other purposes.
    #[error("is an authority's for other purposes (its extended key usage has neither codeSigning nor any)")]
    OtherPurpose,
    /// An authority without a name.
    #[error("is an authority's and has no name")]
    Nameless,
    /// Its key may not sign models.
    #[error(
        "may not sign: it has neither the key usage digitalSignature nor the extended key usage codeSigning"
    )]
    MayNotSign,
    /// There are more authorities below it than it allows.
    #[error("allows {allowed} authorities below it, and there are {found}")]
    PathLength {
        /// Its path length constraint.
        allowed: u8,
        /// How many there are.
        found: usize,
    },
    /// It restricts names, which is not supported.
    #[error("restricts the names that it vouches for, which is not supported")]
    NameConstraints,
    /// It must not be used by who does not know the extension.
    #[error("has the critical extension {0}, which is not known")]
    Critical(String),
    /// The chain is too long.
    #[error("is the {0}th of its chain and no root; longer chains are not followed")]
    TooDeep(usize),
    /// It is signed by an algorithm that is not accepted.
    #[error("is signed by {0}, which is not accepted; accepted are ECDSA, RSA and Ed25519 with SHA-2")]
    Algorithm(String),
    /// It names an authority that did not sign it.
    #[error("is not signed by `{0}`, as it says, or was altered")]
    Signature(String),
    /// Its key is none that model signatures use.
    #[error("has a key that cannot be used: {0}")]
    Key(KeyError),
}
