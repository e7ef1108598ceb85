//! A source file stays under 500 lines: one idea each. Tables that no one reads from top to bottom are listed here.

use anyhow::Result;

use crate::repository::Repository;

const MOST: usize = 500;

/// Generated tables.
const EXEMPT: &[&str] = &[];

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for file in repository.sources().filter(|file| !EXEMPT.contains(file)) {
        let lines = repository.read(file)?.lines().count();
        if lines > MOST {
            problems.push(format!(
                "{file}: {lines} lines; split it by what its parts are about, at most {MOST} each"
            ));
        }
    }
    let gone = EXEMPT.iter().filter(|file| !repository.has(file));
    problems.extend(
        gone.map(|file| {
            format!("{file}: does not exist; take it off the list in xtask/src/checks/length.rs")
        }),
    );
    Ok(problems)
}
