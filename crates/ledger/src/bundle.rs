//! Entries as a file holds them (C2SP tlog-tiles, log entries): each after its length in two bytes, big-endian. It never
//! believes a length.

/// The longest entry, in bytes: what two bytes can count.
pub const MAX_ENTRY: usize = u16::MAX as usize;

/// Why bytes are no bundle of so many entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBundle {
    /// The bytes end within an entry.
    #[error("it ends after {whole} entries, within the next")]
    Short {
        /// How many entries are whole.
        whole: usize,
    },
    /// There is more than so many entries.
    #[error("something follows after its last entry")]
    Long,
}

/// The `width` entries in the bytes of a bundle.
///
/// # Errors
/// There are more or fewer.
pub fn parse(mut bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BadBundle> {
    let mut entries = Vec::new();
    for whole in 0..usize::from(width) {
        let (entry, rest) = split(bytes).ok_or(BadBundle::Short { whole })?;
        entries.push(entry);
        bytes = rest;
    }
    if bytes.is_empty() { Ok(entries) } else { Err(BadBundle::Long) }
}

/// The entries at the start of a bundle, as far as they are whole.
pub(crate) fn parse_some(mut bytes: &[u8], width: u16) -> Vec<&[u8]> {
    let mut entries = Vec::new();
    while let Some((entry, rest)) = split(bytes).filter(|_| entries.len() < usize::from(width)) {
        entries.push(entry);
        bytes = rest;
    }
    entries
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// Puts an entry at the end of a bundle; `false` if it is too long.
pub(crate) fn push(bundle: &mut Vec<u8>, entry: &[u8]) -> bool {
    let Ok(length) = u16::try_from(entry.len()) else { return false };
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    true
}
