//! Signatures by a trusted root of our own: one thing is wrong at a time. What is right is in `world.rs`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casemate_sign::sigstore::{Keyless, KeylessError, TrustedRoot, verify_keyless};
use rcgen::ExtendedKeyUsagePurpose;
use serde_json::{Value, json};

use crate::world::{ISSUER, Making, SIGNER, World};

fn verify(bundle: &Value, world: &World) -> Result<Keyless, KeylessError> {
    let root = TrustedRoot::from_json(world.trusted_root().as_bytes()).unwrap();
    verify_keyless(bundle.to_string().as_bytes(), &root, SIGNER, ISSUER)
}

fn refusal(bundle: &Value, world: &World) -> KeylessError {
    verify(bundle, world).unwrap_err()
}

#[test]
fn a_signature_holds_for_its_signer_and_nobody_else() {
    let world = World::new();
    let making = Making::by(&world);
    let bundle = making.bundle();
    let keyless = verify(&bundle, &world).unwrap();
    assert_eq!(keyless.payload, making.statement.as_bytes());
    assert_eq!(keyless.signed.to_string(), "2025-06-01T00:01:00Z");
    let root = TrustedRoot::from_json(world.trusted_root().as_bytes()).unwrap();
    let text = bundle.to_string();
    let error = verify_keyless(text.as_bytes(), &root, "other@example.org", ISSUER).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the signature was made by `release@example.org`, not by `other@example.org`"
    );
    let error = verify_keyless(text.as_bytes(), &root, SIGNER, "https://other.example.org").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the identity was vouched for by `https://accounts.example.org`, not by `https://other.example.org`"
    );
}

#[test]
fn another_world_is_not_trusted() {
    let (ours, other) = (World::new(), World::new());
    assert!(verify(&Making::by(&other).bundle(), &ours).is_err());
    let error = verify_keyless(
        Making::by(&ours).bundle().to_string().as_bytes(),
        &TrustedRoot::public().unwrap(),
        SIGNER,
        ISSUER,
    );
    assert!(error.is_err());
    let error = refusal(&Making { certified_by: &other, ..Making::by(&ours) }.bundle(), &ours);
    assert!(matches!(error, KeylessError::Certificate(_)), "{error}");
    let error = refusal(&Making { certificate_logged_by: &other, ..Making::by(&ours) }.bundle(), &ours);
    assert!(matches!(error, KeylessError::Certificate(_)), "{error}");
    let error = refusal(&Making { logged_by: &other, ..Making::by(&ours) }.bundle(), &ours);
    assert!(matches!(error, KeylessError::Log(_)), "{error}");
    let error = refusal(&Making { promised_by: &other, ..Making::by(&ours) }.bundle(), &ours);
    assert!(matches!(error, KeylessError::Log(_)), "{error}");
}

#[test]
fn a_certificate_is_good_for_its_ten_minutes_and_for_code() {
    let world = World::new();
    assert!(verify(&Making { signed_after: 600, ..Making::by(&world) }.bundle(), &world).is_ok());
    for signed_after in [-1, 601] {
        let error = refusal(&Making { signed_after, ..Making::by(&world) }.bundle(), &world);
        assert!(matches!(error, KeylessError::Certificate(_)), "{signed_after}: {error}");
    }
    let usage = ExtendedKeyUsagePurpose::ServerAuth;
    let error = refusal(&Making { usage, ..Making::by(&world) }.bundle(), &world);
    assert!(matches!(error, KeylessError::Certificate(_)), "{error}");
}

#[test]
fn what_was_altered_is_refused() {
    let world = World::new();
    let bundle = Making::by(&world).bundle();
    let altered = |path: &str, value: Value| {
        let mut altered = bundle.clone();
        *altered.pointer_mut(path).unwrap() = value;
        refusal(&altered, &world)
    };
    let other =
        Making { statement: Making::by(&world).statement.replace("model", "modem"), ..Making::by(&world) };
    let error = altered("/dsseEnvelope/payload", json!(STANDARD.encode(&other.statement)));
    assert_eq!(error.to_string(), "the signature does not verify: the bundle was altered");
    let other = other.bundle();
    let entry = "/verificationMaterial/tlogEntries/0";
    // A signature, a certificate and a log entry that are each right, and not of this bundle.
    altered(
        "/dsseEnvelope/signatures/0/sig",
        other.pointer("/dsseEnvelope/signatures/0/sig").unwrap().clone(),
    );
    altered("/dsseEnvelope", other.pointer("/dsseEnvelope").unwrap().clone());
    altered(
        "/verificationMaterial/certificate",
        other.pointer("/verificationMaterial/certificate").unwrap().clone(),
    );
    let error = altered(entry, other.pointer(entry).unwrap().clone());
    assert!(matches!(error, KeylessError::Log(_)), "{error}");
    // The time, the index and the proof are signed as well.
    altered(&format!("{entry}/integratedTime"), json!("1748736061"));
    altered(&format!("{entry}/logIndex"), json!("1"));
    altered(&format!("{entry}/inclusionProof/rootHash"), json!(STANDARD.encode([0; 32])));
    altered(&format!("{entry}/inclusionProof/checkpoint/envelope"), json!("log.example.org\n1\n\n"));
    altered(&format!("{entry}/inclusionProof"), Value::Null);
    altered(&format!("{entry}/inclusionPromise"), Value::Null);
}

#[test]
fn what_is_missing_is_named() {
    let world = World::new();
    let mut bundle = Making::by(&world).bundle();
    *bundle.pointer_mut("/verificationMaterial/tlogEntries").unwrap() = json!([]);
    let error = refusal(&bundle, &world).to_string();
    assert_eq!(error, "the bundle holds no transparency log entry, which a keyless signature needs");
    let keyed = json!({ "publicKey": { "hint": "abc" }, "tlogEntries": [] });
    *bundle.pointer_mut("/verificationMaterial").unwrap() = keyed;
    let error = refusal(&bundle, &world).to_string();
    assert_eq!(error, "the bundle holds no signing certificate, which a keyless signature needs");
    for text in ["", "{}", "[]", "\u{1b}[2J", "{\"mediaType\":1}"] {
        let root = TrustedRoot::public().unwrap();
        let error = verify_keyless(text.as_bytes(), &root, SIGNER, ISSUER).unwrap_err();
        assert!(matches!(error, KeylessError::Bundle(_)), "{error}");
        assert!(TrustedRoot::from_json(text.as_bytes()).is_err() || text == "{}", "{text}");
    }
}
