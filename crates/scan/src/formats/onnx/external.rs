//! Data of tensors in files beside the model: where the model says they lie, and whether what lies there is a link. It
//! opens no such file.

use std::io;
use std::path::Path;

use casemate_core::{Confidence, Severity};

use crate::fact::About;
use crate::finding::Finding;
use crate::formats::names::leads_out;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::walk;

/// Keys that ONNX knows.
const KEYS: &[&str] = &["location", "offset", "length", "checksum", "basepath"];

/// Judges where the data of a tensor is said to lie. `wanted` is how many bytes its shape needs.
pub(super) fn data(
    entries: &[(String, String)],
    tensor: &str,
    wanted: Option<u64>,
    at: u64,
    scan: &mut Scan,
) {
    let entry = |name: &str| entries.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if let Some((key, _)) = entries.iter().find(|(key, _)| !KEYS.contains(&key.as_str())) {
        let hidden = key.starts_with('_');
        let severity = if hidden { Severity::High } else { Severity::Medium };
        let title = format!("The external data of `{tensor}` has a key `{key}`");
        scan.find(Finding::new(Rule::OnnxExternalKey, severity, Confidence::High, title, at));
    }
    let Some(location) = entry("location") else {
        let title = format!("The tensor `{tensor}` has its data elsewhere and does not say where");
        return range(title, at, scan);
    };
    let numbers = [entry("offset"), entry("length")].map(|text| text.map(str::parse::<u64>));
    let [offset, length] = match numbers {
        [Some(Err(_)), _] | [_, Some(Err(_))] => {
            let title = format!("Offset or length of the data of `{tensor}` is no number");
            return range(title, at, scan);
        }
        [offset, length] => [offset, length].map(|number| number.and_then(Result::ok)),
    };
    let from = offset.unwrap_or(0);
    let end = match length.or(wanted) {
        Some(length) => from.checked_add(length),
        None => Some(from),
    };
    let Some(end) = end else {
        return range(format!("The data of `{tensor}` ends beyond any file"), at, scan);
    };
    if let (Some(length), Some(wanted)) = (length, wanted)
        && length != wanted
    {
        range(format!("The tensor `{tensor}` needs {wanted} bytes and its data is {length} long"), at, scan);
    }
    scan.fact(About::NeedsFile, location, format!("bytes {from}..{end}"));
    judge(location, &format!("The data of `{tensor}`"), at, scan);
}

/// Judges a path to a file that a node needs.
pub(super) fn path(location: &str, node: &str, at: u64, scan: &mut Scan) {
    scan.fact(About::NeedsFile, location, "");
    judge(location, &format!("The program of the node `{node}`"), at, scan);
}

fn judge(location: &str, what: &str, at: u64, scan: &mut Scan) {
    let network = location.contains("://").then_some("is an address on the network");
    let Some(how) = network.or_else(|| leads_out(location)) else {
        if location.is_empty() {
            range(format!("{what} lies in a file without a name"), at, scan);
        }
        return;
    };
    let title = format!("{what} lies at `{location}`, which {how}");
    let mut finding = Finding::new(Rule::OnnxExternalPath, Severity::High, Confidence::High, title, at);
    if how.starts_with("climbs") {
        // The first check looked at the start of a path only, and the second at paths that are read only.
        let first = location.starts_with("..");
        finding = finding.cve(if first { "CVE-2022-25882" } else { "CVE-2024-27318" }).cve("CVE-2025-51480");
    }
    scan.find(finding);
}

fn range(title: String, at: u64, scan: &mut Scan) {
    scan.find(Finding::new(Rule::OnnxExternalRange, Severity::Medium, Confidence::High, title, at));
}

/// Whether a file that a model names, below the folder of the model, is a link: itself, by a folder on the way, or by
/// another name of the same file. For whoever looks at files together; none if it is a file of its own.
///
/// # Errors
/// If something on the way is there and cannot be looked at.
pub(crate) fn link(folder: &Path, location: &str) -> io::Result<Option<Finding>> {
    let mut path = folder.to_path_buf();
    let parts: Vec<&str> = location.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for (index, part) in parts.iter().enumerate() {
        path.push(part);
        let metadata = match path.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_last = index + 1 == parts.len();
        if metadata.is_symlink() {
            return Ok(Some(symlink(folder, &path, location, is_last)));
        }
        if is_last && metadata.is_file() && names(&metadata) > 1 {
            let title = format!("`{location}` is a file that has other names");
            let finding = Finding::new(Rule::OnnxExternalLink, Severity::Medium, Confidence::Low, title, 0);
            return Ok(Some(finding.cve("CVE-2026-34446")));
        }
    }
    Ok(None)
}

/// A link is harm only where it leads out of the folder; in a cache of models, files are links to their content.
fn symlink(folder: &Path, path: &Path, location: &str, is_last: bool) -> Finding {
    let out = match (folder.canonicalize(), path.canonicalize()) {
        (Ok(folder), Ok(target)) => !target.starts_with(walk::home(&folder)),
        _ => true,
    };
    let severity = if out { Severity::High } else { Severity::Low };
    let title = match (is_last, out) {
        (true, true) => format!("`{location}` is a link that leads out of the folder"),
        (true, false) => format!("`{location}` is a link"),
        (false, _) => format!("A folder on the way to `{location}` is a link"),
    };
    let finding = Finding::new(Rule::OnnxExternalLink, severity, Confidence::High, title, 0);
    if out { named(finding, is_last) } else { finding }
}

/// With what is known of links that lead out. One check took a link for a file; the next looked at the last part of a
/// path only.
pub(super) fn named(finding: Finding, is_last: bool) -> Finding {
    let finding = if is_last { finding.cve("CVE-2026-27489") } else { finding };
    finding.cve("CVE-2026-34447")
}

#[cfg(unix)]
fn names(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn names(_metadata: &std::fs::Metadata) -> u64 {
    1
}
