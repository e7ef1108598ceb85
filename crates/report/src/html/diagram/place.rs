//! Where everything stands across the flows. Each boundary packs its own nodes and inner boundaries, so nothing overlaps
//! and everything lies inside its boundary whatever the flows; only the order within a boundary is searched for.

use std::collections::BTreeMap;

use super::columns::Columns;
use super::graph::Graph;
use super::measure::{MARGIN, Measures, Span};
use super::slots::{at, put};

/// Rounds of ordering by neighbours; more no longer change drawings of a readable size.
const ROUNDS: usize = 12;
/// How much length one crossing is worth avoiding.
const CROSSING: i64 = 90;

/// Something a boundary packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Node(usize),
    Group(usize),
}

/// Where every node and boundary stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Placed {
    pub(crate) nodes: Vec<Span>,
    pub(crate) groups: Vec<Span>,
}

pub(crate) fn place(graph: &Graph, columns: &Columns, measures: Measures) -> Placed {
    let mut packer = Packer::new(graph, columns, measures);
    let mut best: Option<(i64, Placed)> = None;
    for _ in 0..ROUNDS {
        packer.pack(None);
        packer.relax();
        let placed = packer.placed();
        let cost = cost(graph, &placed);
        packer.reorder(&placed);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, placed));
        }
    }
    best.map(|(_, placed)| placed).unwrap_or_default()
}

struct Packer<'g> {
    graph: &'g Graph,
    columns: &'g Columns,
    measures: Measures,
    /// What each boundary packs, in order.
    items: BTreeMap<Option<usize>, Vec<Item>>,
    /// Positions across, from the inside of the surrounding boundary.
    nodes: Vec<i32>,
    groups: Vec<i32>,
    /// How broad each boundary is.
    breadths: Vec<i32>,
}

impl<'g> Packer<'g> {
    fn new(graph: &'g Graph, columns: &'g Columns, measures: Measures) -> Self {
        let mut items: BTreeMap<Option<usize>, Vec<Item>> = BTreeMap::new();
        for (index, node) in graph.nodes.iter().enumerate() {
            items.entry(node.group).or_default().push(Item::Node(index));
        }
        for (index, group) in graph.groups.iter().enumerate() {
            items.entry(group.parent).or_default().push(Item::Group(index));
        }
        Self {
            graph,
            columns,
            measures,
            items,
            nodes: vec![0; graph.nodes.len()],
            groups: vec![0; graph.groups.len()],
            breadths: vec![0; graph.groups.len()],
        }
    }

    fn inside(&self, home: Option<usize>) -> Vec<Item> {
        self.items.get(&home).cloned().unwrap_or_default()
    }

    /// First and last column of an item.
    fn range(&self, item: Item) -> (usize, usize) {
        match item {
            Item::Node(node) => (self.columns.of(node), self.columns.of(node)),
            Item::Group(group) => self.columns.range(group),
        }
    }

    fn meet(&self, a: Item, b: Item) -> bool {
        let (a, b) = (self.range(a), self.range(b));
        a.0 <= b.1 && b.0 <= a.1
    }

    fn breadth(&self, item: Item) -> i32 {
        match item {
            Item::Node(_) => self.measures.breadth,
            Item::Group(group) => at(&self.breadths, group),
        }
    }

    fn offset(&self, item: Item) -> i32 {
        match item {
            Item::Node(node) => at(&self.nodes, node),
            Item::Group(group) => at(&self.groups, group),
        }
    }

    fn set(&mut self, item: Item, offset: i32) {
        match item {
            Item::Node(node) => put(&mut self.nodes, node, offset),
            Item::Group(group) => put(&mut self.groups, group, offset),
        }
    }

    /// Stacks the items of a boundary in their order, each as near the start as its columns allow.
    fn pack(&mut self, home: Option<usize>) -> i32 {
        let mut free = vec![0; self.columns.count()];
        let mut end = 0;
        for item in self.inside(home) {
            if let Item::Group(group) = item {
                let inner = self.pack(Some(group));
                put(&mut self.breadths, group, self.measures.head + inner + self.measures.foot);
            }
            let (first, last) = self.range(item);
            let offset = (first..=last).map(|column| at(&free, column)).max().unwrap_or(0);
            self.set(item, offset);
            let next = offset + self.breadth(item) + self.measures.between;
            for column in first..=last {
                put(&mut free, column, next);
            }
            end = end.max(next - self.measures.between);
        }
        end
    }

    /// Moves items towards what they are connected to, within the room their boundary has.
    fn relax(&mut self) {
        let homes: Vec<Option<usize>> = self.items.keys().copied().collect();
        for round in 0..8 {
            for &home in &homes {
                let mut order: Vec<usize> = (0..self.inside(home).len()).collect();
                if round % 2 == 1 {
                    order.reverse();
                }
                // Each item moves once, so what was true before the sweep is near enough during it.
                let placed = self.placed();
                let items = self.inside(home);
                for position in order {
                    self.nudge(&items, position, &placed);
                }
            }
        }
    }

