//! The other end of `tests/differential/drive.py`: takes what CPython made of a stream, a line of JSON each, and answers
//! with a line that says what Casemate's machine makes of it otherwise. An empty line is agreement. For development only.

#[path = "../tests/differential/compare.rs"]
mod compare;

use std::io::{self, BufRead as _, BufWriter, Write as _};

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let answer = match serde_json::from_str(&line?) {
            Ok(view) => compare::difference(&view).unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        writeln!(out, "{}", answer.replace('\n', " "))?;
        // A question at a time, or many: whoever asks waits for the last answer.
        out.flush()?;
    }
    Ok(())
}
