//! Indices and manifests of container images: whether the blobs that they name were looked at, too.

use std::cell::LazyCell;

use super::Tree;
use crate::fact::About;
use crate::format::Format;
use crate::formats::oci;

/// What cannot be said of an image, because parts of it are not among the files.
pub(super) fn judge(tree: &Tree<'_>) -> Vec<(usize, String)> {
    let there = LazyCell::new(|| oci::blobs(tree.by_path.keys().map(String::as_str)));
    let documents = tree.all().filter(|(_, report, ..)| report.format == Format::Oci);
    let missing = documents.filter_map(|(number, report, ..)| {
        let own = report.facts.iter().filter(|fact| fact.about == About::NeedsFile && fact.member.is_empty());
        let missing = oci::missing(own, &there)?;
        Some((number, oci::unseen(missing)))
    });
    missing.collect()
}
