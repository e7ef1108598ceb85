//! A Sigstore of the test's own: an authority, a certificate log and a signature log, as RFC 6962 and the bundle format have
//! them. It makes keyless signatures, right ones and wrong ones, and verifies nothing.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casemate_core::hex;
use casemate_keys::{Curve, PrivateKey, Signer as _};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use serde_json::{Value, json};
use x509_cert::der::{Decode as _, Encode as _};

pub(crate) const SIGNER: &str = "release@example.org";
pub(crate) const ISSUER: &str = "https://accounts.example.org";
/// 2025-06-01T00:00:00Z, when certificates begin.
const BEGUN: i64 = 1_748_736_000;

/// What is trusted.
pub(crate) struct World {
    authority: (CertificateParams, KeyPair, Vec<u8>),
    certificate_log: PrivateKey,
    signature_log: PrivateKey,
}

/// How a signature is made. Left as it is, it is right.
pub(crate) struct Making<'a> {
    /// Who vouches for the signer, and who logs that.
    pub(crate) certified_by: &'a World,
    pub(crate) certificate_logged_by: &'a World,
    /// Who logs the signature, and who confirms when.
    pub(crate) logged_by: &'a World,
    pub(crate) promised_by: &'a World,
    /// Seconds after the certificate began.
    pub(crate) signed_after: i64,
    pub(crate) usage: ExtendedKeyUsagePurpose,
    pub(crate) statement: String,
}

impl<'a> Making<'a> {
    pub(crate) fn by(world: &'a World) -> Self {
        let subject = json!({ "name": "model", "digest": { "sha256": hex(&[7; 32]) } });
        let statement = json!({ "_type": "https://in-toto.io/Statement/v1", "subject": [subject],
            "predicateType": "https://model_signing/signature/v1.0", "predicate": {} });
        Self {
            certified_by: world,
            certificate_logged_by: world,
            logged_by: world,
            promised_by: world,
            signed_after: 60,
            usage: ExtendedKeyUsagePurpose::CodeSigning,
            statement: statement.to_string(),
        }
    }

