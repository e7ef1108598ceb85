//! Opening what was sealed: whole, in part, by tensor; and that only the owner can read it.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::sync::atomic::AtomicBool;

use casemate_core::evidence::{Measure, Tier, Verdict};
use casemate_seal::{About, CHUNK, Ran, SealError, Watch, evidence};

use crate::common::{Model, files};

#[test]
fn a_sealed_model_opens_as_it_was() {
    let model = Model::sealed();
    assert_eq!(model.names("sealed"), ["g1", "seal.json"]);
    assert_eq!(model.names("sealed/g1"), ["config.json.sealed", "empty.sealed", "weights"]);
    model.assert_opens();
}

#[test]
fn nothing_of_the_plaintext_is_in_what_is_sealed() {
    let model = Model::sealed();
    let sealed = fs::read(model.at("sealed/g1/weights/one-chunk.bin.sealed")).unwrap();
    assert!(!sealed.windows(16).any(|bytes| bytes == [1; 16]));
    assert_eq!(sealed.len(), 56 + CHUNK + 16 + 16);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_what_was_opened() {
    use std::os::unix::fs::PermissionsExt as _;
    let model = Model::sealed();
    let mode = |path: &str| fs::metadata(model.at(path)).unwrap().permissions().mode() & 0o777;
    model.unlock().unwrap().extract(&model.at("out"), Watch::NOBODY).unwrap();
    assert_eq!((mode("out"), mode("out/weights")), (0o700, 0o700));
    assert_eq!((mode("out/config.json"), mode("out/weights/more.bin")), (0o600, 0o600));
    model.unlock().unwrap().write_file("config.json", None, &model.at("one")).unwrap();
    assert_eq!(mode("one"), 0o600);
}

#[test]
fn ranges_and_tensors_are_read_by_themselves() {
    let model = Model::sealed();
    let unlocked = model.unlock().unwrap();
    let plain = &files()["weights/more.bin"];
    let mut out = Vec::new();
    unlocked.write("weights/more.bin", Some(16_000..17_000), &mut out).unwrap();
    assert_eq!(out, plain[16_000..17_000]);

    let tensor = unlocked.tensor("second", None).unwrap();
    assert_eq!((tensor.file.as_str(), tensor.dtype.as_str()), ("weights/a.safetensors", "F32"));
    assert_eq!(tensor.shape, [1000]);
    out.clear();
    unlocked.write(&tensor.file, Some(tensor.range), &mut out).unwrap();
    let expected: Vec<u8> = (16000..20000_u32).map(|at| (at % 253) as u8).collect();
    assert_eq!(out, expected);
    for (name, file) in [("third", None), ("__metadata__", None), ("first", Some("config.json"))] {
        assert!(matches!(unlocked.tensor(name, file), Err(SealError::Tensor(_))), "{name}");
    }
    assert!(matches!(unlocked.tensor("first", Some("none")), Err(SealError::NoFile(_))));
}

#[test]
fn a_tensor_is_read_although_chunks_elsewhere_are_broken() {
    let model = Model::sealed();
    let path = model.at("sealed/g1/weights/a.safetensors.sealed");
    let mut sealed = fs::read(&path).unwrap();
    *sealed.last_mut().unwrap() ^= 1;
    fs::write(&path, sealed).unwrap();
    let unlocked = model.unlock().unwrap();
    let first = unlocked.tensor("first", None).unwrap();
    assert!(unlocked.write(&first.file, Some(first.range), &mut Vec::new()).is_ok());
    let second = unlocked.tensor("second", None).unwrap();
    assert!(unlocked.write(&second.file, Some(second.range), &mut Vec::new()).is_err());
}

#[test]
fn a_file_reads_and_seeks_like_any_other() {
    let model = Model::sealed();
    let file = model.unlock().unwrap().file("weights/more.bin").unwrap();
    let mut reader = file.reader();
    let mut out = [0; 5];
    reader.seek(SeekFrom::End(-7)).unwrap();
    reader.read_exact(&mut out).unwrap();
    assert_eq!(out, files()["weights/more.bin"][3 * CHUNK..3 * CHUNK + 5]);
}

#[test]
fn a_file_alone_is_a_model_too() {
    let model = Model::plain();
    fs::rename(model.at("plain/weights/more.bin"), model.at("m.gguf")).unwrap();
    fs::remove_dir_all(model.at("plain")).unwrap();
    fs::rename(model.at("m.gguf"), model.at("plain")).unwrap();
    model.seal(&[casemate_seal::Holder::Age(model.identity.recipient())]).unwrap();
    let mut out = Vec::new();
    model.unlock().unwrap().write("plain", None, &mut out).unwrap();
    assert_eq!(out, files()["weights/more.bin"]);
}

#[test]
fn what_is_stopped_leaves_nothing() {
    let model = Model::sealed();
    let stop = AtomicBool::new(true);
    let watch = Watch { stop: &stop, ..Watch::NOBODY };
    let stopped = model.unlock().unwrap().extract(&model.at("out"), watch);
    assert!(matches!(stopped, Err(SealError::Stopped)), "{stopped:?}");
    assert_eq!(model.names("."), ["plain", "sealed"]);
}

#[test]
fn what_is_there_is_not_written_over() {
    let model = Model::sealed();
    fs::create_dir(model.at("out")).unwrap();
    let there = model.unlock().unwrap().extract(&model.at("out"), Watch::NOBODY);
    assert!(matches!(there, Err(SealError::Exists(_))), "{there:?}");
    assert!(model.seal(&[]).is_err());
}

#[test]
fn a_check_is_evidence_with_its_positive_control() {
    let model = Model::sealed();
    let unlocked = model.unlock().unwrap();
    let checked = unlocked.check(Watch::NOBODY).unwrap();
    assert!(checked.passed() && checked.lock.unwrap().holds());
    assert_eq!((checked.files, checked.chunks), (5, 1 + 1 + 2 + 2 + 4));
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    let ran = Ran { started: now, finished: now };
    let root = unlocked.root_digest().unwrap();
    assert_eq!(root.len(), 64);
    let document = |checked| {
        evidence(checked, unlocked.manifest(), root.clone(), About::Model, &"llm".parse().unwrap(), ran)
    };
    let predicate = document(&checked).unwrap().predicate;
    assert_eq!(predicate.control.as_str(), "model-encryption");
    assert_eq!((predicate.verdict, predicate.tier), (Verdict::Pass, Tier::Verified));
    assert_eq!(predicate.measured["wrong_key_refused"], Measure::Flag(true));
    assert_eq!(predicate.measured["n"], Measure::Number(5.0));

    // A file that is no longer what it was makes it fail, and names it.
    fs::write(model.at("sealed/g1/empty.sealed"), "").unwrap();
    let checked = unlocked.check(Watch::NOBODY).unwrap();
    let predicate = document(&checked).unwrap().predicate;
    assert_eq!(predicate.verdict, Verdict::Fail);
    assert_eq!(predicate.measured["failing"], Measure::Number(1.0));
    assert!(
        predicate.problems[0].starts_with("`empty` is refused: it is 0 bytes long"),
        "{:?}",
        predicate.problems
    );
}
