//! What the diagram shows: boundaries, actors, components and the flows between them, taken from a case. Decides what
//! is drawn, never where.

use std::collections::BTreeMap;

use casemate_core::{ActorKind, Case, Element, FlowView, Id, Severity, Trust};

use super::label::{fit, join};
pub(crate) use crate::boundaries::Group;
use crate::boundaries::{ancestry, groups, home};

/// Above this many nodes the diagram shows boundaries instead of components.
pub(crate) const MOST_NODES: usize = 150;

/// Above this many flows, too.
pub(crate) const MOST_EDGES: usize = 400;

/// Everything the diagram shows.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) groups: Vec<Group>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
    /// Whether nodes stand for boundaries, because there are too many components to draw.
    pub(crate) summary: bool,
    /// The node that an actor or component is drawn as, or in.
    pub(crate) node_of: BTreeMap<Id, usize>,
    /// The edge that a flow is drawn as.
    pub(crate) edge_of: BTreeMap<Id, usize>,
}

/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Actor,
    Component,
    Boundary,
}

/// An actor or component; in a summary, a boundary with all that lies in it.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) look: Look,
    pub(crate) name: String,
    /// The small line above the name.
    pub(crate) kind: String,
    /// The whole truth, for the tooltip.
    pub(crate) title: String,
    pub(crate) ai: bool,
    /// Whether it is somebody an attacker could be.
    pub(crate) outsider: bool,
    /// Open findings on it, and the worst of them.
    pub(crate) open: usize,
    pub(crate) worst: Option<Severity>,
    /// The anchor to go to.
    pub(crate) target: Option<String>,
    pub(crate) group: Option<usize>,
}

/// All flows from one node to another.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) label: String,
    pub(crate) title: String,
    /// The least trusted of them.
    pub(crate) trust: Trust,
}

/// Open findings per element: how many, the worst, and where the first is.
struct Tally(BTreeMap<Id, (usize, Severity, String)>);

impl Tally {
    fn of(case: &Case) -> Self {
        let mut tally: BTreeMap<Id, (usize, Severity, String)> = BTreeMap::new();
        for finding in case.open_findings() {
            let entry = tally
                .entry(finding.component.clone())
                .or_insert_with(|| (0, finding.severity, format!("finding-{}", finding.id)));
            entry.0 += 1;
            entry.1 = entry.1.max(finding.severity);
        }
        Self(tally)
    }
}

impl Graph {
    /// The system of a case: in full if it can be drawn, by boundary if not.
    pub(crate) fn of(case: &Case) -> Self {
        let elements = &case.system.elements;
        let nodes =
            elements.values().filter(|e| matches!(e, Element::Actor(_) | Element::Component(_))).count();
        let graph = if nodes <= MOST_NODES { full(case) } else { by_boundary(case) };
        if graph.readable() {
            return graph;
        }
        let graph = by_boundary(case);
        if graph.readable() { graph } else { Self { summary: true, ..Self::default() } }
    }

    const fn readable(&self) -> bool {
        self.nodes.len() <= MOST_NODES && self.edges.len() <= MOST_EDGES
    }

    /// Draws one edge for all flows of the same direction between the same two nodes.
    fn join(&mut self, flows: &[FlowView]) {
        let mut between: BTreeMap<(usize, usize), Vec<&FlowView>> = BTreeMap::new();
        for flow in flows {
            if let (Some(&from), Some(&to)) = (self.node_of.get(&flow.from), self.node_of.get(&flow.to))
                && from != to
            {
                between.entry((from, to)).or_default().push(flow);
            }
        }
        for ((from, to), flows) in between {
            self.edge_of.extend(flows.iter().map(|flow| (flow.id.clone(), self.edges.len())));
            self.edges.push(edge(from, to, &flows));
        }
    }
}

fn full(case: &Case) -> Graph {
    let elements = &case.system.elements;
    let tally = Tally::of(case);
    let (groups, group_of) = groups(elements.values().filter_map(home), elements);
    let mut graph = Graph { groups, ..Graph::default() };
    for (id, element) in elements {
        let Some(mut node) = node(id, element) else { continue };
        node.group = home(element).and_then(|home| group_of.get(home).copied());
        if let Some((open, worst, first)) = tally.0.get(id) {
            (node.open, node.worst, node.target) = (*open, Some(*worst), Some(first.clone()));
            let noun = if *open == 1 { "open finding" } else { "open findings" };
            node.title.push_str(&format!(" · {open} {noun}, the worst is {worst}"));
        }
        graph.node_of.insert(id.clone(), graph.nodes.len());
        graph.nodes.push(node);
    }
    graph.join(&case.system.flows);
    graph
}

