//! How flows run: out of one side of a node, through free lanes past the columns between, into the side of another. A
//! flow never crosses a node.

use super::columns::{Columns, label_width};
use super::graph::Graph;
use super::measure::{Direction, HEADER, Point, Rect};
use super::place::Placed;
use super::slots::at;

/// Free space between a lane and a node.
const CLEAR: i32 = 9;
/// Between two lanes.
const APART: i32 = 9;
/// How far a flow goes out of its way to share a lane with another from the same node.
const DETOUR: u32 = 60;
/// Between two flows on one side of a node.
const PORTS: i32 = 15;

/// A flow as drawn: smooth from point to point, straight past nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) legs: Vec<Leg>,
    /// The middle of its label, where there is room for one.
    pub(crate) label: Option<Point>,
}

/// One part of a flow, in page coordinates: two ends and two control points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) from: Point,
    pub(crate) out: Point,
    pub(crate) back: Point,
    pub(crate) to: Point,
    /// Whether it passes a column, rather than running between two.
    pub(crate) lane: bool,
}

impl Leg {
    /// The point at so many eighths of the way.
    pub(crate) fn point(self, eighths: i32) -> Point {
        let (t, u) = (eighths, 8 - eighths);
        let mix = |a: i32, b: i32, c: i32, d: i32| {
            (u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d) / 512
        };
        Point {
            x: mix(self.from.x, self.out.x, self.back.x, self.to.x),
            y: mix(self.from.y, self.out.y, self.back.y, self.to.y),
        }
    }
}

pub(crate) fn route(graph: &Graph, columns: &Columns, placed: &Placed, direction: Direction) -> Vec<Route> {
    let mut lanes = Lanes::new(columns, placed, direction);
    let mut routes: Vec<(usize, Route)> = Vec::new();
    let mut order: Vec<usize> = (0..graph.edges.len()).collect();
    let span = |edge: usize| {
        graph.edges.get(edge).map_or(0, |edge| columns.of(edge.from).abs_diff(columns.of(edge.to)))
    };
    // Short flows first: they need no lanes, and long ones go around.
    order.sort_by_key(|&edge| (span(edge), edge));
    for edge in order {
        let ends = ends(edge, graph, columns, placed);
        let sender = graph.edges.get(edge).map_or(0, |edge| edge.from);
        let legs = legs(ends, sender, columns, &mut lanes, direction);
        routes.push((edge, Route { legs, label: None }));
    }
    routes.sort_by_key(|(edge, _)| *edge);
    let mut routes: Vec<Route> = routes.into_iter().map(|(_, route)| route).collect();
    label(graph, placed, direction, &mut routes);
    routes
}

/// Where a flow starts and ends, and the columns it does so in.
#[derive(Clone, Copy)]
struct Ends {
    from: (i32, i32),
    to: (i32, i32),
    columns: (usize, usize),
}

fn ends(edge: usize, graph: &Graph, columns: &Columns, placed: &Placed) -> Ends {
    let (from, to) = graph.edges.get(edge).map_or((0, 0), |edge| (edge.from, edge.to));
    let end = |node: usize, other: usize| {
        let late = columns.of(other) >= columns.of(node);
        let span = at(&placed.nodes, node);
        let along = if late { span.along + span.length } else { span.along };
        (along, span.middle() + port(edge, node, late, graph, columns, placed))
    };
    Ends { from: end(from, to), to: end(to, from), columns: (columns.of(from), columns.of(to)) }
}

/// How far from the middle of a node's side a flow touches it: flows share a side in the order of their other ends.
fn port(edge: usize, node: usize, late: bool, graph: &Graph, columns: &Columns, placed: &Placed) -> i32 {
    let mut touching: Vec<(i32, usize)> = graph
        .edges
        .iter()
        .enumerate()
        .filter_map(|(index, that)| {
            let other = match (that.from == node, that.to == node) {
                (true, _) => that.to,
                (_, true) => that.from,
                _ => return None,
            };
            ((columns.of(other) >= columns.of(node)) == late)
                .then(|| (at(&placed.nodes, other).middle(), index))
        })
        .collect();
    touching.sort_unstable();
    let count = i32::try_from(touching.len()).unwrap_or(1).max(1);
    let place = touching.iter().position(|&(_, index)| index == edge).unwrap_or(0);
    let place = i32::try_from(place).unwrap_or(0);
    let room = at(&placed.nodes, node).breadth - 18;
    let step = PORTS.min(room / count.max(1));
    place * step - (count - 1) * step / 2
}

