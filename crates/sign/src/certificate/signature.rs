//! Whether one certificate was signed with the key of another. The algorithms are a closed list; SHA-1 and MD5 are not on it.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};
use casemate_keys::{Curve, PublicKey};
use x509_cert::der::Encode as _;
use x509_cert::der::asn1::{Any, ObjectIdentifier};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::Certificate;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const PKCS1_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const PKCS1_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const PKCS1_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const EDDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Algorithms that are refused, by the name that people know.
const REFUSED: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.2", "RSA with MD2"),
    ("1.2.840.113549.1.1.4", "RSA with MD5"),
    ("1.2.840.113549.1.1.5", "RSA with SHA-1"),
    ("1.3.14.3.2.29", "RSA with SHA-1"),
    ("1.2.840.113549.1.1.14", "RSA with SHA-224"),
    ("1.2.840.10045.4.1", "ECDSA with SHA-1"),
    ("1.2.840.10045.4.3.1", "ECDSA with SHA-224"),
    ("1.2.840.10040.4.3", "DSA with SHA-1"),
    ("1.3.101.113", "Ed448"),
];

#[derive(Clone, Copy)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

#[derive(Clone, Copy)]
enum Scheme {
    Ecdsa(Hash),
    Pkcs1(Hash),
    Pss(Hash),
    Ed25519,
}

/// What came of holding a signature against a key.
pub(super) enum Outcome {
    /// The key made it.
    Holds,
    /// The key did not make it, or cannot have.
    Fails,
    /// It is of a kind that is not accepted, whatever the key.
    Algorithm(String),
}

/// Whether `certificate` was signed with the key of `issuer`.
pub(super) fn check(certificate: &Certificate, issuer: &Certificate) -> Outcome {
    let scheme = match scheme(certificate.algorithm()) {
        Ok(scheme) => scheme,
        Err(name) => return Outcome::Algorithm(name),
    };
    let holds = || {
        let signature = certificate.signature()?;
        let key = issuer.key();
        let bits = key.subject_public_key.as_bytes()?;
        let algorithm = algorithm(scheme, key)?;
        UnparsedPublicKey::new(algorithm, bits).verify(certificate.signed(), signature).ok()
    };
    if holds().is_some() { Outcome::Holds } else { Outcome::Fails }
}

/// The scheme that an algorithm identifier stands for, or its name if it is not accepted.
fn scheme(algorithm: &AlgorithmIdentifierOwned) -> Result<Scheme, String> {
    let parameters = algorithm.parameters.as_ref();
    let absent = parameters.is_none();
    // RFC 4055, section 5: NULL, and readers must accept what lacks it.
    let null_or_absent = parameters.is_none_or(Any::is_null);
    match algorithm.oid {
        ECDSA_SHA256 if absent => Ok(Scheme::Ecdsa(Hash::Sha256)),
        ECDSA_SHA384 if absent => Ok(Scheme::Ecdsa(Hash::Sha384)),
        ECDSA_SHA512 if absent => Ok(Scheme::Ecdsa(Hash::Sha512)),
        PKCS1_SHA256 if null_or_absent => Ok(Scheme::Pkcs1(Hash::Sha256)),
        PKCS1_SHA384 if null_or_absent => Ok(Scheme::Pkcs1(Hash::Sha384)),
        PKCS1_SHA512 if null_or_absent => Ok(Scheme::Pkcs1(Hash::Sha512)),
        EDDSA if absent => Ok(Scheme::Ed25519),
        PSS => parameters.and_then(pss).map(Scheme::Pss).ok_or_else(|| {
            "RSA-PSS with other parameters than SHA-256, SHA-384 or SHA-512 throughout and a salt as long"
                .to_owned()
        }),
        other => {
            let other = other.to_string();
            let known = REFUSED.iter().find(|(id, _)| *id == other).map(|(_, name)| (*name).to_owned());
            Err(known.unwrap_or_else(|| format!("the algorithm {other}")))
        }
    }
}

