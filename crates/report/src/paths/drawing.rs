//! The paths of a case as one graph: steps, what each gains for the next, and the goals at the end. A step that several
//! paths share is drawn once. Decides what is drawn; a format decides how.

use std::collections::BTreeMap;
use std::fmt;

use casemate_core::{AttackPath, Case, FindingId, Foothold, Id, Step, StepKind, printable};

use super::{Flows, Reached, counted, reached, specific, who};
use crate::boundaries::{Group, groups, home};

/// How much a format can draw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    pub(crate) ends: usize,
    pub(crate) edges: usize,
}

/// About as many letters as a line of a label holds, and as many lines.
const LABEL: (usize, usize) = (30, 4);

/// Something that is reached, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) to: &'a Foothold,
    pub(crate) path: &'a AttackPath,
}

/// The ways to the goals of a case, the worst first.
pub(crate) fn ways(case: &Case) -> Vec<Way<'_>> {
    let reached = case.attack.as_ref().map(reached).unwrap_or_default();
    reached.into_iter().map(|Reached { goal, path }| Way { to: &goal.id, path }).collect()
}

/// Everything that is drawn.
#[derive(Debug, Default)]
pub(crate) struct Drawing<'a> {
    /// Boundaries with a step in them.
    pub(crate) groups: Vec<Group>,
    pub(crate) steps: Vec<Drawn<'a>>,
    /// Where the paths end.
    pub(crate) ends: Vec<Way<'a>>,
    pub(crate) edges: Vec<Edge>,
    /// Ends for which there was no room.
    pub(crate) left_out: usize,
}

/// A step, and the boundary it is drawn in.
#[derive(Debug)]
pub(crate) struct Drawn<'a> {
    pub(crate) step: &'a Step,
    pub(crate) group: Option<usize>,
}

/// What a step gains, and what for.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) from: End,
    pub(crate) to: End,
    /// What is gained; nothing where the goal says it.
    pub(crate) label: String,
}

/// A step or a goal, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Step(usize),
    Goal(usize),
}

impl fmt::Display for End {
    /// The name of its node.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(number) => write!(f, "s{number}"),
            Self::Goal(number) => write!(f, "g{number}"),
        }
    }
}

/// What makes two steps the same step.
type Key<'a> = (StepKind, &'a Id, Option<&'a Id>, Option<&'a FindingId>, &'a str, &'a [Foothold]);

fn key(step: &Step) -> Key<'_> {
    (step.kind, &step.at, step.via.as_ref(), step.threat.as_ref(), &step.how, &step.needs)
}

impl<'a> Drawing<'a> {
    /// Ways in the system of a case, as many as can be drawn.
    pub(crate) fn of(case: &'a Case, ways: &[Way<'a>], most: Most) -> Self {
        let count = ways.len();
        let mut maker = Maker::default();
        for way in ways {
            let needs: usize = way.path.steps.iter().map(|step| step.needs.len()).sum();
            if maker.ends.len() == most.ends || maker.gained.len() + needs + 1 > most.edges {
                break;
            }
            maker.add(*way);
        }
        maker.drawing(case, count)
    }

    /// The steps that lie in a boundary, or in none.
    pub(crate) fn steps_in(&self, home: Option<usize>) -> impl Iterator<Item = (End, &'a Step)> {
        let steps = self.steps.iter().enumerate().filter(move |(_, drawn)| drawn.group == home);
        steps.map(|(number, drawn)| (End::Step(number), drawn.step))
    }

    /// The boundaries that lie in one, or in none.
    pub(crate) fn groups_in(&self, home: Option<usize>) -> impl Iterator<Item = (usize, &Group)> {
        self.groups.iter().enumerate().filter(move |(_, group)| group.parent == home)
    }

    /// The goals at the end, and how each is reached.
    pub(crate) fn goals(&self) -> impl Iterator<Item = (End, Way<'a>)> {
        self.ends.iter().enumerate().map(|(number, &way)| (End::Goal(number), way))
    }
}

#[derive(Default)]
struct Maker<'a> {
    numbers: BTreeMap<Key<'a>, usize>,
    steps: Vec<&'a Step>,
    ends: Vec<Way<'a>>,
    gained: BTreeMap<(usize, End), Vec<&'a Foothold>>,
}

impl<'a> Maker<'a> {
    fn add(&mut self, way: Way<'a>) {
        let mut gainer: BTreeMap<&Foothold, usize> = BTreeMap::new();
        for step in &way.path.steps {
            let number = *self.numbers.entry(key(step)).or_insert_with(|| {
                self.steps.push(step);
                self.steps.len() - 1
            });
            for need in &step.needs {
                if let Some(&from) = gainer.get(need) {
                    self.join(from, End::Step(number), need);
                }
            }
            for gain in &step.gains {
                gainer.entry(gain).or_insert(number);
            }
        }
        if let Some(&last) = gainer.get(way.to) {
            self.join(last, End::Goal(self.ends.len()), way.to);
        }
        self.ends.push(way);
    }

    fn join(&mut self, from: usize, to: End, gained: &'a Foothold) {
        let footholds = self.gained.entry((from, to)).or_default();
        if !footholds.contains(&gained) {
            footholds.push(gained);
        }
    }

