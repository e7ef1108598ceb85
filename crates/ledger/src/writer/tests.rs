//! The power fails at every step that an append takes, once for each: afterwards the ledger is whole, holds all that was
//! acknowledged, and takes more.

use std::time::Duration;

use crate::{Algorithm, Ledger, LedgerError, Lock, SignerKey, VerifierKey, Writer};

/// Appends until the power fails after so many steps; how many entries were acknowledged, and whether it failed.
fn interrupted(folder: &std::path::Path, secret: &str, sizes: &[u64], steps: usize) -> (u64, bool) {
    let key: SignerKey = secret.parse().unwrap();
    let mut writer = Writer::at(folder, key, Duration::ZERO).unwrap();
    writer.disk.steps = Some(steps);
    let mut acknowledged = writer.head().size();
    for size in sizes {
        let entries: Vec<String> =
            (acknowledged..acknowledged + size).map(|at| format!("entry {at}")).collect();
        match writer.append(&entries) {
            Ok(appended) => acknowledged = appended.first + appended.count,
            Err(LedgerError::Io { .. }) => return (acknowledged, true),
            Err(error) => panic!("{error}"),
        }
    }
    (acknowledged, false)
}

fn holds(folder: &std::path::Path, key: &VerifierKey, at_least: u64) -> u64 {
    let ledger = Ledger::open(folder, key).unwrap();
    assert!(ledger.size() >= at_least, "{} entries, and {at_least} were acknowledged", ledger.size());
    for entry in ledger.entries() {
        let (index, bytes) = entry.unwrap();
        assert_eq!(bytes, format!("entry {index}").into_bytes());
    }
    ledger.size()
}

#[test]
fn a_power_failure_at_any_step_loses_nothing_acknowledged() {
    let key = SignerKey::generate("example.com/log".parse().unwrap(), Algorithm::Ed25519).unwrap();
    let (verifier, secret) = (key.verifier().clone(), key.secret_text().to_string());
    let begin = tempfile::tempdir().unwrap();
    let lock = Lock::take(begin.path(), Duration::ZERO).unwrap();
    let first: Vec<String> = (0..253).map(|at| format!("entry {at}")).collect();
    Writer::create(lock, key).unwrap().append(&first).unwrap();

    let mut steps = 0;
    loop {
        let folder = tempfile::tempdir().unwrap();
        copy(begin.path(), folder.path());
        // Within a tile, and over the end of one.
        let (acknowledged, failed) = interrupted(folder.path(), &secret, &[2, 300], steps);
        let size = holds(folder.path(), &verifier, acknowledged);
        // What follows is not what the interrupted append would have written.
        let (after, _) = interrupted(folder.path(), &secret, &[300], usize::MAX);
        assert_eq!(after, size + 300);
        holds(folder.path(), &verifier, after);
        if !failed {
            break;
        }
        steps += 1;
    }
    assert!(steps > 30, "only {steps} steps were interrupted");
}

#[test]
fn a_writer_goes_on_after_the_disk_refused_once() {
    let key = SignerKey::generate("example.com/log".parse().unwrap(), Algorithm::Ed25519).unwrap();
    let verifier = key.verifier().clone();
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(Lock::take(folder.path(), Duration::ZERO).unwrap(), key).unwrap();
    writer.append(&["entry 0"]).unwrap();
    for steps in 0..9 {
        writer.disk.steps = Some(steps);
        let _ = writer.append(&["refused"]);
        writer.disk.steps = None;
    }
    let size = Ledger::open(folder.path(), &verifier).unwrap().size();
    assert_eq!(writer.append(&["last"]).unwrap().first, size, "it knows where the ledger ends");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
