//! The controls that would change most if they were added next. A control cuts a goal only if it cuts the goal's
//! shortest path, so candidates are tried in the order of the paths they cut, until no other can be better.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{NextControl, Placed, View};

use super::Graph;
use super::solve::Solution;
use super::space::Node;

/// As many as a case lists.
const LISTED: usize = 10;

/// Trying one candidate passes over all rules; in large systems only so many rules are looked at in all.
const WORK: usize = 3_000_000;

struct Candidate {
    place: Placed,
    /// The goals whose shortest path it cuts.
    paths: BTreeSet<Node>,
}

impl Graph<'_> {
    /// The best controls to add in a view, in which `reached` are the goals that an attacker reaches.
    pub(super) fn next(&self, reached: &[Node], solution: &Solution, view: View) -> Vec<NextControl> {
        let candidates = self.candidates(reached, solution, view);
        let affordable = (WORK / self.rules.len().max(1)).clamp(4, 64);
        let mut best: Vec<(Candidate, Vec<Node>)> = Vec::new();
        for candidate in candidates.into_iter().take(affordable) {
            let better = best.iter().filter(|(_, cut)| cut.len() >= candidate.paths.len()).count();
            if better >= LISTED {
                break;
            }
            let cut = self.cut_by(&candidate, view);
            best.push((candidate, cut));
        }
        best.sort_by_cached_key(|(candidate, cut)| {
            let effort = self.effort(std::slice::from_ref(&candidate.place));
            (std::cmp::Reverse((cut.len(), candidate.paths.len())), effort, candidate.place.clone())
        });
        best.truncate(LISTED);
        best.into_iter().filter_map(|(candidate, cut)| self.listed(candidate, &cut)).collect()
    }

    /// Controls that close a threat of some shortest path alone, most paths first.
    fn candidates(&self, reached: &[Node], solution: &Solution, view: View) -> Vec<Candidate> {
        let mut paths: BTreeMap<Placed, BTreeSet<Node>> = BTreeMap::new();
        let mut alone: BTreeMap<usize, Vec<Placed>> = BTreeMap::new();
        for &goal in reached {
            for rule in self.derivation(goal, solution).unwrap_or_default() {
                let Some(number) = self.judgement_number(rule) else { continue };
                let places = alone.entry(number).or_insert_with(|| self.alone(number, view));
                for place in places.iter() {
                    paths.entry(place.clone()).or_default().insert(goal);
                }
            }
        }
        let mut candidates: Vec<Candidate> =
            paths.into_iter().map(|(place, paths)| Candidate { place, paths }).collect();
        candidates.sort_by_cached_key(|candidate| {
            let effort = self.effort(std::slice::from_ref(&candidate.place));
            (std::cmp::Reverse(candidate.paths.len()), effort, candidate.place.clone())
        });
        candidates
    }

    /// The controls of which each closes a judgement alone.
    fn alone(&self, number: usize, view: View) -> Vec<Placed> {
        let Some(judgement) = self.judgements.get(number) else { return Vec::new() };
        let options = self.closers(judgement, view).options();
        options.into_iter().filter(|option| option.len() == 1).flatten().collect()
    }

    /// The goals, of those whose shortest path a candidate cuts, that are not reached with it.
    fn cut_by(&self, candidate: &Candidate, view: View) -> Vec<Node> {
        let added = BTreeSet::from([candidate.place.clone()]);
        let closes = |number: usize| {
            self.judgements.get(number).is_some_and(|judgement| {
                judgement.entry.threat.controls.all().any(|control| *control == candidate.place.control)
                    && self.closers(judgement, view).satisfied(&added)
            })
        };
        let closed: BTreeSet<usize> = (0..self.judgements.len()).filter(|number| closes(*number)).collect();
        let solution = self.solve(|rule| {
            self.open(rule, view)
                && !self.judgement_number(rule).is_some_and(|number| closed.contains(&number))
        });
        candidate.paths.iter().copied().filter(|goal| !solution.holds(*goal)).collect()
    }

    fn listed(&self, candidate: Candidate, cut: &[Node]) -> Option<NextControl> {
        let control = self.standing.catalog.controls().get(&candidate.place.control)?;
        let mut goals: Vec<_> = cut.iter().map(|goal| self.parts.space.foothold(*goal)).collect();
        goals.sort();
        Some(NextControl {
            title: control.title.clone(),
            effort: control.effort.as_str().into(),
            goals,
            paths: candidate.paths.len(),
            place: candidate.place,
        })
    }
}