    pub(crate) fn bundle(&self) -> Value {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = self.certificate(&key);
        let head = format!("DSSEv1 28 application/vnd.in-toto+json {} ", self.statement.len());
        let signer = PrivateKey::from_der(&key.serialize_der()).unwrap();
        let signature = STANDARD.encode(signer.sign((head + &self.statement).as_bytes()).unwrap());
        let envelope = json!({ "payload": STANDARD.encode(&self.statement),
            "payloadType": "application/vnd.in-toto+json", "signatures": [{ "sig": signature }] });
        json!({ "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": { "rawBytes": STANDARD.encode(&certificate) },
                "tlogEntries": [self.entry(&certificate, &signature, &envelope)] },
            "dsseEnvelope": envelope })
    }

    /// A certificate of ten minutes that holds the promise of the certificate log.
    fn certificate(&self, key: &KeyPair) -> Vec<u8> {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        parameters.not_before = rcgen::date_time_ymd(2025, 6, 1);
        parameters.not_after = parameters.not_before + Duration::from_secs(600);
        parameters.serial_number = Some(4711.into());
        parameters.subject_alt_names = vec![SanType::Rfc822Name(SIGNER.try_into().unwrap())];
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![self.usage.clone()];
        let issuer = [&[0x0c, ISSUER.len() as u8][..], ISSUER.as_bytes()].concat();
        parameters.custom_extensions =
            vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 57264, 1, 8], issuer)];
        let (authority, authority_key, _) = &self.certified_by.authority;
        let issue = |parameters: &CertificateParams| {
            parameters.signed_by(key, &Issuer::from_params(authority, authority_key)).unwrap().der().to_vec()
        };
        let promise = self.promise(&issue(&parameters));
        parameters
            .custom_extensions
            .push(CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], promise));
        issue(&parameters)
    }

    /// A signed certificate timestamp over a certificate without it (RFC 6962, section 3.2), as an extension holds it.
    fn promise(&self, certificate: &[u8]) -> Vec<u8> {
        let parsed = x509_cert::Certificate::from_der(certificate).unwrap();
        let signed_part = parsed.tbs_certificate().to_der().unwrap();
        let issuer = x509_cert::Certificate::from_der(&self.certified_by.authority.2).unwrap();
        let issuer = issuer.tbs_certificate().subject_public_key_info().to_der().unwrap();
        let time = (BEGUN as u64 * 1000).to_be_bytes();
        let length = &(signed_part.len() as u32).to_be_bytes()[1..];
        let signed =
            [&[0, 0][..], &time, &[0, 1], digest(&SHA256, &issuer).as_ref(), length, &signed_part, &[0, 0]]
                .concat();
        let log = &self.certificate_logged_by.certificate_log;
        let signature = log.sign(&signed).unwrap();
        let length = (signature.len() as u16).to_be_bytes();
        let one = [&[0][..], &log_id(log), &time, &[0, 0, 4, 3], &length, &signature].concat();
        let list = [&(one.len() as u16).to_be_bytes()[..], &one].concat();
        let list = [&(list.len() as u16).to_be_bytes()[..], &list].concat();
        assert!(list.len() < 0x80, "the length below takes one byte");
        [&[0x04, list.len() as u8][..], &list].concat()
    }

    /// The entry of the signature log, the only one of its tree.
    fn entry(&self, certificate: &[u8], signature: &str, envelope: &Value) -> Value {
        let pem = pem::encode(&pem::Pem::new("CERTIFICATE", certificate));
        let hash =
            |bytes: &[u8]| json!({ "algorithm": "sha256", "value": hex(digest(&SHA256, bytes).as_ref()) });
        let body = json!({ "apiVersion": "0.0.1", "kind": "dsse", "spec": {
            "envelopeHash": hash(envelope.to_string().as_bytes()), "payloadHash": hash(self.statement.as_bytes()),
            "signatures": [{ "signature": signature, "verifier": STANDARD.encode(pem) }] } });
        let body = body.to_string();
        let root = STANDARD.encode(digest(&SHA256, &[&[0][..], body.as_bytes()].concat()));
        let log = &self.logged_by.signature_log;
        let tree = format!("log.example.org\n1\n{root}\n");
        let hint = log_id(log)[..4].to_vec();
        let noted = STANDARD.encode([hint, log.sign(tree.as_bytes()).unwrap()].concat());
        let (time, id) = (BEGUN + self.signed_after, log_id(log));
        let promised = format!(
            r#"{{"body":"{}","integratedTime":{time},"logID":"{}","logIndex":0}}"#,
            STANDARD.encode(&body),
            hex(&id)
        );
        let promised = self.promised_by.signature_log.sign(promised.as_bytes()).unwrap();
        json!({ "logIndex": "0", "logId": { "keyId": STANDARD.encode(&id) },
            "kindVersion": { "kind": "dsse", "version": "0.0.1" }, "integratedTime": time.to_string(),
            "inclusionPromise": { "signedEntryTimestamp": STANDARD.encode(promised) },
            "inclusionProof": { "logIndex": "0", "rootHash": root, "treeSize": "1", "hashes": [],
                "checkpoint": { "envelope": format!("{tree}\n— log.example.org {noted}\n") } },
            "canonicalizedBody": STANDARD.encode(&body) })
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "An authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = authority.self_signed(&key).unwrap().der().to_vec();
        let log = || PrivateKey::generate(Curve::P256).unwrap();
        Self { authority: (authority, key, certificate), certificate_log: log(), signature_log: log() }
    }

    /// The `trusted_root.json` of this world.
    pub(crate) fn trusted_root(&self) -> String {
        let valid = json!({ "start": "2020-01-01T00:00:00Z" });
        let log = |key: &PrivateKey| {
            json!([{ "baseUrl": "https://log.example.org", "hashAlgorithm": "SHA2_256",
                "publicKey": { "rawBytes": STANDARD.encode(key.public_key().to_der()),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": valid },
                "logId": { "keyId": STANDARD.encode(log_id(key)) } }])
        };
        json!({ "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": log(&self.signature_log), "ctlogs": log(&self.certificate_log), "timestampAuthorities": [],
            "certificateAuthorities": [{ "subject": { "organization": "example.org", "commonName": "An authority" },
                "uri": "https://ca.example.org", "validFor": valid,
                "certChain": { "certificates": [{ "rawBytes": STANDARD.encode(&self.authority.2) }] } }] })
        .to_string()
    }
}

fn log_id(key: &PrivateKey) -> Vec<u8> {
    digest(&SHA256, &key.public_key().to_der()).as_ref().to_vec()
}
