//! Where a program ends by its own headers, which is where something may hang on. It follows no length blindly.

use std::io;

use super::Kind;
use crate::input::Input;

/// How many sections, segments or machines are looked at.
const MOST: u64 = 4096;

pub(super) fn u16_at(bytes: &[u8], at: usize, big: bool) -> Option<u16> {
    let field = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(if big { u16::from_be_bytes(field) } else { u16::from_le_bytes(field) })
}

pub(super) fn u32_at(bytes: &[u8], at: usize, big: bool) -> Option<u32> {
    let field = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(if big { u32::from_be_bytes(field) } else { u32::from_le_bytes(field) })
}

fn u64_at(bytes: &[u8], at: usize, big: bool) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(8)?)?.try_into().ok()?;
    Some(if big { u64::from_be_bytes(field) } else { u64::from_le_bytes(field) })
}

/// The end, if the headers tell it.
pub(super) fn of(kind: Kind, head: &[u8], input: &Input) -> io::Result<Option<u64>> {
    match kind {
        Kind::Elf { .. } => elf(head, input),
        Kind::Pe { .. } => Ok(pe(head)),
        Kind::MachO { .. } => mach_o(head, input),
        Kind::Fat => Ok(fat(head)),
        Kind::Portable => Ok(None),
    }
}

/// A table of headers in the file, as far as it is there.
fn table(input: &Input, at: u64, count: u64, each: u64) -> io::Result<Vec<u8>> {
    let want = count.min(MOST).saturating_mul(each.min(256));
    let there = input.len().saturating_sub(at);
    input.bytes(at.min(input.len()), want.min(there))
}

/// The tables of segments and sections, and what they hold.
fn elf(head: &[u8], input: &Input) -> io::Result<Option<u64>> {
    let (wide, big) = (head.get(4) == Some(&2), head.get(5) == Some(&2));
    let word = |bytes: &[u8], at: usize| {
        if wide { u64_at(bytes, at, big) } else { u32_at(bytes, at, big).map(u64::from) }
    };
    let half = |at: usize| u16_at(head, at, big).map(u64::from);
    // Offsets of the tables, then sizes and counts of their entries; then offset and size within an entry.
    let (at, counts, segment, section) =
        if wide { ([32, 40], 54, [8, 32], [24, 32]) } else { ([28, 32], 42, [4, 16], [16, 20]) };
    let mut end = 0;
    for (at, counts, [offset, size], sections) in
        [(at[0], counts, segment, false), (at[1], counts + 4, section, true)]
    {
        let (Some(at), Some(each), Some(count)) = (word(head, at), half(counts), half(counts + 2)) else {
            return Ok(None);
        };
        if at == 0 || each == 0 {
            continue;
        }
        end = end.max(at.saturating_add(each * count));
        for entry in table(input, at, count, each)?.chunks(usize::try_from(each).unwrap_or(256).max(1)) {
            let nothing = sections && u32_at(entry, 4, big) == Some(8);
            if let (false, Some(offset), Some(size)) = (nothing, word(entry, offset), word(entry, size)) {
                end = end.max(offset.saturating_add(size));
            }
        }
    }
    Ok(Some(end).filter(|end| *end > 0))
}

/// The sections, and the table of certificates.
fn pe(head: &[u8]) -> Option<u64> {
    let at = usize::try_from(u32_at(head, 0x3c, false)?).ok()?;
    let count = usize::from(u16_at(head, at + 6, false)?);
    let optional = usize::from(u16_at(head, at + 20, false)?);
    let mut end = 0;
    for number in 0..count.min(96) {
        let section = at + 24 + optional + number * 40;
        let (size, from) = (u32_at(head, section + 16, false)?, u32_at(head, section + 20, false)?);
        end = end.max(u64::from(from) + u64::from(size));
    }
    let directories = at + 24 + if u16_at(head, at + 24, false)? == 0x20b { 112 } else { 96 };
    if let (Some(from), Some(size)) =
        (u32_at(head, directories + 32, false), u32_at(head, directories + 36, false))
    {
        end = end.max(u64::from(from) + u64::from(size));
    }
    (end > 0).then_some(end)
}

/// The segments of the load commands.
fn mach_o(head: &[u8], input: &Input) -> io::Result<Option<u64>> {
    let wide = matches!(head.first_chunk::<4>(), Some(b"\xfe\xed\xfa\xcf" | b"\xcf\xfa\xed\xfe"));
    let big = head.first() == Some(&0xfe);
    let (Some(count), Some(size)) = (u32_at(head, 16, big), u32_at(head, 20, big)) else { return Ok(None) };
    let start = if wide { 32 } else { 28 };
    let commands = table(input, start, u64::from(size).div_ceil(256), 256)?;
    let mut end = start + u64::from(size);
    let mut at = 0;
    for _ in 0..count {
        let (Some(command), Some(len)) = (u32_at(&commands, at, big), u32_at(&commands, at + 4, big)) else {
            break;
        };
        let span = match command {
            0x19 => u64_at(&commands, at + 40, big).zip(u64_at(&commands, at + 48, big)),
            0x1 => {
                let both = u32_at(&commands, at + 32, big).zip(u32_at(&commands, at + 36, big));
                both.map(|(from, size)| (u64::from(from), u64::from(size)))
            }
            _ => None,
        };
        if let Some((from, size)) = span {
            end = end.max(from.saturating_add(size));
        }
        at += usize::try_from(len).unwrap_or(usize::MAX).clamp(8, 1 << 20);
    }
    Ok(Some(end))
}

/// The machines' parts.
fn fat(head: &[u8]) -> Option<u64> {
    let count = usize::try_from(u32_at(head, 4, true)?).ok()?;
    let mut end = 0;
    for number in 0..count.min(16) {
        let (from, size) = (u32_at(head, 16 + number * 20, true)?, u32_at(head, 20 + number * 20, true)?);
        end = end.max(u64::from(from) + u64::from(size));
    }
    Some(end)
}
