//! The file a signature lies in: a Sigstore bundle with a DSSE envelope (OMS v1.0, section 4). Reading it shows what it
//! claims; nothing of it is to be believed before its signature was checked.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use crate::dsse::PAYLOAD_TYPE;
use crate::manifest::Serialization;
use crate::statement::BadStatement;
use crate::{historical, statement};

/// Bundles above this are refused unread: room for the manifest of some 500,000 files.
pub const MAX_BUNDLE: u64 = 128 * 1024 * 1024;
const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// The media types there have been (Sigstore bundle specification).
const MEDIA_TYPES: [&str; 4] = [
    MEDIA_TYPE,
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
];

/// A bundle as it was read. Nothing in it is verified.
#[derive(Debug, Clone)]
pub struct Bundle {
    pub(crate) material: Material,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    text: Vec<u8>,
}

/// What a bundle says its signature is to be verified with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Material {
    /// A key: its hint, where the bundle has one (before v1.1.0 it had none).
    Key {
        /// [`casemate_keys::PublicKey::hint`] of the key.
        hint: Option<String>,
    },
    /// Certificates in DER, the signer's first.
    Certificates(Vec<Vec<u8>>),
    /// A short-lived certificate of Sigstore's, with entries of its log.
    Keyless,
}

impl Material {
    /// The method, as the specification calls it.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Key { .. } => "key",
            Self::Certificates(_) => "certificate",
            Self::Keyless => "sigstore",
        }
    }
}

