//! Signatures of version 0.2.0 of the Python implementation (OMS v1.0, section 11): read, never written.

use serde::Deserialize;

use crate::algorithm::Algorithm;
use crate::dsse::PAYLOAD_TYPE;
use crate::manifest::{Manifest, Method, Resource, Serialization};
use crate::path::ModelPath;
use crate::statement::{BadStatement, Stated, WireSubject, unhex};

/// The predicate of that time, with the digests in the subject.
const PREDICATE_TYPE: &str = "https://model_signing/Digests/v0.1";

/// The bytes that its signatures cover. The payload went into the text as Python shows bytes: quoted, escaped.
pub(crate) fn pae(payload: &[u8]) -> Vec<u8> {
    format!("DSSEV1 {} {PAYLOAD_TYPE} {} {}", PAYLOAD_TYPE.len(), payload.len(), shown(payload)).into_bytes()
}

/// `repr()` of a Python `bytes`.
fn shown(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut text = String::from("b");
    text.push(quote);
    for byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\t' => text.push_str("\\t"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b' '..=b'~' => {
                if char::from(*byte) == quote {
                    text.push('\\');
                }
                text.push(char::from(*byte));
            }
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push(quote);
    text
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "predicateType")]
    predicate_type: String,
    subject: Vec<WireSubject>,
}

/// Reads a payload of that time. Its signature has been checked.
pub(crate) fn read(payload: &[u8]) -> Result<Stated, BadStatement> {
    let wire: Wire = serde_json::from_slice(payload)?;
    if wire.predicate_type != PREDICATE_TYPE {
        return Err(BadStatement::Type { expected: PREDICATE_TYPE, found: wire.predicate_type });
    }
    let resources = wire.subject.iter().map(|subject| {
        let digest = subject.digest.get("sha256").and_then(|digest| unhex(digest, 32));
        let digest = digest.ok_or_else(|| BadStatement::Digest {
            name: subject.name.clone(),
            algorithm: Algorithm::Sha256,
        })?;
        Ok(Resource { path: ModelPath::parse(&subject.name)?, range: None, digest })
    });
    let resources: Vec<Resource> = resources.collect::<Result<_, BadStatement>>()?;
    let serialization = Serialization {
        method: Method::Files,
        algorithm: Algorithm::Sha256,
        allow_symlinks: false,
        ignore_paths: Vec::new(),
    };
    Ok(Stated { manifest: Manifest::new("model".to_owned(), serialization, resources)?, root: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_as_python_shows_them() {
        assert_eq!(shown(b"{\"a\": \"it's\"}\n"), r#"b'{"a": "it\'s"}\n'"#);
        assert_eq!(shown(b"it's"), r#"b"it's""#);
        assert_eq!(shown(b"\\ \xc3\xa9\x00\x7f"), r"b'\\ \xc3\xa9\x00\x7f'");
    }
}
