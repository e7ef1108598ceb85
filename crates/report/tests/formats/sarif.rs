//! SARIF: valid, complete, and pointing at the right lines.

use casemate_core::Case;
use casemate_report::{Detail, Format, Style, render};
use serde_json::{Value, json};

use crate::build;
use crate::schema::assert_valid;

fn sarif(case: &Case, detail: Detail) -> Value {
    serde_json::from_str(&render(case, Format::Sarif, Style { colour: false, detail })).unwrap()
}

#[test]
fn the_document_obeys_the_official_schema() {
    let documents = [build::plain(), build::hostile(), build::empty(), build::told("")];
    let documents: Vec<Value> = documents.iter().map(|case| sarif(case, Detail::Full)).collect();
    assert_valid(&documents, "sarif-schema-2.1.0.json", &[]);
}

#[test]
fn what_the_standard_requires_is_there() {
    for case in [build::plain(), build::hostile()] {
        let log = sarif(&case, Detail::Full);
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        let driver = &run["tool"]["driver"];
        assert_eq!(driver["name"], "casemate");
        assert_eq!(run["results"].as_array().unwrap().len(), case.findings.len() + case.closed.len() + 1);
        for result in run["results"].as_array().unwrap() {
            let rule = &driver["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(result["ruleId"], rule["id"]);
            assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
            assert!(rule["properties"]["security-severity"].as_str().unwrap().parse::<f64>().unwrap() > 0.0);
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            assert_eq!(result["kind"] == "fail", result["level"] != "none");
            assert!(result["partialFingerprints"]["casemateFinding/v1"].as_str().unwrap().contains('@'));
            let place = &result["locations"][0]["physicalLocation"];
            assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
            let artifact = &run["artifacts"][place["artifactLocation"]["index"].as_u64().unwrap() as usize];
            assert_eq!(artifact["location"]["uri"], place["artifactLocation"]["uri"]);
            for taxon in result["taxa"].as_array().into_iter().flatten() {
                let taxonomy = &run["taxonomies"][taxon["toolComponent"]["index"].as_u64().unwrap() as usize];
                assert_eq!(taxonomy["name"], taxon["toolComponent"]["name"]);
                assert_eq!(taxonomy["taxa"][taxon["index"].as_u64().unwrap() as usize]["id"], taxon["id"]);
            }
        }
    }
}

#[test]
fn a_finding_points_at_its_span_and_one_without_at_the_first_line() {
    let log = sarif(&build::plain(), Detail::Normal);
    let region =
        |index: usize| log["runs"][0]["results"][index]["locations"][0]["physicalLocation"]["region"].clone();
    assert_eq!(region(0), json!({ "startLine": 12, "startColumn": 3, "endColumn": 7 }));
    assert_eq!(region(2), json!({ "startLine": 16, "startColumn": 3 }));
    assert_eq!(region(3), json!({ "startLine": 1 }));
}

#[test]
fn open_accepted_closed_and_fixed_can_be_told_apart() {
    let log = sarif(&build::plain(), Detail::Full);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let by_rule = |rule: &str| results.iter().find(|result| result["ruleId"] == rule).unwrap();

    let open = by_rule("unauthenticated-inference");
    assert_eq!(
        (&open["kind"], &open["level"], &open["baselineState"]),
        (&json!("fail"), &json!("error"), &json!("new"))
    );
    assert!(open.get("suppressions").is_none());

    let accepted = by_rule("prompt-injection");
    assert_eq!(accepted["baselineState"], "unchanged");
    let suppression = &accepted["suppressions"][0];
    assert_eq!(suppression["status"], "accepted");
    assert_eq!(
        suppression["justification"],
        "internal pilot, no tools bound (until 2027-01-31, owner Head of support, ticket SEC-12)"
    );

    let closed = by_rule("model-tampering");
    assert_eq!((&closed["kind"], &closed["level"]), (&json!("pass"), &json!("none")));
    assert_eq!(by_rule("weak-transport")["baselineState"], "absent");
}

#[test]
fn hosts_that_show_every_result_as_a_problem_get_problems_only() {
    let log = sarif(&build::plain(), Detail::Normal);
    for result in log["runs"][0]["results"].as_array().unwrap() {
        assert_eq!(result["kind"], "fail");
        assert_ne!(result["baselineState"], "absent");
    }
}

#[test]
fn each_framework_edition_is_one_taxonomy_with_the_entries_used() {
    let log = sarif(&build::plain(), Detail::Normal);
    let taxonomies = log["runs"][0]["taxonomies"].as_array().unwrap();
    let names: Vec<String> = taxonomies
        .iter()
        .map(|taxonomy| {
            format!("{}@{}", taxonomy["name"].as_str().unwrap(), taxonomy["version"].as_str().unwrap())
        })
        .collect();
    assert_eq!(names, ["mitre-atlas@2026.09", "mitre-atlas@5.6", "owasp-llm@2026"]);
    assert_eq!(
        taxonomies[0]["taxa"],
        json!([{ "id": "AML.T0024" }, { "id": "AML.T0024.002" }, { "id": "AML.T0040" }, { "id": "AML.T0051" }])
    );
}

#[test]
fn no_message_holds_a_link() {
    let log = sarif(&build::told("[x]\u{200b}(https://evil.example)"), Detail::Full);
    let run = &log["runs"][0];
    for result in run["results"].as_array().unwrap() {
        assert!(!result["message"]["text"].as_str().unwrap().contains("]("));
    }
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        assert!(!rule["help"]["text"].as_str().unwrap().contains("]("));
    }
}
