//! Where the columns lie along the flows: wide enough apart for the boundaries that begin and end between them and for
//! the labels of the flows that pass.

use super::graph::Graph;
use super::label::width;
use super::measure::{Direction, MARGIN, Measures};
use super::rank;
use super::slots::{at, put};

/// The most room a label gets between two columns.
const WIDEST_GAP: i32 = 132;

/// The columns of a drawing, and the extent of its boundaries along the flows.
#[derive(Debug)]
pub(crate) struct Columns {
    of: Vec<usize>,
    starts: Vec<i32>,
    ranges: Vec<(usize, usize)>,
    /// Padding before the first and after the last column of each boundary, inner boundaries included.
    pads: Vec<(i32, i32)>,
    length: i32,
}

impl Columns {
    pub(crate) fn of_graph(graph: &Graph, direction: Direction) -> Self {
        let measures = direction.measures();
        let of = rank::columns(graph);
        let count = of.iter().max().map_or(0, |last| last + 1);
        let ranges = ranges(graph, &of);
        let pads = pads(graph, &ranges, measures);
        let pad = |column: usize, end: bool| {
            let all = ranges.iter().zip(&pads);
            let here = all.filter(|(range, _)| column == if end { range.1 } else { range.0 });
            here.map(|(_, pad)| if end { pad.1 } else { pad.0 }).max().unwrap_or(0)
        };
        let mut starts = Vec::new();
        let mut next = MARGIN;
        for column in 0..count {
            next += pad(column, false);
            starts.push(next);
            next += measures.length + pad(column, true) + gap(graph, &of, column, direction);
        }
        Self { of, starts, ranges, pads, length: measures.length }
    }

    pub(crate) fn count(&self) -> usize {
        self.starts.len()
    }

    /// The column of a node.
    pub(crate) fn of(&self, node: usize) -> usize {
        at(&self.of, node)
    }

    /// The first and last column of a boundary.
    pub(crate) fn range(&self, group: usize) -> (usize, usize) {
        at(&self.ranges, group)
    }

    /// Where a column starts.
    pub(crate) fn start(&self, column: usize) -> i32 {
        at(&self.starts, column)
    }

    /// Where a column ends.
    pub(crate) fn end(&self, column: usize) -> i32 {
        self.start(column) + self.length
    }

    /// Start and length of a boundary.
    pub(crate) fn box_of(&self, group: usize) -> (i32, i32) {
        let (first, last) = self.range(group);
        let (lead, trail) = at(&self.pads, group);
        let start = self.start(first) - lead;
        (start, self.end(last) + trail - start)
    }
}

fn ranges(graph: &Graph, of: &[usize]) -> Vec<(usize, usize)> {
    let mut ranges = vec![None; graph.groups.len()];
    for (node, that) in graph.nodes.iter().enumerate() {
        let column = at(of, node);
        let mut home = that.group;
        while let Some(group) = home {
            let (first, last) = at(&ranges, group).unwrap_or((column, column));
            put(&mut ranges, group, Some((column.min(first), column.max(last))));
            home = graph.groups.get(group).and_then(|group| group.parent);
        }
    }
    ranges.into_iter().map(Option::unwrap_or_default).collect()
}

/// Inner boundaries come after outer ones, so from the last to the first every inner padding is known.
fn pads(graph: &Graph, ranges: &[(usize, usize)], measures: Measures) -> Vec<(i32, i32)> {
    let mut pads = vec![(0, 0); graph.groups.len()];
    for (group, that) in graph.groups.iter().enumerate().rev() {
        let (lead, trail) = at(&pads, group);
        let own = (lead + measures.lead, trail + measures.trail);
        put(&mut pads, group, own);
        if let Some(parent) = that.parent {
            let (here, around) = (at(ranges, group), at(ranges, parent));
            let (lead, trail) = at(&pads, parent);
            let lead = if here.0 == around.0 { lead.max(own.0) } else { lead };
            let trail = if here.1 == around.1 { trail.max(own.1) } else { trail };
            put(&mut pads, parent, (lead, trail));
        }
    }
    pads
}

/// The room after a column: flows that run to the right write their labels into it.
fn gap(graph: &Graph, of: &[usize], column: usize, direction: Direction) -> i32 {
    let measures = direction.measures();
    if direction == Direction::Down {
        return measures.gap;
    }
    let labels = graph.edges.iter().filter(|edge| {
        let (from, to) = (at(of, edge.from), at(of, edge.to));
        from.min(to) == column && from != to
    });
    let widest = labels.map(|edge| label_width(&edge.label) + 24).max().unwrap_or(0);
    widest.clamp(measures.gap, WIDEST_GAP)
}

/// About how wide a label is drawn.
pub(crate) fn label_width(label: &str) -> i32 {
    i32::try_from(width(label)).unwrap_or(0) * 6 + 10
}
