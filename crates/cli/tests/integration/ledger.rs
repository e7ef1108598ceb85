//! The ledger as a person uses it: a working day, what an attacker does to the folder, and evidence that a case rests on.

use std::fs;
use std::path::Path;

use crate::common::{Folder, NOW, Run};

/// A system with one claim, and an evidence document for it.
const SYSTEM: &str = "version: 1
system: { id: bot }
components:
  llm: { kind: serve, stage: serve }
controls:
  - { control: api-authentication, on: [llm], evidence: [{ kind: probe, check: endpoint-requires-auth }] }
";

fn evidence(verdict: &str, finished: &str) -> String {
    serde_json::json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "llm", "digest": {} }],
        "predicateType": "casemate/evidence/v1",
        "predicate": {
            "control": "api-authentication", "check": "endpoint-requires-auth", "verdict": verdict,
            "tier": "verified", "method": { "tool": "own", "version": "1" },
            "started": finished, "finished": finished,
        }
    })
    .to_string()
}

/// The one file in `.casemate/evidence` that was written for this verdict.
fn document(folder: &Folder, verdict: &str) -> std::path::PathBuf {
    let files =
        fs::read_dir(folder.path().join(".casemate/evidence")).unwrap().map(|file| file.unwrap().path());
    let wanted = format!("\"verdict\":\"{verdict}\"");
    files.into_iter().find(|path| fs::read_to_string(path).unwrap().contains(&wanted)).unwrap()
}

fn problems(folder: &Folder) -> Vec<String> {
    let case = folder.case("casemate.yaml", &[]);
    let problems = case["problems"].as_array().unwrap().iter();
    problems.map(|problem| problem["message"].as_str().unwrap().to_owned()).collect()
}

/// What a case says of each document about its ledger, by outcome.
fn places(folder: &Folder) -> Vec<(String, Option<String>)> {
    let case = folder.case("casemate.yaml", &[]);
    let notes = case["claims"][0]["evidence"].as_array().unwrap().iter();
    notes
        .map(|note| {
            (note["outcome"].as_str().unwrap().to_owned(), note["ledger"].as_str().map(str::to_owned))
        })
        .collect()
}

fn add(folder: &Folder, files: &[&str]) -> Run {
    let run = folder.run(&[&["evidence", "add", "--now", NOW], files].concat());
    assert_eq!(run.code, 0, "{run:?}");
    run
}

fn has(run: &Run, code: i32, text: &str) {
    assert_eq!(run.code, code, "{run:?}");
    assert!(run.stdout.contains(text) || run.stderr.contains(text), "{text}: {run:?}");
}

