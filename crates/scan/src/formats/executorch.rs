//! ExecuTorch programs: a flatbuffer with an extended header, and segments of data behind it. What delegates do with
//! their data is theirs; only those that are known are taken for numbers.

use std::io;
use std::ops::Range;

use casemate_core::{Confidence, Severity};

use super::flatbuffer::{Flatbuffer, Table};
use super::metadata::shortened;
use super::tensors::{is_padding, shaped};
use super::{Reader, Reading};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};
use crate::spans::Spans;

/// By the identifier of its schema.
pub(crate) const READER: Reader = Reader { format: Format::ExecuTorch, fit, read };

/// Delegates whose data is weights and instructions for a kernel library or chip.
const KNOWN_DELEGATES: &[&str] = &[
    "ArmBackend",
    "CoreMLBackend",
    "EthosUBackend",
    "MPSBackend",
    "MetalBackend",
    "NeuropilotBackend",
    "NXPBackend",
    "OpenvinoBackend",
    "QnnBackend",
    "SamsungBackend",
    "VgfBackend",
    "VulkanBackend",
    "XnnpackBackend",
];

/// Types of numbers by their numbers in PyTorch.
const TYPES: &[&str] = &[
    "U8",
    "I8",
    "I16",
    "I32",
    "I64",
    "F16",
    "F32",
    "F64",
    "COMPLEX32",
    "COMPLEX64",
    "COMPLEX128",
    "BOOL",
    "QI8",
    "QU8",
    "QI32",
    "BF16",
    "QU4X2",
    "QU2X4",
    "BITS1X8",
    "BITS2X4",
    "BITS4X2",
    "BITS8",
    "BITS16",
    "F8_E5M2",
    "F8_E4M3",
    "F8_E5M2FNUZ",
    "F8_E4M3FNUZ",
    "U16",
    "U32",
    "U64",
];

fn fit(sniff: &Sniff<'_>) -> Fit {
    let numbered = sniff.head.get(6..8).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit));
    Fit::certain_if(sniff.has_at(4, b"ET") && numbered)
}

/// What the extended header says.
struct Header {
    program: u64,
    segments: u64,
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut fb = Flatbuffer::new(input);
    let header = header(&mut fb, input.len(), scan);
    let mut behind = Spans::default();
    if let Some(root) = fb.root() {
        program(&mut fb, root, header.as_ref(), input, &mut behind, scan);
    }
    let end = match &header {
        Some(header) if header.program > 0 => header.program.min(input.len()),
        _ => fb.end(),
    };
    fb.conclude(end, scan)?;
    behind.add(0..end);
    for hole in behind.holes(input.len()) {
        if is_padding(input, &hole)? {
            scan.understood(hole);
            continue;
        }
        let len = hole.end - hole.start;
        let title = format!("{len} bytes belong to no segment");
        let rule = Rule::ExecutorchHiddenData;
        scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, hole.start));
        if let Some(bytes) = input.slice(hole.start, len) {
            scan.member("bytes of no segment", &bytes, hole);
        }
    }
    Ok(Reading::Done)
}

fn header(fb: &mut Flatbuffer, len: u64, scan: &mut Scan) -> Option<Header> {
    if fb.u32_at(8)? != u32::from_le_bytes(*b"eh00") {
        return None;
    }
    let said = u64::from(fb.u32_at(12)?);
    fb.mark(8..(8 + said.min(64)).min(len));
    let header = Header { program: fb.u64_at(16)?, segments: fb.u64_at(24)? };
    let short = said < 24;
    let outside = header.program > len || header.segments > len;
    let crossing = header.segments != 0 && header.segments < header.program;
    if short || outside || crossing {
        let title = format!(
            "The header says that the program is {} bytes long and its segments begin at {}, in {len} bytes",
            header.program, header.segments
        );
        let rule = Rule::ExecutorchHeader;
        scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, 8));
        scan.gap("the header of the program is wrong");
    }
    Some(header)
}

fn program(
    fb: &mut Flatbuffer,
    root: Table,
    header: Option<&Header>,
    input: &Input,
    behind: &mut Spans,
    scan: &mut Scan,
) {
    let segments = segments(fb, root, header, input.len(), scan);
    let mut inline = Vec::new();
    for table in fb.tables(root, 2) {
        if let Some(span) = fb.blob(table, 0) {
            scan.numbers(span);
        }
    }
    for table in fb.tables(root, 3) {
        inline.push(fb.blob(table, 0).unwrap_or(0..0));
    }
    offsets(fb, root, &segments, scan);
    let mut opaque: Vec<(String, Range<u64>)> = Vec::new();
    for plan in fb.tables(root, 1) {
        read_plan(fb, plan, (&inline, &segments), &mut opaque, scan);
    }
    let apart: Vec<u64> = opaque.iter().map(|(_, span)| span.start).collect();
    for span in segments.iter().chain(&inline) {
        if !apart.contains(&span.start) {
            scan.numbers(span.clone());
        }
    }
    for span in segments {
        behind.add(span);
    }
    for (delegate, span) in opaque {
        if let Some(bytes) = input.slice(span.start, span.end - span.start) {
            scan.member(&format!("data of {delegate}"), &bytes, span);
        }
    }
}

