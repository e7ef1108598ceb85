//! The targets of `casemate-sign`: what comes with a signature, and what must hold whatever it is.
//! `crates/sign/tests/corpus.rs` runs the same functions; nothing here may depend on the fuzzer.

use std::sync::LazyLock;

use casemate_core::Timestamp;
use casemate_keys::{Curve, PrivateKey, Signer as _};
use casemate_sign::certificate::{Certificate, Roots, verify_chain};
use casemate_sign::{Bundle, Method, ModelPath, Resource, Trust, authenticate, sign_claim};

/// A target's name and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] =
    &[("certificate", certificate), ("model-bundle", model_bundle), ("model-statement", model_statement)];

/// A bundle, as it lies in a file: whatever it says, nobody signed it with a key that was just made.
pub fn model_bundle(bytes: &[u8]) {
    let bundle = match Bundle::parse(bytes.to_vec()) {
        Ok(bundle) => bundle,
        Err(error) => return assert!(error.to_string().chars().all(|c| !c.is_control()), "{error:?}"),
    };
    let key = PrivateKey::generate(Curve::P256).expect("a key");
    let refusal = authenticate(&bundle, &Trust::Key(key.public_key().clone())).expect_err("nobody signed it");
    assert!(refusal.to_string().chars().all(|c| !c.is_control()), "{refusal:?}");
    if let Err(error) = bundle.claimed() {
        assert!(error.to_string().chars().all(|c| !c.is_control()), "{error:?}");
    }
}

/// A statement, signed by somebody who is trusted and hostile: every path stays in the model, and what is read is
/// consistent.
pub fn model_statement(bytes: &[u8]) {
    static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate(Curve::P256).expect("a key"));
    let bundle = sign_claim(bytes.to_vec(), &*KEY, &[]).expect("it signs anything");
    let Ok(authentic) = authenticate(&bundle, &Trust::Key(KEY.public_key().clone())) else { return };
    let manifest = authentic.manifest();
    assert!(!manifest.resources().is_empty());
    for resource in manifest.resources() {
        assert!(ModelPath::parse(resource.path.as_str()).is_ok());
        assert_eq!(resource.digest.len(), manifest.serialization().algorithm.length());
        assert_eq!(resource.range.is_some(), matches!(manifest.serialization().method, Method::Shards(_)));
    }
    let names: Vec<String> = manifest.resources().iter().map(Resource::name).collect();
    assert!(names.is_sorted() && names.windows(2).all(|pair| pair.first() != pair.last()));
    assert_eq!(bundle.claimed().expect("it was read"), *manifest.serialization());
}

/// A certificate in DER, or a chain in PEM with the signer first and its root last.
pub fn certificate(bytes: &[u8]) {
    let chain = match Certificate::from_der(bytes) {
        Ok(one) => vec![one],
        Err(_) => Certificate::from_pem_many(bytes).unwrap_or_default(),
    };
    chain.iter().for_each(keeps_the_laws);
    let Some((signer, others)) = chain.split_first() else { return };
    let root = Roots::new(vec![others.last().unwrap_or(signer).clone()]).expect("one is not none");
    let own = Roots::new(vec![signer.clone()]).expect("one is not none");
    for time in ["2021-01-01T00:00:00Z", "2030-01-01T00:00:00Z"] {
        let time: Timestamp = time.parse().expect("a time");
        for roots in [&root, &own] {
            match verify_chain(signer, others, roots, time) {
                Ok(key) => {
                    assert_eq!(key, signer.public_key().expect("it was handed out"));
                    assert!(signer.valid_from() <= time && time <= signer.valid_until());
                }
                Err(error) => assert!(error.to_string().chars().all(|c| !c.is_control()), "{error:?}"),
            }
        }
    }
}

/// What is read is what was there, and what it says can be shown.
fn keeps_the_laws(certificate: &Certificate) {
    let again = Certificate::from_der(certificate.der()).expect("it was read before");
    assert_eq!(again.fingerprint(), certificate.fingerprint());
    for text in [certificate.subject(), certificate.issuer()] {
        assert!(text.chars().all(|c| !c.is_control()), "{text:?}");
    }
}
