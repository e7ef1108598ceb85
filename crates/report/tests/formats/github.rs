//! GitHub annotations: one command a line, and none that an input wrote.

use casemate_report::{Format, Style, render};

use crate::build;

fn github(case: &casemate_core::Case) -> String {
    render(case, Format::Github, Style::default())
}

#[test]
fn open_findings_are_annotated_at_their_line() {
    insta::assert_snapshot!(github(&build::plain()));
}

#[test]
fn hostile_texts_are_escaped() {
    insta::assert_snapshot!(github(&build::hostile()));
}

#[test]
fn every_line_is_one_command_of_ours() {
    let case = build::hostile();
    let text = github(&case);
    let (commands, rest): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("::"));
    assert_eq!(commands.len(), case.open_findings().count() + case.problems.len());
    assert_eq!(rest, ["4 open findings: 1 critical, 1 high, 1 medium, 1 low"]);
    for command in commands {
        let (head, _) = command.trim_start_matches(':').split_once("::").unwrap();
        let (level, properties) = head.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&level), "{level}");
        for property in properties.split(',') {
            let (key, value) = property.split_once('=').unwrap();
            assert!(["file", "line", "col", "endColumn", "title"].contains(&key), "{key}");
            assert!(!value.contains(':'), "{value}");
        }
    }
}

#[test]
fn a_case_with_nothing_open_says_so() {
    assert_eq!(github(&build::empty()), "no open findings\n");
}

#[test]
fn an_experiment_says_that_it_is_one() {
    let mut case = build::plain();
    case.attack.as_mut().unwrap().experiment.with = vec!["tls@ask".parse().unwrap()];
    assert!(github(&case).contains("\nexperiment: with tls@ask\n4 open findings"));
}
