//! What is left out of a signature (OMS v1.0, section 6.2): exact paths with all that lies below them, no patterns.

use std::collections::BTreeSet;

use crate::path::{BadPath, ModelPath};

/// Left out whatever the user says.
const DEFAULTS: [&str; 4] = [".git", ".gitattributes", ".github", ".gitignore"];

/// The paths that are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore(BTreeSet<ModelPath>);

/// Why something cannot be left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadIgnore {
    /// It is no path in a model.
    #[error("cannot ignore this: {0}")]
    Path(#[from] BadPath),
    /// The format knows no patterns, and a verifier elsewhere would take it for the name of a file.
    #[error("cannot ignore `{}`: model signatures know exact paths only, no patterns", casemate_core::printable(.0))]
    Pattern(String),
}

impl Default for Ignore {
    fn default() -> Self {
        Self(DEFAULTS.iter().filter_map(|path| ModelPath::parse(path).ok()).collect())
    }
}

impl Ignore {
    /// Nothing is left out but the version control files that the format always leaves out, and `paths`.
    ///
    /// # Errors
    /// One of them has the characters of a pattern.
    pub fn new(paths: impl IntoIterator<Item = ModelPath>) -> Result<Self, BadIgnore> {
        let mut ignore = Self::default();
        for path in paths {
            if path.as_str().contains(['*', '?', '[']) {
                return Err(BadIgnore::Pattern(path.as_str().to_owned()));
            }
            ignore.add(path);
        }
        Ok(ignore)
    }

    /// Nothing at all is left out.
    pub(crate) fn nothing() -> Self {
        Self(BTreeSet::new())
    }

    /// Leaves out one more path.
    pub fn add(&mut self, path: ModelPath) {
        self.0.insert(path);
    }

    /// Whether a path, or a folder it lies in, is left out.
    #[must_use]
    pub fn covers(&self, path: &ModelPath) -> bool {
        path.ancestors().any(|part| self.0.contains(part))
    }

    /// The paths, in order.
    pub fn iter(&self) -> impl Iterator<Item = &ModelPath> {
        self.0.iter()
    }

    /// The paths beyond those that are always left out.
    pub fn chosen(&self) -> impl Iterator<Item = &ModelPath> {
        self.iter().filter(|path| !DEFAULTS.contains(&path.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ModelPath {
        ModelPath::parse(text).unwrap()
    }

    #[test]
    fn defaults_hold_at_the_top_only() {
        let ignore = Ignore::default();
        assert!(ignore.covers(&path(".git/config")));
        assert!(!ignore.covers(&path("sub/.git")));
        assert!(!ignore.covers(&path(".gitmodules")));
    }

    #[test]
    fn a_path_takes_what_lies_below_it_along_and_nothing_else() {
        let ignore = Ignore::new([path("cache")]).unwrap();
        assert!(ignore.covers(&path("cache/a/b")));
        assert!(!ignore.covers(&path("caches")));
        assert!(!ignore.covers(&path("sub/cache")));
        assert_eq!(ignore.chosen().collect::<Vec<_>>(), [&path("cache")]);
    }

    #[test]
    fn patterns_are_refused() {
        assert_eq!(Ignore::new([path("*.bin")]), Err(BadIgnore::Pattern("*.bin".to_owned())));
    }
}
