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
        let flows = result["codeFlows"].as_array().into_iter().flatten();
        for step in flows.flat_map(|flow| flow["threadFlows"][0]["locations"].as_array().unwrap()) {
            assert!(!step["location"]["message"]["text"].as_str().unwrap().contains("]("));
        }
    }
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        assert!(!rule["help"]["text"].as_str().unwrap().contains("]("));
    }
}

#[test]
fn each_path_is_a_flow_of_the_finding_that_its_goal_is_reached_by() {
    let case = build::plain();
    let log = sarif(&case, Detail::Normal);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let goals = |rule: &str| -> Vec<String> {
        let result = results.iter().find(|result| result["ruleId"] == rule).unwrap();
        let flows = result["codeFlows"].as_array().unwrap().iter();
        flows.map(|flow| flow["properties"]["goal"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(goals("unauthenticated-inference"), ["leak-data@llm", "leak-data@tickets", "drain-cost@llm"]);
    // An accepted risk is one that an attacker can take all the same.
    assert_eq!(goals("prompt-injection"), ["corrupt-decision@agent", "abuse-tool@refund"]);

    let flow = &results[0]["codeFlows"][1];
    assert_eq!(
        flow["message"]["text"],
        "leak-data@tickets: likely for anyone, 1 threat in 3 steps; cut by api-authentication@llm"
    );
    let steps = flow["threadFlows"][0]["locations"].as_array().unwrap();
    let importance: Vec<&str> = steps.iter().map(|step| step["importance"].as_str().unwrap()).collect();
    assert_eq!(importance, ["important", "essential", "important"]);
    let threat = &steps[1];
    assert_eq!(
        threat["location"]["message"]["text"],
        "whoever can connect asks the model without saying who they are (mitre-atlas@2026.09 AML.T0040)"
    );
    assert_eq!(threat["location"]["physicalLocation"]["region"]["startLine"], 12);
    assert_eq!(threat["location"]["logicalLocations"][0]["fullyQualifiedName"], "support-bot/llm");
    assert_eq!((&threat["executionOrder"], &threat["kinds"]), (&json!(2), &json!(["danger", "threat"])));
    assert_eq!(threat["taxa"][0]["id"], "AML.T0040");
    assert_eq!(steps[2]["location"]["physicalLocation"]["region"], json!({ "startLine": 1 }));
}

#[test]
fn a_path_is_never_lost_and_the_run_has_the_numbers() {
    let mut case = build::plain();
    let run = |case: &Case| sarif(case, Detail::Normal)["runs"][0].clone();
    let properties = run(&case)["properties"].clone();
    assert_eq!(
        properties["goalsReachable"],
        json!({ "possible": 10, "bare": 9, "claimed": 6, "verified": 7 })
    );
    // No threat is on this path.
    assert_eq!(properties["pathsWithoutFinding"].as_array().unwrap().len(), 1);
    assert_eq!(properties["pathsWithoutFinding"][0]["goal"], "deny-service@agent");
    assert!(properties.get("experiment").is_none());

    case.attack.as_mut().unwrap().experiment.without = vec!["model-signing".parse().unwrap()];
    case.findings.retain(|finding| finding.id.to_string() != "unauthenticated-inference@llm");
    let run = run(&case);
    assert_eq!(run["properties"]["experiment"], json!({ "without": ["model-signing"] }));
    assert_eq!(run["properties"]["pathsWithoutFinding"].as_array().unwrap().len(), 4);
    let flows = run["results"].as_array().unwrap().iter().filter_map(|result| result["codeFlows"].as_array());
    assert_eq!(flows.map(Vec::len).sum::<usize>(), 2);
}

#[test]
fn goals_that_a_result_has_no_room_for_are_named() {
    let mut case = build::plain();
    let attack = case.attack.as_mut().unwrap();
    attack.goals = vec![attack.goals[0].clone(); 300];
    let log = sarif(&case, Detail::Normal);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["ruleId"] == "prompt-injection").unwrap();
    assert_eq!(result["codeFlows"].as_array().unwrap().len(), 250);
    assert_eq!(result["properties"]["moreGoals"].as_array().unwrap().len(), 50);
}
