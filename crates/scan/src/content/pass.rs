//! Moves a window over a stretch of bytes and collects what is met. The window and what is searched in it are bounded,
//! however dense the words stand.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;
use std::{io, iter};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::anchors::Anchors;
use super::programs::{self, MARKS, program};
use super::secrets::{KINDS, Kind};
use crate::input::Input;

/// New bytes of one window.
const STEP: usize = 512 * 1024;
/// How far a match may begin before its word, and end behind it.
const BACK: usize = 256;
const AHEAD: usize = 1_024;
/// Where words stand close together, more is searched at once.
const DENSE: usize = 8 * 1024;
/// What stays from one window to the next.
const KEPT: usize = if programs::BEFORE > BACK { programs::BEFORE } else { BACK };
/// What must follow a word before it is looked at.
const WAIT: usize = AHEAD + DENSE;
/// How much one pass looks at; what is longer is shared out.
const SHARE: u64 = 64 * 1024 * 1024;
/// How many shares are looked at before the next ones are thought of.
const AT_ONCE: usize = 64;
/// How many bytes one pass searches with patterns.
const MOST_SEARCHED: u64 = 4 * SHARE;
/// How many hits are kept.
const MOST_HITS: usize = 5_000;

/// The words of all kinds of credentials and the marks of programs, with what each leads to.
static INDEX: LazyLock<Index> = LazyLock::new(Index::new);

struct Index {
    anchors: Anchors,
    leads: Vec<Lead>,
}

enum Lead {
    /// To kinds of credentials.
    Kinds(Vec<usize>),
    /// To a program.
    Program(programs::Mark),
}

impl Index {
    fn new() -> Self {
        let mut words: BTreeMap<&'static [u8], Vec<usize>> = BTreeMap::new();
        for (index, kind) in KINDS.iter().enumerate() {
            for word in kind.words() {
                words.entry(word.as_bytes()).or_default().push(index);
            }
        }
        let all = words.keys().copied().chain(MARKS.iter().map(|(mark, _)| *mark));
        let anchors = Anchors::new(all);
        let marks = MARKS.iter().map(|(_, mark)| Lead::Program(*mark));
        let leads = words.into_values().map(Lead::Kinds).chain(marks).collect();
        Self { anchors, leads }
    }
}

