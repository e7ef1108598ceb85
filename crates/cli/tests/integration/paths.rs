//! `casemate paths` and experiments, as a person meets them: answers that can be followed, names that are checked,
//! descriptions of which no path can be derived.

use serde_json::Value;

use crate::common::Folder;

const BOT: &str = "version: 1
system: { id: bot }
actors: { customer: { kind: user, at: internet } }
boundaries: { internet: { kind: internet }, cluster: { kind: namespace } }
data: { tickets: { kind: rag, sensitivity: confidential, personal: true } }
components:
  agent: { kind: agent, boundary: cluster, agent: { autonomy: acts, tools: [refund] } }
  llm: { kind: serve, boundary: cluster, model: { task: chat, modality: [text], outputs: [text] } }
  refund: { kind: tool, boundary: cluster }
  index: { kind: rag-index, boundary: cluster, stores: [tickets] }
flows:
  ask: { from: customer, to: agent, protocol: https, auth: oauth2 }
  think: { from: agent, to: llm, protocol: https, auth: mtls }
  pay: { from: agent, to: refund, protocol: https, auth: mtls }
  find: { from: agent, to: index, data: [tickets], protocol: https, auth: mtls }
  write: { from: customer, to: index, data: [tickets], protocol: https, auth: oauth2 }
controls:
  - { control: human-approval, on: [agent] }
  - { control: access-control, on: [agent] }
  - { control: agent-kill-switch, on: [agent] }
  - { control: usage-quotas, on: [agent, llm] }
";

fn bot() -> Folder {
    let folder = Folder::new();
    folder.write("casemate.yaml", BOT);
    folder
}

fn paths(folder: &Folder, args: &[&str]) -> Value {
    let args: Vec<&str> = ["paths", "--format", "json"].into_iter().chain(args.iter().copied()).collect();
    let run = folder.run(&args);
    assert_eq!(run.code, 0, "{run:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

fn goal<'a>(document: &'a Value, id: &str) -> &'a Value {
    let goals = document["attack"]["goals"].as_array().unwrap();
    goals.iter().find(|goal| goal["id"] == id).unwrap_or_else(|| panic!("no {id} in {goals:#?}"))
}

fn threats(goal: &Value) -> Vec<&str> {
    goal["path"]["steps"].as_array().unwrap().iter().filter_map(|step| step["threat"].as_str()).collect()
}

#[test]
fn a_path_leads_from_an_actor_through_threats_to_a_goal() {
    let folder = bot();
    let run = folder.run(&["paths"]);
    assert_eq!(run.code, 0, "{run:?}");
    for part in [
        "goals reachable: ",
        "abuse-tool@refund",
        "`customer` sends to",
        "indirect-prompt-injection@agent",
        "next best controls",
    ] {
        assert!(run.stdout.contains(part), "no {part}: {}", run.stdout);
    }
    let document = paths(&folder, &[]);
    assert_eq!(document["schema"], "casemate/paths/v1");
    let abuse = goal(&document, "abuse-tool@refund");
    let steps = threats(abuse);
    assert!(steps[0].ends_with("injection@agent"), "{steps:?}");
    assert_eq!(abuse["path"]["length"], steps.len());
    assert!(abuse["path"]["steps"][0]["technique"].is_null());
    assert!(abuse["path"]["steps"].as_array().unwrap().iter().any(|step| {
        step["technique"]["framework"].as_str().is_some_and(|name| name.starts_with("mitre-atlas@"))
    }));
}

#[test]
fn the_line_that_heads_the_report_has_the_goals_of_the_three_worlds() {
    let folder = bot();
    let run = folder.assess("casemate.yaml", &[]);
    let lines: Vec<&str> = run.stdout.lines().take(3).collect();
    assert!(
        lines[1].starts_with("goals reachable: ") && lines[1].contains("with only what was verified"),
        "{lines:?}"
    );
    let counts = &folder.case("casemate.yaml", &[])["attack"]["reachable"];
    let number = |view: &str| counts[view].as_u64().unwrap();
    assert!(number("claimed") <= number("verified") && number("verified") <= number("bare"), "{counts}");
}

