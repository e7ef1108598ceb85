//! The part of the plain report about what an attacker reaches: goals with their paths, what would cut them, and what
//! little holds off the rest. Its lines are indented, so none of them can be taken for a finding.

use anstyle::Style as Paint;
use casemate_core::{Attack, AttackPath, Case, Cuts, Guard, Step};

use super::Page;
use crate::paths::{self, Cut, Flows, Reached, counted};
use crate::{Detail, names};

/// As many goals as the report shows unless everything is asked for.
const SHOWN_GOALS: usize = 12;

/// A set of more controls is counted.
const NAMED_CONTROLS: usize = 4;

/// As many controls, too.
const SHOWN_CONTROLS: usize = 5;

impl Page {
    /// The line that heads the report, and above it what is assumed, so that nobody takes an experiment for the case.
    pub(super) fn reachable(&mut self, attack: &Attack) {
        if let Some(assumed) = attack.experiment.words() {
            let assumed = self.paint(&format!("experiment: {assumed}"), Paint::new().bold());
            self.line(&assumed);
        }
        let numbers = self.worlds(attack.reachable);
        self.line(&format!("goals reachable: {numbers} (of {})", attack.possible));
    }

    /// Everything else there is to say of attacks.
    pub(super) fn attack(&mut self, attack: &Attack, case: &Case) {
        self.reached(attack, case);
        self.next_controls(attack);
        // In short, the findings say which controls those are.
        if self.style.detail == Detail::Full {
            self.on_one_control(attack);
            self.held_off(attack);
        }
    }

    fn on_one_control(&mut self, attack: &Attack) {
        let alone = paths::on_one_control(attack);
        self.section("goals that one control alone holds off", alone.len());
        let alone = alone.into_iter().map(|(goal, depth)| {
            let guards: Vec<String> = paths::single_points(depth).iter().map(guard).collect();
            format!("{}: {}", goal.id, guards.join(", "))
        });
        self.entries(alone.collect(), SHOWN_GOALS);
    }

    fn reached(&mut self, attack: &Attack, case: &Case) {
        let reached = paths::reached(attack);
        self.section("goals an attacker reaches", reached.len());
        let flows = Flows::of(case);
        let shown = self.shown(reached.len(), SHOWN_GOALS);
        for reached in reached.iter().take(shown) {
            self.goal(*reached, &flows);
        }
        self.more(reached.len() - shown);
    }

    fn goal(&mut self, Reached { goal, path }: Reached<'_>, flows: &Flows<'_>) {
        self.entry(&format!("{}: {}", goal.id, paths::extent(path)));
        self.chain(path, flows);
        if let Some(cuts) = &goal.cuts {
            self.indented("", &self.cut(cuts));
            if self.style.detail == Detail::Full {
                for set in cuts.sets.iter().skip(1) {
                    let set = paths::together(set.iter().map(ToString::to_string));
                    self.indented("", &format!("or by {set}"));
                }
                let more = cuts.found.saturating_sub(cuts.sets.len());
                if more > 0 {
                    self.indented("", &format!("or by {}", counted(more, "more set", "more sets")));
                }
            }
        }
        self.steps(path);
    }

    /// What cuts a goal; a long set is only counted unless everything is asked for.
    fn cut(&self, cuts: &Cuts) -> String {
        match paths::best_cut(cuts) {
            Cut::Set { controls, greedy }
                if controls.len() > NAMED_CONTROLS && self.style.detail < Detail::Full =>
            {
                let most = if greedy { "at most " } else { "" };
                format!("cut by {most}{} controls together; --verbose names them", controls.len())
            }
            cut => cut.words(str::to_owned),
        }
    }

    /// A path and, if everything is asked for, its steps.
    pub(super) fn path(&mut self, path: &AttackPath, flows: &Flows<'_>) {
        self.chain(path, flows);
        self.steps(path);
    }

    fn chain(&mut self, path: &AttackPath, flows: &Flows<'_>) {
        self.indented("path", &paths::line(path, flows, str::to_owned, str::to_owned));
    }

    fn steps(&mut self, path: &AttackPath) {
        if self.style.detail == Detail::Full {
            for (index, step) in path.steps.iter().enumerate() {
                self.step(index + 1, step);
            }
        }
    }

    fn step(&mut self, number: usize, step: &Step) {
        self.indented(&number.to_string(), &step.how);
        let mut about = Vec::new();
        about.extend(step.threat.as_ref().map(|threat| format!("exploits {threat}")));
        about.extend(
            step.technique.as_ref().map(|known| format!("{} {}", known.framework, known.ids.join(", "))),
        );
        for (word, footholds) in [("needs", &step.needs), ("gains", &step.gains)] {
            if !footholds.is_empty() {
                let footholds: Vec<String> = footholds.iter().map(ToString::to_string).collect();
                about.push(format!("{word} {}", footholds.join(", ")));
            }
        }
        if !about.is_empty() {
            self.indented("", &about.join(" · "));
        }
        let answers = paths::answers(step).into_iter();
        let answers: Vec<String> =
            answers.map(|(word, controls)| format!("{word} {}", names(controls))).collect();
        if !answers.is_empty() {
            self.indented("", &answers.join(" · "));
        }
    }

    fn next_controls(&mut self, attack: &Attack) {
        self.section("next best controls", attack.next.len());
        let full = self.style.detail == Detail::Full;
        let entries = attack.next.iter().map(|next| {
            let goals = counted(next.goals.len(), "goal", "goals");
            let paths = counted(next.paths, "path", "paths");
            let mut entry = format!("{}  cuts {goals} and {paths}, {} effort", next.place, next.effort);
            if full {
                entry.push_str(&format!(": {}", next.title));
                let goals: Vec<String> = next.goals.iter().map(ToString::to_string).collect();
                if !goals.is_empty() {
                    entry.push_str(&format!(" ({})", goals.join(", ")));
                }
            }
            entry
        });
        self.entries(entries.collect(), SHOWN_CONTROLS);
    }

    fn held_off(&mut self, attack: &Attack) {
        let held = paths::held_off(attack);
        self.section("goals held off", held.len());
        for (goal, depth) in held {
            let failing = paths::together(depth.failing.iter().map(guard));
            let fallen = if goal.verified { "; reached with only what was verified" } else { "" };
            self.entry(&format!("{}: {}, for example {failing}{fallen}", goal.id, paths::must_fail(depth)));
        }
    }

    fn entries(&mut self, entries: Vec<String>, most: usize) {
        let shown = self.shown(entries.len(), most);
        for entry in entries.iter().take(shown) {
            self.entry(entry);
        }
        self.more(entries.len() - shown);
    }

    fn shown(&self, count: usize, most: usize) -> usize {
        if self.style.detail == Detail::Full { count } else { count.min(most) }
    }

    fn more(&mut self, more: usize) {
        if more > 0 {
            self.entry(&format!("… and {more} more; --verbose shows all"));
        }
    }
}

fn guard(guard: &Guard) -> String {
    paths::guard(guard, str::to_owned)
}
