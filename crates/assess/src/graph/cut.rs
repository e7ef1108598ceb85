//! Which controls would cut every path to a goal: all minimal sets up to a bound, or one that works where the bound is
//! passed. Only controls that stop a threat, alone or enough of them together, cut anything.

use std::collections::BTreeSet;

use casemate_core::{Cuts, Search, View};

use super::Graph;
use super::guard::{Closers, Closing, Few};
use super::lists::Lists;
use super::search::{Budget, Outcome, Tried, smallest};
use super::slice::Slice;
use super::solve::Solution;
use super::space::Node;

/// As many sets as a case lists.
const LISTED: usize = 8;

/// As many rules as are looked at for the last steps before a goal.
const LAST_STEPS: usize = 2_000;

impl Closing {
    /// What would cut every path to the goal of a slice. `None` if the budget does not reach.
    pub(super) fn cuts(&self, slice: &Slice, budget: &mut Budget) -> Option<Cuts> {
        let closers = |number: usize| self.closers(number);
        let mut outcome = minimal(slice, &closers, budget);
        let (up_to, found) = (outcome.up_to, outcome.found.len());
        let threats = slice.rules().iter().filter_map(|rule| rule.judgement);
        let complete = threats.filter_map(closers).all(|closers| closers.options().complete);
        let search = if complete { Search::Exact } else { Search::Greedy };
        if found > 0 {
            outcome.found.sort_by_cached_key(|set| self.rank(set.clone()));
            let sets = outcome.found.iter().take(LISTED).map(|set| self.placed.things(set)).collect();
            return Some(Cuts { search, up_to, found, sets });
        }
        let mut added = Few::new();
        while let Some(threats) = proof(slice, &closers, &added) {
            if !budget.take(slice.work()) {
                return None;
            }
            let options = threats.iter().flat_map(|number| self.options(*number)).collect();
            let Some(cheapest) = self.cheapest(options, &added) else {
                // A derivation that no control closes: there is no cut, of any size.
                return Some(Cuts { search, up_to, found: 0, sets: Vec::new() });
            };
            added.extend(cheapest);
        }
        for number in added.clone() {
            if !budget.take(slice.work()) {
                break;
            }
            added.remove(&number);
            if proof(slice, &closers, &added).is_some() {
                added.insert(number);
            }
        }
        Some(Cuts { search: Search::Greedy, up_to, found: 1, sets: vec![self.placed.things(&added)] })
    }
}

impl Graph<'_> {
    /// A cut of a goal that is not searched, because too much hangs on it: every threat that gives the goal is closed.
    /// None is found if even those are too many.
    pub(super) fn last_cut(
        &self,
        goal: Node,
        solution: &Solution,
        givers: &Lists,
        closing: &Closing,
        view: View,
    ) -> Cuts {
        let none = || Cuts { search: Search::Greedy, up_to: 0, found: 0, sets: Vec::new() };
        let mut left = Budget::of(LAST_STEPS);
        let mut added = Few::new();
        let mut seen = BTreeSet::from([goal]);
        let mut pending = vec![goal];
        while let Some(node) = pending.pop() {
            for &number in givers.at(node) {
                if !left.take(1) {
                    return none();
                }
                let Some(rule) = self.firing(number as usize, solution, view) else { continue };
                let Some(judgement) = rule.cause.judgement() else {
                    pending.extend(rule.needs.iter().filter(|need| seen.insert(**need)));
                    continue;
                };
                if closing.closers(judgement).is_some_and(|closers| closers.satisfied(&added)) {
                    continue;
                }
                let Some(best) = closing.best(judgement) else { return none() };
                added.extend(best);
            }
        }
        let sets = vec![closing.placed.things(&added)];
        Cuts { search: Search::Greedy, up_to: 0, found: 1, sets }
    }
}

/// All minimal sets that leave no derivation of the goal, smallest first, up to the bound.
fn minimal<'c>(
    slice: &Slice,
    closers: &impl Fn(usize) -> Option<&'c Closers>,
    budget: &mut Budget,
) -> Outcome {
    smallest(budget, slice.work(), false, |added| match proof(slice, closers, added) {
        None => Tried::Found,
        // One threat of any derivation must be closed, so no cut is missed.
        Some(threats) => {
            let closers = threats.into_iter().filter_map(closers);
            Tried::Add(closers.flat_map(|closers| closers.options().sets).collect())
        }
    })
}

/// The threats of a derivation of the goal that is left once some controls are added.
fn proof<'c>(
    slice: &Slice,
    closers: &impl Fn(usize) -> Option<&'c Closers>,
    added: &Few,
) -> Option<Vec<usize>> {
    let reached = slice.solve(|number| closers(number).is_some_and(|known| known.satisfied(added)));
    slice.reached(&reached).then(|| slice.proof(&reached))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::graph::search::UP_TO;
    use crate::graph::slice::tests::{Horn, horn, subsets};

    /// For each threat how many of which controls close it; none: any one of them.
    fn edges() -> impl Strategy<Value = Vec<(usize, Vec<u32>)>> {
        prop::collection::vec((0..3usize, prop::collection::vec(0..7u32, 0..4)), 8)
    }

    proptest! {
        /// Against every subset of the controls there are.
        #[test]
        fn minimal_cuts_are_those_that_exhaustion_finds(horn in horn(), edges in edges()) {
            let Horn { slice, threats } = horn;
            let known: BTreeMap<usize, Closers> = threats
                .iter()
                .map(|&threat| {
                    let (missing, controls) = &edges[threat];
                    let groups: Vec<Few> = controls.iter().map(|control| Few::from([*control])).collect();
                    let (stop, reduce) = if *missing == 0 { (groups, Vec::new()) } else { (Vec::new(), groups) };
                    (threat, Closers::new(stop, reduce, (*missing > 0).then_some(*missing)))
                })
                .collect();
            let closers = |number: usize| known.get(&number);
            let all: Vec<u32> = (0..7).collect();
            let cuts: Vec<Few> =
                subsets(&all, UP_TO).into_iter().filter(|set| proof(&slice, &closers, set).is_none()).collect();
            let contains_less =
                |set: &&Few| cuts.iter().any(|other| other.len() < set.len() && other.is_subset(set));
            let mut expected: Vec<Few> = cuts.iter().filter(|set| !contains_less(set)).cloned().collect();
            expected.sort();
            let mut outcome = minimal(&slice, &closers, &mut Budget::of(usize::MAX));
            outcome.found.sort();
            prop_assert_eq!(outcome.found, expected);
            prop_assert_eq!(outcome.up_to, UP_TO);
        }
    }
}
