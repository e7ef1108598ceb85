//! What can go wrong with a token, and what to do about it. No message holds a PIN.

use cryptoki::error::{Error, RvError};

use crate::KeyError;

/// Why a key in a token cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Nobody said which module to open.
    #[error(
        "no PKCS#11 module is named; add `?module-path=FILE` to the URI (SoftHSM: /usr/lib/softhsm/libsofthsm2.so, OpenSC: opensc-pkcs11.so)"
    )]
    NoModule,
    /// The module cannot be opened.
    #[error("the PKCS#11 module `{module}` cannot be opened: {why}")]
    Module {
        /// Its path.
        module: String,
        /// What the loader said.
        why: String,
    },
    /// No token matches.
    #[error("no token matches `{uri}`; the module has: {there}")]
    NoToken {
        /// What was looked for.
        uri: String,
        /// The tokens that are there.
        there: String,
    },
    /// More than one token matches.
    #[error("several tokens match `{uri}`: {there}; name one by `token=` and `serial=`")]
    SeveralTokens {
        /// What was looked for.
        uri: String,
        /// The tokens that match.
        there: String,
    },
    /// The token wants a PIN and none was given.
    #[error(
        "the token `{0}` asks for a PIN; name a file that holds it by `?pin-source=file:FILE` in the URI"
    )]
    NeedsPin(String),
    /// The token refuses the PIN.
    #[error("the token `{token}` refuses the PIN{}", if *.last_try { "; one more wrong PIN locks it" } else { "" })]
    WrongPin {
        /// Its label.
        token: String,
        /// Whether it says that the next wrong PIN is the last.
        last_try: bool,
    },
    /// Too many wrong PINs were tried.
    #[error("the PIN of the token `{0}` is locked; its security officer can set a new one")]
    PinLocked(String),
    /// The file that should hold the PIN cannot be read.
    #[error("the PIN file `{path}` cannot be read: {error}")]
    PinFile {
        /// Its path.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// The file that should hold the PIN holds none.
    #[error("the PIN file `{path}` must hold the PIN on its first line, and nothing else of length")]
    NotAPinFile {
        /// Its path.
        path: String,
    },
    /// The variable is set, and empty.
    #[error("the environment variable `{name}` should hold a PIN and is empty")]
    EmptyPinVariable {
        /// Its name.
        name: &'static str,
    },
    /// No object matches.
    #[error("the token `{token}` has no {wanted} that matches `{uri}`{}", there.as_ref().map(|there| format!("; it has: {there}")).unwrap_or_default())]
    NoObject {
        /// The token's label.
        token: String,
        /// What was looked for.
        wanted: &'static str,
        /// What the URI says.
        uri: String,
        /// The objects of that kind that are there.
        there: Option<String>,
    },
    /// More than one object matches.
    #[error("several keys of the token `{token}` match `{uri}`: {there}; name one by `object=` or `id=`")]
    SeveralObjects {
        /// The token's label.
        token: String,
        /// What the URI says.
        uri: String,
        /// The objects that match.
        there: String,
    },
    /// The key's attributes forbid its use.
    #[error(
        "the key `{key}` may not {operation} (its {attribute} is false); make a key that may, or set the attribute"
    )]
    MayNot {
        /// The key's label.
        key: String,
        /// What was asked of it.
        operation: &'static str,
        /// The attribute that forbids it.
        attribute: &'static str,
    },
    /// The key wants the PIN before each use, which this token takes in no way that is supported.
    #[error(
        "the key `{key}` asks for the PIN before every signature (CKA_ALWAYS_AUTHENTICATE), and its token cannot hash what it signs (CKM_ECDSA_SHA256 and kin), which that takes; use another key"
    )]
    AsksAgain {
        /// The key's label.
        key: String,
    },
    /// The public half is nowhere to be found.
    #[error(
        "the token has the private key `{0}` but neither its public key nor a certificate with the same id; import one of them beside it"
    )]
    NoPublicKey(String),
    /// The key is of no use here.
    #[error("the key `{key}` is {found}; wanted is {wanted}")]
    WrongKind {
        /// The key's label.
        key: String,
        /// What it is.
        found: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// The public key is none that can be used.
    #[error("the public key of `{key}`: {error}")]
    PublicKey {
        /// The key's label.
        key: String,
        /// Why not.
        error: KeyError,
    },
    /// The token signed, and its own public key does not verify the signature.
    #[error(
        "the token's signature does not verify with the public key `{0}`; are its private and public key a pair?"
    )]
    NotAPair(String),
    /// What should be unwrapped was not wrapped by this key for this purpose, or was altered.
    #[error(
        "the wrapped key does not open with `{0}`: it was wrapped by another key or for another purpose, or it was altered"
    )]
    NotOpened(String),
    /// What should be unwrapped is none of our blobs.
    #[error(
        "the wrapped key is not in a form that is understood; it may have been written by a newer version"
    )]
    UnknownForm,
    /// The token cannot do what is needed.
    #[error("the token `{token}` cannot {operation}: {why}")]
    Refused {
        /// The token's label.
        token: String,
        /// What was asked of it.
        operation: &'static str,
        /// The code it answered with.
        why: String,
    },
}

/// The return code that a token answered with, if it was one.
pub(super) fn code(error: &Error) -> Option<RvError> {
    match error {
        Error::Pkcs11(code, _) => Some(*code),
        _ => None,
    }
}

/// The name of the code alone: the crate's own text is a paragraph of the standard.
pub(super) fn brief(error: &Error) -> String {
    match error {
        Error::Pkcs11(code, function) => format!("{code:?} ({function})"),
        other => casemate_core::printable(&other.to_string()),
    }
}
