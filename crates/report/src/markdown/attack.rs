//! What an attacker reaches, for the Markdown report: goals with their paths, a drawing where it stays readable, and the
//! controls that would change most.

use std::fmt::Write as _;

use casemate_core::{Attack, Case, Guard, NextControl};

use super::text::{code, text};
use super::{row, table};
use crate::mermaid;
use crate::paths::drawing::{Drawing, Most, ways};
use crate::paths::{self, Flows, Reached};

/// As many goals as the tables list.
const MOST_ROWS: usize = 100;

/// With more goals a drawing in the text is no help.
const MOST_DRAWN: Most = Most { ends: 12, edges: 150 };

/// What nobody should overlook, and the numbers.
pub(super) fn headline(page: &mut String, attack: &Attack) {
    if let Some(assumed) = attack.experiment.words() {
        let _ = writeln!(page, "**An experiment, not the case as it is**: {}\n", code(&assumed));
    }
    let reachable = attack.reachable;
    let _ = writeln!(
        page,
        "**An attacker reaches {} of {} goals** with your claims, {} with only what was verified, {} with no controls.\n",
        reachable.claimed, attack.possible, reachable.verified, reachable.bare
    );
}

/// The sections on attacks.
pub(super) fn sections(page: &mut String, attack: &Attack, case: &Case) {
    let reached = paths::reached(attack);
    let flows = Flows::of(case);
    let rows = reached.iter().take(MOST_ROWS).map(|reached| goal(*reached, &flows));
    table(page, "Goals an attacker reaches", &["Goal", "How likely", "Path", "What cuts it"], rows);
    more(page, reached.len());
    if !reached.is_empty() && reached.len() <= MOST_DRAWN.ends {
        let drawing = Drawing::of(case, &ways(case), MOST_DRAWN);
        if drawing.left_out == 0 {
            let _ = writeln!(page, "\n```mermaid\n{}```", mermaid::chart(case, &drawing));
        }
    }
    let columns = ["Control", "What it is", "Effort", "Goals no longer reached", "Paths it cuts"];
    table(page, "Next best controls", &columns, attack.next.iter().map(next));
    let alone = paths::on_one_control(attack);
    let rows = alone.iter().take(MOST_ROWS).map(|(goal, depth)| {
        let guards: Vec<String> = paths::single_points(depth).iter().map(guard).collect();
        row([&*code(&goal.id.to_string()), &guards.join(", ")])
    });
    table(page, "Goals that one control alone holds off", &["Goal", "Holds only while this works"], rows);
    more(page, alone.len());
}

fn goal(Reached { goal, path }: Reached<'_>, flows: &Flows<'_>) -> String {
    let line = paths::line(path, flows, code, text);
    let cut = goal.cuts.as_ref().map(|cuts| paths::best_cut(cuts).words(code)).unwrap_or_default();
    row([&*code(&goal.id.to_string()), &paths::extent(path), &line, &cut])
}

fn next(next: &NextControl) -> String {
    row([
        &*code(&next.place.to_string()),
        &text(&next.title),
        &text(&next.effort),
        &paths::named(next.goals.iter(), code),
        &next.paths.to_string(),
    ])
}

fn guard(guard: &Guard) -> String {
    paths::guard(guard, code)
}

fn more(page: &mut String, count: usize) {
    if count > MOST_ROWS {
        let _ = writeln!(page, "\n… and {} more; the JSON report has all of them.", count - MOST_ROWS);
    }
}
