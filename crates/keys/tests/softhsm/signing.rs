//! What a token signs, its public key verifies. How signatures are written is for the unit tests of `pkcs11/der.rs`.

use casemate_keys::pkcs11::{Token, Uri};
use casemate_keys::{Curve, Signer as _};
use x509_cert::der::{Decode as _, Encode as _};

use crate::hsm::{P256, P384, P521, ec_key, forget_public, import, with_tokens};

#[test]
fn a_token_signs_on_every_curve() {
    with_tokens("signing::a_token_signs_on_every_curve", &["release"], |hsm| {
        let session = hsm.session("release");
        let curves = [(P256, Curve::P256), (P384, Curve::P384), (P521, Curve::P521)];
        for (id, (parameters, curve)) in (1..).zip(curves) {
            ec_key(&session, parameters, curve.as_str(), id, &[]);
            let by_label =
                hsm.open(&format!("pkcs11:token=release;object={curve}")).unwrap().signer().unwrap();
            let by_id = hsm.open(&format!("pkcs11:id=%0{id};type=private")).unwrap().signer().unwrap();
            assert_eq!(by_label.public_key(), by_id.public_key());
            assert_eq!(by_label.public_key().curve(), curve);
            // Enough that numbers with leading zeros and set first bits occur.
            for round in 0..40_u8 {
                let signature = by_label.sign(&[round]).unwrap();
                assert!(by_id.public_key().verifies(&[round], &signature), "{curve}, {round}");
                assert!(!by_id.public_key().verifies(&[round, 0], &signature), "{curve}, {round}");
            }
        }
    });
}

#[test]
fn the_public_key_is_taken_from_the_certificate_where_there_is_no_other() {
    let test = "signing::the_public_key_is_taken_from_the_certificate_where_there_is_no_other";
    with_tokens(test, &["release"], |hsm| {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        let parsed = x509_cert::Certificate::from_der(certificate.der()).unwrap();
        let subject = parsed.tbs_certificate().subject().to_der().unwrap();
        let session = hsm.session("release");
        import(&session, &scalar(&key.serialize_der()), certificate.der(), &subject, "imported", 7);

        let signer = hsm.open("pkcs11:object=imported").unwrap().signer().unwrap();
        assert_eq!(signer.certificate(), Some(certificate.der().as_ref()));
        let spki = parsed.tbs_certificate().subject_public_key_info().to_der().unwrap();
        assert_eq!(signer.public_key().to_der(), spki);
        let signature = signer.sign(b"a message").unwrap();
        assert!(signer.public_key().verifies(b"a message", &signature));
    });
}

#[test]
fn public_keys_are_read_without_a_pin() {
    with_tokens("signing::public_keys_are_read_without_a_pin", &["release"], |hsm| {
        let session = hsm.session("release");
        ec_key(&session, P256, "pair", 1, &[]);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        let parsed = x509_cert::Certificate::from_der(certificate.der()).unwrap();
        let subject = parsed.tbs_certificate().subject().to_der().unwrap();
        import(&session, &scalar(&key.serialize_der()), certificate.der(), &subject, "imported", 7);
        let signer = hsm.open("pkcs11:object=pair").unwrap().signer().unwrap();
        let pair = signer.public_key().clone();
        // Nobody is logged in once the last session is closed.
        drop((session, signer));
        let public = |uri: &str| Token::public_key(&Uri::parse(uri).unwrap(), Some(&hsm.module));
        assert_eq!(public("pkcs11:object=pair").unwrap(), pair);
        // A URI that names the private half means the pair.
        assert_eq!(public("pkcs11:object=pair;type=private").unwrap(), pair);
        let spki = parsed.tbs_certificate().subject_public_key_info().to_der().unwrap();
        assert_eq!(public("pkcs11:id=%07").unwrap().to_der(), spki);
        let error = public("pkcs11:object=nobody").unwrap_err().to_string();
        assert!(error.contains("no public key or certificate that it shows without a PIN"), "{error}");
    });
}

#[test]
fn a_signature_of_another_key_is_not_handed_out() {
    with_tokens("signing::a_signature_of_another_key_is_not_handed_out", &["release"], |hsm| {
        let session = hsm.session("release");
        // The same id, and a certificate of another key: the public half is none.
        let (key, other) = (rcgen::KeyPair::generate().unwrap(), rcgen::KeyPair::generate().unwrap());
        let certificate = rcgen::CertificateParams::default().self_signed(&other).unwrap();
        let parsed = x509_cert::Certificate::from_der(certificate.der()).unwrap();
        let subject = parsed.tbs_certificate().subject().to_der().unwrap();
        import(&session, &scalar(&key.serialize_der()), certificate.der(), &subject, "mixed up", 7);
        let signer = hsm.open("pkcs11:object=mixed%20up").unwrap().signer().unwrap();
        let error = signer.sign(b"a message").unwrap_err().to_string();
        assert_eq!(
            error,
            "the token's signature does not verify with the public key `mixed up`; are its private and public key a pair?"
        );
    });
}

#[test]
fn two_tokens_are_open_at_once() {
    with_tokens("signing::two_tokens_are_open_at_once", &["one", "two"], |hsm| {
        for token in ["one", "two"] {
            ec_key(&hsm.session(token), P256, "key", 1, &[]);
        }
        let first = hsm.open("pkcs11:token=one;object=key").unwrap().signer().unwrap();
        let second = hsm.open("pkcs11:token=two;object=key").unwrap().signer().unwrap();
        assert_ne!(first.public_key(), second.public_key());
        drop(first);
        assert!(second.public_key().verifies(b"still there", &second.sign(b"still there").unwrap()));
    });
}

#[test]
fn a_key_without_public_half_says_so() {
    with_tokens("signing::a_key_without_public_half_says_so", &["release"], |hsm| {
        let session = hsm.session("release");
        ec_key(&session, P256, "lonely", 1, &[]);
        forget_public(&session, 1);
        let error = hsm.open("pkcs11:object=lonely").unwrap().signer().unwrap_err().to_string();
        assert!(error.contains("`lonely` but neither its public key nor a certificate"), "{error}");
    });
}

/// The private number in the PKCS#8 document of a P-256 key: 32 bytes after the version of the inner structure.
fn scalar(pkcs8: &[u8]) -> Vec<u8> {
    let start = [0x02, 0x01, 0x01, 0x04, 0x20];
    let at = pkcs8.windows(start.len()).position(|window| window == start).unwrap() + start.len();
    pkcs8.get(at..at + 32).unwrap().to_vec()
}
