//! Severity, acceptance, baseline, views and the laws that every case keeps.

use crate::common::{With, find, judge, judge_described, judge_with, system};
use casemate_core::{BaselineState, Case, Depth, Exposure, Finding, FindingStatus, Severity, View};
use proptest::prelude::*;

const BOT: &str = "actors: { customer: { kind: user, at: internet } }
boundaries: { internet: { kind: internet }, cluster: { kind: namespace } }
data: { tickets: { kind: rag, sensitivity: confidential, personal: true } }
components:
  llm: { kind: serve, boundary: cluster, exposes: [{ protocol: http, auth: none }], model: { task: chat, modality: [text], outputs: [text] } }
  agent: { kind: agent, boundary: cluster, agent: { autonomy: acts, tools: [refund] } }
  refund: { kind: tool, boundary: cluster }
  index: { kind: rag-index, boundary: cluster, stores: [tickets] }
flows:
  ask: { from: customer, to: agent, trust: untrusted }
  think: { from: agent, to: llm }
  find: { from: agent, to: index, data: [tickets] }
";

#[test]
fn severity_follows_exposure_and_the_worth_of_the_asset() {
    let severity = |impact: &str, exposes: &str| {
        let case = judge(&format!(
            "boundaries: {{ cluster: {{ kind: namespace }} }}
components: {{ llm: {{ kind: serve, boundary: cluster, exposes: [{exposes}], model: {{ task: chat }}, impact: {{ {impact} }} }} }}"
        ));
        find(&case, "unauthenticated-model-api@llm").unwrap().severity
    };
    let high = "confidentiality: high, integrity: high, availability: high";
    assert_eq!(severity(high, "{ auth: none, public: true }"), Severity::Critical);
    assert_eq!(severity(high, "{ auth: none }"), Severity::High);
    let low = "confidentiality: low, integrity: low, availability: low";
    assert_eq!(severity(low, "{ auth: none, public: true }"), Severity::Medium);
    assert_eq!(severity(low, "{ auth: none }"), Severity::Low);
}

#[test]
fn a_control_that_reduces_lowers_the_likelihood_and_is_named() {
    let with_claim = format!("{BOT}controls: [{{ control: prompt-injection-filter, on: [agent] }}]");
    let before = judge(BOT);
    let after = judge(&with_claim);
    let id = "prompt-injection@agent";
    let (before, after) = (find(&before, id).unwrap(), find(&after, id).unwrap());
    assert!(after.severity < before.severity, "{} then {}", before.severity, after.severity);
    assert_eq!(after.rating.as_ref().unwrap().reduced_by, ["prompt-injection-filter"]);
}

#[test]
fn an_accepted_finding_stays_visible_and_returns_when_the_acceptance_runs_out() {
    let accepted =
        format!("{BOT}accept: [{{ finding: prompt-injection@agent, reason: pilot, expires: 2026-12-31 }}]");
    let case = judge(&accepted);
    let finding = find(&case, "prompt-injection@agent").unwrap();
    assert_eq!(finding.status, FindingStatus::Accepted);
    assert_eq!(&*finding.acceptance.as_ref().unwrap().reason, "pilot");
    let last_day = judge_with(&accepted, With { now: Some("2026-12-31T23:59:59Z"), ..With::default() });
    assert_eq!(find(&last_day, "prompt-injection@agent").unwrap().status, FindingStatus::Accepted);
    let later = judge_with(&accepted, With { now: Some("2027-01-01T00:00:00Z"), ..With::default() });
    let finding = find(&later, "prompt-injection@agent").unwrap();
    assert_eq!(finding.status, FindingStatus::Open);
    assert!(finding.reason.contains("ran out on 2026-12-31"), "{}", finding.reason);
}

