//! Files of the cases with bytes changed, cut off or put in: reading them ends, understands no more than there is, and says
//! the same twice.

use std::fs;
use std::path::Path;

use casemate_scan::{FileReport, Input, Options, Status, Verdict, convert, policy, scan};
use proptest::prelude::*;
use proptest::sample::Index;

const SPARE: [&str; 4] = ["arrays", "torch", "pickle", "benign-pickle"];
const CATCH: [&str; 6] =
    ["joblib-array-code", "joblib-file", "torch-tar-code", "torch-legacy-magic", "skops-type", "mar-handler"];

fn files() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let spare = SPARE.iter().map(|name| root.join("spare").join(name));
    let mut paths: Vec<_> = spare
        .chain(CATCH.iter().map(|name| root.join("catch").join(name)))
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    paths.iter().filter_map(|path| fs::read(path).ok()).collect()
}

fn report(bytes: &[u8]) -> FileReport {
    scan("model", &Input::from(bytes.to_vec()), &Options::default())
}

#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Cut(Index),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        1 => any::<Index>().prop_map(Change::Cut),
        1 => (any::<Index>(), prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(at, b)| Change::Insert(at, b)),
        1 => (any::<Index>(), 1..20_usize).prop_map(|(at, count)| Change::Remove(at, count)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    match change {
        Change::Set(at, byte) => {
            let at = at.index(bytes.len());
            bytes.splice(at..=at, [*byte]);
        }
        Change::Cut(at) => bytes.truncate(at.index(bytes.len())),
        Change::Insert(at, new) => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, new.iter().copied());
        }
        Change::Remove(at, count) => {
            let at = at.index(bytes.len());
            let end = (at + count).min(bytes.len());
            bytes.drain(at..end);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_file_is_read_to_an_end(
        file in prop::sample::select(files()),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let mut bytes = file;
        changes.iter().for_each(|change| apply(&mut bytes, change));
        let first = report(&bytes);
        prop_assert!(first.coverage.understood <= first.coverage.total);
        prop_assert_eq!(first.coverage.total, bytes.len() as u64);
        if first.verdict == Verdict::Clean {
            prop_assert_eq!(first.status, Status::Complete);
        }
        prop_assert_eq!(&first, &report(&bytes));
        prop_assert!(!policy(&first).python().is_empty());
        let mut out = Vec::new();
        if let Ok(converted) = convert(&Input::from(bytes), &mut out) {
            prop_assert_eq!(converted.bytes, out.len() as u64);
        }
    }
}
