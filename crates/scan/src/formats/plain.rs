//! Files that no reader knows: text, or bytes that nobody can say anything about. The latter are never clean.

use std::io;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::format::Format;
use crate::formats::hydra;
use crate::input::Input;
use crate::scan::Scan;
use crate::sniff::text;

/// Bytes in UTF-8.
const LONGEST_CHARACTER: usize = 4;

const PIECE: usize = 256 * 1024;

/// Tells text from bytes.
pub(crate) fn read(_name: &str, input: &Input, scan: &mut Scan) -> io::Result<()> {
    if whole_is_text(input)? {
        scan.format(Format::Text);
        scan.understood(0..input.len());
        hydra::look(input, scan)?;
    } else {
        scan.format(Format::Unknown);
        scan.gap("its format is not known");
    }
    Ok(())
}

/// Whether all of it is text. Pieces are looked at on several threads.
pub(super) fn whole_is_text(input: &Input) -> io::Result<bool> {
    let piece = PIECE as u64;
    let pieces = (0..input.len().div_ceil(piece)).into_par_iter();
    let pieces = pieces.map_init(Vec::new, |held, number| piece_is_text(input, number * piece, held));
    // The first piece that is none ends it.
    let other = pieces.find_any(|piece| !matches!(piece, Ok(true)));
    other.unwrap_or(Ok(true))
}

/// Whether the characters that begin in a piece are text.
fn piece_is_text(input: &Input, start: u64, held: &mut Vec<u8>) -> io::Result<bool> {
    let rest = usize::try_from(input.len().saturating_sub(start)).unwrap_or(usize::MAX);
    held.resize(rest.min(PIECE + LONGEST_CHARACTER), 0);
    let count = input.read_at(start, held)?;
    let bytes = held.get(..count).unwrap_or_default();
    let from = if start == 0 { 0 } else { next_character(bytes, 0) };
    let to = next_character(bytes, PIECE.min(count));
    Ok(bytes.get(from..to).is_none_or(|own| text(own, false).is_some()))
}

/// Where the next character begins, if a place lies in the middle of one.
fn next_character(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default().iter().take(LONGEST_CHARACTER - 1);
    at + rest.take_while(|byte| (0x80..0xc0).contains(*byte)).count()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::input::Source;
    use crate::{Limits, content};

    fn is_text(bytes: Vec<u8>) -> bool {
        whole_is_text(&Input::from(bytes)).unwrap()
    }

    #[test]
    fn characters_may_lie_across_pieces_and_broken_ones_nowhere() {
        for shift in 0..4 {
            let text = "é€😀x".repeat(PIECE / 5);
            let bytes = [&b"aaaa"[..shift], text.as_bytes()].concat();
            assert!(is_text(bytes.clone()));
            for at in PIECE - 5..PIECE + 5 {
                for wrong in [0x00, 0x80, 0xc3, 0xff] {
                    let mut bytes = bytes.clone();
                    bytes[at] = wrong;
                    assert_eq!(
                        is_text(bytes.clone()),
                        std::str::from_utf8(&bytes).is_ok() && wrong != 0,
                        "{shift} {at}"
                    );
                }
            }
        }
        assert!(!is_text([vec![b'a'; 3 * PIECE], vec![0xc3]].concat()));
        assert!(is_text(Vec::new()));
    }

    #[test]
    fn a_length_that_lies_is_an_error_and_not_an_allocation() {
        struct Nothing;
        impl Source for Nothing {
            fn read_at(&self, _offset: u64, _into: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::NotFound.into())
            }
        }
        let input = Input::new(Arc::new(Nothing), u64::MAX);
        assert_eq!(whole_is_text(&input).unwrap_err().kind(), io::ErrorKind::NotFound);
        let stretch = 0..u64::MAX;
        let looked = content::look(&input, &[stretch], Format::Unknown, &mut Scan::new(Limits::default()));
        assert_eq!(looked.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
