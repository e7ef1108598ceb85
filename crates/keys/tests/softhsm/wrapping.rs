//! What a token wraps, it unwraps for the same purpose, and for no other. What is wrapped means nothing here.

use casemate_keys::pkcs11::{TokenError, TokenWrapper};

use crate::hsm::{Hsm, aes_key, rsa_key, with_tokens};

const KEY: [u8; 32] = [0x5a; 32];

fn wrapper(hsm: &Hsm, object: &str) -> TokenWrapper {
    hsm.open(&format!("pkcs11:token=release;object={object}")).unwrap().wrapper().unwrap()
}

/// What must hold whatever the key.
fn check(ours: &TokenWrapper, other: &TokenWrapper) -> Vec<u8> {
    let wrapped = ours.wrap(&KEY, b"model one").unwrap();
    assert_ne!(wrapped, ours.wrap(&KEY, b"model one").unwrap(), "wrapping is randomised");
    assert_eq!(*ours.unwrap(&wrapped, b"model one").unwrap(), KEY);
    for (wrapper, context) in [(ours, &b"model two"[..]), (ours, b""), (other, b"model one")] {
        let error = wrapper.unwrap(&wrapped, context).unwrap_err();
        assert!(matches!(error, TokenError::NotOpened(_)), "{error}");
    }
    for at in 0..wrapped.len() {
        let mut altered = wrapped.clone();
        altered[at] ^= 1;
        assert!(ours.unwrap(&altered, b"model one").is_err(), "byte {at} was altered");
    }
    for length in 0..wrapped.len() {
        assert!(ours.unwrap(&wrapped[..length], b"model one").is_err(), "cut to {length}");
    }
    assert!(ours.wrap(&[0; 129], b"").is_err());
    assert!(ours.unwrap(&ours.wrap(&[], b"").unwrap(), b"").unwrap().is_empty());
    wrapped
}

#[test]
fn an_aes_key_wraps() {
    with_tokens("wrapping::an_aes_key_wraps", &["release"], |hsm| {
        let session = hsm.session("release");
        aes_key(&session, "ours", 1, true);
        aes_key(&session, "other", 2, true);
        let wrapped = check(&wrapper(hsm, "ours"), &wrapper(hsm, "other"));
        assert_eq!((wrapped.len(), wrapped[0]), (1 + 12 + 32 + 16, 1));
    });
}

#[test]
fn an_rsa_key_wraps_and_says_with_which_hash() {
    with_tokens("wrapping::an_rsa_key_wraps_and_says_with_which_hash", &["release"], |hsm| {
        let session = hsm.session("release");
        rsa_key(&session, "ours", 1);
        rsa_key(&session, "other", 2);
        let wrapped = check(&wrapper(hsm, "ours"), &wrapper(hsm, "other"));
        // SoftHSM knows OAEP with SHA-1 only, which `3` says.
        assert_eq!((wrapped.len(), wrapped[0]), (1 + 256, 3));
    });
}

#[test]
fn a_key_of_another_kind_and_a_newer_form_are_told_apart() {
    with_tokens("wrapping::a_key_of_another_kind_and_a_newer_form_are_told_apart", &["release"], |hsm| {
        let session = hsm.session("release");
        aes_key(&session, "aes", 1, true);
        rsa_key(&session, "rsa", 2);
        let (aes, rsa) = (wrapper(hsm, "aes"), wrapper(hsm, "rsa"));
        let wrapped = rsa.wrap(&KEY, b"").unwrap();
        assert!(matches!(aes.unwrap(&wrapped, b""), Err(TokenError::NotOpened(_))));
        assert!(matches!(aes.unwrap(&[9; 61], b""), Err(TokenError::UnknownForm)));
        assert!(matches!(rsa.unwrap(&[9; 61], b""), Err(TokenError::UnknownForm)));
    });
}
