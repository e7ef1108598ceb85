//! What is unpacked, kept where it can be read at any offset: in memory while it is small, else in a file without a name
//! that is gone with the process. It unpacks nothing itself.

use std::fs::File;
use std::io::{self, Read, Write as _};

use crate::input::Input;

/// How much is kept in memory.
const IN_MEMORY: usize = 4 * 1024 * 1024;
const PIECE: usize = 128 * 1024;

/// Something unpacked.
pub(crate) struct Spool {
    /// As much as was unpacked.
    pub(crate) input: Input,
    /// Whether there was more than was wanted.
    pub(crate) cut: bool,
    /// Why there is no more of it.
    pub(crate) broken: Option<io::Error>,
}

/// Keeps a stream, at most so many bytes. What was unpacked before the stream broke is kept; only a failing disk is an
/// error.
pub(crate) fn spool(mut stream: impl Read, most: u64) -> io::Result<Spool> {
    let mut memory = Vec::new();
    let mut file: Option<File> = None;
    let mut piece = vec![0; PIECE];
    let (mut len, mut cut, mut broken) = (0_u64, false, None);
    loop {
        let count = match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                broken = Some(error);
                break;
            }
        };
        let left = usize::try_from(most - len).unwrap_or(usize::MAX);
        cut = count > left;
        let bytes = piece.get(..count.min(left)).unwrap_or_default();
        len += bytes.len() as u64;
        if file.is_none() && memory.len() + bytes.len() > IN_MEMORY {
            let mut spilled = tempfile::tempfile()?;
            spilled.write_all(&memory)?;
            memory = Vec::new();
            file = Some(spilled);
        }
        match &mut file {
            Some(file) => file.write_all(bytes)?,
            None => memory.extend_from_slice(bytes),
        }
        if cut {
            break;
        }
    }
    let input = match file {
        Some(file) => Input::file(file)?,
        None => Input::from(memory),
    };
    Ok(Spool { input, cut, broken })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_and_little_read_the_same() {
        for len in [0, 1, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY] {
            let bytes: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let spool = spool(bytes.as_slice(), u64::MAX).unwrap();
            assert_eq!((spool.input.len(), spool.cut), (len as u64, false));
            let from = len.saturating_sub(100);
            assert_eq!(spool.input.bytes(from as u64, (len - from) as u64).unwrap(), bytes[from..]);
        }
    }

    #[test]
    fn what_is_too_much_is_cut() {
        let spool = spool(io::repeat(7), 1_000_000).unwrap();
        assert_eq!((spool.input.len(), spool.cut), (1_000_000, true));
    }

    #[test]
    fn exactly_enough_is_not_cut() {
        let spool = spool([7; 10].as_slice(), 10).unwrap();
        assert_eq!((spool.input.len(), spool.cut), (10, false));
    }
}
