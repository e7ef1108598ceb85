//! The picture of the system: what lies in which boundary, what flows where, and where findings stand open. Laid out
//! here, drawn by a template, the same bytes for the same case.

mod columns;
mod graph;
mod label;
mod measure;
mod place;
mod rank;
mod route;
mod slots;
#[cfg(test)]
mod testing;
mod trail;

use std::fmt::Write as _;

use casemate_core::{AttackPath, BoundaryKind, Case, Severity, Trust};

use columns::{Columns, label_width};
use graph::{Edge, Graph, Group, Look, Node};
use label::fit;
use measure::{Direction, MARGIN, Point, Rect};
use place::Placed;
use route::{Leg, Route};
pub(crate) use trail::Trail;

/// How wide a drawing may be before it is scaled down on a usual screen.
const PAGE_WIDTH: i32 = 1080;
/// Drawings wider than this scroll instead of shrinking until nobody can read them.
const WIDEST_SHRUNK: i32 = 1750;

/// A drawing, ready for the template.
#[derive(Debug, Default)]
pub(crate) struct Diagram {
    pub(crate) width: i32,
    pub(crate) height: i32,
    pub(crate) boundaries: Vec<BoundaryBox>,
    pub(crate) nodes: Vec<NodeBox>,
    pub(crate) flows: Vec<FlowLine>,
    /// The steps of each path that can be chosen.
    pub(crate) trails: Vec<Trail>,
    /// What the drawing shows, in a sentence.
    pub(crate) description: String,
    /// Whether nodes stand for whole boundaries.
    pub(crate) summary: bool,
}

/// A boundary as drawn.
#[derive(Debug)]
pub(crate) struct BoundaryBox {
    pub(crate) rect: Rect,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    /// Whether what lies in it is not the owner's to control.
    pub(crate) foreign: bool,
}

/// A node as drawn.
#[derive(Debug)]
pub(crate) struct NodeBox {
    pub(crate) rect: Rect,
    pub(crate) actor: bool,
    pub(crate) class: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) badge: Option<Badge>,
    pub(crate) target: Option<String>,
    /// The paths that touch it, as classes.
    pub(crate) on: String,
}

/// How many findings stand open on a node, and how bad the worst is.
#[derive(Debug)]
pub(crate) struct Badge {
    pub(crate) open: usize,
    pub(crate) worst: Severity,
    /// From the left side of the node.
    pub(crate) x: i32,
    pub(crate) width: i32,
}

/// A flow as drawn.
#[derive(Debug)]
pub(crate) struct FlowLine {
    pub(crate) path: String,
    pub(crate) trust: Trust,
    pub(crate) title: String,
    pub(crate) label: Option<FlowLabel>,
    /// The paths that take it, as classes.
    pub(crate) on: String,
}

/// The protocol on a flow.
#[derive(Debug)]
pub(crate) struct FlowLabel {
    pub(crate) at: Point,
    pub(crate) rect: Rect,
    pub(crate) text: String,
}

impl Diagram {
    /// The drawing of a case's system with paths through it; empty if it has nothing to draw.
    pub(crate) fn of(case: &Case, paths: &[&AttackPath]) -> Self {
        let graph = Graph::of(case);
        let right = Layout::of(&graph, Direction::Right);
        let layout = if right.width <= PAGE_WIDTH * 5 / 4 {
            right
        } else {
            let down = Layout::of(&graph, Direction::Down);
            if down.width < right.width { down } else { right }
        };
        let mut diagram = layout.draw(&graph);
        trail::add(&mut diagram, &layout.routes, &graph, paths);
        diagram
    }

    /// Whether there is nothing to draw.
    pub(crate) const fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether it needs more than the column of text.
    pub(crate) const fn is_wide(&self) -> bool {
        self.width > PAGE_WIDTH
    }

    /// Whether it is so wide that it scrolls.
    pub(crate) const fn scrolls(&self) -> bool {
        self.width > WIDEST_SHRUNK
    }

    pub(crate) fn has_untrusted(&self) -> bool {
        self.flows.iter().any(|flow| flow.trust == Trust::Untrusted)
    }

    pub(crate) fn has_partner(&self) -> bool {
        self.flows.iter().any(|flow| flow.trust == Trust::Partner)
    }

    pub(crate) fn has_ai(&self) -> bool {
        self.nodes.iter().any(|node| node.class.contains("ai"))
    }

    pub(crate) fn has_foreign(&self) -> bool {
        self.boundaries.iter().any(|boundary| boundary.foreign)
    }
}

/// Positions of everything.
struct Layout {
    direction: Direction,
    placed: Placed,
    routes: Vec<Route>,
    width: i32,
    height: i32,
}

