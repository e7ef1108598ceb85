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
