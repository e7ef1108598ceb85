//! An attacker with the folder alters it in every way there is: each is noticed, and called by its name.

use std::fs;
use std::path::Path;

use casemate_core::Timestamp;
use casemate_ledger::{
    Algorithm, Audit, Entry, Expected, Fault, FileRecord, Hash, Head, HeadError, Policy, PolicyError, Record,
    SignerKey, audit, cosign, payload_path,
};

use crate::common::{Log, PATIENCE, entry};

fn faults(log: &Log) -> Vec<Fault> {
    audit(log.path(), &log.key, &Expected::default()).faults
}

fn against(log: &Log, anchor: &Head) -> Vec<Fault> {
    let expected = Expected { anchor: Some(anchor.clone()), ..Expected::default() };
    audit(log.path(), &log.key, &expected).faults
}

/// Puts other bytes, of the same length or not, where these are.
fn alter(path: &Path, from: &[u8], to: &[u8]) {
    let bytes = fs::read(path).unwrap();
    let at = bytes.windows(from.len()).position(|window| window == from).expect("it is there");
    fs::write(path, [&bytes[..at], to, &bytes[at + from.len()..]].concat()).unwrap();
}

fn append(log: &Log, from: u64, to: u64) {
    log.append(&(from..to).map(entry).collect::<Vec<_>>());
}

#[test]
fn a_whole_ledger_is_whole_at_every_size() {
    for size in [0, 1, 255, 256, 257, 512, 65_536, 66_000] {
        let log = Log::of(size);
        let Audit { whole, faults, notes, .. } = audit(log.path(), &log.key, &Expected::default());
        assert_eq!((whole, faults, notes), (size, vec![], vec![]), "{size}");
    }
}

#[test]
fn an_altered_entry_is_named_wherever_it_is() {
    for index in [0, 255, 256, 511, 512, 699] {
        let log = Log::of(700);
        let name = if index < 512 { format!("{:03}", index / 256) } else { "002.p/188".to_owned() };
        let text = format!("entry {index}");
        alter(
            &log.path().join("tile/entries").join(name),
            text.as_bytes(),
            text.replace('e', "E").as_bytes(),
        );
        assert_eq!(faults(&log), [Fault::AlteredEntry(index)]);
    }
}

#[test]
fn entries_that_run_together_are_named_with_their_file() {
    let log = Log::of(300);
    let file = log.path().join("tile/entries/000");
    alter(&file, b"entry 7", b"entry seven");
    assert_eq!(faults(&log), [Fault::DamagedEntries { first: 0, last: 255, file }]);
}

#[test]
fn a_tile_that_was_altered_or_removed_is_named_and_the_entries_are_whole() {
    for name in ["tile/0/000", "tile/0/256.p/164", "tile/1/000", "tile/2/000.p/1"] {
        let log = Log::of(65_700);
        let file = log.path().join(name);
        let mut bytes = fs::read(&file).unwrap();
        bytes[5] ^= 1;
        fs::write(&file, bytes).unwrap();
        let found = audit(log.path(), &log.key, &Expected::default());
        assert_eq!(found.faults, [Fault::AlteredTile(file.clone())]);
        assert_eq!(found.whole, 65_700);
        fs::remove_file(&file).unwrap();
        assert_eq!(faults(&log), [Fault::MissingFile(file)]);
    }
}

#[test]
fn a_bundle_that_is_gone_is_named() {
    let log = Log::of(700);
    let file = log.path().join("tile/entries/001");
    fs::remove_file(&file).unwrap();
    assert_eq!(faults(&log), [Fault::MissingFile(file)]);
}

#[test]
fn an_altered_entry_is_found_although_its_tile_was_altered_too() {
    let log = Log::of(700);
    alter(&log.path().join("tile/entries/000"), b"entry 17", b"entry 99");
    let hashes: Vec<u8> = (0..256)
        .flat_map(|at| *Hash::leaf(&if at == 17 { b"entry 99".to_vec() } else { entry(at) }).as_bytes())
        .collect();
    fs::write(log.path().join("tile/0/000"), hashes).unwrap();
    let found = faults(&log);
    assert!(
        matches!(&*found, [Fault::AlteredTile(_), Fault::DamagedEntries { first: 0, last: 255, .. }]),
        "{found:?}"
    );
}

#[test]
fn a_tail_that_was_cut_off_is_named() {
    // Whole bundles.
    let log = Log::of(700);
    for name in ["tile/entries/002.p", "tile/entries/001", "tile/0/002.p", "tile/0/001"] {
        let path = log.path().join(name);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }
    assert_eq!(faults(&log), [Fault::TruncatedTail { left: 256, size: 700 }]);
    // A folder as it was some entries earlier, with the head of later.
    let log = Log::of(600);
    append(&log, 600, 650);
    for layer in ["entries", "0"] {
        fs::remove_file(log.path().join(format!("tile/{layer}/002.p/138"))).unwrap();
    }
    assert_eq!(faults(&log), [Fault::TruncatedTail { left: 600, size: 650 }]);
}

#[test]
fn an_older_head_that_was_put_back_is_held_against_the_anchor() {
    let log = Log::of(600);
    let old = fs::read(log.path().join("checkpoint")).unwrap();
    append(&log, 600, 650);
    let anchor = log.read().head().clone();
    assert_eq!(against(&log, &anchor), []);
    fs::write(log.path().join("checkpoint"), old).unwrap();
    let found = audit(log.path(), &log.key, &Expected::default());
    assert_eq!(found.faults, [], "without an anchor, an older ledger is a ledger");
    assert!(found.notes[0].contains("files beyond entry 600"), "{:?}", found.notes);
    assert_eq!(against(&log, &anchor), [Fault::RolledBack { size: 600, anchor: 650 }]);
}

