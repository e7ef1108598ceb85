//! Answers of the attack graph that a reader checks by hand: one small system each.

use casemate_core::{Case, Experiment, GoalReach, Search, StepKind};

use crate::common::{With, described, find, judge, judge_described};

fn goal<'c>(case: &'c Case, id: &str) -> Option<&'c GoalReach> {
    case.attack.as_ref().unwrap().goals.iter().find(|goal| goal.id.to_string() == id)
}

fn without(sections: &str, control: &str) -> Case {
    let experiment = Experiment { without: vec![control.parse().unwrap()], ..Experiment::default() };
    judge_described(&described(sections), With { experiment, ..With::default() })
}

fn threats(goal: &GoalReach) -> Vec<String> {
    goal.path.as_ref().unwrap().threats().map(|(_, threat)| threat.to_string()).collect()
}

const RETRIEVER: &str = "actors: { stranger: { kind: anonymous }, clerk: { kind: user } }
data: { mails: { kind: rag, sensitivity: confidential } }
components:
  inbox: { kind: rag-index, stores: [mails] }
  assistant: { kind: agent, agent: { autonomy: acts, tools: [transfer] } }
  transfer: { kind: tool }
flows:
  write: { from: stranger, to: inbox, data: [mails] }
  read: { from: assistant, to: inbox, data: [mails] }
  run: { from: assistant, to: transfer }";

#[test]
fn what_a_stranger_wrote_reaches_the_tool_through_retrieval_and_the_agent() {
    let case = judge(RETRIEVER);
    let abuse = goal(&case, "abuse-tool@transfer").unwrap();
    assert_eq!(threats(abuse).first().map(String::as_str), Some("indirect-prompt-injection@assistant"));
    let steps = &abuse.path.as_ref().unwrap().steps;
    assert_eq!(steps[0].kind, StepKind::Start);
    assert_eq!(steps[0].via.as_ref().map(|via| via.as_str()), Some("write"));
    assert!(steps.iter().any(|step| &*step.how == "`inbox` answers `assistant` with what others put there"));
}

#[test]
fn only_what_stops_cuts_and_the_rest_makes_a_path_less_likely() {
    let claimed =
        |control: &str| judge(&format!("{RETRIEVER}\ncontrols: [{{ control: {control}, on: [assistant] }}]"));
    let plain = judge(RETRIEVER);
    let noticed = claimed("audit-logging");
    let path = |case: &Case| goal(case, "abuse-tool@transfer").unwrap().path.clone().unwrap();
    assert!(path(&noticed).likelihood < path(&plain).likelihood);
    assert!(path(&noticed).threats().all(|(step, _)| step.detected_by == ["audit-logging"]));
    let watched = goal(&noticed, "abuse-tool@transfer").unwrap();
    assert!(watched.claimed, "noticing stops nothing");
}

#[test]
fn a_model_is_reached_through_its_supply_chain() {
    let case = judge(
        "actors: { dev: { kind: developer } }
data: { set: { kind: training, origin: { public: true } } }
components:
  lake: { kind: store, stores: [set] }
  trainer: { kind: train }
  registry: { kind: registry }
  scorer: { kind: serve, model: { task: scoring, modality: [tabular], outputs: [scores] } }
flows:
  load: { from: lake, to: trainer, data: [set] }
  keep: { from: trainer, to: registry }
  ship: { from: registry, to: scorer }
  push: { from: dev, to: registry }",
    );
    let corrupt = goal(&case, "corrupt-decision@scorer").unwrap();
    assert!(threats(corrupt)[0].ends_with("poisoning@set"), "{:?}", threats(corrupt));
    let registry = find(&case, "registry-overwrite@registry").unwrap();
    assert_eq!(registry.rating.as_ref().unwrap().unreachable, None, "a developer's account can be stolen");
}

#[test]
fn a_finding_that_no_path_leads_to_is_unlikely_and_says_why() {
    let system = |flow: &str| {
        format!(
            "actors: {{ customer: {{ kind: user }} }}
components:
  assistant: {{ kind: agent, agent: {{ autonomy: acts, tools: [pay] }} }}
  pay: {{ kind: tool }}
flows: {{ run: {{ from: assistant, to: pay }}{flow} }}"
        )
    };
    let reached = judge(&system(", ask: { from: customer, to: assistant }"));
    let cut_off = judge(&system(""));
    let of = |case: &Case| find(case, "excessive-agency@assistant").unwrap().clone();
    assert!(of(&cut_off).severity < of(&reached).severity);
    assert!(of(&cut_off).reason.contains("no path leads to it: nobody gets `inject` on `assistant`"));
    assert_eq!(of(&reached).rating.unwrap().unreachable, None);
}

#[test]
fn what_the_description_and_a_claim_say_of_one_control_falls_together() {
    let system = "actors: { customer: { kind: user } }
components: { llm: { kind: serve, exposes: [{ protocol: https, public: true, auth: oauth2 }], model: { task: chat, outputs: [text] } } }
controls: [{ control: api-authentication, on: [llm] }]";
    let case = judge(system);
    for goal in case.attack.as_ref().unwrap().goals.iter().filter(|goal| goal.path.is_none()) {
        let depth = goal.depth.as_ref().unwrap();
        let twice = depth.failing.iter().filter(|guard| guard.control == "api-authentication").count();
        assert!(twice <= 1, "{}: {depth:?}", goal.id);
        if depth.search == Search::Exact && depth.controls == 1 {
            let guard = &depth.failing[0];
            let opened = without(system, &format!("{}@{}", guard.control, guard.on));
            assert!(self::goal(&opened, &goal.id.to_string()).unwrap().path.is_some(), "{}", goal.id);
        }
    }
}

#[test]
fn public_data_beside_weights_hides_nothing() {
    let system = |flow: &str| {
        format!(
            "actors: {{ dev: {{ kind: developer }} }}
data: {{ w: {{ kind: weights }}, p: {{ kind: other, sensitivity: public }} }}
components:
  bucket: {{ kind: store, stores: [w], exposes: [{{ protocol: https, public: true, auth: none }}] }}
  trainer: {{ kind: train }}
  site: {{ kind: app }}
flows: {{ save: {{ from: trainer, to: bucket, data: [w] }}{flow} }}"
        )
    };
    for flow in ["", ", publish: { from: site, to: bucket, data: [p] }"] {
        let case = judge(&system(flow));
        assert!(goal(&case, "steal-model@w").is_some_and(|goal| goal.path.is_some()), "{flow}");
    }
}
