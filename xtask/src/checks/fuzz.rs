//! Every fuzz target is built and has a corpus: the binaries of `fuzz/Cargo.toml` and the folders of `fuzz/corpus` have the
//! same names. That every format has a folder there, `crates/scan/tests/corpus.rs` sees to.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::repository::Repository;

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let manifest = repository.read("fuzz/Cargo.toml")?;
    let corpora = repository.files_in("fuzz/corpus/", "");
    let corpora = corpora.filter_map(|file| file.trim_start_matches("fuzz/corpus/").split('/').next());
    Ok(compare(&targets(&manifest).collect(), &corpora.collect()))
}

/// The names of the binaries, which stand in one line each.
fn targets(manifest: &str) -> impl Iterator<Item = &str> {
    let lines = manifest.lines().map(str::trim);
    lines.filter_map(|line| line.strip_prefix("{ name = \"")?.split('"').next())
}

fn compare(targets: &BTreeSet<&str>, corpora: &BTreeSet<&str>) -> Vec<String> {
    let no_target = corpora.difference(targets);
    let no_target =
        no_target.map(|name| format!("fuzz/Cargo.toml: nothing fuzzes `{name}`; add a line to `bin`"));
    let no_corpus = targets.difference(corpora);
    let no_corpus =
        no_corpus.map(|name| format!("fuzz/corpus/{name}: the target has no corpus; put small files there"));
    no_target.chain(no_corpus).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_without_a_corpus_is_told_and_the_other_way_round() {
        let manifest = "bin = [\n    { name = \"a\", path = \"x\" },\n    { name = \"b\", path = \"x\" },\n]";
        let targets: BTreeSet<&str> = targets(manifest).collect();
        assert_eq!(compare(&targets, &["b", "c"].into()).len(), 2);
        assert!(compare(&targets, &["a", "b"].into()).is_empty());
    }
}
