//! What a signature covers: the files or byte ranges of a model with their digests (OMS v1.0, sections 5.2 and 6.5).
//! It knows no disk and no signature.

use std::fmt;
use std::num::NonZeroU64;

use sha2::{Digest as _, Sha256};

use crate::algorithm::Algorithm;
use crate::path::ModelPath;

/// How files become resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// One resource for each file.
    Files,
    /// One resource for each range of so many bytes; empty files have none.
    Shards(NonZeroU64),
}

impl Method {
    /// The size of a shard where none is named: 10^9 bytes.
    pub const DEFAULT_SHARD: NonZeroU64 = NonZeroU64::new(1_000_000_000).unwrap();

    /// The ranges that a file of `size` bytes is hashed in; `None` stands for the whole file.
    pub fn ranges(self, size: u64) -> impl Iterator<Item = Option<Range>> {
        let (whole, shard) = match self {
            Self::Files => (Some(None), None),
            Self::Shards(shard) => (None, Some(shard.get())),
        };
        let starts = shard.into_iter().flat_map(move |shard| {
            (0..size.div_ceil(shard)).map(move |number| {
                let start = number * shard;
                Some(Range { start, end: size.min(start.saturating_add(shard)) })
            })
        });
        whole.into_iter().chain(starts)
    }
}

/// Bytes `start..end` of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Range {
    /// The first byte.
    pub start: u64,
    /// The byte after the last.
    pub end: u64,
}

/// How a model was listed and hashed, so that it can be done again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serialization {
    /// Whole files, or shards.
    pub method: Method,
    /// How content is hashed.
    pub algorithm: Algorithm,
    /// Whether symbolic links were followed.
    pub allow_symlinks: bool,
    /// What was left out, as it was written down.
    pub ignore_paths: Vec<String>,
}

/// A file, or a range of one, and its digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Resource {
    /// The file.
    pub path: ModelPath,
    /// Which bytes of it; `None` for the whole file.
    pub range: Option<Range>,
    /// Its digest, raw.
    pub digest: Vec<u8>,
}

impl Resource {
    /// The name a manifest gives it: `path`, or `path:start:end`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.range {
            None => self.path.as_str().to_owned(),
            Some(Range { start, end }) => format!("{}:{start}:{end}", self.path.as_str()),
        }
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name(), casemate_core::hex(&self.digest))
    }
}

/// All that a signature covers. It has at least one resource, and none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    name: String,
    serialization: Serialization,
    resources: Vec<Resource>,
}

/// Why resources make no manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadManifest {
    /// There is nothing to sign.
    #[error("the model is empty: there is no file to cover")]
    Empty,
    /// One resource stands twice.
    #[error("`{}` stands in the manifest twice", casemate_core::printable(.0))]
    Twice(String),
}

impl Manifest {
    /// Puts resources in order, by the code points of their names.
    ///
    /// # Errors
    /// There are none, or one stands twice.
    pub fn new(
        name: String,
        serialization: Serialization,
        resources: Vec<Resource>,
    ) -> Result<Self, BadManifest> {
        if resources.is_empty() {
            return Err(BadManifest::Empty);
        }
        let mut named: Vec<(String, Resource)> =
            resources.into_iter().map(|resource| (resource.name(), resource)).collect();
        named.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(((twice, _), _)) = named.iter().zip(named.iter().skip(1)).find(|(a, b)| a.0 == b.0) {
            return Err(BadManifest::Twice(twice.clone()));
        }
        let resources = named.into_iter().map(|(_, resource)| resource).collect();
        Ok(Self { name, serialization, resources })
    }

    /// What the signer called the model. It is for people: no decision may hang on it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the model was listed and hashed.
    #[must_use]
    pub fn serialization(&self) -> &Serialization {
        &self.serialization
    }

    /// The resources, by the code points of their names.
    #[must_use]
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// The root digest: SHA-256 over the raw digests in order, whatever they were hashed with (section 6.5.1).
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        root(self.resources.iter().map(|resource| &*resource.digest))
    }
}

/// SHA-256 over raw digests, in the order they come in.
pub(crate) fn root<'a>(digests: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for digest in digests {
        hasher.update(digest);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(path: &str) -> Resource {
        Resource { path: ModelPath::parse(path).unwrap(), range: None, digest: path.as_bytes().to_vec() }
    }

    fn files() -> Serialization {
        Serialization {
            method: Method::Files,
            algorithm: Algorithm::Sha256,
            allow_symlinks: false,
            ignore_paths: Vec::new(),
        }
    }

    #[test]
    fn order_is_by_code_points_of_the_whole_name() {
        let resources =
            vec![resource("sub/adapter.bin"), resource("sub-a.bin"), resource("Z"), resource("é")];
        let manifest = Manifest::new("m".to_owned(), files(), resources).unwrap();
        let names: Vec<String> = manifest.resources().iter().map(Resource::name).collect();
        assert_eq!(names, ["Z", "sub-a.bin", "sub/adapter.bin", "é"]);
        let all: Vec<u8> = names.concat().into_bytes();
        assert_eq!(manifest.root(), <[u8; 32]>::from(Sha256::digest(all)));
    }

    #[test]
    fn nothing_and_doubles_are_refused() {
        assert_eq!(Manifest::new(String::new(), files(), Vec::new()), Err(BadManifest::Empty));
        let twice = vec![resource("a"), resource("b"), resource("a")];
        assert_eq!(Manifest::new(String::new(), files(), twice), Err(BadManifest::Twice("a".to_owned())));
    }

    #[test]
    fn shards_cover_a_file_once_and_wholly() {
        let method = Method::Shards(NonZeroU64::new(10).unwrap());
        let ranges = |size| method.ranges(size).flatten().map(|range| (range.start, range.end)).collect();
        let none: Vec<(u64, u64)> = ranges(0);
        assert_eq!(none, []);
        let exact: Vec<(u64, u64)> = ranges(20);
        assert_eq!(exact, [(0, 10), (10, 20)]);
        let rest: Vec<(u64, u64)> = ranges(21);
        assert_eq!(rest, [(0, 10), (10, 20), (20, 21)]);
        assert_eq!(Method::Files.ranges(0).collect::<Vec<_>>(), [None]);
    }
}
