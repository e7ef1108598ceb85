//! Container images: what their layout names a blob by is its digest, and has to be. Layers are archives like others.

use std::io;

use casemate_core::{Confidence, Severity};
use sha2::{Digest as _, Sha256};

use crate::finding::Finding;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// The largest blob whose digest is computed.
const MOST: u64 = 512 * 1024 * 1024;

/// Whether the members of an archive make up an image: an OCI layout, or what `docker save` writes.
pub(crate) fn is_image<'a>(mut names: impl Iterator<Item = &'a str> + Clone) -> bool {
    let layout = names.clone().any(|name| name.trim_start_matches("./") == "oci-layout");
    let saved = names.clone().any(|name| name == "manifest.json")
        && names.any(|name| name.ends_with("/layer.tar") || name.starts_with("blobs/sha256/"));
    layout || saved
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
