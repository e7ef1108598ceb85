//! Bundles that every version of the Python implementation really wrote (`historical/make.sh`) verify, whatever they do
//! otherwise than the specification; and none of them verifies another model.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]
use std::fs;
use std::path::{Path, PathBuf};

use casemate_keys::PublicKey;
use casemate_sign::{Bundle, Comparing, Ignore, Mismatch, Scope, Trust, authenticate, compare};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/historical")
}

fn key() -> Trust {
    Trust::Key(PublicKey::from_pem(&fs::read(folder().join("keys/key.pub")).unwrap()).unwrap())
}

fn mismatches(bundle: &Path, trust: &Trust, model: &Path) -> Vec<Mismatch> {
    let bundle = Bundle::read(bundle).unwrap_or_else(|error| panic!("{}: {error}", bundle.display()));
    let authentic = authenticate(&bundle, trust).unwrap();
    let how = Comparing {
        scope: &Scope::Whole,
        ignore: &Ignore::default(),
        known: &(),
        total: &|_| {},
        progress: &|_| {},
    };
    compare(authentic.manifest(), model, how).unwrap().mismatches
}

fn bundles(method: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(folder()).unwrap().map(|item| item.unwrap().path());
    let mut found: Vec<PathBuf> =
        all.filter(|path| path.to_string_lossy().ends_with(&format!("-{method}.sig"))).collect();
    found.sort();
    found
}

#[test]
fn signatures_with_keys_verify_in_every_version() {
    let bundles = bundles("key");
    assert_eq!(bundles.len(), 6, "{bundles:?}");
    for bundle in bundles {
        assert_eq!(mismatches(&bundle, &key(), &folder().join("model")), [], "{}", bundle.display());
    }
}

#[test]
fn a_changed_file_is_seen_in_every_version() {
    let copy = tempfile::tempdir().unwrap();
    let from = folder().join("model");
    fs::create_dir(copy.path().join("sub")).unwrap();
    for file in ["weights.bin", "it's", "sub-a.bin", "sub/config.json"] {
        fs::copy(from.join(file), copy.path().join(file)).unwrap();
    }
    fs::write(copy.path().join("sub/config.json"), "[]\n").unwrap();
    for bundle in bundles("key") {
        let found = mismatches(&bundle, &key(), copy.path());
        let paths: Vec<&str> = found.iter().map(|mismatch| mismatch.path().as_str()).collect();
        assert_eq!(paths, ["sub/config.json"], "{}", bundle.display());
    }
}

#[test]
fn another_key_verifies_none_of_them() {
    let other = Trust::Key(
        casemate_keys::PrivateKey::generate(casemate_keys::Curve::P256)
            .map(|key| {
                use casemate_keys::Signer as _;
                key.public_key().clone()
            })
            .unwrap(),
    );
    for bundle in bundles("key") {
        assert!(authenticate(&Bundle::read(&bundle).unwrap(), &other).is_err(), "{}", bundle.display());
    }
}

#[test]
fn signatures_with_certificates_verify_though_the_leaf_is_a_ca_of_the_same_name() {
    use casemate_sign::Authorities;
    use casemate_sign::certificate::Roots;
    let trust = Trust::Certificates(Authorities {
        roots: Roots::from_pem([&*fs::read(folder().join("keys/ca.crt")).unwrap()]).unwrap(),
        intermediates: Vec::new(),
        signer: None,
        at: "2027-01-01T00:00:00Z".parse().unwrap(),
    });
    let bundles = bundles("certificate");
    assert_eq!(bundles.len(), 5, "{bundles:?}");
    for bundle in bundles {
        assert_eq!(mismatches(&bundle, &trust, &folder().join("model")), [], "{}", bundle.display());
    }
}
