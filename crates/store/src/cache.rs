//! What was read of one object, as stretches that do not overlap, up to a bound. It decides what to ask for next and asks
//! for nothing itself.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;

/// How much of one object is held.
const MOST_HELD: usize = 16 * 1024 * 1024;
/// What is asked for where reading jumps: the header of an archive's member, with the beginning that tells what it is.
const JUMP: u64 = 12 * 1024;
/// The most that is asked for at once, so that it comes in time on slow lines that many share, and how fast reading on in
/// one direction gets there.
const MOST_ASKED: u64 = 1024 * 1024;
const GROWTH: u64 = 4;
/// How much may be skipped by whoever reads on: a value that is not looked at.
const SKIPPED: u64 = 4 * 1024;

/// Stretches of an object by their offset.
#[derive(Debug)]
pub(crate) struct Cache {
    len: u64,
    stretches: BTreeMap<u64, Stretch>,
    held: usize,
    /// Counts what is looked at, so that what was not for the longest time goes first.
    clock: u64,
    /// The stretch that was wanted last. What came first was not: reading may jump to where it ends by chance.
    last: Range<u64>,
}

#[derive(Debug)]
struct Stretch {
    bytes: Bytes,
    used: u64,
}

impl Cache {
    /// The first bytes of an object of this length.
    pub(crate) fn new(len: u64, first: Bytes) -> Self {
        let mut cache = Self { len, stretches: BTreeMap::new(), held: 0, clock: 0, last: 0..0 };
        cache.hold(0, first);
        cache
    }

    /// What is held from an offset on.
    pub(crate) fn get(&mut self, offset: u64) -> Option<Bytes> {
        let (start, stretch) = self.stretches.range_mut(..=offset).next_back()?;
        let skip = usize::try_from(offset - start).ok()?;
        if skip >= stretch.bytes.len() {
            return None;
        }
        self.clock += 1;
        stretch.used = self.clock;
        Some(stretch.bytes.slice(skip..))
    }

    /// What to ask for where nothing is held and so much is wanted: little after a jump, more and more where reading goes
    /// on, and never what is held already.
    pub(crate) fn wanted(&self, offset: u64, count: usize) -> Range<u64> {
        let next = self.last.end..self.last.end.saturating_add(SKIPPED);
        let goes_on = !self.last.is_empty() && next.contains(&offset);
        let ahead = if goes_on { (self.last.end - self.last.start).saturating_mul(GROWTH) } else { JUMP };
        let count = ahead.max(count as u64).min(MOST_ASKED);
        let next = self.stretches.range(offset..).next().map_or(self.len, |(start, _)| *start);
        offset..offset.saturating_add(count).min(next)
    }

    /// Holds what came for a stretch that was wanted.
    pub(crate) fn put(&mut self, offset: u64, bytes: Bytes) {
        self.last = offset..offset + bytes.len() as u64;
        self.hold(offset, bytes);
    }

    fn hold(&mut self, offset: u64, bytes: Bytes) {
        self.clock += 1;
        self.held += bytes.len();
        self.stretches.insert(offset, Stretch { bytes, used: self.clock });
        while self.held > MOST_HELD {
            let oldest = self.stretches.iter().min_by_key(|(_, stretch)| stretch.used);
            let Some(start) = oldest.map(|(start, _)| *start) else { return };
            self.held -= self.stretches.remove(&start).map_or(0, |stretch| stretch.bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn large() -> Cache {
        Cache::new(1 << 40, Bytes::from_static(&[0; 1000]))
    }

    fn read(cache: &mut Cache, offset: u64, count: usize) -> Range<u64> {
        let wanted = cache.wanted(offset, count);
        let len = usize::try_from(wanted.end - wanted.start).unwrap();
        cache.put(offset, Bytes::from(vec![0; len]));
        wanted
    }

    #[test]
    fn a_jump_asks_for_little_and_reading_on_for_more() {
        let mut cache = large();
        assert_eq!(read(&mut cache, 1000, 8), 1000..1000 + JUMP);
        assert_eq!(read(&mut cache, 1 << 30, 30), 1 << 30..(1 << 30) + JUMP);
        let mut at = (1 << 30) + JUMP;
        for asked in [48, 192, 768, 1024, 1024] {
            assert_eq!(read(&mut cache, at, 30), at..at + asked * 1024);
            at += asked * 1024;
        }
        assert_eq!(read(&mut cache, at + 8, 30), at + 8..at + 8 + MOST_ASKED);
        assert_eq!(read(&mut cache, 1 << 35, 30).end, (1 << 35) + JUMP);
    }

    #[test]
    fn what_is_wanted_is_asked_for_up_to_a_bound_and_to_the_end() {
        let cache = Cache::new(10_000_000, Bytes::new());
        assert_eq!(cache.wanted(7, 100_000), 7..100_007);
        assert_eq!(cache.wanted(7, usize::MAX), 7..7 + MOST_ASKED);
        assert_eq!(cache.wanted(9_999_990, 5), 9_999_990..10_000_000);
    }

    #[test]
    fn nothing_is_held_twice() {
        let mut cache = large();
        read(&mut cache, 10_000, 1);
        assert_eq!(cache.wanted(9_000, 5_000), 9_000..10_000);
        read(&mut cache, 9_000, 5_000);
        assert_eq!(cache.get(9_999).unwrap().len(), 1);
        assert_eq!(cache.get(10_000).unwrap().len() as u64, JUMP);
        assert_eq!(cache.get(10_000 + JUMP), None);
        assert_eq!(cache.get(5_000), None);
    }

    #[test]
    fn what_was_not_looked_at_for_the_longest_time_goes_first() {
        let mut cache = large();
        let far = |number: u64| number << 30;
        for number in 1..16 {
            read(&mut cache, far(number), usize::MAX);
        }
        assert!(cache.get(0).is_some());
        read(&mut cache, far(16), usize::MAX);
        assert!(cache.get(0).is_some(), "it was looked at last");
        assert_eq!(cache.get(far(1)), None);
        assert!(cache.held <= MOST_HELD);
    }
}
