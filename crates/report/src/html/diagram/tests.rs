//! What holds of every drawing, tried on many made-up systems.

use std::sync::LazyLock;

use super::graph::Graph;
use super::measure::{Direction, Point, Rect};
use super::testing::graph;
use super::*;

/// Numbers that only look random, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }
}

fn made_up(seed: u64) -> Graph {
    let mut dice = Dice(seed);
    let count = 1 + dice.below(60);
    let boundaries = dice.below(7);
    let mut inside = vec![Vec::new(); boundaries];
    for node in 0..count {
        // Some lie in no boundary.
        let home = dice.below(boundaries + 1);
        if home < boundaries {
            inside[home].push(node);
        }
    }
    // Boundaries without content are never part of a graph.
    inside.retain(|nodes| !nodes.is_empty());
    let homes: Vec<(Option<usize>, &[usize])> = inside
        .iter()
        .enumerate()
        .map(|(index, nodes)| {
            (if index > 0 && dice.below(2) == 0 { Some(dice.below(index)) } else { None }, &nodes[..])
        })
        .collect();
    let mut edges: Vec<(usize, usize)> = (0..dice.below(2 * count))
        .map(|_| (dice.below(count), dice.below(count)))
        .filter(|(a, b)| a != b)
        .collect();
    edges.sort_unstable();
    edges.dedup();
    graph(count, &edges, &homes)
}

fn each(check: impl Fn(u64, &Graph, &Layout)) {
    // Laid out once for all tests: without optimisation it takes seconds.
    static MADE: LazyLock<Vec<(u64, Graph, [Layout; 2])>> = LazyLock::new(|| {
        let lay_out = |seed| {
            let graph = made_up(seed);
            let layouts = [Direction::Right, Direction::Down].map(|direction| Layout::of(&graph, direction));
            (seed, graph, layouts)
        };
        (0..24).map(lay_out).collect()
    });
    for (seed, graph, layouts) in &*MADE {
        layouts.iter().for_each(|layout| check(*seed, graph, layout));
    }
}

fn rects(layout: &Layout) -> (Vec<Rect>, Vec<Rect>) {
    let rect = |span: &measure::Span| layout.direction.rect(*span);
    (layout.placed.nodes.iter().map(rect).collect(), layout.placed.groups.iter().map(rect).collect())
}

#[test]
fn nodes_never_overlap() {
    each(|seed, _, layout| {
        let (nodes, _) = rects(layout);
        for (index, a) in nodes.iter().enumerate() {
            assert!(!nodes[index + 1..].iter().any(|b| a.overlaps(*b)), "seed {seed}");
        }
    });
}

#[test]
fn everything_lies_in_its_own_boundary_and_in_no_other() {
    each(|seed, graph, layout| {
        let (nodes, groups) = rects(layout);
        for (node, rect) in graph.nodes.iter().zip(&nodes) {
            let mut around = Vec::new();
            let mut home = node.group;
            while let Some(group) = home {
                around.push(group);
                home = graph.groups[group].parent;
            }
            for (group, boundary) in groups.iter().enumerate() {
                if around.contains(&group) {
                    assert!(boundary.holds(*rect), "seed {seed}");
                } else {
                    assert!(!boundary.overlaps(*rect), "seed {seed}");
                }
            }
        }
        for (group, rect) in graph.groups.iter().zip(&groups) {
            if let Some(parent) = group.parent {
                assert!(groups[parent].holds(*rect), "seed {seed}");
            }
        }
    });
}

#[test]
fn boundaries_of_one_parent_never_overlap() {
    each(|seed, graph, layout| {
        let (_, groups) = rects(layout);
        for (a, group) in graph.groups.iter().enumerate() {
            for (b, other) in graph.groups.iter().enumerate().skip(a + 1) {
                assert!(group.parent != other.parent || !groups[a].overlaps(groups[b]), "seed {seed}");
            }
        }
    });
}

#[test]
fn flows_start_and_end_on_their_nodes_and_pass_none() {
    each(|seed, graph, layout| {
        let (nodes, _) = rects(layout);
        let touches = |rect: Rect, p: Point| {
            rect.x <= p.x && p.x <= rect.right() && rect.y <= p.y && p.y <= rect.bottom()
        };
        for (edge, route) in graph.edges.iter().zip(&layout.routes) {
            let (first, last) = (route.legs[0], route.legs[route.legs.len() - 1]);
            assert!(touches(nodes[edge.from], first.from), "seed {seed}");
            assert!(touches(nodes[edge.to], last.to), "seed {seed}");
            for lane in route.legs.iter().filter(|leg| leg.lane) {
                let (a, b) = (lane.from.min(lane.to), lane.from.max(lane.to));
                let line = Rect { x: a.x, y: a.y, w: (b.x - a.x).max(1), h: (b.y - a.y).max(1) };
                assert!(!nodes.iter().any(|node| node.overlaps(line)), "seed {seed}");
            }
        }
    });
}

#[test]
fn labels_hide_neither_nodes_nor_each_other() {
    each(|seed, graph, layout| {
        let (nodes, _) = rects(layout);
        let mut labels: Vec<Rect> = Vec::new();
        for (edge, route) in graph.edges.iter().zip(&layout.routes) {
            if let Some(label) = flow(edge, route).label {
                assert!(!nodes.iter().chain(&labels).any(|rect| rect.overlaps(label.rect)), "seed {seed}");
                labels.push(label.rect);
            }
        }
    });
}

#[test]
fn everything_lies_on_the_page() {
    each(|seed, _, layout| {
        let page = Rect { x: 0, y: 0, w: layout.width, h: layout.height };
        let (nodes, groups) = rects(layout);
        assert!(nodes.iter().chain(&groups).all(|rect| page.holds(*rect)), "seed {seed}");
    });
}

#[test]
fn the_same_graph_gives_the_same_drawing() {
    for seed in 0..6 {
        let draw = || format!("{:?}", Layout::of(&made_up(seed), Direction::Right).draw(&made_up(seed)));
        assert_eq!(draw(), draw());
    }
}

#[test]
fn a_chain_is_drawn_in_a_straight_line() {
    let layout = Layout::of(&graph(4, &[(0, 1), (1, 2), (2, 3)], &[]), Direction::Right);
    let rows: Vec<i32> = layout.placed.nodes.iter().map(|span| span.across).collect();
    assert_eq!(rows, [MARGIN; 4]);
}
