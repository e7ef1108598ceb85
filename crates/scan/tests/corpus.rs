//! Replays the fuzzers' corpora through the very functions that the fuzz targets run: what was found once stays fixed
//! without a fuzzer at hand.

#[expect(unreachable_pub, clippy::panic, reason = "shared with the fuzz targets, which are another crate")]
#[path = "../../../fuzz/src/scan.rs"]
mod targets;

use std::fs;
use std::path::Path;

use rayon::prelude::*;

#[test]
fn every_corpus_file_is_read_by_the_laws() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let names: Vec<_> = targets::names().collect();
    names.par_iter().for_each(|name| {
        let mut paths: Vec<_> =
            fs::read_dir(corpora.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "{name} has a corpus");
        for path in paths {
            let bytes = fs::read(&path).unwrap();
            let outcome = std::panic::catch_unwind(|| targets::run(name, &bytes));
            assert!(outcome.is_ok(), "{}", path.display());
        }
    });
}
