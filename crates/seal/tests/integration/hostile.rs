//! What somebody could do to a sealed model: change, cut off, exchange, rename, add, take away, put back. All is refused,
//! and nothing is left.

use std::fs;

use casemate_seal::{Holder, Identity, SealRequest, Watch, seal};
use serde_json::json;

use crate::common::{Model, keys, passphrase};

fn sealed(name: &str) -> String {
    format!("sealed/g1/{name}.sealed")
}

#[test]
fn a_changed_file_is_refused() {
    let model = Model::sealed();
    let path = model.at(sealed("weights/more.bin"));
    let mut bytes = fs::read(&path).unwrap();
    bytes[40_000] ^= 4;
    fs::write(path, bytes).unwrap();
    assert_eq!(
        model.refusal(),
        "`weights/more.bin` is refused: bytes 32768 to 49152 are not what was sealed: they were changed"
    );
}

#[test]
fn a_file_that_was_cut_off_is_refused_wherever_that_was() {
    let model = Model::sealed();
    let path = model.at(sealed("weights/more.bin"));
    let whole = fs::read(&path).unwrap();
    for length in [0, 10, 56, 56 + 16_400, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let refusal = model.refusal();
        assert!(refusal.contains("it was cut off or something was added"), "{length}: {refusal}");
    }
    fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
    assert!(model.refusal().contains("something was added"));
}

#[test]
fn a_missing_file_is_missed_and_an_added_one_noticed() {
    let model = Model::sealed();
    fs::rename(model.at(sealed("empty")), model.at("kept")).unwrap();
    fs::rename(model.at("kept"), model.at(sealed("other"))).unwrap();
    assert!(model.refusal().ends_with("other.sealed does not belong to the sealed model"));
    fs::remove_file(model.at(sealed("other"))).unwrap();
    assert_eq!(model.refusal(), "`empty` is missing");
    fs::remove_dir_all(model.at("sealed/g1")).unwrap();
    assert!(model.refusal().ends_with("is missing"));
}

#[test]
fn what_lies_beside_is_refused_but_for_signatures() {
    let model = Model::sealed();
    fs::write(model.at("sealed/model.sig"), "{}").unwrap();
    model.assert_opens();
    fs::remove_dir_all(model.at("out")).unwrap();
    fs::write(model.at("sealed/extra.py"), "import os").unwrap();
    assert!(model.refusal().ends_with("extra.py does not belong to the sealed model"));
}

#[test]
fn files_cannot_change_places() {
    let model = Model::sealed();
    // Two files of one size under one key: nothing but the path tells them apart.
    fs::write(model.at("plain/weights/b.bin"), vec![2; casemate_seal::CHUNK]).unwrap();
    fs::remove_dir_all(model.at("sealed")).unwrap();
    model.seal(&[Holder::Age(model.identity.recipient())]).unwrap();
    let (a, b) = (model.at(sealed("weights/one-chunk.bin")), model.at(sealed("weights/b.bin")));
    let bytes = fs::read(&a).unwrap();
    fs::rename(&b, &a).unwrap();
    fs::write(&b, bytes).unwrap();
    assert!(model.refusal().ends_with("it was not sealed with this key as this file of this model"));
}

#[test]
fn a_file_of_another_model_or_an_older_generation_is_refused() {
    let model = Model::sealed();
    let other = Model::sealed();
    fs::copy(other.at(sealed("config.json")), model.at(sealed("config.json"))).unwrap();
    assert!(model.refusal().contains("`config.json` is refused"));

    let model = Model::sealed();
    let old = fs::read(model.at(sealed("config.json"))).unwrap();
    casemate_seal::rotate(&model.at("sealed"), &model.keys(), &[], Watch::NOBODY).unwrap();
    fs::write(model.at("sealed/g2/config.json.sealed"), old).unwrap();
    assert!(model.refusal().contains("`config.json` is refused"));
}

