//! What formats that show attack paths share: which goals are reached, worst first, and the words for paths and cuts.
//! Escapes nothing: what it hands out passes through each format's own escaping.

mod chain;
pub(crate) mod drawing;

use casemate_core::{
    Attack, AttackPath, Cuts, Depth, Exposure, Foothold, GoalReach, Guard, Id, Search, Step,
};

use chain::specific;
pub(crate) use chain::{Flows, line};

/// A goal that is reached in the view of the case, and the way to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reached<'a> {
    pub(crate) goal: &'a GoalReach,
    pub(crate) path: &'a AttackPath,
}

/// The goals that are reached: the likeliest first, of these the nearest.
pub(crate) fn reached(attack: &Attack) -> Vec<Reached<'_>> {
    let mut reached: Vec<Reached<'_>> =
        attack.goals.iter().filter_map(|goal| Some(Reached { goal, path: goal.path.as_ref()? })).collect();
    reached.sort_by(|a, b| {
        let likelier = b.path.likelihood.cmp(&a.path.likelihood);
        likelier.then(a.path.length.cmp(&b.path.length)).then_with(|| a.goal.id.cmp(&b.goal.id))
    });
    reached
}

/// The goals that something holds off, the nearest to falling first.
pub(crate) fn held_off(attack: &Attack) -> Vec<(&GoalReach, &Depth)> {
    let held = attack.goals.iter().filter(|goal| goal.path.is_none());
    let mut held: Vec<_> = held.filter_map(|goal| Some((goal, goal.depth.as_ref()?))).collect();
    held.sort_by(|(a, deep), (b, deeper)| deep.controls.cmp(&deeper.controls).then_with(|| a.id.cmp(&b.id)));
    held
}

/// The goals that one control alone holds off.
pub(crate) fn on_one_control(attack: &Attack) -> Vec<(&GoalReach, &Depth)> {
    held_off(attack).into_iter().filter(|(_, depth)| depth.controls == 1).collect()
}

/// Every control whose failure alone is enough.
pub(crate) fn single_points(depth: &Depth) -> &[Guard] {
    if depth.single_points.is_empty() { &depth.failing } else { &depth.single_points }
}

/// Who can walk a path.
pub(crate) const fn who(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::Anyone => "anyone",
        Exposure::Users => "known users",
        Exposure::Inside => "suppliers and systems inside",
        Exposure::Insider => "people inside",
    }
}

/// How far a path is and for whom: `likely for anyone, 2 threats in 5 steps`.
pub(crate) fn extent(path: &AttackPath) -> String {
    format!("{} for {}, {}", path.likelihood, who(path.exposure), length(path))
}

/// How long a path is: `2 threats in 5 steps`. A start that supposes that somebody trusted turns is told, since it counts
/// as a threat does.
pub(crate) fn length(path: &AttackPath) -> String {
    let threats = path.threats().count();
    let assumed = if path.length > threats { " after an assumed start" } else { "" };
    let threats =
        if threats == 0 { "no threat needed".to_owned() } else { counted(threats, "threat", "threats") };
    let steps = counted(path.steps.len() + path.left_out, "step", "steps");
    format!("{threats}{assumed} in {steps}")
}

/// How many controls must fail.
pub(crate) fn must_fail(depth: &Depth) -> String {
    let most = if depth.search == Search::Greedy { "at most " } else { "" };
    format!("{most}{} must fail", counted(depth.controls, "control", "controls"))
}

/// What is said where the search for a cut found nothing within its bound.
pub(crate) const UNKNOWN: &str = "no cut was found within the bounds of the search";

/// What cuts every path to a goal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nothing in the catalogue does.
    Nothing,
    /// The bound of the search was passed before anything was found.
    Unknown,
    /// These controls together.
    Set {
        /// Each as `control@element`.
        controls: Vec<String>,
        /// Whether fewer may do.
        greedy: bool,
    },
}

/// The best cut of a goal.
pub(crate) fn best_cut(cuts: &Cuts) -> Cut {
    let greedy = cuts.search == Search::Greedy;
    match cuts.sets.first() {
        Some(set) => Cut::Set { controls: set.iter().map(ToString::to_string).collect(), greedy },
        None if greedy => Cut::Unknown,
        None => Cut::Nothing,
    }
}

impl Cut {
    /// As words, the controls as `show` writes them.
    pub(crate) fn words(&self, show: impl Fn(&str) -> String) -> String {
        match self {
            Self::Nothing => "no control cuts it".to_owned(),
            Self::Unknown => UNKNOWN.to_owned(),
            Self::Set { controls, greedy } => {
                let together = together(controls.iter().map(|control| show(control)));
                let fewer = if *greedy { "; fewer may do" } else { "" };
                format!("cut by {together}{fewer}")
            }
        }
    }
}

/// One thing by itself, several in a row with `together` behind them.
pub(crate) fn together(items: impl IntoIterator<Item = String>) -> String {
    let mut items: Vec<String> = items.into_iter().collect();
    match (items.pop(), items.is_empty()) {
        (Some(last), true) => last,
        (Some(last), false) => format!("{} and {last} together", items.join(", ")),
        (None, _) => String::new(),
    }
}

/// As many goals as one place names.
const MOST_NAMED: usize = 8;

/// Goals as `show` writes them, and how many more there are.
pub(crate) fn named<'a>(
    goals: impl ExactSizeIterator<Item = &'a Foothold>,
    show: impl Fn(&str) -> String,
) -> String {
    let more = match goals.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named: Vec<String> = goals.take(MOST_NAMED).map(|goal| show(&goal.to_string())).collect();
    format!("{}{more}", named.join(", "))
}

/// A control that stands, and where, as `show` writes it; what the description says for it is marked.
pub(crate) fn guard(guard: &Guard, show: impl Fn(&str) -> String) -> String {
    let described = if guard.described { " (described)" } else { "" };
    format!("{}{described}", show(&format!("{}@{}", guard.control, guard.on)))
}

/// The controls that stand against a step without stopping it, and what they do.
pub(crate) fn answers(step: &Step) -> Vec<(&'static str, &[Id])> {
    let answers = [
        ("less likely by", &*step.reduced_by),
        ("detected by", &step.detected_by),
        ("recovered by", &step.recovered_by),
    ];
    answers.into_iter().filter(|(_, controls)| !controls.is_empty()).collect()
}

/// A number with what it counts.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(sets: &[&[&str]], search: Search) -> Cuts {
        let set = |set: &&[&str]| set.iter().map(|placed| placed.parse().unwrap()).collect();
        Cuts { search, up_to: 3, found: sets.len(), sets: sets.iter().map(set).collect() }
    }

    #[test]
    fn a_cut_says_whether_one_control_is_enough() {
        let words = |sets: &[&[&str]], search| best_cut(&cuts(sets, search)).words(str::to_owned);
        assert_eq!(words(&[&["tls@ask"], &["mfa@llm"]], Search::Exact), "cut by tls@ask");
        assert_eq!(words(&[&["tls@ask", "mfa@llm"]], Search::Exact), "cut by tls@ask and mfa@llm together");
        assert_eq!(
            words(&[&["a@x", "b@x", "c@x"]], Search::Greedy),
            "cut by a@x, b@x and c@x together; fewer may do"
        );
        assert_eq!(words(&[], Search::Exact), "no control cuts it");
        assert_eq!(words(&[], Search::Greedy), UNKNOWN);
    }
}
