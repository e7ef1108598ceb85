//! The report for people at a terminal: one finding, one line, detail indented below. Readable without colour.
//!
//! Only a finding's line starts with `[`, so a line can be counted on; whatever a text of the case holds, it stays on
//! its line and behind a word of ours.

mod attack;
pub(crate) mod paths;

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Paint};
use casemate_core::{
    Case, ClaimRecord, ClaimStatus, Finding, FindingStatus, Id, InputFormat, Rated, Recorded, Severity,
    StageCoverage, View, Worlds, printable,
};

use crate::{Detail, Style, names};

pub(crate) fn render(case: &Case, style: Style) -> String {
    let mut page = Page { text: String::new(), style };
    page.headline(case);
    for finding in case.open_findings() {
        page.finding(finding);
    }
    if style.detail >= Detail::Normal
        && let Some(attack) = &case.attack
    {
        page.attack(attack, case);
    }
    page.accepted(case);
    page.fixed(case);
    if style.detail == Detail::Full {
        page.closed(case);
        page.claims(case);
        page.goals(case);
        page.coverage(case);
    }
    if style.detail >= Detail::Normal {
        page.not_stated(case);
        page.problems(case);
    }
    page.summary(case);
    page.text
}

struct Page {
    text: String,
    style: Style,
}

impl Page {
    fn headline(&mut self, case: &Case) {
        let name = self.paint(&printable(&case.system.name), Paint::new().bold());
        let file = printable(&case.input.file);
        let what = match case.input.format {
            InputFormat::Checklist => "checklist".to_owned(),
            InputFormat::System => format!("system file {file}"),
            other => format!("{other} import of {file}"),
        };
        self.line(&format!("case of {name} ({what})"));
        if let Some(attack) = &case.attack {
            self.reachable(attack);
        }
        if case.system.ai {
            let numbers = self.worlds(case.open);
            self.line(&format!("open threats: {numbers}"));
        }
        self.line("");
    }

    /// A number in each of the three views.
    fn worlds(&self, Worlds { bare, claimed, verified }: Worlds) -> String {
        let claimed = self.paint(&claimed.to_string(), Paint::new().bold());
        let verified = self.paint(&verified.to_string(), Paint::new().bold());
        format!("{claimed} with your claims, {verified} with only what was verified, {bare} with no controls")
    }

    fn finding(&mut self, finding: &Finding) {
        let label = format!("[{}]", finding.severity.as_str().to_uppercase());
        let label = self.paint(&label, severity_paint(finding.severity));
        self.line(&format!("{label} {}: {}", finding.category, printable(&finding.title)));
        self.indented("fix", &finding.recommendation);
        if self.style.detail == Detail::Brief {
            self.indented("id", &finding.id.to_string());
        }
        if self.style.detail >= Detail::Normal {
            if let Some(command) = &finding.command {
                self.indented("run", command);
            }
            self.indented("why", &finding.reason);
            let named = |control: &Id| finding.reason.contains(&format!("`{control}`"));
            if !finding.controls.iter().all(named) {
                self.indented("with", &names(&finding.controls));
            }
            let mut about = format!("{} · {} confidence", finding.id, finding.confidence);
            if let Some(state) = finding.baseline {
                let _ = write!(about, " · {state}");
            }
            if let Some(location) = &finding.location {
                let _ = write!(about, " · {location}");
            }
            self.indented("id", &about);
        }
        if self.style.detail == Detail::Full {
            if let Some(rated) = &finding.rating {
                self.rating(rated);
            }
            for (framework, ids) in &*finding.references {
                self.indented("ref", &format!("{framework} {}", ids.join(", ")));
            }
        }
    }

    fn rating(&mut self, rated: &Rated) {
        let Rated { impact, property, likelihood, maturity, .. } = rated;
        self.indented("rate", &format!("{impact} impact on {property}: {}", rated.asset_from));
        self.indented("", &format!("{likelihood}, technique {maturity}: {}", rated.exposure_from));
        if !rated.reduced_by.is_empty() {
            self.indented("", &format!("less likely by {}", names(&rated.reduced_by)));
        }
        if let Some(why) = &rated.unreachable {
            self.indented("", &format!("{why}"));
        }
    }

    fn accepted(&mut self, case: &Case) {
        let accepted: Vec<&Finding> =
            case.findings.iter().filter(|finding| finding.status == FindingStatus::Accepted).collect();
        self.section("accepted", accepted.len());
        for finding in accepted {
            let until = finding.acceptance.as_ref();
            let until = until.map(|accepted| format!(" until {}: {}", accepted.expires, accepted.reason));
            self.entry(&format!("{}{}", finding.id, until.unwrap_or_default()));
        }
    }

    fn fixed(&mut self, case: &Case) {
        self.section("fixed since the baseline", case.fixed.len());
        for fixed in &case.fixed {
            self.entry(&format!("{}: {}", fixed.id, fixed.title));
        }
    }

    fn closed(&mut self, case: &Case) {
        self.section("held off", case.closed.len());
        for closed in &case.closed {
            self.entry(&format!("{} by {} ({})", closed.id, names(&closed.by), closed.basis()));
        }
    }

