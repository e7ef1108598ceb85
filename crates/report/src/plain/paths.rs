//! The answer of `casemate paths` for people at a terminal: every goal with its steps, what an experiment changes, what
//! can be held on what was asked for. Words and order are those of the report.

use anstyle::{AnsiColor, Style as Paint};
use casemate_core::{Case, Change, Foothold, Paths, Reach, printable};

use super::Page;
use crate::paths::{self, Flows, counted};
use crate::{Detail, Style};

pub(crate) fn render(paths: &Paths, case: &Case, style: Style) -> String {
    let mut page = Page { text: String::new(), style: Style { detail: Detail::Full, ..style } };
    let name = page.paint(&printable(&case.system.name), Paint::new().bold());
    page.line(&format!("paths of attack in {name}, view {}", paths.view));
    page.reachable(&paths.attack);
    if let Some(change) = &paths.change {
        page.change(change);
    }
    match &paths.to {
        Some(reach) => page.reach(reach, case),
        None => page.attack(&paths.attack, case),
    }
    page.text
}

impl Page {
    fn change(&mut self, change: &Change) {
        if change.opened.is_empty() && change.cut.is_empty() {
            self.line("the experiment opens no goal and cuts none");
        }
        for (word, goals, colour) in
            [("opens", &change.opened, AnsiColor::Red), ("cuts", &change.cut, AnsiColor::Green)]
        {
            if !goals.is_empty() {
                let count = counted(goals.len(), "goal", "goals");
                let words = format!("the experiment {word} {count}");
                let words = self.paint(&words, Paint::new().fg_color(Some(colour.into())));
                let goals: Vec<String> = goals.iter().map(Foothold::to_string).collect();
                self.line(&format!("{words}: {}", goals.join(", ")));
            }
        }
    }

    fn reach(&mut self, reach: &Reach, case: &Case) {
        let flows = Flows::of(case);
        let (held, kept): (Vec<_>, Vec<_>) =
            reach.footholds.iter().partition(|foothold| foothold.path.is_some());
        let target = printable(&reach.target);
        if reach.footholds.is_empty() {
            self.line("");
            self.line(&format!("no path leads to {target}, whatever controls fail"));
        }
        self.section(&format!("what an attacker gets on {target}"), held.len());
        for foothold in held {
            let Some(path) = &foothold.path else { continue };
            self.entry(&format!("{}: {}", foothold.id, paths::extent(path)));
            self.path(path, &flows);
        }
        self.section("kept away", kept.len());
        for foothold in kept {
            let fallen = if foothold.verified {
                "reached with only what was verified"
            } else {
                "by verified controls"
            };
            self.entry(&format!("{}: {fallen}", foothold.id));
        }
    }
}
