//! What lies where: overlaps, and everything that is neither a member nor the directory. Bytes between, before and after
//! are read as files of their own, because a program may find them.

use std::io;
use std::ops::Range;

use casemate_core::{Confidence, Severity};

use super::directory::{Directory, END_LEN};
use super::local::{self, Local};
use super::member::{Member, Opened};
use super::{Entry, bytes};
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::is_text;
use crate::spans::Spans;

/// What may stand before sizes and checksum behind the data.
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// How much is looked at to tell padding from content.
const LOOKED_AT: u64 = 64 * 1024;

/// Marks headers and directory as understood, and tells what is out of place.
pub(super) fn read(
    input: &Input,
    directory: &Directory,
    members: &[Member],
    others: &[Directory],
    further: &[Member],
    scan: &mut Scan,
) -> io::Result<()> {
    let mut taken = Spans::default();
    for member in members.iter().chain(further) {
        let span = member.span(input);
        scan.understood(member.entry.header..span.start);
        taken.add(member.entry.header..span.end);
        let descriptor = descriptor(input, member, span.end)?;
        scan.understood(span.end..span.end + descriptor);
        taken.add(span.end..span.end + descriptor);
    }
    let mut data: Vec<_> =
        members.iter().map(|member| (member.entry.header..member.span(input).end, &member.entry)).collect();
    overlaps(&mut data, directory, scan);
    for span in [directory.start..directory.end, directory.records..directory.record + END_LEN] {
        taken.add(span.clone());
        scan.understood(span);
    }
    comment(input, directory, scan)?;
    taken.add(directory.record..directory.finish);
    for other in others {
        for span in [other.start..other.end, other.records..other.record + END_LEN] {
            taken.add(span.clone());
            scan.understood(span);
        }
    }
    for gap in taken.holes(input.len()) {
        out_of_place(input, gap, directory, scan)?;
    }
    Ok(())
}

/// Whether a directory lies within the data of a member: that of an archive in the archive.
pub(super) fn is_within(other: &Directory, members: &[Member], input: &Input) -> bool {
    members.iter().any(|member| {
        let span = member.span(input);
        span.start <= other.start && other.finish <= span.end
    })
}

/// How long the record after the data is that repeats sizes and checksum.
fn descriptor(input: &Input, member: &Member, end: u64) -> io::Result<u64> {
    if member.entry.flags & 0x8 == 0 {
        return Ok(0);
    }
    let mut after = [0; 28];
    let count = input.read_at(end, &mut after)?;
    let after = after.get(..count).unwrap_or_default();
    let next = |at: usize| after.get(at..).is_some_and(|rest| rest.starts_with(b"PK"));
    let signed = after.starts_with(b"PK\x07\x08");
    let lengths: [usize; 2] = if signed { [16, 24] } else { [12, 20] };
    let crc = bytes::u32_at(after, if signed { 4 } else { 0 });
    if !signed && crc != Some(member.entry.crc) {
        return Ok(0);
    }
    let fitting = lengths.into_iter().find(|len| next(*len) || *len == count);
    Ok(fitting.unwrap_or(0) as u64)
}

fn overlaps(data: &mut [(Range<u64>, &Entry)], directory: &Directory, scan: &mut Scan) {
    data.sort_by_key(|(span, _)| span.start);
    let mut last: Option<&(Range<u64>, &Entry)> = None;
    for this in data.iter() {
        if let Some(before) = last.filter(|before| this.0.start < before.0.end) {
            let title = format!("`{}` and `{}` share bytes", before.1.name(), this.1.name());
            tell(scan, Rule::ZipOverlap, Severity::High, Confidence::High, title, this.0.start);
        }
        if last.is_none_or(|before| this.0.end > before.0.end) {
            last = Some(this);
        }
    }
    if let Some(last) = last.filter(|last| last.0.end > directory.start) {
        let title = format!("`{}` reaches into the directory", last.1.name());
        tell(scan, Rule::ZipOverlap, Severity::High, Confidence::High, title, last.0.start);
    }
}

fn comment(input: &Input, directory: &Directory, scan: &mut Scan) -> io::Result<()> {
    let span = directory.record + END_LEN..directory.finish;
    if span.is_empty() {
        return Ok(());
    }
    let comment = input.bytes(span.start, span.end - span.start)?;
    if is_text(&comment, false) {
        scan.understood(span);
        return Ok(());
    }
    let title = "The comment of the archive is no text";
    tell(scan, Rule::ZipCommentData, Severity::Medium, Confidence::High, title, span.start);
    scan.member("archive comment", &Input::from(comment), span);
    Ok(())
}

