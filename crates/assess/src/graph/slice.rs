//! The part of a graph that a goal depends on, small enough to be solved thousands of times: for the searches for cut
//! sets and for what must fail. Rules and nodes are numbered anew.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use casemate_core::View;

use super::Graph;
use super::lists::Lists;
use super::rule::Cause;
use super::search::Budget;
use super::solve::Solution;
use super::space::Node;

/// The rules that can take part in reaching a goal.
#[derive(Debug)]
pub(super) struct Slice {
    rules: Vec<Local>,
    /// For each node the rules that need it.
    waiting: Vec<Vec<usize>>,
}

/// The goal is the first node of its slice.
const END: usize = 0;

/// Larger slices are not searched.
const MAX_RULES: usize = 2_000;

/// Collecting the rules of a node costs about as much as looking at so many while solving.
const COLLECTING: usize = 8;

/// A rule of a slice.
#[derive(Debug)]
pub(super) struct Local {
    needs: Vec<usize>,
    gains: Vec<usize>,
    /// The judgement, if it is a threat.
    pub(super) judgement: Option<usize>,
}

/// What is held in a slice, and the first rule that gave each.
pub(super) struct Reached {
    by: Vec<Option<usize>>,
}

impl Slice {
    /// The rules behind a goal that fire in a view: no others can matter while less is open. What follows without any
    /// threat can never be taken away, so it is settled here once. `None` if there are too many rules.
    pub(super) fn of(
        graph: &Graph<'_>,
        end: Node,
        solution: &Solution,
        givers: &Lists,
        view: View,
        budget: &mut Budget,
    ) -> Option<Self> {
        let mut nodes: BTreeMap<Node, usize> = BTreeMap::from([(end, END)]);
        let mut pending = vec![end];
        let mut numbers = BTreeSet::new();
        while let Some(node) = pending.pop() {
            if numbers.len() > MAX_RULES || !budget.take(COLLECTING) {
                return None;
            }
            for &number in givers.at(node) {
                let Some(rule) = graph.rules.get(number as usize) else { continue };
                let fires = rule.needs.iter().all(|need| solution.holds(*need));
                if !fires || !graph.open(number as usize, view) || !numbers.insert(number) {
                    continue;
                }
                for &need in &rule.needs {
                    let next = nodes.len();
                    nodes.entry(need).or_insert_with(|| {
                        pending.push(need);
                        next
                    });
                }
            }
        }
        let local = |list: &[Node]| list.iter().filter_map(|node| nodes.get(node).copied()).collect();
        let rules = numbers.iter().filter_map(|number| graph.rules.get(*number as usize)).map(|rule| Local {
            needs: local(&rule.needs),
            gains: local(&rule.gains),
            judgement: match rule.cause {
                Cause::Threat { judgement, .. } => Some(judgement),
                _ => None,
            },
        });
        Some(Self::new(rules.collect(), nodes.len()).settled())
    }

    /// The same without what follows from no threat at all.
    fn settled(self) -> Self {
        let given = self.solve(|_| true);
        let free = |node: &usize| given.by.get(*node).is_some_and(Option::is_some);
        let nodes = self.waiting.len();
        let rules = self.rules.into_iter().filter(|rule| !rule.gains.iter().all(&free));
        let rules = rules.map(|rule| Local {
            needs: rule.needs.into_iter().filter(|need| !free(need)).collect(),
            gains: rule.gains.into_iter().filter(|gain| !free(gain)).collect(),
            judgement: rule.judgement,
        });
        Self::new(rules.collect(), nodes)
    }

    fn new(rules: Vec<Local>, nodes: usize) -> Self {
        let mut waiting = vec![Vec::new(); nodes];
        for (number, rule) in rules.iter().enumerate() {
            for need in &rule.needs {
                if let Some(waiting) = waiting.get_mut(*need) {
                    waiting.push(number);
                }
            }
        }
        Self { rules, waiting }
    }

    /// How much work it is to solve it once.
    pub(super) fn work(&self) -> usize {
        self.rules.len()
    }

    pub(super) fn rules(&self) -> &[Local] {
        &self.rules
    }

