//! The vectors of the specification, where their folder is at hand; says that they were skipped where not.

use std::io::Write as _;
use std::path::Path;

use casemate_sign::sigstore::{Keyless, KeylessError, TrustedRoot, verify_keyless};

const SIGNER: &str = "stefanb@us.ibm.com";
const ISSUER: &str = "https://sigstore.verify.ibm.com/oauth2";

fn vector(name: &str) -> Option<String> {
    let name = format!("shared/reference/oms/test-vectors/v1.0/{name}");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here.ancestors().map(|above| above.join(&name)).find(|file| file.is_file());
    if found.is_none() {
        // Written past the test harness, which shows what a passing test prints to nobody.
        let mut console = std::io::stderr();
        writeln!(console, "SKIPPED: ../{name} is absent, so nothing was checked against it").unwrap();
    }
    Some(std::fs::read_to_string(found?).unwrap())
}

fn verify(bundle: &str, identity: &str, issuer: &str) -> Result<Keyless, KeylessError> {
    verify_keyless(bundle.as_bytes(), &TrustedRoot::public().unwrap(), identity, issuer)
}

#[test]
fn the_official_vector_holds_for_its_signer_and_nobody_else() {
    let Some(bundle) = vector("valid/sigstore.bundle.json") else { return };
    let keyless = verify(&bundle, SIGNER, ISSUER).unwrap();
    assert_eq!(keyless.signed.to_string(), "2025-10-10T02:12:20Z");
    assert!(String::from_utf8(keyless.payload).unwrap().contains("https://model_signing/signature/v1.0"));

    let error = verify(&bundle, "somebody@example.org", ISSUER).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the signature was made by `{SIGNER}`, not by `somebody@example.org`")
    );
    let error = verify(&bundle, SIGNER, "https://accounts.example.org").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the identity was vouched for by `{ISSUER}`, not by `https://accounts.example.org`")
    );
    for (identity, issuer) in
        [("", ISSUER), (SIGNER, ""), ("stefanb", ISSUER), (SIGNER, "https://sigstore.verify.ibm.com")]
    {
        assert!(verify(&bundle, identity, issuer).is_err(), "{identity}, {issuer}");
    }
}

#[test]
fn the_official_vector_without_log_entries_is_refused() {
    let Some(bundle) = vector("invalid/missing-tlog-entries.bundle.json") else { return };
    let error = verify(&bundle, SIGNER, ISSUER).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the bundle holds no transparency log entry, which a keyless signature needs"
    );
}

#[test]
fn the_official_vectors_of_other_methods_are_not_keyless() {
    for name in ["valid/key.bundle.json", "valid/certificate.bundle.json"] {
        let Some(bundle) = vector(name) else { return };
        assert!(verify(&bundle, SIGNER, ISSUER).is_err(), "{name}");
    }
}
