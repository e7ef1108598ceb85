//! Signatures between this implementation and the one in Python that everybody uses: what one signs, the other verifies, and
//! refuses once a file is changed. Where there is no Python or no PyPI, it says so and is skipped.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::io::Write as _;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use casemate_core::Timestamp;
use casemate_keys::PrivateKey;
use casemate_sign::certificate::{Certificate, Roots};
use casemate_sign::{
    Algorithm, Authorities, Bundle, Comparing, Hashing, Ignore, Method, Scope, Tree, Trust, authenticate,
    compare, manifest, sign,
};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, SignatureAlgorithm,
};
use tempfile::TempDir;

/// The Python that has the other implementation.
fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let python = PYTHON.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oms-venv");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/venv.sh");
        let made = Command::new("sh").arg(script).arg(&folder).output();
        match made {
            Ok(output) if output.status.success() => Some(folder.join("bin/python")),
            other => {
                let skipped =
                    "SKIPPED: no Python or no PyPI, so the Python implementation of OMS was not tried";
                // Written past the test harness, which shows what a passing test prints to nobody.
                let mut console = std::io::stderr();
                writeln!(console, "{skipped}: {other:?}").unwrap();
                None
            }
        }
    });
    python.as_deref()
}

/// Whether the other implementation did what it was asked.
fn oracle(python: &Path, args: &[&dyn AsRef<std::ffi::OsStr>]) -> Result<(), String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/oracle.py");
    let mut command = Command::new(python);
    command.arg(script);
    for arg in args {
        command.arg(arg);
    }
    let output = command.output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// A model whose files the two implementations put in different order.
fn model() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("my-model");
    fs::create_dir_all(model.join("sub")).unwrap();
    fs::write(model.join("config.json"), "{}\n").unwrap();
    fs::write(model.join("sub/adapter.bin"), "adapter weights").unwrap();
    fs::write(model.join("sub-a.bin"), "a").unwrap();
    (folder, model)
}

fn key(folder: &Path, algorithm: &'static SignatureAlgorithm) -> (PathBuf, PathBuf) {
    let pair = KeyPair::generate_for(algorithm).unwrap();
    let (private, public) = (folder.join("key.pem"), folder.join("key.pub"));
    fs::write(&private, pair.serialize_pem()).unwrap();
    fs::write(&public, pair.public_key_pem()).unwrap();
    (private, public)
}

fn signed(
    model: &Path,
    method: Method,
    algorithm: Algorithm,
    key: &PrivateKey,
    chain: &[Certificate],
) -> Bundle {
    let ignore = Ignore::default();
    let tree = Tree::list(model, &ignore, false).unwrap();
    let hashing = Hashing { method, algorithm, known: &(), progress: &|_| {} };
    let manifest = manifest(&tree, &ignore, hashing).unwrap();
    sign(&manifest, key, chain).unwrap()
}

/// How many files are not as they were signed.
fn differing(bundle: &Path, trust: &Trust, model: &Path) -> usize {
    let authentic = authenticate(&Bundle::read(bundle).unwrap(), trust).unwrap();
    let (scope, ignore) = (Scope::Whole, Ignore::default());
    let how = Comparing { scope: &scope, ignore: &ignore, known: &(), total: &|_| {}, progress: &|_| {} };
    compare(authentic.manifest(), model, how).unwrap().mismatches.len()
}

fn trusted(public: &Path) -> Trust {
    Trust::Key(casemate_keys::PublicKey::from_pem(&fs::read(public).unwrap()).unwrap())
}

#[test]
fn python_verifies_what_we_sign_with_every_curve() {
    let Some(python) = python() else { return };
    for curve in [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ECDSA_P521_SHA512] {
        let (folder, model) = model();
        let (private, public) = key(folder.path(), curve);
        let key = PrivateKey::from_pem(&fs::read(private).unwrap(), None).unwrap();
        let bundle = folder.path().join("ours.sig");
        fs::write(&bundle, signed(&model, Method::Files, Algorithm::Sha256, &key, &[]).text()).unwrap();
        let verify = || oracle(python, &[&"verify", &"key", &model, &bundle, &"files", &"sha256", &public]);
        verify().unwrap();
        fs::write(model.join("config.json"), "[]\n").unwrap();
        assert!(verify().unwrap_err().contains("config.json"));
    }
}

