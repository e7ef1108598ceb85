//! CycloneDX: valid, every reference resolves, and nothing unchecked speaks for a claim.

use std::collections::BTreeSet;

use casemate_core::Case;
use casemate_report::{Format, Style, render};
use serde_json::{Value, json};

use crate::build;
use crate::schema::assert_valid;

fn bom(case: &Case) -> Value {
    serde_json::from_str(&render(case, Format::CycloneDx, Style::default())).unwrap()
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a Vec<Value> {
    value.pointer(pointer).and_then(Value::as_array).unwrap()
}

#[test]
fn the_document_obeys_the_official_schema() {
    let documents: Vec<Value> =
        [build::plain(), build::hostile(), build::empty(), build::told("")].iter().map(bom).collect();
    let beside = ["spdx.schema.json", "jsf-0.82.schema.json", "cryptography-defs.schema.json"];
    assert_valid(&documents, "bom-1.7.schema.json", &beside);
}

#[test]
fn what_the_standard_requires_is_there() {
    let bom = bom(&build::hostile());
    assert_eq!((&bom["bomFormat"], &bom["specVersion"]), (&json!("CycloneDX"), &json!("1.7")));
    assert_eq!(bom["metadata"]["tools"]["components"][0]["name"], "casemate");
    for part in list(&bom, "/components").iter().chain(list(&bom, "/services")) {
        assert!(part["name"].is_string() && part["bom-ref"].is_string());
    }
    assert!(bom.get("vulnerabilities").is_none());
}

#[test]
fn the_serial_number_is_a_uuid_that_names_the_case() {
    let number = |case: &Case| bom(case)["serialNumber"].as_str().unwrap().to_owned();
    let plain = number(&build::plain());
    let uuid = plain.strip_prefix("urn:uuid:").unwrap();
    let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12]);
    assert_eq!(uuid.as_bytes()[14], b'8');
    assert!(b"89ab".contains(&uuid.as_bytes()[19]));
    assert_eq!(plain, number(&build::plain()));
    let later = Case { generated: "2026-11-22T10:00:01Z".parse().unwrap(), ..build::plain() };
    assert_ne!(plain, number(&later));
}

#[test]
fn every_name_is_given_once_and_every_reference_resolves() {
    let mut case = build::hostile();
    case.claims.extend(build::plain().claims);
    case.findings.extend(build::plain().findings);
    let bom = bom(&case);
    let (mut names, mut used) = (BTreeSet::new(), BTreeSet::new());
    walk(&bom, &mut |key, value| {
        if key == "bom-ref" {
            assert!(names.insert(value.to_owned()), "{value} is given twice");
        } else if ["target", "requirement", "assessor", "ref", "dependsOn"].contains(&key)
            || ["evidence", "counterEvidence", "mitigationStrategies", "claims", "counterClaims"]
                .contains(&key)
        {
            used.insert(value.to_owned());
        }
    });
    assert!(used.len() > 20);
    assert_eq!(used.difference(&names).collect::<Vec<_>>(), Vec::<&String>::new());
}

fn walk(value: &Value, see: &mut dyn FnMut(&str, &str)) {
    let Value::Object(fields) = value else {
        return value.as_array().into_iter().flatten().for_each(|item| walk(item, see));
    };
    for (key, value) in fields {
        let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        items.iter().filter_map(Value::as_str).for_each(|text| see(key, text));
        walk(value, see);
    }
}

#[test]
fn a_model_has_a_card_and_data_a_classification() {
    let bom = bom(&build::plain());
    let part = |name: &str| list(&bom, "/components").iter().find(|part| part["bom-ref"] == name).unwrap();
    let llm = part("component/llm");
    assert_eq!(llm["type"], "machine-learning-model");
    assert_eq!(
        llm["modelCard"]["modelParameters"],
        json!({ "task": "chat", "inputs": [{ "format": "text" }, { "format": "image" }] })
    );
    assert_eq!(llm["hashes"], json!([{ "alg": "SHA-256", "content": "0f".repeat(32) }]));
    assert_eq!(llm["pedigree"]["ancestors"][0]["name"], "hf:org/name@rev");
    assert!(part("component/agent").get("hashes").is_none());
    assert_eq!(part("component/refund")["type"], "application");
    let tickets = &part("data/tickets")["data"][0];
    assert_eq!((&tickets["type"], &tickets["classification"]), (&json!("dataset"), &json!("confidential")));
}

#[test]
fn what_an_actor_reaches_is_a_service() {
    let bom = bom(&build::plain());
    let services = list(&bom, "/services");
    assert_eq!(services.len(), 1);
    assert_eq!(services[0]["bom-ref"], "service/agent");
    assert_eq!(services[0]["x-trust-boundary"], true);
    assert_eq!(
        services[0]["data"],
        json!([{ "flow": "inbound", "classification": "confidential", "name": "tickets" }])
    );
}

#[test]
fn only_what_passed_or_is_written_speaks_for_a_claim() {
    let bom = bom(&build::plain());
    let claim = |name: &str| {
        list(&bom, "/declarations/claims").iter().find(|claim| claim["bom-ref"] == name).unwrap()
    };
    let contradicted = claim("claim/input-screening@agent");
    assert_eq!(contradicted["evidence"], json!([]));
    assert_eq!(
        contradicted["counterEvidence"],
        json!(["evidence/input-screening@agent", "finding/contradicted-claim.input-screening@agent"])
    );
    assert_eq!(claim("claim/model-signing@llm")["evidence"], json!(["evidence/model-signing@llm"]));
    let stale = claim("claim/response-plan@support-bot");
    assert_eq!((&stale["evidence"], &stale["target"]), (&json!([]), &json!("system")));
    let open = claim("stands/prompt-injection@agent");
    assert_eq!(open["evidence"], json!(["finding/prompt-injection@agent"]));
    assert_eq!(
        open["mitigationStrategies"],
        json!(["advice/prompt-injection@agent", "acceptance/prompt-injection@agent"])
    );
    assert_eq!(claim("held-off/model-tampering@llm")["evidence"], json!(["evidence/model-signing@llm"]));
    assert_eq!(claim("stands/unknown-sender@ask")["target"], "flow/ask");
}

#[test]
fn a_framework_entry_with_a_finding_meets_a_counter_claim() {
    let bom = bom(&build::plain());
    let attestations = list(&bom, "/declarations/attestations");
    let entry = |name: &str| {
        let maps = attestations.iter().flat_map(|attestation| attestation["map"].as_array().unwrap());
        maps.into_iter().find(|map| map["requirement"] == name).unwrap()
    };
    assert_eq!(
        entry("requirement/owasp-llm@2026/LLM10")["counterClaims"],
        json!(["stands/unauthenticated-inference@llm"])
    );
    let closed = entry("requirement/owasp-llm@2026/LLM03");
    assert!(closed.get("counterClaims").is_none() && closed["conformance"].get("score").is_none());
}
