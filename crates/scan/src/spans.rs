//! Which stretches of a file are understood. Stretches may be told in any order and more than once.

use std::collections::BTreeMap;
use std::ops::Range;

/// A set of offsets, as the ends of stretches by their starts; no two touch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spans(BTreeMap<u64, u64>);

impl Spans {
    /// Adds a stretch.
    pub(crate) fn add(&mut self, span: Range<u64>) {
        let Range { mut start, mut end } = span;
        if start >= end {
            return;
        }
        while let Some((&from, &to)) = self.0.range(..=end).next_back() {
            if to < start {
                break;
            }
            start = start.min(from);
            end = end.max(to);
            self.0.remove(&from);
        }
        self.0.insert(start, end);
    }

    /// Every stretch, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Range<u64>> {
        self.0.iter().map(|(start, end)| *start..*end)
    }

    /// Adds every stretch of another set.
    pub(crate) fn take_all(&mut self, other: &Self) {
        for (&start, &end) in &other.0 {
            self.add(start..end);
        }
    }

    /// Whether an offset is in it.
    pub(crate) fn has(&self, at: u64) -> bool {
        self.0.range(..=at).next_back().is_some_and(|(_, end)| at < *end)
    }

    /// How many offsets there are.
    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|(start, end)| end - start).sum()
    }

    /// The stretches below an end that are not in it.
    pub(crate) fn holes(&self, end: u64) -> Vec<Range<u64>> {
        let mut holes = Vec::new();
        let mut at = 0;
        for (&from, &to) in &self.0 {
            if from > at {
                holes.push(at..from.min(end));
            }
            at = at.max(to);
        }
        if at < end {
            holes.push(at..end);
        }
        holes.retain(|hole| hole.start < hole.end);
        holes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_set(spans in prop::collection::vec((0u64..40, 0u64..40), 0..12)) {
            let mut set = Spans::default();
            let mut model = [false; 40];
            for (from, to) in spans {
                set.add(from..to);
                for at in from..to {
                    model[usize::try_from(at).unwrap()] = true;
                }
            }
            prop_assert_eq!(set.count(), model.iter().filter(|held| **held).count() as u64);
            let holes: u64 = set.holes(40).iter().map(|hole| hole.end - hole.start).sum();
            prop_assert_eq!(holes + set.count(), 40);
            for hole in set.holes(40) {
                prop_assert!(hole.into_iter().all(|at| !model[usize::try_from(at).unwrap()]));
            }
        }
    }
}
