//! The part of a PKCS#11 URI after the question mark: module and PIN. It is access, not identity, and is never shown.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::Pin;
use super::uri::{UriError, file, set, unknown};

const QUERY: &[&str] = &["module-path", "pin-value", "pin-source"];

/// How to get at a token.
#[derive(Clone, Default)]
pub(super) struct Query {
    pub(super) module: Option<PathBuf>,
    pub(super) pin: Option<Pin>,
    pub(super) pin_source: Option<PathBuf>,
}

impl Query {
    pub(super) fn parse(query: &str) -> Result<Self, UriError> {
        let mut parsed = Self::default();
        for attribute in query.split('&').filter(|attribute| !attribute.is_empty()) {
            let (name, value) = attribute.split_once('=').ok_or(UriError::NotAPair("…".to_owned()))?;
            let Some(name) = QUERY.iter().copied().find(|known| *known == name) else {
                return Err(unknown(name, "after the `?`", QUERY));
            };
            match name {
                "module-path" => set(&mut parsed.module, name, file(name, value)?)?,
                "pin-value" => set(&mut parsed.pin, name, Pin::from_bytes(percent_decoded(name, value)?))?,
                _ => set(&mut parsed.pin_source, name, file(name, value)?)?,
            }
        }
        Ok(parsed)
    }
}

/// The bytes that a percent-encoded value stands for. It may be a PIN, so it is wiped when it is dropped.
pub(super) fn percent_decoded(name: &'static str, value: &str) -> Result<Zeroizing<Vec<u8>>, UriError> {
    // Decoded text is never longer, so the buffer never grows and leaves nothing behind.
    let mut decoded = Zeroizing::new(Vec::with_capacity(value.len()));
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (Some(high), Some(low)) = (digit(bytes.next()), digit(bytes.next())) else {
            return Err(UriError::Percent(name));
        };
        decoded.push(high << 4 | low);
    }
    Ok(decoded)
}

fn digit(byte: Option<u8>) -> Option<u8> {
    let digit = char::from(byte?).to_digit(16)?;
    u8::try_from(digit).ok()
}
