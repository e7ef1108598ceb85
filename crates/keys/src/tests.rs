//! Keys as OpenSSL writes them, and those that must be refused.

use crate::{Curve, KeyError, PrivateKey, PublicKey, Signer as _};

#[test]
fn what_a_key_signs_only_its_public_half_verifies() {
    for curve in Curve::ALL {
        let key = PrivateKey::generate(*curve).unwrap();
        let other = PrivateKey::generate(*curve).unwrap();
        let signature = key.sign(b"a message").unwrap();
        assert!(key.public_key().verifies(b"a message", &signature), "{curve}");
        assert!(!key.public_key().verifies(b"another message", &signature), "{curve}");
        assert!(!other.public_key().verifies(b"a message", &signature), "{curve}");
    }
}

#[test]
fn a_public_key_survives_its_pem() {
    for curve in Curve::ALL {
        let key = PrivateKey::generate(*curve).unwrap();
        let pem = key.public_key().to_pem();
        assert_eq!(&PublicKey::from_pem(pem.as_bytes()).unwrap(), key.public_key());
        assert!(pem.lines().all(|line| line.len() <= 64), "{pem}");
    }
}

#[test]
fn a_private_key_is_not_shown() {
    let shown = format!("{:?}", PrivateKey::generate(Curve::P256).unwrap());
    assert!(shown.contains("redacted"), "{shown}");
}

#[test]
fn a_point_off_the_curve_is_refused() {
    let mut point = vec![4; 65];
    assert!(matches!(PublicKey::from_point(Curve::P256, &point), Err(KeyError::NotOnCurve(Curve::P256))));
    point.pop();
    assert!(matches!(PublicKey::from_point(Curve::P256, &point), Err(KeyError::Unsupported)));
}

#[test]
fn what_is_no_key_is_named() {
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let error = PublicKey::from_pem(certificate.as_bytes()).unwrap_err().to_string();
    assert_eq!(error, "no public key in PEM form was found; the file holds: CERTIFICATE");
    let error = PrivateKey::from_pem(b"", None).unwrap_err().to_string();
    assert_eq!(error, "no private key in PEM form was found");
}
