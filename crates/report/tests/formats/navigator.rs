//! The ATLAS layer: techniques of one edition, coloured by how they stand.

use casemate_report::{Format, Style, render};
use serde_json::{Value, json};

use crate::build;

fn layer(case: &casemate_core::Case) -> Value {
    serde_json::from_str(&render(case, Format::Navigator, Style::default())).unwrap()
}

#[test]
fn the_layer_has_what_the_navigator_reads() {
    for case in [build::plain(), build::hostile(), build::empty()] {
        let layer = layer(&case);
        assert_eq!(layer["domain"], "atlas-atlas");
        assert!(layer["versions"]["layer"].as_str().unwrap().starts_with("4."));
        assert!(layer["name"].is_string() && layer["techniques"].is_array());
    }
}

#[test]
fn open_accepted_and_closed_techniques_differ() {
    let layer = layer(&build::plain());
    let technique = |id: &str| {
        let techniques = layer["techniques"].as_array().unwrap();
        techniques.iter().find(|technique| technique["techniqueID"] == id).unwrap()
    };
    let (open, accepted, closed) =
        (technique("AML.T0040"), technique("AML.T0051"), technique("AML.T0010.003"));
    assert_eq!((&open["score"], &accepted["score"], &closed["score"]), (&json!(4), &json!(0), &json!(0)));
    assert_ne!(open["color"], accepted["color"]);
    assert_ne!(accepted["color"], closed["color"]);
    assert_eq!(technique("AML.T0024")["score"], 2);
    assert_eq!(
        open["comment"],
        "open, critical: Anyone can query the model (unauthenticated-inference@llm); \
         on a path to leak-data@llm, leak-data@tickets, drain-cost@llm"
    );
}

#[test]
fn a_sub_technique_unfolds_its_parent() {
    let layer = layer(&build::plain());
    let parent = layer["techniques"]
        .as_array()
        .unwrap()
        .iter()
        .find(|technique| technique["techniqueID"] == "AML.T0010");
    assert_eq!(
        parent.unwrap(),
        &json!({ "techniqueID": "AML.T0010", "enabled": true, "showSubtechniques": true })
    );
}

#[test]
fn other_editions_tactics_and_mitigations_are_left_out() {
    let mut case = build::plain();
    let references = [
        ("mitre-atlas@5.6".parse().unwrap(), vec!["AML.T0099".into()]),
        ("mitre-atlas@2026.09".parse().unwrap(), vec!["AML.TA0001".into(), "AML.M0019".into()]),
    ];
    case.findings[0].references = std::sync::Arc::new(references.into());
    let text = layer(&case)["techniques"].to_string();
    assert!(!text.contains("T0099") && !text.contains("TA0001") && !text.contains("M0019"));
}
