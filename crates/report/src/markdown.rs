//! Markdown for pull requests and wikis: what is open first, then what the case rests on.
//!
//! Texts of the case go through `text` and `code` only; nothing else here may come from an input.

mod attack;
mod text;

use std::fmt::Write as _;

use casemate_core::{Case, Finding, FindingStatus, Id, Recorded, Severity, View, Worlds};

use self::text::{code, text};

pub(crate) fn render(case: &Case) -> String {
    let mut page = String::new();
    headline(&mut page, case);
    summary(&mut page, case);
    findings(&mut page, case);
    if let Some(attack) = &case.attack {
        attack::sections(&mut page, attack, case);
    }
    accepted(&mut page, case);
    fixed(&mut page, case);
    claims(&mut page, case);
    closed(&mut page, case);
    goals(&mut page, case);
    coverage(&mut page, case);
    problems(&mut page, case);
    footer(&mut page, case);
    page
}

fn headline(page: &mut String, case: &Case) {
    let _ = writeln!(page, "# Assurance case: {}\n", text(&case.system.name));
    if let Some(purpose) = &case.system.purpose {
        let _ = writeln!(page, "Purpose: {}\n", text(purpose));
    }
    if let Some(owner) = &case.system.owner {
        let _ = writeln!(page, "Owner: {}\n", text(owner));
    }
    if let Some(attack) = &case.attack {
        attack::headline(page, attack);
    }
    let tally: Vec<String> =
        case.tally().iter().map(|(severity, count)| format!("{count} {severity}")).collect();
    let _ = match case.open_findings().count() {
        0 => writeln!(page, "**No open findings.**"),
        1 => writeln!(page, "**1 open finding**: {}.", tally.join(", ")),
        open => writeln!(page, "**{open} open findings**: {}.", tally.join(", ")),
    };
}

fn summary(page: &mut String, case: &Case) {
    table(
        page,
        "Summary",
        &["Open threats", "Number"],
        [
            row(["with your claims", &case.open.claimed.to_string()]),
            row(["with only what was verified", &case.open.verified.to_string()]),
            row(["with no controls", &case.open.bare.to_string()]),
        ],
    );
    let verified = case.claims.iter().filter(|claim| claim.status.holds_in(View::Verified)).count();
    let _ = writeln!(
        page,
        "\n{verified} of {} claims verified; this report shows the {} view.",
        case.claims.len(),
        case.view
    );
}

fn findings(page: &mut String, case: &Case) {
    for severity in Severity::ALL.iter().rev() {
        let open: Vec<&Finding> =
            case.open_findings().filter(|finding| finding.severity == *severity).collect();
        if open.is_empty() {
            continue;
        }
        let _ = writeln!(page, "\n## {} ({})", capital(severity.as_str()), open.len());
        for finding in open {
            one(page, finding);
        }
    }
}

fn one(page: &mut String, finding: &Finding) {
    let _ = writeln!(page, "\n### {}: {}\n", finding.category, text(&finding.title));
    let _ = writeln!(page, "- Fix: {}", text(&finding.recommendation));
    if let Some(command) = &finding.command {
        let _ = writeln!(page, "- Run: {}", code(command));
    }
    let _ = writeln!(page, "- Why: {}", text(&finding.reason));
    if !finding.controls.is_empty() {
        let _ = writeln!(page, "- Controls: {}", ids(&finding.controls));
    }
    let mut about = format!("{}, {} confidence", code(&finding.id.to_string()), finding.confidence);
    if let Some(state) = finding.baseline {
        let _ = write!(about, ", {state}");
    }
    if let Some(location) = &finding.location {
        let _ = write!(about, ", at {}", code(&location.to_string()));
    }
    let _ = writeln!(page, "- Finding: {about}");
    for (framework, entries) in &*finding.references {
        let entries: Vec<String> = entries.iter().map(|entry| code(entry)).collect();
        let _ = writeln!(page, "- Reference: {} {}", code(&framework.to_string()), entries.join(", "));
    }
}

fn accepted(page: &mut String, case: &Case) {
    let accepted = case.findings.iter().filter(|finding| finding.status == FindingStatus::Accepted);
    let rows = accepted.map(|finding| {
        let acceptance = finding.acceptance.as_ref();
        let or_empty = |part: Option<&str>| part.map(text).unwrap_or_default();
        row([
            &*code(&finding.id.to_string()),
            finding.severity.as_str(),
            &acceptance.map(|accepted| accepted.expires.to_string()).unwrap_or_default(),
            &or_empty(acceptance.map(|accepted| &*accepted.reason)),
            &or_empty(acceptance.and_then(|accepted| accepted.owner.as_deref())),
            &or_empty(acceptance.and_then(|accepted| accepted.ticket.as_deref())),
        ])
    });
    table(page, "Accepted", &["Finding", "Severity", "Until", "Reason", "Owner", "Ticket"], rows);
}

