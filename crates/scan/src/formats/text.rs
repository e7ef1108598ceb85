//! Text files that are small enough to be held, and their lines. What is longer is left to whoever streams.

use std::io;

use crate::input::Input;

/// The whole of a text of at most some length, without a byte order mark; nothing if it is longer or no UTF-8.
pub(crate) fn whole(input: &Input, most: u64) -> io::Result<Option<String>> {
    if input.len() > most {
        return Ok(None);
    }
    Ok(String::from_utf8(input.bytes(0, input.len())?).ok())
}

/// The lines of a text with the offsets where they begin.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let begin = at;
        at += line.len() as u64;
        let line = if begin == 0 { line.trim_start_matches('\u{feff}') } else { line };
        (begin, line.trim_end_matches(['\n', '\r']))
    })
}
