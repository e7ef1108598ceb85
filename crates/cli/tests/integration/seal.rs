//! `casemate seal`, `open` and `seal-key` as a person meets them: a working day with a sealed model, and the mistakes that
//! are made on it.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::common::{Folder, NOW, Run};

/// A model with two tensors, and an identity in `key.txt`.
fn model() -> (Folder, String) {
    let folder = Folder::new();
    let header = r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}"#;
    let weights = format!("{}\0\0\0\0\0\0\0{header}0123ab", char::from(u8::try_from(header.len()).unwrap()));
    folder.write("llm/config.json", "{}").write("llm/weights/model.safetensors", &weights);
    let run = folder.run(&["seal-key", "new", "key.txt"]);
    assert_eq!(run.code, 0, "{run:?}");
    let recipient = run.stdout.trim().to_owned();
    (folder, recipient)
}

fn sealed() -> (Folder, String) {
    let (folder, recipient) = model();
    let run = folder.run(&["seal", "llm", "--to", "sealed", "--recipient", &recipient]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.starts_with("sealed 2 files, "), "{run:?}");
    assert!(run.stderr.contains("opens by age-1\nsign it next: `casemate sign sealed`"), "{run:?}");
    (folder, recipient)
}

fn open(folder: &Folder, args: &[&str]) -> Run {
    folder.run(&[&["open", "sealed", "--identity", "key.txt"], args].concat())
}

