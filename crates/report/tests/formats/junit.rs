//! JUnit: the counts are right, and only what holds passes.

use casemate_report::{Format, Style, render};
use quick_xml::events::{BytesStart, Event};

use crate::build;

/// Each test case with what became of it.
fn outcomes(xml: &str) -> Vec<(String, String)> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let name = |tag: &BytesStart<'_>| tag.try_get_attribute("name").unwrap().unwrap().value.into_owned();
    let mut cases: Vec<(String, String)> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == "testcase" => {
                cases.push((name(&tag), "?".to_owned()));
            }
            Event::Empty(tag) if tag.name().as_ref() == "testcase" => {
                cases.push((name(&tag), "passed".to_owned()));
            }
            Event::Start(tag) | Event::Empty(tag) => {
                if let Some((_, outcome)) = cases.last_mut().filter(|(_, outcome)| outcome == "?") {
                    *outcome = tag.name().as_ref().to_string();
                }
            }
            Event::Eof => return cases,
            _ => {}
        }
    }
}

#[test]
fn only_what_holds_passes() {
    let outcomes = outcomes(&render(&build::plain(), Format::Junit, Style::default()));
    let of = |part: &str| &*outcomes.iter().find(|(name, _)| name.contains(part)).unwrap().1;
    assert_eq!(of("unauthenticated-inference@llm"), "failure");
    assert_eq!(of("prompt-injection@agent"), "skipped");
    assert_eq!(of("model-tampering@llm"), "passed");
    assert_eq!(of("model-signing protects llm"), "passed");
    assert_eq!(of("input-screening protects agent"), "failure");
    for unverified in ["privilege-separation", "audit-log", "response-plan", "watermarking"] {
        assert_eq!(of(&format!("{unverified} protects")), "skipped", "{unverified}");
    }
}

#[test]
fn the_counts_are_those_of_the_cases() {
    for case in [build::plain(), build::hostile()] {
        let xml = render(&case, Format::Junit, Style::default());
        let outcomes = outcomes(&xml);
        assert_eq!(outcomes.len(), case.findings.len() + case.closed.len() + case.claims.len());
        let failures = outcomes.iter().filter(|(_, outcome)| outcome == "failure").count();
        assert!(xml.contains(&format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\">", outcomes.len())));
    }
}

#[test]
fn the_suites_carry_the_numbers_of_goals() {
    let mut case = build::plain();
    case.attack.as_mut().unwrap().experiment.with = vec!["tls@ask".parse().unwrap()];
    let xml = render(&case, Format::Junit, Style::default());
    assert!(xml.contains("<property name=\"goals-reachable-claimed\" value=\"6\"/>"));
    assert!(xml.contains("<property name=\"experiment\" value=\"with tls@ask\"/>"));
}
