//! Files that no reader knows: text, or bytes that nobody can say anything about. The latter are never clean.

use std::io::{self, Read as _};

use crate::format::Format;
use crate::formats::hydra;
use crate::input::Input;
use crate::scan::Scan;
use crate::sniff::text;

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

/// Whether all of it is text, a piece at a time.
pub(super) fn whole_is_text(input: &Input) -> io::Result<bool> {
    let mut stream = input.cursor();
    let mut held = Vec::with_capacity(PIECE);
    loop {
        let before = held.len();
        let count = stream.by_ref().take((PIECE - before) as u64).read_to_end(&mut held)?;
        let more = count > 0;
        let Some(text) = text(&held, more) else { return Ok(false) };
        if !more {
            return Ok(true);
        }
        // A character that is cut stays for the next piece.
        let whole = text.len();
        held.drain(..whole);
    }
}
