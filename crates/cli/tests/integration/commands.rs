//! What a person meets at the command line: exit codes, starter file, explanations, errors.

use crate::common::Folder;

const BOT: &str = "version: 1
system: { id: bot }
actors: { customer: { kind: user, at: internet } }
boundaries: { internet: { kind: internet }, cluster: { kind: namespace } }
components:
  llm: { kind: serve, boundary: cluster, exposes: [{ protocol: http, auth: none, public: true }], model: { task: chat, modality: [text], outputs: [text] } }
flows: { ask: { from: customer, to: llm } }
";

#[test]
fn exit_codes_are_the_documented_ones() {
    let folder = Folder::new();
    folder.write("bot.yaml", BOT).write("bad.yaml", "version: 1\nsystem: 3\n");
    assert_eq!(folder.assess("bot.yaml", &["--fail-on", "never"]).code, 0);
    assert_eq!(folder.run(&["--version"]).code, 0);
    assert_eq!(folder.assess("bad.yaml", &[]).code, 1);
    assert_eq!(folder.run(&["asess"]).code, 2);
    assert_eq!(folder.assess("bot.yaml", &["--fail-on", "hihg"]).code, 2);
    assert_eq!(folder.assess("nothing.yaml", &[]).code, 3);
    assert_eq!(folder.run(&["assess"]).code, 3, "no casemate.yaml in the folder");
    assert_eq!(folder.assess("bot.yaml", &[]).code, 10);
}

#[test]
fn the_starter_file_is_valid_and_is_never_written_over() {
    let folder = Folder::new();
    let run = folder.run(&["init"]);
    assert_eq!(run.code, 0, "{run:?}");
    let check = folder.run(&["check-file"]);
    assert_eq!(check.code, 0, "{check:?}");
    assert!(!folder.case("casemate.yaml", &[])["findings"].as_array().unwrap().is_empty());
    let again = folder.run(&["init"]);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("left as it is"), "{}", again.stderr);
    assert_eq!(folder.run(&["init", "nowhere"]).code, 3);
}

#[test]
fn every_finding_can_be_explained() {
    let folder = Folder::new();
    folder.write("casemate.yaml", BOT);
    let case = folder.case("casemate.yaml", &[]);
    for finding in case["findings"].as_array().unwrap() {
        let id = finding["id"].as_str().unwrap();
        let run = folder.run(&["explain", id, "casemate.yaml"]);
        assert_eq!(run.code, 0, "{run:?}");
        for part in ["when: ", "controls:", "matrix[", "what to do: "] {
            assert!(run.stdout.contains(part), "{id} lacks {part}: {}", run.stdout);
        }
    }
    let run = folder.run(&["explain", "unauthenticated-model-api@llm"]);
    assert!(run.stdout.contains("component.auth = \"none\""), "{}", run.stdout);
    assert!(run.stdout.contains("anyone on the internet can connect to it"), "{}", run.stdout);
}

