//! Replays the fuzzers' corpora through the very functions that the fuzz targets run: what was found once stays
//! fixed without a fuzzer at hand.

#[expect(
    unreachable_pub,
    clippy::expect_used,
    reason = "shared with the fuzz targets, which are another crate, and find by panicking"
)]
#[path = "../../../fuzz/src/seal.rs"]
mod targets;

#[path = "../../../fuzz/replay.rs"]
mod replay;

#[test]
fn every_corpus_file_is_read_or_refused_without_a_panic() {
    replay::replay(targets::TARGETS, 10);
}
