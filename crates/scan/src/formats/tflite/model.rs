//! The tables of a TensorFlow Lite model, by the numbers that their schema gives to fields. It tells what it sees and
//! leaves the layout of the file to its caller.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use casemate_core::{Confidence, Severity};

use super::ops::{self, Kind};
use crate::capability::Capability;
use crate::fact::About;
use crate::finding::Finding;
use crate::formats::flatbuffer::{Flatbuffer, Table};
use crate::formats::metadata::shortened;
use crate::formats::tensors::{count, shaped};
use crate::rule::Rule;
use crate::scan::Scan;

/// Numbers of operators that the walk has to know.
const CUSTOM: u32 = 32;
const IF: u32 = 118;
const WHILE: u32 = 119;
const CALL_ONCE: u32 = 129;

const MOST_SIZES: u64 = 64;
const MOST_ARGUMENTS: u64 = 65_536;

/// Types of tensors by their numbers, with their sizes in bits; none for what has no fixed size.
const TYPES: &[(&str, u64)] = &[
    ("FLOAT32", 32),
    ("FLOAT16", 16),
    ("INT32", 32),
    ("UINT8", 8),
    ("INT64", 64),
    ("STRING", 0),
    ("BOOL", 8),
    ("INT16", 16),
    ("COMPLEX64", 64),
    ("INT8", 8),
    ("FLOAT64", 64),
    ("COMPLEX128", 128),
    ("UINT64", 64),
    ("RESOURCE", 0),
    ("VARIANT", 0),
    ("UINT32", 32),
    ("UINT16", 16),
    ("INT4", 4),
    ("BFLOAT16", 16),
];
const TEXTS: u8 = 5;

/// A model as far as it was read.
#[derive(Default)]
pub(super) struct Model {
    operators: Vec<Operator>,
    buffers: Vec<Range<u64>>,
    /// Buffers that hold text rather than numbers.
    apart: BTreeSet<u32>,
    calls: Vec<(u32, u32)>,
}

struct Operator {
    code: u32,
}

/// Walks a model from its root.
pub(super) fn read(fb: &mut Flatbuffer, len: u64, scan: &mut Scan) {
    let Some(root) = fb.root() else { return };
    let mut model = Model::default();
    if let Some(description) = fb.text(root, 3) {
        scan.fact(About::Metadata, "description", shortened(&description, 400));
    }
    for code in fb.tables(root, 1) {
        operator_code(fb, code, &mut model, scan);
    }
    for buffer in fb.tables(root, 4) {
        let span = buffer_span(fb, buffer, len, scan);
        model.buffers.push(span);
    }
    fb.vector(root, 5, 4);
    for metadata in fb.tables(root, 6) {
        let name = fb.text(metadata, 0).unwrap_or_default();
        if let Some(buffer) = fb.u32(metadata, 1) {
            model.apart.insert(buffer);
            scan.fact(About::Metadata, name, format!("buffer {buffer}"));
        }
    }
    let subgraphs = fb.tables(root, 2);
    for (number, subgraph) in (0_u32..).zip(&subgraphs) {
        read_subgraph(fb, *subgraph, number, &mut model, scan);
    }
    signatures(fb, root);
    if let Some(circle) = circle(&model.calls) {
        let title = format!("Subgraph {circle} calls itself, by itself or through others");
        scan.find(Finding::new(Rule::TfliteRecursion, Severity::High, Confidence::High, title, 0));
    }
    for (number, span) in (0_u32..).zip(&model.buffers) {
        if !model.apart.contains(&number) {
            scan.numbers(span.clone());
        }
    }
}

fn operator_code(fb: &mut Flatbuffer, table: Table, model: &mut Model, scan: &mut Scan) {
    let old = u32::from(fb.u8(table, 0).unwrap_or(0));
    let code = fb.u32(table, 3).unwrap_or(0).max(old);
    let name = fb.text(table, 1);
    model.operators.push(Operator { code });
    let Some(name) = name.filter(|_| code == CUSTOM) else { return };
    scan.fact(About::Code, format!("operator {}", shortened(&name, 200)), "custom operator");
    let rule = Rule::TfliteFileOp;
    match ops::kind(&name) {
        Kind::Reaches(does, severity) => {
            scan.does(does);
            let title = format!("The operator `{name}` {}", does.sentence());
            scan.find(Finding::new(rule, severity, Confidence::High, title, table.at));
            scan.needs("tensorflow");
        }
        Kind::Flex => scan.needs("tensorflow"),
        Kind::Known => {}
        Kind::Unknown => {
            scan.does(Capability::Unknown);
            let title = format!("The custom operator `{name}` is not in the file");
            let rule = Rule::TfliteCustomOp;
            scan.find(Finding::new(rule, Severity::Medium, Confidence::Medium, title, table.at));
        }
    }
}