#[test]
fn a_working_day_from_the_first_entry_to_a_proof_that_others_check() {
    let folder = Folder::new();
    folder.write("model.bin", "weights").write("card.md", "about the weights");
    has(&folder.run(&["ledger", "init", "--origin", "example.com/models"]), 0, "can rewrite the ledger");
    has(&folder.run(&["ledger", "init"]), 1, "holds a ledger already");
    let append = folder.run(&["ledger", "append", "model.bin", "card.md", "--now", NOW]);
    has(&append, 0, "recorded as entries 0 to 1 of example.com/models");
    has(&folder.run(&["ledger", "verify"]), 0, "whole: 2 entries of example.com/models, with 2 payloads");
    has(
        &folder.run(&["ledger", "tail", "-n", "1"]),
        0,
        "1  2026-11-23T00:00:00Z  file  card.md, 17 bytes  sha256:",
    );
    assert_eq!(folder.run(&["ledger", "export", "--kind", "file"]).stdout.lines().count(), 2);
    assert_eq!(folder.run(&["ledger", "export", "--kind", "evidence"]).stdout, "");

    // The head goes elsewhere, and the ledger goes on from it.
    has(&folder.run(&["ledger", "checkpoint", "--output", "head"]), 0, "");
    has(&folder.run(&["ledger", "append", "head", "--digest-only"]), 0, "recorded as entry 2");
    has(&folder.run(&["ledger", "verify", "--anchor", "head"]), 0, "going on from the 2 of the anchor");

    // Whoever has the public key checks a proof without the ledger.
    let prove =
        ["ledger", "prove", "--document", "model.bin", "--output", "model.tlog-proof", "--entry", "entry"];
    has(&folder.run(&prove), 0, "");
    let other = Folder::new();
    for name in ["model.tlog-proof", "entry", "model.bin", "card.md", ".casemate/ledger.pub"] {
        let target = other.path().join(Path::new(name).file_name().unwrap());
        fs::copy(folder.path().join(name), target).unwrap();
    }
    let verify = |more: &[&str]| {
        let args = ["ledger", "verify", "--public-key", "ledger.pub", "--proof", "model.tlog-proof"];
        other.run(&[&args, more].concat())
    };
    has(&verify(&[]), 0, "proved: entry 0 of example.com/models, as of 3 entries");
    has(&verify(&["--document", "model.bin", "--entry", "entry"]), 0, "proved");
    has(&verify(&["--document", "card.md"]), 1, "is about another document");
    has(&verify(&["--entry", "card.md"]), 1, "the entry is not entry 0 of the log");
    has(&folder.run(&["ledger", "prove", "7"]), 1, "there is no entry 7: the ledger has 3");
    has(
        &folder.run(&["ledger", "prove", "--document", "entry"]),
        1,
        "nothing in the ledger is about sha256:",
    );
}

#[test]
fn what_was_altered_is_named_and_fails() {
    let folder = Folder::new();
    let ledger = |args: &[&str]| folder.run(&[&["ledger"], args].concat());
    has(&ledger(&["verify"]), 3, "no key to verify the ledger with");
    ledger(&["init", "--origin", "example.com/models"]);
    for name in ["one", "two"] {
        folder.write(name, name);
        ledger(&["append", name, "--now", NOW]);
    }
    ledger(&["checkpoint", "--output", "head"]);
    let at = folder.path().join(".casemate/ledger");
    let entries = at.join("tile/entries/000.p/2");
    let bytes = fs::read(&entries).unwrap();
    let at_name = bytes.windows(5).position(|window| window == b"\"two\"").unwrap();
    let mut altered = bytes.clone();
    altered[at_name + 1] = b'T';
    fs::write(&entries, altered).unwrap();
    has(&ledger(&["verify"]), 1, "altered entry: entry 1 is not the one that was appended");
    has(&ledger(&["append", "one"]), 1, "entry 1 was altered");
    has(&ledger(&["tail"]), 1, "entry 1 was altered");
    has(&ledger(&["prove", "1"]), 1, "entry 1 was altered");
    has(&ledger(&["verify", "--json"]), 1, "\"fault\": \"altered-entry\"");
    fs::write(&entries, bytes).unwrap();
    has(&ledger(&["verify", "--anchor", "head"]), 0, "whole: 2 entries");

    // Whoever has the key writes another history; only the head that was kept tells.
    let key = fs::read(folder.path().join(".casemate/ledger.key")).unwrap();
    fs::remove_dir_all(&at).unwrap();
    has(&ledger(&["append", "one"]), 1, "holds no ledger");
    has(&ledger(&["init"]), 1, "its ledger is gone");
    fs::remove_file(folder.path().join(".casemate/ledger.pub")).unwrap();
    has(&ledger(&["init"]), 0, "example.com/models");
    assert_eq!(fs::read(folder.path().join(".casemate/ledger.key")).unwrap(), key);
    ledger(&["append", "two", "one"]);
    has(&ledger(&["verify"]), 0, "held against no anchor");
    has(
        &ledger(&["verify", "--anchor", "head"]),
        1,
        "forked tree: the first 2 entries are not those of the anchor",
    );
}

