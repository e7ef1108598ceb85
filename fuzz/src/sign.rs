//! The targets of `casemate-sign`: what comes with a signature, and what must hold whatever it is.
//! `crates/sign/tests/corpus.rs` runs the same functions; nothing here may depend on the fuzzer.

use casemate_core::Timestamp;
use casemate_sign::certificate::{Certificate, Roots, verify_chain};

/// A target's name and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[("certificate", certificate)];

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
