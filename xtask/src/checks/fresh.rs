//! Generated files are what `cargo xtask generate` would write, and the folders it owns hold nothing else.

use anyhow::Result;

use crate::generate;
use crate::repository::Repository;

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let expected = generate::files(repository)?;
    let mut problems = Vec::new();
    for (file, text) in &expected {
        if !repository.has(file) {
            problems.push(format!("{file}: is missing; run `cargo xtask generate`"));
        } else if repository.read(file)? != *text {
            problems.push(format!("{file}: is not what the code says; run `cargo xtask generate`"));
        }
    }
    let owned = |file: &&str| file.starts_with("docs/src/reference/") || generate::owns_evidence(file);
    let strangers = repository.files().filter(owned).filter(|file| !expected.contains_key(*file));
    problems.extend(strangers.map(|file| format!("{file}: nothing generates it; move or remove it")));
    Ok(problems)
}
