//! PyTorch before 0.1.10: a tar of pickles with raw numbers between them (`_legacy_load` in PyTorch's serialization.py).
//! What is no plain record there is read as the pickle that it is.

use std::io;

use super::pickle;
use super::pickle::tree::{Node, Tree};
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// How many storages or tensors there may be.
const MOST: i64 = 1_000_000;
const DEEPEST: u64 = 64;

/// Whether these are the members of such a file.
pub(crate) fn is(names: &[String]) -> bool {
    ["pickle", "storages", "tensors"].iter().all(|wanted| names.iter().any(|name| name == wanted))
}

/// Reads a member of such a file. False if it is to be read as a file of its own.
pub(crate) fn part(name: &str, input: &Input, data: u64, scan: &mut Scan) -> io::Result<bool> {
    match name {
        "storages" => Ok(storages(input, data, scan)?.is_some()),
        "tensors" => Ok(tensors(input, data, scan)?.is_some()),
        _ => Ok(false),
    }
}

/// Reads the member that holds the object; its persistent ids are numbers of tensors.
pub(crate) fn object(name: &str, input: &Input, within: std::ops::Range<u64>, scan: &mut Scan) {
    scan.member_by(name, input, within, |input, scan| {
        scan.format(Format::Pickle);
        pickle::read_with_ids(input, scan).map(|_| ())
    });
}

/// Says that unpickling such a file runs code even where only weights are asked for.
pub(crate) fn tell_harm(harmful: bool, at: u64, scan: &mut Scan) {
    if harmful {
        let title = "Old PyTorch runs what is in this archive even if it is asked for weights only";
        let (severity, confidence) = (casemate_core::Severity::High, casemate_core::Confidence::High);
        scan.find(Finding::new(Rule::TorchTarCode, severity, confidence, title, at));
    }
}

/// A record that calls nothing, and where it ends.
fn record(input: &Input, at: u64) -> Option<(Tree, u64)> {
    let tree = Tree::read(&input.rest(at)).ok()?;
    if tree.calls_anything() {
        return None;
    }
    let end = at.checked_add(tree.end)?;
    Some((tree, end))
}

fn count(input: &Input) -> Option<(i64, u64)> {
    let (tree, end) = record(input, 0)?;
    match tree.root {
        Node::Int(count @ 0..=MOST) => Some((count, end)),
        _ => None,
    }
}

/// The number of storages; for each its key, place and class, its number of items, and the items; then the views.
fn storages(input: &Input, data: u64, scan: &mut Scan) -> io::Result<Option<()>> {
    let Some((count, mut at)) = count(input) else { return Ok(None) };
    let mut numbers = Vec::new();
    for _ in 0..count {
        let Some((tree, end)) = record(input, at) else { return Ok(None) };
        let Some([_, _, class]) = tree.items(tree.root) else { return Ok(None) };
        let item = tree.global(*class).and_then(|(_, name)| pickle::storage_item(name));
        let Some(start) = end.checked_add(8).filter(|start| *start <= input.len()) else { return Ok(None) };
        let items = u64::from_le_bytes(input.array(end)?);
        let stop = item.and_then(|item| item.checked_mul(items)?.checked_add(start));
        let Some(stop) = stop.filter(|stop| *stop <= input.len()) else { return Ok(None) };
        numbers.push(start..stop);
        at = stop;
    }
    if record(input, at).is_none_or(|(_, end)| end != input.len()) {
        return Ok(None);
    }
    for span in numbers {
        scan.numbers(data + span.start..data + span.end);
    }
    scan.understood(data..data + input.len());
    Ok(Some(()))
}

/// The number of tensors; for each its key, storage and class, and its dimensions.
fn tensors(input: &Input, data: u64, scan: &mut Scan) -> io::Result<Option<()>> {
    let Some((count, mut at)) = count(input) else { return Ok(None) };
    for _ in 0..count {
        let Some((tree, end)) = record(input, at) else { return Ok(None) };
        if tree.items(tree.root).is_none_or(|items| items.len() != 3) || end + 8 > input.len() {
            return Ok(None);
        }
        let dimensions = u64::from(u32::from_le_bytes(input.array(end)?));
        if dimensions > DEEPEST {
            return Ok(None);
        }
        at = end + 8 + 16 * dimensions + 8;
    }
    if at != input.len() {
        return Ok(None);
    }
    scan.understood(data..data + input.len());
    Ok(Some(()))
}
