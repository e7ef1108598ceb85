//! The targets of `casemate-seal`: what lies in a sealed model, and what must hold whatever it is.
//! `crates/seal/tests/corpus.rs` runs the same functions; nothing here may depend on the fuzzer.

use std::io::Read as _;

use casemate_seal::{DataKey, Manifest, SealedFile, Tensor, plain_length, seal_into};

/// A target's name and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] =
    &[("seal-json", seal_json), ("sealed-file", sealed_file), ("sealed-tensor", sealed_tensor)];

/// A `seal.json`: what is read stays within its bounds, is the same when it is written and read again, and can be shown.
pub fn seal_json(bytes: &[u8]) {
    match Manifest::parse(bytes) {
        Ok(manifest) => {
            assert!(!manifest.files.is_empty() && !manifest.slots.is_empty());
            for file in &manifest.files {
                let below = file.path.below(std::path::Path::new("folder"));
                assert!(below.starts_with("folder") && !file.path.as_str().contains(".."), "{below:?}");
                assert_eq!(manifest.file(file.path.as_str()), Some(file));
            }
            let text = serde_json::to_vec(&manifest).expect("what was read can be written");
            assert_eq!(Manifest::parse(&text).expect("it was read before"), manifest);
        }
        Err(error) => assert!(error.to_string().chars().all(|c| !c.is_control()), "{error:?}"),
    }
}

fn key() -> DataKey {
    DataKey::from_slice(&[7; 32]).expect("32 bytes")
}

/// A sealed file under the key of the corpus: it is refused, or it reads the same in one piece and in many.
pub fn sealed_file(bytes: &[u8]) {
    let Some(size) = plain_length(bytes.len() as u64) else { return };
    let Ok(file) = SealedFile::new(bytes.to_vec(), &key(), b"fuzz", size) else { return };
    let mut whole = Vec::new();
    let outcome = file.copy(0..size, &mut whole);
    assert!(whole.len() as u64 <= size);
    let mut pieces = Vec::new();
    let read = file.reader().read_to_end(&mut pieces);
    if outcome.is_ok() {
        assert!(read.is_ok() && whole == pieces);
    }
    assert!(file.copy(0..size + 1, &mut whole).is_err());
}

/// A safetensors file that was sealed: a tensor lies within the file, or there is none.
pub fn sealed_tensor(bytes: &[u8]) {
    let mut sealed = Vec::new();
    seal_into(&key(), b"fuzz", bytes, &mut sealed).expect("memory can be sealed");
    let size = bytes.len() as u64;
    let file = SealedFile::new(sealed, &key(), b"fuzz", size).expect("it was sealed like this");
    match Tensor::find(&file, "a", "model.safetensors") {
        Ok(Some(tensor)) => {
            assert!(tensor.range.start <= tensor.range.end && tensor.range.end <= size, "{tensor:?}");
        }
        Ok(None) => {}
        Err(error) => assert!(error.to_string().chars().all(|c| !c.is_control()), "{error:?}"),
    }
}