/// Something that was met.
pub(super) enum Hit {
    /// A credential.
    Secret { at: u64, kind: &'static Kind },
    /// A program.
    Program { at: u64, name: &'static str },
}

/// A place in a stretch where words are looked for. What belongs to a word may lie around it in the stretch.
struct Piece {
    stretch: Range<u64>,
    own: Range<u64>,
}

/// Looks at some stretches, on several threads where they are long. What is met does not depend on their number.
pub(super) fn pass(input: &Input, stretches: &[Range<u64>]) -> io::Result<Pass> {
    in_shares(input, stretches, SHARE)
}

pub(super) fn in_shares(input: &Input, stretches: &[Range<u64>], size: u64) -> io::Result<Pass> {
    let mut shares = shares(stretches, size);
    let mut all = Pass::default();
    loop {
        // A length that lies makes more of them than can be held.
        let round: Vec<Vec<Piece>> = shares.by_ref().take(AT_ONCE).collect();
        if round.is_empty() {
            return Ok(all);
        }
        let passes = round.par_iter().map(|pieces| {
            let mut pass = Pass::default();
            pieces.iter().try_for_each(|piece| pass.piece(input, piece))?;
            Ok(pass)
        });
        let passes: io::Result<Vec<Pass>> = passes.collect();
        all = passes?.into_iter().fold(all, Pass::with);
    }
}

/// Cuts stretches so that each share has as much of them.
fn shares(stretches: &[Range<u64>], size: u64) -> impl Iterator<Item = Vec<Piece>> {
    let mut rest = stretches.iter().cloned().map(|stretch| Piece { own: stretch.clone(), stretch });
    let mut cut = None;
    iter::from_fn(move || {
        let mut share = Vec::new();
        let mut room = size;
        while room > 0
            && let Some(Piece { stretch, own }) = cut.take().or_else(|| rest.next())
        {
            let end = own.end.min(own.start.saturating_add(room));
            room -= end.saturating_sub(own.start);
            if end < own.end {
                cut = Some(Piece { stretch: stretch.clone(), own: end..own.end });
            }
            share.push(Piece { stretch, own: own.start..end });
        }
        (!share.is_empty()).then_some(share)
    })
}

/// A pass over a share of the stretches of a part.
#[derive(Default)]
pub(super) struct Pass {
    secrets: Vec<(Range<u64>, &'static Kind)>,
    programs: BTreeMap<u64, &'static str>,
    searched: u64,
    spent: bool,
}

impl Pass {
    /// What both met, this one first.
    fn with(mut self, next: Self) -> Self {
        self.secrets.extend(next.secrets);
        self.programs.extend(next.programs);
        self.spent |= next.spent || self.secrets.len() > MOST_HITS;
        self.secrets.truncate(MOST_HITS);
        self
    }

    fn piece(&mut self, input: &Input, Piece { stretch, own }: &Piece) -> io::Result<()> {
        let start = stretch.start.max(own.start.saturating_sub(KEPT as u64));
        let end = stretch.end.min(own.end.saturating_add(WAIT as u64));
        let Some(part) = input.slice(start, end.saturating_sub(start)) else { return Ok(()) };
        let room = usize::try_from(part.len()).unwrap_or(usize::MAX).min(KEPT + WAIT + STEP);
        let mut window = vec![0; room];
        let mut until = vec![0; KINDS.len()];
        // The window begins at `base`; all before `done` in it was looked at, all before `filled` is there.
        let (mut base, mut filled) = (0_u64, 0);
        let mut done = usize::try_from(own.start - start).unwrap_or(0);
        while let Some(free) = window.get_mut(filled..) {
            let count = part.read_at(base + filled as u64, free)?;
            filled += count;
            let is_last = count == 0 || base + filled as u64 == part.len();
            // What is the next piece's own is there for what belongs to a word only.
            let mine = usize::try_from(own.end.saturating_sub(start + base)).unwrap_or(usize::MAX);
            let ready = if is_last { filled.min(mine) } else { filled.saturating_sub(WAIT).min(mine) };
            let bytes = window.get(..filled).unwrap_or_default();
            self.window(bytes, done..ready.max(done), start + base, &mut until);
            if is_last {
                break;
            }
            let drop = ready.saturating_sub(KEPT);
            window.copy_within(drop..filled, 0);
            base += drop as u64;
            done = ready - drop;
            filled -= drop;
            for until in &mut until {
                *until = usize::saturating_sub(*until, drop);
            }
        }
        Ok(())
    }

    /// Whether so much was searched that the rest was not.
    pub(super) fn is_spent(&self) -> bool {
        self.spent
    }

    /// What was met, by place; of credentials that overlap the surest one.
    pub(super) fn hits(mut self) -> Vec<Hit> {
        self.secrets.sort_by_key(|(place, kind)| (std::cmp::Reverse(kind.confidence), place.start));
        let mut taken: Vec<Range<u64>> = Vec::new();
        let mut hits: Vec<(u64, Hit)> =
            self.programs.into_iter().map(|(at, name)| (at, Hit::Program { at, name })).collect();
        for (place, kind) in self.secrets {
            if taken.iter().all(|other| other.end <= place.start || place.end <= other.start) {
                hits.push((place.start, Hit::Secret { at: place.start, kind }));
                taken.push(place);
            }
        }
        hits.sort_by_key(|(at, _)| *at);
        hits.into_iter().map(|(_, hit)| hit).collect()
    }

    fn window(&mut self, bytes: &[u8], within: Range<usize>, offset: u64, until: &mut [usize]) {
        INDEX.anchors.each(bytes, within, |at, word| match INDEX.leads.get(word) {
            Some(Lead::Kinds(kinds)) => {
                for kind in kinds {
                    if let (Some(until), Some(kind)) = (until.get_mut(*kind), KINDS.get(*kind)) {
                        self.secret(bytes, at, offset, kind, until);
                    }
                }
            }
            Some(Lead::Program(mark)) => {
                if let Some((start, name)) = program(bytes, at, *mark)
                    && self.programs.len() < MOST_HITS
                {
                    self.programs.insert(offset + start as u64, name);
                }
            }
            None => {}
        });
    }

    /// Searches around a word that leads to a kind of credential, unless it was just done.
    fn secret(&mut self, bytes: &[u8], at: usize, offset: u64, kind: &'static Kind, until: &mut usize) {
        if at + AHEAD / 2 < *until || self.spent {
            return;
        }
        let is_dense = at < *until;
        let end = (at + AHEAD + if is_dense { DENSE } else { 0 }).min(bytes.len());
        let mut start = at.saturating_sub(BACK);
        *until = end;
        self.searched += (end - start) as u64;
        if self.searched > MOST_SEARCHED || self.secrets.len() > MOST_HITS {
            self.spent = true;
            return;
        }
        while let Some((place, next)) = kind.find(bytes, start..end) {
            let place = offset + place.start as u64..offset + place.end as u64;
            let is_new = |(other, known): &(Range<u64>, &Kind)| *other != place || known.name != kind.name;
            if self.secrets.iter().rev().take(20).all(is_new) {
                self.secrets.push((place, kind));
            }
            start = next.max(start + 1);
        }
    }
}
