//! What a person reads when an input is wrong: file, line, column, excerpt, what was expected, what was meant.

use std::fmt::Write as _;
use std::time::Instant;

use casemate_system::{Description, Names, Source, read, yaml};

fn names() -> Names {
    let set = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Names {
        controls: set(&["api-authentication", "input-validation", "model-signing"]),
        aliases: "model-signing".parse().map(|id| ("weights-signing".to_owned(), id)).into_iter().collect(),
        required: set(&["api-authentication"]),
        frameworks: set(&["owasp-llm@2025", "owasp-llm@2026"]),
    }
}

/// Everything said about an input.
fn told(text: &str) -> String {
    let source = Source { file: "casemate.yaml", text };
    match read(&source, &names()) {
        Err(errors) => errors.iter().fold(String::new(), |mut all, error| {
            let _ = writeln!(all, "{}", error.render(&source, false));
            all
        }),
        Ok(described) => match described.description {
            Description::System(system) => system.dangling.iter().fold(String::new(), |mut all, dangling| {
                let _ = writeln!(all, "{}", dangling.diagnostic().render(&source, false));
                all
            }),
            Description::Checklist(_) => String::new(),
        },
    }
}

const HEAD: &str = "version: 1\nsystem: { id: bot }\n";

#[test]
fn unknown_key() {
    insta::assert_snapshot!(told(&format!("{HEAD}componets:\n  llm: {{ kind: serve }}\n")));
}

#[test]
fn unknown_kind() {
    insta::assert_snapshot!(told(&format!("{HEAD}components:\n  llm: {{ kind: srve }}\n")));
}

#[test]
fn missing_key() {
    insta::assert_snapshot!(told(&format!("{HEAD}flows:\n  ask: {{ from: a }}\n")));
}

#[test]
fn wrong_type() {
    let cases = [
        "components: 3\n",
        "components:\n  llm: { kind: serve, exposes: [{ port: 99999 }] }\n",
        "data:\n  d: { kind: rag, personal: \"yes\" }\n",
        "controls:\n  - { control: model-signing, on: bot }\n",
    ];
    insta::assert_snapshot!(cases.map(|case| told(&format!("{HEAD}{case}"))).concat());
}

#[test]
fn a_heading_with_nothing_below_it_is_empty() {
    assert_eq!(told(&format!("{HEAD}actors:\ndata:\ncomponents:\nflows:\ncontrols:\naccept:\n")), "");
}

#[test]
fn syntax() {
    insta::assert_snapshot!(told("version: 1\nsystem: { id: bot\ncomponents:\n"));
}

#[test]
fn dangling_references() {
    insta::assert_snapshot!(told(&format!(
        "{HEAD}boundaries: {{ cluster: {{ kind: namespace, parent: clutser2 }} }}
components:
  llm: {{ kind: serve, boundary: clustr, stores: [documents] }}
flows:
  ask: {{ from: customer, to: lm }}
controls:
  - {{ control: model-signing, on: [llm2] }}
"
    )));
}

#[test]
fn duplicate_ids() {
    let twice = "components:\n  llm: { kind: serve }\n  llm: { kind: serve }\n";
    let across = "components:\n  docs: { kind: serve }\ndata:\n  docs: { kind: rag }\n";
    insta::assert_snapshot!([twice, across].map(|case| told(&format!("{HEAD}{case}"))).concat());
}

#[test]
fn bad_dates_and_ages() {
    let cases = [
        "accept: [{ finding: a@b, reason: x, expires: 2027-02-30 }]\n",
        "accept: [{ finding: a@b, reason: \" \", expires: 2027-02-28 }]\n",
        "accept: [{ finding: a, reason: x, expires: 2027-02-28 }]\n",
        "controls: [{ control: model-signing, on: [bot], evidence: [{ kind: scan, max_age: 30 days }] }]\n",
    ];
    insta::assert_snapshot!(cases.map(|case| told(&format!("{HEAD}{case}"))).concat());
}

#[test]
fn unknown_controls_and_frameworks_are_told_at_once() {
    insta::assert_snapshot!(told(
        "version: 2
system: { id: bot, frameworks: [owasp-llm@2027] }
controls:
  - { control: api-authentcation, on: [bot] }
  - { control: model-signing, on: [] }
"
    ));
}

#[test]
fn a_control_goes_by_its_id_whatever_it_is_called() {
    let text = format!("{HEAD}controls: [{{ control: weights-signing, on: [bot] }}]\n");
    let read = read(&Source { file: "casemate.yaml", text: &text }, &names()).unwrap();
    let Description::System(system) = read.description else { panic!("a system") };
    assert_eq!(system.claims[0].control.value.as_str(), "model-signing");
}

#[test]
fn boundaries_that_contain_themselves() {
    insta::assert_snapshot!(told(&format!(
        "{HEAD}boundaries:\n  a: {{ kind: org, parent: b }}\n  b: {{ kind: vpc, parent: a }}\n"
    )));
}

#[test]
fn checklists() {
    let cases = [
        "{\"api_authentcation\": true}",
        "api_authentication: maybe\n",
        "model_signing: true\nmodel-signing: true\n",
        "model_signing: true\nweights_signing: true\n",
        "[]",
        "",
    ];
    insta::assert_snapshot!(cases.map(told).concat());
}

#[test]
fn hostile_text_cannot_steer_the_terminal() {
    let told = told("version: 1\nsystem: { id: \"\u{9b}31m\u{202e}bot\" }\n");
    assert!(!told.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{told:?}");
}

#[test]
fn what_would_take_too_much_is_refused_quickly() {
    let bomb = (1..12).fold(String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"), |mut text, level| {
        let list = vec![format!("*a{}", level - 1); 10].join(",");
        let _ = writeln!(text, "a{level}: &a{level} [{list}]");
        text
    });
    let deep = format!("version: 1\nsystem: {}\n", "[".repeat(100_000));
    let deep_block: String = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let large = format!("version: 1\n# {}\n", "x".repeat(yaml::MAX_BYTES));
    let wide = format!("version: 1\nsystem: {{ id: bot }}\ncontrols: [{}]\n", "x,".repeat(yaml::MAX_NODES));
    for (name, text) in
        [("bomb", bomb), ("deep", deep), ("deep block", deep_block), ("large", large), ("wide", wide)]
    {
        let start = Instant::now();
        let told = told(&text);
        assert!(told.contains("takes too much") || told.contains("too large"), "{name}: {told}");
        assert!(told.len() < 2_000, "{name}: {} bytes", told.len());
        assert!(start.elapsed().as_secs() < 60, "{name}: {:?}", start.elapsed());
    }
}