#[test]
fn of_two_acceptances_the_longer_counts_in_either_order() {
    let old = "{ finding: prompt-injection@agent, reason: pilot, expires: 2026-01-31 }";
    let renewed = "{ finding: prompt-injection@agent, reason: renewed, expires: 2026-12-31 }";
    for both in [[old, renewed], [renewed, old]] {
        let case = judge(&format!("{BOT}accept: [{}]", both.join(", ")));
        let finding = find(&case, "prompt-injection@agent").unwrap();
        assert_eq!(finding.status, FindingStatus::Accepted);
        assert!(!finding.reason.contains("ran out"), "{}", finding.reason);
    }
}

#[test]
fn an_acceptance_of_nothing_is_a_finding() {
    let case =
        judge(&format!("{BOT}accept: [{{ finding: no-such-threat@agent, reason: x, expires: 2027-01-01 }}]"));
    assert!(find(&case, "unmatched-acceptance.no-such-threat@agent").is_some());
}

#[test]
fn a_change_cannot_accept_its_own_findings() {
    let change =
        format!("{BOT}accept: [{{ finding: prompt-injection@agent, reason: mine, expires: 2027-01-01 }}]");
    let base = system(BOT);
    let case = judge_with(&change, With { accept_from: Some(&base), ..With::default() });
    assert_eq!(find(&case, "prompt-injection@agent").unwrap().status, FindingStatus::Open);
    assert!(
        case.problems.iter().any(|problem| problem.message.contains("does not count")),
        "{:?}",
        case.problems
    );
}

#[test]
fn a_baseline_tells_new_from_old_and_lists_what_is_gone() {
    let before = judge(BOT);
    let open_index = BOT.replace("index: {", "index: { exposes: [{ auth: none, public: true }],");
    let changed = open_index
        .replace("exposes: [{ protocol: http, auth: none }]", "exposes: [{ protocol: https, auth: oauth2 }]");
    let case = judge_with(&changed, With { baseline: Some(&before), ..With::default() });
    let state = |state| case.findings.iter().filter(move |finding| finding.baseline == Some(state)).count();
    assert!(state(BaselineState::Unchanged) > 0);
    assert!(
        case.fixed.iter().any(|fixed| fixed.id.to_string() == "unauthenticated-model-api@llm"),
        "{:?}",
        case.fixed
    );
    let known = case.findings.len() - state(BaselineState::New);
    assert_eq!(known + case.fixed.len(), before.findings.len());
}

#[test]
fn what_grew_worse_or_came_back_is_told_from_what_stayed() {
    let accepted =
        format!("{BOT}accept: [{{ finding: prompt-injection@agent, reason: pilot, expires: 2026-12-31 }}]");
    let before = judge(&accepted);
    let later = Some("2027-01-01T00:00:00Z");
    let case = judge_with(&accepted, With { baseline: Some(&before), now: later, ..With::default() });
    assert_eq!(find(&case, "prompt-injection@agent").unwrap().baseline, Some(BaselineState::Returned));

    let public = BOT.replace("auth: none }", "auth: none, public: true }");
    let case = judge_with(&public, With { baseline: Some(&before), ..With::default() });
    assert_eq!(find(&case, "unauthenticated-model-api@llm").unwrap().baseline, Some(BaselineState::Worse));
}

#[test]
fn what_the_description_says_counts_only_where_claims_count() {
    let described = "components: { llm: { kind: serve, exposes: [{ protocol: https, auth: oauth2, public: true }], model: { task: chat } } }";
    let gap = "unauthenticated-model-api@llm";
    let claimed = judge(described);
    assert!(find(&claimed, gap).is_none());
    assert!(claimed.closed.iter().any(|closed| closed.id.to_string() == gap && closed.described));
    assert!(
        find(&judge_with(described, With { view: Some(View::Verified), ..With::default() }), gap).is_some()
    );
}

#[test]
fn an_acceptance_of_what_claims_close_is_kept_for_the_stricter_view() {
    let text = "components: { llm: { kind: serve, exposes: [{ auth: none }], model: { task: chat } } }
controls: [{ control: api-authentication, on: [llm] }]
accept: [{ finding: unauthenticated-model-api@llm, reason: the check comes next week, expires: 2026-12-31 }]";
    assert!(!judge(text).findings.iter().any(|finding| finding.threat == "unmatched-acceptance"));
    let verified = judge_with(text, With { view: Some(View::Verified), ..With::default() });
    assert_eq!(find(&verified, "unauthenticated-model-api@llm").unwrap().status, FindingStatus::Accepted);
}