fn fixed(page: &mut String, case: &Case) {
    let rows = case
        .fixed
        .iter()
        .map(|fixed| row([&*code(&fixed.id.to_string()), fixed.severity.as_str(), &text(&fixed.title)]));
    table(page, "Fixed since the baseline", &["Finding", "Severity", "What it was"], rows);
}

fn claims(page: &mut String, case: &Case) {
    let rows = case.claims.iter().map(|claim| {
        let notes = claim.evidence.iter().map(|note| {
            let measured =
                note.measured.as_deref().map(|measured| format!(" ({})", text(measured))).unwrap_or_default();
            let ledger = note.ledger.map(|place| format!(", {}", recorded(place))).unwrap_or_default();
            format!("{}: {}{measured}{ledger}", code(&note.check), text(&note.outcome))
        });
        row([
            &*code(claim.control.as_str()),
            &code(claim.component.as_str()),
            claim.status.as_str(),
            &text(&claim.reason),
            &notes.collect::<Vec<_>>().join("; "),
        ])
    });
    table(page, "Claims", &["Control", "On", "Status", "Why", "Evidence"], rows);
}

const fn recorded(place: Recorded) -> &'static str {
    match place {
        Recorded::Recorded => "in the ledger",
        Recorded::Missing => "not in the ledger",
        Recorded::Unchecked => "the ledger cannot be believed",
    }
}

fn closed(page: &mut String, case: &Case) {
    let rows = case.closed.iter().map(|closed| {
        row([&*code(&closed.id.to_string()), &text(&closed.title), &ids(&closed.by), closed.basis()])
    });
    table(page, "Held off", &["Threat", "What would stand open", "By", "Holds in view"], rows);
}

fn goals(page: &mut String, case: &Case) {
    let rows = case.goals.iter().map(|goal| {
        let Worlds { bare, claimed, verified } = goal.open;
        let worst = goal.worst.as_ref().map(|id| code(&id.to_string())).unwrap_or_default();
        row([goal.goal.as_str(), &claimed.to_string(), &verified.to_string(), &bare.to_string(), &worst])
    });
    let columns = [
        "Goal of an attacker",
        "With your claims",
        "With only what was verified",
        "With no controls",
        "Worst",
    ];
    table(page, "Goals", &columns, rows);
}

fn coverage(page: &mut String, case: &Case) {
    let stages =
        case.coverage.stages.iter().filter(|stage| stage.components > 0 || stage.applicable > 0).map(
            |stage| {
                let numbers = [stage.components, stage.applicable, stage.open, stage.closed]
                    .map(|number| number.to_string());
                let [components, applicable, open, closed] = &numbers;
                row([stage.stage.as_str(), components, applicable, open, closed])
            },
        );
    table(
        page,
        "Coverage by stage",
        &["Stage", "Components", "Threats that apply", "Open", "Held off"],
        stages,
    );
    let list = |entries: &[std::sync::Arc<str>]| {
        entries.iter().map(|entry| code(entry)).collect::<Vec<_>>().join(", ")
    };
    let frameworks = case.coverage.frameworks.iter().map(|framework| {
        row([
            &*code(&framework.framework.to_string()),
            &text(&framework.title),
            &format!("{} of {}", framework.in_catalog, framework.entries),
            &list(&framework.open),
            &list(&framework.closed),
        ])
    });
    table(
        page,
        "Coverage by framework",
        &["Framework", "Title", "Entries in the catalogue", "Open", "Held off"],
        frameworks,
    );
}

fn problems(page: &mut String, case: &Case) {
    let rows = case.problems.iter().map(|problem| {
        let place = problem.location.as_ref().map(|location| code(&location.to_string())).unwrap_or_default();
        row([problem.kind.as_str(), &place, &text(&problem.message)])
    });
    table(page, "Problems", &["Kind", "Where", "What happened"], rows);
    if !case.not_stated.is_empty() {
        let _ = writeln!(page, "\nControls not stated, so not judged: {}.", ids(&case.not_stated));
    }
}

fn footer(page: &mut String, case: &Case) {
    let _ = writeln!(page, "\n---\n");
    let _ = writeln!(
        page,
        "Made by {} at {} from {} (SHA-256 {}), catalogue {}.",
        code(&format!("{} {}", case.tool.name, case.tool.version)),
        case.generated,
        code(&case.input.file),
        code(&case.input.sha256),
        code(&case.tool.catalog),
    );
}

/// A section with a table, or nothing where there are no rows.
fn table(page: &mut String, title: &str, columns: &[&str], rows: impl IntoIterator<Item = String>) {
    let rows: String = rows.into_iter().collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(page, "\n## {title}\n");
    let _ = writeln!(page, "| {} |", columns.join(" | "));
    let _ = writeln!(page, "|{}", " --- |".repeat(columns.len()));
    page.push_str(&rows);
}

fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<&str> = cells.into_iter().collect();
    format!("| {} |\n", cells.join(" | "))
}

fn ids(ids: &[Id]) -> String {
    ids.iter().map(|id| code(id.as_str())).collect::<Vec<_>>().join(", ")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
