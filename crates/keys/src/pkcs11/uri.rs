//! PKCS#11 URIs (RFC 7512): which token, which object in it, and how to get at it. A URI may hold a PIN, so no error and
//! no Debug output quotes one; nothing in a URI is ever run.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use casemate_core::{nearest, printable};

use super::query::{Query, percent_decoded};
use super::{Pin, TokenError};

const MAX_URI: usize = 8 * 1024;

/// What a text must be to be a PKCS#11 URI.
#[derive(Debug, thiserror::Error)]
pub enum UriError {
    /// It begins otherwise.
    #[error("a PKCS#11 URI begins with `pkcs11:`, as in `pkcs11:token=release;object=model-signing`")]
    Scheme,
    /// It is too long.
    #[error("the PKCS#11 URI is longer than {MAX_URI} bytes")]
    TooLong,
    /// A part is no `name=value`.
    #[error("`{0}` in the PKCS#11 URI is not of the form name=value")]
    NotAPair(String),
    /// An attribute that nobody knows: passing it over could select another key than was meant.
    #[error("a PKCS#11 URI has no attribute `{name}` {place}{}", nearest.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default())]
    Unknown {
        /// The name as written.
        name: String,
        /// Before or after the question mark.
        place: &'static str,
        /// The known name that is spelled most like it.
        nearest: Option<&'static str>,
    },
    /// An attribute stands twice.
    #[error("the attribute `{0}` stands twice in the PKCS#11 URI")]
    Twice(&'static str),
    /// A percent sign without two hexadecimal digits after it.
    #[error(
        "the value of `{0}` in the PKCS#11 URI has a `%` that no two hexadecimal digits follow; write `%25` for a percent sign"
    )]
    Percent(&'static str),
    /// A value that must be text is not.
    #[error("the value of `{0}` in the PKCS#11 URI is not UTF-8 text")]
    NotText(&'static str),
    /// A value that is not among those allowed.
    #[error("the value of `{name}` in the PKCS#11 URI is not {expected}")]
    Value {
        /// Of which attribute.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
    },
}

/// The kinds of objects that a token holds (`type` of a URI).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectType {
    /// A private key.
    Private,
    /// A public key.
    Public,
    /// A certificate.
    Certificate,
    /// A symmetric key.
    SecretKey,
    /// Anything else.
    Data,
}

impl ObjectType {
    /// The word that URIs use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
            Self::Certificate => "cert",
            Self::SecretKey => "secret-key",
            Self::Data => "data",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let all = [Self::Private, Self::Public, Self::Certificate, Self::SecretKey, Self::Data];
        all.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A parsed URI. Only what is named must match; an empty URI matches every token and every object.
#[derive(Clone, Default)]
pub struct Uri {
    pub(super) token: Option<String>,
    pub(super) manufacturer: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) model: Option<String>,
    pub(super) slot_id: Option<u64>,
    pub(super) object: Option<String>,
    pub(super) id: Option<Vec<u8>>,
    pub(super) kind: Option<ObjectType>,
    pub(super) query: Query,
}

/// The attributes before the question mark that are understood.
const PATH: &[&str] = &["token", "manufacturer", "serial", "model", "slot-id", "object", "id", "type"];

