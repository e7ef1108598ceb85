//! What every format of tensors needs: shapes as text and as counts, and where tensors lie in a file. It never reads
//! their numbers.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::ops::Range;

use crate::input::Input;
use crate::scan::Scan;

/// How much is looked at to tell padding from content.
const MOST_PADDING: u64 = 16 * 1024 * 1024;
const PIECE: u64 = 256 * 1024;
/// From how many bytes on numbers are told as such.
const LONG: u64 = 4096;

/// A data type and a shape, the way a fact says it: `F32 [2, 3]`.
pub(crate) fn shaped(dtype: &str, shape: &[u64]) -> String {
    let sizes: Vec<String> = shape.iter().map(u64::to_string).collect();
    format!("{dtype} [{}]", sizes.join(", "))
}

/// How many numbers a shape holds; none if no 64-bit number says it. A size of zero hides no overflow of the others.
pub(crate) fn count(shape: &[u64]) -> Option<u64> {
    let all = shape.iter().filter(|size| **size != 0).try_fold(1_u64, |all, size| all.checked_mul(*size))?;
    Some(if shape.contains(&0) { 0 } else { all })
}

/// Where one tensor lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Its first byte.
    pub(crate) start: u64,
    /// Behind its last byte.
    pub(crate) end: u64,
    /// Where the file says so.
    pub(crate) said: u64,
}

/// Where tensors lie.
#[derive(Debug, Default)]
pub(crate) struct Places(Vec<Place>);

impl Places {
    pub(crate) fn add(&mut self, place: Place) {
        if place.start < place.end {
            self.0.push(place);
        }
    }

    /// Those that share bytes, as pairs of the one that reaches there and the one that begins there.
    pub(crate) fn overlaps(&mut self, most: usize) -> Vec<(Place, Place)> {
        self.0.sort();
        let mut pairs = Vec::new();
        let mut last: Option<&Place> = None;
        for place in &self.0 {
            if let Some(before) = last.filter(|before| place.start < before.end)
                && pairs.len() < most
            {
                pairs.push((before.clone(), place.clone()));
            }
            if last.is_none_or(|before| place.end > before.end) {
                last = Some(place);
            }
        }
        pairs
    }

    /// The stretches of a range in which no tensor lies.
    pub(crate) fn holes(&mut self, within: Range<u64>) -> Vec<Range<u64>> {
        self.0.sort();
        let mut holes = Vec::new();
        let mut at = within.start;
        for place in &self.0 {
            if place.start > at {
                holes.push(at..place.start.min(within.end));
            }
            at = at.max(place.end);
        }
        if at < within.end {
            holes.push(at..within.end);
        }
        holes.retain(|hole| hole.start < hole.end);
        holes
    }

    /// Those that reach beyond an end.
    pub(crate) fn beyond(&self, end: u64) -> impl Iterator<Item = &Place> {
        self.0.iter().filter(move |place| place.end > end)
    }

    /// Every stretch with tensors.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Range<u64>> {
        self.0.iter().map(|place| place.start..place.end)
    }
}

/// Names by their hashes: a hundred thousand of them cost a megabyte.
#[derive(Debug, Default)]
pub(crate) struct Names(HashSet<u64>);

impl Names {
    /// Whether a name is new.
    pub(crate) fn add(&mut self, name: &[u8]) -> bool {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        self.0.insert(hasher.finish())
    }
}

/// Tells bytes that are nothing but numbers. Short ones are told as understood only: a file may have millions of them.
pub(crate) fn tell_numbers(span: Range<u64>, scan: &mut Scan) {
    if span.end.saturating_sub(span.start) >= LONG {
        scan.numbers(span);
    } else {
        scan.understood(span);
    }
}

/// Whether nothing but zeros is there. What is too long to look at is not.
pub(crate) fn is_padding(input: &Input, hole: &Range<u64>) -> io::Result<bool> {
    if hole.end.saturating_sub(hole.start) > MOST_PADDING {
        return Ok(false);
    }
    let mut at = hole.start;
    while at < hole.end {
        let piece = input.bytes(at, (hole.end - at).min(PIECE))?;
        if piece.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at += piece.len() as u64;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(start: u64, end: u64) -> Place {
        Place { start, end, said: start }
    }

    #[test]
    fn overlaps_and_holes_are_found_in_any_order() {
        let mut places = Places::default();
        for (start, end) in [(8, 12), (0, 4), (2, 3), (20, 24), (6, 6)] {
            places.add(place(start, end));
        }
        assert_eq!(places.overlaps(9), [(place(0, 4), place(2, 3))]);
        assert_eq!(places.holes(0..30), [4..8, 12..20, 24..30]);
        assert_eq!(places.holes(0..6).first(), Some(&(4..6)));
    }

    #[test]
    fn a_zero_hides_no_overflow() {
        assert_eq!(count(&[]), Some(1));
        assert_eq!(count(&[2, 3]), Some(6));
        assert_eq!(count(&[0, 5]), Some(0));
        assert_eq!(count(&[u64::MAX, 0, 2]), None);
    }
}
