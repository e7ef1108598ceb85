//! What is derived from the code and the catalogue: one file per document, each a function to text. Only `run` writes.

mod cli;
mod controls;
mod evidence;
mod exit_codes;
mod facts;
mod frameworks;
mod markdown;
pub(crate) mod scan;
mod schemas;
mod threats;

use std::collections::BTreeMap;

use anyhow::Result;
use casemate_catalog::Catalog;

pub(crate) use self::evidence::owns as owns_evidence;
use crate::ids::{self, Lock};
use crate::repository::Repository;
use crate::say;

/// Every generated file and its text.
pub(crate) fn files(repository: &Repository) -> Result<BTreeMap<String, String>> {
    let catalog = Catalog::load(&[])?;
    let chapters = [
        ("threats", threats::document(&catalog)),
        ("controls", controls::document(&catalog)),
        ("frameworks", frameworks::document(&catalog)),
        ("facts", facts::document()),
        ("exit-codes", exit_codes::document(repository)?),
        ("cli", cli::document(repository)?),
        ("scan-rules", scan::rules(&catalog)?),
        ("scan-cases", scan::table(repository)?),
    ];
    let mut files = schemas::files()?;
    files.extend(evidence::files(repository)?);
    files.extend(chapters.map(|(name, text)| (format!("docs/src/reference/{name}.md"), text)));
    Ok(files)
}

/// Writes what has changed, and adds new ids to the lock.
pub(crate) fn run(repository: &Repository) -> Result<bool> {
    let mut lock =
        if repository.has(ids::FILE) { Lock::parse(&repository.read(ids::FILE)?)? } else { Lock::default() };
    lock.add(&ids::in_use()?);
    let mut files = files(repository)?;
    files.insert(ids::FILE.to_owned(), lock.render());
    for (file, text) in &files {
        if repository.write(file, text)? {
            say(&format!("wrote {file}"));
        }
    }
    Ok(true)
}
