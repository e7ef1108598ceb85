//! `casemate scan` as a person meets it: exit codes, formats, folders, and the three most likely mistakes. The pickles are
//! put together here and never loaded.

use serde_json::Value;

use crate::common::{Folder, NOW, findings};

/// A pickle of protocol 0 that would print a word.
const HARMFUL: &str = "cos\nsystem\n(S'echo casemate'\ntR.";
/// A pickle of protocol 0 of a list.
const HARMLESS: &str = "(lp0\nI1\naI2\na.";

fn report(folder: &Folder, args: &[&str]) -> Value {
    let run = folder.run(&[&["scan", "--format", "json"], args].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

#[test]
fn a_harmful_file_is_named_and_fails_the_run() {
    let folder = Folder::new();
    folder.write("model.bin", HARMFUL).write("ok.pkl", HARMLESS);
    let run = folder.run(&["scan", "model.bin", "ok.pkl"]);
    assert_eq!(run.code, 10, "{run:?}");
    assert_eq!(findings(&run.stdout), ["[CRITICAL] `os.system` is called"]);
    assert!(run.stdout.starts_with("model.bin: malicious (pickle)\n    loads  runs a process\n"), "{run:?}");
    assert!(run.stdout.contains("2 files, 46 B: 1 malicious, 1 clean"), "{run:?}");
    assert_eq!(run.stderr, "", "nothing is drawn where nobody watches");
    assert_eq!(folder.run(&["scan", "model.bin", "--fail-on", "never"]).code, 0);
    assert_eq!(folder.run(&["scan", "ok.pkl"]).code, 0);
}

#[test]
fn what_could_not_be_read_never_looks_like_a_pass() {
    let folder = Folder::new();
    folder.write("weights.bin", "\u{1}\u{2}\u{3}neither text nor a format");
    let run = folder.run(&["scan", "weights.bin"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("weights.bin: unknown (unknown)"), "{run:?}");
    assert_eq!(folder.run(&["scan", "weights.bin", "--allow-inconclusive"]).code, 0);
}

#[test]
fn the_report_for_programs_has_the_stable_shape() {
    let folder = Folder::new();
    folder.write("a/model.bin", HARMFUL).write("a/ok.pkl", HARMLESS);
    let report = report(&folder, &["a"]);
    assert_eq!(report["schema"], "casemate/scan/v1");
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    let file = &files[0];
    assert_eq!(file["path"], "a/model.bin");
    assert_eq!(file["format"], "pickle");
    assert_eq!((&file["status"], &file["verdict"]), (&"complete".into(), &"malicious".into()));
    assert_eq!(file["coverage"]["understood"], file["coverage"]["total"]);
    assert_eq!(file["capabilities"][0], "process");
    let finding = &file["findings"][0];
    assert_eq!(finding["rule"], "pickle-process");
    assert_eq!(finding["location"], serde_json::json!({ "member": null, "offset": 30 }));
    assert_eq!(file["digests"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(report["summary"]["verdicts"]["malicious"], 1);
    assert_eq!(report["summary"]["root"]["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let folder = Folder::new();
    for number in 0..20 {
        folder.write(&format!("m/{number}.pkl"), if number % 3 == 0 { HARMFUL } else { HARMLESS });
    }
    let args = ["scan", "m", "--format", "sarif"];
    let first = folder.run(&args);
    assert_eq!(first.stdout, folder.run(&args).stdout);
    let log: Value = serde_json::from_str(&first.stdout).unwrap();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 7);
}

#[test]
fn folders_can_be_narrowed() {
    let folder = Folder::new();
    folder.write("m/model.bin", HARMFUL).write("m/ok.pkl", HARMLESS);
    let files = |args: &[&str]| report(&folder, args)["files"].as_array().unwrap().len();
    assert_eq!(files(&["m"]), 2);
    assert_eq!(files(&["m", "--exclude", "*.bin"]), 1);
}

#[test]
fn mistakes_are_answered_with_what_to_do() {
    let folder = Folder::new();
    folder.write("m/ok.pkl", HARMLESS);
    let missing = folder.run(&["scan", "nothing.bin"]);
    assert_eq!(missing.code, 3);
    assert!(missing.stderr.contains("no such file or folder: nothing.bin"), "{missing:?}");
    assert!(missing.stderr.contains("hint:"), "{missing:?}");
    assert_eq!(folder.run(&["scan", "m", "--exclude", "**"]).code, 3);
    assert_eq!(folder.run(&["scan", "m", "--exclude", "[a"]).code, 2);
    assert_eq!(folder.run(&["scan"]).code, 2);
    assert_eq!(folder.run(&["scan", "-", "m"]).code, 3);
}

#[test]
fn evidence_of_a_scan_verifies_a_claim_or_disproves_it() {
    let system = "version: 1
system: { id: s }
boundaries: { cluster: { kind: namespace } }
components:
  scorer: { kind: serve, boundary: cluster, model: { task: scoring, modality: [tabular], outputs: [scores], format: joblib, path: m } }
controls:
  - { control: artifact-scanning, on: [scorer] }
  - { control: safe-serialization, on: [scorer] }
";
    let statuses = |content: &str| {
        let folder = Folder::new();
        folder.write("casemate.yaml", system).write("m/model.pkl", content);
        let args = ["--fail-on", "never", "--evidence-for", "scorer", "--now", NOW];
        let run = folder.run(&[&["scan", "m"][..], &args].concat());
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stderr.contains("evidence on artefact-scanning: "), "{run:?}");
        let case = folder.case("casemate.yaml", &[]);
        ["artefact-scanning", "safe-serialisation"].map(|control| {
            let claim = case["claims"].as_array().unwrap().iter().find(|claim| claim["control"] == control);
            claim.unwrap()["status"].as_str().unwrap().to_owned()
        })
    };
    // A pickle of plain data does no harm, and is no format without code.
    assert_eq!(statuses(HARMLESS), ["verified", "contradicted"]);
    assert_eq!(statuses(HARMFUL), ["contradicted", "contradicted"]);
}

#[test]
fn two_versions_are_compared_by_what_loading_does() {
    let folder = Folder::new();
    folder.write("a/model.bin", HARMLESS).write("b/model.bin", HARMFUL).write("b/note.txt", "x");
    let run = folder.run(&["scan", "--diff", "a", "b"]);
    assert_eq!(run.code, 10, "{run:?}");
    assert!(run.stdout.starts_with("loading now also: runs a process\nnew findings (1)\n"), "{run:?}");
    assert!(run.stdout.contains("  ~ model.bin  clean → malicious\n  + note.txt  clean\n"), "{run:?}");
    let same = folder.run(&["scan", "--diff", "a", "a"]);
    assert_eq!((same.code, same.stdout.as_str()), (0, "nothing changed\n"));
    assert_eq!(folder.run(&["scan", "--diff", "a"]).code, 2);
}

#[test]
fn shards_share_the_work() {
    let folder = Folder::new();
    for number in 0..7 {
        folder.write(&format!("m/{number}.pkl"), HARMLESS);
    }
    let files = |shard: &str| report(&folder, &["m", "--shard", shard])["files"].as_array().unwrap().len();
    assert_eq!([files("1/3"), files("2/3"), files("3/3")], [3, 2, 2]);
    assert_eq!(folder.run(&["scan", "m", "--shard", "4/3"]).code, 2);
}

#[test]
fn parts_of_a_scan_make_the_whole() {
    let folder = Folder::new();
    let index = r#"{"metadata": {}, "weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}"#;
    folder
        .write("m/model.safetensors.index.json", index)
        .write("m/one.safetensors", "")
        .write("m/evil.pkl", HARMFUL);
    folder
        .write("m/config.json", r#"{"auto_map": {"AutoModel": "model.Net"}}"#)
        .write("m/model.py", "import os\n");
    let part = |number: usize| {
        let shard = format!("{number}/3");
        let run = folder.run(&[
            "scan",
            "m",
            "--format",
            "json",
            "--shard",
            &shard,
            "-o",
            &format!("{number}.json"),
        ]);
        assert!(run.code == 10 || run.code == 1 || run.code == 0, "{run:?}");
    };
    (1..=3).for_each(part);
    let whole = folder.run(&["scan", "m", "--format", "json"]);
    assert!(whole.stdout.contains("missing-file"), "{whole:?}");
    let merged = folder.run(&["scan", "--merge", "3.json", "1.json", "2.json", "--format", "json"]);
    assert_eq!((merged.code, &merged.stdout), (whole.code, &whole.stdout));
    for (reports, why) in [
        (&["1.json", "2.json"][..], "part 3 of 3 is missing"),
        (&["1.json", "2.json", "2.json"], "part 2 of 3 is there twice"),
        (&["m/config.json"], "is no report"),
        (&["nothing.json"], "cannot read nothing.json"),
    ] {
        let run = folder.run(&[&["scan", "--merge"], reports].concat());
        assert!(run.code != 0 && run.stderr.contains(why), "{run:?}");
    }
    folder.write("whole.json", &whole.stdout);
    let run = folder.run(&["scan", "--merge", "whole.json"]);
    assert!(run.stderr.contains("is not of a part"), "{run:?}");
}

#[test]
fn what_an_unpickler_has_to_be_allowed_is_written_down() {
    let folder = Folder::new();
    folder.write("m.pkl", "ccollections\nOrderedDict\n(tR.").write("evil.pkl", HARMFUL);
    let run = folder.run(&["scan", "m.pkl", "evil.pkl", "--policy-out", "p.json", "--fail-on", "never"]);
    assert!(run.stderr.contains("policy for 2 files in p.json: 1 globals refused"), "{run:?}");
    let text = std::fs::read_to_string(folder.path().join("p.json")).unwrap();
    let policies: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(policies[1]["allowed"][0]["name"], "OrderedDict", "{text}");
    assert_eq!(policies[0]["refused"][0]["name"], "system", "{text}");
    folder.run(&["scan", "m.pkl", "--policy-out", "p.py"]);
    let code = std::fs::read_to_string(folder.path().join("p.py")).unwrap();
    assert!(code.contains("(\"collections\", \"OrderedDict\")"), "{code}");
}

#[test]
fn what_is_no_plain_tensor_is_not_converted_and_leaves_nothing() {
    let folder = Folder::new();
    folder.write("evil.pkl", HARMFUL).write("there.safetensors", "x");
    let run = folder.run(&["convert", "evil.pkl", "out.safetensors"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr.contains("evil.pkl is not converted: the file is not clean: `os.system` is called"),
        "{run:?}"
    );
    assert!(!folder.path().join("out.safetensors").exists() && !folder.path().join("out.part").exists());
    assert_eq!(folder.run(&["convert", "evil.pkl", "there.safetensors"]).code, 2);
    assert_eq!(folder.run(&["convert", "nothing.pkl", "out.safetensors"]).code, 3);
}

#[test]
fn packages_are_looked_up_in_an_export_of_advisories() {
    let folder = Folder::new();
    let advisory = r#"{"id": "PYSEC-2026-1", "modified": "2026-01-01T00:00:00Z", "affected": [{"package":
        {"ecosystem": "PyPI", "name": "pillow"}, "versions": ["9.0.0"]}]}"#;
    folder.write("osv/PYSEC-2026-1.json", advisory).write("m/requirements.txt", "pillow==9.0.0\n");
    let found = report(&folder, &["m", "--osv", "osv"]);
    let rules: Vec<&str> = found["files"][0]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["rule"].as_str())
        .collect();
    assert!(rules.contains(&"dependency-advisory"), "{found:#}");
    assert_eq!(folder.run(&["scan", "m", "--osv", "nothing"]).code, 3);
}

#[test]
fn a_hostile_name_cannot_steer_the_terminal() {
    let folder = Folder::new();
    folder.write("m/\u{1b}[2Jx.bin", HARMFUL);
    let run = folder.run(&["scan", "m"]);
    assert!(!run.stdout.contains('\u{1b}'), "{run:?}");
}