impl Uri {
    /// Parses a URI.
    ///
    /// # Errors
    /// It is not one, or has attributes that are not understood: such a URI could name another key than was meant.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        if text.len() > MAX_URI {
            return Err(UriError::TooLong);
        }
        let (scheme, rest) = text.trim().split_once(':').ok_or(UriError::Scheme)?;
        if !scheme.eq_ignore_ascii_case("pkcs11") {
            return Err(UriError::Scheme);
        }
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let mut uri =
            Self { query: query.map(Query::parse).transpose()?.unwrap_or_default(), ..Self::default() };
        for attribute in path.split(';').filter(|attribute| !attribute.is_empty()) {
            uri.take(attribute)?;
        }
        Ok(uri)
    }

    fn take(&mut self, attribute: &str) -> Result<(), UriError> {
        // What stands before the question mark is no secret unless somebody mistook the sign, so the value is not shown.
        let (name, value) = attribute.split_once('=').ok_or_else(|| UriError::NotAPair(word(attribute)))?;
        let Some(name) = PATH.iter().copied().find(|known| *known == name) else {
            return Err(unknown(name, "before the `?`", PATH));
        };
        let text = || text(name, value);
        match name {
            "token" => set(&mut self.token, name, text()?),
            "manufacturer" => set(&mut self.manufacturer, name, text()?),
            "serial" => set(&mut self.serial, name, text()?),
            "model" => set(&mut self.model, name, text()?),
            "slot-id" => set(&mut self.slot_id, name, number(name, &text()?)?),
            "object" => set(&mut self.object, name, text()?),
            "id" => set(&mut self.id, name, percent_decoded(name, value)?.to_vec()),
            _ => {
                let expected = "private, public, cert, secret-key or data";
                let kind = ObjectType::parse(&text()?).ok_or(UriError::Value { name, expected })?;
                set(&mut self.kind, name, kind)
            }
        }
    }

    /// The module that the URI names, if it does. It is native code: a URI that was not written by the user must not
    /// choose it (see [`Uri::without_access`]).
    #[must_use]
    pub fn module(&self) -> Option<&Path> {
        self.query.module.as_deref()
    }

    /// The URI without module and PIN: what identifies the key, and may be written down beside what it protects.
    #[must_use]
    pub fn without_access(&self) -> Self {
        Self { query: Query::default(), ..self.clone() }
    }

    /// The PIN that the URI holds or says where to read.
    ///
    /// # Errors
    /// The file that should hold it cannot be read.
    pub(super) fn pin(&self) -> Result<Option<Pin>, TokenError> {
        match (&self.query.pin, &self.query.pin_source) {
            (Some(pin), _) => Ok(Some(pin.clone())),
            (None, Some(source)) => Pin::from_file(source).map(Some),
            (None, None) => Ok(None),
        }
    }
}

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

/// What identifies the key, without module and PIN. Percent-encoded, so nothing in it can steer a terminal.
impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [
            ("token", &self.token),
            ("manufacturer", &self.manufacturer),
            ("serial", &self.serial),
            ("model", &self.model),
            ("object", &self.object),
        ];
        let mut parts: Vec<String> = texts
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", encoded(value.as_ref()?))))
            .collect();
        parts.extend(self.slot_id.map(|id| format!("slot-id={id}")));
        parts.extend(self.id.as_ref().map(|id| {
            let bytes: String = id.iter().map(|byte| format!("%{byte:02X}")).collect();
            format!("id={bytes}")
        }));
        parts.extend(self.kind.map(|kind| format!("type={}", kind.as_str())));
        write!(f, "pkcs11:{}", parts.join(";"))
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uri({self})")
    }
}

/// Text with everything encoded but what RFC 3986 calls unreserved.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn number(name: &'static str, text: &str) -> Result<u64, UriError> {
    text.parse().map_err(|_| UriError::Value { name, expected: "a number" })
}

/// Decodes a value that must be text.
pub(super) fn text(name: &'static str, value: &str) -> Result<String, UriError> {
    let bytes = percent_decoded(name, value)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| UriError::NotText(name))
}

/// Puts a value where none may be yet.
pub(super) fn set<T>(place: &mut Option<T>, name: &'static str, value: T) -> Result<(), UriError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(UriError::Twice(name)),
    }
}

/// The error for a name that is not known, with the known one that is nearest.
pub(super) fn unknown(name: &str, place: &'static str, known: &[&'static str]) -> UriError {
    let nearest =
        nearest(name, known.iter().copied()).and_then(|near| known.iter().copied().find(|it| *it == near));
    UriError::Unknown { name: word(name), place, nearest }
}

/// The first letters of a word, for an error: enough to find it, and less than a PIN that strayed here.
fn word(text: &str) -> String {
    printable(&text.chars().take(24).collect::<String>())
}

/// The path of `file:PATH`, `file:///PATH` or plain `PATH`.
pub(super) fn file(name: &'static str, value: &str) -> Result<PathBuf, UriError> {
    let path = text(name, value)?;
    let path = match path.strip_prefix("file:") {
        Some(path) => match path.strip_prefix("//") {
            Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest).to_owned(),
            None => path.to_owned(),
        },
        None => path,
    };
    // RFC 7512 lets `|command` ask for the command to be run. A file named so is nothing anybody wants either.
    if path.is_empty() || path.starts_with('|') {
        return Err(UriError::Value { name, expected: "the path of a file, as in `file:/etc/token-pin`" });
    }
    Ok(PathBuf::from(path))
}
