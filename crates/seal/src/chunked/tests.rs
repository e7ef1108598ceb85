//! The construction held against Wycheproof, against another implementation, and against its own laws: what is sealed
//! comes back, what was changed in any way does not, and any range is what a slice would be.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use proptest::prelude::*;

use super::message::Message;
use super::source::WriteAt;
use super::*;
use crate::DataKey;

/// Somewhere to write that is no file.
#[derive(Default)]
struct Memory(Mutex<Vec<u8>>);

impl WriteAt for Memory {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> std::io::Result<()> {
        let mut memory = self.0.lock().unwrap();
        let offset = usize::try_from(offset).unwrap();
        let end = memory.len().max(offset + bytes.len());
        memory.resize(end, 0);
        memory[offset..offset + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}

fn sealed(key: &DataKey, context: &[u8], plain: &[u8], spread: Spread) -> Vec<u8> {
    let memory = Memory::default();
    seal_parts((key, context), plain.len() as u64, &plain.to_vec(), &memory, &|_| Ok(()), spread).unwrap();
    memory.0.into_inner().unwrap()
}

fn opened(key: &DataKey, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, ReadError> {
    let found = sealed.len() as u64;
    let size = plain_length(found).ok_or(ReadError::Length { found, expected: 0 })?;
    let file = SealedFile::new(sealed.to_vec(), key, context, size)?;
    let mut plain = Vec::new();
    file.copy(0..size, &mut plain)?;
    Ok(plain)
}

/// Bytes that repeat nowhere near a chunk's length.
fn bytes(length: usize) -> Vec<u8> {
    (0..length as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

fn key() -> DataKey {
    DataKey::from_slice(&[7; 32]).unwrap()
}

fn theirs() -> cobblestone::Key256 {
    cobblestone::Key256::from_bytes(&[7; 32])
}

/// Sizes around the borders of chunks, batches and parts.
const SIZES: &[usize] = &[
    0,
    1,
    15,
    CHUNK - 1,
    CHUNK,
    CHUNK + 1,
    2 * CHUNK - 1,
    2 * CHUNK,
    3 * CHUNK + 5,
    64 * CHUNK - 1,
    64 * CHUNK,
    64 * CHUNK + 1,
    257 * CHUNK + 1,
];

#[test]
fn what_is_sealed_comes_back_at_every_border() {
    for &size in SIZES {
        let plain = bytes(size);
        let sealed = sealed(&key(), b"context", &plain, Spread::Shared);
        assert_eq!(Some(sealed.len() as u64), sealed_length(size as u64), "{size}");
        assert_eq!(plain_length(sealed.len() as u64), Some(size as u64), "{size}");
        assert_eq!(opened(&key(), b"context", &sealed).unwrap(), plain, "{size}");
        assert_eq!(
            opened(&key(), b"context", &seal_bytes(&key(), b"context", &plain).unwrap()).unwrap(),
            plain
        );
    }
}

#[test]
fn another_implementation_opens_what_we_seal_and_we_open_what_it_seals() {
    for &size in SIZES {
        let plain = bytes(size);
        let ours = sealed(&key(), b"a context", &plain, Spread::Alone);
        assert_eq!(cobblestone::decrypt(&theirs(), b"a context", &ours).unwrap(), plain, "{size}");
        let other = cobblestone::encrypt(&theirs(), b"a context", &plain).unwrap();
        assert_eq!(opened(&key(), b"a context", &other).unwrap(), plain, "{size}");
    }
}

#[test]
fn lengths_no_message_has_are_known() {
    let full = HEADER_64 + SEALED_CHUNK_64;
    for length in [0, 1, HEADER_64, HEADER_64 + TAG_64 - 1, full, full + TAG_64 - 1] {
        assert_eq!(plain_length(length), None, "{length}");
    }
    assert_eq!(plain_length(full + TAG_64), Some(CHUNK_64));
    assert_eq!(sealed_length((1 << 52) - 1).and_then(plain_length), Some((1 << 52) - 1));
    assert_eq!(sealed_length(1 << 52), None);
}

#[test]
fn a_message_never_has_2_to_the_38_chunks() {
    let (_, message) = Message::begin(&key(), b"").unwrap();
    assert!(message.seal(MAX_CHUNKS - 1, &mut [1]).is_ok());
    assert!(message.seal(MAX_CHUNKS, &mut [1]).is_err());
}

#[test]
fn chunks_that_change_places_are_refused() {
    let plain = bytes(3 * CHUNK);
    let sealed = sealed(&key(), b"", &plain, Spread::Alone);
    let (header, body) = sealed.split_at(HEADER);
    let chunks: Vec<&[u8]> = body.chunks(SEALED_CHUNK).collect();
    let put = |order: &[usize]| {
        [header.to_vec(), order.iter().flat_map(|&at| chunks[at].to_vec()).collect()].concat()
    };
    assert!(opened(&key(), b"", &put(&[0, 1, 2, 3])).is_ok());
    for order in [&[1, 0, 2, 3][..], &[0, 0, 2, 3], &[0, 1, 3], &[0, 1, 2], &[0, 1, 2, 3, 3], &[3]] {
        assert!(opened(&key(), b"", &put(order)).is_err(), "{order:?}");
    }
}

#[test]
fn nothing_of_a_changed_chunk_is_handed_out_and_what_was_before_it_is() {
    let plain = bytes(130 * CHUNK);
    let mut sealed = sealed(&key(), b"", &plain, Spread::Alone);
    sealed[HEADER + 70 * SEALED_CHUNK + 9] ^= 1;
    let file = SealedFile::new(sealed, &key(), b"", plain.len() as u64).unwrap();
    let mut out = Vec::new();
    let error = file.copy(0..plain.len() as u64, &mut out).unwrap_err();
    assert!(matches!(error, ReadError::Chunk { number: 70 }), "{error}");
    assert_eq!(error.to_string(), "bytes 1146880 to 1163264 are not what was sealed: they were changed");
    assert!(out.len() <= 70 * CHUNK && plain.starts_with(&out));
    // Chunks elsewhere can still be read.
    assert!(file.copy(100 * CHUNK_64..101 * CHUNK_64, &mut out).is_ok());
    // A reader that failed holds nothing.
    let mut reader = file.reader();
    reader.seek(SeekFrom::Start(70 * CHUNK_64 + 3)).unwrap();
    assert!(reader.read(&mut [0; 10]).is_err());
    assert!(reader.read(&mut [0; 10]).is_err());
}

#[test]
fn a_chunk_that_is_refused_is_wiped() {
    let (_, message) = Message::begin(&key(), b"").unwrap();
    let mut chunk = b"a secret".to_vec();
    let tag = message.seal(0, &mut chunk).unwrap();
    chunk.extend(tag);
    *chunk.last_mut().unwrap() ^= 1;
    assert!(message.open(0, &mut chunk).is_none());
    assert!(chunk.iter().all(|byte| *byte == 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_come_back(plain in proptest::collection::vec(any::<u8>(), 0..3 * CHUNK), context: Vec<u8>) {
        let sealed = sealed(&key(), &context, &plain, Spread::Alone);
        prop_assert_eq!(opened(&key(), &context, &sealed).unwrap(), plain);
    }

    #[test]
    fn any_range_is_what_a_slice_is(size in 0..5 * CHUNK, a: prop::sample::Index, b: prop::sample::Index) {
        let plain = bytes(size);
        let file = SealedFile::new(sealed(&key(), b"", &plain, Spread::Alone), &key(), b"", size as u64).unwrap();
        let (a, b) = (a.index(size + 1), b.index(size + 1));
        let (start, end) = (a.min(b), a.max(b));
        let mut out = Vec::new();
        file.copy(start as u64..end as u64, &mut out).unwrap();
        prop_assert_eq!(&out, &plain[start..end]);
        let mut exact = vec![0; end - start];
        file.read_exact_at(&mut exact, start as u64).unwrap();
        prop_assert_eq!(&exact, &plain[start..end]);
        let past = size as u64 + 1;
        prop_assert!(file.copy(start as u64..past, &mut out).is_err());
        // Read to the end from anywhere, then from the start once more.
        let mut reader = file.reader();
        let mut rest = Vec::new();
        reader.seek(SeekFrom::End(start as i64 - size as i64)).unwrap();
        reader.read_to_end(&mut rest).unwrap();
        prop_assert_eq!(&rest, &plain[start..]);
        rest.clear();
        reader.rewind().unwrap();
        reader.read_to_end(&mut rest).unwrap();
        prop_assert_eq!(&rest, &plain);
    }

    #[test]
    fn any_changed_bit_is_refused(size in 0..2 * CHUNK + 2, at: prop::sample::Index, bit in 0..8_u32) {
        let mut sealed = sealed(&key(), b"", &bytes(size), Spread::Alone);
        let at = at.index(sealed.len());
        sealed[at] ^= 1_u8 << bit;
        prop_assert!(opened(&key(), b"", &sealed).is_err());
    }

    #[test]
    fn any_other_length_is_refused(size in 0..2 * CHUNK + 2, at: prop::sample::Index, more in 1..40_usize) {
        let sealed = sealed(&key(), b"", &bytes(size), Spread::Alone);
        prop_assert!(opened(&key(), b"", &sealed[..at.index(sealed.len())]).is_err());
        prop_assert!(opened(&key(), b"", &[sealed.clone(), vec![0; more]].concat()).is_err());
    }

    #[test]
    fn any_other_key_or_context_is_refused(other in any::<[u8; 32]>(), context: Vec<u8>) {
        let sealed = sealed(&key(), b"right", b"plain", Spread::Alone);
        let other = DataKey::from_slice(&other).unwrap();
        prop_assert!(matches!(opened(&other, b"right", &sealed), Err(ReadError::WrongKey(_))));
        prop_assert!(matches!(opened(&key(), &context, &sealed), Err(ReadError::WrongKey(_))));
    }
}

/// The reference vectors, beside the checkout or above it, where they are at hand.
fn vectors() -> Option<PathBuf> {
    let file = "shared/reference/wycheproof/c2sp_chunked_encryption_aes_256_gcm_test.json";
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|above| above.join(file)).find(|file| file.is_file())
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[test]
fn the_vectors_of_wycheproof_hold() {
    let Some(file) = vectors() else {
        let skipped = "SKIPPED: ../shared/reference/wycheproof is absent, so the vectors of Wycheproof were not tried\n";
        std::io::Write::write_all(&mut std::io::stderr(), skipped.as_bytes()).unwrap();
        return;
    };
    let all: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let groups = all["testGroups"].as_array().unwrap();
    let mut tried = 0;
    for test in groups.iter().flat_map(|group| group["tests"].as_array().unwrap()) {
        let text = |name: &str| test[name].as_str().unwrap();
        let mut sealed = Vec::new();
        let packed = unhex(text("ct"));
        flate2::read::ZlibDecoder::new(&*packed).read_to_end(&mut sealed).unwrap();
        let context = unhex(text("ctx"));
        let plain =
            DataKey::from_slice(&unhex(text("key"))).and_then(|key| opened(&key, &context, &sealed).ok());
        let id = &test["tcId"];
        assert_eq!(plain.is_some(), text("result") == "valid", "{id}: {}", text("comment"));
        if let Some(plain) = plain {
            assert_eq!(plain.len() as u64, test["msgLength"].as_u64().unwrap(), "{id}");
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, &plain);
            assert_eq!(casemate_core::hex(digest.as_ref()), text("msgSha512"), "{id}");
        }
        tried += 1;
    }
    assert_eq!(tried, all["numberOfTests"].as_u64().unwrap());
}

/// Made once by the other implementation: the key is 32 bytes of 7, the plaintexts are as written.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "",
        "",
        concat!(
            "ed61bab11e60b96c43ef91bd0070d8b04d07943c9029d3b96982e831ebc7b3f847cfe138d66d83b8dc8110dfe18fa6f4",
            "8c701b917c8b02daf9953a2830a8790af5e9af6c5a142d1d",
        ),
    ),
    (
        "context",
        "a message",
        concat!(
            "e74729ad1f783232874a5355733cb6d83221b18dfc614c03a3c569be4d60d275c6cec4095557f2db433974e7a507dfd6",
            "35fa095479d9684c946363416be491ecb90b828e58cec7f577372b7d1fe34c5b07",
        ),
    ),
    (
        "a\0b",
        "x",
        concat!(
            "b35616bafd5dbfc9cc002c69df492bbbe25b00d137a013f618dfb3c5cb70bd369e9763e69a3f1a7d87439b270b45dff5",
            "bac5e51c4bd777057eaebb19bcb274054507446110e5b85c24",
        ),
    ),
];

#[test]
fn messages_that_were_made_elsewhere_open() {
    for (context, plain, sealed) in KNOWN {
        assert_eq!(opened(&key(), context.as_bytes(), &unhex(sealed)).unwrap(), plain.as_bytes());
    }
}
