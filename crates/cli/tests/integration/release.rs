//! What a release does around a signature: policies, evidence, a scan before, claims, and versions in the ledger.

use std::fs;

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::Value;

use crate::common::{Folder, NOW};
use crate::sign::{model, sign, verify};

#[test]
fn a_policy_says_who_may_sign_and_what_may_be_left_out() {
    let folder = model();
    folder.write("m/notes.md", "");
    sign(&folder, &["--ignore", "notes.md"]);
    let json = verify(&folder, &["--format", "json"]);
    let report: Value = serde_json::from_str(&json.stdout).unwrap();
    let hint = report["signed"]["by"].as_str().unwrap().split(' ').nth(1).unwrap().to_owned();
    let policy = |signer: &str, more: &str| {
        folder.write("policy.yaml", &format!("version: 1\nsigners: [{{ key: {signer} }}]\n{more}"));
        verify(&folder, &["--policy", "policy.yaml"])
    };
    let run = policy(&hint, "");
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("the signature leaves out `notes.md`, and the policy does not allow that"),
        "{run:?}"
    );
    assert_eq!(policy(&hint, "may_ignore: ['*.md']\n").code, 0);
    assert!(
        policy(&"0".repeat(64), "may_ignore: ['*.md']\n").stdout.contains("the policy does not let key ")
    );
    assert!(policy(&hint, "may_ignore: ['*.md']\nhashes: [blake3]\n").stdout.contains("hashed with sha256"));
    folder.write("m/new.txt", "");
    assert_eq!(policy(&hint, "may_ignore: ['*.md']\n").code, 1);
    assert_eq!(policy(&hint, "may_ignore: ['*.md']\nmay_be_unsigned: ['*.txt']\n").code, 0);
    let run = policy(&hint, "may_sign: everybody\n");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("policy.yaml is no signature policy"), "{run:?}");
}

