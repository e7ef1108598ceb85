//! Replays the fuzzers' corpora through the very functions that the fuzz targets run: what was found once stays
//! fixed without a fuzzer at hand.

#[expect(
    unreachable_pub,
    clippy::expect_used,
    reason = "shared with the fuzz targets, which are another crate, and find by panicking"
)]
#[path = "../../../fuzz/src/seal.rs"]
mod targets;

use std::fs;
use std::path::Path;

#[test]
fn every_corpus_file_is_read_or_refused_without_a_panic() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, target) in targets::TARGETS {
        let mut paths: Vec<_> =
            fs::read_dir(corpora.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(paths.len() >= 10, "{name} has a corpus");
        for path in paths {
            let bytes = fs::read(&path).unwrap();
            let outcome = std::panic::catch_unwind(|| target(&bytes));
            assert!(outcome.is_ok(), "{}", path.display());
        }
    }
}