    fn drawing(self, case: &'a Case, count: usize) -> Drawing<'a> {
        let flows = Flows::of(case);
        let elements = &case.system.elements;
        let places = self.steps.iter().map(|step| home(elements.get(place(step, &flows)?)?));
        let places: Vec<Option<&Id>> = places.collect();
        let (groups, group_of) = groups(places.iter().copied().flatten(), elements);
        let group = |place: Option<&Id>| place.and_then(|place| group_of.get(place).copied());
        let steps = self.steps.iter().zip(&places);
        let edges = self.gained.into_iter().map(|((from, to), footholds)| {
            let at = match to {
                End::Step(to) => self.steps.get(to).map(|step| &step.at),
                End::Goal(_) => None,
            };
            let footholds = footholds.into_iter().filter(|_| at.is_some());
            let label = footholds.map(|foothold| {
                let here = at == Some(&foothold.on);
                if here { foothold.what.as_str().to_owned() } else { foothold.to_string() }
            });
            Edge { from: End::Step(from), to, label: label.collect::<Vec<_>>().join(", ") }
        });
        Drawing {
            edges: edges.collect(),
            steps: steps.map(|(&step, &place)| Drawn { step, group: group(place) }).collect(),
            groups,
            left_out: count - self.ends.len(),
            ends: self.ends,
        }
    }
}

/// The element a step is drawn with: where a path begins, whoever sends. An attacker who is none of the actors is drawn
/// outside of everything.
fn place<'a>(step: &'a Step, flows: &Flows<'a>) -> Option<&'a Id> {
    match step.kind {
        StepKind::Start => step.via.as_ref().and_then(|via| flows.get(via)).map(|flow| &flow.from),
        StepKind::Threat | StepKind::Move => Some(&step.at),
    }
}

/// What stands in the box of a step, line by line.
pub(crate) fn step_label(step: &Step) -> Vec<String> {
    match &step.threat {
        Some(threat) => {
            let technique = step.technique.as_ref().and_then(specific);
            [Some(threat.to_string()), technique.map(str::to_owned)].into_iter().flatten().collect()
        }
        None => {
            let lines = wrapped(&step.how.replace('`', ""));
            if lines.is_empty() { vec![step.at.to_string()] } else { lines }
        }
    }
}

/// What stands in the box where a path ends.
pub(crate) fn end_label(Way { to, path }: Way<'_>) -> Vec<String> {
    vec![to.to_string(), format!("{} for {}", path.likelihood, who(path.exposure))]
}

/// The name of a boundary and what it is.
pub(crate) fn group_label(group: &Group) -> String {
    let name = wrapped(&group.name).join(" ");
    format!("{name} ({})", group.kind)
}

/// What the drawing shows, in a few lines; where there is nothing to draw, why.
pub(crate) fn caption(case: &Case, drawing: &Drawing<'_>) -> Vec<String> {
    let mut lines = vec![format!("What an attacker reaches in {}", wrapped(&case.system.name).join(" "))];
    let Some(attack) = &case.attack else {
        let why = if case.system.ai {
            "No path was searched: a checklist says nothing of parts and flows"
        } else {
            "No path was searched: no part of the system is AI as described"
        };
        lines.push(why.to_owned());
        return lines;
    };
    if let Some(assumed) = attack.experiment.words() {
        lines.push(format!("experiment: {assumed}"));
    }
    lines.push(format!(
        "goals reachable: {} with your claims, {} with only what was verified, {} with no controls (of {})",
        attack.reachable.claimed, attack.reachable.verified, attack.reachable.bare, attack.possible
    ));
    lines.push(if drawing.ends.is_empty() {
        format!("Nothing is reached in the {} view", case.view)
    } else {
        format!("drawn: {} in the {} view", counted(drawing.ends.len(), "path", "paths"), case.view)
    });
    if drawing.left_out > 0 {
        let noun = if drawing.left_out == 1 { "path is" } else { "paths are" };
        lines.push(format!(
            "{} more {noun} left out, more than can be drawn; the plain report lists all",
            drawing.left_out
        ));
    }
    lines
}

/// A text on a few short lines; what does not fit gives way to `…`.
fn wrapped(text: &str) -> Vec<String> {
    let (width, most) = LABEL;
    let text = printable(text);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        // A word can be as long as an attacker likes.
        let word = if word.chars().count() > width {
            format!("{}…", word.chars().take(width).collect::<String>())
        } else {
            word.to_owned()
        };
        let full = lines.len() == most;
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            Some(line) if full => {
                if !line.ends_with('…') {
                    line.push('…');
                }
                break;
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn a_label_keeps_its_size_whatever_the_text() {
        assert_eq!(
            wrapped("whoever may ask `agent` puts content before it"),
            ["whoever may ask `agent` puts", "content before it"]
        );
        let long = wrapped(&"word ".repeat(1000));
        assert_eq!(long.len(), 4);
        assert!(long.last().unwrap().ends_with('…'));
        assert_eq!(wrapped(&"x".repeat(1000)).concat().chars().count(), 31);
        assert_eq!(wrapped("").len(), 0);
    }
}
