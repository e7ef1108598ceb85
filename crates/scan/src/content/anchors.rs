//! Finds any of a few hundred words in bytes, whatever their case. Every second place is looked up by the three letters
//! that stand there, so most bytes cost less than a nanosecond.

/// The bits of a hash of three letters.
const BITS: u32 = 17;
const SIZE: usize = 1 << BITS;
/// Entries are looked up by the first bits of their hash.
const BUCKET_BITS: u32 = 12;
const BUCKETS: usize = 1 << BUCKET_BITS;
/// Makes letters small; it also joins some marks, which only costs a second look.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// A word at one of the two places at which it can be met.
struct Entry {
    hash: u32,
    word: u16,
    shift: u8,
}

/// The words.
pub(super) struct Anchors {
    words: Vec<Vec<u8>>,
    bits: Box<[u64; SIZE / 64]>,
    heads: Vec<u16>,
    entries: Vec<Entry>,
}

impl Anchors {
    /// Words of three bytes or more.
    pub(super) fn new<'w>(words: impl Iterator<Item = &'w [u8]>) -> Self {
        let words: Vec<Vec<u8>> =
            words.map(|word| word.iter().map(|byte| byte | 0x20).collect::<Vec<u8>>()).collect();
        let mut entries = Vec::new();
        for (index, word) in words.iter().enumerate() {
            let index = u16::try_from(index).unwrap_or(u16::MAX);
            let mut add = |letters: [u8; 3], shift: u8| {
                entries.push(Entry { hash: hash(gram(letters)), word: index, shift });
            };
            let rarest = rarest(word);
            match *word.get(rarest..).unwrap_or_default() {
                [a, b, c, d, ..] => {
                    let shift = u8::try_from(rarest).unwrap_or(0);
                    add([a, b, c], shift);
                    add([b, c, d], shift + 1);
                }
                [a, b, c] => {
                    add([a, b, c], 0);
                    // What follows a short word may be anything.
                    for next in (0..=u8::MAX).filter(|next| next & 0x20 != 0) {
                        add([b, c, next], 1);
                    }
                }
                _ => {}
            }
        }
        entries.sort_by_key(|entry| (entry.hash, entry.word, entry.shift));
        let mut bits = Box::new([0_u64; SIZE / 64]);
        let mut heads = vec![u16::MAX; BUCKETS];
        for (at, entry) in entries.iter().enumerate().rev() {
            let hash = usize::try_from(entry.hash).unwrap_or(0);
            if let Some(word) = bits.get_mut(hash / 64) {
                *word |= 1 << (hash % 64);
            }
            if let Some(head) = heads.get_mut(bucket(entry.hash)) {
                *head = u16::try_from(at).unwrap_or(u16::MAX);
            }
        }
        Self { words, bits, heads, entries }
    }

    /// Shows every word that is met at a place within a range: where it begins, and which it is.
    pub(super) fn each(
        &self,
        bytes: &[u8],
        within: std::ops::Range<usize>,
        mut met: impl FnMut(usize, usize),
    ) {
        let mut at = within.start;
        while at < within.end {
            let Some(eight) = bytes.get(at..at + 8).and_then(|eight| <[u8; 8]>::try_from(eight).ok()) else {
                break;
            };
            let letters = u64::from_le_bytes(eight) | FOLD;
            let first = hash(letters & 0xff_ffff);
            let second = hash((letters >> 16) & 0xff_ffff);
            let third = hash((letters >> 32) & 0xff_ffff);
            if self.bit(first) | self.bit(second) | self.bit(third) != 0 {
                for (step, hash) in [(0, first), (2, second), (4, third)] {
                    if self.bit(hash) != 0 && at + step < within.end {
                        self.check(bytes, at + step, hash, &mut met);
                    }
                }
            }
            at += 6;
        }
        while at < within.end {
            if let Some(three) = bytes.get(at..at + 3).and_then(|three| <[u8; 3]>::try_from(three).ok()) {
                self.check(bytes, at, hash(gram(three)), &mut met);
            }
            at += 2;
        }
    }

    #[inline]
    fn bit(&self, hash: u32) -> u64 {
        let word = self.bits.get((hash / 64) as usize).copied().unwrap_or(0);
        (word >> (hash % 64)) & 1
    }

    /// Which words the letters at a place are really part of.
    #[inline(never)]
    fn check(&self, bytes: &[u8], at: usize, hash: u32, met: &mut impl FnMut(usize, usize)) {
        let head = self.heads.get(bucket(hash)).copied().unwrap_or(u16::MAX);
        let entries = self.entries.get(usize::from(head)..).unwrap_or_default();
        for entry in
            entries.iter().skip_while(|entry| entry.hash < hash).take_while(|entry| entry.hash == hash)
        {
            let Some(start) = at.checked_sub(usize::from(entry.shift)) else { continue };
            let Some(word) = self.words.get(usize::from(entry.word)) else { continue };
            let there = bytes.get(start..start + word.len()).unwrap_or_default();
            if there.len() == word.len()
                && there.iter().zip(word).all(|(there, wanted)| there | 0x20 == *wanted)
            {
                met(start, usize::from(entry.word));
            }
        }
    }
}

