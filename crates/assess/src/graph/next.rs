//! The controls that would change most if they were added next. A control cuts a goal only if it cuts the goal's
//! shortest path, so candidates are tried in the order of the paths they cut, until no other can be better.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{NextControl, View};

use super::Graph;
use super::guard::{Closing, Few};
use super::solve::Solution;
use super::space::Node;

/// As many as a case lists.
const LISTED: usize = 10;

/// Trying one candidate passes over all rules; in large systems only so many rules are looked at in all.
const WORK: usize = 400_000;

struct Candidate {
    control: u32,
    /// The goals whose shortest path it cuts.
    paths: BTreeSet<Node>,
    /// The goals that are not reached with it.
    cut: Vec<Node>,
}

impl Graph<'_> {
    /// The best controls to add in a view, in which `reached` are the goals that an attacker reaches.
    pub(super) fn next(
        &self,
        reached: &[Node],
        solution: &Solution,
        closing: &Closing,
        view: View,
    ) -> Vec<NextControl> {
        let affordable = (WORK / self.rules.len().max(1)).clamp(4, 24);
        let mut best: Vec<Candidate> = Vec::new();
        for mut candidate in self.candidates(reached, solution, closing).into_iter().take(affordable) {
            let better = best.iter().filter(|known| known.cut.len() >= candidate.paths.len()).count();
            if better >= LISTED {
                break;
            }
            candidate.cut = self.cut_by(&candidate, closing, view);
            best.push(candidate);
        }
        best.sort_by_cached_key(|known| {
            (Reverse((known.cut.len(), known.paths.len())), closing.rank(Few::from([known.control])))
        });
        best.truncate(LISTED);
        best.into_iter().filter_map(|candidate| self.listed(&candidate, closing)).collect()
    }

    /// Controls that close a threat of some shortest path alone, most paths first.
    fn candidates(&self, reached: &[Node], solution: &Solution, closing: &Closing) -> Vec<Candidate> {
        let mut paths: BTreeMap<u32, BTreeSet<Node>> = BTreeMap::new();
        for &goal in reached {
            let rules = self.derivation(goal, solution).unwrap_or_default();
            let threats = rules.into_iter().filter_map(|rule| self.judgement_number(rule));
            for closers in threats.filter_map(|number| closing.closers(number)) {
                for control in closers.alone() {
                    paths.entry(control).or_default().insert(goal);
                }
            }
        }
        let candidate = |(control, paths)| Candidate { control, paths, cut: Vec::new() };
        let mut candidates: Vec<Candidate> = paths.into_iter().map(candidate).collect();
        candidates.sort_by_cached_key(|known| {
            (Reverse(known.paths.len()), closing.rank(Few::from([known.control])))
        });
        candidates
    }

    /// The goals, of those whose shortest path a candidate cuts, that are not reached with it.
    fn cut_by(&self, candidate: &Candidate, closing: &Closing, view: View) -> Vec<Node> {
        let added = Few::from([candidate.control]);
        let closes = |number| closing.closers(number).is_some_and(|known| known.satisfied(&added));
        let closed: Vec<bool> = (0..self.judgements.len()).map(closes).collect();
        let stays = |rule| self.judgement_number(rule).and_then(|number| closed.get(number)) != Some(&true);
        let held = self.reachable(|rule| self.open(rule, view) && stays(rule));
        let lost = |goal: &Node| held.get(goal.row()) != Some(&true);
        candidate.paths.iter().copied().filter(lost).collect()
    }

    fn listed(&self, candidate: &Candidate, closing: &Closing) -> Option<NextControl> {
        let place = closing.placed.thing(candidate.control)?;
        let control = self.standing.catalog.controls().get(&place.control)?;
        let mut goals: Vec<_> = candidate.cut.iter().map(|goal| self.parts.space.foothold(*goal)).collect();
        goals.sort();
        Some(NextControl {
            place: place.clone(),
            title: control.title.clone(),
            effort: control.effort.as_str().into(),
            goals,
            paths: candidate.paths.len(),
        })
    }
}
