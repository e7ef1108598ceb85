//! Graphs for the tests of the layout.

use casemate_core::{BoundaryKind, Trust};

use super::graph::{Edge, Graph, Group, Look, Node};

/// A graph of components with flows between them; `homes` lists each boundary's parent and its nodes.
pub(super) fn graph(nodes: usize, edges: &[(usize, usize)], homes: &[(Option<usize>, &[usize])]) -> Graph {
    let home = |node: usize| homes.iter().position(|(_, inside)| inside.contains(&node));
    Graph {
        groups: homes
            .iter()
            .map(|&(parent, _)| Group { name: "boundary".into(), kind: BoundaryKind::Org, parent })
            .collect(),
        nodes: (0..nodes)
            .map(|node| Node {
                look: Look::Component,
                name: format!("n{node}"),
                kind: "serve".into(),
                title: String::new(),
                ai: false,
                outsider: false,
                open: 0,
                worst: None,
                target: None,
                group: home(node),
            })
            .collect(),
        edges: edges
            .iter()
            .map(|&(from, to)| Edge {
                from,
                to,
                label: "https".into(),
                title: String::new(),
                trust: Trust::Internal,
            })
            .collect(),
        ..Graph::default()
    }
}
