//! The payload of a signature: an in-toto Statement v1 about a manifest (OMS v1.0, sections 5 and 6.6), written and read.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use casemate_core::hex;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::algorithm::Algorithm;
use crate::manifest::{self, BadManifest, Manifest, Method, Range, Resource, Serialization};
use crate::path::{BadPath, ModelPath};

pub(crate) const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The predicate of a model signature.
pub const PREDICATE_TYPE: &str = "https://model_signing/signature/v1.0";

/// Why a payload is no statement about a model.
#[derive(Debug, thiserror::Error)]
pub enum BadStatement {
    /// It is not the JSON of one.
    #[error("the signed payload is not a statement: {0}")]
    Json(#[from] serde_json::Error),
    /// It is some other statement.
    #[error(
        "the signed payload is a statement of type `{}`, not {expected}",
        casemate_core::printable(found)
    )]
    Type {
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// It is not about one model.
    #[error("the statement must be about one model with a name and a SHA-256 digest")]
    Subject,
    /// The method is neither of the two there are.
    #[error("unknown serialization method `{}`, expected files or shards", casemate_core::printable(.0))]
    Method(String),
    /// The size of shards is missing, zero, or there where no shards are.
    #[error("shard_size must be a positive whole number with the method `shards`, and absent with `files`")]
    ShardSize,
    /// A hash nobody knows.
    #[error("unknown hash algorithm `{}`, expected sha256, blake2b or blake3", casemate_core::printable(.0))]
    Algorithm(String),
    /// A resource is hashed otherwise than the statement says.
    #[error(
        "`{name}` is hashed with `{}`, though the statement says {expected}",
        casemate_core::printable(found)
    )]
    OtherAlgorithm {
        /// The resource.
        name: String,
        /// What the statement says.
        expected: Algorithm,
        /// What the resource says.
        found: String,
    },
    /// A path that leads out of the model, or is not canonical.
    #[error("the manifest names a file that cannot be in a model: {0}")]
    Path(#[from] BadPath),
    /// A digest that is none.
    #[error(
        "the digest of `{}` is not a {algorithm} digest in lower-case hexadecimal",
        casemate_core::printable(name)
    )]
    Digest {
        /// The resource.
        name: String,
        /// What it should be a digest of.
        algorithm: Algorithm,
    },
    /// A shard without its range, or with one that is no shard.
    #[error("`{}` does not name a shard as path:start:end", casemate_core::printable(.0))]
    Shard(String),
    /// The resources make no manifest.
    #[error(transparent)]
    Manifest(#[from] BadManifest),
    /// The root digest is not that of the resources.
    #[error("the root digest of the statement is not that of its resources")]
    Root,
}