/// What is in the folder, hidden things too.
fn names(folder: &Folder) -> Vec<String> {
    let children = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> =
        children.map(|child| child.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_model_is_sealed_checked_and_opened() {
    let (folder, _) = sealed();
    let check = open(&folder, &["--check"]);
    assert_eq!(check.code, 0, "{check:?}");
    assert!(check.stdout.starts_with("llm: sealed, generation 1\n    files  2 of 2 whole, "), "{check:?}");
    assert!(
        check.stdout.contains("refuses a wrong key, a stranger, another name, a changed bit, a cut-off file"),
        "{check:?}"
    );
    let run = open(&folder, &["--to", "plain"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "opened 2 files in plain\n"));
    assert_eq!(fs::read_to_string(folder.path().join("plain/config.json")).unwrap(), "{}");
    assert_eq!(names(&folder), ["key.txt", "llm", "plain", "sealed"]);
}

#[test]
fn parts_of_a_model_go_to_stdout_or_to_a_file_of_ones_own() {
    let (folder, _) = sealed();
    assert_eq!(open(&folder, &["--stdout", "config.json"]).stdout, "{}");
    assert_eq!(open(&folder, &["--range", "weights/model.safetensors:9..13"]).stdout, "\"a\":");
    assert_eq!(open(&folder, &["--range", "config.json:1.."]).stdout, "}");
    let tensor = open(&folder, &["--tensor", "b"]);
    assert_eq!(tensor.stdout, "ab");
    assert_eq!(tensor.stderr, "b: U8 [2], 2 bytes, from weights/model.safetensors\n");
    let run = open(&folder, &["--tensor", "a", "--quiet", "--output", "a.bin"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    assert_eq!(fs::read_to_string(folder.path().join("a.bin")).unwrap(), "0123");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("a.bin"), mode("key.txt")), (0o600, 0o600));
    }
    assert_eq!(open(&folder, &["--tensor", "c"]).code, 1);
    assert_eq!(open(&folder, &["--range", "config.json:1..9"]).code, 1);
    assert_eq!(open(&folder, &["--range", "config.json:9..1"]).code, 2);
}

#[test]
fn what_was_changed_is_refused_named_and_leaves_nothing() {
    let (folder, _) = sealed();
    let path = folder.path().join("sealed/g1/config.json.sealed");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    let run = open(&folder, &["--to", "plain"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.starts_with("error: `config.json` is refused: "), "{run:?}");
    assert!(run.stderr.contains("\n\nhint: `casemate open DIR --check`"), "{run:?}");
    assert_eq!(names(&folder), ["key.txt", "llm", "sealed"]);
    assert_eq!(open(&folder, &["--stdout", "config.json"]).stdout, "");
    let check = open(&folder, &["--check"]);
    assert_eq!(check.code, 1, "{check:?}");
    assert!(check.stdout.starts_with("refused: `config.json` is refused: "), "{check:?}");
    assert!(
        check.stdout.contains("llm: NOT as it was sealed, generation 1\n    files  1 of 2 whole"),
        "{check:?}"
    );
}

#[test]
fn a_check_is_evidence_that_the_case_takes_up() {
    let (folder, _) = sealed();
    let run = open(&folder, &["--check", "--evidence-for", "llm", "--now", NOW]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.starts_with("evidence on model-encryption: pass, "), "{run:?}");
    let system = "version: 1\nsystem: { id: s, name: S }\ncomponents:\n  llm: { kind: serve }\n\
                  controls:\n  - control: encryption-at-rest\n    on: [llm]\n";
    let case = folder.write("casemate.yaml", system).case("casemate.yaml", &[]);
    let claim = &case["claims"][0];
    assert_eq!(
        (&claim["control"], &claim["status"]),
        (&"model-encryption".into(), &"verified".into()),
        "{claim}"
    );

    let data = open(&folder, &["--check", "--evidence-for", "set", "--evidence-of", "data", "--now", NOW]);
    assert!(data.stderr.starts_with("evidence on data-encryption-at-rest: pass, "), "{data:?}");

    fs::remove_file(folder.path().join("sealed/g1/config.json.sealed")).unwrap();
    let run = open(&folder, &["--check", "--evidence-for", "llm", "--now", NOW]);
    assert!(run.stderr.starts_with("evidence on model-encryption: fail, "), "{run:?}");
    assert_eq!(run.code, 1);
}

#[test]
fn keys_are_changed_without_loss() {
    let (folder, _) = sealed();
    let second = folder.run(&["seal-key", "new", "second.txt"]).stdout.trim().to_owned();
    let key = ["--identity", "key.txt"];
    let change = |args: &[&str]| folder.run(&[&["seal-key"], args, &key[..]].concat());
    let run = change(&["add", "sealed", "--recipient", &second]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "added age-2\n"));
    let list = folder.run(&["seal-key", "list", "sealed"]);
    assert!(list.stdout.contains(&format!("    age-2  {second}\n")), "{list:?}");

    let run = change(&["rotate", "sealed"]);
    assert!(run.stderr.starts_with("generation 2: 2 files sealed anew; "), "{run:?}");
    assert_eq!(open(&folder, &["--stdout", "config.json", "--generation-at-least", "2"]).stdout, "{}");
    assert_eq!(open(&folder, &["--stdout", "config.json", "--generation-at-least", "3"]).code, 1);

    let run = change(&["remove", "sealed", "age-1"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("may have kept the data key"), "{run:?}");
    let refused = open(&folder, &["--check"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("no key opens it: age-2: it was wrapped for another key"), "{refused:?}");
    let other = folder.run(&["open", "sealed", "-i", "second.txt", "--stdout", "config.json"]);
    assert_eq!(other.stdout, "{}");

    folder.write("words.txt", "correct horse battery staple\n");
    let rewrap = ["seal-key", "rewrap", "sealed", "-i", "second.txt", "--new-passphrase-file", "words.txt"];
    assert_eq!(folder.run(&rewrap).stderr, "the data key is wrapped anew; it opens by passphrase-1\n");
    let words = folder.run(&["open", "sealed", "--passphrase-file", "words.txt", "--stdout", "config.json"]);
    assert_eq!(words.stdout, "{}");
}

#[test]
fn sealing_and_signing_is_one_command_and_rotation_says_that_the_signature_is_stale() {
    let (folder, recipient) = model();
    let key = folder
        .run_other("openssl", &["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "k.pem"]);
    let public = folder.run_other("openssl", &["ec", "-in", "k.pem", "-pubout", "-out", "k.pub"]);
    assert!(key && public, "openssl makes keys");
    let seal = ["seal", "llm", "--to", "sealed", "--recipient", &recipient, "--sign-key", "k.pem"];
    let run = folder.run(&seal);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("\nsigned 3 files, root sha256:"), "{run:?}");
    let verify = || folder.run(&["verify", "sealed", "--public-key", "k.pub"]);
    assert_eq!(verify().code, 0, "{:?}", verify());
    assert_eq!(open(&folder, &["--check"]).code, 0, "a signature beside it is no stranger");
    let run = folder.run(&["seal-key", "rewrap", "sealed", "-i", "key.txt"]);
    assert!(run.stderr.contains("the signature is no longer right: `casemate sign sealed`"), "{run:?}");
    assert_eq!(verify().code, 1);
}

#[test]
fn likely_mistakes_are_told_with_what_to_do() {
    let (folder, recipient) = sealed();
    let says = |args: &[&str], code: i32, text: &str| {
        let run = folder.run(args);
        assert!(run.code == code && run.stderr.contains(text), "{args:?}: {run:?}");
    };
    says(&["seal", "llm", "--to", "x"], 2, "nobody could open it: give --recipient");
    says(&["seal", "llm", "--to", "x", "--recipient", "age1x"], 2, "is not an age recipient");
    says(&["seal", "nowhere", "--to", "x", "--recipient", &recipient], 3, "there is no model at nowhere");
    says(&["seal", "llm", "--to", "sealed", "--recipient", &recipient], 1, "sealed is there already");
    says(&["seal", "llm", "--to", "x", "--kms-key", "aws=alias/a"], 2, "no program speaks for `aws`");
    says(&["open", "llm", "-i", "key.txt", "--check"], 3, "llm is no sealed model");
    says(&["open", "sealed", "--check"], 1, "no key for one of them was given\n\nhint: ");
    says(&["open", "sealed", "-i", "key.txt"], 2, "required");
    says(&["open", "sealed", "-i", "nowhere", "--check"], 3, "cannot read nowhere");
    says(&["seal-key", "new", "key.txt"], 1, "cannot make key.txt");
    folder.write("empty/x/y", "").write("bad.txt", "hello");
    says(&["open", "sealed", "-i", "bad.txt", "--check"], 1, "bad.txt is no file of age identities: line 1");
}

/// The memory of the process that rotates may end at any moment: what is on the disk must do.
#[cfg(unix)]
#[test]
fn a_rotation_that_is_killed_anywhere_leaves_a_model_that_opens_and_goes_on() {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    let (folder, recipient) = model();
    for number in 0..12_u32 {
        // Of sizes that take a while, so that there is something to kill.
        let content = "weights ".repeat(60_000 * (1 + number as usize % 3));
        folder.write(&format!("llm/{number}.bin"), &content);
    }
    let run = folder.run(&["seal", "llm", "--to", "sealed", "--recipient", &recipient, "--quiet"]);
    assert_eq!(run.code, 0, "{run:?}");
    let mut killed = 0;
    for delay in (0..60).map(|step| Duration::from_millis(step * 4)) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_casemate"))
            .args(["seal-key", "rotate", "sealed", "--identity", "key.txt"])
            .current_dir(folder.path())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(delay);
        let _ = child.kill();
        killed += u32::from(!child.wait().unwrap().success());
        let check = open(&folder, &["--check", "--quiet"]);
        assert_eq!(check.code, 0, "after {delay:?}: {check:?}");
    }
    assert!(killed > 0, "nothing was killed");
    let run = folder.run(&["seal-key", "rotate", "sealed", "--identity", "key.txt"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(open(&folder, &["--check", "--quiet"]).code, 0);
    // The one generation there is, and nothing half-written in it.
    let mut left: Vec<PathBuf> =
        fs::read_dir(folder.path().join("sealed")).unwrap().map(|it| it.unwrap().path()).collect();
    left.sort();
    assert_eq!(left.len(), 2, "{left:?}");
    let hidden =
        fs::read_dir(&left[0]).unwrap().any(|it| it.unwrap().file_name().to_string_lossy().starts_with('.'));
    assert!(!hidden);
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_no_plaintext() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let (folder, recipient) = model();
    folder.write("llm/large.bin", &"weights ".repeat(8_000_000));
    let run = folder.run(&["seal", "llm", "--to", "sealed", "--recipient", &recipient, "--quiet"]);
    assert_eq!(run.code, 0, "{run:?}");
    let child = Command::new(env!("CARGO_BIN_EXE_casemate"))
        .args(["open", "sealed", "--identity", "key.txt", "--to", "plain"])
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let partial = folder.path().join(".plain.casemate-partial");
    let begin = Instant::now();
    while !partial.exists() && begin.elapsed() < Duration::from_secs(20) {
        std::thread::yield_now();
    }
    assert!(folder.run_other("kill", &["-INT", &child.id().to_string()]));
    let output = child.wait_with_output().unwrap();
    assert!(!partial.exists(), "the half-done folder is gone");
    // It may have been faster than the interrupt.
    if output.status.success() {
        return;
    }
    assert!(String::from_utf8(output.stderr).unwrap().contains("nothing half-done was left"));
    assert!(!folder.path().join("plain").exists());
}

#[test]
fn the_seal_is_json_that_others_can_read() {
    let (folder, recipient) = sealed();
    let seal: Value =
        serde_json::from_slice(&fs::read(folder.path().join("sealed/seal.json")).unwrap()).unwrap();
    assert_eq!(seal["format"], "casemate/seal/v1");
    assert_eq!((&seal["model"], &seal["generation"]), (&"llm".into(), &1.into()));
    assert_eq!(seal["files"][0], serde_json::json!({ "path": "config.json", "size": 2 }));
    assert_eq!(seal["slots"][0]["method"]["age"]["recipient"], recipient.as_str());
}
