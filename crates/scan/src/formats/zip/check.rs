//! What the two headers of a member disagree on, and what names lead out. It looks at headers only.

use std::collections::HashMap;

use casemate_core::{Confidence, Severity};

use super::directory::{Directory, Entry};
use super::local::Local;
use super::member::Member;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::names::leads_out;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// Sizes and checksum follow the data instead.
const DESCRIPTOR: u16 = 0x8;
/// Encrypted, patched data, strong encryption.
const CLOSED: u16 = 0x61;

/// Holds an entry of the directory against the local header. `format` is what the archive is by the names in it.
pub(super) fn member(entry: &Entry, local: &Local, format: Format, input: &Input, scan: &mut Scan) {
    let name = entry.name();
    if entry.name != local.name {
        let other = String::from_utf8_lossy(&local.name).into_owned();
        let title = format!("The directory names `{name}`, the header before the data `{other}`");
        tell(scan, Rule::ZipNameMismatch, Severity::High, title, entry.header);
    }
    // Only where both are plain text: writers put the true name there for one that the old field cannot hold.
    if let Some(unicode) = &entry.unicode
        && *unicode != entry.name
        && unicode.is_ascii()
        && entry.name.is_ascii()
    {
        let other = String::from_utf8_lossy(unicode).into_owned();
        let title = format!("`{name}` has the second name `{other}` in its extra field");
        tell(scan, Rule::ZipNameMismatch, Severity::High, title, entry.at);
    }
    if entry.method != local.method {
        let title = format!("`{name}` is packed by two different methods, one per header");
        tell(scan, Rule::ZipMethodMismatch, Severity::High, title, entry.header);
    }
    let deferred = local.flags & DESCRIPTOR != 0 && (local.crc, local.packed, local.size) == (0, 0, 0);
    // Writers that stream may leave only the sizes open, or mark them as to be found in a zip64 field.
    let open = |value: u64| local.flags & DESCRIPTOR != 0 && matches!(value, 0 | 0xffff_ffff);
    if !deferred
        && (!open(local.size) && entry.size != local.size
            || !open(local.packed) && entry.packed != local.packed)
    {
        let title = format!(
            "`{name}` is {} bytes ({} packed) in the directory and {} ({} packed) in its header",
            entry.size, entry.packed, local.size, local.packed
        );
        tell(scan, Rule::ZipSizeMismatch, Severity::Medium, title, entry.header);
    }
    if !deferred && entry.crc != local.crc && !(open(u64::from(local.crc))) {
        let title = format!("`{name}` has two different checksums, one per header");
        tell(scan, Rule::ZipChecksumMismatch, Severity::Medium, title, entry.header);
    }
    if (entry.flags ^ local.flags) & CLOSED != 0 {
        let title = format!("`{name}` is encrypted according to one header only");
        tell(scan, Rule::ZipForgedFlags, Severity::High, title, entry.header);
    }
    if local.data.saturating_add(entry.packed) > input.len() {
        let title = format!("`{name}` is said to be longer than the file");
        tell(scan, Rule::ZipSizeMismatch, Severity::Medium, title, entry.header);
        scan.gap(format!("{name} goes beyond the end of the file"));
    }
    if entry.method == 0 && entry.packed != entry.size && entry.flags & 1 == 0 {
        let title = format!("`{name}` is stored as it is, yet has two lengths");
        tell(scan, Rule::ZipSizeMismatch, Severity::Medium, title, entry.header);
    }
    if let Some(how) = leads_out(&name) {
        let (rule, title) = (Rule::ArchiveTraversal, format!("The name `{name}` {how}"));
        let finding = Finding::new(rule, Severity::High, Confidence::High, title, entry.header);
        // Old TorchServe unpacked such a member where its name leads.
        scan.find(if format == Format::Mar { finding.cve("CVE-2023-48299") } else { finding });
    } else if name.contains('\\') {
        let title = format!("`{name}` has backslashes, which are part of the name on some systems");
        tell(scan, Rule::ArchiveTraversal, Severity::Low, title, entry.header);
    }
}

/// Says that there is one more directory.
pub(super) fn several(other: &Directory, scan: &mut Scan) {
    let title = format!(
        "There is a second directory of {} entries; programs differ in which they take",
        other.listed
    );
    tell(scan, Rule::ZipSeveralDirectories, Severity::High, title, other.start);
}

/// Looks at the directory as a whole.
pub(super) fn directory(directory: &Directory, members: &[Member], scan: &mut Scan) {
    if directory.overlong {
        let title = "The comment of the archive is said to be longer than the file";
        tell(scan, Rule::ZipEndMismatch, Severity::Medium, title, directory.record);
    }
    if directory.contradiction {
        let title = "The end records contradict each other";
        tell(scan, Rule::ZipEndMismatch, Severity::High, title, directory.record);
    }
    if let Some(why) = directory.broken {
        tell(
            scan,
            Rule::ZipBrokenDirectory,
            Severity::Medium,
            format!("The archive is broken: {why}"),
            directory.end,
        );
        scan.gap(why);
    } else if directory.count != directory.listed {
        let title =
            format!("The directory has {} entries and says it has {}", directory.listed, directory.count);
        tell(scan, Rule::ZipEndMismatch, Severity::High, title, directory.record);
    }
    let mut seen: HashMap<String, u64> = HashMap::new();
    // Names that have capital letters, by the same in small ones.
    let mut folded: HashMap<String, String> = HashMap::new();
    for member in members {
        let name = member.entry.name();
        if name.ends_with('/') && member.entry.packed == 0 {
            continue;
        }
        let at = member.entry.header;
        let rule = Rule::ArchiveDuplicateName;
        let plain = plain(&name);
        let small = plain.to_lowercase();
        let is_small = small == plain;
        let first = seen.insert(plain, at);
        if let Some(first) = first.filter(|first| *first != at) {
            let title =
                format!("`{name}` is there twice, at {first} too; programs differ in which they take");
            scan.find(Finding::new(rule, Severity::High, Confidence::Medium, title, at));
            continue;
        }
        let first = if is_small {
            folded.get(&small).cloned()
        } else {
            let same = seen.contains_key(&small).then(|| small.clone());
            folded.insert(small, name.clone()).or(same)
        };
        if let Some(first) = first.filter(|first| *first != name) {
            let title = format!("`{name}` and `{first}` are one file where case does not count");
            scan.find(Finding::new(rule, Severity::Low, Confidence::High, title, at));
        }
    }
}

/// A name as it is once unpacked: without what leads nowhere.
fn plain(name: &str) -> String {
    let parts: Vec<&str> = name.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    parts.join("/")
}

fn tell(scan: &mut Scan, rule: Rule, severity: Severity, title: impl AsRef<str>, at: u64) {
    scan.find(Finding::new(rule, severity, Confidence::High, title, at));
}
