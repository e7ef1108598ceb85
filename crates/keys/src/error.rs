//! What can be wrong with a key. No message quotes a key.

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No PEM at all, or none of the labels that were looked for.
    #[error("no {wanted} in PEM form was found{}", found.as_ref().map(|found| format!("; the file holds: {found}")).unwrap_or_default())]
    NotThere {
        /// What was looked for.
        wanted: &'static str,
        /// The labels that were found instead.
        found: Option<String>,
    },
    /// The PEM armour is broken.
    #[error("the PEM text is broken: {0}")]
    Pem(String),
    /// The key is of a kind that model signatures do not use.
    #[error(
        "the key is not an elliptic-curve key on P-256, P-384 or P-521 with an uncompressed point; make one with `openssl ecparam -name prime256v1 -genkey -noout`"
    )]
    Unsupported,
    /// The point is not on its curve.
    #[error("the public key is not a point of {0}")]
    NotOnCurve(super::Curve),
    /// The private key is encrypted and no passphrase was given.
    #[error("the private key is encrypted; give its passphrase")]
    NeedsPassphrase,
    /// The private key is encrypted, and the passphrase does not open it.
    #[error("the private key does not open: wrong passphrase, or an encryption that is not supported")]
    WrongPassphrase,
    /// The private key is encrypted in OpenSSL's old way, which derives its key with one round of MD5.
    #[error(
        "the private key is encrypted in the legacy OpenSSL form; write it anew with `openssl pkcs8 -topk8 -in KEY -out NEW`"
    )]
    LegacyEncryption,
    /// The cryptographic library refused to sign.
    #[error("signing failed")]
    Signing,
    /// The token that holds the key did not sign.
    #[error("{0}")]
    Token(String),
}
