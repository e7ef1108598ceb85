//! Smallest sets first: the search that cut sets and failing sets share. It says how far it got before its budget ran
//! out, so that what it reports as complete is complete.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::guard::Few;

/// Sets larger than this are not tried.
pub(super) const UP_TO: usize = 3;

/// Trying a set costs about as much as looking at so many rules, besides solving.
const OVERHEAD: usize = 32;

/// What a set comes to.
pub(super) enum Tried {
    /// It does what is wanted: no larger set that contains it is of interest.
    Found,
    /// It does not; these additions may.
    Add(Vec<Few>),
}

/// What a search found.
pub(super) struct Outcome {
    /// The sets, smallest first; none contains another.
    pub(super) found: Vec<Few>,
    /// All sets up to this size were tried.
    pub(super) up_to: usize,
}

/// A budget of work that searches share; work is counted in rules looked at.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    pub(super) const fn of(work: usize) -> Self {
        Self { left: work }
    }

    pub(super) const fn left(&self) -> usize {
        self.left
    }

    /// Takes work off the budget; `false` if there is not enough left.
    pub(super) const fn take(&mut self, work: usize) -> bool {
        let enough = self.left >= work;
        self.left = self.left.saturating_sub(work);
        enough
    }

    /// A share of what is left, for one of several searches.
    pub(super) fn share(&mut self, most: usize) -> Self {
        let share = self.left.min(most);
        self.left -= share;
        Self { left: share }
    }

    /// Gives back what a search did not use.
    pub(super) const fn give_back(&mut self, share: &Self) {
        self.left += share.left;
    }
}

/// Tries sets, smallest first, each only once. A set costs so much work. With `only_smallest`, sets larger than the
/// first that is found are not of interest.
pub(super) fn smallest(
    budget: &mut Budget,
    work: usize,
    only_smallest: bool,
    mut tried: impl FnMut(&Few) -> Tried,
) -> Outcome {
    let mut found: Vec<Few> = Vec::new();
    let mut seen = BTreeSet::from([Few::new()]);
    let mut pending = BinaryHeap::from([Reverse((0, Few::new()))]);
    while let Some(Reverse((size, set))) = pending.pop() {
        if only_smallest && found.first().is_some_and(|smallest| smallest.len() < size) {
            break;
        }
        if found.iter().any(|smaller| smaller.is_subset(&set)) {
            continue;
        }
        if !budget.take(work + OVERHEAD) {
            return Outcome { found, up_to: size.saturating_sub(1) };
        }
        match tried(&set) {
            Tried::Found => found.push(set),
            Tried::Add(options) => {
                for option in options {
                    let with: Few = set.union(&option).copied().collect();
                    if with.len() <= UP_TO && with.len() > size && seen.insert(with.clone()) {
                        pending.push(Reverse((with.len(), with)));
                    }
                }
            }
        }
    }
    Outcome { found, up_to: UP_TO }
}