impl Layout {
    fn of(graph: &Graph, direction: Direction) -> Self {
        let columns = Columns::of_graph(graph, direction);
        let placed = place::place(graph, &columns, direction.measures());
        let routes = route::route(graph, &columns, &placed, direction);
        let boxes = placed.nodes.iter().chain(&placed.groups).map(|&span| direction.rect(span));
        let corners = boxes.map(|rect| Point { x: rect.right(), y: rect.bottom() });
        let bends =
            routes.iter().flat_map(|route| &route.legs).flat_map(|leg| [leg.from, leg.out, leg.back, leg.to]);
        let (width, height) = corners
            .chain(bends)
            .fold((0, 0), |(width, height), point| (width.max(point.x), height.max(point.y)));
        Self { direction, placed, routes, width: width + MARGIN, height: height + MARGIN }
    }

    fn draw(&self, graph: &Graph) -> Diagram {
        let boundaries = graph.groups.iter().zip(&self.placed.groups);
        let nodes = graph.nodes.iter().zip(&self.placed.nodes);
        let flows = graph.edges.iter().zip(&self.routes);
        Diagram {
            width: self.width,
            height: self.height,
            boundaries: boundaries.map(|(group, &span)| boundary(group, self.direction.rect(span))).collect(),
            nodes: nodes.map(|(node, &span)| node_box(node, self.direction.rect(span))).collect(),
            flows: flows.map(|(edge, route)| flow(edge, route)).collect(),
            trails: Vec::new(),
            description: describe(graph),
            summary: graph.summary,
        }
    }
}

fn boundary(group: &Group, rect: Rect) -> BoundaryBox {
    let kind = group.kind.as_str();
    let letters = usize::try_from((rect.w - 36) / 7).unwrap_or(0);
    BoundaryBox {
        rect,
        name: fit(&group.name, letters.saturating_sub(kind.len()).max(8)),
        kind,
        title: format!("{} · {kind} boundary", casemate_core::printable(&group.name)),
        foreign: matches!(group.kind, BoundaryKind::Internet | BoundaryKind::ThirdParty),
    }
}

fn node_box(node: &Node, rect: Rect) -> NodeBox {
    let look = match node.look {
        Look::Actor if node.outsider => "actor outsider",
        Look::Actor => "actor",
        Look::Component => "component",
        Look::Boundary => "whole",
    };
    let width = 14 + 7 * i32::try_from(node.open.to_string().len()).unwrap_or(1);
    let inset = if node.look == Look::Actor { 18 } else { 9 };
    let badge = node.worst.map(|worst| Badge { open: node.open, worst, x: rect.w - width - inset, width });
    NodeBox {
        rect,
        actor: node.look == Look::Actor,
        class: if node.ai { format!("{look} ai") } else { look.to_owned() },
        name: node.name.clone(),
        kind: node.kind.clone(),
        title: node.title.clone(),
        badge,
        target: node.target.clone(),
        on: String::new(),
    }
}

fn flow(edge: &Edge, route: &Route) -> FlowLine {
    let label = route.label.map(|at| {
        let w = label_width(&edge.label);
        FlowLabel { at, rect: Rect { x: at.x - w / 2, y: at.y - 8, w, h: 16 }, text: edge.label.clone() }
    });
    FlowLine {
        path: path(&route.legs),
        trust: edge.trust,
        title: edge.title.clone(),
        label,
        on: String::new(),
    }
}

fn path(legs: &[Leg]) -> String {
    let mut path = String::new();
    for leg in legs {
        if path.is_empty() {
            let _ = write!(path, "M{} {}", leg.from.x, leg.from.y);
        }
        let Leg { out, back, to, .. } = leg;
        if leg.lane {
            let _ = write!(path, "L{} {}", to.x, to.y);
        } else {
            let _ = write!(path, "C{} {} {} {} {} {}", out.x, out.y, back.x, back.y, to.x, to.y);
        }
    }
    path
}

fn describe(graph: &Graph) -> String {
    let count = |look: Look| graph.nodes.iter().filter(|node| node.look == look).count();
    let untrusted = graph.edges.iter().filter(|edge| edge.trust == Trust::Untrusted).count();
    let open: usize = graph.nodes.iter().map(|node| node.open).sum();
    let what = if graph.summary {
        format!("{} boundaries", count(Look::Boundary))
    } else {
        format!(
            "{} components and {} actors in {} boundaries",
            count(Look::Component),
            count(Look::Actor),
            graph.groups.len()
        )
    };
    format!(
        "{what}, joined by {} flows of which {untrusted} carry untrusted content; {open} findings stand open on them.",
        graph.edges.len()
    )
}

#[cfg(test)]
mod tests;
