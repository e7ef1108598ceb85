//! How deep the defence of a goal is: the smallest number of controls that must fail before an attacker reaches it, and
//! the controls on which it rests alone.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Depth, Guard, Search, View};

use super::Graph;
use super::guard::Holders;
use super::search::{Budget, Outcome, Tried, smallest};
use super::slice::Slice;
use super::solve::Solution;
use super::space::Node;

impl Graph<'_> {
    /// What must fail before a goal is reached that is kept away in a view. The slice is that of the world without
    /// controls. `None` if nothing was found within the bounds of the search.
    pub(super) fn depth(&self, slice: &Slice, view: View, budget: &mut Budget) -> Option<Depth> {
        let threats: BTreeSet<usize> = slice.rules().iter().filter_map(|rule| rule.judgement).collect();
        let holders: BTreeMap<usize, Holders> = threats
            .into_iter()
            .filter_map(|number| Some((number, self.judgements.get(number)?)))
            .filter(|(_, judgement)| !judgement.closed_in(view).is_empty())
            .map(|(number, judgement)| (number, self.holders(judgement, view)))
            .collect();
        let outcome = failing(slice, &holders, budget);
        let smallest = outcome.found.first()?;
        let single = outcome.found.iter().filter(|set| set.len() == 1).flatten().cloned();
        Some(Depth {
            search: Search::Exact,
            controls: smallest.len(),
            failing: smallest.iter().cloned().collect(),
            single_points: single.collect(),
        })
    }

    /// An upper bound: everything that holds off the threats of the shortest path in the world without controls.
    pub(super) fn depth_bound(&self, goal: Node, bare: &Solution, view: View) -> Option<Depth> {
        let rules = self.derivation(goal, bare)?;
        let mut failing: BTreeSet<Guard> = BTreeSet::new();
        for judgement in rules.iter().filter_map(|rule| self.judgement(*rule)) {
            if !judgement.closed_in(view).is_empty() {
                let smallest = self.holders(judgement, view).options().into_iter().min_by_key(BTreeSet::len);
                failing.extend(smallest.into_iter().flatten());
            }
        }
        let failing: Vec<Guard> = failing.into_iter().collect();
        Some(Depth { search: Search::Greedy, controls: failing.len(), failing, single_points: Vec::new() })
    }
}

/// The smallest sets whose failure lets the goal be reached.
fn failing(slice: &Slice, holders: &BTreeMap<usize, Holders>, budget: &mut Budget) -> Outcome<Guard> {
    smallest(budget, slice.work(), true, |failed: &BTreeSet<Guard>| {
        let closed = |number: usize| holders.get(&number).is_some_and(|known| !known.fallen(failed));
        let reached = slice.solve(closed);
        if slice.reached(&reached) {
            return Tried::Found;
        }
        // Whatever opens first must have all it needs already, so no failure is missed.
        let next = slice.rules().iter().filter(|rule| slice.ready(rule, &reached));
        let next: BTreeSet<usize> =
            next.filter_map(|rule| rule.judgement).filter(|number| closed(*number)).collect();
        Tried::Add(next.iter().filter_map(|number| holders.get(number)).flat_map(Holders::options).collect())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::graph::search::UP_TO;
    use crate::graph::slice::tests::{Horn, horn, subsets};

    fn guard(number: usize) -> Guard {
        Guard { control: format!("c{number}").parse().unwrap(), on: "x".parse().unwrap(), described: false }
    }

    proptest! {
        /// Against every subset of the controls there are.
        #[test]
        fn failing_sets_are_the_smallest_that_exhaustion_finds(horn in horn(), stands in prop::collection::vec((0..3usize, prop::collection::vec(0..7usize, 0..4)), 8)) {
            let Horn { slice, threats } = horn;
            let holders: BTreeMap<usize, Holders> = threats
                .iter()
                .filter(|threat| !stands[**threat].1.is_empty())
                .map(|&threat| {
                    let (some, controls) = &stands[threat];
                    let groups: Vec<_> = controls.iter().map(|control| BTreeSet::from([guard(*control)])).collect();
                    let some = (*some).min(groups.len());
                    (threat, if some == 0 { Holders::new(groups, Vec::new(), 0) } else { Holders::new(Vec::new(), groups, some) })
                })
                .collect();
            let opens = |failed: &BTreeSet<Guard>| {
                let closed = |number: usize| holders.get(&number).is_some_and(|known| !known.fallen(failed));
                slice.reached(&slice.solve(closed))
            };
            let all: Vec<Guard> = (0..7).map(guard).collect();
            let opening: Vec<BTreeSet<Guard>> = subsets(&all, UP_TO).into_iter().filter(|set| opens(set)).collect();
            let least = opening.iter().map(BTreeSet::len).min();
            let mut expected: Vec<BTreeSet<Guard>> =
                opening.into_iter().filter(|set| Some(set.len()) == least).collect();
            expected.sort();
            let mut outcome = failing(&slice, &holders, &mut Budget::of(usize::MAX));
            outcome.found.sort();
            prop_assert_eq!(outcome.found, expected);
        }
    }
}
