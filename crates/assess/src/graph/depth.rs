//! How deep the defence of a goal is: the smallest number of controls that must fail before an attacker reaches it, and
//! the controls on which it rests alone.

use std::collections::BTreeMap;

use casemate_core::{Depth, Guard, Search, View};

use super::Graph;
use super::guard::{Few, Holders, Numbered};
use super::search::{Budget, Outcome, Tried, smallest};
use super::slice::Slice;
use super::solve::Solution;
use super::space::Node;

impl Graph<'_> {
    /// What must fail before a goal is reached that is kept away in a view. The slice is that of the world without
    /// controls. `None` if nothing was found within the bounds of the search.
    pub(super) fn depth(&self, slice: &Slice, view: View, budget: &mut Budget) -> Option<Depth> {
        let mut guards = Numbered::new();
        let mut holders: BTreeMap<usize, Holders> = BTreeMap::new();
        for number in slice.rules().iter().filter_map(|rule| rule.judgement) {
            let Some(judgement) = self.judgements.get(number) else { continue };
            if !judgement.closed_in(view).is_empty() {
                holders.entry(number).or_insert_with(|| self.holders(judgement, view, &mut guards));
            }
        }
        let outcome = failing(slice, &holders, budget);
        let mut smallest: Vec<Vec<Guard>> = outcome.found.iter().map(|set| guards.things(set)).collect();
        smallest.sort();
        let single = smallest.iter().filter(|set| set.len() == 1).flatten().cloned().collect();
        let failing = smallest.into_iter().next()?;
        let complete = holders.values().all(|holders| holders.options().complete);
        // A search that ended among sets of this size may have missed others of it.
        let search = if complete && outcome.up_to >= failing.len() { Search::Exact } else { Search::Greedy };
        Some(Depth { search, controls: failing.len(), failing, single_points: single })
    }

    /// An upper bound: everything that holds off the threats of the shortest path in the world without controls.
    pub(super) fn depth_bound(&self, goal: Node, bare: &Solution, view: View) -> Option<Depth> {
        let rules = self.derivation(goal, bare)?;
        let mut guards = Numbered::new();
        let mut failing = Few::new();
        let causes = rules.iter().filter_map(|rule| self.rules.get(*rule)).map(|rule| rule.cause);
        for judgement in causes.filter_map(|cause| self.judgement(cause)) {
            if !judgement.closed_in(view).is_empty() {
                let options = self.holders(judgement, view, &mut guards).options();
                let smallest = options.sets.into_iter().min_by_key(|set| (set.len(), guards.things(set)));
                failing.extend(smallest.into_iter().flatten());
            }
        }
        let failing = guards.things(&failing);
        Some(Depth { search: Search::Greedy, controls: failing.len(), failing, single_points: Vec::new() })
    }
}

/// The smallest sets whose failure lets the goal be reached.
fn failing(slice: &Slice, holders: &BTreeMap<usize, Holders>, budget: &mut Budget) -> Outcome {
    smallest(budget, slice.work(), true, |failed| {
        let closed = |number: usize| holders.get(&number).is_some_and(|known| !known.fallen(failed));
        let reached = slice.solve(closed);
        if slice.reached(&reached) {
            return Tried::Found;
        }
        // Whatever opens first must have all it needs already, so no failure is missed.
        let next = slice.rules().iter().filter(|rule| slice.ready(rule, &reached));
        let next = next.filter_map(|rule| rule.judgement).filter(|number| closed(*number));
        Tried::Add(
            next.filter_map(|number| holders.get(&number))
                .flat_map(|holders| holders.options().sets)
                .collect(),
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::graph::search::UP_TO;
    use crate::graph::slice::tests::{Horn, horn, subsets};

    /// For each threat how many of which controls must fail; none: all of them.
    fn stands() -> impl Strategy<Value = Vec<(usize, Vec<u32>)>> {
        prop::collection::vec((0..3usize, prop::collection::vec(0..7u32, 0..4)), 8)
    }

    proptest! {
        /// Against every subset of the controls there are.
        #[test]
        fn failing_sets_are_the_smallest_that_exhaustion_finds(horn in horn(), stands in stands()) {
            let Horn { slice, threats } = horn;
            let holders: BTreeMap<usize, Holders> = threats
                .iter()
                .filter(|threat| !stands[**threat].1.is_empty())
                .map(|&threat| {
                    let (some, controls) = &stands[threat];
                    let groups: Vec<Vec<Few>> = controls.iter().map(|control| vec![Few::from([*control])]).collect();
                    let some = (*some).min(groups.len());
                    let holders = match some {
                        0 => Holders::new(groups, Vec::new(), 0),
                        some => Holders::new(Vec::new(), groups, some),
                    };
                    (threat, holders)
                })
                .collect();
            let opens = |failed: &Few| {
                let closed = |number: usize| holders.get(&number).is_some_and(|known| !known.fallen(failed));
                slice.reached(&slice.solve(closed))
            };
            let all: Vec<u32> = (0..7).collect();
            let opening: Vec<Few> = subsets(&all, UP_TO).into_iter().filter(opens).collect();
            let least = opening.iter().map(Few::len).min();
            let mut expected: Vec<Few> = opening.into_iter().filter(|set| Some(set.len()) == least).collect();
            expected.sort();
            let mut outcome = failing(&slice, &holders, &mut Budget::of(usize::MAX));
            outcome.found.sort();
            prop_assert_eq!(outcome.found, expected);
        }
    }
}
