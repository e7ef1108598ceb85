//! Attack paths on the drawing: which parts a path touches, and where the numbers of its steps stand. Names of classes
//! are made of numbers only; a style sheet lights up what a reader chooses.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use casemate_core::{AttackPath, Step};

use super::graph::Graph;
use super::label::fit;
use super::measure::{Point, Rect};
use super::route::Route;
use super::{Diagram, NodeBox};

/// The numbers of the steps of one path.
#[derive(Debug)]
pub(crate) struct Trail {
    /// From 1, as the path is numbered on the page.
    pub(crate) number: usize,
    pub(crate) marks: Vec<Mark>,
}

/// The numbers of the steps that happen at one place.
#[derive(Debug)]
pub(crate) struct Mark {
    pub(crate) rect: Rect,
    pub(crate) text: String,
    /// Whether the goal is reached there.
    pub(crate) last: bool,
}

const MARK_HEIGHT: i32 = 18;
/// A path may come back to a place more often than there is room to say.
const MOST_LETTERS: usize = 18;

/// A part of the drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Node(usize),
    Edge(usize),
}

/// Adds paths to a drawing.
pub(super) fn add(diagram: &mut Diagram, routes: &[Route], graph: &Graph, paths: &[&AttackPath]) {
    for (number, path) in (1..).zip(paths) {
        for spot in touched(path, graph) {
            let on = match spot {
                Spot::Node(node) => diagram.nodes.get_mut(node).map(|node| &mut node.on),
                Spot::Edge(edge) => diagram.flows.get_mut(edge).map(|flow| &mut flow.on),
            };
            if let Some(on) = on {
                let _ = write!(on, " on-{number}");
            }
        }
        let marks = marks(path, diagram, routes, graph);
        diagram.trails.push(Trail { number, marks });
    }
}

/// Everything that a path has to do with.
fn touched(path: &AttackPath, graph: &Graph) -> BTreeSet<Spot> {
    let mut touched = BTreeSet::new();
    for step in &path.steps {
        touched.extend(graph.node_of.get(&step.at).copied().map(Spot::Node));
        let flows = [Some(&step.at), step.via.as_ref()].into_iter().flatten();
        for &edge in flows.filter_map(|flow| graph.edge_of.get(flow)) {
            touched.insert(Spot::Edge(edge));
            let ends = graph.edges.get(edge).map(|edge| [edge.from, edge.to]);
            touched.extend(ends.into_iter().flatten().map(Spot::Node));
        }
    }
    touched
}

/// Where a step is numbered: on the flow it takes, or where it happens. What is not drawn, such as data, stands where
/// the step before stands.
fn spot(step: &Step, before: Option<Spot>, graph: &Graph) -> Option<Spot> {
    let edge = |flow| graph.edge_of.get(flow).copied().map(Spot::Edge);
    let node = graph.node_of.get(&step.at).copied().map(Spot::Node);
    step.via.as_ref().and_then(edge).or(node).or_else(|| edge(&step.at)).or(before)
}

fn marks(path: &AttackPath, diagram: &Diagram, routes: &[Route], graph: &Graph) -> Vec<Mark> {
    let mut numbers: BTreeMap<Spot, Vec<usize>> = BTreeMap::new();
    let mut here = None;
    for (number, step) in (1..).zip(&path.steps) {
        // The goal is reached at a part, whatever flow leads there.
        let at_end = (number == path.steps.len()).then(|| graph.node_of.get(&step.at)).flatten();
        here = at_end.copied().map(Spot::Node).or_else(|| spot(step, here, graph));
        if let Some(here) = here {
            numbers.entry(here).or_default().push(number);
        }
    }
    let last = here;
    let labels = diagram.flows.iter().filter_map(|flow| flow.label.as_ref());
    let mut taken: Vec<Rect> =
        diagram.nodes.iter().map(|node| node.rect).chain(labels.map(|label| label.rect)).collect();
    let mut marks = Vec::new();
    for (spot, numbers) in numbers {
        let text = fit(&ranges(&numbers), MOST_LETTERS);
        let width = 12 + 7 * i32::try_from(text.chars().count()).unwrap_or(0);
        let rect = match spot {
            Spot::Node(node) => diagram.nodes.get(node).map(|node| on_node(node, width)),
            Spot::Edge(edge) => {
                let label =
                    diagram.flows.get(edge).and_then(|flow| flow.label.as_ref()).map(|label| label.rect);
                routes.get(edge).and_then(|route| on_route(route, label, width, &taken))
            }
        };
        if let Some(rect) = rect {
            taken.push(rect);
            marks.push(Mark { rect, text, last: Some(spot) == last });
        }
    }
    marks
}

/// On the upper edge, at the side where no number of findings stands.
fn on_node(node: &NodeBox, width: i32) -> Rect {
    let inset = if node.actor { 20 } else { 10 };
    Rect { x: node.rect.x + inset, y: node.rect.y - MARK_HEIGHT / 2, w: width, h: MARK_HEIGHT }
}

/// On the flow, where it hides nothing if there is such a place.
fn on_route(route: &Route, label: Option<Rect>, width: i32, taken: &[Rect]) -> Option<Rect> {
    let around = |middle: Point| Rect {
        x: middle.x - width / 2,
        y: middle.y - MARK_HEIGHT / 2,
        w: width,
        h: MARK_HEIGHT,
    };
    let places = [4, 3, 5, 2, 6]
        .into_iter()
        .flat_map(|eighths| route.legs.iter().map(move |leg| around(leg.point(eighths))));
    let free = places.clone().find(|rect| !taken.iter().any(|other| other.overlaps(*rect)));
    // Beside the label, where the flow is too short for both.
    let beside = label.map(|label| Rect { x: label.right() + 1, y: label.y - 1, w: width, h: MARK_HEIGHT });
    free.or(beside).or_else(|| places.clone().next())
}

/// Numbers in a row, those that follow each other as one: `2–4, 7`.
fn ranges(numbers: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, end)) if *end + 1 == number => *end = number,
            _ => ranges.push((number, number)),
        }
    }
    let words = ranges.into_iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        _ => format!("{first}–{last}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn numbers_that_follow_each_other_become_one() {
        assert_eq!(ranges(&[1]), "1");
        assert_eq!(ranges(&[2, 3, 4, 7, 9, 10]), "2–4, 7, 9–10");
        assert_eq!(ranges(&[]), "");
    }
}