/// The hash of RSA-PSS parameters, if they are the usual ones of RFC 4055: one hash for all, a salt of its length.
fn pss(parameters: &Any) -> Option<Hash> {
    let der = parameters.to_der().ok()?;
    let hashes = [(Hash::Sha256, 1, 32), (Hash::Sha384, 2, 48), (Hash::Sha512, 3, 64)];
    hashes.into_iter().find_map(|(hash, last, length)| {
        // Both ways to write a hash occur: with NULL and without parameters.
        [true, false].iter().any(|null| der == pss_parameters(last, length, *null)).then_some(hash)
    })
}

fn pss_parameters(hash: u8, salt: u8, null: bool) -> Vec<u8> {
    let null: &[u8] = if null { &[0x05, 0x00] } else { &[] };
    let hash = sequence(&[&[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash], null]);
    let mask = sequence(&[&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08], &hash]);
    sequence(&[&tagged(0xa0, &[&hash]), &tagged(0xa1, &[&mask]), &[0xa2, 0x03, 0x02, 0x01, salt]])
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tagged(0x30, parts)
}

/// The parts under a tag; they are short.
fn tagged(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u8::try_from(content.len()).unwrap_or(0);
    [&[tag, length][..], &content].concat()
}

/// How to verify with a key; none if the key is not one of the scheme.
fn algorithm(scheme: Scheme, key: &SubjectPublicKeyInfoOwned) -> Option<&'static dyn VerificationAlgorithm> {
    let parameters = key.algorithm.parameters.as_ref();
    match (scheme, key.algorithm.oid) {
        (Scheme::Ecdsa(hash), EC) => Some(ecdsa(curve(key)?, hash)),
        (Scheme::Pkcs1(hash), RSA) if parameters.is_none_or(Any::is_null) => Some(match hash {
            Hash::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
            Hash::Sha384 => &RSA_PKCS1_2048_8192_SHA384,
            Hash::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
        }),
        (Scheme::Pss(hash), RSA) if parameters.is_none_or(Any::is_null) => Some(match hash {
            Hash::Sha256 => &RSA_PSS_2048_8192_SHA256,
            Hash::Sha384 => &RSA_PSS_2048_8192_SHA384,
            Hash::Sha512 => &RSA_PSS_2048_8192_SHA512,
        }),
        (Scheme::Ed25519, EDDSA) if parameters.is_none() => Some(&ED25519),
        _ => None,
    }
}

fn curve(key: &SubjectPublicKeyInfoOwned) -> Option<Curve> {
    Some(PublicKey::from_der(&key.to_der().ok()?).ok()?.curve())
}

fn ecdsa(curve: Curve, hash: Hash) -> &'static dyn VerificationAlgorithm {
    match (curve, hash) {
        (Curve::P256, Hash::Sha256) => &ECDSA_P256_SHA256_ASN1,
        (Curve::P256, Hash::Sha384) => &ECDSA_P256_SHA384_ASN1,
        (Curve::P256, Hash::Sha512) => &ECDSA_P256_SHA512_ASN1,
        (Curve::P384, Hash::Sha256) => &ECDSA_P384_SHA256_ASN1,
        (Curve::P384, Hash::Sha384) => &ECDSA_P384_SHA384_ASN1,
        (Curve::P384, Hash::Sha512) => &ECDSA_P384_SHA512_ASN1,
        (Curve::P521, Hash::Sha256) => &ECDSA_P521_SHA256_ASN1,
        (Curve::P521, Hash::Sha384) => &ECDSA_P521_SHA384_ASN1,
        (Curve::P521, Hash::Sha512) => &ECDSA_P521_SHA512_ASN1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_pss_are_as_openssl_writes_them() {
        let written = "3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108\
                       300d06096086480165030402010500a203020120";
        assert_eq!(casemate_core::hex(&pss_parameters(1, 32, true)), written.replace(' ', ""));
    }
}
