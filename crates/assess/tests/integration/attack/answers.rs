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
  site: {{ kind: app }}
flows: {{ visit: {{ from: customer, to: site }}, run: {{ from: assistant, to: pay }}{flow} }}"
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

/// Every set that is said to fail must open its goal when it does, and each single point by itself.
fn failing_sets_open(sections: &str) -> Case {
    let case = judge(sections);
    for goal in case.attack.as_ref().unwrap().goals.iter() {
        let Some(depth) = &goal.depth else { continue };
        let alone = depth.single_points.iter().map(std::slice::from_ref);
        for set in alone.chain([depth.failing.as_slice()]) {
            let fails = set.iter().map(|guard| format!("{}@{}", guard.control, guard.on).parse().unwrap());
            let experiment = Experiment { without: fails.collect(), ..Experiment::default() };
            let opened = judge_described(&described(sections), With { experiment, ..With::default() });
            let now = self::goal(&opened, &goal.id.to_string()).unwrap();
            assert!(now.path.is_some(), "{}: {set:?} opens nothing", goal.id);
        }
    }
    case
}

#[test]
fn a_control_that_either_of_two_trainers_gives_falls_only_with_both() {
    let on = |control: &str, llm: &str| format!("  - {{ control: {control}, on: [t1, t2{llm}] }}\n");
    let only_trainers = ["artefact-scanning", "remote-code-ban", "base-model-pinning", "backdoor-scanning"];
    let also_llm = ["dependency-pinning", "model-versioning", "model-signing", "vulnerability-management"];
    let controls: String = only_trainers
        .iter()
        .map(|control| on(control, ""))
        .chain(also_llm.iter().map(|control| on(control, ", llm")))
        .collect();
    let case = failing_sets_open(&format!(
        "actors: {{ u: {{ kind: user }} }}
components:
  t1: {{ kind: train }}
  t2: {{ kind: train }}
  llm: {{ kind: serve, model: {{ task: image-classification, base: \"hf:a/b\", format: pickle, remote_code: true }} }}
flows: {{ d1: {{ from: t1, to: llm }}, d2: {{ from: t2, to: llm }}, ask: {{ from: u, to: t1 }} }}
controls:\n{controls}"
    ));
    assert!(find(&case, "single-point-of-failure.artefact-scanning@t1").is_none());
}

#[test]
fn a_control_that_needs_both_holders_falls_with_either() {
    let case = failing_sets_open(
        "actors: { u: { kind: operator } }
data: { da: { kind: rag, sensitivity: restricted } }
components:
  s1: { kind: store, stores: [da] }
  s2: { kind: store, stores: [da] }
  llm: { kind: serve, model: { task: chat } }
flows: { q: { from: u, to: s1 }, r: { from: s1, to: llm, data: [da], protocol: https } }
controls:
  - { control: data-encryption-at-rest, on: [s1, s2] }
  - { control: data-access-control, on: [s1, s2] }
  - { control: vulnerability-management, on: [s1, s2, llm] }",
    );
    let guards = |on: &str| {
        let goals = &case.attack.as_ref().unwrap().goals;
        let points =
            goals.iter().filter_map(|goal| goal.depth.as_ref()).flat_map(|depth| &depth.single_points);
        points.filter(|guard| guard.on == on).count()
    };
    assert_eq!(guards("s1"), guards("s2"));
}

#[test]
fn taking_one_control_away_leaves_the_others_that_close_a_threat() {
    let sections = "actors: { u: { kind: user } }
data: { d: { kind: training, sensitivity: restricted } }
components:
  nb: { kind: notebook, stores: [d], exposes: [{ protocol: https, port: 443, auth: oauth2 }] }
  llm: { kind: serve, model: { task: chat } }
flows: { q: { from: u, to: nb, protocol: https, encrypted: true }, l: { from: nb, to: llm } }";
    let experiment = Experiment {
        with: vec!["training-isolation@nb".parse().unwrap(), "usage-quotas@llm".parse().unwrap()],
        without: vec!["access-control@nb".parse().unwrap()],
    };
    let case = judge_described(&described(sections), With { experiment, ..With::default() });
    let reachable = case.attack.as_ref().unwrap().reachable;
    assert!(reachable.claimed <= reachable.verified, "{reachable:?}");
    assert!(find(&case, "notebook-compromise@nb").is_none());
}

#[test]
fn no_place_is_offered_where_a_control_would_not_stand() {
    let sections = "actors: { u: { kind: operator } }
data: { da: { kind: rag, sensitivity: restricted } }
components: { s1: { kind: store, stores: [da] }, llm: { kind: serve, model: { task: chat } } }
flows: { q: { from: u, to: s1 }, r: { from: s1, to: llm, data: [da], protocol: https } }";
    let case = without(sections, "data-encryption-at-rest@da");
    let sets = case
        .attack
        .as_ref()
        .unwrap()
        .goals
        .iter()
        .filter_map(|goal| goal.cuts.as_ref())
        .flat_map(|cuts| &cuts.sets);
    for placed in sets.flatten() {
        assert_ne!(placed.to_string(), "data-encryption-at-rest@s1", "it fails on the data, which is nearer");
        assert_ne!(placed.to_string(), "data-encryption-at-rest@da", "it is assumed to fail");
    }
}

#[test]
fn what_is_open_to_the_internet_is_asked_by_its_users_though_none_is_drawn() {
    let case = judge(
        "actors: { staff: { kind: operator } }
components:
  front: { kind: gateway, exposes: [{ protocol: https, public: true, auth: session }] }
  llm: { kind: serve, model: { task: chat, outputs: [text] } }
flows: { pass: { from: front, to: llm }, run: { from: staff, to: llm } }",
    );
    let finding = find(&case, "unlimited-query-rate@front").unwrap();
    assert_eq!(finding.rating.as_ref().unwrap().unreachable, None, "{}", finding.reason);
    let silent = judge(
        "actors: { staff: { kind: operator } }\ncomponents: { llm: { kind: serve, model: { task: chat } } }",
    );
    assert!(find(&silent, "no-actor@example").is_some(), "an actor that does nothing is nobody");
}

#[test]
fn a_long_chain_is_listed_in_bounds() {
    let parts: String =
        (0..600).map(|i| format!("  c{i}: {{ kind: serve, model: {{ task: chat }} }}\n")).collect();
    let flows: String = (0..599).map(|i| format!("  f{i}: {{ from: c{i}, to: c{} }}\n", i + 1)).collect();
    let case = judge(&format!(
        "actors: {{ u: {{ kind: user }} }}\ncomponents:\n{parts}flows:\n  ask: {{ from: u, to: c0 }}\n{flows}"
    ));
    let attack = case.attack.as_ref().unwrap();
    let paths: Vec<_> = attack.goals.iter().filter_map(|goal| goal.path.as_ref()).collect();
    assert!(paths.iter().map(|path| path.steps.len()).sum::<usize>() <= 60_000);
    let last = attack.goals.iter().find(|goal| goal.asset == "c599" && goal.path.is_some()).unwrap();
    let path = last.path.as_ref().unwrap();
    assert!(path.left_out > 400 && path.threats().next().is_some(), "{path:?}");
}
