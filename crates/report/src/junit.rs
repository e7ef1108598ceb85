//! JUnit XML, for the test views of build servers: every threat and every claim is a test case.
//!
//! Only what holds passes. Accepted findings and claims that nothing verified are skipped, never passed.

use std::fmt::Write as _;

use casemate_core::{Case, ClaimRecord, ClaimStatus, Closed, Finding, FindingStatus, Location, printable};

use crate::place::Place;

pub(crate) fn render(case: &Case) -> String {
    let findings = case.findings.iter().map(|finding| of_finding(finding, case));
    let closed = case.closed.iter().map(|closed| of_closed(closed, case));
    let suites = [
        Suite { name: "threats", tests: findings.chain(closed).collect() },
        Suite { name: "claims", tests: case.claims.iter().map(|claim| of_claim(claim, case)).collect() },
    ];
    let total = |count: fn(&Suite) -> usize| -> usize { suites.iter().map(count).sum() };
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\">",
        escape(&format!("{}: {}", case.tool.name, case.system.name)),
        total(|suite| suite.tests.len()),
        total(Suite::failures),
    );
    for suite in &suites {
        suite.write(&mut xml, case);
    }
    xml.push_str("</testsuites>\n");
    xml
}

struct Suite {
    name: &'static str,
    tests: Vec<Test>,
}

struct Test {
    name: String,
    class: String,
    file: String,
    line: u32,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    Skipped { message: String },
    Failed { kind: &'static str, message: String, detail: String },
}

impl Suite {
    fn failures(&self) -> usize {
        self.tests.iter().filter(|test| matches!(test.outcome, Outcome::Failed { .. })).count()
    }

    fn skipped(&self) -> usize {
        self.tests.iter().filter(|test| matches!(test.outcome, Outcome::Skipped { .. })).count()
    }

    fn write(&self, xml: &mut String, case: &Case) {
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" timestamp=\"{}\" time=\"0\">",
            self.name,
            self.tests.len(),
            self.failures(),
            self.skipped(),
            case.generated,
        );
        properties(xml, case);
        for test in &self.tests {
            test.write(xml);
        }
        xml.push_str("  </testsuite>\n");
    }
}

/// What an attacker reaches, as properties of a suite.
fn properties(xml: &mut String, case: &Case) {
    let Some(attack) = &case.attack else { return };
    let reachable = attack.reachable;
    let numbers = [
        ("goals-possible", attack.possible),
        ("goals-reachable-claimed", reachable.claimed),
        ("goals-reachable-verified", reachable.verified),
        ("goals-reachable-bare", reachable.bare),
    ];
    xml.push_str("    <properties>\n");
    for (name, number) in numbers {
        let _ = writeln!(xml, "      <property name=\"{name}\" value=\"{number}\"/>");
    }
    if let Some(assumed) = attack.experiment.words() {
        let _ = writeln!(xml, "      <property name=\"experiment\" value=\"{}\"/>", escape(&assumed));
    }
    xml.push_str("    </properties>\n");
}

impl Test {
    fn write(&self, xml: &mut String) {
        let _ = write!(
            xml,
            "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"0\"",
            escape(&self.name),
            escape(&self.class),
            escape(&self.file),
            self.line,
        );
        let _ = match &self.outcome {
            Outcome::Passed => writeln!(xml, "/>"),
            Outcome::Skipped { message } => {
                writeln!(xml, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escape(message))
            }
            Outcome::Failed { kind, message, detail } => writeln!(
                xml,
                ">\n      <failure type=\"{kind}\" message=\"{}\">{}</failure>\n    </testcase>",
                escape(message),
                escape(detail),
            ),
        };
    }
}

fn test(name: String, element: &str, outcome: Outcome, location: Option<&Location>, case: &Case) -> Test {
    let place = Place::of(location, case);
    let class = format!("{}.{element}", case.system.id);
    Test { name, class, file: place.file.to_owned(), line: place.line, outcome }
}

fn of_finding(finding: &Finding, case: &Case) -> Test {
    let outcome = match (finding.status, &finding.acceptance) {
        (FindingStatus::Open, _) => Outcome::Failed {
            kind: finding.severity.as_str(),
            message: finding.reason.to_string(),
            detail: format!("Fix: {}", finding.recommendation),
        },
        (FindingStatus::Accepted, Some(accepted)) => {
            Outcome::Skipped { message: format!("accepted until {}: {}", accepted.expires, accepted.reason) }
        }
        (FindingStatus::Accepted, None) => Outcome::Skipped { message: "accepted".to_owned() },
    };
    let name = format!("{}: {} ({})", finding.category, finding.title, finding.id);
    test(name, finding.component.as_str(), outcome, finding.location.as_ref(), case)
}

fn of_closed(closed: &Closed, case: &Case) -> Test {
    let name = format!("{} ({})", closed.title, closed.id);
    test(name, closed.id.element.as_str(), Outcome::Passed, None, case)
}

fn of_claim(claim: &ClaimRecord, case: &Case) -> Test {
    let message = format!("{}: {}", claim.status, claim.reason);
    let outcome = match claim.status {
        ClaimStatus::Verified => Outcome::Passed,
        ClaimStatus::Contradicted => Outcome::Failed {
            kind: "contradicted",
            message,
            detail: "Repair the control or withdraw the claim".to_owned(),
        },
        _ => Outcome::Skipped { message },
    };
    let name = format!("{} protects {}", claim.control, claim.component);
    test(name, claim.component.as_str(), outcome, claim.location.as_ref(), case)
}

/// Text as XML may hold it: printable, and of the characters that XML 1.0 knows.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
