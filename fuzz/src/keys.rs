//! The targets of `casemate-keys`: what says which key is meant. `crates/keys/tests/corpus.rs` runs the same functions;
//! nothing here may depend on the fuzzer.

use casemate_keys::pkcs11::Uri;

/// A target's name and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[("pkcs11-uri", pkcs11_uri)];

/// A PKCS#11 URI reads back as what it identifies, and shows nothing of what gives access.
pub fn pkcs11_uri(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Uri::parse(text) {
        Ok(uri) => {
            let shown = uri.to_string();
            assert_eq!(Uri::parse(&shown).expect("it was written here").to_string(), shown);
            assert_eq!(uri.without_access().to_string(), shown);
            assert!(shown.is_ascii() && !shown.contains('?'), "{shown:?}");
        }
        Err(error) => assert!(error.to_string().chars().all(|c| !c.is_control()), "{error:?}"),
    }
}
