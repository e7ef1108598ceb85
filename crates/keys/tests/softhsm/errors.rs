//! Each way in which a token cannot be used has a message that says what to do. What works is tested beside this.

use std::path::Path;

use casemate_keys::Signer as _;
use casemate_keys::pkcs11::{Pin, Token, TokenError, Uri};
use cryptoki::object::Attribute;

use crate::hsm::{P256, PIN, aes_key, ec_key, rsa_key, with_tokens};

#[test]
fn no_module_and_a_wrong_module_are_told_apart() {
    let uri = Uri::parse("pkcs11:token=release").unwrap();
    let error = Token::open(&uri, None, None).unwrap_err();
    assert!(matches!(error, TokenError::NoModule), "{error}");
    assert!(error.to_string().contains("?module-path="), "{error}");
    let error = Token::open(&uri, Some(Path::new("/nowhere/libnothing.so")), None).unwrap_err().to_string();
    assert!(error.starts_with("the PKCS#11 module `/nowhere/libnothing.so` cannot be opened:"), "{error}");
}

#[test]
fn a_library_that_is_no_module_is_told() {
    // A library that every process has open.
    let uri = Uri::parse("pkcs11:").unwrap();
    let error = Token::open(&uri, Some(Path::new("libc.so.6")), None).unwrap_err().to_string();
    assert!(error.contains("cannot be opened"), "{error}");
}

#[test]
fn tokens_that_are_not_there_and_tokens_that_match_twice_are_named() {
    let test = "errors::tokens_that_are_not_there_and_tokens_that_match_twice_are_named";
    with_tokens(test, &["one", "two"], |hsm| {
        let error = hsm.open("pkcs11:token=three").unwrap_err().to_string();
        assert!(error.starts_with("no token matches `pkcs11:token=three`; the module has: `"), "{error}");
        assert!(error.contains("`one` (serial "), "{error}");
        let error = hsm.open("pkcs11:manufacturer=SoftHSM%20project").unwrap_err().to_string();
        assert!(
            error.starts_with("several tokens match `pkcs11:manufacturer=SoftHSM%20project`:"),
            "{error}"
        );
        assert!(error.ends_with("name one by `token=` and `serial=`"), "{error}");
        assert!(hsm.open("pkcs11:token=two").is_ok());
    });
}

#[test]
fn the_pin_may_come_from_four_places_and_is_never_shown() {
    with_tokens("errors::the_pin_may_come_from_four_places_and_is_never_shown", &["release"], |hsm| {
        let module = Some(hsm.module.as_path());
        let bare = Uri::parse("pkcs11:token=release").unwrap();
        let error = Token::open(&bare, module, None).unwrap_err();
        assert!(matches!(&error, TokenError::NeedsPin(token) if token == "release"), "{error}");

        let wrong = Uri::parse("pkcs11:token=release?pin-value=guess-work").unwrap();
        let error = Token::open(&wrong, module, None).unwrap_err();
        assert!(matches!(error, TokenError::WrongPin { .. }), "{error}");
        for shown in [format!("{error} {error:?}"), format!("{wrong} {wrong:?}")] {
            assert!(!shown.contains("guess-work"), "{shown}");
        }

        let file = hsm.folder.join("pin");
        std::fs::write(&file, format!("{PIN}\n")).unwrap();
        let by_file = format!("pkcs11:token=release?pin-source=file:{}", file.display());
        assert!(Token::open(&Uri::parse(&by_file).unwrap(), module, None).is_ok());
        // A new process would be needed to see a refusal now: a token stays logged in as long as a session is open.
        let by_value = format!("pkcs11:token=release?pin-value={PIN}&module-path={}", hsm.module.display());
        let token = Token::open(&Uri::parse(&by_value).unwrap(), None, None).unwrap();
        assert!(!format!("{token:?}").contains(PIN));
        drop(token);
        let typed = Pin::from_bytes(PIN.as_bytes().to_vec().into());
        assert!(!format!("{typed:?}").contains(PIN));
        assert!(Token::open(&wrong, module, Some(typed)).is_ok(), "the argument goes before the URI");

        std::fs::write(&file, "").unwrap();
        let error = Token::open(&Uri::parse(&by_file).unwrap(), module, None).unwrap_err();
        assert!(matches!(error, TokenError::NotAPinFile { .. }), "{error}");
        std::fs::remove_file(&file).unwrap();
        let error = Token::open(&Uri::parse(&by_file).unwrap(), module, None).unwrap_err();
        assert!(matches!(error, TokenError::PinFile { .. }), "{error}");
    });
}

#[test]
fn keys_that_are_not_there_or_match_twice_are_named() {
    with_tokens("errors::keys_that_are_not_there_or_match_twice_are_named", &["release"], |hsm| {
        let session = hsm.session("release");
        let error = hsm.open("pkcs11:object=model").unwrap().signer().unwrap_err().to_string();
        assert_eq!(error, "the token `release` has no private key that matches `pkcs11:object=model`");
        ec_key(&session, P256, "first", 1, &[]);
        ec_key(&session, P256, "second", 2, &[]);
        let error = hsm.open("pkcs11:object=model").unwrap().signer().unwrap_err().to_string();
        assert!(error.contains("; it has: `") && error.contains("`first` (id 01)"), "{error}");
        let error = hsm.open("pkcs11:token=release").unwrap().signer().unwrap_err().to_string();
        assert!(
            error.starts_with("several keys of the token `release` match `pkcs11:token=release`:"),
            "{error}"
        );
        assert!(hsm.open("pkcs11:id=%02").unwrap().signer().is_ok());
    });
}

#[test]
fn keys_that_may_not_or_cannot_are_refused() {
    with_tokens("errors::keys_that_may_not_or_cannot_are_refused", &["release"], |hsm| {
        let session = hsm.session("release");
        ec_key(&session, P256, "idle", 1, &[Attribute::Sign(false)]);
        let error = hsm.open("pkcs11:object=idle").unwrap().signer().unwrap_err().to_string();
        assert!(error.starts_with("the key `idle` may not sign (its CKA_SIGN is false)"), "{error}");
        rsa_key(&session, "rsa", 2);
        let error = hsm.open("pkcs11:object=rsa").unwrap().signer().unwrap_err().to_string();
        assert!(error.ends_with("wanted is an ECDSA key on P-256, P-384 or P-521"), "{error}");
        aes_key(&session, "half", 3, false);
        let error = hsm.open("pkcs11:object=half").unwrap().wrapper().unwrap_err().to_string();
        assert!(error.starts_with("the key `half` may not encrypt (its CKA_ENCRYPT is false)"), "{error}");
        let error = hsm.open("pkcs11:object=idle").unwrap().wrapper().unwrap_err().to_string();
        assert!(error.contains("wanted is an AES key or an RSA private key"), "{error}");
    });
}

#[test]
fn a_key_that_asks_before_every_signature_says_so() {
    with_tokens("errors::a_key_that_asks_before_every_signature_says_so", &["release"], |hsm| {
        let session = hsm.session("release");
        ec_key(&session, P256, "careful", 1, &[Attribute::AlwaysAuthenticate(true)]);
        let signer = hsm.open("pkcs11:object=careful").unwrap().signer().unwrap();
        // SoftHSM of today cannot hash for ECDSA. One that can signs, and its signature is verified before it is out.
        match signer.sign_in_token(b"a message") {
            Ok(signature) => assert!(signer.public_key().verifies(b"a message", &signature)),
            Err(error) => assert!(matches!(error, TokenError::AsksAgain { .. }), "{error}"),
        }
    });
}