fn node(id: &Id, element: &Element) -> Option<Node> {
    let (look, name, kind, ai, outsider, more) = match element {
        Element::Actor(actor) => {
            let outsider = matches!(actor.kind, ActorKind::Anonymous | ActorKind::Insider);
            (Look::Actor, &actor.name, actor.kind.as_str(), false, outsider, None)
        }
        Element::Component(component) => {
            let ai = component.kind.is_ai() || component.model.is_some();
            let more = component.tech.as_deref();
            (Look::Component, &component.name, component.kind.as_str(), ai, false, more)
        }
        Element::Boundary(_) | Element::Data(_) => return None,
    };
    let title =
        join([Some(&**name), Some(kind), more, (**name != *id.as_str()).then_some(id.as_str())], " · ");
    Some(Node {
        look,
        // An actor has a picture beside the name.
        name: fit(name, if look == Look::Actor { 16 } else { 20 }),
        kind: kind.replace('-', " "),
        title,
        ai,
        outsider,
        open: 0,
        worst: None,
        target: None,
        group: None,
    })
}

fn edge(from: usize, to: usize, flows: &[&FlowView]) -> Edge {
    let mut protocols: Vec<&str> = flows.iter().filter_map(|flow| flow.protocol.as_deref()).collect();
    protocols.sort_unstable();
    protocols.dedup();
    let lines = flows.iter().take(12).map(|flow| {
        let data: Vec<&str> = flow.data.iter().map(Id::as_str).collect();
        let protocol =
            flow.protocol.as_deref().map(|protocol| format!(" over {protocol}")).unwrap_or_default();
        let data = if data.is_empty() { String::new() } else { format!(", carries {}", data.join(", ")) };
        format!("{}: {} to {}{protocol}, {}{data}", flow.id, flow.from, flow.to, flow.trust)
    });
    let trust = flows.iter().map(|flow| flow.trust).min().unwrap_or(Trust::Internal);
    Edge {
        from,
        to,
        label: fit(&protocols.join(", "), 14),
        title: lines.collect::<Vec<_>>().join("; "),
        trust,
    }
}

/// Each outermost boundary as one node; what lies in none is one node too.
fn by_boundary(case: &Case) -> Graph {
    let elements = &case.system.elements;
    let tally = Tally::of(case);
    let mut graph = Graph { summary: true, ..Graph::default() };
    let mut node_of: BTreeMap<Option<&Id>, usize> = BTreeMap::new();
    let mut sizes: Vec<usize> = Vec::new();
    for (id, element) in elements {
        if !matches!(element, Element::Actor(_) | Element::Component(_)) {
            continue;
        }
        let outermost = home(element).and_then(|home| ancestry(home, elements).first().copied());
        let at = *node_of.entry(outermost).or_insert_with(|| {
            graph.nodes.push(boundary_node(outermost, elements));
            sizes.push(0);
            graph.nodes.len() - 1
        });
        graph.node_of.insert(id.clone(), at);
        if let Some(size) = sizes.get_mut(at) {
            *size += 1;
        }
        if let Some(node) = graph.nodes.get_mut(at)
            && let Some((open, worst, _)) = tally.0.get(id)
        {
            node.open += open;
            node.worst = node.worst.max(Some(*worst));
        }
    }
    for (node, size) in graph.nodes.iter_mut().zip(sizes) {
        node.kind = format!("{size} elements");
        node.title.push_str(&format!(" · {size} elements, {} open findings", node.open));
    }
    graph.join(&case.system.flows);
    graph
}

fn boundary_node(id: Option<&Id>, elements: &BTreeMap<Id, Element>) -> Node {
    let boundary = match id.and_then(|id| elements.get(id)) {
        Some(Element::Boundary(boundary)) => Some(boundary),
        _ => None,
    };
    let name = boundary.map_or("in no boundary", |boundary| &*boundary.name);
    let title = join([Some(name), boundary.map(|boundary| boundary.kind.as_str())], " · ");
    Node {
        look: Look::Boundary,
        name: fit(name, 20),
        kind: String::new(),
        title,
        ai: false,
        outsider: false,
        open: 0,
        worst: None,
        target: None,
        group: None,
    }
}