#[test]
fn explaining_what_is_not_there_suggests_what_is() {
    let folder = Folder::new();
    folder.write("casemate.yaml", BOT);
    let run = folder.run(&["explain", "unauthenticated-model-api@lm"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("did you mean `unauthenticated-model-api@llm`?"), "{}", run.stderr);
    let threat = folder.run(&["explain", "prompt-injection"]);
    assert!(threat.stdout.starts_with("threat prompt-injection: "), "{}", threat.stdout);
}

#[test]
fn a_dangling_reference_fails_the_check_and_is_a_finding() {
    let folder = Folder::new();
    folder.write("casemate.yaml", &BOT.replace("to: llm", "to: lm"));
    let check = folder.run(&["check-file"]);
    assert_eq!(check.code, 1);
    for part in
        ["casemate.yaml:7:37", "`flows.ask.to` names `lm`", "component or actor", "did you mean `llm`?"]
    {
        assert!(check.stderr.contains(part), "{part}: {}", check.stderr);
    }
    let case = folder.case("casemate.yaml", &[]);
    let finding =
        case["findings"].as_array().unwrap().iter().find(|f| f["threat"] == "dangling-reference").unwrap();
    assert_eq!((finding["severity"].as_str(), finding["location"]["line"].as_u64()), (Some("high"), Some(7)));
}

#[test]
fn reports_go_to_a_file_when_asked() {
    let folder = Folder::new();
    folder.write("casemate.yaml", BOT);
    let run = folder.assess("casemate.yaml", &["--output", "case.json", "--format", "json"]);
    assert_eq!(run.stdout, "");
    let baseline = folder.case("casemate.yaml", &["--baseline", "case.json"]);
    assert!(
        baseline["findings"].as_array().unwrap().iter().all(|finding| finding["baseline"] == "unchanged")
    );
    assert_eq!(folder.assess("casemate.yaml", &["--baseline", "case.json"]).code, 0, "nothing is new");
    let stricter = folder.assess("casemate.yaml", &["--baseline", "case.json", "--view", "verified"]);
    assert_eq!(stricter.code, 1, "another view");
    folder.write("other.yaml", "version: 1\nsystem: { id: another }\n");
    let other = folder.assess("other.yaml", &["--baseline", "case.json"]);
    assert_eq!(other.code, 1, "another system");
    assert!(other.stderr.contains("another"), "{}", other.stderr);
    folder.write("bad.json", "{}");
    assert_eq!(folder.assess("casemate.yaml", &["--baseline", "bad.json"]).code, 1);
    assert_eq!(folder.assess("casemate.yaml", &["--output", "no/such/folder/x"]).code, 1);
}

#[test]
fn colour_is_used_only_where_it_is_wanted() {
    let folder = Folder::new();
    folder.write("casemate.yaml", BOT);
    assert!(!folder.assess("casemate.yaml", &[]).stdout.contains('\u{1b}'));
    assert!(folder.assess("casemate.yaml", &["--color", "always"]).stdout.contains('\u{1b}'));
}

#[test]
fn the_file_may_come_from_standard_input_or_as_its_folder() {
    let folder = Folder::new();
    folder.write("sub/casemate.yaml", BOT);
    assert_eq!(folder.assess("sub", &[]).code, 10);
}

#[test]
fn the_catalogue_can_be_looked_at() {
    let folder = Folder::new();
    for what in ["threats", "controls", "frameworks", "facts"] {
        assert_eq!(folder.run(&["catalog", "list", what]).code, 0);
    }
    let coverage = folder.run(&["catalog", "coverage", "cosai-risk-map@2026-08-19", "--json"]);
    let rows: serde_json::Value = serde_json::from_str(&coverage.stdout).unwrap();
    let risks = rows.as_array().unwrap().iter().find(|row| row["kind"] == "risk").unwrap();
    let share = risks["covered"].as_f64().unwrap() / risks["entries"].as_f64().unwrap();
    assert!(share >= 0.9, "{risks}");
    let unknown = folder.run(&["catalog", "show", "promt-injection"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("did you mean `prompt-injection`?"), "{}", unknown.stderr);
}

#[test]
fn users_extend_the_catalogue_with_the_same_rules() {
    let folder = Folder::new();
    let threat = "id: no-owner-on-call
title: Nobody is on call for the model
category: Incident Response
domain: incident-response
description: When the model misbehaves at night nobody answers.
violates: [availability]
applies: { to: component, kinds: [serve], stages: [serve] }
when: component.has_model
goals: [deny-service]
controls: { stop: [incident-response-plan] }
impact: { availability: partial }
entry: omission
maturity: realised
confidence: low
recommendation: Name who is on call
references: {}
examples:
  open: [{ components: { m: { kind: serve, model: {} } } }]
  closed: [{ components: { m: { kind: serve, model: {} } }, controls: [{ control: incident-response-plan, on: [m] }] }]
  not-applicable: [{ components: { m: { kind: serve } } }]
";
    folder.write("casemate.yaml", BOT).write("mine/threats/no-owner-on-call.yaml", threat);
    let case = folder.case("casemate.yaml", &["--catalog", "mine"]);
    assert!(
        case["findings"].as_array().unwrap().iter().any(|finding| finding["id"] == "no-owner-on-call@llm")
    );
    assert_eq!(folder.run(&["catalog", "check", "--catalog", "mine"]).code, 0);

    folder.write(
        "mine/threats/no-owner-on-call.yaml",
        &threat
            .replace("has_model", "has_modell")
            .replace("[incident-response-plan] }\nimpact", "[incident-plan] }\nimpact"),
    );
    let run = folder.assess("casemate.yaml", &["--catalog", "mine"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("reads `component.has_modell`, which is no fact here"), "{}", run.stderr);
    assert!(run.stderr.contains("names the control `incident-plan`, which does not exist"), "{}", run.stderr);

    folder.write(
        "mine/threats/no-owner-on-call.yaml",
        &threat.replace(
            "not-applicable: [{ components: { m: { kind: serve } } }]",
            "not-applicable: [{ components: { m: { kind: serve, model: {} } } }]",
        ),
    );
    let run = folder.run(&["catalog", "check", "--catalog", "mine"]);
    assert!(run.stderr.contains("example not-applicable 1: is open"), "{}", run.stderr);
    assert_eq!(folder.assess("casemate.yaml", &["--catalog", "nowhere"]).code, 1);
}

#[test]
fn schemas_and_completions_are_printed() {
    let folder = Folder::new();
    for what in ["system", "case", "evidence", "threat", "control", "framework"] {
        let run = folder.run(&["schema", what]);
        let schema: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert!(schema["$schema"].is_string(), "{what}");
    }
    assert!(folder.run(&["completions", "bash"]).stdout.contains("casemate"));
}

#[cfg(unix)]
#[test]
fn evidence_is_read_from_plain_files_only() {
    let folder = Folder::new();
    folder
        .write("bot/casemate.yaml", BOT)
        .write("secret.json", "{}")
        .write("bot/.casemate/evidence/x.json", "{}");
    let link = folder.path().join("bot/.casemate/evidence/link.json");
    std::os::unix::fs::symlink(folder.path().join("secret.json"), link).unwrap();
    let case = folder.case("bot", &[]);
    let problems: Vec<&str> = case["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["message"].as_str().unwrap())
        .collect();
    assert!(
        problems.iter().any(|problem| problem.contains("link.json") && problem.contains("not a plain file"))
    );
    assert!(
        problems
            .iter()
            .any(|problem| problem.contains("x.json") && problem.contains("not an evidence document"))
    );
}
