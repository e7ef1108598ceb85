//! Runs the targets of a crate over the committed corpora. The tests of the crates share it; the fuzzer does not need it.

use std::fs;
use std::path::Path;

/// A target's name and what it does.
type Target = (&'static str, fn(&[u8]));

/// Runs every target over its corpus, which has at least so many files.
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
pub(crate) fn replay(targets: &[Target], least: usize) {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, target) in targets {
        let mut paths: Vec<_> =
            fs::read_dir(corpora.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(paths.len() >= least, "{name} has a corpus");
        for path in paths {
            let bytes = fs::read(&path).unwrap();
            let outcome = std::panic::catch_unwind(|| target(&bytes));
            assert!(outcome.is_ok(), "{}", path.display());
        }
    }
}
