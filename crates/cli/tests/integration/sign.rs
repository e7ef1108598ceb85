//! `casemate sign` and `casemate verify` as a person meets them: what is told, exit codes, and what must be refused.

use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use serde_json::Value;

use crate::common::{Folder, NOW, Run};

/// A model of three files, and a key to sign it with.
pub(crate) fn model() -> Folder {
    let folder = Folder::new();
    folder.write("m/config.json", "{}\n").write("m/sub/adapter.bin", "adapter").write("m/sub-a.bin", "a");
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    folder.write("key.pem", &key.serialize_pem()).write("key.pub", &key.public_key_pem());
    folder
}

pub(crate) fn sign(folder: &Folder, more: &[&str]) -> Run {
    folder.run(&[&["sign", "m", "--key", "key.pem", "--signature", "m.sig"], more].concat())
}

pub(crate) fn verify(folder: &Folder, more: &[&str]) -> Run {
    folder.run(&[&["verify", "m", "--public-key", "key.pub", "--signature", "m.sig"], more].concat())
}

fn payload(folder: &Folder, signature: &str) -> Value {
    let bundle: Value = serde_json::from_slice(&fs::read(folder.path().join(signature)).unwrap()).unwrap();
    let text = bundle["dsseEnvelope"]["payload"].as_str().unwrap();
    serde_json::from_slice(&decode(text)).unwrap()
}

/// Standard base64, without another dependency.
fn decode(text: &str) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> = text
        .bytes()
        .filter_map(|byte| alphabet.iter().position(|digit| *digit == byte))
        .map(|digit| u32::try_from(digit).unwrap())
        .collect();
    let bits = digits.chunks(4).flat_map(|four| {
        let number = four.iter().fold(0, |number, digit| (number << 6) | digit) << (6 * (4 - four.len()));
        number.to_be_bytes()[1..four.len()].to_vec()
    });
    bits.collect()
}

#[test]
fn a_signed_model_verifies_and_says_who_signed_it() {
    let folder = model();
    let run = sign(&folder, &[]);
    assert_eq!((run.code, &*run.stdout), (0, ""), "{run:?}");
    assert!(run.stderr.starts_with("signed m: 3 files, root sha256:"), "{run:?}");
    let run = verify(&folder, &[]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with("m: verified, 3 files as signed\n  signed by   key "), "{run:?}");
    assert_eq!(run.stderr, "");
}

