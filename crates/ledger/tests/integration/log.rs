//! A ledger as whoever uses it sees it: what was appended can be read, proved, and nothing else.

use std::time::Duration;

use casemate_ledger::{Hash, Ledger, LedgerError, Lock, Proof, ProofError, Writer, check_payload, tree};
use proptest::prelude::*;

use crate::common::{Log, PATIENCE, entry};

/// The root as RFC 6962 defines it, word for word.
fn defined(entries: &[Vec<u8>]) -> Hash {
    match entries {
        [] => Hash::of(b""),
        [one] => Hash::leaf(one),
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            Hash::node(defined(left), defined(right))
        }
    }
}

#[test]
fn what_was_appended_is_there_in_order() {
    let log = Log::of(3);
    log.append(&(3..700).map(entry).collect::<Vec<_>>());
    log.append(&[entry(700)]);
    let ledger = log.read();
    let entries: Vec<_> = ledger.entries().map(Result::unwrap).collect();
    assert_eq!(entries, (0..701).map(|index| (index, entry(index))).collect::<Vec<_>>());
    assert_eq!(ledger.entry(512).unwrap(), entry(512));
    assert_eq!(ledger.entries_from(650).count(), 51);
    assert!(matches!(ledger.entry(701), Err(LedgerError::NoEntry { index: 701, size: 701 })));
}

#[test]
fn an_empty_entry_and_the_longest_are_entries_and_a_longer_one_is_refused() {
    let log = Log::with(&[Vec::new(), vec![7; 65_535]]);
    assert_eq!(log.read().entry(0).unwrap(), b"");
    assert_eq!(log.read().entry(1).unwrap().len(), 65_535);
    let refused = log.writer().append(&[b"fine".to_vec(), vec![7; 65_536]]);
    assert!(matches!(refused, Err(LedgerError::TooLong(65_536))));
    assert_eq!(log.read().size(), 2, "none of them was appended");
}

#[test]
fn a_reader_keeps_its_head_while_others_append() {
    let log = Log::of(250);
    let before = log.read();
    // The partial tiles that the reader's head stands on become full, and go.
    log.append(&(250..600).map(entry).collect::<Vec<_>>());
    assert!(!log.path().join("tile/entries/000.p").exists(), "partial tiles of full ones are removed");
    assert_eq!(before.entries().map(Result::unwrap).count(), 250);
    let again = Ledger::open(log.path(), &log.key).unwrap();
    let proof = again.consistency(250).unwrap();
    let (then, now) = (before.head(), again.head());
    assert!(tree::verify_consistency(250, then.root(), 600, now.root(), &proof));
}

#[test]
fn only_one_writes_and_the_other_is_told() {
    let log = Log::of(1);
    let first = log.writer();
    let second = Writer::at(log.path(), log.signer(), Duration::from_millis(30)).unwrap_err();
    assert!(second.to_string().contains("another process is writing"), "{second}");
    drop(first);
    log.append(&[entry(1)]);
}

#[test]
fn a_ledger_is_begun_once() {
    let log = Log::of(1);
    let lock = || Lock::take(log.path(), PATIENCE).unwrap();
    assert!(matches!(Writer::create(lock(), log.signer()), Err(LedgerError::Exists(_))));
    std::fs::remove_file(log.path().join("checkpoint")).unwrap();
    assert!(
        matches!(Writer::create(lock(), log.signer()), Err(LedgerError::Headless(_))),
        "never begun anew"
    );
    assert!(matches!(Ledger::open(log.path(), &log.key), Err(LedgerError::Headless(_))));
}

#[test]
fn a_payload_lies_under_its_digest_and_is_held_against_it() {
    let log = Log::of(1);
    let large = vec![42; 300_000];
    let (digest, size) = log.writer().store(&*large).unwrap();
    assert_eq!((digest, size), (Hash::of(&large), 300_000));
    assert_eq!(check_payload(log.path(), digest).unwrap(), 300_000);
    let path = casemate_ledger::payload_path(log.path(), digest);
    std::fs::write(&path, b"something else").unwrap();
    assert!(matches!(check_payload(log.path(), digest), Err(LedgerError::AlteredPayload(_))));
}

#[test]
fn a_proof_proves_one_entry_at_one_place_in_one_log() {
    let log = Log::of(1000);
    let proof = log.read().prove(700).unwrap();
    assert_eq!(proof.verify(&entry(700), &log.key).unwrap().size(), 1000);
    assert!(matches!(proof.verify(&entry(701), &log.key), Err(ProofError::NotIncluded { index: 700, .. })));
    let moved = Proof { index: 701, ..proof.clone() };
    assert!(matches!(moved.verify(&entry(700), &log.key), Err(ProofError::NotIncluded { .. })));
    let other = Log::of(1);
    assert!(
        matches!(proof.verify(&entry(700), &other.key), Err(ProofError::Head(_))),
        "signed with another key"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_way_of_appending_gives_the_tree_of_the_definition(
        batches in proptest::collection::vec(1_usize..400, 1..5),
        salt in any::<u8>(),
    ) {
        let log = Log::of(0);
        let mut entries: Vec<Vec<u8>> = Vec::new();
        for batch in batches {
            let new: Vec<Vec<u8>> = (0..batch).map(|at| vec![salt; at % 50]).collect();
            log.append(&new);
            entries.extend(new);
            let ledger = log.read();
            prop_assert_eq!(ledger.head().root(), defined(&entries));
            prop_assert_eq!(ledger.size(), entries.len() as u64);
        }
    }

    #[test]
    fn every_proof_verifies_and_no_changed_one_does(size in 1_u64..600, at in any::<u64>(), old in any::<u64>(), flip in any::<u8>()) {
        let log = Log::of(size);
        let (index, old) = (at % size, old % size + 1);
        let ledger = log.read();
        let root = ledger.head().root();
        let leaf = Hash::leaf(&entry(index));
        let mut proof = ledger.prove(index).unwrap().hashes;
        prop_assert!(tree::verify_inclusion(leaf, index, size, &proof, root));
        let earlier = ledger.root_at(old).unwrap().unwrap();
        let growth = ledger.consistency(old).unwrap();
        prop_assert!(tree::verify_consistency(old, earlier, size, root, &growth));
        if old < size {
            prop_assert!(!tree::verify_consistency(old, Hash::leaf(b"forked"), size, root, &growth));
        }
        if !proof.is_empty() {
            let which = usize::from(flip) % proof.len();
            let mut bytes = *proof[which].as_bytes();
            bytes[0] ^= flip | 1;
            proof[which] = Hash::from_bytes(&bytes).unwrap();
            prop_assert!(!tree::verify_inclusion(leaf, index, size, &proof, root));
        }
        proof.push(root);
        prop_assert!(!tree::verify_inclusion(leaf, index, size, &proof, root), "too long");
    }
}