    fn nudge(&mut self, items: &[Item], position: usize, placed: &Placed) {
        let Some(&item) = items.get(position) else { return };
        let room = items.iter().map(|&item| self.offset(item) + self.breadth(item)).max().unwrap_or(0);
        let mut least = 0;
        let mut most = room - self.breadth(item);
        for (other, &that) in
            items.iter().enumerate().filter(|&(_, &that)| that != item && self.meet(item, that))
        {
            if other < position {
                least = least.max(self.offset(that) + self.breadth(that) + self.measures.between);
            } else {
                most = most.min(self.offset(that) - self.measures.between - self.breadth(item));
            }
        }
        if let Some(pull) = self.pull(item, placed) {
            let wanted = self.offset(item) + pull;
            self.set(item, wanted.min(most).max(least));
        }
    }

    /// How far an item's connections would have it move, on average.
    fn pull(&self, item: Item, placed: &Placed) -> Option<i32> {
        let middle = |node: usize| at(&placed.nodes, node).middle();
        let pulls: Vec<i32> = self
            .graph
            .edges
            .iter()
            .filter_map(|edge| match (self.within(edge.from, item), self.within(edge.to, item)) {
                (true, false) => Some(middle(edge.to) - middle(edge.from)),
                (false, true) => Some(middle(edge.from) - middle(edge.to)),
                _ => None,
            })
            .collect();
        let count = i32::try_from(pulls.len()).unwrap_or(i32::MAX);
        (count > 0).then(|| pulls.iter().sum::<i32>() / count)
    }

    fn within(&self, node: usize, item: Item) -> bool {
        match item {
            Item::Node(this) => this == node,
            Item::Group(group) => {
                let mut home = self.graph.nodes.get(node).and_then(|node| node.group);
                while let Some(here) = home {
                    if here == group {
                        return true;
                    }
                    home = self.graph.groups.get(here).and_then(|group| group.parent);
                }
                false
            }
        }
    }

    /// Sorts the items of every boundary by where their connections are.
    fn reorder(&mut self, placed: &Placed) {
        let homes: Vec<Option<usize>> = self.items.keys().copied().collect();
        for home in homes {
            let mut items = self.inside(home);
            items.sort_by_cached_key(|&item| {
                let middle = match item {
                    Item::Node(node) => at(&placed.nodes, node).middle(),
                    Item::Group(group) => at(&placed.groups, group).middle(),
                };
                middle + self.pull(item, placed).unwrap_or(0)
            });
            self.items.insert(home, items);
        }
    }

    /// Where everything stands on the whole drawing.
    fn placed(&self) -> Placed {
        let mut placed = Placed { nodes: Vec::new(), groups: Vec::new() };
        for (group, that) in self.graph.groups.iter().enumerate() {
            // A parent is always an earlier group, so it is already placed.
            let across = self.start(that.parent, &placed) + at(&self.groups, group);
            let (along, length) = self.columns.box_of(group);
            placed.groups.push(Span { along, across, length, breadth: at(&self.breadths, group) });
        }
        for (node, that) in self.graph.nodes.iter().enumerate() {
            let across = self.start(that.group, &placed) + at(&self.nodes, node);
            let along = self.columns.start(self.columns.of(node));
            placed.nodes.push(Span {
                along,
                across,
                length: self.measures.length,
                breadth: self.measures.breadth,
            });
        }
        placed
    }

    fn start(&self, home: Option<usize>, placed: &Placed) -> i32 {
        home.map_or(MARGIN, |group| at(&placed.groups, group).across + self.measures.head)
    }
}

/// How bad a drawing is: lengths across, and crossings of flows drawn as straight lines.
fn cost(graph: &Graph, placed: &Placed) -> i64 {
    let lines: Vec<[(i64, i64); 2]> = graph
        .edges
        .iter()
        .map(|edge| {
            [edge.from, edge.to].map(|node| {
                let span = at(&placed.nodes, node);
                (i64::from(span.along), i64::from(span.middle()))
            })
        })
        .collect();
    let length: i64 = lines.iter().map(|[a, b]| (a.1 - b.1).abs()).sum();
    let mut crossings = 0;
    for (index, a) in lines.iter().enumerate() {
        crossings += lines.iter().skip(index + 1).filter(|b| cross(a, b)).count();
    }
    length + CROSSING * i64::try_from(crossings).unwrap_or(i64::MAX / CROSSING / 2)
}

fn cross([a, b]: &[(i64, i64); 2], [c, d]: &[(i64, i64); 2]) -> bool {
    let side = |p: &(i64, i64), q: &(i64, i64), r: &(i64, i64)| {
        ((q.0 - p.0) * (r.1 - p.1) - (q.1 - p.1) * (r.0 - p.0)).signum()
    };
    side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0
}
