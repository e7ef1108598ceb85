//! Replays the fuzzers' corpora through the very functions that the fuzz targets run: what was found once stays
//! fixed without a fuzzer at hand.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

#[expect(unreachable_pub, reason = "shared with the fuzz targets, which are another crate")]
#[path = "../../../fuzz/src/ledger.rs"]
mod targets;

#[path = "../../../fuzz/replay.rs"]
mod replay;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

#[test]
fn every_corpus_file_is_read_or_refused_without_a_panic() {
    replay::replay(targets::TARGETS, 8);
}

/// Corpus files with bytes changed, dropped and doubled: some thousand, so that a plain test looks a little further.
fn mutated() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let files: Vec<(usize, Vec<u8>)> = targets::TARGETS
        .iter()
        .enumerate()
        .flat_map(|(target, (name, _))| {
            fs::read_dir(corpora.join(name))
                .unwrap()
                .map(move |file| (target, fs::read(file.unwrap().path()).unwrap()))
        })
        .collect();
    (proptest::sample::select(files), proptest::collection::vec((any::<usize>(), any::<u8>(), 0..3_u8), 0..6))
        .prop_map(|((target, mut bytes), changes)| {
            for (at, byte, how) in changes {
                let at = at % (bytes.len() + 1);
                match how {
                    0 if at < bytes.len() => bytes[at] = byte,
                    1 if at < bytes.len() => drop(bytes.remove(at)),
                    _ => bytes.insert(at, byte),
                }
            }
            (target, bytes)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn what_is_nearly_right_is_read_or_refused_without_a_panic((target, bytes) in mutated()) {
        (targets::TARGETS[target].1)(&bytes);
    }
}