#[test]
fn a_system_without_ai_gets_no_finding_and_is_told_so() {
    let case = judge(
        "components: { shop: { kind: app, exposes: [{ auth: none, public: true }] }, db: { kind: store } }",
    );
    assert_eq!(case.findings.len(), 0, "{:?}", case.findings);
    assert!(case.problems.iter().any(|problem| problem.message.contains("no AI component was found")));
}

#[test]
fn goals_count_what_serves_them_in_each_view() {
    let case = judge(BOT);
    let goal = case.goals.iter().find(|goal| goal.goal.as_str() == "abuse-tool").unwrap();
    assert!(goal.open.bare > 0 && goal.open.claimed == goal.open.bare);
    let worst = goal.worst.as_ref().unwrap();
    assert!(find(&case, &worst.to_string()).is_some());
}

/// A part of a system file that may be there or not.
const PARTS: [(&str, &str); 6] = [
    ("components", "  agent2: { kind: agent, agent: { autonomy: acts } }"),
    ("components", "  lake: { kind: store, stores: [set] }"),
    ("components", "  train: { kind: train }"),
    ("data", "  set: { kind: training, personal: true, sensitivity: restricted, origin: { public: true } }"),
    ("data", "  logs: { kind: logs }"),
    (
        "components",
        "  scorer: { kind: serve, exposes: [{ auth: api-key }], model: { task: scoring, modality: [tabular], outputs: [scores] } }",
    ),
];

fn controls() -> Vec<String> {
    crate::common::catalog().controls().keys().map(ToString::to_string).collect()
}

/// The system with parts, sections and entries in an order, and claims on everything.
fn text(order: &[usize], claims: &[String]) -> String {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut add = |section: &'static str, line: &'static str| match sections
        .iter_mut()
        .find(|(name, _)| *name == section)
    {
        Some((_, lines)) => lines.push(line),
        None => sections.push((section, vec![line])),
    };
    add(
        "components",
        "  llm: { kind: serve, exposes: [{ auth: none, public: true }], model: { task: chat, outputs: [text] } }",
    );
    add("data", "  questions: { kind: prompt, personal: true }");
    for &index in order {
        let (section, line) = PARTS[index];
        add(section, line);
    }
    if !order.contains(&3) {
        add("data", "  set: { kind: training }");
    }
    if order.first().is_some_and(|first| first % 2 == 0) {
        sections.reverse();
        sections.iter_mut().for_each(|(_, lines)| lines.reverse());
    }
    let mut text: String =
        sections.iter().map(|(name, lines)| format!("{name}:\n{}\n", lines.join("\n"))).collect();
    if !claims.is_empty() {
        text.push_str("controls:\n");
        for control in claims {
            text.push_str(&format!("  - {{ control: {control}, on: [example] }}\n"));
        }
    }
    text
}

/// The findings, but for those that say that a goal which is closed rests on one control.
fn ids(case: &Case) -> std::collections::BTreeSet<String> {
    case.findings
        .iter()
        .filter(|finding| !rests_alone(finding))
        .map(|finding| finding.id.to_string())
        .collect()
}

