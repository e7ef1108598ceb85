//! GitHub workflow commands: one annotation per open finding, at its line.
//!
//! GitHub shows only the first ten annotations of each level and step, so the worst come first.

use casemate_core::{Case, Finding, Location, printable};

use crate::place::{Level, Place};

pub(crate) fn render(case: &Case) -> String {
    let mut lines: Vec<String> = case.open_findings().map(|finding| annotation(finding, case)).collect();
    for problem in &case.problems {
        lines.push(command(Level::Warning, "Casemate", &[&problem.message], problem.location.as_ref(), case));
    }
    if let Some(assumed) = case.assumed() {
        lines.push(data(&format!("experiment: {assumed}")));
    }
    let tally: Vec<String> =
        case.tally().iter().map(|(severity, count)| format!("{count} {severity}")).collect();
    let open = case.open_findings().count();
    lines.push(match open {
        0 => "no open findings".to_owned(),
        1 => format!("1 open finding: {}", tally.join(", ")),
        _ => format!("{open} open findings: {}", tally.join(", ")),
    });
    lines.join("\n") + "\n"
}

fn annotation(finding: &Finding, case: &Case) -> String {
    let title =
        format!("{} {}: {}", finding.severity.as_str().to_uppercase(), finding.category, finding.title);
    let fix = format!("Fix: {}", finding.recommendation);
    let message = [&*finding.reason, &fix, &finding.id.to_string()];
    command(Level::of(finding.severity), &title, &message, finding.location.as_ref(), case)
}

fn command(level: Level, title: &str, message: &[&str], location: Option<&Location>, case: &Case) -> String {
    let level = match level {
        Level::Note => "notice",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    let place = Place::of(location, case);
    let file = place.file.strip_prefix("./").unwrap_or(place.file);
    let mut properties = vec![format!("file={}", property(file)), format!("line={}", place.line)];
    properties.extend(place.column.map(|column| format!("col={column}")));
    properties.extend(place.end_column.map(|column| format!("endColumn={column}")));
    properties.push(format!("title={}", property(title)));
    let message: Vec<String> = message.iter().map(|line| data(line)).collect();
    format!("::{level} {}::{}", properties.join(","), message.join("%0A"))
}

/// The text after the second `::`.
fn data(text: &str) -> String {
    // Printable text holds no line breaks; they are escaped all the same, because one would start a new command.
    printable(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which ends at a comma or colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
