//! HDF5, from the root down: every link, attribute and data set, with the places of their bytes. Nothing outside the file
//! is ever opened, and no data is decoded.

mod attributes;
mod data;
mod links;
mod storage;
#[cfg(test)]
mod tests;
mod walk;

use std::io;
use std::sync::Arc;

use casemate_core::{Confidence, Severity};
use hdf5_reader::superblock::{HDF5_MAGIC, Superblock};

use self::storage::Recorder;
use self::walk::Walk;
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::{Reader, Reading, looks_harmful};
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// HDF5, at the start or behind a user block.
pub(crate) const READER: Reader = Reader { format: Format::Hdf5, fit, read };

/// How large a user block may be: the format doubles it from 512 bytes on.
const USER_BLOCKS: u32 = 16;
/// How many unused stretches are looked at.
const MOST_UNUSED: usize = 10_000;

fn fit(sniff: &Sniff<'_>) -> Fit {
    if sniff.begins(&HDF5_MAGIC) {
        return Fit::Certain;
    }
    if base(sniff.input).is_some() { Fit::Behind } else { Fit::No }
}

/// Where the file begins, past a user block.
fn base(input: &Input) -> Option<u64> {
    std::iter::once(0)
        .chain((0..USER_BLOCKS).map(|power| 512 << power))
        .take_while(|at| *at < input.len())
        .find(|at| input.array::<8>(*at).is_ok_and(|bytes| bytes == HDF5_MAGIC))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Some(base) = base(input) else { return Ok(Reading::NotThis) };
    let recorder = Arc::new(Recorder::new(input.rest(base)));
    let superblock = match Superblock::parse_from_storage(recorder.as_ref()) {
        Ok(superblock) => superblock,
        Err(error) => {
            scan.understood(base..base + HDF5_MAGIC.len() as u64);
            scan.gap(format!("its first block cannot be read: {error}"));
            return Ok(Reading::Done);
        }
    };
    if base > 0 {
        around("user block", input, 0..base, scan)?;
    }
    let mut walk = Walk::new(recorder.as_ref(), &superblock, base, scan);
    walk.run()?;
    let (whole, end) = (walk.is_whole(), walk.end());
    if scan.facts(About::Code).next().is_some() {
        let title = "The model carries Python code, and safe mode does not apply to this format";
        scan.find(Finding::new(Rule::KerasH5Code, Severity::Medium, Confidence::High, title, base));
    }
    for span in recorder.spans() {
        scan.understood(base + span.start..base + span.end);
    }
    if whole {
        unused(input, base, base + end, scan)?;
    }
    if base + end < input.len() {
        let title = format!("{} bytes lie behind the end that the file names", input.len() - base - end);
        scan.find(Finding::new(
            Rule::Hdf5TrailingData,
            Severity::Medium,
            Confidence::Medium,
            title,
            base + end,
        ));
        around("bytes behind the end", input, base + end..input.len(), scan)?;
    }
    Ok(Reading::Done)
}

/// What stands before or behind the file proper.
fn around(name: &str, input: &Input, span: std::ops::Range<u64>, scan: &mut Scan) -> io::Result<()> {
    let Some(part) = input.slice(span.start, span.end - span.start) else { return Ok(()) };
    if is_blank(&part)? {
        scan.understood(span);
    } else {
        scan.member(name, &part, span);
    }
    Ok(())
}

/// What nothing in the file leads to is space that the format has set aside or given up. No program that reads the
/// format looks there, so it counts as understood, unless something that could be loaded hides in it. It is looked at
/// as text and code like the rest.
fn unused(input: &Input, base: u64, end: u64, scan: &mut Scan) -> io::Result<()> {
    let holes = scan.holes(end);
    for hole in holes.into_iter().filter(|hole| hole.start >= base).take(MOST_UNUSED) {
        let Some(part) = input.slice(hole.start, hole.end - hole.start) else { continue };
        let start = first_byte(&part)?;
        if start < part.len() && looks_harmful("unused space", &part.rest(start), scan)? {
            let title = "Space that the file does not use holds something that can be loaded";
            let at = hole.start + start;
            scan.find(Finding::new(Rule::Hdf5HiddenData, Severity::High, Confidence::Medium, title, at));
            scan.member("unused space", &part.rest(start), at..hole.end);
            scan.understood(hole.start..at);
        } else {
            scan.understood(hole);
        }
    }
    Ok(())
}

fn is_blank(part: &Input) -> io::Result<bool> {
    Ok(first_byte(part)? == part.len())
}

/// Where the first byte is that is not zero; the end if there is none.
fn first_byte(part: &Input) -> io::Result<u64> {
    let mut piece = vec![0; 64 * 1024];
    let mut at = 0;
    loop {
        let count = part.read_at(at, &mut piece)?;
        let bytes = piece.get(..count).unwrap_or_default();
        if let Some(found) = bytes.iter().position(|byte| *byte != 0) {
            return Ok(at + found as u64);
        }
        if count == 0 {
            return Ok(part.len());
        }
        at += count as u64;
    }
}