#[test]
fn the_statement_is_that_of_the_specification() {
    let folder = model();
    folder.write("m/.git/HEAD", "x").write("m/notes.txt", "x");
    sign(&folder, &["--ignore", "notes.txt"]);
    let statement = payload(&folder, "m.sig");
    assert_eq!(statement["predicateType"], "https://model_signing/signature/v1.0");
    assert_eq!(statement["subject"][0]["name"], "m");
    let resources = statement["predicate"]["resources"].as_array().unwrap();
    let names: Vec<&str> = resources.iter().map(|resource| resource["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["config.json", "sub-a.bin", "sub/adapter.bin"], "ordered by code points");
    let serialization = &statement["predicate"]["serialization"];
    assert_eq!(serialization["method"], "files");
    assert_eq!(serialization["hash_type"], "sha256");
    assert_eq!(serialization["allow_symlinks"], false);
    let ignored = serde_json::json!([".git", ".gitattributes", ".github", ".gitignore", "notes.txt"]);
    assert_eq!(serialization["ignore_paths"], ignored);
}

#[test]
fn every_difference_is_told_file_by_file() {
    let folder = model();
    sign(&folder, &[]);
    folder.write("m/config.json", "{ }\n").write("m/evil.py", "");
    fs::remove_file(folder.path().join("m/sub-a.bin")).unwrap();
    let run = verify(&folder, &[]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.starts_with("m: refused, 3 files are not as they were signed\n"), "{run:?}");
    let json = verify(&folder, &["--format", "json"]);
    let report: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(report["schema"], "casemate/verification/v1");
    assert_eq!(report["verified"], false);
    let found: Vec<(&str, &str)> = report["mismatches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["kind"].as_str().unwrap(), one["path"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [("changed", "config.json"), ("extra", "evil.py"), ("missing", "sub-a.bin")]);
    assert_ne!(report["mismatches"][0]["signed"], report["mismatches"][0]["found"]);
}

#[test]
fn all_hashes_and_methods_verify() {
    let folder = model();
    folder.write("m/empty", "");
    for hash in ["sha256", "blake2b", "blake3"] {
        for method in ["files", "shards"] {
            let run = sign(&folder, &["--hash", hash, "--method", method, "--shard-size", "3"]);
            assert_eq!(run.code, 0, "{hash} {method}: {run:?}");
            assert_eq!(verify(&folder, &[]).code, 0, "{hash} {method}");
            folder.write("m/sub/adapter.bin", "adaptEr");
            let changed = verify(&folder, &[]);
            assert_eq!(changed.code, 1, "{hash} {method}");
            let told = if method == "files" { "sub/adapter.bin\n" } else { "sub/adapter.bin, bytes 3..6\n" };
            assert!(changed.stdout.contains(told), "{changed:?}");
            folder.write("m/sub/adapter.bin", "adapter");
        }
    }
}

#[test]
fn shards_of_a_longer_or_shorter_file_do_not_verify() {
    let folder = model();
    sign(&folder, &["--method", "shards", "--shard-size", "3"]);
    for content in ["adapter!", "adapter!!!", "adapte", "ada", ""] {
        folder.write("m/sub/adapter.bin", content);
        assert_eq!(verify(&folder, &[]).code, 1, "{content}");
    }
}

#[test]
fn only_what_is_loaded_can_be_verified() {
    let folder = model();
    sign(&folder, &[]);
    folder.write("m/config.json", "changed").write("m/extra", "");
    let run = verify(&folder, &["--only", "sub"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout.starts_with("m: verified, 1 of 3 files as signed, the others not looked at\n"),
        "{run:?}"
    );
    assert_eq!(verify(&folder, &["--only", "config.json"]).code, 1);
    let run = verify(&folder, &["--only", "extra"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("not-signed  extra  no signature covers it\n"), "{run:?}");
}

#[test]
fn unsigned_files_are_refused_unless_they_are_allowed() {
    let folder = model();
    sign(&folder, &[]);
    folder.write("m/README.md", "");
    assert_eq!(verify(&folder, &[]).code, 1);
    assert_eq!(verify(&folder, &["--ignore-unsigned-files"]).code, 0);
    assert_eq!(verify(&folder, &["--ignore", "README.md"]).code, 0);
    assert_eq!(verify(&folder, &["--ignore", "README"]).code, 1, "a path is no prefix");
}

#[test]
fn a_signature_in_the_model_leaves_itself_out() {
    let folder = model();
    assert_eq!(folder.run(&["sign", "m", "--key", "key.pem"]).code, 0);
    assert!(folder.path().join("m/model.sig").exists());
    assert_eq!(folder.run(&["verify", "m", "--public-key", "key.pub"]).code, 0);
    assert_eq!(folder.run(&["sign", "m", "--key", "key.pem"]).code, 0, "signing again writes over it");
    assert_eq!(folder.run(&["verify", "m", "--public-key", "key.pub"]).code, 0);
}

#[test]
fn a_single_file_can_be_signed() {
    let folder = model();
    assert_eq!(folder.run(&["sign", "m/config.json", "--key", "key.pem"]).code, 0);
    assert_eq!(payload(&folder, "m/config.json.sig")["predicate"]["resources"][0]["name"], "config.json");
    assert_eq!(folder.run(&["verify", "m/config.json", "--public-key", "key.pub"]).code, 0);
}

#[test]
fn another_key_an_altered_bundle_and_no_bundle_are_refused() {
    let folder = model();
    sign(&folder, &[]);
    let other = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    folder.write("other.pub", &other.public_key_pem());
    let run = folder.run(&["verify", "m", "--public-key", "other.pub", "--signature", "m.sig"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("refused, the signature was made with another key: the bundle names "),
        "{run:?}"
    );

    let text = fs::read_to_string(folder.path().join("m.sig")).unwrap();
    let mut bundle: Value = serde_json::from_str(&text).unwrap();
    // The payload again, but for one digit.
    let payload = bundle["dsseEnvelope"]["payload"].as_str().unwrap().replacen('a', "b", 1);
    bundle["dsseEnvelope"]["payload"] = payload.into();
    folder.write("altered.sig", &bundle.to_string()).write("none.sig", "{}").write("empty.sig", "");
    for (signature, why) in [
        ("altered.sig", "the signature does not verify"),
        ("none.sig", "none.sig is no model signature"),
        ("empty.sig", "empty.sig is no model signature"),
    ] {
        let run = folder.run(&["verify", "m", "--public-key", "key.pub", "--signature", signature]);
        assert_eq!(run.code, 1, "{signature}");
        assert!(run.stdout.contains(why), "{signature}: {run:?}");
    }
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let folder = model();
    folder.write("empty/.git/HEAD", "");
    for (args, code, said) in [
        (&["sign", "m"][..], 2, "give the key to sign with: --key KEY.pem"),
        (&["sign", "nowhere", "--key", "key.pem"], 3, "there is no model at nowhere"),
        (&["sign", "m", "--key", "nokey.pem"], 3, "there is no private key at nokey.pem"),
        (
            &["sign", "m", "--key", "key.pub"],
            1,
            "no private key in PEM form was found; the file holds: PUBLIC KEY",
        ),
        (&["sign", "empty", "--key", "key.pem"], 1, "the model is empty"),
        (&["sign", "m", "--key", "key.pem", "--ignore", "*.bin"], 2, "exact paths only, no patterns"),
        (&["sign", "m", "--key", "key.pem", "--hash", "md5"], 2, "sha256, blake2b, blake3"),
        (&["verify", "m", "--signature", "m.sig"], 3, "there is no signature at m.sig"),
    ] {
        let run = folder.run(args);
        assert_eq!(run.code, code, "{args:?}: {run:?}");
        assert!(run.stderr.contains(said), "{args:?}: {run:?}");
    }
    sign(&folder, &[]);
    let run = folder.run(&["verify", "m", "--signature", "m.sig"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("say whom to trust: --public-key KEY.pub"), "{run:?}");
}

#[cfg(unix)]
#[test]
fn links_are_signed_only_where_that_was_asked_for() {
    use std::os::unix::fs::symlink;
    let folder = model();
    folder.write("blobs/abc", "weights");
    symlink("../blobs/abc", folder.path().join("m/weights.bin")).unwrap();
    let run = sign(&folder, &[]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("`weights.bin` is a symbolic link"), "{run:?}");
    let run = sign(&folder, &["--allow-symlinks"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("warning: the link weights.bin leads out of the model"), "{run:?}");
    assert_eq!(verify(&folder, &[]).code, 0);
    folder.write("blobs/abc", "others!");
    assert_eq!(verify(&folder, &[]).code, 1);

    // A single file is signed under the name it was given, and a link only where that was asked for.
    symlink("blobs/abc", folder.path().join("weights.bin")).unwrap();
    let single = ["sign", "weights.bin", "--key", "key.pem"];
    assert_eq!(folder.run(&single).code, 1);
    assert_eq!(folder.run(&[&single[..], &["--allow-symlinks"]].concat()).code, 0);
    assert_eq!(payload(&folder, "weights.bin.sig")["predicate"]["resources"][0]["name"], "weights.bin");
    assert_eq!(folder.run(&["verify", "weights.bin", "--public-key", "key.pub"]).code, 0);

    // A file that was signed and became a link to the same content is still not the file that was signed.
    let folder = model();
    sign(&folder, &[]);
    fs::rename(folder.path().join("m/config.json"), folder.path().join("moved")).unwrap();
    symlink("../moved", folder.path().join("m/config.json")).unwrap();
    let run = verify(&folder, &[]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("link        config.json"), "{run:?}");
}

#[test]
fn unchanged_files_are_not_read_again() {
    let folder = model();
    let settled = |path: &Path| {
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        fs::File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
    };
    let weights = folder.path().join("m/sub/adapter.bin");
    settled(&weights);
    // What was changed within two seconds is not remembered, so wait until the model is older than that.
    std::thread::sleep(std::time::Duration::from_millis(3200));
    let cached = ["--cache", "digests.json"];
    assert_eq!(sign(&folder, &cached).code, 0);
    let cache = fs::read_to_string(folder.path().join("digests.json")).unwrap();
    assert_eq!(cache.matches("\"digest\"").count(), 3, "{cache}");

    // A cache that lies shows that files are not read; --recheck finds it out.
    let mut value: Value = serde_json::from_str(&cache).unwrap();
    for line in value["digests"].as_object_mut().unwrap().values_mut() {
        line["digest"] = "00".repeat(32).into();
    }
    folder.write("digests.json", &value.to_string());
    assert_eq!(sign(&folder, &cached).code, 0);
    assert_eq!(verify(&folder, &[]).code, 1, "the signature covers what the cache said");
    let run = sign(&folder, &["--cache", "digests.json", "--recheck"]);
    assert_eq!(run.stderr.matches("warning: the cache had another digest of").count(), 3, "{run:?}");
    assert_eq!(verify(&folder, &[]).code, 0);
}

/// A root, and a certificate of `key.pem` by it that is valid in these years.
fn certified(folder: &Folder, years: std::ops::Range<i32>) {
    let root_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut root = CertificateParams::default();
    root.distinguished_name.push(DnType::CommonName, "Example Root");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    folder.write("root.pem", &root.self_signed(&root_key).unwrap().pem());
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::from_pem(&fs::read_to_string(folder.path().join("key.pem")).unwrap()).unwrap();
    let mut leaf = CertificateParams::default();
    leaf.distinguished_name.push(DnType::CommonName, "release");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    leaf.not_before = date_time_ymd(years.start, 1, 1);
    leaf.not_after = date_time_ymd(years.end, 1, 1);
    folder.write("leaf.pem", &leaf.signed_by(&key, &issuer).unwrap().pem());
}

#[test]
fn a_certificate_needs_only_its_root_to_be_known() {
    let folder = model();
    certified(&folder, 2026..2030);
    assert_eq!(sign(&folder, &["--certificate", "leaf.pem"]).code, 0);
    let by_root = ["verify", "m", "--root", "root.pem", "--signature", "m.sig", "--now", NOW];
    let run = folder.run(&by_root);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("signed by   CN=release, vouched for by CN=Example Root"), "{run:?}");
    assert_eq!(
        verify(&folder, &[]).code,
        1,
        "the key is known, but the bundle says that a certificate signed"
    );
}

#[test]
fn an_expired_or_untrusted_certificate_is_refused() {
    let folder = model();
    certified(&folder, 2020..2021);
    assert_eq!(sign(&folder, &["--certificate", "leaf.pem"]).code, 0);
    let by_root = ["verify", "m", "--root", "root.pem", "--signature", "m.sig", "--now"];
    let run = folder.run(&[&by_root[..], &[NOW]].concat());
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("the certificate `CN=release` expired on 2021-01-01T00:00:00Z"), "{run:?}");
    assert_eq!(folder.run(&[&by_root[..], &["2020-06-01T00:00:00Z"]].concat()).code, 0);

    let elsewhere = model();
    certified(&elsewhere, 2020..2030);
    fs::copy(elsewhere.path().join("root.pem"), folder.path().join("other-root.pem")).unwrap();
    let run = folder.run(&[
        "verify",
        "m",
        "--root",
        "other-root.pem",
        "--signature",
        "m.sig",
        "--now",
        "2020-06-01T00:00:00Z",
    ]);
    assert_eq!(run.code, 1, "{run:?}");
    let run = folder.run(&["sign", "m", "--key", "key.pem", "--certificate", "root.pem"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("the signing certificate is not of this private key"), "{run:?}");
}

#[test]
fn the_conformance_protocol_signs_verifies_and_refuses() {
    let folder = model();
    certified(&folder, 2026..2090);
    let ask = |args: &[&str]| folder.run(&[&["sign", "--conformance"], args].concat()).code;
    let ignored = folder.path().join("m/config.json");
    let ignored = ignored.to_str().unwrap();
    let sign = [
        "sign-model",
        "--method",
        "key",
        "--model-path",
        "m",
        "--output-bundle",
        "b.sig",
        "--private-key",
        "key.pem",
    ];
    assert_eq!(ask(&[&sign[..], &["--ignore-paths", ignored, "/elsewhere"]].concat()), 0);
    let verify = [
        "verify-model",
        "--method",
        "key",
        "--model-path",
        "m",
        "--bundle",
        "b.sig",
        "--public-key",
        "key.pub",
    ];
    assert_eq!(ask(&verify), 0);
    folder.write("m/more", "");
    assert_ne!(ask(&verify), 0);
    assert_eq!(ask(&[&verify[..], &["--ignore-unsigned-files"]].concat()), 0);
    let sign = [
        "sign-model",
        "--method",
        "certificate",
        "--model-path",
        "m",
        "--output-bundle",
        "b.sig",
        "--private-key",
        "key.pem",
        "--signing-cert",
        "leaf.pem",
        "--cert-chain",
        "root.pem",
    ];
    assert_eq!(ask(&sign), 0);
    let verify =
        ["verify-model", "--method", "certificate", "--model-path", "m", "--bundle", "b.sig", "--cert-chain"];
    assert_eq!(ask(&[&verify[..], &["root.pem"]].concat()), 0);
    assert_ne!(ask(&[&verify[..], &["leaf.pem"]].concat()), 0, "no root was given");
    assert_ne!(ask(&["verify-model", "--method", "key"]), 0);
}