/// Why a file is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BadBundle {
    /// It cannot be read.
    #[error("cannot read it")]
    Unreadable(#[from] io::Error),
    /// It is too large to be one.
    #[error("it is larger than {} MiB", MAX_BUNDLE / 1024 / 1024)]
    Large,
    /// It is not the JSON of a bundle.
    #[error("it is not the JSON of a Sigstore bundle: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of a media type there never was.
    #[error("its media type `{}` is not that of a Sigstore bundle", casemate_core::printable(.0))]
    MediaType(String),
    /// The payload is no statement.
    #[error("its payload is of type `{}`, not {PAYLOAD_TYPE}", casemate_core::printable(.0))]
    PayloadType(String),
    /// It says nothing, or several things, about what verifies it.
    #[error("it must name exactly one of publicKey, x509CertificateChain and certificate, and names {0}")]
    Material(usize),
    /// The certificate chain is empty.
    #[error("its certificate chain is empty")]
    NoCertificate,
    /// Sigstore's method needs a log entry.
    #[error("it has a Sigstore certificate and no transparency log entry")]
    NoLogEntry,
    /// It has no signature, or several.
    #[error("it must hold exactly one signature, and holds {0}")]
    Signatures(usize),
    /// Something is not in base64.
    #[error("its {0} is not base64")]
    Base64(&'static str),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    media_type: String,
    verification_material: WireMaterial,
    dsse_envelope: WireEnvelope,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireMaterial {
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<WireKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x509_certificate_chain: Option<WireChain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<WireCertificate>,
    tlog_entries: Option<Vec<serde_json::Value>>,
}

#[derive(Serialize, Deserialize)]
struct WireKey {
    hint: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct WireChain {
    certificates: Vec<WireCertificate>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCertificate {
    raw_bytes: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEnvelope {
    payload: String,
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
struct WireSignature {
    sig: String,
    // Not used to verify: it may be absent, empty or null (section 4.1).
    keyid: Option<String>,
}

impl Bundle {
    pub(crate) fn new(material: Material, payload: Vec<u8>, signature: Vec<u8>) -> Result<Self, BadBundle> {
        let mut wire = WireMaterial { tlog_entries: Some(Vec::new()), ..WireMaterial::default() };
        match &material {
            Material::Key { hint } => wire.public_key = Some(WireKey { hint: hint.clone() }),
            Material::Certificates(chain) => {
                let certificates =
                    chain.iter().map(|der| WireCertificate { raw_bytes: STANDARD.encode(der) }).collect();
                wire.x509_certificate_chain = Some(WireChain { certificates });
            }
            Material::Keyless => return Err(BadBundle::NoLogEntry),
        }
        let text = serde_json::to_vec(&Wire {
            media_type: MEDIA_TYPE.to_owned(),
            verification_material: wire,
            dsse_envelope: WireEnvelope {
                payload: STANDARD.encode(&payload),
                payload_type: PAYLOAD_TYPE.to_owned(),
                signatures: vec![WireSignature {
                    sig: STANDARD.encode(&signature),
                    keyid: Some(String::new()),
                }],
            },
        })?;
        Ok(Self { material, payload, signature, text })
    }

    /// Reads a bundle from a file.
    ///
    /// # Errors
    /// It cannot be read, is too large, or is no bundle.
    pub fn read(path: &Path) -> Result<Self, BadBundle> {
        let mut text = Vec::new();
        File::open(path)?.take(MAX_BUNDLE + 1).read_to_end(&mut text)?;
        Self::parse(text)
    }

    /// Reads a bundle.
    ///
    /// # Errors
    /// It is too large, or is no bundle.
    pub fn parse(text: Vec<u8>) -> Result<Self, BadBundle> {
        if text.len() as u64 > MAX_BUNDLE {
            return Err(BadBundle::Large);
        }
        let wire: Wire = serde_json::from_slice(&text)?;
        if !MEDIA_TYPES.contains(&&*wire.media_type) {
            return Err(BadBundle::MediaType(wire.media_type));
        }
        let envelope = wire.dsse_envelope;
        if envelope.payload_type != PAYLOAD_TYPE {
            return Err(BadBundle::PayloadType(envelope.payload_type));
        }
        let [signature] = &*envelope.signatures else {
            return Err(BadBundle::Signatures(envelope.signatures.len()));
        };
        let signature = decode(&signature.sig, "signature")?;
        let payload = decode(&envelope.payload, "payload")?;
        Ok(Self { material: material(wire.verification_material)?, payload, signature, text })
    }

    /// The same bundle over another payload.
    pub(crate) fn with_payload(&self, payload: Vec<u8>) -> Option<Self> {
        let mut text: serde_json::Value = serde_json::from_slice(&self.text).ok()?;
        *text.pointer_mut("/dsseEnvelope/payload")? = STANDARD.encode(&payload).into();
        Some(Self { payload, text: serde_json::to_vec(&text).ok()?, ..self.clone() })
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// How it claims that the model was listed and hashed. Good for doing the same again, and for nothing else: its
    /// signature was not checked.
    ///
    /// # Errors
    /// It holds no statement about a model.
    pub fn claimed(&self) -> Result<Serialization, BadStatement> {
        let stated = statement::read(&self.payload).or_else(|error| match error {
            BadStatement::Type { .. } => historical::read(&self.payload),
            other => Err(other),
        })?;
        Ok(stated.manifest.serialization().clone())
    }

    /// What it says it is to be verified with.
    #[must_use]
    pub fn material(&self) -> &Material {
        &self.material
    }
}

fn material(wire: WireMaterial) -> Result<Material, BadBundle> {
    let entries = wire.tlog_entries.unwrap_or_default();
    match (wire.public_key, wire.x509_certificate_chain, wire.certificate) {
        (Some(key), None, None) => Ok(Material::Key { hint: key.hint.filter(|hint| !hint.is_empty()) }),
        (None, Some(chain), None) => {
            let chain: Vec<Vec<u8>> = chain
                .certificates
                .iter()
                .map(|certificate| decode(&certificate.raw_bytes, "certificate"))
                .collect::<Result<_, _>>()?;
            match (chain.is_empty(), entries.is_empty()) {
                (true, _) => Err(BadBundle::NoCertificate),
                // Sigstore's bundles before v0.3 had a chain of one here.
                (false, false) => Ok(Material::Keyless),
                (false, true) => Ok(Material::Certificates(chain)),
            }
        }
        (None, None, Some(_)) if entries.is_empty() => Err(BadBundle::NoLogEntry),
        (None, None, Some(_)) => Ok(Material::Keyless),
        (key, chain, certificate) => Err(BadBundle::Material(
            usize::from(key.is_some()) + usize::from(chain.is_some()) + usize::from(certificate.is_some()),
        )),
    }
}

/// DSSE lets producers choose between the two alphabets of base64.
fn decode(text: &str, what: &'static str) -> Result<Vec<u8>, BadBundle> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).map_err(|_| BadBundle::Base64(what))
}
