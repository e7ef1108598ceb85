//! The tensors of a GGUF: names, shapes, types and offsets, and what lies between them. Numbers are never read.

use std::io;
use std::ops::Range;

use casemate_core::{Confidence, Severity};

use super::{Gguf, types};
use crate::fact::About;
use crate::finding::Finding;
use crate::formats::metadata::shortened;
use crate::formats::stream::{Broken, Stream};
use crate::formats::tensors::{Place, count, is_padding, shaped};
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// How many sizes a shape may have for any loader to take it.
const MOST_SIZES: u32 = 4;
/// How many sizes are read at all.
const MOST_SIZES_READ: u32 = 64;
/// The longest name that loaders of any family hold; llama.cpp itself holds 63 bytes.
const LONGEST_TENSOR_NAME: usize = 127;
const MOST_TOLD: usize = 20;

fn tell(scan: &mut Scan, rule: Rule, severity: Severity, title: impl AsRef<str>, at: u64) {
    scan.find(Finding::new(rule, severity, Confidence::High, title, at));
}

/// Reads what the header says of one tensor. Its place is relative to the data until all are read.
pub(super) fn read(stream: &mut Stream, gguf: &mut Gguf, scan: &mut Scan) -> Result<(), Broken> {
    let at = stream.at();
    let name = gguf.name(stream, "tensor name", scan)?;
    if !gguf.names.add(name.as_bytes()) {
        let title = format!("The tensor `{name}` is there twice; loaders differ in which they take");
        tell(scan, Rule::GgufDuplicateName, Severity::High, title, at);
    }
    if name.len() > LONGEST_TENSOR_NAME {
        let title = format!("A tensor name is {} bytes long; loaders hold {LONGEST_TENSOR_NAME}", name.len());
        tell(scan, Rule::GgufShape, Severity::Medium, title, at);
    }
    let sizes = stream.u32()?;
    if sizes > MOST_SIZES_READ {
        let what = format!("The tensor `{name}` has {sizes} dimensions");
        return Err(gguf.overflow(at, &what, None, scan));
    }
    if sizes > MOST_SIZES {
        let title = format!("The tensor `{name}` has {sizes} dimensions; loaders hold {MOST_SIZES}");
        tell(scan, Rule::GgufShape, Severity::Medium, title, at);
    }
    let shape = (0..sizes).map(|_| gguf.length(stream)).collect::<Result<Vec<u64>, _>>()?;
    let number = stream.u32()?;
    let start = stream.u64()?;
    let Some(kind) = types::by_number(number) else {
        let title = format!("The tensor `{name}` is of the unknown type {number}");
        tell(scan, Rule::GgufShape, Severity::Low, title, at);
        scan.gap(format!("the type {number} of a tensor is not known"));
        gguf.unsized_tensors = true;
        return Ok(());
    };
    scan.fact(About::Tensor, shortened(&name, 400), shaped(kind.name, &shape));
    if shape.first().is_some_and(|row| row % kind.block != 0) {
        let title = format!("A row of `{name}` is no whole number of {} blocks", kind.name);
        tell(scan, Rule::GgufShape, Severity::Medium, title, at);
    }
    // Loaders count in signed numbers.
    let signed = |number: &u64| i64::try_from(*number).is_ok();
    let len = count(&shape).filter(signed).and_then(|count| kind.size(count)).filter(signed);
    let end = len.and_then(|len| start.checked_add(len)).filter(signed);
    let Some(end) = end else {
        let title =
            format!("The size of `{name}` overflows: {} at offset {start}", shaped(kind.name, &shape));
        let finding = Finding::new(Rule::GgufOverflow, Severity::High, Confidence::High, title, at);
        scan.find(if len.is_none() { finding.cve("CVE-2026-33298") } else { finding });
        scan.gap(format!("the place of {name} cannot be told"));
        gguf.unsized_tensors = true;
        return Ok(());
    };
    if start % gguf.alignment.max(1) != 0 {
        gguf.misaligned.get_or_insert((start, at));
    }
    gguf.places.add(Place { start, end, said: at });
    Ok(())
}

/// Tells what the header leaves open about the data.
pub(super) fn tell_data(input: &Input, data: u64, gguf: &mut Gguf, scan: &mut Scan) -> io::Result<()> {
    if let Some((start, at)) = gguf.misaligned {
        let title = format!("A tensor begins at {start}, no multiple of the alignment {}", gguf.alignment);
        tell(scan, Rule::GgufAlignment, Severity::Medium, title, at);
    }
    let start = data.min(input.len());
    let len = input.len() - start;
    for (before, place) in gguf.places.overlaps(MOST_TOLD) {
        let title = format!(
            "{} and {} share bytes",
            gguf.name_at(input, before.said),
            gguf.name_at(input, place.said)
        );
        tell(scan, Rule::GgufOverlap, Severity::High, title, place.said);
    }
    let beyond: Vec<Place> = gguf.places.beyond(len).take(MOST_TOLD).cloned().collect();
    for place in beyond {
        let name = gguf.name_at(input, place.said);
        let title = format!("{name} reaches to {} in {len} bytes of data", place.end);
        tell(scan, Rule::GgufOutOfFile, Severity::Medium, title, place.said);
        scan.gap("the data of a tensor is not all there");
    }
    for span in gguf.places.iter() {
        scan.numbers(start + span.start.min(len)..start + span.end.min(len));
    }
    if gguf.unsized_tensors {
        return Ok(());
    }
    for hole in gguf.places.holes(0..len).into_iter().take(MOST_TOLD) {
        hidden(input, start + hole.start..start + hole.end, start, gguf.alignment.clamp(1, 4096), scan)?;
    }
    Ok(())
}

/// Bytes of no tensor: first the padding that writers add after each tensor, also after the last one, then whatever
/// else there is.
fn hidden(input: &Input, hole: Range<u64>, data: u64, alignment: u64, scan: &mut Scan) -> io::Result<()> {
    let padded = (data + (hole.start - data).next_multiple_of(alignment)).min(hole.end);
    let mut rest = hole.clone();
    if is_padding(input, &(hole.start..padded))? {
        scan.understood(hole.start..padded);
        rest.start = padded;
    }
    if rest.is_empty() {
        return Ok(());
    }
    let title = format!("{} bytes belong to no tensor", rest.end - rest.start);
    tell(scan, Rule::GgufHiddenData, Severity::Medium, title, rest.start);
    leftover(input, rest, scan)
}

/// What should be padding between the header and the data.
pub(super) fn tell_padding(input: &Input, span: Range<u64>, scan: &mut Scan) -> io::Result<()> {
    if !is_padding(input, &span)? {
        let title = "The padding between header and data is not empty";
        tell(scan, Rule::GgufHiddenData, Severity::Medium, title, span.start);
    }
    leftover(input, span, scan)
}

/// Bytes that nobody reads: zeros, or something that is looked at.
fn leftover(input: &Input, span: Range<u64>, scan: &mut Scan) -> io::Result<()> {
    if is_padding(input, &span)? {
        scan.understood(span);
    } else if let Some(bytes) = input.slice(span.start, span.end - span.start) {
        scan.member("bytes of no tensor", &bytes, span);
    }
    Ok(())
}
