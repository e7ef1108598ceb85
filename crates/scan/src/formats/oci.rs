//! Container images: what their layout names a blob by is its digest, and has to be. Layers are archives like others, and
//! an index or a manifest says which there are.

use std::collections::BTreeSet;
use std::io;

use casemate_core::{Confidence, Severity};
use sha2::{Digest as _, Sha256};

use crate::fact::{About, Fact};
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::json::{Leaf, Path};
use crate::rule::Rule;
use crate::scan::Scan;

/// The only algorithm in use.
const ALGORITHM: &str = "sha256:";
/// How a fact says that a file is needed by its digest.
const BLOB: &str = "blob";
/// How many blobs of a document are told.
const MOST_BLOBS: usize = 10_000;
/// The largest blob whose digest is computed.
const MOST: u64 = 512 * 1024 * 1024;

/// Whether the members of an archive make up an image: an OCI layout, or what `docker save` writes.
pub(crate) fn is_image<'a>(mut names: impl Iterator<Item = &'a str> + Clone) -> bool {
    let layout = names.clone().any(|name| name.trim_start_matches("./") == "oci-layout");
    let saved = names.clone().any(|name| name == "manifest.json")
        && names.any(|name| name.ends_with("/layer.tar") || name.starts_with("blobs/sha256/"));
    layout || saved
}

/// An index or a manifest, while the document is read.
#[derive(Default)]
pub(crate) struct Manifest {
    is_second: bool,
    blobs: BTreeSet<String>,
}

impl Manifest {
    /// A value, and where it stands.
    pub(crate) fn leaf(&mut self, path: &Path, leaf: Leaf<'_>) {
        match (path, leaf) {
            ([key], Leaf::Number("2")) if key == "schemaVersion" => self.is_second = true,
            ([list, .., key], Leaf::Text(digest))
                if key == "digest"
                    && matches!(list.as_str(), "manifests" | "layers" | "config")
                    && digest.starts_with(ALGORITHM)
                    && self.blobs.len() < MOST_BLOBS =>
            {
                self.blobs.insert(digest.to_owned());
            }
            _ => {}
        }
    }

    /// Tells which blobs the document names, if it is one of an image.
    pub(crate) fn finish(self, scan: &mut Scan) {
        if !self.is_second || self.blobs.is_empty() {
            return;
        }
        scan.format(Format::Oci);
        for blob in self.blobs {
            scan.fact(About::NeedsFile, blob, BLOB);
        }
    }
}

/// The digests of the blobs among some files, by their paths.
pub(crate) fn blobs<'f>(files: impl Iterator<Item = &'f str>) -> BTreeSet<&'f str> {
    files.filter_map(digest_in).collect()
}

/// How many blobs that documents name are not there, and how many they name.
pub(crate) fn missing<'f>(
    needed: impl Iterator<Item = &'f Fact>,
    there: &BTreeSet<&str>,
) -> Option<(usize, usize)> {
    let needed: BTreeSet<&str> = needed
        .filter(|fact| fact.detail == BLOB)
        .filter_map(|fact| fact.name.strip_prefix(ALGORITHM))
        .collect();
    let absent = needed.iter().filter(|digest| !there.contains(*digest)).count();
    (absent > 0).then_some((absent, needed.len()))
}

/// What to say of blobs that were not looked at.
pub(crate) fn unseen((absent, named): (usize, usize)) -> String {
    format!("{absent} of {named} blobs that it names are not here")
}

/// Holds a blob against the digest it is named by.
pub(crate) fn check(name: &str, input: &Input, scan: &mut Scan) -> io::Result<()> {
    let Some(wanted) = digest_in(name).filter(|_| input.len() <= MOST) else { return Ok(()) };
    let mut hash = Sha256::new();
    let mut at = 0;
    while at < input.len() {
        let piece = input.bytes(at, (input.len() - at).min(256 * 1024))?;
        hash.update(&piece);
        at += piece.len() as u64;
    }
    let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if found != wanted.to_ascii_lowercase() {
        let title = format!("The blob is named by the digest {wanted} and has {found}");
        scan.find(Finding::new(Rule::OciDigestMismatch, Severity::High, Confidence::High, title, 0));
    }
    Ok(())
}

/// The digest that a blob of a layout is named by.
fn digest_in(name: &str) -> Option<&str> {
    let (folder, digest) = name.rsplit_once('/')?;
    let blob = folder == "blobs/sha256" || folder.ends_with("/blobs/sha256");
    (blob && digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digest)
}
