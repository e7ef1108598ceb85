//! The part of a graph that a goal depends on, small enough to be solved thousands of times: for the searches for cut
//! sets and for what must fail. Rules and nodes are numbered anew.

use std::collections::VecDeque;

use casemate_core::View;

use super::Graph;
use super::lists::Lists;
use super::rule::Rule;
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

/// Makes slices, one after the other, in the same tables.
pub(super) struct Slicer<'g> {
    graph: &'g Graph<'g>,
    /// For each node the rules that give it.
    givers: &'g Lists,
    /// The number of each node in the slice at hand.
    numbers: Vec<Option<u32>>,
    /// The rules of the slice at hand.
    taken: Vec<bool>,
}

/// The goal is the first node of its slice.
const END: usize = 0;

/// Larger slices are not searched.
const MAX_RULES: usize = 2_000;

/// A slice that the budget cannot solve so many times is not worth collecting.
const SOLVED: usize = 24;

/// Collecting a rule costs about as much as looking at so many while solving.
const COLLECTING: usize = 4;

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

impl<'g> Slicer<'g> {
    pub(super) fn of(graph: &'g Graph<'g>, givers: &'g Lists) -> Self {
        let numbers = vec![None; graph.parts.space.rows()];
        Self { graph, givers, numbers, taken: vec![false; graph.rules.len()] }
    }

    /// The rules behind a goal that fire in a view: no others can matter while less is open. What follows without any
    /// threat can never be taken away, so it is settled here once. `None` if there are too many rules.
    pub(super) fn slice(
        &mut self,
        end: Node,
        solution: &Solution,
        view: View,
        budget: &mut Budget,
    ) -> Option<Slice> {
        let mut nodes = Vec::new();
        let mut rules = Vec::new();
        let complete = self.collect(end, solution, view, budget, &mut nodes, &mut rules);
        let slice = complete.then(|| {
            rules.sort_unstable();
            let rules = rules.iter().filter_map(|rule| self.graph.rules.get(*rule));
            Slice::new(rules.map(|rule| self.local(rule)).collect(), nodes.len()).settled()
        });
        for node in nodes {
            if let Some(number) = self.numbers.get_mut(node.row()) {
                *number = None;
            }
        }
        for rule in rules {
            if let Some(taken) = self.taken.get_mut(rule) {
                *taken = false;
            }
        }
        slice
    }

    /// Collects the nodes and rules behind a goal; `false` if there are too many.
    fn collect(
        &mut self,
        end: Node,
        solution: &Solution,
        view: View,
        budget: &mut Budget,
        nodes: &mut Vec<Node>,
        rules: &mut Vec<usize>,
    ) -> bool {
        let most = MAX_RULES.min(budget.left() / SOLVED);
        self.number(end, nodes);
        let mut next = 0;
        while let Some(&node) = nodes.get(next) {
            next += 1;
            for &number in self.givers.at(node) {
                let number = number as usize;
                let Some(taken) = self.taken.get_mut(number).filter(|taken| !**taken) else { continue };
                let Some(rule) = self.graph.firing(number, solution, view) else { continue };
                *taken = true;
                rules.push(number);
                if rules.len() > most || !budget.take(COLLECTING) {
                    return false;
                }
                for &need in &rule.needs {
                    self.number(need, nodes);
                }
            }
        }
        true
    }

    fn number(&mut self, node: Node, nodes: &mut Vec<Node>) {
        if let Some(number @ None) = self.numbers.get_mut(node.row()) {
            *number = u32::try_from(nodes.len()).ok();
            nodes.push(node);
        }
    }

    fn local(&self, rule: &Rule) -> Local {
        let number = |node: &Node| self.numbers.get(node.row()).copied().flatten().map(|n| n as usize);
        Local {
            needs: rule.needs.iter().filter_map(number).collect(),
            gains: rule.gains.iter().filter_map(number).collect(),
            judgement: rule.cause.judgement(),
        }
    }
}

impl Slice {
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
    use std::collections::BTreeSet;

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