/// Where the bytes of a buffer are: in the flatbuffer, or behind it.
fn buffer_span(fb: &mut Flatbuffer, table: Table, len: u64, scan: &mut Scan) -> Range<u64> {
    let (offset, size) = (fb.u64(table, 1).unwrap_or(0), fb.u64(table, 2).unwrap_or(0));
    // Zero and one stand for a buffer that is not outside.
    if offset > 1 {
        return outside(fb, "A buffer", offset, size, len, table.at, scan);
    }
    fb.blob(table, 0).unwrap_or(0..0)
}

/// A stretch that a table names by its offset in the file.
fn outside(
    fb: &mut Flatbuffer,
    what: &str,
    offset: u64,
    size: u64,
    len: u64,
    at: u64,
    scan: &mut Scan,
) -> Range<u64> {
    if let Some(end) = offset.checked_add(size).filter(|end| *end <= len) {
        fb.mark(offset..end);
        return offset..end;
    }
    let severity = if offset.checked_add(size).is_none() { Severity::High } else { Severity::Medium };
    let title = format!("{what} of {size} bytes at offset {offset} lies beyond the file of {len} bytes");
    scan.find(Finding::new(Rule::TfliteBuffer, severity, Confidence::High, title, at));
    scan.gap("the data of a buffer is not all there");
    0..0
}

fn read_subgraph(fb: &mut Flatbuffer, graph: Table, number: u32, model: &mut Model, scan: &mut Scan) {
    let tensors = fb.tables(graph, 0);
    for tensor in &tensors {
        read_tensor(fb, *tensor, model, scan);
    }
    let tensors = tensors.len();
    for field in [1, 2] {
        check_arguments(fb, graph, field, tensors);
    }
    fb.text(graph, 4);
    for operator in fb.tables(graph, 3) {
        read_operator(fb, operator, (number, tensors), model, scan);
    }
}

/// Whether what an operator takes or gives are tensors of its subgraph; minus one stands for none.
fn check_arguments(fb: &mut Flatbuffer, table: Table, field: u64, tensors: usize) {
    let numbers = fb.numbers(table, field, MOST_ARGUMENTS);
    let wrong = numbers.into_iter().find(|number| *number != u32::MAX && *number as usize >= tensors);
    if let Some(wrong) = wrong {
        let at = table.at;
        let _: Option<()> = fb.wrong(at, format!("The tensor {wrong} is used, of {tensors} there are"));
    }
}

fn read_tensor(fb: &mut Flatbuffer, table: Table, model: &mut Model, scan: &mut Scan) {
    let shape: Vec<u64> = fb.numbers(table, 0, MOST_SIZES).into_iter().map(u64::from).collect();
    let kind = fb.u8(table, 1).unwrap_or(0);
    let buffer = fb.u32(table, 2).unwrap_or(0);
    let name = fb.text(table, 3).unwrap_or_default();
    let (dtype, bits) = TYPES.get(usize::from(kind)).copied().unwrap_or(("unknown", 0));
    scan.fact(About::Tensor, shortened(&name, 200), shaped(dtype, &shape));
    quantisation(fb, table);
    let sparse = sparsity(fb, table);
    fb.vector(table, 7, 4);
    fb.tables(table, 9);
    if kind == TEXTS {
        model.apart.insert(buffer);
    }
    let Some(span) = model.buffers.get(buffer as usize) else {
        let there = model.buffers.len();
        let _: Option<()> =
            fb.wrong(table.at, format!("`{name}` is in buffer {buffer}, of {there} there are"));
        return;
    };
    let have = span.end - span.start;
    let dynamic = shape.iter().any(|size| i32::try_from(*size).is_err());
    if have == 0 || bits == 0 || sparse || dynamic {
        return;
    }
    let needed = count(&shape).and_then(|count| count.checked_mul(bits)).map(|bits| bits.div_ceil(8));
    if needed.is_none_or(|needed| needed > have) {
        let title = format!("`{name}` is {}, but its buffer has {have} bytes", shaped(dtype, &shape));
        scan.find(Finding::new(Rule::TfliteBuffer, Severity::Medium, Confidence::High, title, table.at));
    }
}

