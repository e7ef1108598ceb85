//! Which controls would cut every path to a goal: all minimal sets up to a bound, or one that works where the bound is
//! passed. Only controls that stop a threat, alone or enough of them together, cut anything.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Cuts, Placed, Search, View};

use super::Graph;
use super::guard::Closers;
use super::lists::Lists;
use super::search::{Budget, Outcome, Tried, smallest};
use super::slice::Slice;
use super::solve::Solution;
use super::space::Node;

/// As many sets as a case lists.
const LISTED: usize = 8;

impl Graph<'_> {
    /// What would cut every path to a goal that is reached in a view.
    pub(super) fn cuts(&self, slice: &Slice, view: View, budget: &mut Budget) -> Cuts {
        let threats = slice.rules().iter().filter_map(|rule| rule.judgement).collect::<BTreeSet<_>>();
        let closers: BTreeMap<usize, Closers> = threats
            .into_iter()
            .filter_map(|number| Some((number, self.closers(self.judgements.get(number)?, view))))
            .collect();
        let outcome = minimal(slice, &closers, budget);
        if !outcome.found.is_empty() {
            let found = outcome.found.len();
            let mut sets: Vec<Vec<Placed>> =
                outcome.found.into_iter().map(|set| set.into_iter().collect()).collect();
            sets.sort_by_cached_key(|set| (set.len(), self.effort(set), set.clone()));
            sets.truncate(LISTED);
            return Cuts { search: Search::Exact, up_to: outcome.up_to, found, sets };
        }
        let mut added = BTreeSet::new();
        while let Some(threats) = proof(slice, &closers, &added) {
            let cheapest =
                threats.iter().flat_map(|number| options(&closers, *number)).min_by_key(|option| {
                    let set: Vec<Placed> = option.difference(&added).cloned().collect();
                    (set.len(), self.effort(&set), set)
                });
            let Some(cheapest) = cheapest else {
                // A derivation that no control closes: there is no cut, of any size.
                return Cuts { search: Search::Exact, up_to: outcome.up_to, found: 0, sets: Vec::new() };
            };
            added.extend(cheapest);
        }
        for placed in added.clone() {
            added.remove(&placed);
            if proof(slice, &closers, &added).is_some() {
                added.insert(placed);
            }
        }
        let sets = vec![added.into_iter().collect()];
        Cuts { search: Search::Greedy, up_to: outcome.up_to, found: 1, sets }
    }

    /// A cut of a goal that is not searched, because too much hangs on it: every threat that gives the goal is closed.
    pub(super) fn last_cut(&self, goal: Node, solution: &Solution, givers: &Lists, view: View) -> Cuts {
        let mut added = BTreeSet::new();
        let mut seen = BTreeSet::from([goal]);
        let mut pending = vec![goal];
        while let Some(node) = pending.pop() {
            for &number in givers.at(node) {
                let number = number as usize;
                let Some(rule) = self.rules.get(number) else { continue };
                if !self.open(number, view) || !rule.needs.iter().all(|need| solution.holds(*need)) {
                    continue;
                }
                let Some(judgement) = self.judgement(number) else {
                    pending.extend(rule.needs.iter().filter(|need| seen.insert(**need)));
                    continue;
                };
                let closers = self.closers(judgement, view);
                let options = closers.options().into_iter();
                let Some(cheapest) = options.min_by_key(|option| {
                    let set: Vec<Placed> = option.difference(&added).cloned().collect();
                    (set.len(), self.effort(&set), set)
                }) else {
                    return Cuts { search: Search::Greedy, up_to: 0, found: 0, sets: Vec::new() };
                };
                added.extend(cheapest);
            }
        }
        let sets = vec![added.into_iter().collect()];
        Cuts { search: Search::Greedy, up_to: 0, found: 1, sets }
    }

    /// How much work a set of controls is, for comparison only.
    pub(super) fn effort(&self, set: &[Placed]) -> usize {
        let controls = self.standing.catalog.controls();
        set.iter()
            .filter_map(|placed| controls.get(&placed.control))
            .map(|control| control.effort as usize)
            .sum()
    }
}

/// All minimal sets that leave no derivation of the goal, smallest first, up to the bound.
fn minimal(slice: &Slice, closers: &BTreeMap<usize, Closers>, budget: &mut Budget) -> Outcome<Placed> {
    smallest(budget, slice.work(), false, |added| match proof(slice, closers, added) {
        None => Tried::Found,
        // One threat of any derivation must be closed, so no cut is missed.
        Some(threats) => {
            Tried::Add(threats.into_iter().flat_map(|number| options(closers, number)).collect())
        }
    })
}

/// The threats of a derivation of the goal that is left once some controls are added.
fn proof(slice: &Slice, closers: &BTreeMap<usize, Closers>, added: &BTreeSet<Placed>) -> Option<Vec<usize>> {
    let reached = slice.solve(|number| closers.get(&number).is_some_and(|known| known.satisfied(added)));
    slice.reached(&reached).then(|| slice.proof(&reached))
}

fn options(closers: &BTreeMap<usize, Closers>, number: usize) -> Vec<BTreeSet<Placed>> {
    closers.get(&number).map(Closers::options).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::graph::search::UP_TO;
    use crate::graph::slice::tests::{Horn, horn, subsets};

    fn place(number: usize) -> Placed {
        format!("c{number}@x").parse().unwrap()
    }

    proptest! {
        /// Against every subset of the controls there are.
        #[test]
        fn minimal_cuts_are_those_that_exhaustion_finds(horn in horn(), edges in prop::collection::vec((0..3usize, prop::collection::vec(0..7usize, 0..4)), 8)) {
            let Horn { slice, threats } = horn;
            let closers: BTreeMap<usize, Closers> = threats
                .iter()
                .map(|&threat| {
                    let (missing, controls) = &edges[threat];
                    let groups: Vec<_> = controls.iter().map(|control| BTreeSet::from([place(*control)])).collect();
                    let (stop, reduce) = if *missing == 0 { (groups, Vec::new()) } else { (Vec::new(), groups) };
                    (threat, Closers::new(stop, reduce, (*missing > 0).then_some(*missing)))
                })
                .collect();
            let all: Vec<Placed> = (0..7).map(place).collect();
            let cuts: Vec<BTreeSet<Placed>> =
                subsets(&all, UP_TO).into_iter().filter(|set| proof(&slice, &closers, set).is_none()).collect();
            let mut expected: Vec<BTreeSet<Placed>> = cuts
                .iter()
                .filter(|set| !cuts.iter().any(|other| other.len() < set.len() && other.is_subset(set)))
                .cloned()
                .collect();
            expected.sort();
            let mut outcome = minimal(&slice, &closers, &mut Budget::of(usize::MAX));
            outcome.found.sort();
            prop_assert_eq!(outcome.found, expected);
            prop_assert_eq!(outcome.up_to, UP_TO);
        }
    }
}
