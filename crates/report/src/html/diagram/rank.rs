//! Which column each node stands in: flows go from lower to higher columns wherever no cycle forbids it.

use std::collections::BTreeMap;

use super::graph::{Graph, Look};
use super::slots::{at, put};

/// Columns that nodes without any flow are spread over when flows make no columns themselves.
const SPREAD: usize = 4;

/// The column of every node, from 0.
pub(crate) fn columns(graph: &Graph) -> Vec<usize> {
    let count = graph.nodes.len();
    let ahead = acyclic(graph);
    let mut columns = vec![0; count];
    // Longest path: at most one round per node.
    for _ in 0..count {
        let mut moved = false;
        for &(from, to) in &ahead {
            let least = at(&columns, from) + 1;
            if at(&columns, to) < least {
                put(&mut columns, to, least);
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    widen(graph, &ahead, &mut columns);
    pull(graph, &ahead, &mut columns);
    spread(graph, &mut columns);
    columns
}

/// The flows without those that close a cycle, found depth first from whoever starts things.
fn acyclic(graph: &Graph) -> Vec<(usize, usize)> {
    let count = graph.nodes.len();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut entered = vec![0_usize; count];
    for edge in &graph.edges {
        if let Some(list) = next.get_mut(edge.from) {
            list.push(edge.to);
        }
        let more = at(&entered, edge.to) + 1;
        put(&mut entered, edge.to, more);
    }
    let mut roots: Vec<usize> = (0..count).collect();
    roots.sort_by_key(|&node| {
        let actor = graph.nodes.get(node).is_some_and(|node| node.look == Look::Actor);
        let starts = next.get(node).is_some_and(|list| !list.is_empty());
        (!(actor && starts), at(&entered, node) > 0, node)
    });
    let mut walk = Walk { next, state: vec![State::New; count], ahead: Vec::new() };
    for root in roots {
        walk.visit(root);
    }
    walk.ahead.sort_unstable();
    walk.ahead
}

#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    #[default]
    New,
    Open,
    Done,
}

struct Walk {
    next: Vec<Vec<usize>>,
    state: Vec<State>,
    ahead: Vec<(usize, usize)>,
}

impl Walk {
    /// Recursion is as deep as the graph has nodes, which `MOST_NODES` bounds.
    fn visit(&mut self, node: usize) {
        if at(&self.state, node) != State::New {
            return;
        }
        put(&mut self.state, node, State::Open);
        for to in self.next.get(node).cloned().unwrap_or_default() {
            if at(&self.state, to) != State::Open {
                self.ahead.push((node, to));
                self.visit(to);
            }
        }
        put(&mut self.state, node, State::Done);
    }
}

/// The most nodes that share a column: more make it hard to see across.
fn fullest(count: usize) -> usize {
    count.isqrt().clamp(5, 12)
}

/// Moves nodes on where too many share a column, boundary by boundary, so that a hub with many spokes fills a square.
fn widen(graph: &Graph, ahead: &[(usize, usize)], columns: &mut [usize]) {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|&node| (at(columns, node), graph.nodes.get(node).and_then(|node| node.group), node));
    let most = fullest(columns.len());
    let mut full: BTreeMap<usize, usize> = BTreeMap::new();
    for node in order {
        let senders = ahead.iter().filter(|&&(_, to)| to == node).map(|&(from, _)| at(columns, from) + 1);
        let mut column = senders.max().unwrap_or(0);
        while full.get(&column).is_some_and(|&count| count >= most) {
            column += 1;
        }
        *full.entry(column).or_default() += 1;
        put(columns, node, column);
    }
}

/// Moves what sends up to what it sends to, so that suppliers stand beside what they supply, as long as the boundary
/// around it grows no wider for it.
fn pull(graph: &Graph, ahead: &[(usize, usize)], columns: &mut [usize]) {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    // Receivers first, so that a whole chain moves together.
    order.sort_by_key(|&node| std::cmp::Reverse(at(columns, node)));
    for node in order {
        let receivers = ahead.iter().filter(|&&(from, _)| from == node).map(|&(_, to)| at(columns, to));
        let Some(wanted) = receivers.min().map(|first| first.saturating_sub(1)) else { continue };
        let home = graph.nodes.get(node).and_then(|node| node.group);
        let mates =
            graph.nodes.iter().enumerate().filter(|&(other, that)| other != node && that.group == home);
        let reach = mates.map(|(other, _)| at(columns, other)).max();
        let column = match (home, reach) {
            (Some(_), Some(reach)) => wanted.min(reach),
            _ => wanted,
        };
        if column > at(columns, node) {
            put(columns, node, column);
        }
    }
}

/// Puts nodes without flows where their boundary has room.
fn spread(graph: &Graph, columns: &mut [usize]) {
    let lonely = |node: usize| !graph.edges.iter().any(|edge| edge.from == node || edge.to == node);
    let widest = columns.iter().copied().max().unwrap_or(0).max(SPREAD - 1);
    let mut placed: Vec<(Option<usize>, usize)> = graph
        .nodes
        .iter()
        .enumerate()
        .filter(|&(node, _)| !lonely(node))
        .map(|(node, that)| (that.group, at(columns, node)))
        .collect();
    for (node, that) in graph.nodes.iter().enumerate().filter(|&(node, _)| lonely(node)) {
        let mates = || placed.iter().filter(|(group, _)| *group == that.group).map(|&(_, column)| column);
        let (from, to) = match (mates().min(), mates().max()) {
            (Some(from), Some(to)) if that.group.is_some() => (from, to.max(from + 1)),
            _ => (0, widest.min(SPREAD - 1)),
        };
        let column =
            (from..=to).min_by_key(|&column| mates().filter(|&c| c == column).count()).unwrap_or(from);
        put(columns, node, column);
        placed.push((that.group, column));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::graph;
    use super::*;

    #[test]
    fn flows_go_to_the_right_unless_they_close_a_cycle() {
        let columns = columns(&graph(4, &[(0, 1), (1, 2), (2, 1), (0, 2), (2, 3)], &[]));
        assert_eq!(columns, [0, 1, 2, 3]);
    }

    #[test]
    fn what_sends_stands_next_to_its_receiver() {
        let columns = columns(&graph(6, &[(0, 1), (1, 2), (2, 3), (4, 5), (5, 3)], &[]));
        assert_eq!(columns, [0, 1, 2, 3, 1, 2]);
    }

    #[test]
    fn nodes_without_flows_are_spread() {
        let columns = columns(&graph(8, &[], &[]));
        assert_eq!(columns, [0, 1, 2, 3, 0, 1, 2, 3]);
    }
}