/// An in-toto Statement v1, about whatever `P` says.
#[derive(Serialize, Deserialize)]
pub(crate) struct Wire<P> {
    #[serde(rename = "_type")]
    pub(crate) kind: String,
    pub(crate) subject: Vec<WireSubject>,
    #[serde(rename = "predicateType")]
    pub(crate) predicate_type: String,
    pub(crate) predicate: P,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct WireSubject {
    pub(crate) name: String,
    pub(crate) digest: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct WirePredicate {
    serialization: WireSerialization,
    resources: Vec<WireResource>,
}

#[derive(Serialize, Deserialize)]
struct WireSerialization {
    method: String,
    hash_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard_size: Option<serde_json::Number>,
    allow_symlinks: bool,
    #[serde(default)]
    ignore_paths: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct WireResource {
    name: String,
    algorithm: String,
    digest: String,
}

/// A manifest that a statement was about, and the root digest the statement gave it.
#[derive(Debug)]
pub(crate) struct Stated {
    pub(crate) manifest: Manifest,
    /// Over the resources in the order they were written in, which need not be that of the specification.
    pub(crate) root: Option<[u8; 32]>,
}

/// The payload for a manifest: the same manifest gives the same bytes.
pub(crate) fn write(manifest: &Manifest) -> Result<Vec<u8>, serde_json::Error> {
    let Serialization { method, algorithm, allow_symlinks, ignore_paths } = manifest.serialization();
    let (method, shard_size) = match method {
        Method::Files => ("files", None),
        Method::Shards(size) => ("shards", Some(size.get().into())),
    };
    serde_json::to_vec(&Wire {
        kind: STATEMENT_TYPE.to_owned(),
        subject: vec![WireSubject {
            name: manifest.name().to_owned(),
            digest: BTreeMap::from([("sha256".to_owned(), hex(&manifest.root()))]),
        }],
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: WirePredicate {
            serialization: WireSerialization {
                method: method.to_owned(),
                hash_type: algorithm.to_string(),
                shard_size,
                allow_symlinks: *allow_symlinks,
                ignore_paths: ignore_paths.clone(),
            },
            resources: manifest
                .resources()
                .iter()
                .map(|resource| WireResource {
                    name: resource.name(),
                    algorithm: algorithm.to_string(),
                    digest: hex(&resource.digest),
                })
                .collect(),
        },
    })
}

/// Reads a payload. Its signature has been checked.
pub(crate) fn read(payload: &[u8]) -> Result<Stated, BadStatement> {
    let wire: Wire<Box<RawValue>> = serde_json::from_slice(payload)?;
    let expected = |expected, found: &str| match found == expected {
        true => Ok(()),
        false => Err(BadStatement::Type { expected, found: found.to_owned() }),
    };
    expected(STATEMENT_TYPE, &wire.kind)?;
    expected(PREDICATE_TYPE, &wire.predicate_type)?;
    let [subject] = &*wire.subject else { return Err(BadStatement::Subject) };
    let root = subject.digest.get("sha256").and_then(|digest| unhex(digest, 32));
    let root: [u8; 32] = root.and_then(|root| root.try_into().ok()).ok_or(BadStatement::Subject)?;
    if subject.name.is_empty() {
        return Err(BadStatement::Subject);
    }
    let predicate: WirePredicate = serde_json::from_str(wire.predicate.get())?;
    let serialization = serialization(&predicate.serialization)?;
    let resources: Vec<Resource> =
        predicate.resources.iter().map(|wire| resource(wire, &serialization)).collect::<Result<_, _>>()?;
    if manifest::root(resources.iter().map(|resource| &*resource.digest)) != root {
        return Err(BadStatement::Root);
    }
    let manifest = Manifest::new(subject.name.clone(), serialization, resources)?;
    Ok(Stated { manifest, root: Some(root) })
}

fn serialization(wire: &WireSerialization) -> Result<Serialization, BadStatement> {
    let method = match (&*wire.method, &wire.shard_size) {
        ("files", None) => Method::Files,
        ("shards", Some(size)) => Method::Shards(whole(size).ok_or(BadStatement::ShardSize)?),
        ("files" | "shards", _) => return Err(BadStatement::ShardSize),
        (other, _) => return Err(BadStatement::Method(other.to_owned())),
    };
    Ok(Serialization {
        method,
        algorithm: wire.hash_type.parse().map_err(|_| BadStatement::Algorithm(wire.hash_type.clone()))?,
        allow_symlinks: wire.allow_symlinks,
        ignore_paths: wire.ignore_paths.clone(),
    })
}

/// A positive whole number. The Python implementation writes `400.0`, which is one too.
fn whole(number: &serde_json::Number) -> Option<NonZeroU64> {
    let exact = |float: f64| {
        // Every whole number up to 2^53 has its own float.
        (float.fract() == 0.0 && (1.0..=9_007_199_254_740_992.0).contains(&float))
            .then(|| format!("{float:.0}").parse().ok())
            .flatten()
    };
    number.as_u64().or_else(|| exact(number.as_f64()?)).and_then(NonZeroU64::new)
}

fn resource(wire: &WireResource, serialization: &Serialization) -> Result<Resource, BadStatement> {
    let Serialization { algorithm, method, .. } = *serialization;
    let (path, range) = match method {
        Method::Files => (&*wire.name, None),
        Method::Shards(size) => {
            let (path, range) =
                shard(&wire.name, size).ok_or_else(|| BadStatement::Shard(wire.name.clone()))?;
            (path, Some(range))
        }
    };
    if wire.algorithm != algorithm.as_str() && !is_python_name(&wire.algorithm, algorithm, method) {
        return Err(BadStatement::OtherAlgorithm {
            name: casemate_core::printable(&wire.name).to_string(),
            expected: algorithm,
            found: wire.algorithm.clone(),
        });
    }
    let digest = unhex(&wire.digest, algorithm.length())
        .ok_or_else(|| BadStatement::Digest { name: wire.name.clone(), algorithm })?;
    Ok(Resource { path: ModelPath::parse(path)?, range, digest })
}

/// The Python implementation calls the algorithm of shards `sha256-sharded-400`; the specification, `sha256`.
fn is_python_name(name: &str, algorithm: Algorithm, method: Method) -> bool {
    matches!(method, Method::Shards(size) if name == format!("{algorithm}-sharded-{size}"))
}

/// `path:start:end`, with a range that shards of this size have. Paths may have colons, so the last two count.
fn shard(name: &str, size: NonZeroU64) -> Option<(&str, Range)> {
    let mut parts = name.rsplitn(3, ':');
    let (end, start, path) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |text: &str| text.parse::<u64>().ok().filter(|number| number.to_string() == text);
    let range = Range { start: number(start)?, end: number(end)? };
    let fits = range.start < range.end && range.start % size == 0 && range.end - range.start <= size.get();
    fits.then_some((path, range))
}

/// Raw bytes of lower-case hexadecimal, if there are exactly so many.
pub(crate) fn unhex(text: &str, length: usize) -> Option<Vec<u8>> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    if text.len() != 2 * length {
        return None;
    }
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| Some((nibble(*pair.first()?)? << 4) | nibble(*pair.get(1)?)?))
        .collect()
}
