//! The few lines of DER that stand between a token and a signature. Everything is checked; nothing is passed through.

use crate::{Curve, KeyError, PublicKey};

/// The object identifiers of the curves in DER (CKA_EC_PARAMS, RFC 5480 section 2.1.1.1).
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];

/// The curve of CKA_EC_PARAMS.
pub(super) fn curve(parameters: &[u8]) -> Result<Curve, KeyError> {
    match parameters {
        P256 => Ok(Curve::P256),
        P384 => Ok(Curve::P384),
        P521 => Ok(Curve::P521),
        _ => Err(KeyError::Unsupported),
    }
}

/// The key of CKA_EC_POINT: an OCTET STRING as the standard says, or the bare point as some tokens give it.
pub(super) fn public_key(curve: Curve, point: &[u8]) -> Result<PublicKey, KeyError> {
    let length = curve.point_length();
    let header: &[u8] = match u8::try_from(length) {
        Ok(short) if short < 0x80 => &[0x04, short],
        Ok(long) => &[0x04, 0x81, long],
        Err(_) => return Err(KeyError::Unsupported),
    };
    match point.strip_prefix(header) {
        Some(inner) if inner.len() == length => PublicKey::from_point(curve, inner),
        _ => PublicKey::from_point(curve, point),
    }
}

/// A signature as tokens give it, `r` and `s` side by side, as ASN.1 DER in its one minimal form.
pub(super) fn signature(curve: Curve, raw: &[u8]) -> Option<Vec<u8>> {
    let half = (curve.point_length() - 1) / 2;
    if raw.len() != 2 * half {
        return None;
    }
    let (r, s) = raw.split_at_checked(half)?;
    let content = [integer(r)?, integer(s)?].concat();
    Some([header(0x30, content.len())?, content].concat())
}

/// A positive INTEGER; none if it is zero, which no signature holds.
fn integer(bytes: &[u8]) -> Option<Vec<u8>> {
    let start = bytes.iter().position(|byte| *byte != 0)?;
    let (_, magnitude) = bytes.split_at_checked(start)?;
    // The first bit is the sign.
    let sign: &[u8] = if magnitude.first()? & 0x80 == 0 { &[] } else { &[0] };
    Some([header(0x02, sign.len() + magnitude.len())?, sign.to_vec(), magnitude.to_vec()].concat())
}

/// Tag and length; lengths here are below 256.
fn header(tag: u8, length: usize) -> Option<Vec<u8>> {
    let length = u8::try_from(length).ok()?;
    Some(if length < 0x80 { vec![tag, length] } else { vec![tag, 0x81, length] })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
        EcdsaKeyPair, KeyPair as _,
    };

    use super::*;

    #[test]
    fn signatures_become_minimal_der() {
        let mut raw = [0; 64];
        raw[31] = 0x80;
        raw[63] = 0x7f;
        let der = signature(Curve::P256, &raw).unwrap();
        assert_eq!(der, [0x30, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x7f]);
    }

    #[test]
    fn the_longest_signature_has_a_long_length() {
        let der = signature(Curve::P521, &[0xff; 132]).unwrap();
        assert_eq!(der[..6], [0x30, 0x81, 0x8a, 0x02, 0x43, 0x00]);
        assert_eq!(der.len(), 3 + 0x8a);
    }

    #[test]
    fn signatures_of_another_length_and_zeros_are_refused() {
        assert_eq!(signature(Curve::P256, &[1; 63]), None);
        assert_eq!(signature(Curve::P256, &[1; 96]), None);
        assert_eq!(signature(Curve::P256, &[0; 64]), None);
    }

    #[test]
    fn what_is_converted_verifies() {
        let rng = aws_lc_rs::rand::SystemRandom::new();
        let curves = [
            (Curve::P256, &ECDSA_P256_SHA256_FIXED_SIGNING),
            (Curve::P384, &ECDSA_P384_SHA384_FIXED_SIGNING),
            (Curve::P521, &ECDSA_P521_SHA512_FIXED_SIGNING),
        ];
        for (curve, algorithm) in curves {
            let pair = EcdsaKeyPair::generate(algorithm).unwrap();
            let key = public_key(curve, pair.public_key().as_ref()).unwrap();
            // A hundred, so that short and long numbers occur.
            for round in 0_u8..100 {
                let raw = pair.sign(&rng, &[round]).unwrap();
                assert!(key.verifies(&[round], &signature(curve, raw.as_ref()).unwrap()), "{curve}");
            }
        }
    }

    #[test]
    fn points_come_wrapped_and_bare() {
        for curve in Curve::ALL {
            let key = crate::PrivateKey::generate(*curve).unwrap();
            let spki = crate::Signer::public_key(&key).to_der();
            let point = &spki[curve.spki_prefix().len()..];
            let wrapped = [header(0x04, point.len()).unwrap(), point.to_vec()].concat();
            assert_eq!(&public_key(*curve, point).unwrap(), crate::Signer::public_key(&key));
            assert_eq!(&public_key(*curve, &wrapped).unwrap(), crate::Signer::public_key(&key));
            assert!(public_key(*curve, &wrapped[1..]).is_err());
        }
    }
}