#[test]
fn a_witness_signs_what_goes_on_from_what_it_signed_before() {
    let folder = Folder::new();
    folder.write("one", "1").write("two", "2");
    let ledger = |args: &[&str]| folder.run(&[&["ledger"], args].concat());
    ledger(&["init"]);
    ledger(&["append", "one"]);
    let cosign = ["cosign", "--key", "w.key", "--name", "witness.example", "--now", NOW];
    has(&ledger(&[&cosign[..], &["--first", "-o", "seen"]].concat()), 0, "w.pub verifies its signatures");
    has(
        &ledger(&["verify", "--witness", "w.pub"]),
        1,
        "0 of 1 required witnesses signed; missing: witness.example",
    );
    has(&ledger(&["checkpoint", "--cosigned", "seen"]), 0, "— witness.example ");
    has(
        &ledger(&["verify", "--witness", "w.pub"]),
        0,
        "witnessed by witness.example at 2026-11-23T00:00:00Z",
    );
    ledger(&["append", "two"]);
    has(&ledger(&["checkpoint", "--cosigned", "seen"]), 1, "witnesses sign one head");
    has(&ledger(&[&cosign[..], &["--anchor", "seen", "-o", "seen"]].concat()), 0, "");
    has(&ledger(&["checkpoint", "--cosigned", "seen"]), 0, "");
    has(&ledger(&["verify", "--witness", "w.pub", "--anchor", "seen"]), 0, "witnessed by");
}

#[test]
fn evidence_that_a_command_writes_is_in_the_ledger_and_a_case_says_so() {
    let folder = Folder::new();
    folder.write("casemate.yaml", SYSTEM).write("own.json", &evidence("pass", "2026-11-20T00:00:00Z"));
    folder.write(".casemate/evidence/own.json", &evidence("pass", "2026-11-20T00:00:00Z"));
    assert_eq!(places(&folder), [("pass".to_owned(), None)], "without a ledger nothing is said");

    fs::remove_dir_all(folder.path().join(".casemate")).unwrap();
    has(&add(&folder, &["own.json"]), 0, "a ledger was begun in .casemate/ledger");
    assert_eq!(places(&folder), [("pass".to_owned(), Some("recorded".to_owned()))]);
    assert_eq!(problems(&folder), [] as [&str; 0]);
    let plain = folder.assess("casemate.yaml", &["--verbose", "--fail-on", "never"]);
    assert!(plain.stdout.contains("in the ledger: 1 of 1 evidence documents"), "{plain:?}");
    let html = folder.assess("casemate.yaml", &["--format", "html", "--fail-on", "never"]);
    assert!(html.stdout.contains("· in the ledger"));

    // The same document again is the same entry.
    add(&folder, &["own.json"]);
    has(&folder.run(&["ledger", "verify"]), 0, "whole: 1 entries");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path().join(".casemate/ledger.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else reads the key");
    }
}

#[test]
fn evidence_that_was_inserted_altered_or_removed_is_told() {
    let folder = Folder::new();
    folder.write("casemate.yaml", SYSTEM);
    folder.write("fail.json", &evidence("fail", "2026-11-20T00:00:00Z"));
    add(&folder, &["fail.json"]);
    let path = document(&folder, "fail");
    let text = fs::read_to_string(&path).unwrap();

    // Altered: it is not the document that was recorded, and that one is gone.
    fs::write(&path, text.replace("fail", "pass")).unwrap();
    let told = problems(&folder);
    assert!(
        told.iter().any(|told| told.contains("not in the ledger, so it was altered or put there since")),
        "{told:?}"
    );
    fs::remove_file(&path).unwrap();

    // Removed.
    let told = problems(&folder);
    let removed = "the ledger knows a run of `endpoint-requires-auth` about `api-authentication` on llm of 2026-11-20 (fail)";
    assert!(told.iter().any(|told| told.starts_with(removed)), "{told:?}");
    fs::write(&path, text).unwrap();
    assert_eq!(problems(&folder), [] as [&str; 0]);

    // Inserted by hand, later than the failure.
    folder.write(".casemate/evidence/mine.json", &evidence("pass", "2026-11-21T00:00:00Z"));
    let (fail, pass) =
        (("fail".to_owned(), Some("recorded".to_owned())), ("pass".to_owned(), Some("missing".to_owned())));
    assert_eq!(places(&folder), [fail, pass]);
    assert!(problems(&folder).iter().any(|told| told.contains("mine.json: not in the ledger")));
    add(&folder, &[".casemate/evidence/mine.json"]);
    assert_eq!(problems(&folder), [] as [&str; 0], "a person said that it is genuine");

    // A ledger that was altered itself vouches for nothing.
    let tile = folder.path().join(".casemate/ledger/tile/0/000.p/2");
    fs::write(&tile, [7; 64]).unwrap();
    assert!(places(&folder).iter().all(|(_, place)| place.as_deref() == Some("unchecked")));
    assert!(problems(&folder).iter().any(|told| told.contains("cannot be believed")));
    fs::remove_dir_all(folder.path().join(".casemate/ledger")).unwrap();
    assert!(
        problems(&folder).iter().any(|told| told.contains("holds no ledger")),
        "one that is gone is missed"
    );
}

