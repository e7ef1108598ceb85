//! What an attacker reaches, for the templates: paths to choose from, goals by asset, what would help. And the style rules
//! that light up a chosen path, made of numbers only.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use casemate_core::{Attack, AttackPath, FindingId, GoalReach, Guard};

use crate::paths::{self, Cut, Reached};

/// As many paths as a reader can choose from; the worst.
pub(super) const MOST_CHOICES: usize = 40;

/// As many goals as the table lists.
const MOST_ROWS: usize = 300;

/// What the page says of attacks.
#[derive(Default)]
pub(super) struct Attacks<'a> {
    /// Paths that can be lit up, worst first.
    pub(super) choices: Vec<Choice<'a>>,
    /// Goals that are reached in the view of the case.
    pub(super) reached: usize,
    /// Every goal there is, worst first, as far as there is room.
    pub(super) rows: Vec<Row<'a>>,
    /// Goals for which there is none.
    pub(super) more: usize,
    /// Goals that one control alone holds off.
    pub(super) alone: Vec<(&'a GoalReach, &'a [Guard])>,
    /// The paths each finding lies on.
    on: BTreeMap<&'a FindingId, Vec<usize>>,
}

/// A path that can be lit up.
pub(super) struct Choice<'a> {
    /// From 1.
    pub(super) number: usize,
    pub(super) goal: &'a GoalReach,
    pub(super) path: &'a AttackPath,
}

/// How one goal stands.
pub(super) struct Row<'a> {
    pub(super) goal: &'a GoalReach,
    /// The path that can be chosen for it.
    pub(super) choice: Option<usize>,
}

impl<'a> Attacks<'a> {
    pub(super) fn of(attack: Option<&'a Attack>) -> Self {
        let Some(attack) = attack else { return Self::default() };
        let reached = paths::reached(attack);
        let choices: Vec<Choice<'_>> = (1..)
            .zip(reached.iter().take(MOST_CHOICES))
            .map(|(number, &Reached { goal, path })| Choice { number, goal, path })
            .collect();
        let mut on: BTreeMap<&FindingId, Vec<usize>> = BTreeMap::new();
        for choice in &choices {
            for (_, finding) in choice.path.threats() {
                let numbers = on.entry(finding).or_default();
                if numbers.last() != Some(&choice.number) {
                    numbers.push(choice.number);
                }
            }
        }
        let alone = paths::on_one_control(attack).into_iter().take(MOST_ROWS);
        Self {
            rows: rows(attack, &reached),
            more: attack.goals.len().saturating_sub(MOST_ROWS),
            reached: reached.len(),
            choices,
            alone: alone.map(|(goal, depth)| (goal, paths::single_points(depth))).collect(),
            on,
        }
    }

    pub(super) fn paths(&self) -> Vec<&'a AttackPath> {
        self.choices.iter().map(|choice| choice.path).collect()
    }

    /// The choices whose paths a finding lies on.
    pub(super) fn through(&self, finding: &FindingId) -> Vec<&Choice<'a>> {
        let numbers = self.on.get(finding).into_iter().flatten();
        numbers.filter_map(|number| self.choices.get(number - 1)).collect()
    }
}

/// Goals that are reached, then those that are not, the nearest to falling first; of the rest those at the end that
/// hold even without verification.
fn rows<'a>(attack: &'a Attack, reached: &[Reached<'a>]) -> Vec<Row<'a>> {
    let choice = |index: usize| (index < MOST_CHOICES).then_some(index + 1);
    let open =
        reached.iter().enumerate().map(|(index, reached)| Row { goal: reached.goal, choice: choice(index) });
    let mut held: Vec<&GoalReach> = attack.goals.iter().filter(|goal| goal.path.is_none()).collect();
    let controls = |goal: &GoalReach| goal.depth.as_ref().map_or(usize::MAX, |depth| depth.controls);
    held.sort_by_key(|goal| (!goal.claimed, !goal.verified, controls(goal), &goal.id));
    let held = held.into_iter().map(|goal| Row { goal, choice: None });
    open.chain(held).take(MOST_ROWS).collect()
}

impl Choice<'_> {
    /// How likely, for whom, how far.
    pub(super) fn extent(&self) -> String {
        paths::extent(self.path)
    }

    pub(super) fn who(&self) -> &'static str {
        paths::who(self.path.exposure)
    }

    pub(super) fn cut(&self) -> Option<Cut> {
        self.goal.cuts.as_ref().map(paths::best_cut)
    }

    /// Sets of controls that cut it too.
    pub(super) fn other_cuts(&self) -> Vec<Vec<String>> {
        let sets = self.goal.cuts.iter().flat_map(|cuts| cuts.sets.iter().skip(1));
        sets.map(|set| set.iter().map(ToString::to_string).collect()).collect()
    }
}

/// Style rules for so many choices: dims the drawing once a path is chosen, and lights that path up.
pub(super) fn rules(choices: usize) -> String {
    if choices == 0 {
        return String::new();
    }
    let each = |what: &dyn Fn(usize) -> String| {
        let rules =
            (1..=choices).map(|number| format!(".attack:has(#goal-{number}:checked) {}", what(number)));
        rules.collect::<Vec<_>>().join(",\n")
    };
    let mut rules = String::from("@media screen {\n@supports selector(:has(*)) {\n");
    rules.push_str(".path { display: none; }\n.attack:has(.pick:checked) .part { opacity: .2; }\n");
    for (what, then) in [
        (
            &(|number| format!(":is(#path-{number}, .trail-{number})")) as &dyn Fn(usize) -> String,
            "display: grid",
        ),
        (&|number| format!(".on-{number}"), "opacity: 1"),
        (
            &|number| format!(".on-{number} :is(.body, .line)"),
            "stroke: var(--path); stroke-width: 2.6; marker-end: url(#tip-path)",
        ),
    ] {
        let _ = writeln!(rules, "{} {{ {then}; }}", each(what));
    }
    rules.push_str("}\n}\n");
    rules
}