#[test]
fn an_experiment_says_what_it_changes_and_is_marked_as_one() {
    let folder = bot();
    let plain = paths(&folder, &[]);
    assert!(plain["change"].is_null());
    // The best next control cuts what it is said to cut.
    let next = &plain["attack"]["next"][0];
    let promised = next["goals"].as_array().unwrap();
    assert!(!promised.is_empty(), "{next}");
    let safer = paths(&folder, &["--with", next["place"].as_str().unwrap()]);
    let cut = safer["change"]["cut"].as_array().unwrap();
    assert!(promised.iter().all(|goal| cut.contains(goal)), "{promised:?} {cut:?}");
    assert!(safer["change"]["opened"].as_array().unwrap().is_empty());
    // And what a depth says must fail opens the goal when it does.
    let goals = plain["attack"]["goals"].as_array().unwrap();
    let held = goals.iter().find(|goal| goal["depth"]["controls"] == 1).unwrap();
    let guard = &held["depth"]["failing"][0];
    let failing = format!("{}@{}", guard["control"].as_str().unwrap(), guard["on"].as_str().unwrap());
    let weaker = paths(&folder, &["--without", &failing]);
    assert!(weaker["change"]["cut"].as_array().unwrap().is_empty());
    assert!(weaker["change"]["opened"].as_array().unwrap().contains(&held["id"]), "{held} {weaker}");
    let run = folder.assess("casemate.yaml", &["--without", "human-approval@agent"]);
    assert!(run.stdout.contains("experiment: without human-approval@agent"), "{}", run.stdout);
    assert!(run.stdout.contains("excessive-agency@agent"), "{}", run.stdout);
    assert!(!folder.assess("casemate.yaml", &[]).stdout.contains("excessive-agency@agent ·"));
}

#[test]
fn a_component_can_be_asked_for_and_so_can_a_foothold_and_a_goal() {
    let folder = bot();
    let ids = |target: &str| -> Vec<String> {
        let document = paths(&folder, &["--to", target]);
        let footholds = document["to"]["footholds"].as_array().unwrap().clone();
        footholds.iter().map(|foothold| foothold["id"].as_str().unwrap().to_owned()).collect()
    };
    let llm = ids("llm");
    assert!(llm.contains(&"query@llm".to_owned()) && llm.iter().all(|id| id.ends_with("@llm")), "{llm:?}");
    assert_eq!(ids("query@llm"), ["query@llm"]);
    assert!(ids("leak-data").iter().all(|id| id.starts_with("leak-data@")));
    let drawn = folder.run(&["paths", "--to", "llm", "--format", "dot"]);
    assert!(drawn.stdout.starts_with("digraph") && drawn.stdout.contains("query@llm"), "{}", drawn.stdout);
    let drawn = folder.run(&["paths", "--format", "mermaid"]);
    assert!(drawn.stdout.contains("flowchart LR"), "{}", drawn.stdout);
}

#[test]
fn names_on_the_command_line_are_checked() {
    let folder = bot();
    for (args, says) in [
        (vec!["paths", "--to", "lm"], "did you mean `llm`?"),
        (vec!["paths", "--without", "rate-limitng@llm"], "did you mean `rate-limiting`?"),
        (vec!["paths", "--with", "rate-limiting@lm"], "did you mean `llm`?"),
        (vec!["assess", "--with", "rate limiting"], "for example `rate-limiting@llm`"),
        (
            vec!["paths", "--with", "rate-limiting@llm", "--without", "rate-limiting@llm"],
            "cannot both stand and fail",
        ),
    ] {
        let run = folder.run(&args);
        assert_eq!(run.code, 2, "{args:?}: {run:?}");
        assert!(run.stderr.contains(says), "{args:?}: {}", run.stderr);
    }
    folder.write("list.json", "{ \"api_authentication\": true }");
    let run = folder.run(&["paths", "list.json"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("a checklist, which has no paths"), "{}", run.stderr);
}

#[test]
fn a_description_without_paths_is_a_finding_and_no_empty_success() {
    let check = |sections: &str, wanted: &str| {
        let folder = Folder::new();
        folder.write("casemate.yaml", &format!("version: 1\nsystem: {{ id: thing }}\n{sections}\n"));
        let run = folder.assess("casemate.yaml", &[]);
        assert_eq!(run.code, 10, "{run:?}");
        assert!(run.stdout.contains(wanted), "no {wanted}: {}", run.stdout);
    };
    check("components: { llm: { kind: serve, model: { task: chat } } }", "no-actor@thing");
    check(
        "actors: { ops: { kind: operator } }\ncomponents: { tests: { kind: evaluate } }\nflows: { run: { from: ops, to: tests } }",
        "no-goal-asset@thing",
    );
    let model = "components: { llm: { kind: serve, boundary: inner, exposes: [{ public: false }], model: { task: chat } } }";
    check(
        &format!(
            "actors: {{ u: {{ kind: user }} }}\nboundaries: {{ inner: {{ kind: internet, parent: org }}, org: {{ kind: org }} }}\n{model}"
        ),
        "contradictory-boundary.org@inner",
    );
    check(
        &format!(
            "actors: {{ u: {{ kind: anonymous, at: inner }} }}\nboundaries: {{ inner: {{ kind: vpc }} }}\n{model}"
        ),
        "contradictory-boundary.inner@u",
    );
    check(
        &format!(
            "actors: {{ u: {{ kind: anonymous }} }}\nboundaries: {{ inner: {{ kind: vpc }} }}\n{model}\nflows: {{ ask: {{ from: u, to: llm }} }}"
        ),
        "contradictory-boundary.llm@ask",
    );
}
