//! A new data key: everything is sealed anew, and wherever it is stopped, the model opens as before or as after and the
//! same call goes on.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use casemate_seal::{Holder, Identity, SealError, Watch, abandon, rotate};

use crate::common::{Model, files, keys};

#[test]
fn a_rotation_gives_a_new_key_and_keeps_the_files() {
    let model = Model::sealed();
    let before = model.unlock().unwrap();
    let rotated = rotate(&model.at("sealed"), &model.keys(), &[], Watch::NOBODY).unwrap();
    assert_eq!((rotated.generation, rotated.sealed, rotated.resumed), (2, 5, 0));
    assert_eq!(model.names("sealed"), ["g2", "seal.json"]);
    model.assert_opens();
    // The old key is of no use any more.
    assert!(before.file("config.json").is_err());
}

#[test]
fn a_rotation_can_change_who_opens_the_model() {
    let model = Model::sealed();
    let second = Identity::generate();
    rotate(&model.at("sealed"), &model.keys(), &[Holder::Age(second.recipient())], Watch::NOBODY).unwrap();
    assert!(model.unlock().is_err());
    model.assert_opens_with(&keys(&second));
}

#[test]
fn a_rotation_that_is_stopped_anywhere_goes_on_and_is_readable_meanwhile() {
    let total: u64 = files().values().map(|content| content.len() as u64).sum();
    for stop_at in (0..total).step_by(7_000) {
        let model = Model::sealed();
        let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
        let count = |bytes| {
            if done.fetch_add(bytes, Ordering::Relaxed) + bytes >= stop_at {
                stop.store(true, Ordering::Relaxed);
            }
        };
        let watch = Watch { done: &count, stop: &stop };
        let stopped = rotate(&model.at("sealed"), &model.keys(), &[], watch);
        model.assert_opens();
        match stopped {
            Err(SealError::Stopped) => {
                let rotated = rotate(&model.at("sealed"), &model.keys(), &[], Watch::NOBODY).unwrap();
                assert_eq!((rotated.generation, rotated.sealed + rotated.resumed), (2, 5), "{stop_at}");
            }
            stopped => assert_eq!(stopped.unwrap().generation, 2, "{stop_at}"),
        }
        model.assert_opens();
        assert_eq!(model.names("sealed"), ["g2", "seal.json"]);
    }
}

/// Stops a rotation at once: `next.json` is written and no file.
fn begun() -> Model {
    let model = Model::sealed();
    let stop = AtomicBool::new(true);
    let watch = Watch { stop: &stop, ..Watch::NOBODY };
    assert!(matches!(rotate(&model.at("sealed"), &model.keys(), &[], watch), Err(SealError::Stopped)));
    assert!(model.at("sealed/next.json").exists());
    model
}

#[test]
fn what_a_rotation_leaves_after_its_last_step_is_cleaned_up_by_the_next_call() {
    let model = Model::sealed();
    let sealed = model.at("sealed");
    fs::create_dir(model.at("copy")).unwrap();
    fs::rename(sealed.join("g1"), model.at("copy/g1")).unwrap();
    fs::create_dir(sealed.join("g1")).unwrap();
    for (path, _) in files() {
        let to = sealed.join(format!("g1/{path}.sealed"));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(model.at(format!("copy/g1/{path}.sealed")), to).unwrap();
    }
    rotate(&sealed, &model.keys(), &[], Watch::NOBODY).unwrap();
    // As if the power had failed before the old generation was taken away.
    fs::rename(model.at("copy/g1"), sealed.join("g1")).unwrap();
    model.assert_opens();
    assert_eq!(model.unlock().unwrap().check(Watch::NOBODY).unwrap().leftovers, [1]);
    let rotated = rotate(&sealed, &model.keys(), &[], Watch::NOBODY).unwrap();
    assert!(rotated.only_cleaned && rotated.generation == 2);
    assert_eq!(model.names("sealed"), ["g2", "seal.json"]);
}

#[test]
fn a_key_somebody_else_chose_is_never_taken_up() {
    // Recipients are public, so anybody can write a next.json that opens for them.
    let model = begun();
    let forged = begun();
    let other = Model::plain();
    other.seal(&[Holder::Age(model.identity.recipient())]).unwrap();
    let mut next: serde_json::Value =
        serde_json::from_slice(&fs::read(forged.at("sealed/next.json")).unwrap()).unwrap();
    let mut seal: serde_json::Value =
        serde_json::from_slice(&fs::read(other.at("sealed/seal.json")).unwrap()).unwrap();
    seal["generation"] = 2.into();
    next["manifest"] = seal;
    fs::write(model.at("sealed/next.json"), serde_json::to_vec(&next).unwrap()).unwrap();
    let refused = rotate(&model.at("sealed"), &model.keys(), &[], Watch::NOBODY).unwrap_err();
    assert!(matches!(refused, SealError::Rotation(_)), "{refused}");
    model.assert_opens();
    abandon(&model.at("sealed"), &model.keys()).unwrap();
    assert_eq!(rotate(&model.at("sealed"), &model.keys(), &[], Watch::NOBODY).unwrap().generation, 2);
}

#[test]
fn a_broken_file_stops_a_rotation_and_the_old_state_stays() {
    let model = Model::sealed();
    let path = model.at("sealed/g1/weights/one-chunk.bin.sealed");
    let mut bytes = fs::read(&path).unwrap();
    // The tag of the last chunk, which is empty.
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, &bytes).unwrap();
    let refused = rotate(&model.at("sealed"), &model.keys(), &[], Watch::NOBODY).unwrap_err().to_string();
    assert!(refused.starts_with("`weights/one-chunk.bin` is refused"), "{refused}");
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, &bytes).unwrap();
    model.assert_opens();
    rotate(&model.at("sealed"), &model.keys(), &[], Watch::NOBODY).unwrap();
    model.assert_opens();
}

#[test]
fn a_resealed_file_that_was_changed_before_the_last_step_stops_it() {
    let model = begun();
    let place = model.at("sealed/g2/empty.sealed");
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(&place, "garbage").unwrap();
    assert!(rotate(&model.at("sealed"), &model.keys(), &[], Watch::NOBODY).is_err());
    model.assert_opens();
    fs::remove_file(place).unwrap();
    assert_eq!(rotate(&model.at("sealed"), &model.keys(), &[], Watch::NOBODY).unwrap().generation, 2);
}

#[test]
fn a_new_key_that_cannot_be_wrapped_for_all_is_not_made() {
    let model = Model::plain();
    let cost = casemate_seal::Cost { memory_kib: 64, passes: 1, lanes: 1 };
    let holders = [
        Holder::Age(model.identity.recipient()),
        Holder::Passphrase(crate::common::passphrase("words"), cost),
    ];
    model.seal(&holders).unwrap();
    let refused = rotate(&model.at("sealed"), &model.keys(), &[], Watch::NOBODY).unwrap_err().to_string();
    assert_eq!(refused, "the new data key cannot be wrapped for the slot `passphrase-1` with what was given");
    assert_eq!(model.names("sealed"), ["g1", "seal.json"]);
    model.assert_opens();
}