#[test]
fn a_ledger_that_does_not_go_on_from_the_head_that_was_kept_vouches_for_nothing() {
    let folder = Folder::new();
    folder.write("casemate.yaml", SYSTEM);
    folder.write("fail.json", &evidence("fail", "2026-11-20T00:00:00Z"));
    folder.write("pass.json", &evidence("pass", "2026-11-21T00:00:00Z"));
    add(&folder, &["fail.json"]);
    folder.run(&["ledger", "checkpoint", "--output", "head"]);
    add(&folder, &["pass.json"]);
    let status = |args: &[&str]| {
        let case = folder.case("casemate.yaml", args);
        case["claims"][0]["status"].as_str().unwrap().to_owned()
    };
    let anchor = ["--ledger-anchor", "head"];
    assert_eq!(status(&anchor), "verified", "it goes on from there");

    // The ledger is begun anew, without the failure.
    fs::remove_dir_all(folder.path().join(".casemate")).unwrap();
    add(&folder, &["pass.json"]);
    assert_eq!(status(&[]), "verified", "nothing in the folder tells");
    assert_eq!(status(&anchor), "not-checkable");
    // It is taken away as a whole.
    for name in ["ledger", "ledger.key", "ledger.pub"] {
        let path = folder.path().join(".casemate").join(name);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }
    assert_eq!(status(&[]), "verified");
    assert_eq!(status(&anchor), "not-checkable");
    has(&folder.assess("casemate.yaml", &["--ledger-anchor", "none"]), 3, "no such file: none");
}

#[test]
fn what_is_no_evidence_is_not_taken_in() {
    let folder = Folder::new();
    folder.write("good.json", &evidence("pass", "2026-11-20T00:00:00Z")).write("bad.json", "{}");
    has(&folder.run(&["evidence", "add", "good.json", "bad.json"]), 1, "bad.json: not an evidence document");
    assert!(!folder.path().join(".casemate").exists(), "none of them was taken in");
    folder.write("future.json", &evidence("pass", "2030-01-01T00:00:00Z"));
    has(&folder.run(&["evidence", "add", "future.json", "--now", NOW]), 1, "still to come");
    has(&folder.run(&["evidence", "add", "none.json"]), 3, "no such file");
}

#[test]
fn runs_at_the_same_time_begin_one_ledger_and_all_are_recorded() {
    let folder = Folder::new();
    for number in 0..8 {
        folder.write(&format!("{number}.json"), &evidence("pass", &format!("2026-11-20T00:00:0{number}Z")));
    }
    std::thread::scope(|scope| {
        let folder = &folder;
        for number in 0..8 {
            scope.spawn(move || add(folder, &[&format!("{number}.json")]));
        }
    });
    has(&folder.run(&["ledger", "verify"]), 0, "whole: 8 entries");
    let begun = folder.run(&["ledger", "tail", "--kind", "evidence"]).stdout;
    assert_eq!(begun.lines().count(), 8, "{begun}");
}
