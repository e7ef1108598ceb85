//! The local header: what a zip archive says of a member right before its data. Programs that read an archive from the
//! start believe this one.

use std::io;

use super::bytes::{u16_at, u32_at};
use super::directory::zip64;
use crate::input::Input;

pub(super) const SIGNATURE: &[u8] = b"PK\x03\x04";
const FIXED: u64 = 30;

/// What the local header says of one member.
#[derive(Debug, Clone)]
pub(super) struct Local {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Where the data begins.
    pub(super) data: u64,
}

/// The local header at an offset; none if there is none.
pub(super) fn read(input: &Input, at: u64) -> io::Result<Option<Local>> {
    let mut fixed = [0; 30];
    if input.read_at(at, &mut fixed)? < fixed.len() || !fixed.starts_with(SIGNATURE) {
        return Ok(None);
    }
    let (Some(name), Some(extra)) = (u16_at(&fixed, 26), u16_at(&fixed, 28)) else { return Ok(None) };
    let Some(rest) = present(input.bytes(at + FIXED, u64::from(name) + u64::from(extra)))? else {
        return Ok(None);
    };
    let (name, extra) = rest.split_at(usize::from(name).min(rest.len()));
    let fields =
        (u16_at(&fixed, 6), u16_at(&fixed, 8), u32_at(&fixed, 14), u32_at(&fixed, 18), u32_at(&fixed, 22));
    let (Some(flags), Some(method), Some(crc), Some(packed), Some(size)) = fields else { return Ok(None) };
    let mut sizes = [u64::from(size), u64::from(packed)];
    zip64(extra, &mut sizes);
    let [size, packed] = sizes;
    let data = at + FIXED + rest.len() as u64;
    Ok(Some(Local { name: name.to_vec(), flags, method, crc, packed, size, data }))
}

/// What could be read, or nothing where the file ends.
fn present<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}
