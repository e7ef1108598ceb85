//! PKCS#11 URIs as people and tools write them, and those that must be refused. No token is opened here.

use casemate_keys::pkcs11::{Uri, UriError};

fn refusal(uri: &str) -> String {
    Uri::parse(uri).unwrap_err().to_string()
}

#[test]
fn a_uri_says_what_identifies_the_key() {
    let uri = "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=1f%3a;token=My%20token;id=%01%Ab;object=k;type=private?module-path=/m.so&pin-value=12%2034";
    let uri = Uri::parse(uri).unwrap();
    let shown = "pkcs11:token=My%20token;manufacturer=SoftHSM%20project;serial=1f%3A;model=SoftHSM%20v2;object=k;id=%01%AB;type=private";
    assert_eq!(uri.to_string(), shown);
    assert_eq!(uri.module().unwrap().to_str(), Some("/m.so"));
    assert_eq!(Uri::parse(shown).unwrap().to_string(), shown);
    assert_eq!(uri.without_access().module(), None);
    assert_eq!(Uri::parse("PKCS11:").unwrap().to_string(), "pkcs11:");
}

#[test]
fn modules_and_pin_files_are_paths() {
    for (uri, path) in [
        ("pkcs11:?module-path=file:/m.so", "/m.so"),
        ("pkcs11:?module-path=file:///m%20n.so", "/m n.so"),
        ("pkcs11:?module-path=file://localhost/m.so", "/m.so"),
        ("pkcs11:?module-path=opensc-pkcs11.so", "opensc-pkcs11.so"),
    ] {
        assert_eq!(Uri::parse(uri).unwrap().module().unwrap().to_str(), Some(path), "{uri}");
    }
    for uri in ["pkcs11:?pin-source=|cat%20/pin", "pkcs11:?pin-source=%7Ccat", "pkcs11:?pin-source="] {
        assert!(refusal(uri).contains("`pin-source`"), "{uri}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    assert!(matches!(Uri::parse("file:/key.pem"), Err(UriError::Scheme)));
    assert!(matches!(Uri::parse("release"), Err(UriError::Scheme)));
    assert!(matches!(Uri::parse(&format!("pkcs11:token={}", "a".repeat(9000))), Err(UriError::TooLong)));
    assert_eq!(
        refusal("pkcs11:tokn=a"),
        "a PKCS#11 URI has no attribute `tokn` before the `?`; did you mean `token`?"
    );
    assert!(refusal("pkcs11:?pin-valu=1234").contains("did you mean `pin-value`?"));
    assert_eq!(refusal("pkcs11:token=a;token=b"), "the attribute `token` stands twice in the PKCS#11 URI");
    assert!(refusal("pkcs11:id=%1").contains("`%25`"));
    assert!(refusal("pkcs11:id=%é").contains("`%25`"));
    assert!(refusal("pkcs11:object=%ff").contains("not UTF-8"));
    assert!(refusal("pkcs11:type=key").contains("private, public, cert, secret-key or data"));
    assert!(refusal("pkcs11:slot-id=x").contains("a number"));
    assert_eq!(refusal("pkcs11:token"), "`token` in the PKCS#11 URI is not of the form name=value");
}

#[test]
fn no_refusal_shows_what_may_be_a_pin() {
    for uri in [
        "pkcs11:token=a?secret-pin-1234",
        "pkcs11:token=a?pin-value=secret-pin-1234&pin-value=secret-pin-1234",
        "pkcs11:token=a?pin-value=secret-pin-1234%",
        "pkcs11:token=a?pin-value=secret-pin-1234&what=ever",
        "pkcs11:tokn=a?pin-value=secret-pin-1234",
    ] {
        let error = Uri::parse(uri).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("1234"), "{error:?}");
    }
}
