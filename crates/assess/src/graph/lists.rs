//! For each node a list of rules, all in one vector: looked up millions of times, built once.

use super::rule::Rule;
use super::space::Node;

/// Rules by node.
#[derive(Debug)]
pub(super) struct Lists {
    rules: Vec<u32>,
    /// Where the list of a node begins; one row more than there are nodes.
    begins: Vec<u32>,
}

impl Lists {
    /// The rules by the nodes that `nodes` picks from each, in the order of rules.
    pub(super) fn of(rows: usize, rules: &[Rule], nodes: impl Fn(&Rule) -> &[Node]) -> Self {
        let mut begins = vec![0u32; rows + 1];
        for node in rules.iter().flat_map(&nodes) {
            if let Some(count) = begins.get_mut(node.row() + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for begin in &mut begins {
            total += *begin;
            *begin = total;
        }
        let mut free = begins.clone();
        let mut listed = vec![0u32; total as usize];
        for (number, rule) in (0u32..).zip(rules) {
            for node in nodes(rule) {
                let Some(place) = free.get_mut(node.row()) else { continue };
                if let Some(slot) = listed.get_mut(*place as usize) {
                    *slot = number;
                }
                *place += 1;
            }
        }
        Self { rules: listed, begins }
    }

    /// The rules of a node.
    pub(super) fn at(&self, node: Node) -> &[u32] {
        let begin = |row: usize| self.begins.get(row).copied().unwrap_or(0) as usize;
        self.rules.get(begin(node.row())..begin(node.row() + 1)).unwrap_or_default()
    }
}