/// Bytes that belong to nothing.
fn out_of_place(input: &Input, gap: Range<u64>, directory: &Directory, scan: &mut Scan) -> io::Result<()> {
    if is_padding(input, &gap)? {
        scan.understood(gap);
        return Ok(());
    }
    let count = gap.end - gap.start;
    let Some(part) = input.slice(gap.start, count) else { return Ok(()) };
    if gap.start == 0 && part.array::<4>(0).is_ok_and(|head| head != *local::SIGNATURE) {
        // TensorFlow Lite keeps labels in an archive behind the model.
        let model = scan.member("bytes before the archive", &part, gap) == Format::TfLite;
        let severity = if model { Severity::Low } else { Severity::Medium };
        let title = format!("{count} bytes lie before the archive");
        tell(scan, Rule::ZipPrefixData, severity, Confidence::High, title, 0);
    } else if gap.start >= directory.finish {
        let title = format!("{count} bytes lie behind the archive");
        tell(scan, Rule::ZipTrailingData, Severity::Medium, Confidence::High, title, gap.start);
        scan.member("bytes behind the archive", &part, gap);
    } else if part.array::<4>(0).is_ok_and(|head| head == *local::SIGNATURE) {
        hidden(input, gap, scan)?;
    } else {
        let title = format!("{count} bytes belong to no member");
        tell(scan, Rule::ZipGapData, Severity::Low, Confidence::High, title, gap.start);
        scan.member("bytes between members", &part, gap);
    }
    Ok(())
}

/// Members that the directory does not list, one after the other.
pub(super) fn hidden(input: &Input, span: Range<u64>, scan: &mut Scan) -> io::Result<()> {
    let mut at = span.start;
    while at < span.end {
        let Some(local) = local::read(input, at)? else { return remainder(input, at..span.end, scan) };
        let name = String::from_utf8_lossy(&local.name).into_owned();
        let title =
            format!("`{name}` is not listed in the directory; programs that read from the start see it");
        tell(scan, Rule::ZipHiddenMember, Severity::High, Confidence::Medium, title, at);
        let open = local.flags & 0x8 != 0 && matches!(local.packed, 0 | 0xffff_ffff);
        let packed = if open { open_end(input, &local, span.end)? - local.data } else { local.packed };
        let entry = Entry {
            name: local.name.clone(),
            flags: local.flags,
            method: local.method,
            crc: local.crc,
            packed: packed.min(span.end.saturating_sub(local.data)),
            size: local.size,
            header: at,
            mode: 0,
            at,
            unicode: None,
        };
        let member = Member::new(entry, &local);
        let data = member.span(input);
        scan.understood(at..data.start);
        match member.open(input, scan)? {
            Opened::Data(bytes, _) => {
                scan.member(&name, &bytes, data.clone());
            }
            Opened::Closed(why) => scan.gap(format!("{name}: {why}")),
        }
        at = data.end.max(at + 1);
        let after = input.bytes(at, (span.end - at.min(span.end)).min(24))?;
        if open && after.starts_with(DESCRIPTOR) {
            let next =
                |at: usize| after.get(at..).is_none_or(|rest| rest.is_empty() || rest.starts_with(b"PK"));
            let end = at + if next(16) { 16 } else { 24.min(after.len() as u64) };
            scan.understood(at..end);
            at = end;
        }
    }
    Ok(())
}

/// What follows the hidden members: padding, the entries of a directory without an end, or something else.
fn remainder(input: &Input, span: Range<u64>, scan: &mut Scan) -> io::Result<()> {
    if is_padding(input, &span)? {
        scan.understood(span);
    } else if let Some(part) = input.slice(span.start, span.end - span.start)
        && !part.array::<4>(0).is_ok_and(|head| head == *b"PK\x01\x02")
    {
        scan.member("bytes behind members", &part, span);
    }
    Ok(())
}

/// Where data of unknown length ends: before the next signature, or at the end.
fn open_end(input: &Input, local: &Local, until: u64) -> io::Result<u64> {
    let mut at = local.data;
    while at < until {
        let piece = input.bytes(at, (until - at).min(LOOKED_AT))?;
        let ends = [DESCRIPTOR, local::SIGNATURE, b"PK\x01\x02".as_slice()];
        if let Some(found) = ends.iter().filter_map(|end| memchr::memmem::find(&piece, end)).min() {
            return Ok(at + found as u64);
        }
        // A signature may lie across two pieces.
        at += (piece.len() as u64).saturating_sub(3).max(1);
    }
    Ok(until.max(local.data))
}

/// Whether nothing but zeros is there.
fn is_padding(input: &Input, gap: &Range<u64>) -> io::Result<bool> {
    let mut at = gap.start;
    while at < gap.end {
        let piece = input.bytes(at, (gap.end - at).min(LOOKED_AT))?;
        if piece.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at += piece.len() as u64;
    }
    Ok(true)
}

fn tell(
    scan: &mut Scan,
    rule: Rule,
    severity: Severity,
    confidence: Confidence,
    title: impl AsRef<str>,
    at: u64,
) {
    scan.find(Finding::new(rule, severity, confidence, title, at));
}