    fn claims(&mut self, case: &Case) {
        self.section("claims", case.claims.len());
        for claim in &case.claims {
            let status = self.paint(claim.status.as_str(), claim_paint(claim.status));
            let reason = printable(&claim.reason);
            self.line(&format!("  {} on {}: {status}, {reason}", claim.control, claim.component));
            if let Some(recorded) = recorded(claim) {
                self.line(&format!("    {recorded}"));
            }
        }
    }

    fn goals(&mut self, case: &Case) {
        self.section("goals of an attacker", case.goals.len());
        for goal in &case.goals {
            let Worlds { bare, claimed, verified } = goal.open;
            let worst = goal.worst.as_ref().map(|id| format!(", worst {id}")).unwrap_or_default();
            self.entry(&format!(
                "{}: {claimed} open with your claims, {verified} with only what was verified, {bare} with no controls{worst}",
                goal.goal
            ));
        }
    }

    fn coverage(&mut self, case: &Case) {
        self.section("lifecycle stages", case.coverage.stages.len());
        for stage in &case.coverage.stages {
            let StageCoverage { stage, components, applicable, open, closed } = stage;
            self.entry(&format!(
                "{stage}: {components} components, {applicable} threats apply, {open} open and {closed} held off"
            ));
        }
        self.section("frameworks", case.coverage.frameworks.len());
        for framework in &case.coverage.frameworks {
            let id = framework.framework.to_string();
            let (open, closed) = (framework.open.len(), framework.closed.len());
            let (known, entries) = (framework.in_catalog, framework.entries);
            self.entry(&format!(
                "{id}: {open} entries open, {closed} held off; the catalogue speaks to {known} of {entries}"
            ));
        }
    }

    fn not_stated(&mut self, case: &Case) {
        self.section("controls not stated", case.not_stated.len());
        if case.not_stated.is_empty() {
            return;
        }
        let names: Vec<String> = case.not_stated.iter().map(|id| id.as_str().replace('-', "_")).collect();
        let mut line = String::from(" ");
        for name in names {
            if line.len() + name.len() > 100 {
                self.line(&line);
                line = String::from(" ");
            }
            let _ = write!(line, " {name}");
        }
        self.line(&line);
        self.line("  (not judged; --complete takes them as missing)");
    }

    fn problems(&mut self, case: &Case) {
        self.section("notes", case.problems.len());
        for problem in &case.problems {
            let place = problem.location.as_ref().map(|location| format!("{location}: ")).unwrap_or_default();
            self.entry(&format!("{place}{}", problem.message));
        }
    }

    fn summary(&mut self, case: &Case) {
        let tally = case.tally();
        let open: usize = tally.iter().map(|(_, count)| count).sum();
        self.line("");
        if !case.system.ai {
            self.line("no AI component was found, so no threat was judged");
        }
        if open == 0 {
            let none = self.paint("no open findings", Paint::new().fg_color(Some(AnsiColor::Green.into())));
            self.line(&none);
        } else {
            let parts: Vec<String> = tally
                .iter()
                .map(|(severity, count)| {
                    self.paint(&format!("{count} {severity}"), severity_paint(*severity))
                })
                .collect();
            let noun = if open == 1 { "finding" } else { "findings" };
            self.line(&format!("{open} open {noun}: {}", parts.join(", ")));
        }
        let claims = case.claims.len();
        if claims > 0 {
            let verified = case.claims.iter().filter(|claim| claim.status.holds_in(View::Verified)).count();
            self.line(&format!("{verified} of {claims} claims verified"));
        }
    }

    fn section(&mut self, title: &str, count: usize) {
        if count > 0 {
            let title = self.paint(&format!("{title} ({count})"), Paint::new().bold());
            self.line("");
            self.line(&title);
        }
    }

    fn indented(&mut self, label: &str, text: &str) {
        let label = self.paint(&format!("{label:<5}"), Paint::new().dimmed());
        self.line(&format!("    {label}{}", printable(text)));
    }

    fn entry(&mut self, text: &str) {
        self.line(&format!("  {}", printable(text)));
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn paint(&self, text: &str, paint: Paint) -> String {
        if self.style.colour { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
    }
}

pub(crate) fn severity_paint(severity: Severity) -> Paint {
    let colour = match severity {
        Severity::Critical => AnsiColor::BrightRed,
        Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low => AnsiColor::Cyan,
    };
    Paint::new().bold().fg_color(Some(colour.into()))
}

fn claim_paint(status: ClaimStatus) -> Paint {
    let colour = match status {
        ClaimStatus::Verified | ClaimStatus::Observed => AnsiColor::Green,
        ClaimStatus::Contradicted => AnsiColor::Red,
        ClaimStatus::Stale | ClaimStatus::NotCheckable => AnsiColor::Yellow,
        _ => AnsiColor::White,
    };
    Paint::new().fg_color(Some(colour.into()))
}

/// How much of a claim's evidence is in the ledger, where there is one.
fn recorded(claim: &ClaimRecord) -> Option<String> {
    let places: Vec<Recorded> = claim.evidence.iter().filter_map(|note| note.ledger).collect();
    let within = places.iter().filter(|place| **place == Recorded::Recorded).count();
    match &*places {
        [] => None,
        all if all.contains(&Recorded::Unchecked) => Some("in the ledger: cannot be said".to_owned()),
        all => Some(format!("in the ledger: {within} of {} evidence documents", all.len())),
    }
}