fn legs(ends: Ends, sender: usize, columns: &Columns, lanes: &mut Lanes, direction: Direction) -> Vec<Leg> {
    let (first, last) = ends.columns;
    let between: Vec<usize> =
        if first < last { (first + 1..last).collect() } else { (last + 1..first).rev().collect() };
    let mut legs = Vec::new();
    let mut here = ends.from;
    let mut left = i32::try_from(between.len()).unwrap_or(0) + 1;
    for column in between {
        let wanted = here.1 + (ends.to.1 - here.1) / left;
        let lane = lanes.take(column, wanted, sender);
        let (enter, leave) = if first < last {
            (columns.start(column), columns.end(column))
        } else {
            (columns.end(column), columns.start(column))
        };
        legs.push(curve(here, (enter, lane), false, direction));
        legs.push(curve((enter, lane), (leave, lane), true, direction));
        here = (leave, lane);
        left -= 1;
    }
    legs.push(curve(here, ends.to, false, direction));
    legs
}

fn curve(from: (i32, i32), to: (i32, i32), lane: bool, direction: Direction) -> Leg {
    // Two ends on the same side: bulge out and come back.
    let (out, back) =
        if from.0 == to.0 { (from.0 + 44, to.0 + 44) } else { ((from.0 + to.0) / 2, (from.0 + to.0) / 2) };
    Leg {
        from: direction.point(from.0, from.1),
        out: direction.point(out, from.1),
        back: direction.point(back, to.1),
        to: direction.point(to.0, to.1),
        lane,
    }
}

/// What is taken in each column: nodes and names of boundaries, and lanes already given away.
struct Lanes {
    taken: Vec<Vec<(i32, i32)>>,
    /// Lanes given away: column, lane, and the node that sends on it.
    shared: Vec<(usize, i32, usize)>,
}

impl Lanes {
    fn new(columns: &Columns, placed: &Placed, direction: Direction) -> Self {
        let mut taken = vec![Vec::new(); columns.count()];
        for (node, span) in placed.nodes.iter().enumerate() {
            if let Some(list) = taken.get_mut(columns.of(node)) {
                list.push((span.across - CLEAR, span.across + span.breadth + CLEAR));
            }
        }
        if direction == Direction::Right {
            for (group, span) in placed.groups.iter().enumerate() {
                if let Some(list) = taken.get_mut(columns.range(group).0) {
                    list.push((span.across - 4, span.across + HEADER - 6));
                }
            }
        }
        Self { taken, shared: Vec::new() }
    }

    /// A lane that the sender already has near the one wanted, or else the nearest free one.
    fn take(&mut self, column: usize, wanted: i32, sender: usize) -> i32 {
        let own =
            self.shared.iter().filter(|&&(at, _, by)| at == column && by == sender).map(|&(_, lane, _)| lane);
        if let Some(lane) =
            own.filter(|lane| lane.abs_diff(wanted) <= DETOUR).min_by_key(|lane| lane.abs_diff(wanted))
        {
            return lane;
        }
        let Some(taken) = self.taken.get_mut(column) else { return wanted };
        let free = |lane: &i32| taken.iter().all(|&(from, to)| *lane <= from || *lane >= to);
        let edges = taken.iter().flat_map(|&(from, to)| [from, to]);
        let lane = edges
            .chain([wanted])
            .filter(|lane| *lane > 0)
            .filter(free)
            .min_by_key(|lane| (lane.abs_diff(wanted), *lane))
            .unwrap_or(wanted);
        taken.push((lane - APART, lane + APART));
        self.shared.push((column, lane, sender));
        lane
    }
}

/// Puts each label on its flow where it hides nothing. One that has no such place is left to the tooltip.
fn label(graph: &Graph, placed: &Placed, direction: Direction, routes: &mut [Route]) {
    let mut taken: Vec<Rect> = placed.nodes.iter().map(|&span| direction.rect(span)).collect();
    taken.extend(placed.groups.iter().zip(&graph.groups).map(|(&span, group)| {
        let rect = direction.rect(span);
        Rect { h: HEADER - 8, w: rect.w.min(label_width(&group.name) + 110), ..rect }
    }));
    for (route, edge) in routes.iter_mut().zip(&graph.edges) {
        if edge.label.is_empty() {
            continue;
        }
        let w = label_width(&edge.label);
        let around = |middle: Point| Rect { x: middle.x - w / 2, y: middle.y - 8, w, h: 16 };
        let places = [4, 3, 5, 2, 6]
            .into_iter()
            .flat_map(|eighths| route.legs.iter().filter(|leg| !leg.lane).map(move |leg| leg.point(eighths)));
        let place = places.into_iter().find(|&point| !taken.iter().any(|rect| rect.overlaps(around(point))));
        if let Some(point) = place {
            taken.push(around(point));
        }
        route.label = place;
    }
}
