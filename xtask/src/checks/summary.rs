//! The book's summary lists every chapter: mdBook passes over a chapter it does not list in silence.

use anyhow::Result;

use crate::documents::Document;
use crate::repository::Repository;

const SUMMARY: &str = "docs/src/SUMMARY.md";

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let summary = Document::parse(&repository.read(SUMMARY)?);
    let chapters = repository.files_in("docs/src/", ".md").filter(|file| *file != SUMMARY);
    let missing = chapters.filter(|file| !summary.targets.contains(file.trim_start_matches("docs/src/")));
    Ok(missing.map(|file| format!("{file}: list it in {SUMMARY}")).collect())
}
