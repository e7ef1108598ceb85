//! A whole file: one stream after another, then the pickles inside values. What is left over is counted, so that
//! nothing that was not understood can look clean.

use std::io::{Read, Seek};

use super::budget::{PickleLimits, Spent};
use super::escapes::plain;
use super::framing::{self, Ran};
use super::machine::End;
use super::nested;
use super::reader::{ReadError, Reader};
use super::trace::Trace;
use super::value::Span;
use crate::formats::torch;
use crate::input::Input;

/// A stream and how it ended.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) start: u64,
    pub(crate) end: End,
    /// The offset of the last opcode.
    pub(crate) last: u64,
}

/// A pickle that was found inside a value.
pub(crate) struct Nested {
    pub(crate) offset: u64,
    pub(crate) how: String,
    pub(crate) outcome: Outcome,
}

/// What one source held.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) streams: Vec<Stream>,
    pub(crate) trace: Trace,
    pub(crate) nested: Vec<Nested>,
    /// Pickles inside values that are too large to be decoded in memory, as they lie in the source.
    pub(crate) large: Vec<Span>,
    pub(crate) understood: u64,
    pub(crate) total: u64,
    /// Where bytes begin that are no stream.
    pub(crate) trailing: Option<u64>,
    pub(crate) failed: Option<std::io::Error>,
}

impl Outcome {
    /// Whether it ran to the end at least once and used a global, or did something dangerous before it broke.
    fn is_pickle(&self) -> bool {
        let stopped = self.streams.first().is_some_and(|stream| matches!(stream.end, End::Stopped));
        stopped && !self.trace.globals.is_empty() || self.trace.is_dangerous()
    }

    /// Whether nothing was wrong but that the bytes ended.
    pub(crate) fn runs_on(&self) -> bool {
        self.streams.last().is_some_and(|stream| matches!(stream.end, End::Truncated | End::Length))
    }

    /// Whether bytes without a protocol are a pickle at all.
    pub(crate) fn is_plausible(&self) -> bool {
        let stopped = self.streams.first().is_some_and(|stream| matches!(stream.end, End::Stopped));
        stopped && (self.trailing.is_none() || !self.trace.globals.is_empty())
            || self.trace.is_dangerous() && !self.is_source()
    }

    /// Whether it is Python source instead: `import os` begins with the opcode `i`, which takes the rest of the line for
    /// a module. No module has a name with a space.
    fn is_source(&self) -> bool {
        let first = self.trace.globals.first();
        self.trace.opcodes <= 2 && first.is_some_and(|global| global.module.starts_with("mport "))
    }
}

/// Reads every stream of a source, and what is nested in them.
pub(crate) fn read<R: Read + Seek>(source: R, limits: &PickleLimits) -> Outcome {
    read_at(source, limits, limits.nesting, (0, 0))
}

fn read_at<R: Read + Seek>(source: R, limits: &PickleLimits, nesting: u8, cost: (u64, u64)) -> Outcome {
    let mut outcome = Outcome::default();
    (outcome.trace.opcodes, outcome.trace.decoded) = cost;
    match Reader::new(source) {
        Ok(mut reader) => {
            outcome.total = reader.length();
            if let Err(ReadError::Io(error)) = read_streams(&mut reader, limits, &mut outcome) {
                outcome.failed = Some(error);
            }
            if let Err(ReadError::Io(error)) = read_nested(&mut reader, limits, nesting, &mut outcome) {
                outcome.failed.get_or_insert(error);
            }
        }
        Err(error) => outcome.failed = Some(error),
    }
    outcome
}

fn read_streams<R: Read + Seek>(
    reader: &mut Reader<R>,
    limits: &PickleLimits,
    outcome: &mut Outcome,
) -> Result<(), ReadError> {
    while reader.position() < reader.length() || outcome.streams.is_empty() {
        let start = reader.position();
        if outcome.streams.len() >= limits.streams {
            outcome.trace.spent.entry(Spent::Streams).or_insert(start);
            return Ok(());
        }
        let known = (outcome.trace.globals.len(), outcome.trace.notes.clone());
        let Ran { end, last, from_file } = framing::run(reader, &mut outcome.trace, limits)?;
        let stopped = matches!(end, End::Stopped);
        let end = match end {
            End::Failed(error) => return Err(error.into()),
            end => end,
        };
        for end in [Some(&end), from_file.as_ref()] {
            if let Some(End::Spent(spent)) = end {
                outcome.trace.spent.entry(*spent).or_insert(last);
            }
        }
        // What follows a whole stream need not be another one: it counts if it ends well or uses a global.
        let is_stream =
            stopped || start == 0 || outcome.trace.globals.len() > known.0 || matches!(end, End::Spent(_));
        if !is_stream {
            outcome.trace.notes = known.1;
            outcome.trailing = Some(start);
            return Ok(());
        }
        outcome.understood += if stopped { reader.position() - start } else { last - start };
        outcome.streams.push(Stream { start, end, last });
        if !stopped {
            return Ok(());
        }
    }
    Ok(())
}

fn read_nested<R: Read + Seek>(
    reader: &mut Reader<R>,
    limits: &PickleLimits,
    nesting: u8,
    outcome: &mut Outcome,
) -> Result<(), ReadError> {
    for candidate in std::mem::take(&mut outcome.trace.candidates) {
        let Span { offset, len } = candidate.span;
        if outcome.trace.decoded >= limits.all_nested_bytes {
            outcome.trace.spent.entry(Spent::NestedBytes).or_insert(offset);
            return Ok(());
        }
        let bytes = reader.fetch(candidate.span, limits.nested_bytes)?;
        if nesting == limits.nesting && len > bytes.len() as u64 && nested::is_raw(&bytes, candidate.form) {
            outcome.large.push(candidate.span);
            continue;
        }
        outcome.trace.decoded += bytes.len() as u64;
        let Some((pickle, how)) = nested::unwrap(&plain(&bytes, candidate.form), limits.nested_bytes) else {
            continue;
        };
        let cut = len > bytes.len() as u64 || pickle.len() >= limits.nested_bytes;
        if nesting == 0 {
            outcome.trace.spent.entry(Spent::Nesting).or_insert(offset);
            continue;
        }
        outcome.trace.decoded += pickle.len() as u64;
        let cost = (outcome.trace.opcodes, outcome.trace.decoded);
        let pickle = Input::from(pickle);
        let mut inner = read_at(pickle.cursor(), limits, nesting - 1, cost);
        if let Some(from) = inner.trailing
            && torch::storages_behind(&pickle, from, &inner.trace.storages)?.is_whole(&pickle)
        {
            inner.trailing = None;
        }
        (outcome.trace.opcodes, outcome.trace.decoded) = (inner.trace.opcodes, inner.trace.decoded);
        if inner.is_pickle() {
            if cut {
                outcome.trace.spent.entry(Spent::NestedBytes).or_insert(offset);
            }
            outcome.nested.push(Nested { offset, how, outcome: inner });
        }
    }
    Ok(())
}
