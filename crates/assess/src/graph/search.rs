//! Smallest sets first: the search that cut sets and failing sets share. It says how far it got before its budget ran
//! out, so that what it reports as complete is complete.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// Sets larger than this are not tried.
pub(super) const UP_TO: usize = 3;

/// What a set comes to.
pub(super) enum Tried<T> {
    /// It does what is wanted: no larger set that contains it is of interest.
    Found,
    /// It does not; these additions may.
    Add(Vec<BTreeSet<T>>),
}

/// What a search found.
pub(super) struct Outcome<T> {
    /// The sets, smallest first; none contains another.
    pub(super) found: Vec<BTreeSet<T>>,
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

/// Tries sets, smallest first, each only once. `enough` tells after each find whether larger ones are wanted.
pub(super) fn smallest<T: Ord + Clone>(
    budget: &mut Budget,
    work: usize,
    only_smallest: bool,
    mut tried: impl FnMut(&BTreeSet<T>) -> Tried<T>,
) -> Outcome<T> {
    let mut found: Vec<BTreeSet<T>> = Vec::new();
    let mut seen = BTreeSet::from([BTreeSet::new()]);
    let mut pending = BinaryHeap::from([Reverse((0, BTreeSet::new()))]);
    while let Some(Reverse((size, set))) = pending.pop() {
        if only_smallest && found.first().is_some_and(|smallest| smallest.len() < size) {
            break;
        }
        if found.iter().any(|smaller| smaller.is_subset(&set)) {
            continue;
        }
        if !budget.take(work) {
            return Outcome { found, up_to: size.saturating_sub(1) };
        }
        match tried(&set) {
            Tried::Found => found.push(set),
            Tried::Add(options) => {
                for option in options {
                    let with: BTreeSet<T> = set.union(&option).cloned().collect();
                    if with.len() <= UP_TO && with.len() > size && seen.insert(with.clone()) {
                        pending.push(Reverse((with.len(), with)));
                    }
                }
            }
        }
    }
    Outcome { found, up_to: UP_TO }
}
