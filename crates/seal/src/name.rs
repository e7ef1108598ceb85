//! Names that are checked once: of models, and of files below a model's folder. What passes cannot lead anywhere else.

use std::path::{Path, PathBuf};

use casemate_core::printable;
use serde::{Deserialize, Serialize};

/// What a sealed file's name ends in.
pub(crate) const SUFFIX: &str = ".sealed";
const MOST_PART: usize = 255 - SUFFIX.len();
const MOST_PATH: usize = 4096;
const MOST_MODEL: usize = 200;

/// What a model is called. It is bound into every file, so that no file of another model can take its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelId(String);

/// A string is not a name for a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a model is called by 1 to {MOST_MODEL} bytes of printable text")]
pub struct BadModelId;

impl TryFrom<String> for ModelId {
    type Error = BadModelId;

    fn try_from(text: String) -> Result<Self, BadModelId> {
        let good = (1..=MOST_MODEL).contains(&text.len()) && printable(&text) == text;
        good.then_some(Self(text)).ok_or(BadModelId)
    }
}

impl std::str::FromStr for ModelId {
    type Err = BadModelId;

    fn from_str(text: &str) -> Result<Self, BadModelId> {
        text.to_owned().try_into()
    }
}

impl From<ModelId> for String {
    fn from(id: ModelId) -> Self {
        id.0
    }
}

impl ModelId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ModelId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The path of a file below its model's folder: names with `/` between them. It never leads out of the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelativePath(String);

/// A string is not a path below a folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot be the path of a file in a sealed model: names of up to {MOST_PART} bytes with `/` between them, not `.` or `..`, printable and without `\\` or `:`"
)]
pub struct BadPath(String);

impl TryFrom<String> for RelativePath {
    type Error = BadPath;

    fn try_from(text: String) -> Result<Self, BadPath> {
        let part = |part: &str| {
            (1..=MOST_PART).contains(&part.len())
                && part != "."
                && part != ".."
                && !part.contains(['\\', ':'])
        };
        let good = text.len() <= MOST_PATH && printable(&text) == text && text.split('/').all(part);
        if good { Ok(Self(text)) } else { Err(BadPath(printable(&text).chars().take(200).collect())) }
    }
}

impl std::str::FromStr for RelativePath {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        text.to_owned().try_into()
    }
}

impl From<RelativePath> for String {
    fn from(path: RelativePath) -> Self {
        path.0
    }
}

impl RelativePath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the file lies below a folder.
    #[must_use]
    pub fn below(&self, folder: &Path) -> PathBuf {
        self.0.split('/').fold(folder.to_path_buf(), |path, part| path.join(part))
    }

    /// Where its sealed form lies below a folder.
    pub(crate) fn sealed_below(&self, folder: &Path) -> PathBuf {
        let mut path = self.below(folder).into_os_string();
        path.push(SUFFIX);
        path.into()
    }
}

impl std::fmt::Display for RelativePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_its_folder() {
        for good in ["a", "a/b.safetensors", "..a/b..", "weights é.bin", "a b"] {
            assert!(good.parse::<RelativePath>().is_ok(), "{good}");
        }
        let long = "a".repeat(249);
        for bad in
            ["", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\\b", "c:a", "a\nb", "a\u{202e}b", &long]
        {
            assert!(bad.parse::<RelativePath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_sealed_file_lies_beside_nothing_else() {
        let path: RelativePath = "a/b".parse().unwrap();
        assert_eq!(path.sealed_below(Path::new("g1")), Path::new("g1/a/b.sealed"));
    }
}