#[test]
fn every_value_in_the_seal_is_bound() {
    type Change = fn(&mut serde_json::Value);
    let changes: &[Change] = &[
        |seal| seal["model"] = json!("other"),
        |seal| seal["generation"] = json!(2),
        |seal| seal["files"][0]["size"] = json!(12),
        |seal| seal["files"][0]["path"] = json!("a.json"),
        |seal| drop(seal["files"].as_array_mut().unwrap().remove(1)),
        |seal| seal["files"].as_array_mut().unwrap().push(json!({ "path": "z", "size": 1 })),
        |seal| seal["slots"][0]["name"] = json!("age-2"),
        |seal| {
            seal["slots"][0]["method"]["age"]["recipient"] =
                json!(Identity::generate().recipient().to_string());
        },
        |seal| seal["mark"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ];
    for (number, change) in changes.iter().enumerate() {
        let model = Model::sealed();
        model.edit(change);
        let refusal = model.refusal();
        assert!(refusal.starts_with("seal.json was changed"), "{number}: {refusal}");
    }
    // How the JSON is written is nobody's business.
    let model = Model::sealed();
    let path = model.at("sealed/seal.json");
    let seal: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    fs::write(path, serde_json::to_vec(&seal).unwrap()).unwrap();
    model.assert_opens();
}

#[test]
fn a_seal_that_is_none_is_refused_with_a_reason() {
    type Change = fn(&mut serde_json::Value);
    let changes: &[(Change, &str)] = &[
        (|seal| seal["format"] = json!("casemate/seal/v2"), "its format is `casemate/seal/v2`"),
        (|seal| seal["files"][0]["path"] = json!("../../etc/passwd"), "cannot be the path"),
        (|seal| seal["files"][0]["path"] = json!("/etc/passwd"), "cannot be the path"),
        (|seal| seal["files"] = json!([]), "it has 0 files"),
        (|seal| seal["files"][1] = seal["files"][0].clone(), "not sorted by path"),
        (
            |seal| seal["files"] = json!([{ "path": "a", "size": 1 }, { "path": "a/b", "size": 1 }]),
            "`a` is a file and a folder",
        ),
        (|seal| seal["files"][0]["size"] = json!(u64::MAX), "larger than 4 PiB"),
        (|seal| seal["slots"] = json!([]), "it has 0 slots"),
        (|seal| seal["slots"] = json!(vec![seal["slots"][0].clone(); 33]), "it has 33 slots"),
        (|seal| seal["slots"] = json!(vec![seal["slots"][0].clone(); 2]), "two slots have one name"),
        (|seal| seal["slots"][0]["name"] = json!("\u{1b}[2J"), "its name is not of"),
        (|seal| seal["program"] = json!("/bin/sh"), "unknown field `program`"),
        (|seal| seal["slots"][0]["method"]["age"]["program"] = json!("/bin/sh"), "unknown field `program`"),
        (|seal| seal["mark"] = json!("AAAA"), "its mark is not of the right length"),
        (|seal| seal["generation"] = json!(0), "its generation is out of range"),
        (
            |seal| {
                seal["slots"][0]["method"] = json!({ "passphrase": {
                    "argon2id": { "memory-kib": 4_000_000, "passes": 1, "lanes": 1 }, "salt": "AAAAAAAAAAAAAAAAAAAAAA=="
                } });
            },
            "its passphrase costs 4000000 KiB",
        ),
    ];
    for (change, reason) in changes {
        let model = Model::sealed();
        model.edit(change);
        let refusal = model.refusal();
        assert!(refusal.starts_with("seal.json cannot be used: ") && refusal.contains(reason), "{refusal}");
    }
}

#[test]
fn a_wrong_key_is_refused_and_no_key_said() {
    let model = Model::sealed();
    let refusal = |keys| casemate_seal::Unlocked::open(&model.at("sealed"), &keys).unwrap_err().to_string();
    assert_eq!(
        refusal(keys(&Identity::generate())),
        "no key opens it: age-1: it was wrapped for another key"
    );
    let none = "no key opens it: it has the slots age-1, and no key for one of them was given";
    assert_eq!(refusal(casemate_seal::Keys::default()), none);
    let words = casemate_seal::Keys { passphrase: Some(passphrase("x")), ..Default::default() };
    assert_eq!(refusal(words), none);
}

#[test]
fn an_older_state_that_was_put_back_is_noticed_by_who_knows_the_generation() {
    let model = Model::sealed();
    let unlocked = model.unlock().unwrap();
    assert!(unlocked.at_least(1).is_ok());
    assert!(unlocked.at_least(2).unwrap_err().to_string().contains("an older state was put back"));
}

#[test]
fn a_model_without_files_or_with_what_cannot_be_kept_is_not_sealed() {
    let model = Model::plain();
    let holders = [Holder::Age(model.identity.recipient())];
    let sealing = |from: &str| {
        let (from, to) = (model.at(from), model.at("sealed"));
        let request = SealRequest {
            from: &from,
            to: &to,
            model: "demo".parse().unwrap(),
            holders: &holders,
            follow_links: false,
        };
        seal(&request, Watch::NOBODY)
    };
    fs::create_dir_all(model.at("none/empty")).unwrap();
    assert!(sealing("none").unwrap_err().to_string().contains("there are no files in"));
    assert!(sealing("nowhere").is_err());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("config.json", model.at("plain/link")).unwrap();
        assert!(sealing("plain").unwrap_err().to_string().contains("is a link"));
        fs::remove_file(model.at("plain/link")).unwrap();
    }
    fs::write(model.at("plain/a:b"), "").unwrap();
    assert!(sealing("plain").unwrap_err().to_string().contains("cannot be the path of a file"));
    assert!(!model.at("sealed").exists());
}

#[cfg(unix)]
#[test]
fn links_to_files_are_followed_when_that_is_asked_for() {
    let model = Model::plain();
    fs::write(model.at("blob"), "content").unwrap();
    std::os::unix::fs::symlink(model.at("blob"), model.at("plain/link")).unwrap();
    let (from, to) = (model.at("plain"), model.at("sealed"));
    let holders = [Holder::Age(model.identity.recipient())];
    let request = SealRequest {
        from: &from,
        to: &to,
        model: "demo".parse().unwrap(),
        holders: &holders,
        follow_links: true,
    };
    seal(&request, Watch::NOBODY).unwrap();
    let mut out = Vec::new();
    model.unlock().unwrap().write("link", None, &mut out).unwrap();
    assert_eq!(out, b"content");
}
