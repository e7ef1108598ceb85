//! The central directory: what a zip archive says it holds. It believes nothing: offsets and counts are checked against
//! the file, and what was read before something broke is kept.

use std::io;

use super::bytes::{u16_at, u32_at, u64_at};
use crate::input::Input;

pub(super) const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCATOR: &[u8] = b"PK\x06\x07";
const END_64: &[u8] = b"PK\x06\x06";
pub(super) const END_LEN: u64 = 22;
const LOCATOR_LEN: u64 = 20;
const END_64_LEN: u64 = 56;
const ENTRY_LEN: usize = 46;
/// How much of the directory is held at a time.
const PIECE: usize = 256 * 1024;
/// The longest an entry can be: its fixed part, and name, extra field and comment of 65535 bytes each.
const LONGEST: usize = ENTRY_LEN + 3 * 65_535;

/// What the directory says of one member.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The name as it is written.
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) packed: u64,
    pub(crate) size: u64,
    /// Where its local header is said to be, in the file.
    pub(crate) header: u64,
    /// The mode of the file on Unix, or 0.
    pub(crate) mode: u32,
    /// Where the entry itself is.
    pub(crate) at: u64,
}

impl Entry {
    /// The name for people; what is no UTF-8 is replaced.
    pub(crate) fn name(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }
}

/// The directory and what is around it.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub(crate) entries: Vec<Entry>,
    /// Where the first entry is.
    pub(crate) start: u64,
    /// Where the last entry that could be read ends.
    pub(crate) end: u64,
    /// Where the end records begin: that of zip64, if there is one, or the old one.
    pub(crate) records: u64,
    /// Where the old end record is.
    pub(crate) record: u64,
    /// Where the archive ends, with its comment.
    pub(crate) finish: u64,
    /// Bytes before the archive: what all offsets are too small by.
    pub(crate) shift: u64,
    /// How many entries there are said to be.
    pub(crate) count: u64,
    /// Whether the two end records contradict each other.
    pub(crate) contradiction: bool,
    /// Why not all entries could be read.
    pub(crate) broken: Option<&'static str>,
}

/// Where end records may be: from the last to the first of those near the end whose comment fits into the file.
pub(super) fn records(tail: &[u8], len: u64) -> Vec<u64> {
    let base = len - tail.len() as u64;
    let mut found = Vec::new();
    let mut until = tail.len();
    while let Some(at) = tail.get(..until).and_then(|part| memchr::memmem::rfind(part, END)) {
        let comment = u16_at(tail, at + 20).map(usize::from);
        if comment.is_some_and(|comment| at + 22 + comment <= tail.len()) {
            found.push(base + at as u64);
        }
        until = at + END.len() - 1;
    }
    found
}

/// Reads the directory that an end record points to. Nothing if it points nowhere.
pub(super) fn read(input: &Input, record: u64, most: u64) -> io::Result<Option<Directory>> {
    let end = input.array::<22>(record)?;
    let (Some(count), Some(size), Some(offset), Some(comment)) =
        (u16_at(&end, 10), u32_at(&end, 12), u32_at(&end, 16), u16_at(&end, 20))
    else {
        return Ok(None);
    };
    let finish = record + END_LEN + u64::from(comment);
    let small = (u64::from(count), u64::from(size), u64::from(offset));
    let mut directory = Directory { record, finish, ..Directory::default() };
    let mut before = record;
    let (count, size, offset) = match end_64(input, record)? {
        Some((large, at)) => {
            let differs = |small: u64, none: u64, large: u64| small != none && small != large;
            directory.contradiction = differs(small.0, 0xffff, large.0)
                || differs(small.1, 0xffff_ffff, large.1)
                || differs(small.2, 0xffff_ffff, large.2);
            before = at;
            large
        }
        None => small,
    };
    // The directory ends where the end record begins. If its offset says otherwise, something was put before.
    let Some(start) = before.checked_sub(size) else { return Ok(None) };
    let Some(shift) = start.checked_sub(offset) else { return Ok(None) };
    (directory.start, directory.shift, directory.count) = (start, shift, count);
    directory.records = before;
    directory.end = start;
    if size > 0 && input.array::<4>(start)? != *ENTRY {
        return Ok(None);
    }
    entries(input, &mut directory, before, most)?;
    Ok(Some(directory))
}

