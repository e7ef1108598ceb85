//! What a server of tools can do to the agent that calls it.

use casemate_core::{Attack, View};

use crate::common::{With, judge_with};

fn attack(sections: &str) -> Attack {
    let case = judge_with(sections, With { view: Some(View::Bare), ..With::default() });
    case.attack.expect("somebody could attack it")
}

/// How the shortest path to a goal goes; nothing if it is not reached.
fn path(sections: &str, goal: &str) -> Vec<String> {
    let attack = attack(sections);
    let goal = attack.goals.into_iter().find(|known| known.id.to_string() == goal);
    let path = goal.and_then(|goal| goal.path);
    path.into_iter().flat_map(|path| path.steps).map(|step| step.how.to_string()).collect()
}

const AGENT: &str = "
boundaries: { stranger: { kind: third-party }, machine: { kind: host } }
components:
  agent: { kind: agent, boundary: machine, agent: { autonomy: acts, tools: [files, TOOL] } }
  files: { kind: tool, boundary: machine }
  remote: { kind: KIND, boundary: stranger }
";

fn agent(kind: &str, named: bool, flow: bool) -> String {
    let tools = if named { "files, remote" } else { "files" };
    let flows = if flow { "flows: { call: { from: agent, to: remote } }" } else { "" };
    AGENT.replace("files, TOOL", tools).replace("KIND", kind) + flows
}

#[test]
fn whoever_runs_a_server_of_tools_instructs_the_agent_that_calls_it() {
    for (named, flow) in [(true, false), (false, true)] {
        let steps = path(&agent("mcp-server", named, flow), "abuse-tool@files");
        let told = "`remote` tells `agent` what its tools do".to_owned();
        assert!(steps.contains(&told), "{steps:#?}");
    }
}

#[test]
fn a_plain_tool_has_no_description_of_its_own() {
    assert_eq!(path(&agent("tool", true, true), "abuse-tool@files"), Vec::<String>::new());
}

#[test]
fn a_server_that_no_agent_calls_instructs_nobody() {
    assert_eq!(path(&agent("mcp-server", false, false), "abuse-tool@files"), Vec::<String>::new());
}
