//! Digests of files, and the one digest of a model in many files. They say which bytes were judged.

use std::collections::BTreeMap;
use std::io;

use sha2::{Digest as _, Sha256};

use crate::input::Input;

const PIECE: usize = 256 * 1024;

/// Which files get a digest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Digests {
    /// Those that cost little to read whole: up to 64 MiB on this machine, and much less from elsewhere. Larger models
    /// are judged by their headers, and reading them whole would take most of the time.
    #[default]
    Small,
    /// All of them.
    All,
}

impl Digests {
    /// The digests of a file, hexadecimal, by algorithm; empty where none is wanted.
    pub(crate) fn of(self, input: &Input) -> io::Result<BTreeMap<String, String>> {
        let mut digests = BTreeMap::new();
        if self == Self::All || input.is_cheap() {
            digests.insert("sha256".to_owned(), casemate_core::hex(&sha256(input)?));
        }
        Ok(digests)
    }
}

fn sha256(input: &Input) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    let most = usize::try_from(input.len()).unwrap_or(PIECE).min(PIECE);
    let mut piece = vec![0; most];
    let mut at = 0;
    loop {
        let count = input.read_at(at, &mut piece)?;
        if count == 0 {
            return Ok(hasher.finalize().into());
        }
        hasher.update(piece.get(..count).unwrap_or_default());
        at += count as u64;
    }
}

/// The root digest of a model in files, as OpenSSF Model Signing v1.0 defines it (§5.2.1): SHA-256 over the raw SHA-256
/// digests of all files, by name in code point order. None if a digest is missing or there is no file.
pub(crate) fn root<'a>(files: impl Iterator<Item = (&'a str, Option<&'a String>)>) -> Option<String> {
    let files: BTreeMap<&str, Option<&String>> = files.collect();
    if files.is_empty() {
        return None;
    }
    let mut hasher = Sha256::new();
    for digest in files.values() {
        hasher.update(unhex((*digest)?)?);
    }
    Some(casemate_core::hex(&hasher.finalize()))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_over_raw_digests_by_name() {
        let [a, b] = ["aa".repeat(32), "bb".repeat(32)];
        let both = root([("b", Some(&b)), ("a", Some(&a))].into_iter()).unwrap();
        let raw: Vec<u8> = [[0xaa; 32], [0xbb; 32]].concat();
        assert_eq!(both, casemate_core::hex(&Sha256::digest(raw)));
        assert_eq!(root([("a", Some(&a)), ("b", None)].into_iter()), None);
    }

    #[test]
    fn the_digest_of_nothing_is_that_of_no_bytes() {
        let digests = Digests::Small.of(&Input::from(Vec::new())).unwrap();
        let known = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digests.get("sha256").map(String::as_str), Some(known));
    }
}
