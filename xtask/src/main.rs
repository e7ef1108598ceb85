//! `cargo xtask generate` writes what is derived from the code; `cargo xtask check` holds the repository to its
//! invariants. Reads and writes the repository only, and repairs nothing in a check.

mod checks;
mod documents;
mod generate;
mod ids;
mod metadata;
mod repository;

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::repository::Repository;

const USAGE: &str = "usage: cargo xtask generate   write the reference docs, schemas and ids.lock
       cargo xtask check      check the repository's invariants";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match *words {
        ["generate"] => Repository::open().and_then(|repository| generate::run(&repository)),
        ["check"] => Repository::open().and_then(|repository| checks::run(&repository)),
        _ => {
            say_wrong(USAGE);
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say_wrong(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// A line of output.
fn say(line: &str) {
    // Nobody reads a closed pipe; the exit code still tells.
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// A line about what is wrong.
fn say_wrong(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
