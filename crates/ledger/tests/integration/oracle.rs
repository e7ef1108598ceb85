//! What Casemate writes, two crates of others read and verify, and the other way round: `signed_note` and `tlog_tiles`.

use std::fs;

use casemate_ledger::{Algorithm, Hash, Head, Note, Proof, SignerKey, Standing, VerifierKey, tree};
use signed_note::{Signer as _, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{Tile, TileHashReader, TileReader, tlog};

use crate::common::{Log, entry};

/// Where a tile lies. The other crate names the height too, as Go's module proxy does; C2SP has one height only.
fn path(tile: &Tile) -> String {
    tile.path().replacen("tile/8/", "tile/", 1)
}

/// The tiles in a folder, as the other crate asks for them.
struct Folder<'a>(&'a Log);

impl TileReader for Folder<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
        let path = |tile: &Tile| self.0.path().join(path(tile));
        Ok(tiles.iter().map(|tile| fs::read(path(tile)).expect("every tile it asks for is there")).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

fn theirs(hash: Hash) -> tlog::Hash {
    tlog::Hash(*hash.as_bytes())
}

#[test]
fn their_reader_finds_the_same_tree_in_our_tiles() {
    for size in [1, 2, 255, 256, 257, 511, 70_000] {
        let log = Log::of(size);
        let text = fs::read(log.path().join("checkpoint")).unwrap();
        let note = signed_note::Note::from_bytes(&text).unwrap();
        let verifier = StandardVerifier::new(&log.key.to_string()).unwrap();
        note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
        let head = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
        assert_eq!((head.origin(), head.size()), ("example.com/log", size));

        let folder = Folder(&log);
        let reader = TileHashReader::new(size, *head.hash(), &folder);
        let ledger = log.read();
        for index in [0, size / 3, size / 2, size - 1] {
            let proof = tlog::prove_record(size, index, &reader).unwrap();
            let ours = ledger.prove(index).unwrap();
            let ours: Vec<tlog::Hash> = ours.hashes.into_iter().map(theirs).collect();
            assert_eq!(proof, ours, "entry {index} of {size}");
            let leaf = tlog::record_hash(&entry(index));
            tlog::check_record(&ours, size, *head.hash(), index, leaf).unwrap();
        }
    }
}

#[test]
fn consistency_proofs_are_the_same_and_each_verifies_the_others() {
    let size = 1000;
    let log = Log::of(size);
    let ledger = log.read();
    let folder = Folder(&log);
    let root = ledger.head().root();
    let reader = TileHashReader::new(size, theirs(root), &folder);
    for old in (1..=size).step_by(37).chain([256, 512, 999, 1000]) {
        let then = tlog::tree_hash(old, &reader).unwrap();
        assert_eq!(theirs(ledger.root_at(old).unwrap().unwrap()), then, "root at {old}");
        let proof = tlog::prove_tree(size, old, &reader).unwrap();
        let ours: Vec<tlog::Hash> = ledger.consistency(old).unwrap().into_iter().map(theirs).collect();
        assert_eq!(proof, ours, "from {old}");
        tlog::check_tree(&ours, size, theirs(root), old, then).unwrap();
        let proof: Vec<Hash> = proof.iter().map(|hash| Hash::from_bytes(&hash.0).unwrap()).collect();
        assert!(tree::verify_consistency(old, Hash::from_bytes(&then.0).unwrap(), size, root, &proof));
    }
}

#[test]
fn their_tiles_have_the_names_and_bytes_of_ours() {
    let size = 1000;
    let log = Log::of(size);
    let root = theirs(log.read().head().root());
    let folder = Folder(&log);
    let reader = TileHashReader::new(size, root, &folder);
    for tile in Tile::new_tiles(8, 0, size) {
        let ours = fs::read(log.path().join(path(&tile))).unwrap();
        assert_eq!(tile.read_data(&reader).unwrap(), ours, "{}", path(&tile));
    }
}

#[test]
fn keys_and_notes_go_both_ways() {
    let key = SignerKey::generate("example.com/log".parse().unwrap(), Algorithm::Ed25519).unwrap();
    let signer = StandardSigner::new(&key.secret_text()).unwrap();
    assert_eq!((signer.name(), signer.key_id()), ("example.com/log", key.verifier().id()));

    // They sign, we verify.
    let text = b"example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    let mut note = signed_note::Note::new(text, &[]).unwrap();
    note.add_sigs(&[&signer]).unwrap();
    let head = Head::open(&note.to_bytes(), key.verifier()).unwrap();
    assert_eq!((head.size(), head.root()), (0, Hash::empty_tree()));

    // A text with empty lines, and a signature nobody knows beside ours.
    let other = SignerKey::generate("other.example".parse().unwrap(), Algorithm::Ed25519).unwrap();
    let other = StandardSigner::new(&other.secret_text()).unwrap();
    let mut note = signed_note::Note::new(b"one\n\n\ntwo\n", &[]).unwrap();
    note.add_sigs(&[&other, &signer]).unwrap();
    let read = Note::parse(&note.to_bytes()).unwrap();
    assert_eq!(read.to_string().into_bytes(), note.to_bytes());
    assert_eq!(read.text(), "one\n\n\ntwo\n");
    assert_eq!(read.standing(key.verifier()), Standing::Signed);
}

#[test]
fn a_key_they_make_is_a_key_here() {
    // Not random: what is tested is the text.
    struct Fixed;
    impl rand_core::RngCore for Fixed {
        fn next_u32(&mut self) -> u32 {
            7
        }
        fn next_u64(&mut self) -> u64 {
            7
        }
        fn fill_bytes(&mut self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
            self.fill_bytes(bytes);
            Ok(())
        }
    }
    impl rand_core::CryptoRng for Fixed {}
    let (secret, public) = signed_note::generate_key(&mut Fixed, "example.com/theirs");
    let key: SignerKey = secret.parse().unwrap();
    assert_eq!(key.verifier().to_string(), public);
    assert_eq!(key.secret_text().as_str(), secret);
    assert_eq!(public.parse::<VerifierKey>().unwrap(), *key.verifier());
}

#[test]
fn a_proof_file_carries_what_they_verify() {
    let log = Log::of(300);
    let proof = log.read().prove(123).unwrap();
    let read = Proof::parse(proof.to_string().as_bytes()).unwrap();
    assert_eq!(read, proof);
    let head = read.verify(&entry(123), &log.key).unwrap();
    let hashes: Vec<tlog::Hash> = read.hashes.iter().copied().map(theirs).collect();
    tlog::check_record(&hashes, head.size(), theirs(head.root()), 123, tlog::record_hash(&entry(123)))
        .unwrap();
}
