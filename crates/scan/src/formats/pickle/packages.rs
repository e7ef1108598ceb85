//! Which modules come with Python and which have to be installed. It says nothing of what a module can do.

use std::collections::HashSet;
use std::sync::LazyLock;

/// The modules of the standard library that pickles name most, and those that attacks do.
static STANDARD: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("standard.txt").split_whitespace().collect());

/// Whether a module belongs to something that has to be installed.
pub(crate) fn is_package(name: &str) -> bool {
    !name.is_empty() && !STANDARD.contains(name)
}
