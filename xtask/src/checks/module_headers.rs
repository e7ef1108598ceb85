//! Every source file opens with `//!`: what it is and what it must not do.

use anyhow::Result;

use crate::repository::Repository;

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for file in repository.sources() {
        if !repository.read(file)?.starts_with("//! ") {
            problems.push(format!(
                "{file}: open it with a `//!` line that says what it is and what it must not do"
            ));
        }
    }
    Ok(problems)
}
