//! Pointers of Git LFS and of Xet: what a checkout holds in the place of a large file. What they point to was not seen.

use std::io;

use casemate_core::{Confidence, Severity};

use super::{Reader, Reading, text};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// Pointers by their first line.
pub(crate) const READER: Reader = Reader { format: Format::LfsPointer, fit, read };

/// The longest a pointer is (git-lfs, docs/spec.md).
const LONGEST: u64 = 1024;

fn fit(sniff: &Sniff<'_>) -> Fit {
    let begins = [
        "version https://git-lfs.github.com/spec/",
        "version https://hawser.github.com/spec/",
        "# xet version ",
    ];
    let is_one = begins.iter().any(|begin| sniff.begins(begin.as_bytes()));
    Fit::certain_if(is_one && sniff.input.len() <= LONGEST)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Some(text) = text::whole(input, LONGEST)? else { return Ok(Reading::NotThis) };
    let (mut digest, mut size) = (None, None);
    for (at, line) in text::lines(&text) {
        let (key, value) = line.split_once([' ', '=']).unwrap_or((line, ""));
        let value = value.trim().trim_start_matches(['=', ' ']).trim_matches(['"', '\'']);
        match key.trim() {
            "oid" | "hash" => digest = Some(value),
            "size" | "filesize" => size = value.parse::<u64>().ok(),
            "version" | "#" | "" => {}
            key if key.starts_with("ext-") => {}
            _ => scan.gap(format!("the line at offset {at} is none of a pointer")),
        }
    }
    let (Some(digest), Some(size)) = (digest, size) else { return Ok(Reading::NotThis) };
    scan.fact(About::Pointer, "content", digest);
    scan.fact(About::Metadata, "size", size.to_string());
    let title = format!("It points to {size} bytes that lie elsewhere");
    scan.find(Finding::new(Rule::ContentElsewhere, Severity::Low, Confidence::High, title, 0));
    scan.understood(0..input.len());
    Ok(Reading::Done)
}
