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
    /// The name in the extra field for Unicode paths, which some programs take instead.
    pub(crate) unicode: Option<Vec<u8>>,
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
    /// How many entries could be read.
    pub(crate) listed: u64,
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
    /// Bytes before the archive, which all offsets leave out; less than zero where its beginning was cut off.
    pub(crate) shift: i64,
    /// How many entries there are said to be.
    pub(crate) count: u64,
    /// Whether the end records contradict each other.
    pub(crate) contradiction: bool,
    /// Whether its comment is said to be longer than the file.
    pub(crate) overlong: bool,
    /// Why not all entries could be read.
    pub(crate) broken: Option<&'static str>,
}

/// Where end records may be: from the last to the first of those near the end. Programs that do not mind a comment that
/// is longer than the file open such an archive, too.
pub(super) fn records(tail: &[u8], len: u64) -> Vec<u64> {
    let base = len - tail.len() as u64;
    let mut found = Vec::new();
    let mut until = tail.len();
    while let Some(at) = tail.get(..until).and_then(|part| memchr::memmem::rfind(part, END)) {
        if tail.get(at..at + 22).is_some() {
            found.push(base + at as u64);
        }
        until = at + END.len() - 1;
    }
    found
}

/// Reads the directory that an end record points to, as most programs find it. Nothing if it points nowhere.
pub(super) fn read(input: &Input, record: u64, most: u64) -> io::Result<Option<Directory>> {
    let views = views(input, record, most)?;
    Ok(views.into_iter().max_by_key(|view| !view.entries.is_empty()))
}

/// Every directory that some program finds by an end record: before the record or at the offset it holds, by its own
/// fields or by those of a zip64 record. Mostly these are one; none if it points nowhere.
pub(super) fn views(input: &Input, record: u64, most: u64) -> io::Result<Vec<Directory>> {
    let end = input.array::<22>(record)?;
    let (Some(count), Some(size), Some(offset), Some(comment)) =
        (u16_at(&end, 10), u32_at(&end, 12), u32_at(&end, 16), u16_at(&end, 20))
    else {
        return Ok(Vec::new());
    };
    let finish = record + END_LEN + u64::from(comment);
    let overlong = finish > input.len();
    let small =
        Pointer { count: u64::from(count), size: u64::from(size), offset: u64::from(offset), before: record };
    let mut pointers = ends_64(input, record)?;
    let contradiction = pointers.len() > 1 || pointers.iter().any(|large| large.contradicts(&small));
    if pointers.is_empty() {
        pointers.push(small);
    }
    let mut found: Vec<Directory> = Vec::new();
    for pointer in pointers {
        // The directory ends where the end record begins. If its offset says otherwise, something was put before, or
        // between the two.
        let adjacent = pointer.before.checked_sub(pointer.size);
        for start in adjacent.into_iter().chain([pointer.offset]) {
            let known = found.iter().any(|other| other.start == start);
            let empty = (pointer.count, pointer.size, overlong) == (0, 0, false) && start == pointer.before;
            if known || !empty && (start >= pointer.before || input.array::<4>(start)? != *ENTRY) {
                continue;
            }
            let mut directory = Directory {
                start,
                end: start,
                records: pointer.before,
                record,
                finish: finish.min(input.len()),
                shift: start.wrapping_sub(pointer.offset).cast_signed(),
                count: pointer.count,
                contradiction,
                overlong,
                ..Directory::default()
            };
            entries(input, &mut directory, pointer.before, most)?;
            found.push(directory);
        }
    }
    Ok(found)
}

/// What an end record says of the directory.
struct Pointer {
    count: u64,
    size: u64,
    offset: u64,
    /// Where the first of the end records is.
    before: u64,
}

impl Pointer {
    /// Whether a smaller record says something else, and not that the value does not fit into it.
    fn contradicts(&self, small: &Self) -> bool {
        let differs = |small: u64, none: u64, large: u64| small != none && small != large;
        differs(small.count, 0xffff, self.count)
            || differs(small.size, 0xffff_ffff, self.size)
            || differs(small.offset, 0xffff_ffff, self.offset)
    }
}

/// The zip64 end records: the one right before its locator, which some programs take, and the one at the offset that the
/// locator holds, which others take. The offset is wrong where something was put before the archive.
fn ends_64(input: &Input, record: u64) -> io::Result<Vec<Pointer>> {
    let Some(at) = record.checked_sub(LOCATOR_LEN) else { return Ok(Vec::new()) };
    let locator = input.array::<20>(at)?;
    if !locator.starts_with(LOCATOR) {
        return Ok(Vec::new());
    }
    let mut found: Vec<Pointer> = Vec::new();
    for end in at.checked_sub(END_64_LEN).into_iter().chain(u64_at(&locator, 8)) {
        let fits = end.checked_add(END_64_LEN).is_some_and(|end| end <= at);
        if !fits || found.iter().any(|other| other.before == end) {
            continue;
        }
        let bytes = input.array::<56>(end)?;
        let fields = (u64_at(&bytes, 32), u64_at(&bytes, 40), u64_at(&bytes, 48));
        if let (true, (Some(count), Some(size), Some(offset))) = (bytes.starts_with(END_64), fields) {
            found.push(Pointer { count, size, offset, before: end });
        }
    }
    Ok(found)
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
        directory.listed += 1;
        used += len;
        at += len as u64;
        directory.end = at;
    }
    Ok(())
}

/// One entry and how long it is.
fn entry(bytes: &[u8], at: u64, shift: i64) -> Option<(Entry, usize)> {
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
    let unicode = unicode_name(extra);
    // Only a file made on Unix has a mode.
    let mode = if bytes.get(5) == Some(&3) { u32_at(bytes, 38)? >> 16 } else { 0 };
    let entry = Entry {
        name: bytes.get(ENTRY_LEN..ENTRY_LEN + name)?.to_vec(),
        flags: u16_at(bytes, 8)?,
        method: u16_at(bytes, 10)?,
        crc: u32_at(bytes, 16)?,
        packed,
        size,
        header: header.checked_add_signed(shift).unwrap_or(u64::MAX),
        mode,
        at,
        unicode,
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

/// The name of the Info-ZIP Unicode Path field: version 1, the checksum of the old name, the name.
fn unicode_name(extra: &[u8]) -> Option<Vec<u8>> {
    let mut rest = extra;
    while let (Some(id), Some(len)) = (u16_at(rest, 0), u16_at(rest, 2)) {
        let field = rest.get(4..4 + usize::from(len))?;
        if id == 0x7075 {
            return field.get(5..).map(<[u8]>::to_vec);
        }
        rest = rest.get(4 + usize::from(len)..)?;
    }
    None
}
