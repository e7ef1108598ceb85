//! The vector of the specification, where its folder is at hand, which says that it was skipped where not. What it shows,
//! `trust.rs` shows with certificates of our own.

use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casemate_sign::certificate::Certificate;

use crate::make::{holds, refusal};

#[test]
fn the_certificates_of_the_official_vector_hold() {
    let name = "shared/reference/oms/test-vectors/v1.0/valid/certificate.bundle.json";
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(file) = here.ancestors().map(|above| above.join(name)).find(|file| file.is_file()) else {
        // Written past the test harness, which shows what a passing test prints to nobody.
        let mut console = std::io::stderr();
        writeln!(console, "SKIPPED: ../{name} is absent, so nothing was checked against it").unwrap();
        return;
    };
    let bundle: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let decode = |value: &serde_json::Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    let chain = &bundle["verificationMaterial"]["x509CertificateChain"]["certificates"];
    let chain: Vec<Certificate> = chain
        .as_array()
        .unwrap()
        .iter()
        .map(|certificate| Certificate::from_der(&decode(&certificate["rawBytes"])).unwrap())
        .collect();
    let [leaf, issuer] = chain.as_slice() else { panic!("{chain:?}") };
    assert_eq!(
        (leaf.subject(), leaf.issuer()),
        ("CN=intermediate-ca".to_owned(), "CN=intermediate-ca".to_owned())
    );
    // The root is not in the bundle; the authority below it may be trusted as well.
    holds(leaf, &[], &[issuer]);
    let error = refusal(leaf, &[issuer], &[leaf_of_nobody()]);
    assert!(error.starts_with("the certificate `CN=intermediate-ca` was issued by `CN=root-ca`"), "{error}");

    let envelope = &bundle["dsseEnvelope"];
    let payload = decode(&envelope["payload"]);
    let head = format!("DSSEv1 28 application/vnd.in-toto+json {} ", payload.len());
    let signed = [head.as_bytes(), &payload].concat();
    assert!(leaf.public_key().unwrap().verifies(&signed, &decode(&envelope["signatures"][0]["sig"])));
}

fn leaf_of_nobody() -> &'static Certificate {
    Box::leak(Box::new(crate::make::rooted(crate::make::authority("Somebody")).certificate))
}
