//! The vectors of the specification, where their folder is at hand (it says so where it is not), and bundles of our own that
//! are wrong in one way each.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use casemate_keys::{Curve, PrivateKey, Signer as _};
use casemate_sign::{BadBundle, BadStatement, Bundle, Refusal, Trust, authenticate, sign_claim};
use serde_json::{Value, json};
use sha2::Digest as _;

fn vectors() -> Option<PathBuf> {
    let name = "shared/reference/oms/test-vectors/v1.0";
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here.ancestors().map(|above| above.join(name)).find(|folder| folder.is_dir());
    if found.is_none() {
        // Written past the test harness, which shows what a passing test prints to nobody.
        let mut console = std::io::stderr();
        writeln!(console, "SKIPPED: ../{name} is absent, so nothing was checked against it").unwrap();
    }
    found
}

#[test]
fn the_valid_vectors_are_read_and_the_invalid_ones_are_not() {
    let Some(folder) = vectors() else { return };
    let method = |name: &str| Bundle::read(&folder.join(name)).map(|bundle| bundle.material().method());
    for name in ["key", "certificate", "sigstore"] {
        assert_eq!(method(&format!("valid/{name}.bundle.json")).unwrap(), name);
        assert!(Bundle::read(&folder.join(format!("valid/{name}.bundle.json"))).unwrap().claimed().is_ok());
    }
    for name in ["empty", "missing-envelope", "missing-verification-material"] {
        assert!(matches!(method(&format!("invalid/{name}.bundle.json")), Err(BadBundle::Json(_))), "{name}");
    }
    assert!(matches!(method("invalid/missing-tlog-entries.bundle.json"), Err(BadBundle::NoLogEntry)));
    let wrong = Bundle::read(&folder.join("invalid-payload/wrong-predicate.bundle.json")).unwrap();
    assert!(matches!(wrong.claimed(), Err(BadStatement::Type { .. })));
}

/// What is said of a statement that somebody trusted signed.
fn refusal(change: impl FnOnce(&mut Value)) -> String {
    let digest = "ab".repeat(32);
    let mut statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "m", "digest": { "sha256": casemate_core::hex(&sha2::Sha256::digest([0xab; 32])) } }],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "serialization": { "method": "files", "hash_type": "sha256", "allow_symlinks": false },
            "resources": [{ "name": "a", "digest": digest, "algorithm": "sha256" }],
            "more": "is ignored",
        },
    });
    change(&mut statement);
    let key = PrivateKey::generate(Curve::P256).unwrap();
    let bundle = sign_claim(statement.to_string().into_bytes(), &key, &[]).unwrap();
    match authenticate(&bundle, &Trust::Key(key.public_key().clone())) {
        Ok(_) => String::new(),
        Err(Refusal::Statement(why)) => why.to_string(),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_statement_that_is_wrong_in_one_way_is_refused_for_it() {
    assert_eq!(refusal(|_| {}), "", "unknown fields are ignored");
    let resource = |name: &'static str, value: Value| {
        refusal(|statement| statement["predicate"]["resources"][0][name] = value)
    };
    let serialization = |name: &'static str, value: Value| {
        refusal(|statement| statement["predicate"]["serialization"][name] = value)
    };
    assert!(resource("name", "../a".into()).contains("leads out of the model"));
    assert!(resource("name", "/a".into()).contains("leads out of the model"));
    assert!(resource("name", "a//b".into()).contains("is not canonical"));
    assert!(resource("digest", "AB".repeat(32).into()).contains("lower-case hexadecimal"));
    assert!(resource("digest", "ab".into()).contains("is not a sha256 digest"));
    assert!(
        resource("algorithm", "blake3".into())
            .contains("is hashed with `blake3`, though the statement says sha256")
    );
    assert!(serialization("hash_type", "md5".into()).contains("unknown hash algorithm `md5`"));
    assert!(serialization("method", "folders".into()).contains("unknown serialization method `folders`"));
    assert!(serialization("shard_size", 10.into()).contains("shard_size"));
    assert!(refusal(|statement| statement["predicate"]["resources"] = json!([])).contains("root digest"));
    assert!(refusal(|statement| statement["subject"] = json!([])).contains("about one model"));
    assert!(refusal(|statement| statement["subject"][0]["name"] = "".into()).contains("about one model"));
    assert!(refusal(|statement| statement["_type"] = "x".into()).contains("of type `x`"));
    assert!(
        refusal(|statement| statement["subject"][0]["digest"]["sha256"] = "00".repeat(32).into())
            .contains("the root digest of the statement is not that of its resources")
    );
}

#[test]
fn an_empty_model_is_refused_though_its_root_is_right() {
    let why = refusal(|statement| {
        statement["predicate"]["resources"] = json!([]);
        let nothing = casemate_core::hex(&sha2::Sha256::digest([]));
        statement["subject"][0]["digest"]["sha256"] = nothing.into();
    });
    assert_eq!(why, "the model is empty: there is no file to cover");
}