#[test]
fn evidence_says_that_the_check_can_fail() {
    let folder = model();
    sign(&folder, &[]);
    let evidence = |args: &[&str]| -> Value {
        verify(&folder, &[&["--evidence-for", "llm", "--now", NOW, "--evidence-dir", "e"], args].concat());
        let file = fs::read_dir(folder.path().join("e"))
            .unwrap()
            .map(|item| item.unwrap().path())
            .find(|path| path.extension().is_some_and(|extension| extension == "json"))
            .unwrap();
        let text = fs::read(&file).unwrap();
        fs::remove_file(file).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let document = evidence(&[]);
    assert_eq!(document["predicate"]["control"], "model-signing");
    assert_eq!(document["predicate"]["check"], "model-signature-verifies");
    assert_eq!(document["predicate"]["verdict"], "pass");
    assert_eq!(document["predicate"]["measured"]["altered_signature_refused"], true);
    assert_eq!(document["subject"][0]["digest"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(evidence(&["--only", "sub"])["predicate"]["verdict"], "inconclusive");
    folder.write("m/config.json", "changed");
    assert_eq!(evidence(&[])["predicate"]["verdict"], "fail");
}

#[test]
fn a_model_that_the_scan_refuses_is_not_signed() {
    let folder = model();
    folder.write("m/sub-a.bin", "\u{1}\u{2}\u{3}neither text nor a format");
    assert_eq!(sign(&folder, &["--scan"]).code, 10, "weights that nothing can read");
    let folder = Folder::new();
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    folder.write("key.pem", &key.serialize_pem()).write("key.pub", &key.public_key_pem());
    folder.write("m/config.json", "{}\n").write("m/list.pkl", "(lp0\nI1\na.");
    let run = sign(&folder, &["--scan"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(verify(&folder, &[]).code, 0, "the digests of the scan are those of the files");
    folder.write("m/model.bin", "cos\nsystem\n(S'echo casemate'\ntR.");
    fs::remove_file(folder.path().join("m.sig")).unwrap();
    let run = sign(&folder, &["--scan"]);
    assert_eq!(run.code, 10);
    assert!(run.stdout.contains("[CRITICAL] `os.system` is called"), "{run:?}");
    assert!(!folder.path().join("m.sig").exists());
}

#[test]
fn claims_about_the_model_are_signed_and_verified_with_it() {
    let folder = model();
    folder.write(
        "slsa.json",
        r#"{"buildDefinition":{"buildType":"https://example.com/train"},"runDetails":{}}"#,
    );
    folder.write("bom.json", r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[]}"#);
    let claims = ["--claim", "slsa.json", "--claim", "bom.json", "--claims", "claims.jsonl"];
    let run = sign(&folder, &claims);
    assert_eq!(run.code, 0, "{run:?}");
    let run = verify(&folder, &["--claims", "claims.jsonl"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("claim       https://slsa.dev/provenance/v1\n"), "{run:?}");
    assert!(run.stdout.contains("claim       https://cyclonedx.org/bom\n"), "{run:?}");

    // Claims about one model say nothing of another.
    let lines = fs::read_to_string(folder.path().join("claims.jsonl")).unwrap();
    folder.write("m/config.json", "another model");
    sign(&folder, &[]);
    let run = verify(&folder, &["--claims", "claims.jsonl"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("claim       refused: it is about another model"), "{run:?}");
    folder.write("claims.jsonl", &lines.replacen("MEU", "MEQ", 1).replacen("MEY", "MEQ", 1));
    assert_eq!(verify(&folder, &["--claims", "claims.jsonl"]).code, 1);

    let wrong =
        r#"{"bomFormat":"CycloneDX","metadata":{"component":{"hashes":[{"alg":"SHA-256","content":"00"}]}}}"#;
    folder.write("bom.json", wrong);
    let run = sign(&folder, &["--claim", "bom.json"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("bom.json is no claim about this model: it is about another model"),
        "{run:?}"
    );
}

#[test]
fn versions_are_recorded_listed_and_checked() {
    let folder = model();
    let recorded = |version: &str| sign(&folder, &["--record", version, "--now", NOW]);
    assert_eq!(recorded("1.0").code, 0);
    let first = folder.run(&["rollback-check", "m", "--signature", "m.sig"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert!(first.stdout.starts_with("m: latest: 1.0 is the newest approved version\n"), "{first:?}");
    let digest = first.stdout.lines().nth(1).unwrap().trim().to_owned();
    folder.write("m/config.json", "{\"v\":2}");
    let run = folder.run(&["rollback-check", "m", "--signature", "m.sig"]);
    assert_eq!((run.code, run.stdout.contains("m: unknown: ")), (10, true), "{run:?}");
    assert_eq!(recorded("1.1").code, 0);
    let old = ["rollback-check", &digest, "--model", "m"];
    let run = folder.run(&old);
    assert_eq!(run.code, 10);
    assert!(run.stdout.starts_with("m: older: 1.0 is approved, and 1.1 is newer\n"), "{run:?}");
    assert_eq!(folder.run(&[&old[..], &["--allow-older"]].concat()).code, 0);
    let run = folder.run(&["history", "m", "--withdraw", "1.1", "--reason", "leaks tickets", "--now", NOW]);
    assert_eq!(run.code, 0, "{run:?}");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "m");
    assert!(lines[1].starts_with("  1.1  withdrawn  2026-11-23T00:00:00Z  sha256:"), "{run:?}");
    assert!(lines[1].ends_with("  leaks tickets") && lines[2].starts_with("  1.0  latest     "), "{run:?}");
    assert_eq!(folder.run(&old).code, 0, "going back is what withdrawing is for");
    let run = folder.run(&["rollback-check", "m", "--signature", "m.sig"]);
    assert!(run.stdout.contains("withdrawn: 1.1 must not be deployed any more: leaks tickets"), "{run:?}");
    let run = folder.run(&["history", "m", "--approve", "1.2"]);
    assert!(run.code == 1 && run.stderr.contains("there is no version `1.2`"), "{run:?}");
}