#[test]
fn python_verifies_what_we_sign_with_blake3() {
    let Some(python) = python() else { return };
    let (folder, model) = model();
    let (private, public) = key(folder.path(), &PKCS_ECDSA_P256_SHA256);
    let key = PrivateKey::from_pem(&fs::read(private).unwrap(), None).unwrap();
    let bundle = folder.path().join("ours.sig");
    fs::write(&bundle, signed(&model, Method::Files, Algorithm::Blake3, &key, &[]).text()).unwrap();
    oracle(python, &[&"verify", &"key", &model, &bundle, &"files", &"blake3", &public]).unwrap();
}

#[test]
fn we_verify_what_python_signs_in_every_way_it_can() {
    let Some(python) = python() else { return };
    let (folder, model) = model();
    for curve in [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ECDSA_P521_SHA512] {
        let (private, public) = key(folder.path(), curve);
        let bundle = folder.path().join("theirs.sig");
        oracle(python, &[&"sign", &"key", &model, &bundle, &"files", &"sha256", &private]).unwrap();
        assert_eq!(differing(&bundle, &trusted(&public), &model), 0);
    }
    // It refuses these itself: docs/src/sign.md says why.
    let (private, public) = key(folder.path(), &PKCS_ECDSA_P256_SHA256);
    for (method, hash) in
        [("files", "blake2"), ("files", "blake3"), ("shards", "sha256"), ("shards", "blake3")]
    {
        let bundle = folder.path().join("theirs.sig");
        oracle(python, &[&"sign", &"key", &model, &bundle, &method, &hash, &private]).unwrap();
        assert_eq!(differing(&bundle, &trusted(&public), &model), 0, "{method} {hash}");
        fs::write(model.join("sub-a.bin"), "b").unwrap();
        assert_eq!(differing(&bundle, &trusted(&public), &model), 1, "{method} {hash}");
        fs::write(model.join("sub-a.bin"), "a").unwrap();
    }
}

#[test]
fn certificates_go_both_ways() {
    let Some(python) = python() else { return };
    let (folder, model) = model();
    let (private, _) = key(folder.path(), &PKCS_ECDSA_P384_SHA384);
    let root_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut root = CertificateParams::default();
    root.distinguished_name.push(DnType::CommonName, "Root");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let issuer = Issuer::new(root, root_key);
    let pair = KeyPair::from_pem(&fs::read_to_string(&private).unwrap()).unwrap();
    let mut leaf = CertificateParams::default();
    leaf.distinguished_name.push(DnType::CommonName, "Release");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let leaf_pem = leaf.signed_by(&pair, &issuer).unwrap().pem();
    let (root_file, leaf_file) = (folder.path().join("root.pem"), folder.path().join("leaf.pem"));
    fs::write(&root_file, &root_pem).unwrap();
    fs::write(&leaf_file, &leaf_pem).unwrap();

    let chain = Certificate::from_pem_many(leaf_pem.as_bytes()).unwrap();
    let key = PrivateKey::from_pem(&fs::read(&private).unwrap(), None).unwrap();
    let ours = folder.path().join("ours.sig");
    fs::write(&ours, signed(&model, Method::Files, Algorithm::Sha256, &key, &chain).text()).unwrap();
    oracle(python, &[&"verify", &"certificate", &model, &ours, &"files", &"sha256", &root_file]).unwrap();

    let theirs = folder.path().join("theirs.sig");
    let sign: [&dyn AsRef<std::ffi::OsStr>; 9] =
        [&"sign", &"certificate", &model, &theirs, &"files", &"sha256", &private, &leaf_file, &root_file];
    oracle(python, &sign).unwrap();
    let trust = Trust::Certificates(Authorities {
        roots: Roots::from_pem([root_pem.as_bytes()]).unwrap(),
        intermediates: Vec::new(),
        signer: None,
        at: "2026-11-30T00:00:00Z".parse::<Timestamp>().unwrap(),
    });
    assert_eq!(differing(&theirs, &trust, &model), 0);
}

#[test]
fn python_refuses_shards_as_the_specification_writes_them() {
    // A difference that is listed in the book. When this fails, Python was mended, and the list has to be.
    let Some(python) = python() else { return };
    let (folder, model) = model();
    let (private, public) = key(folder.path(), &PKCS_ECDSA_P256_SHA256);
    let key = PrivateKey::from_pem(&fs::read(private).unwrap(), None).unwrap();
    let bundle = folder.path().join("ours.sig");
    let shards = Method::Shards(NonZeroU64::new(4).unwrap());
    fs::write(&bundle, signed(&model, shards, Algorithm::Sha256, &key, &[]).text()).unwrap();
    assert!(oracle(python, &[&"verify", &"key", &model, &bundle, &"shards", &"sha256", &public]).is_err());
}