#[test]
fn a_history_that_was_rewritten_with_the_key_is_forked_from_the_anchor() {
    for size in [300, 512, 700, 70_000] {
        let log = Log::of(size);
        let anchor = log.read().head().clone();
        append(&log, size, size + 50);
        assert_eq!(against(&log, &anchor), []);
        // The attacker has the key, and writes everything anew but one entry.
        let key = log.signer();
        for name in ["tile", "checkpoint"] {
            let path = log.path().join(name);
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
        }
        let lock = casemate_ledger::Lock::take(log.path(), PATIENCE).unwrap();
        let mut entries: Vec<Vec<u8>> = (0..size + 50).map(entry).collect();
        entries[200] = b"nothing happened".to_vec();
        casemate_ledger::Writer::create(lock, key).unwrap().append(&entries).unwrap();
        assert_eq!(faults(&log), [], "it is a ledger like any other");
        assert_eq!(against(&log, &anchor), [Fault::Forked { anchor: size }]);
    }
}

#[test]
fn a_head_of_another_key_or_log_or_of_nobody_is_a_replaced_checkpoint() {
    let log = Log::of(10);
    let path = log.path().join("checkpoint");
    let text = fs::read_to_string(&path).unwrap();
    let replaced = |text: &str| {
        fs::write(&path, text).unwrap();
        match &faults(&log)[..] {
            [Fault::ReplacedCheckpoint(error), ..] => error.clone(),
            other => panic!("{other:?}"),
        }
    };
    let other = fs::read_to_string(Log::of(10).path().join("checkpoint")).unwrap();
    assert!(matches!(replaced(&other), HeadError::Unsigned(_)));
    assert!(matches!(replaced(&text.replacen("\n10\n", "\n9\n", 1)), HeadError::Broken(_)));
    assert!(matches!(replaced(&text.replacen("example.com", "example.org", 1)), HeadError::Origin { .. }));
    assert!(matches!(replaced("example.com/log\n"), HeadError::Note(_)));
    // Whatever a head claims that nobody signed, it costs nothing.
    assert!(matches!(replaced(&text.replacen("\n10\n", "\n9223372036854775807\n", 1)), HeadError::Broken(_)));
    fs::remove_file(&path).unwrap();
    assert_eq!(faults(&log), [Fault::NoCheckpoint(path)]);
}

#[test]
fn another_tree_under_the_head_is_named() {
    let log = Log::of(300);
    let other = Log::with(&(0..300).map(|at| format!("other {at}")).collect::<Vec<_>>());
    for name in
        ["tile/entries/000", "tile/entries/001.p/44", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"]
    {
        fs::copy(other.path().join(name), log.path().join(name)).unwrap();
    }
    assert_eq!(faults(&log), [Fault::Unrelated]);
}

#[test]
fn a_payload_that_was_altered_or_removed_is_named_with_its_entry() {
    let log = Log::of(3);
    let mut writer = log.writer();
    let (digest, size) = writer.store(&b"weights"[..]).unwrap();
    let record = Record::File(FileRecord { name: "model.bin".to_owned(), size, stored: true });
    writer.append(&[Entry::new(Timestamp::UNIX_EPOCH, digest, record).to_bytes().unwrap()]).unwrap();
    drop(writer);
    assert_eq!(audit(log.path(), &log.key, &Expected::default()).payloads, 1);
    let path = payload_path(log.path(), digest);
    fs::write(&path, b"other weights").unwrap();
    assert_eq!(faults(&log), [Fault::AlteredPayload { index: 3, digest }]);
    fs::remove_file(&path).unwrap();
    assert_eq!(faults(&log), [Fault::MissingPayload { index: 3, digest }]);
}

#[test]
fn as_many_witnesses_must_have_signed_as_the_policy_says() {
    let log = Log::of(10);
    let witness = |name: &str| SignerKey::generate(name.parse().unwrap(), Algorithm::Cosignature).unwrap();
    let (one, two) = (witness("one.example"), witness("two.example"));
    let keys = vec![one.verifier().clone(), two.verifier().clone()];
    let check = |required| {
        let witnesses = Policy::new(keys.clone(), required).unwrap();
        audit(log.path(), &log.key, &Expected { witnesses, anchor: None })
    };
    let at: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    let head = log.read().head().clone();
    log.writer().countersign([cosign(&head, &one, at)]).unwrap();
    assert!(matches!(
        &check(None).faults[..],
        [Fault::Witnesses(PolicyError::Missing { signed: 1, required: 2, missing })] if missing[0].as_str() == "two.example"
    ));
    let found = check(Some(1));
    assert_eq!(found.faults, []);
    assert_eq!((found.witnesses[0].witness.as_str(), found.witnesses[0].at), ("one.example", at));

    // A cosignature of another head does not count for this one.
    append(&log, 10, 11);
    assert!(matches!(&check(Some(1)).faults[..], [Fault::Witnesses(PolicyError::Missing { signed: 0, .. })]));
    log.writer().countersign([cosign(&head, &two, at)]).unwrap();
    assert!(matches!(&check(Some(1)).faults[..], [Fault::Witnesses(PolicyError::Broken(_))]));
    assert!(Policy::new(vec![log.key.clone()], None).is_err(), "a log is no witness of its own");
    assert!(Policy::new(vec![keys[0].clone(), keys[0].clone()], None).is_err());
}