/// Where segments are, each within the file.
fn segments(
    fb: &mut Flatbuffer,
    root: Table,
    header: Option<&Header>,
    len: u64,
    scan: &mut Scan,
) -> Vec<Range<u64>> {
    let mut segments = Vec::new();
    for table in fb.tables(root, 4) {
        let base = header.map_or(0, |header| header.segments);
        let (offset, size) = (fb.u64(table, 0).unwrap_or(0), fb.u64(table, 1).unwrap_or(0));
        if header.is_none_or(|header| header.segments == 0) {
            let title = "There are segments, but no header says where they begin";
            let rule = Rule::ExecutorchHeader;
            scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, table.at));
            scan.gap("where segments begin is not said");
            return segments;
        }
        let span = base.checked_add(offset).and_then(|start| Some(start..start.checked_add(size)?));
        let severity = if span.is_none() { Severity::High } else { Severity::Medium };
        if let Some(span) = span.filter(|span| span.end <= len) {
            segments.push(span);
            continue;
        }
        let title = format!("A segment of {size} bytes at {offset} lies beyond the file");
        let rule = Rule::ExecutorchSegment;
        scan.find(Finding::new(rule, severity, Confidence::High, title, table.at));
        scan.gap("a segment is not all there");
        segments.push(0..0);
    }
    segments
}

/// Tables that say where in segments tensors are.
fn offsets(fb: &mut Flatbuffer, root: Table, segments: &[Range<u64>], scan: &mut Scan) {
    let constant = fb.table(root, 5);
    let mutable = fb.tables(root, 6);
    for table in constant.into_iter().chain(mutable) {
        let index = fb.u32(table, 0).unwrap_or(0);
        let largest = fb.largest(table, 1).unwrap_or(0);
        let len = segments.get(index as usize).map_or(0, |span| span.end - span.start);
        let beyond = Some(largest).filter(|offset| *offset > len);
        if let Some(beyond) = beyond {
            let title = format!("A tensor begins at {beyond} in segment {index} of {len} bytes");
            let rule = Rule::ExecutorchSegment;
            scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, table.at));
        }
    }
    for named in fb.tables(root, 7) {
        if let Some(key) = fb.text(named, 0) {
            scan.fact(About::Metadata, "named data", key);
        }
        if let Some(layout) = fb.table(named, 2) {
            fb.vector(layout, 1, 4);
            fb.vector(layout, 2, 1);
        }
    }
}

fn read_plan(
    fb: &mut Flatbuffer,
    plan: Table,
    (inline, segments): (&[Range<u64>], &[Range<u64>]),
    opaque: &mut Vec<(String, Range<u64>)>,
    scan: &mut Scan,
) {
    if let Some(name) = fb.text(plan, 0) {
        scan.fact(About::Metadata, "method", name);
    }
    if let Some(container) = fb.table(plan, 1) {
        fb.text(container, 0);
        fb.text(container, 1);
    }
    for value in fb.tables(plan, 2) {
        read_value(fb, value, scan);
    }
    for (field, width) in [(3, 4), (4, 4), (8, 8)] {
        fb.vector(plan, field, width);
    }
    for chain in fb.tables(plan, 5) {
        read_chain(fb, chain);
    }
    for operator in fb.tables(plan, 6) {
        let name = fb.text(operator, 0).unwrap_or_default();
        let overload = fb.text(operator, 1).unwrap_or_default();
        scan.fact(About::Metadata, "operator", format!("{name}.{overload}"));
    }
    for delegate in fb.tables(plan, 7) {
        let id = fb.text(delegate, 0).unwrap_or_default();
        scan.fact(About::Metadata, "delegate", id.as_str());
        for spec in fb.tables(delegate, 2) {
            fb.text(spec, 0);
            fb.blob(spec, 1);
        }
        let Some(data) = fb.table(delegate, 1) else { continue };
        let list = if fb.u8(data, 0) == Some(1) { segments } else { inline };
        let index = fb.u32(data, 1).unwrap_or(0);
        let Some(span) = list.get(index as usize) else {
            let title =
                format!("The delegate `{id}` takes its data from segment {index}, which is not there");
            let rule = Rule::ExecutorchSegment;
            scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, data.at));
            continue;
        };
        if !KNOWN_DELEGATES.contains(&id.as_str()) && opaque.len() < 1000 {
            opaque.push((id, span.clone()));
        }
    }
}

fn read_value(fb: &mut Flatbuffer, value: Table, scan: &mut Scan) {
    let kind = fb.u8(value, 0).unwrap_or(0);
    let Some(table) = fb.table(value, 1) else { return };
    match kind {
        5 => read_tensor(fb, table, scan),
        6 => _ = fb.text(table, 0),
        7 | 8 => _ = fb.vector(table, 0, 8),
        9 => _ = fb.vector(table, 0, 1),
        10 | 11 => _ = fb.vector(table, 0, 4),
        _ => {}
    }
}

fn read_tensor(fb: &mut Flatbuffer, table: Table, scan: &mut Scan) {
    let kind = fb.u8(table, 0).unwrap_or(0);
    let shape: Vec<u64> = fb.numbers(table, 2, 64).into_iter().map(u64::from).collect();
    fb.vector(table, 3, 1);
    fb.table(table, 6);
    let Some(extra) = fb.table(table, 9) else { return };
    let name = fb.text(extra, 1).unwrap_or_default();
    let dtype = TYPES.get(usize::from(kind)).copied().unwrap_or("unknown");
    scan.fact(About::Tensor, shortened(&name, 200), shaped(dtype, &shape));
}

fn read_chain(fb: &mut Flatbuffer, chain: Table) {
    fb.vector(chain, 0, 4);
    fb.vector(chain, 1, 4);
    for instruction in fb.tables(chain, 2) {
        let kind = fb.u8(instruction, 0);
        let Some(arguments) = fb.table(instruction, 1) else { continue };
        if matches!(kind, Some(1 | 2)) {
            fb.vector(arguments, 1, 4);
        }
    }
    for list in fb.tables(chain, 3) {
        for frame in fb.tables(list, 0) {
            for field in [0, 2, 3] {
                fb.text(frame, field);
            }
        }
    }
}
