//! Which signatures over certificates are accepted. What `openssl` made lies in `fixtures`; how is said there.

use casemate_sign::certificate::Certificate;

use crate::make::{authority, holds, holds_at, key_for, refusal, refusal_at, rooted_with, signer};

/// The fixtures are good for a hundred years from the end of 2026 on.
const LATER: &str = "2030-01-01T00:00:00Z";

#[test]
fn ecdsa_rsa_and_ed25519_are_accepted() {
    for algorithm in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA256,
        &rcgen::PKCS_ECDSA_P521_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA512,
        &rcgen::PKCS_RSA_SHA256,
        &rcgen::PKCS_RSA_SHA384,
        &rcgen::PKCS_RSA_SHA512,
        &rcgen::PKCS_ED25519,
    ] {
        let root = rooted_with(authority("Root"), key_for(algorithm));
        let leaf = root.issue(signer("Release")).certificate;
        holds(&leaf, &[], &[&root.certificate]);
    }
}

#[test]
fn signers_have_the_keys_of_model_signatures() {
    let root = rooted_with(authority("Root"), key_for(&rcgen::PKCS_RSA_SHA256));
    for algorithm in
        [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ECDSA_P521_SHA512]
    {
        let leaf = root.issue_with(signer("Release"), key_for(algorithm)).certificate;
        holds(&leaf, &[], &[&root.certificate]);
    }
    for algorithm in [&rcgen::PKCS_ED25519, &rcgen::PKCS_RSA_SHA256] {
        let leaf = root.issue_with(signer("Release"), key_for(algorithm)).certificate;
        let error = refusal(&leaf, &[], &[&root.certificate]);
        assert!(error.starts_with("the certificate `CN=Release` has a key that cannot be used:"), "{error}");
    }
}

/// The signer and the root of a fixture, in this order.
fn fixture(text: &str) -> (Certificate, Certificate) {
    let [leaf, root] = Certificate::from_pem_many(text.as_bytes()).unwrap().try_into().unwrap();
    (leaf, root)
}

#[test]
fn pss_is_accepted_with_its_usual_parameters() {
    for text in [
        include_str!("fixtures/pss-sha256.pem"),
        include_str!("fixtures/pss-sha384.pem"),
        include_str!("fixtures/pss-sha512.pem"),
    ] {
        let (leaf, root) = fixture(text);
        holds_at(&leaf, &[], &[&root], LATER);
    }
    let (leaf, root) = fixture(include_str!("fixtures/pss-salt-20.pem"));
    let error = refusal_at(&leaf, &[], &[&root], LATER);
    assert!(
        error.starts_with("the certificate `CN=Release` is signed by RSA-PSS with other parameters"),
        "{error}"
    );
}

#[test]
fn a_curve_may_go_with_another_hash() {
    let (leaf, root) = fixture(include_str!("fixtures/p256-sha384.pem"));
    holds_at(&leaf, &[], &[&root], LATER);
}

#[test]
fn what_is_broken_or_short_is_refused() {
    for (text, expected) in [
        (include_str!("fixtures/rsa-sha1.pem"), "is signed by RSA with SHA-1, which is not accepted"),
        (include_str!("fixtures/ecdsa-sha1.pem"), "is signed by ECDSA with SHA-1, which is not accepted"),
        (include_str!("fixtures/rsa-md5.pem"), "is signed by RSA with MD5, which is not accepted"),
        (include_str!("fixtures/rsa-1024.pem"), "is not signed by `CN=Root`, as it says, or was altered"),
    ] {
        let (leaf, root) = fixture(text);
        let error = refusal_at(&leaf, &[], &[&root], LATER);
        assert!(error.starts_with("the certificate `CN=Release` ") && error.contains(expected), "{error}");
    }
}