    /// What is held while some judgements are closed.
    pub(super) fn solve(&self, closed: impl Fn(usize) -> bool) -> Reached {
        let mut by: Vec<Option<usize>> = vec![None; self.waiting.len()];
        let mut missing: Vec<usize> = self.rules.iter().map(|rule| rule.needs.len()).collect();
        let open = |rule: &Local| !rule.judgement.is_some_and(&closed);
        let mut ready: VecDeque<usize> = (0..self.rules.len())
            .filter(|number| self.rules.get(*number).is_some_and(|rule| rule.needs.is_empty() && open(rule)))
            .collect();
        while let Some(number) = ready.pop_front() {
            for gain in self.rules.get(number).into_iter().flat_map(|rule| &rule.gains) {
                let Some(known) = by.get_mut(*gain).filter(|known| known.is_none()) else { continue };
                *known = Some(number);
                for &waiting in self.waiting.get(*gain).into_iter().flatten() {
                    let Some(missing) = missing.get_mut(waiting) else { continue };
                    *missing -= 1;
                    if *missing == 0 && self.rules.get(waiting).is_some_and(open) {
                        ready.push_back(waiting);
                    }
                }
            }
        }
        Reached { by }
    }

    /// Whether the goal is reached.
    pub(super) fn reached(&self, reached: &Reached) -> bool {
        reached.by.get(END).is_some_and(Option::is_some)
    }

    /// Whether a rule has what it needs.
    pub(super) fn ready(&self, rule: &Local, reached: &Reached) -> bool {
        rule.needs.iter().all(|need| reached.by.get(*need).is_some_and(Option::is_some))
    }

    /// The threats of one derivation of the goal, from the goal backwards.
    pub(super) fn proof(&self, reached: &Reached) -> Vec<usize> {
        let mut threats = Vec::new();
        let mut seen = vec![false; self.rules.len()];
        let mut pending = vec![END];
        while let Some(node) = pending.pop() {
            let Some(number) = reached.by.get(node).copied().flatten() else { continue };
            let Some(seen) = seen.get_mut(number).filter(|seen| !**seen) else { continue };
            *seen = true;
            let Some(rule) = self.rules.get(number) else { continue };
            threats.extend(rule.judgement);
            pending.extend(&rule.needs);
        }
        threats.sort_unstable();
        threats.dedup();
        threats
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A small set of rules by itself, some of which are threats.
    #[derive(Debug)]
    pub(crate) struct Horn {
        pub(crate) slice: Slice,
        pub(crate) threats: Vec<usize>,
    }

    /// Up to ten rules over six nodes, up to eight of them threats; cycles and rules with several needs included.
    pub(crate) fn horn() -> impl Strategy<Value = Horn> {
        let rule = (prop::collection::vec(0..6usize, 0..3), 0..6usize, any::<bool>());
        prop::collection::vec(rule, 2..10).prop_map(|rules| {
            let mut threats = Vec::new();
            let rules = rules.into_iter().enumerate().map(|(number, (mut needs, gain, threat))| {
                needs.sort_unstable();
                needs.dedup();
                let judgement = (threat && number < 8).then_some(number);
                threats.extend(judgement);
                Local { needs, gains: vec![gain], judgement }
            });
            Horn { slice: Slice::new(rules.collect(), 6), threats }
        })
    }

    /// Every subset of up to so many items.
    pub(crate) fn subsets<T: Ord + Clone>(items: &[T], up_to: usize) -> Vec<BTreeSet<T>> {
        let mut all = vec![BTreeSet::new()];
        for item in items {
            let with = all.iter().map(|set: &BTreeSet<T>| set.iter().chain([item]).cloned().collect());
            all.extend(with.collect::<Vec<BTreeSet<T>>>());
        }
        all.retain(|set| set.len() <= up_to);
        all
    }

    #[test]
    fn a_cycle_holds_nothing_by_itself() {
        let rule =
            |needs: &[usize], gain| Local { needs: needs.to_vec(), gains: vec![gain], judgement: None };
        let cycle = Slice::new(vec![rule(&[1], 0), rule(&[0], 1)], 2);
        assert!(!cycle.reached(&cycle.solve(|_| false)));
        let entered = Slice::new(vec![rule(&[1], 0), rule(&[0], 1), rule(&[], 1)], 2);
        assert!(entered.reached(&entered.solve(|_| false)));
    }
}
