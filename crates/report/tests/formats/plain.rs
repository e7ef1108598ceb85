//! The report for a terminal: stable for people and for scripts that count lines.

use casemate_report::{Detail, Format, Style, render};

use crate::build;
use crate::wellformed::FULL;

#[test]
fn an_honest_case() {
    insta::assert_snapshot!(render(&build::plain(), Format::Plain, Style::default()));
}

#[test]
fn an_honest_case_in_full() {
    insta::assert_snapshot!(render(&build::plain(), Format::Plain, FULL));
}

#[test]
fn a_hostile_case_in_full() {
    insta::assert_snapshot!(render(&build::hostile(), Format::Plain, FULL));
}

#[test]
fn a_finding_starts_its_line_and_nothing_else_does() {
    for case in [build::plain(), build::hostile(), build::told("[HIGH] Privacy: forged")] {
        for detail in [Detail::Brief, Detail::Normal, Detail::Full] {
            let text = render(&case, Format::Plain, Style { colour: false, detail });
            let found: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
            assert_eq!(found.len(), case.open_findings().count());
            for (line, finding) in found.iter().zip(case.open_findings()) {
                let severity = finding.severity.as_str().to_uppercase();
                assert!(line.starts_with(&format!("[{severity}] {}: ", finding.category)), "{line}");
            }
        }
    }
}

#[test]
fn the_briefest_report_tells_findings_apart_and_says_if_nothing_was_judged() {
    let brief = |case| render(case, Format::Plain, Style { colour: false, detail: Detail::Brief });
    let case = build::plain();
    let text = brief(&case);
    for finding in case.open_findings() {
        assert!(text.contains(&finding.id.to_string()), "{}", finding.id);
    }
    let mut without_ai = build::empty();
    without_ai.system.ai = false;
    assert!(brief(&without_ai).contains("no AI component was found"));
}

#[test]
fn the_numbers_of_goals_head_the_report() {
    let second = |case: &casemate_core::Case, detail| {
        let text = render(case, Format::Plain, Style { colour: false, detail });
        text.lines().nth(1).unwrap().to_owned()
    };
    for detail in [Detail::Brief, Detail::Normal, Detail::Full] {
        assert_eq!(
            second(&build::plain(), detail),
            "goals reachable: 6 with your claims, 7 with only what was verified, 9 with no controls (of 10)"
        );
        let mut case = build::plain();
        case.attack = None;
        assert!(second(&case, detail).starts_with("open threats: "));
    }
}

#[test]
fn an_experiment_says_that_it_is_one() {
    let mut case = build::plain();
    let attack = case.attack.as_mut().unwrap();
    attack.experiment.with = vec!["human-approval@refund".parse().unwrap()];
    attack.experiment.without = vec!["model-signing".parse().unwrap()];
    for detail in [Detail::Brief, Detail::Normal, Detail::Full] {
        let text = render(&case, Format::Plain, Style { colour: false, detail });
        let second = text.lines().nth(1).unwrap();
        assert_eq!(second, "experiment: with human-approval@refund; without model-signing");
    }
}

#[test]
fn a_long_list_of_goals_is_cut_short_and_says_so() {
    let mut case = build::plain();
    let attack = case.attack.as_mut().unwrap();
    let goal = attack.goals[0].clone();
    attack.goals = vec![goal; 43];
    let lines = |detail| {
        let text = render(&case, Format::Plain, Style { colour: false, detail });
        let count = text.matches("  abuse-tool@refund: likely").count();
        (count, text.contains("  … and 31 more; --verbose shows all\n"))
    };
    assert_eq!(lines(Detail::Brief), (0, false));
    assert_eq!(lines(Detail::Normal), (12, true));
    assert_eq!(lines(Detail::Full), (43, false));
}

#[test]
fn the_brief_report_keeps_to_the_numbers() {
    let text = render(&build::plain(), Format::Plain, Style { colour: false, detail: Detail::Brief });
    assert!(text.contains("goals reachable: ") && !text.contains("goals an attacker reaches"));
}
