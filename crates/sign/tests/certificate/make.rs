//! Makes certificates of all sorts, with the keys to make more. Asserts that a chain holds or why not, and nothing else.

use casemate_core::Timestamp;
use casemate_sign::certificate::{Certificate, Roots, verify_chain};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SignatureAlgorithm,
};

pub(crate) const NOW: &str = "2026-11-30T12:00:00Z";

/// A certificate with its key, to issue others with.
pub(crate) struct Made {
    pub(crate) certificate: Certificate,
    pub(crate) parameters: CertificateParams,
    pub(crate) key: KeyPair,
}

/// What is common to all: a name and twenty years.
pub(crate) fn named(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.not_before = rcgen::date_time_ymd(2019, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2039, 1, 1);
    parameters.use_authority_key_identifier_extension = true;
    parameters
}

/// An authority.
pub(crate) fn authority(name: &str) -> CertificateParams {
    let mut parameters = named(name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters
}

/// An authority that allows so many below it.
pub(crate) fn limited(name: &str, below: u8) -> CertificateParams {
    let mut parameters = authority(name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    parameters
}

/// A signer of models.
pub(crate) fn signer(name: &str) -> CertificateParams {
    let mut parameters = named(name);
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    parameters
}

pub(crate) fn key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()
}

pub(crate) fn rooted(parameters: CertificateParams) -> Made {
    rooted_with(parameters, key())
}

pub(crate) fn rooted_with(parameters: CertificateParams, key: KeyPair) -> Made {
    let certificate = Certificate::from_der(parameters.self_signed(&key).unwrap().der()).unwrap();
    Made { certificate, parameters, key }
}

pub(crate) fn key_for(algorithm: &'static SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).unwrap()
}

impl Made {
    pub(crate) fn issue(&self, parameters: CertificateParams) -> Self {
        self.issue_with(parameters, key())
    }

    pub(crate) fn issue_with(&self, parameters: CertificateParams, key: KeyPair) -> Self {
        let certificate = self.certify(&parameters, &key);
        Self { certificate, parameters, key }
    }

    /// A certificate for a key that exists; what this certificate says of itself is no hindrance.
    pub(crate) fn certify(&self, parameters: &CertificateParams, key: &KeyPair) -> Certificate {
        let mut own = self.parameters.clone();
        own.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let made = parameters.signed_by(key, &Issuer::from_params(&own, &self.key)).unwrap();
        Certificate::from_der(made.der()).unwrap()
    }
}

pub(crate) fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn roots(roots: &[&Certificate]) -> Roots {
    Roots::new(roots.iter().map(|root| (*root).clone()).collect()).unwrap()
}

/// Asserts that a chain holds at a time.
#[track_caller]
pub(crate) fn holds_at(leaf: &Certificate, others: &[&Certificate], trusted: &[&Certificate], at: &str) {
    let others: Vec<Certificate> = others.iter().map(|other| (*other).clone()).collect();
    match verify_chain(leaf, &others, &roots(trusted), moment(at)) {
        Ok(key) => assert_eq!(key, leaf.public_key().unwrap()),
        Err(error) => assert_eq!(error.to_string(), "no error", "the chain should hold"),
    }
}

/// Why a chain does not hold at a time.
#[track_caller]
pub(crate) fn refusal_at(
    leaf: &Certificate,
    others: &[&Certificate],
    trusted: &[&Certificate],
    at: &str,
) -> String {
    let others: Vec<Certificate> = others.iter().map(|other| (*other).clone()).collect();
    verify_chain(leaf, &others, &roots(trusted), moment(at)).unwrap_err().to_string()
}

#[track_caller]
pub(crate) fn holds(leaf: &Certificate, others: &[&Certificate], trusted: &[&Certificate]) {
    holds_at(leaf, others, trusted, NOW);
}

#[track_caller]
pub(crate) fn refusal(leaf: &Certificate, others: &[&Certificate], trusted: &[&Certificate]) -> String {
    refusal_at(leaf, others, trusted, NOW)
}
