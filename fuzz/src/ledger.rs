//! The targets of `casemate-ledger`: what it reads that others may have written, and what must hold whatever that is.
//! `crates/ledger/tests/corpus.rs` runs the same functions; nothing here may depend on the fuzzer.

use casemate_ledger::{Checkpoint, Entry, Hash, Head, Note, Proof, Standing, VerifierKey, parse_bundle};

/// A target's name and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("signed-note", signed_note),
    ("checkpoint", checkpoint),
    ("tlog-proof", tlog_proof),
    ("entry-bundle", entry_bundle),
    ("note-key", note_key),
];

/// A key that signed nothing a fuzzer finds.
const KEY: &str = "example.com/log+5e1bd777+AWsXuPzEEaUzyCKlEX4zz3P6Z2ZznX02rIbcS+qIOvT+";

/// A note that is read is written as it was, and no key but those that signed it says that they did.
pub fn signed_note(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
        assert!(note.text().ends_with('\n') && !note.signatures().is_empty());
        if let Some(key) = key() {
            assert_ne!(note.standing(&key), Standing::Signed);
        }
    }
}

/// Only one text stands for a checkpoint, and nobody's is a head.
pub fn checkpoint(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Some(key) = key() {
        let head = Head::open(bytes, &key);
        assert!(head.is_err(), "{head:?}");
    }
}

/// A proof that is read is written as it was, and proves nothing to a key that did not sign it.
pub fn tlog_proof(bytes: &[u8]) {
    if let Ok(proof) = Proof::parse(bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes);
        if let Some(key) = key() {
            let entry = proof.extra.clone().unwrap_or_default();
            assert!(proof.verify(&entry, &key).is_err());
        }
    }
}

/// A bundle is all of its entries and nothing else, and an entry of Casemate's is written as it means.
pub fn entry_bundle(bytes: &[u8]) {
    let (width, bytes) =
        bytes.split_first().map_or((1, bytes), |(width, rest)| (u16::from(*width) + 1, rest));
    let Ok(entries) = parse_bundle(bytes, width) else { return };
    assert_eq!(entries.len(), usize::from(width));
    let whole: usize = entries.iter().map(|entry| entry.len() + 2).sum();
    assert_eq!(whole, bytes.len());
    for entry in entries.iter().filter_map(|entry| Entry::parse(entry)) {
        let written = entry.to_bytes().ok().and_then(|bytes| Entry::parse(&bytes));
        assert!(written.is_none_or(|written| written == entry));
    }
}

/// A key that is read is written so that it reads the same, and so is a digest.
pub fn note_key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string().parse::<VerifierKey>().as_ref(), Ok(&key));
    }
    if let Ok(hash) = text.parse::<Hash>() {
        assert_eq!(hash.to_string().parse::<Hash>(), Ok(hash));
    }
}

fn key() -> Option<VerifierKey> {
    KEY.parse().ok()
}
