//! Graphviz and Mermaid: what is drawn, once, and that no text of a case becomes part of the drawing.

use casemate_core::Case;
use casemate_report::{Format, Style, render};

use crate::build;

fn dot(case: &Case) -> String {
    render(case, Format::Dot, Style::default())
}

fn mermaid(case: &Case) -> String {
    render(case, Format::Mermaid, Style::default())
}

/// What stands outside quotes. Panics at a quote that is not closed on its line.
#[track_caller]
fn bare(text: &str, escapes: bool) -> String {
    let mut bare = String::new();
    for line in text.lines() {
        let (mut quoted, mut escaped) = (false, false);
        for c in line.chars() {
            match c {
                '\\' if quoted && escapes => escaped = !escaped,
                '"' if !escaped => quoted = !quoted,
                c if !quoted => bare.push(c),
                _ => escaped = false,
            }
        }
        assert!(!quoted, "{line}");
        bare.push('\n');
    }
    bare
}

/// Panics unless the graph is what this format writes, whatever the texts.
#[track_caller]
pub(crate) fn assert_dot(text: &str) {
    let bare = bare(text, true);
    assert!(bare.starts_with("digraph attack {\n") && bare.ends_with("}\n"));
    assert_eq!(bare.matches('{').count(), bare.matches('}').count());
    let known = |c: char| c.is_ascii_alphanumeric() || " _{}[]=,;->\n".contains(c);
    assert!(bare.chars().all(known), "{bare}");
}

/// Panics unless the chart is what this format writes, whatever the texts.
#[track_caller]
pub(crate) fn assert_mermaid(text: &str) {
    let (title, chart) = text.strip_prefix("---\ntitle: ").unwrap().split_once("\n---\n").unwrap();
    serde_json::from_str::<String>(title).unwrap();
    assert_chart(chart);
}

/// The same for a chart without a title.
#[track_caller]
pub(crate) fn assert_chart(chart: &str) {
    let shown = bare(chart, false);
    assert!(shown.starts_with("flowchart LR\n"));
    for line in shown.lines().skip(1) {
        let line = line.trim_start();
        let node = line.trim_start_matches(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        let ours = ["[]", "([])", "()", "{{}}"].contains(&node)
            || line == "end"
            || ["subgraph b", "classDef ", "class "].iter().any(|start| line.starts_with(start))
            || line.contains(" -->");
        assert!(ours, "{line}");
    }
    let parts = chart.lines().filter(|line| !line.trim_start().starts_with("class"));
    for label in
        parts.flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
    {
        let label = label.replace("<br/>", "");
        // Mermaid knows no empty label.
        assert!(!label.is_empty(), "{chart}");
        assert!(!label.contains(['<', '>', '`', '&', '%', ':', '\\', '"', '(', '*', '_']), "{label}");
    }
}

#[test]
fn an_honest_case_for_graphviz() {
    insta::assert_snapshot!(dot(&build::plain()));
}

#[test]
fn an_honest_case_for_mermaid() {
    insta::assert_snapshot!(mermaid(&build::plain()));
}

#[test]
fn no_text_becomes_part_of_the_drawing() {
    for case in [build::plain(), build::hostile(), build::empty(), build::told("")] {
        assert_dot(&dot(&case));
        assert_mermaid(&mermaid(&case));
    }
    for hostile in build::HOSTILE {
        assert_dot(&dot(&build::told(hostile)));
        assert_mermaid(&mermaid(&build::told(hostile)));
    }
}

#[test]
fn a_step_that_paths_share_is_drawn_once() {
    let case = build::plain();
    for text in [dot(&case), mermaid(&case)] {
        assert_eq!(text.matches("unauthenticated-inference@llm").count(), 1);
        for goal in ["abuse-tool@refund", "leak-data@tickets", "drain-cost@llm", "deny-service@agent"] {
            assert!(text.contains(goal), "{goal}");
        }
        assert!(!text.contains("steal-model@llm"), "it is held off");
    }
}

#[test]
fn a_case_without_paths_says_so() {
    let mut none = build::plain();
    for goal in &mut none.attack.as_mut().unwrap().goals {
        goal.path = None;
    }
    let mut checklist = build::plain();
    checklist.attack = None;
    let mut without_ai = build::empty();
    without_ai.system.ai = false;
    for (case, says) in [
        (&none, "Nothing is reached in the claimed view"),
        (&checklist, "a checklist says nothing of parts and flows"),
        (&without_ai, "no part of the system is AI as described"),
    ] {
        for text in [dot(case), mermaid(case)] {
            assert!(text.contains(says) && text.lines().count() < 10, "{text}");
        }
    }
}

#[test]
fn what_is_too_much_to_draw_is_counted() {
    let mut case = build::plain();
    let attack = case.attack.as_mut().unwrap();
    let goal = attack.goals[0].clone();
    attack.goals = (0..300)
        .map(|number| {
            let mut goal = goal.clone();
            goal.id.on = format!("refund-{number}").parse().unwrap();
            let last = goal.path.as_mut().unwrap().steps.last_mut().unwrap();
            (last.at, last.gains) = (goal.id.on.clone(), vec![goal.id.clone()]);
            goal
        })
        .collect();
    assert_eq!(dot(&case).matches("abuse-tool@refund-").count(), 200);
    assert!(dot(&case).contains("100 more paths are left out"));
    let chart = mermaid(&case);
    assert_eq!(chart.matches("abuse-tool@refund-").count(), 40);
    assert!(chart.contains("260 more paths are left out"));
    // What Mermaid draws without being told otherwise.
    assert!(chart.len() < 50_000 && chart.matches("-->").count() < 500);
}
