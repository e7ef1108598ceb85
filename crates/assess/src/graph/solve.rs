//! What follows from the rules: a semi-naive fixpoint, in which each new fact wakes only the rules that need it. Facts
//! are found cheapest first, so that every fact remembers the rule of its shortest derivation.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use casemate_core::Exposure;

use super::Graph;
use super::rule::Cause;
use super::space::Node;

/// What it costs to hold something: first how many threats it takes, then how much access, then how many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Cost {
    threats: u32,
    access: u32,
    steps: u32,
}

impl Cost {
    fn plus(self, other: Self) -> Self {
        Self {
            threats: self.threats.saturating_add(other.threats),
            access: self.access.saturating_add(other.access),
            steps: self.steps.saturating_add(other.steps),
        }
    }

    fn of(cause: Cause) -> Self {
        // `Anyone` is the last word of the list and costs nothing.
        let access = cause.exposure().map_or(0, |exposure| Exposure::Anyone as u32 - exposure as u32);
        Self { threats: u32::from(cause.counts()), access, steps: 1 }
    }
}

/// Everything that can be held, each with the rule that gives it first.
#[derive(Debug)]
pub(crate) struct Solution {
    by: Vec<Option<u32>>,
}

impl Solution {
    /// Whether something can be held.
    pub(crate) fn holds(&self, node: Node) -> bool {
        self.rule(node).is_some()
    }

    /// The rule that gives something on its shortest derivation.
    pub(crate) fn rule(&self, node: Node) -> Option<usize> {
        self.by.get(node.row()).copied().flatten().map(|rule| rule as usize)
    }
}

impl Graph<'_> {
    /// For each node whether it follows from the rules that are open: the same fixpoint without the derivations.
    pub(super) fn reachable(&self, open: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut held = vec![false; self.parts.space.rows()];
        let mut missing: Vec<u32> = self.missing().collect();
        let mut ready: Vec<u32> = (0u32..)
            .zip(&missing)
            .filter(|(number, missing)| **missing == 0 && open(*number as usize))
            .map(|(number, _)| number)
            .collect();
        while let Some(number) = ready.pop() {
            for gain in self.rules.get(number as usize).into_iter().flat_map(|rule| &rule.gains) {
                let Some(known) = held.get_mut(gain.row()).filter(|known| !**known) else { continue };
                *known = true;
                for &waiting in self.waiting.at(*gain) {
                    let Some(missing) = missing.get_mut(waiting as usize) else { continue };
                    *missing -= 1;
                    if *missing == 0 && open(waiting as usize) {
                        ready.push(waiting);
                    }
                }
            }
        }
        held
    }

    fn missing(&self) -> impl Iterator<Item = u32> {
        self.rules.iter().map(|rule| u32::try_from(rule.needs.len()).unwrap_or(u32::MAX))
    }

    /// What follows from the rules that are open.
    pub(crate) fn solve(&self, open: impl Fn(usize) -> bool) -> Solution {
        let mut by: Vec<Option<u32>> = vec![None; self.parts.space.rows()];
        let mut missing: Vec<u32> = self.missing().collect();
        let mut costs: Vec<Cost> = self.rules.iter().map(|rule| Cost::of(rule.cause)).collect();
        let mut heap = BinaryHeap::new();
        for (number, (missing, own)) in (0u32..).zip(missing.iter().zip(&costs)) {
            if *missing == 0 && open(number as usize) {
                heap.push(Reverse((*own, number)));
            }
        }
        // The rules, not the facts, are on the heap: of rules that cost the same, the first by name is taken.
        while let Some(Reverse((cost, number))) = heap.pop() {
            let Some(rule) = self.rules.get(number as usize) else { continue };
            for &gain in &rule.gains {
                let Some(known) = by.get_mut(gain.row()).filter(|known| known.is_none()) else { continue };
                *known = Some(number);
                for &waiting in self.waiting.at(gain) {
                    let (Some(missing), Some(total)) =
                        (missing.get_mut(waiting as usize), costs.get_mut(waiting as usize))
                    else {
                        continue;
                    };
                    *total = total.plus(cost);
                    *missing -= 1;
                    if *missing == 0 && open(waiting as usize) {
                        heap.push(Reverse((*total, waiting)));
                    }
                }
            }
        }
        Solution { by }
    }
}
