//! The path of a file in a model: relative, canonical, and never out of the model (OMS v1.0, section 6.1.2).

use std::borrow::Borrow;
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A canonical path below the root of a model, with `/` between its parts. Ordered by code points, as manifests are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelPath(Arc<str>);

/// Why a text is no path in a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// It is absolute, climbs with `..`, or names a drive: it would leave the model.
    #[error("the path `{}` leads out of the model", casemate_core::printable(.0))]
    Escapes(String),
    /// It is empty, or has empty or `.` parts.
    #[error("the path `{}` is not canonical", casemate_core::printable(.0))]
    NotCanonical(String),
    /// A name on this disk is not UTF-8, and a manifest could not tell it without loss.
    #[error("the name `{}` is not UTF-8, which a manifest cannot tell; rename the file or ignore it", casemate_core::printable(.0))]
    NotUtf8(String),
}

impl ModelPath {
    /// Takes a path as a manifest writes it.
    ///
    /// # Errors
    /// It is not canonical or leads out of the model.
    pub fn parse(text: &str) -> Result<Self, BadPath> {
        let escapes = text.starts_with('/')
            || text.split('/').any(|part| part == "..")
            || (cfg!(windows) && text.contains(['\\', ':']));
        if escapes {
            return Err(BadPath::Escapes(text.to_owned()));
        }
        if text.contains('\0') || text.split('/').any(|part| part.is_empty() || part == ".") {
            return Err(BadPath::NotCanonical(text.to_owned()));
        }
        Ok(Self(text.into()))
    }

    /// Takes a relative path of this machine, and leaves out `.` and doubled separators.
    ///
    /// # Errors
    /// It is not UTF-8, is empty, or leads out of the model.
    pub fn from_relative(path: &Path) -> Result<Self, BadPath> {
        let mut parts = Vec::new();
        for part in path.components() {
            match part {
                Component::Normal(name) => parts.push(
                    name.to_str().ok_or_else(|| BadPath::NotUtf8(name.to_string_lossy().into_owned()))?,
                ),
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(BadPath::Escapes(path.to_string_lossy().into_owned()));
                }
            }
        }
        Self::parse(&parts.join("/"))
    }

    /// The path as manifests write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it lies on this machine.
    #[must_use]
    pub fn under(&self, root: &Path) -> PathBuf {
        root.join(Path::new(&*self.0))
    }

    /// Itself and the folders it lies in, from the longest.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(&*self.0), |path| path.rsplit_once('/').map(|(folder, _)| folder))
    }
}

/// Its order and its equality are those of its text, so the text finds it in a collection.
impl Borrow<str> for ModelPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        casemate_core::printable(&self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_model_are_refused() {
        for text in ["/etc/passwd", "../x", "a/../../x", "..", "a/.."] {
            assert_eq!(ModelPath::parse(text), Err(BadPath::Escapes(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn paths_that_are_not_canonical_are_refused() {
        for text in ["", "a//b", "./a", "a/.", "a/", "a\0b"] {
            assert_eq!(ModelPath::parse(text), Err(BadPath::NotCanonical(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn local_paths_become_canonical() {
        let path = ModelPath::from_relative(Path::new("./a//b/./c")).unwrap();
        assert_eq!(path.as_str(), "a/b/c");
        assert_eq!(path.ancestors().collect::<Vec<_>>(), ["a/b/c", "a/b", "a"]);
    }

    #[test]
    fn colons_and_backslashes_are_names_here() {
        assert!(cfg!(windows) || ModelPath::parse("a:0:10\\b").is_ok());
    }
}