fn quantisation(fb: &mut Flatbuffer, tensor: Table) {
    let Some(table) = fb.table(tensor, 4) else { return };
    for (field, width) in [(0, 4), (1, 4), (2, 4), (3, 8)] {
        fb.vector(table, field, width);
    }
    if let Some(details) = fb.table(table, 5) {
        fb.vector(details, 0, 1);
    }
}

/// Reads how a sparse tensor is laid out; says whether it is one.
fn sparsity(fb: &mut Flatbuffer, tensor: Table) -> bool {
    let Some(table) = fb.table(tensor, 6) else { return false };
    fb.vector(table, 0, 4);
    fb.vector(table, 1, 4);
    for dimension in fb.tables(table, 2) {
        for (kind, values) in [(2, 3), (4, 5)] {
            let width = match fb.u8(dimension, kind) {
                Some(1) => 4,
                Some(2) => 2,
                _ => 1,
            };
            if let Some(vector) = fb.table(dimension, values) {
                fb.vector(vector, 0, width);
            }
        }
    }
    true
}

fn read_operator(
    fb: &mut Flatbuffer,
    table: Table,
    (graph, tensors): (u32, usize),
    model: &mut Model,
    scan: &mut Scan,
) {
    let index = fb.u32(table, 0).unwrap_or(0);
    for field in [1, 2, 8] {
        check_arguments(fb, table, field, tensors);
    }
    fb.vector(table, 5, 1);
    fb.vector(table, 7, 1);
    let options = fb.table(table, 4);
    fb.table(table, 12);
    let (offset, size) = (fb.u64(table, 9).unwrap_or(0), fb.u64(table, 10).unwrap_or(0));
    if offset > 1 {
        let len = fb.len();
        let span = outside(fb, "The options of an operator", offset, size, len, table.at, scan);
        scan.understood(span);
    }
    let Some(code) = model.operators.get(index as usize).map(|operator| operator.code) else {
        let there = model.operators.len();
        let _: Option<()> = fb.wrong(table.at, format!("The operator {index} is used, of {there} there are"));
        return;
    };
    let Some(options) = options else { return };
    let called: &[u64] = match code {
        IF | WHILE => &[0, 1],
        CALL_ONCE => &[0],
        _ => &[],
    };
    for field in called {
        let to = fb.u32(options, *field).unwrap_or(0);
        model.calls.push((graph, to));
    }
}

fn signatures(fb: &mut Flatbuffer, root: Table) {
    for signature in fb.tables(root, 7) {
        for field in [0, 1] {
            for map in fb.tables(signature, field) {
                fb.text(map, 0);
            }
        }
        fb.text(signature, 2);
    }
}

/// A subgraph from which calls lead back to it.
fn circle(calls: &[(u32, u32)]) -> Option<u32> {
    let mut callees: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (from, to) in calls {
        callees.entry(*from).or_default().push(*to);
    }
    let (mut open, mut done) = (BTreeSet::new(), BTreeSet::new());
    for start in callees.keys().copied() {
        // The path walked, with what is left to visit of each graph on it.
        let mut path = vec![(start, callees.get(&start).cloned().unwrap_or_default())];
        open.insert(start);
        while let Some((graph, left)) = path.last_mut() {
            let graph = *graph;
            match left.pop() {
                Some(next) if open.contains(&next) => return Some(next),
                Some(next) if !done.contains(&next) => {
                    open.insert(next);
                    path.push((next, callees.get(&next).cloned().unwrap_or_default()));
                }
                Some(_) => {}
                None => {
                    open.remove(&graph);
                    done.insert(graph);
                    path.pop();
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::circle;

    #[test]
    fn calls_in_circles_are_told_from_calls_in_lines() {
        assert_eq!(circle(&[(0, 1), (0, 2), (1, 2)]), None);
        assert_eq!(circle(&[(0, 1), (1, 2), (2, 1)]), Some(1));
        assert_eq!(circle(&[(0, 0)]), Some(0));
    }
}
