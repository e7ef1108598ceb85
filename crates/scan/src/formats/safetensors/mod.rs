//! safetensors: the length of a JSON header, the header, and nothing but numbers. The numbers are never read; that the
//! header tells the truth about where they are is what makes the format safe.

mod header;
mod json;
#[cfg(test)]
mod tests;

use std::io;

use casemate_core::{Confidence, Severity};

use self::header::Header;
use super::stream::{Broken, Stream};
use super::tensors::is_padding;
use super::{Reader, Reading};
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// A length and the brace of a JSON object.
pub(crate) const READER: Reader = Reader { format: Format::Safetensors, fit, read };

/// The longest header that the reference loader takes.
const LONGEST_HEADER: u64 = 100_000_000;
/// No header is as long as this, even where its length lies.
const ABSURD: u64 = 1 << 40;
/// How many overlaps and holes are told one by one.
const MOST_TOLD: usize = 20;

fn fit(sniff: &Sniff<'_>) -> Fit {
    let Some((len, json)) = sniff.head.split_first_chunk::<8>() else { return Fit::No };
    let len = u64::from_le_bytes(*len);
    let Some((b'{', after)) = json.split_first() else { return Fit::No };
    let object = matches!(after.iter().find(|byte| !byte.is_ascii_whitespace()), None | Some(b'"' | b'}'));
    let has = |word: &[u8]| memchr::memmem::find(json, word).is_some();
    let speaks = has(b"\"dtype\"") || has(b"\"data_offsets\"") || has(b"\"__metadata__\"");
    if object && len >= 2 && (speaks || len <= sniff.input.len() - 8) {
        return if len < ABSURD || speaks { Fit::Certain } else { Fit::Maybe };
    }
    // Someone else's bytes, or a header that is no JSON.
    Fit::maybe_if(len >= 2 && len <= sniff.input.len() - 8 && sniff.name.ends_with(".safetensors"))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let len = u64::from_le_bytes(input.array(0)?);
    let start = len.saturating_add(8);
    if len > LONGEST_HEADER {
        let title = format!("The header is {len} bytes long; loaders take {LONGEST_HEADER} at most");
        scan.find(Finding::new(Rule::SafetensorsHeader, Severity::Medium, Confidence::High, title, 0));
    }
    if start > input.len() {
        let title = format!("The header is said to be {len} bytes long, in a file of {}", input.len());
        scan.find(Finding::new(Rule::SafetensorsOutOfFile, Severity::Medium, Confidence::High, title, 0));
        scan.gap("the header is not all there");
        scan.understood(0..8);
    }
    let start = start.min(input.len());
    let data = input.len() - start;
    let head = input.slice(0, start).unwrap_or_else(|| input.clone());
    let mut stream = Stream::new(&head, 8);
    match header::read(&mut stream, data, scan).and_then(|header| behind(&mut stream).map(|()| header)) {
        Ok(header) => {
            scan.understood(0..start);
            tell_data(input, start, header, scan)?;
        }
        Err(broken) => broken.tell(Rule::SafetensorsHeader, scan)?,
    }
    Ok(Reading::Done)
}

/// Nothing but spaces may follow the object.
fn behind(stream: &mut Stream) -> Result<(), Broken> {
    match json::next(stream) {
        Ok(_) => Err(Broken::wrong(stream.at(), "Something follows the JSON of the header")),
        Err(Broken::End { .. }) => Ok(()),
        Err(broken) => Err(broken),
    }
}

/// Tells what the header leaves open about the data.
fn tell_data(input: &Input, start: u64, mut header: Header, scan: &mut Scan) -> io::Result<()> {
    let name = |said: u64| {
        json::text(&mut Stream::new(input, said)).map_or_else(|_| "a tensor".to_owned(), |text| text.value)
    };
    for (before, place) in header.places.overlaps(MOST_TOLD) {
        let title = format!("`{}` and `{}` share bytes", name(before.said), name(place.said));
        let rule = Rule::SafetensorsOverlap;
        scan.find(Finding::new(rule, Severity::High, Confidence::High, title, place.said));
    }
    for span in header.places.iter() {
        scan.numbers(start + span.start..start + span.end);
    }
    let data = input.len() - start;
    for hole in header.places.holes(0..data).into_iter().take(MOST_TOLD) {
        let count = hole.end - hole.start;
        let trailing = hole.start >= header.end;
        let (rule, title, part) = if trailing {
            let title = format!("{count} bytes follow the last tensor");
            (Rule::SafetensorsTrailingData, title, "bytes behind the tensors")
        } else {
            let title = format!("{count} bytes belong to no tensor");
            (Rule::SafetensorsHole, title, "bytes between tensors")
        };
        let span = start + hole.start..start + hole.end;
        scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, span.start));
        if is_padding(input, &span)? {
            scan.understood(span);
        } else if let Some(bytes) = input.slice(span.start, count) {
            scan.member(part, &bytes, span);
        }
    }
    Ok(())
}