/// How many entries there are, how long they are together, and where they begin.
type Extent = (u64, u64, u64);

/// The extent as the zip64 end record says, and where that is.
fn end_64(input: &Input, record: u64) -> io::Result<Option<(Extent, u64)>> {
    let Some(at) = record.checked_sub(LOCATOR_LEN) else { return Ok(None) };
    if input.array::<4>(at)? != *LOCATOR {
        return Ok(None);
    }
    // It lies before its locator; the offset the locator holds is wrong where something was put before the archive.
    let Some(end) = at.checked_sub(END_64_LEN) else { return Ok(None) };
    let bytes = input.array::<56>(end)?;
    if !bytes.starts_with(END_64) {
        return Ok(None);
    }
    let fields = (u64_at(&bytes, 32), u64_at(&bytes, 40), u64_at(&bytes, 48));
    let (Some(count), Some(size), Some(offset)) = fields else { return Ok(None) };
    Ok(Some(((count, size, offset), end)))
}

fn entries(input: &Input, directory: &mut Directory, until: u64, most: u64) -> io::Result<()> {
    let mut held: Vec<u8> = Vec::new();
    let mut at = directory.start;
    let mut used = 0;
    while at < until {
        if held.len() - used < LONGEST && at + ((held.len() - used) as u64) < until {
            held.drain(..used);
            used = 0;
            let from = at + held.len() as u64;
            let want = usize::try_from(until - from).unwrap_or(PIECE).min(PIECE);
            held.extend(input.bytes(from, want as u64)?);
        }
        if directory.entries.len() as u64 >= most {
            directory.broken = Some("it has more members than are read");
            return Ok(());
        }
        let rest = held.get(used..).unwrap_or_default();
        let Some((entry, len)) = entry(rest, at, directory.shift) else {
            directory.broken = Some("its directory breaks off");
            return Ok(());
        };
        directory.entries.push(entry);
        used += len;
        at += len as u64;
        directory.end = at;
    }
    Ok(())
}

/// One entry and how long it is.
fn entry(bytes: &[u8], at: u64, shift: u64) -> Option<(Entry, usize)> {
    if !bytes.starts_with(ENTRY) {
        return None;
    }
    let (name, extra, comment) =
        (usize::from(u16_at(bytes, 28)?), usize::from(u16_at(bytes, 30)?), usize::from(u16_at(bytes, 32)?));
    let len = ENTRY_LEN + name + extra + comment;
    let extra = bytes.get(ENTRY_LEN + name..ENTRY_LEN + name + extra)?;
    bytes.get(..len)?;
    let mut sizes =
        [u64::from(u32_at(bytes, 24)?), u64::from(u32_at(bytes, 20)?), u64::from(u32_at(bytes, 42)?)];
    zip64(extra, &mut sizes);
    let [size, packed, header] = sizes;
    // Only a file made on Unix has a mode.
    let mode = if bytes.get(5) == Some(&3) { u32_at(bytes, 38)? >> 16 } else { 0 };
    let entry = Entry {
        name: bytes.get(ENTRY_LEN..ENTRY_LEN + name)?.to_vec(),
        flags: u16_at(bytes, 8)?,
        method: u16_at(bytes, 10)?,
        crc: u32_at(bytes, 16)?,
        packed,
        size,
        header: header.saturating_add(shift),
        mode,
        at,
    };
    Some((entry, len))
}

/// Replaces values that do not fit into 32 bits by those of the zip64 extra field, which holds only these, in order.
pub(super) fn zip64(extra: &[u8], values: &mut [u64]) {
    let mut rest = extra;
    while let (Some(id), Some(len)) = (u16_at(rest, 0), u16_at(rest, 2)) {
        let len = usize::from(len);
        let Some(field) = rest.get(4..4 + len) else { return };
        if id == 1 {
            let mut at = 0;
            for value in values.iter_mut().filter(|value| **value == 0xffff_ffff) {
                let Some(large) = u64_at(field, at) else { return };
                *value = large;
                at += 8;
            }
            return;
        }
        rest = rest.get(4 + len..).unwrap_or_default();
    }
}