fn bucket(hash: u32) -> usize {
    (hash >> (BITS - BUCKET_BITS)) as usize
}

/// Where in a word the four letters stand that are met least in text, whatever the word is about.
fn rarest(word: &[u8]) -> usize {
    /// Letters by how often they stand in English text, most first.
    const COMMON: &[u8] = b" etaoinsrhdlucmfywgpbvk_-./:0123456789\"'xqjz";
    let weight = |byte: &u8| {
        let place = COMMON.iter().position(|common| common == byte).unwrap_or(COMMON.len());
        u64::try_from(COMMON.len() + 1 - place).unwrap_or(1).pow(2)
    };
    let weights: Vec<u64> = word.iter().map(weight).collect();
    let ways = weights.windows(4).map(|four| match four {
        [a, b, c, d] => a * b * c + b * c * d,
        _ => u64::MAX,
    });
    // A shift is one byte, and what lies far into a word is too far from its beginning.
    let best = ways.enumerate().take(200).min_by_key(|(_, weight)| *weight);
    best.map_or(0, |(at, _)| at)
}

fn gram(letters: [u8; 3]) -> u64 {
    let [a, b, c] = letters;
    (u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]) | FOLD) & 0xff_ffff
}

#[inline]
fn hash(gram: u64) -> u32 {
    let mixed = gram.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> (64 - BITS)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORDS: [&str; 6] = ["abc", "abcd", "$5$", "password", "-----begin", "sg."];

    fn met(bytes: &[u8]) -> Vec<(usize, usize)> {
        let anchors = Anchors::new(WORDS.iter().map(|word| word.as_bytes()));
        let mut met = Vec::new();
        anchors.each(bytes, 0..bytes.len(), |at, word| met.push((at, word)));
        met.sort_unstable();
        met
    }

    proptest! {
        #[test]
        fn it_meets_what_a_plain_search_meets(text in "([abcdABCD$5]|PassWord|SG.|-----BEGIN| ){0,40}") {
            let folded: Vec<u8> = text.bytes().map(|byte| byte | 0x20).collect();
            let mut plain = Vec::new();
            for at in 0..folded.len() {
                for (word, text) in WORDS.iter().enumerate() {
                    let wanted: Vec<u8> = text.bytes().map(|byte| byte | 0x20).collect();
                    // A short word at the very end at an odd place has nothing after it; patterns need more anyway.
                    let is_last = wanted.len() == 3 && at + 3 == folded.len();
                    if folded[at..].starts_with(&wanted) && !is_last {
                        plain.push((at, word));
                    }
                }
            }
            let mut found = met(text.as_bytes());
            found.retain(|(at, word)| WORDS[*word].len() > 3 || at + 3 < text.len());
            prop_assert_eq!(found, plain);
        }
    }
}
