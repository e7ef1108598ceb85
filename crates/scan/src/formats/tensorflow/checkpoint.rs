//! The index of a TensorFlow checkpoint: a sorted table of tensors and where they lie (LevelDB's table format, and
//! `tensor_bundle.proto`). The data itself lies in other files.

use std::io;

use casemate_core::{Confidence, Severity};

use super::ops;
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::protobuf::{Span, Stop, Value, Wire};
use crate::formats::tensors::shaped;
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

const MAGIC: &[u8] = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb";
const FOOTER: u64 = 48;
/// Behind each block: how it is packed, and a checksum.
const TRAILER: u64 = 5;
const LONGEST_BLOCK: u64 = 16 * 1024 * 1024;
const MOST_BLOCKS: usize = 100_000;

/// Tables by the last bytes.
pub(crate) const READER: Reader = Reader { format: Format::TfCheckpoint, fit, read };

fn fit(sniff: &Sniff<'_>) -> Fit {
    if sniff.tail().ends_with(MAGIC) { Fit::Behind } else { Fit::No }
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    match table(input, scan) {
        Ok(()) => scan.understood(0..input.len()),
        Err(Stop::Broken(0, _)) => return Ok(Reading::NotThis),
        Err(Stop::Broken(at, why)) => {
            scan.gap("the table of tensors cannot be read");
            let rule = Rule::ProtobufStructure;
            scan.find(Finding::new(rule, Severity::Medium, Confidence::High, why, at));
        }
        Err(stop) => stop.tell(scan)?,
    }
    Ok(Reading::Done)
}

fn table(input: &Input, scan: &mut Scan) -> Result<(), Stop> {
    let Some(start) = input.len().checked_sub(FOOTER) else { return Err(Stop::Broken(0, "no footer")) };
    let mut footer = Numbers { bytes: input.bytes(start, FOOTER)?, at: 0 };
    let handles: Option<[u64; 4]> =
        (|| Some([footer.next()?, footer.next()?, footer.next()?, footer.next()?]))();
    let Some([_, _, offset, len]) = handles else { return Err(Stop::Broken(0, "no footer")) };
    let index = block(input, offset, len)?.ok_or(Stop::Broken(0, "a packed index"))?;
    for (_, place) in entries(&index).ok_or(Stop::Broken(0, "no index"))?.into_iter().take(MOST_BLOCKS) {
        let mut handle = Numbers { bytes: place, at: 0 };
        let (Some(offset), Some(len)) = (handle.next(), handle.next()) else {
            return Err(Stop::Broken(offset, "The index does not say where its blocks are"));
        };
        let Some(block) = block(input, offset, len)? else {
            scan.gap("a block of the table is packed");
            continue;
        };
        let entries = entries(&block).ok_or(Stop::Broken(offset, "A block does not hold together"))?;
        for (key, value) in entries {
            entry(&key, &value, scan)?;
        }
    }
    Ok(())
}

/// A block as it is, or none if it is packed.
fn block(input: &Input, offset: u64, len: u64) -> Result<Option<Vec<u8>>, Stop> {
    let fits = offset.checked_add(len).and_then(|end| end.checked_add(TRAILER));
    if len > LONGEST_BLOCK || fits.is_none_or(|end| end > input.len()) {
        return Err(Stop::Broken(offset.min(input.len()), "A block lies beyond the file"));
    }
    let [packing] = input.array(offset + len)?;
    Ok(if packing == 0 { Some(input.bytes(offset, len)?) } else { None })
}

/// Keys and values of a block; each key shares its beginning with the one before.
fn entries(block: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let (body, last) = block.split_last_chunk::<4>()?;
    let restarts = usize::try_from(u32::from_le_bytes(*last)).ok()?.checked_mul(4)?;
    let end = body.len().checked_sub(restarts)?;
    let mut numbers = Numbers { bytes: body.get(..end)?.to_vec(), at: 0 };
    let mut entries: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    while numbers.at < end {
        let [shared, own, value] = [numbers.next()?, numbers.next()?, numbers.next()?];
        let before = entries.last().map(|(key, _)| key.as_slice()).unwrap_or_default();
        let mut key = before.get(..usize::try_from(shared).ok()?)?.to_vec();
        // Keys that share much could grow a small block without end.
        if key.len() > 64 * 1024 {
            return None;
        }
        key.extend(numbers.take(own)?);
        let value = numbers.take(value)?.to_vec();
        entries.push((key, value));
    }
    Some(entries)
}

/// A tensor, or under the empty key the number of files that hold them.
fn entry(key: &[u8], value: &[u8], scan: &mut Scan) -> Result<(), Stop> {
    let input = Input::from(value.to_vec());
    let mut wire = Wire::new(&input);
    let mut rest = wire.whole();
    let (mut first, mut shape) = (0, Vec::new());
    while let Some(field) = wire.next(&mut rest)? {
        match (field.number, field.value) {
            (1, Value::Number(number)) => first = number,
            (2, Value::Bytes(span)) => shape = sides(&mut wire, span)?,
            _ => {}
        }
    }
    if key.is_empty() {
        scan.fact(About::Metadata, "num_shards", first.to_string());
    } else {
        scan.fact(About::Tensor, String::from_utf8_lossy(key), shaped(ops::dtype(first), &shape));
    }
    Ok(())
}

fn sides(wire: &mut Wire, mut rest: Span) -> Result<Vec<u64>, Stop> {
    let mut sides = Vec::new();
    while let Some(field) = wire.next(&mut rest)? {
        let (2, Value::Bytes(mut dim)) = (field.number, field.value) else { continue };
        let mut size = 0;
        while let Some(field) = wire.next(&mut dim)? {
            if let (1, Value::Number(number)) = (field.number, field.value) {
                size = number;
            }
        }
        sides.push(size);
    }
    Ok(sides)
}

/// Bytes with numbers of varying length in them.
struct Numbers {
    bytes: Vec<u8>,
    at: usize,
}

impl Numbers {
    fn next(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, len: u64) -> Option<&[u8]> {
        let end = self.at.checked_add(usize::try_from(len).ok()?)?;
        let bytes = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }
}
