//! Who can open a sealed model, and how that is changed without touching its files.

use std::fs;
use std::rc::Rc;
use std::time::SystemTime;

use casemate_seal::{Cost, Holder, Identity, Keys, SealError, Token, Unlocked, slots};
use zeroize::Zeroizing;

use crate::common::{Model, keys, passphrase};

/// Little memory: what deriving costs is not what is tested.
const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

fn words(text: &str) -> Keys {
    Keys { passphrase: Some(passphrase(text)), ..Keys::default() }
}

/// When each sealed file was written last.
fn written(model: &Model) -> Vec<SystemTime> {
    let folder = model.at("sealed/g1/weights");
    let times =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().metadata().unwrap().modified().unwrap());
    times.collect()
}

#[test]
fn each_of_several_keys_opens_the_model() {
    let model = Model::plain();
    let second = Identity::generate();
    model
        .seal(&[
            Holder::Age(model.identity.recipient()),
            Holder::Age(second.recipient()),
            Holder::Passphrase(passphrase("correct horse"), CHEAP),
        ])
        .unwrap();
    model.assert_opens();
    model.assert_opens_with(&keys(&second));
    model.assert_opens_with(&words("correct horse"));
    let names =
        model.unlock().unwrap().manifest().slots.iter().map(|slot| slot.name.clone()).collect::<Vec<_>>();
    assert_eq!(names, ["age-1", "age-2", "passphrase-1"]);
    let wrong = Unlocked::open(&model.at("sealed"), &words("wrong")).unwrap_err().to_string();
    assert_eq!(wrong, "no key opens it: passphrase-1: the passphrase is wrong");
}

#[test]
fn slots_are_added_and_removed_without_touching_the_files() {
    let model = Model::sealed();
    let before = written(&model);
    let sealed = model.at("sealed");
    let second = Identity::generate();
    let names = slots::add(&sealed, &model.keys(), &[Holder::Age(second.recipient())]).unwrap();
    assert_eq!(names, ["age-2"]);
    model.assert_opens_with(&keys(&second));
    assert_eq!(slots::remove(&sealed, &keys(&second), "age-1").unwrap(), ["age-2"]);
    assert!(matches!(model.unlock(), Err(SealError::NoKey { .. })));
    model.assert_opens_with(&keys(&second));
    assert!(matches!(slots::remove(&sealed, &keys(&second), "age-2"), Err(SealError::LastSlot(_))));
    let none = slots::remove(&sealed, &keys(&second), "age-9").unwrap_err().to_string();
    assert_eq!(none, "there is no slot `age-9`; there are: age-2");
    assert_eq!(written(&model), before);
}

#[test]
fn rewrapping_replaces_all_holders_or_wraps_for_the_same_anew() {
    let model = Model::sealed();
    let sealed = model.at("sealed");
    let before = fs::read(sealed.join("seal.json")).unwrap();
    assert_eq!(slots::rewrap(&sealed, &model.keys(), &[]).unwrap(), ["age-1"]);
    assert_ne!(fs::read(sealed.join("seal.json")).unwrap(), before);
    model.assert_opens();
    let new = Holder::Passphrase(passphrase("new"), CHEAP);
    assert_eq!(slots::rewrap(&sealed, &model.keys(), &[new]).unwrap(), ["passphrase-1"]);
    assert!(model.unlock().is_err());
    model.assert_opens_with(&words("new"));
}

#[test]
fn nobody_without_a_key_changes_slots() {
    let model = Model::sealed();
    let thief = Identity::generate();
    let before = fs::read(model.at("sealed/seal.json")).unwrap();
    let added = slots::add(&model.at("sealed"), &keys(&thief), &[Holder::Age(thief.recipient())]);
    assert!(matches!(added, Err(SealError::NoKey { .. })));
    assert_eq!(fs::read(model.at("sealed/seal.json")).unwrap(), before);
}

#[test]
fn a_slot_of_another_model_does_not_open_this_one() {
    let model = Model::sealed();
    let other = Model::plain();
    other.seal(&[Holder::Age(model.identity.recipient())]).unwrap();
    let slot: serde_json::Value =
        serde_json::from_slice(&fs::read(other.at("sealed/seal.json")).unwrap()).unwrap();
    model.edit(|seal| seal["slots"][0] = slot["slots"][0].clone());
    assert!(matches!(model.unlock(), Err(SealError::Mark)));
}

#[test]
fn identity_files_are_read_line_by_line() {
    let identity = Identity::generate();
    let text = format!("# made today\n\n{}\n", *identity.to_text());
    assert_eq!(Identity::file(&text).unwrap()[0].recipient(), identity.recipient());
    let error = |text: &str| Identity::file(text).unwrap_err().to_string();
    assert_eq!(error("# nothing\n"), "it holds no age identity");
    assert_eq!(error("# x\nsecret\n"), "line 2 is not an age identity of the kind `AGE-SECRET-KEY-1…`");
    assert!(error("age-encryption.org/v1\n").contains("encrypted"));
    assert!(!format!("{identity:?}").contains("SECRET"));
}

/// A token that is none: it turns every bit.
#[derive(Debug)]
struct Stub(&'static str);

impl Token for Stub {
    fn uri(&self) -> &str {
        self.0
    }

    fn wrap(&self, secret: &[u8], _context: &[u8]) -> Result<Vec<u8>, String> {
        Ok(secret.iter().map(|byte| !byte).collect())
    }

    fn unwrap(&self, wrapped: &[u8], _context: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        Ok(Zeroizing::new(wrapped.iter().map(|byte| !byte).collect()))
    }
}

#[test]
fn a_token_opens_what_it_wrapped_even_if_it_was_moved() {
    let model = Model::plain();
    model.seal(&[Holder::Token(Rc::new(Stub("pkcs11:object=a")))]).unwrap();
    for uri in ["pkcs11:object=a", "pkcs11:token=new;object=a"] {
        let keys = Keys { tokens: vec![Rc::new(Stub(uri))], ..Keys::default() };
        model.assert_opens_with(&keys);
    }
}