fn rests_alone(finding: &Finding) -> bool {
    finding.threat == "single-point-of-failure"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Same content, any order: same case but for positions.
    #[test]
    fn order_never_matters(order in Just((0..PARTS.len()).collect::<Vec<_>>()).prop_shuffle()) {
        let sorted: Vec<usize> = (0..PARTS.len()).collect();
        let without_places = |order: &[usize]| {
            let mut case = judge(&text(order, &[]));
            case.findings.iter_mut().for_each(|finding| finding.location = None);
            case
        };
        let (a, b) = (without_places(&order), without_places(&sorted));
        prop_assert_eq!(a.findings, b.findings);
        prop_assert_eq!(a.coverage, b.coverage);
        prop_assert_eq!(a.goals, b.goals);
    }

    /// One more control never opens a finding, and never makes one worse. What it may add is the word that a goal which
    /// it closes rests on it alone.
    #[test]
    fn a_control_never_adds_a_finding(
        some in prop::sample::subsequence(controls(), 0..20),
        more in prop::sample::select(controls()),
    ) {
        let order: Vec<usize> = (0..PARTS.len()).collect();
        let before = judge(&text(&order, &some));
        let mut all = some.clone();
        all.push(more);
        let after = judge(&text(&order, &all));
        prop_assert!(ids(&after).is_subset(&ids(&before)));
        for goal in &after.attack.as_ref().unwrap().goals {
            let was = &before.attack.as_ref().unwrap().goals.iter().find(|was| was.id == goal.id).unwrap();
            let alone = |depth: &Depth| !depth.single_points.is_empty();
            let rests_alone = goal.depth.as_ref().is_some_and(alone);
            prop_assert!(!rests_alone || was.claimed || was.depth.as_ref().is_some_and(alone), "{}", goal.id);
        }
        for finding in after.findings.iter().filter(|finding| !rests_alone(finding)) {
            let was = find(&before, &finding.id.to_string()).unwrap();
            prop_assert!(finding.severity <= was.severity);
        }
        prop_assert!(after.open.claimed <= before.open.claimed && after.open.bare == before.open.bare);
    }

    /// What stands open with all claims stands open with fewer believed.
    #[test]
    fn believing_less_never_closes(some in prop::sample::subsequence(controls(), 0..30)) {
        let order: Vec<usize> = (0..PARTS.len()).collect();
        let described = crate::common::described(&text(&order, &some));
        let view = |view| judge_described(&described, With { view: Some(view), ..With::default() });
        let (bare, claimed, verified) = (view(View::Bare), view(View::Claimed), view(View::Verified));
        prop_assert!(ids(&claimed).is_subset(&ids(&verified)));
        prop_assert!(ids(&verified).is_subset(&ids(&bare)));
    }
}

#[test]
fn who_asks_through_an_application_asks_the_model() {
    let system = |actor: &str| {
        format!(
            "actors: {{ caller: {{ kind: {actor} }} }}
components:
  web: {{ kind: app, exposes: [{{ protocol: https, public: true }}] }}
  llm: {{ kind: serve, model: {{ task: chat }}, exposes: [{{ protocol: https, auth: mtls }}] }}
flows: {{ ask: {{ from: caller, to: web }}, prompt: {{ from: web, to: llm, auth: mtls }} }}"
        )
    };
    let exposure = |case: &Case, id: &str| find(case, id).unwrap().rating.as_ref().unwrap().exposure;
    let public = judge(&system("anonymous"));
    for id in ["denial-of-wallet@llm", "unlimited-query-rate@llm", "resource-exhaustion@llm"] {
        assert_eq!(exposure(&public, id), Exposure::Anyone, "{id}");
    }
    assert_eq!(exposure(&judge(&system("user")), "denial-of-wallet@llm"), Exposure::Users);
}

#[test]
fn a_device_is_open_to_its_holder_and_to_anyone_only_where_it_offers_something() {
    let system = |exposes: &str| {
        format!(
            "actors: {{ passer-by: {{ kind: anonymous }} }}
components: {{ camera: {{ kind: device, exposes: [{exposes}], model: {{ task: image-classification, modality: [image], outputs: [labels] }} }} }}
flows: {{ look: {{ from: passer-by, to: camera }} }}"
        )
    };
    let of = |exposes: &str| {
        let case = judge(&system(exposes));
        find(&case, "compromised-device-model@camera").unwrap().rating.as_ref().unwrap().exposure
    };
    assert_eq!(of(""), Exposure::Users);
    assert_eq!(of("{ protocol: https }"), Exposure::Anyone);
}
