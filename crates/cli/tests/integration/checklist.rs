//! The checklist: the smallest way in.

use crate::common::{Folder, findings};

const CHECKLIST: &str = r#"{"data_encryption_at_rest": true, "api_authentication": false, "input_validation": false, "model_versioning": true}"#;

#[test]
fn missing_controls_are_findings_with_their_recommendation_and_nothing_else_is() {
    let folder = Folder::new();
    let run = folder.write("check.json", CHECKLIST).assess("check.json", &["--format", "plain"]);
    assert_eq!(
        findings(&run.stdout),
        [
            "[CRITICAL] Model Security: Model API lacks authentication",
            "[HIGH] Adversarial Defense: No input validation on model inputs"
        ]
    );
    assert!(run.stdout.contains("Implement OAuth2 or API key authentication"), "{}", run.stdout);
    assert!(run.stdout.contains("Add schema validation and anomaly detection"), "{}", run.stdout);
    assert!(run.stdout.contains("`asserted` at best"), "{}", run.stdout);
    assert_eq!(run.code, 10);
}

#[test]
fn required_controls_that_are_absent_count_as_false() {
    let folder = Folder::new();
    let run = folder.write("check.yaml", "rate_limiting: true\n").assess("check.yaml", &[]);
    let mut found = findings(&run.stdout);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "[CRITICAL] Model Security: Model API lacks authentication",
            "[HIGH] Adversarial Defense: No input validation on model inputs",
            "[HIGH] Data Security: Training data not encrypted at rest",
            "[MEDIUM] Integrity: No model versioning or integrity checks",
        ]
    );
    for recommendation in
        ["Enable AES-256 encryption for all data stores", "Implement model signing and version control"]
    {
        assert!(run.stdout.contains(recommendation), "{}", run.stdout);
    }
}

#[test]
fn other_controls_are_not_stated_unless_the_list_is_complete() {
    let folder = Folder::new();
    folder.write("check.json", CHECKLIST);
    let case = folder.case("check.json", &[]);
    let not_stated = case["not_stated"].as_array().unwrap().len();
    assert!(not_stated > 40, "{not_stated}");
    assert_eq!(case["findings"].as_array().unwrap().len(), 2);
    let complete = folder.case("check.json", &["--complete"]);
    assert_eq!(complete["findings"].as_array().unwrap().len(), 2 + not_stated);
    assert!(complete["not_stated"].is_null());
}

#[test]
fn either_spelling_of_a_control_is_known() {
    let folder = Folder::new();
    let all = "api-authentication: true\ninput-validation: true\nmodel_versioning: true\ndata-encryption-at-rest: true\nmodel-signing: false\n";
    let run = folder.write("check.yaml", all).assess("check.yaml", &[]);
    assert_eq!(findings(&run.stdout).len(), 1, "{}", run.stdout);
}

#[test]
fn claims_of_a_checklist_hold_in_no_verified_view() {
    let folder = Folder::new();
    folder.write("check.json", CHECKLIST);
    let case = folder.case("check.json", &["--view", "verified"]);
    assert_eq!(case["findings"].as_array().unwrap().len(), 4);
    assert!(case["claims"].as_array().unwrap().iter().all(|claim| claim["status"] == "asserted"));
    assert_eq!(case["open"], serde_json::json!({ "bare": 4, "claimed": 2, "verified": 4 }));
}

#[test]
fn an_unknown_name_is_an_error_with_the_nearest_known_one() {
    let folder = Folder::new();
    let run = folder.write("check.json", r#"{"api_authentcation": true}"#).assess("check.json", &[]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("check.json:1:2"), "{}", run.stderr);
    assert!(run.stderr.contains("did you mean `api_authentication`?"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn answers_are_true_or_false() {
    let folder = Folder::new();
    for answer in [r#""yes""#, "1", "null", "[true]"] {
        let run = folder
            .write("check.json", &format!(r#"{{"api_authentication": {answer}}}"#))
            .assess("check.json", &[]);
        assert_eq!(run.code, 1, "{answer}");
        assert!(run.stderr.contains("check.json:1:24"), "{}", run.stderr);
    }
    let run = folder
        .write("check.json", r#"{"model_signing": true, "model-signing": true}"#)
        .assess("check.json", &[]);
    assert!(run.stderr.contains("stated twice"), "{}", run.stderr);
}
