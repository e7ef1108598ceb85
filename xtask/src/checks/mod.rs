//! The checks, one file each. A check returns sentences that name the file and the remedy; it changes nothing.

mod catalog;
mod committed_text;
mod dependencies;
mod formats;
mod fresh;
mod fuzz;
mod ids;
mod length;
mod links;
mod manifests;
mod module_headers;
mod rules;
mod summary;
mod unsafe_code;

use anyhow::Result;

use crate::repository::Repository;
use crate::{say, say_wrong};

type Check = fn(&Repository) -> Result<Vec<String>>;

/// What must be true, and what finds out.
const CHECKS: &[(&str, Check)] = &[
    ("crates depend only on the crates above them", dependencies::check),
    ("every crate takes the workspace's lints", manifests::check),
    ("no source file is longer than 500 lines", length::check),
    ("every module says what it is", module_headers::check),
    ("there is no unsafe code", unsafe_code::check),
    ("the catalogue is consistent, one file per id", catalog::check),
    ("every rule of the scanner has its cases", rules::check),
    ("no id is used twice or vanishes", ids::check),
    ("every format and command has its file and its chapter", formats::check),
    ("every fuzz target is built and has a corpus", fuzz::check),
    ("every chapter is in the summary", summary::check),
    ("every link leads somewhere", links::check),
    ("committed text names no machine and leaves nothing unfinished", committed_text::check),
    ("generated files are fresh", fresh::check),
];

/// Runs every check and shows what each finds; true if nothing is wrong.
pub(crate) fn run(repository: &Repository) -> Result<bool> {
    let mut wrong = 0;
    for (truth, check) in CHECKS {
        let problems = check(repository)?;
        say(&format!("{} {truth}", if problems.is_empty() { "ok   " } else { "WRONG" }));
        for problem in &problems {
            say_wrong(&format!("      {problem}"));
        }
        wrong += problems.len();
    }
    say(&format!("{} checks, {wrong} problems", CHECKS.len()));
    Ok(wrong == 0)
}
