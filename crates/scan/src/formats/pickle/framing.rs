//! Protocol and frames: what a stream says about itself. Unpicklers read frames in different ways, so what does
//! not fit is noted and the opcodes are followed.

use std::io::{Read, Seek};

use super::budget::PickleLimits;
use super::machine::{End, Halt, Machine};
use super::opcode::Op;
use super::reader::{ReadError, Reader};
use super::trace::{Note, Trace};
use super::value::Span;

/// How a stream ended.
pub(super) struct Ran {
    pub(super) end: End,
    /// The offset of the last opcode.
    pub(super) last: u64,
    /// How it ended for an unpickler that reads a file and takes frames at their word, where that makes a difference.
    pub(super) from_file: Option<End>,
}

/// Runs one stream in every way that unpicklers read it. The trace has what any of them does.
pub(super) fn run<R: Read + Seek>(
    reader: &mut Reader<R>,
    trace: &mut Trace,
    limits: &PickleLimits,
) -> Result<Ran, ReadError> {
    let start = reader.position();
    let mut machine = Machine::new(reader, trace, limits);
    let (end, last) = machine.run();
    let mut from_file = None;
    if machine.crossed {
        let position = reader.position();
        reader.go_to(start)?;
        from_file = match Machine::new(reader, trace, limits).forgetting().run() {
            (End::Failed(error), _) => return Err(error.into()),
            (end, _) => Some(end),
        };
        reader.go_to(position)?;
        // Both come across the same values.
        trace.candidates.sort_by_key(|candidate| candidate.span.offset);
        trace.candidates.dedup_by_key(|candidate| candidate.span);
    }
    Ok(Ran { end, last, from_file })
}

impl<R: Read + Seek> Machine<'_, R> {
    pub(super) fn protocol(&mut self, version: i64) -> Result<(), Halt> {
        if self.protocol_seen {
            self.trace.note(Note::ProtoRepeated, self.at);
        } else if self.at != self.start {
            self.trace.note(Note::ProtoMisplaced, self.at);
        }
        self.protocol_seen = true;
        if version > 5 {
            self.trace.note(Note::ProtoUnknown, self.at);
            return Err(Halt::Broken("there is no such protocol"));
        }
        Ok(())
    }

    pub(super) fn frame(&mut self, len: i64) -> Result<(), Halt> {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        if self.held.is_some() {
            return self.hold(len);
        }
        let position = self.reader.position();
        let end = position.saturating_add(len);
        if self.frame_end != u64::MAX || end > self.reader.length() {
            self.trace.note(Note::FrameMismatch, self.at);
            self.crossed |= self.frame_end != u64::MAX;
        }
        self.frame_end = if end > position { end } else { u64::MAX };
        Ok(())
    }

    /// Looks whether the opcode that was run ends within its frame.
    #[inline]
    pub(super) fn leave_frame(&mut self, op: Op) {
        let position = self.reader.position();
        if position >= self.frame_end && op != Op::Frame {
            if position > self.frame_end {
                self.trace.note(Note::FrameMismatch, self.at);
                self.crossed = true;
            }
            self.frame_end = u64::MAX;
        }
        if op == Op::Stop && self.frame_end != u64::MAX {
            self.trace.note(Note::FrameMismatch, self.at);
        }
    }

    /// A machine that reads a file as CPython's unpickler in C does: it holds a frame, and where an operand crosses the end
    /// of what it holds, it forgets the part that it held and reads all of the operand behind it. Whoever knows that can
    /// have it run other opcodes than those that others read.
    pub(super) fn forgetting(mut self) -> Self {
        self.held = Some(0);
        self
    }

    /// Takes a frame in. One that ends behind what is held begins there.
    fn hold(&mut self, len: u64) -> Result<(), Halt> {
        let position = self.reader.position();
        if self.held.is_none_or(|held| position.saturating_add(len) > held) {
            self.forget(len)?;
            let end = self.reader.position().saturating_add(len);
            if end > self.reader.length() {
                return Err(ReadError::Length.into());
            }
            self.held = Some(end);
        }
        Ok(())
    }

    /// Forgets what is held if an operand of this length crosses the end of it.
    #[cold]
    pub(super) fn forget(&mut self, len: u64) -> Result<(), Halt> {
        let position = self.reader.position();
        match self.held {
            Some(held) if position < held && position.saturating_add(len) > held => {
                Ok(self.reader.go_to(held)?)
            }
            _ => Ok(()),
        }
    }

    /// A line.
    #[inline]
    pub(super) fn line(&mut self) -> Result<Span, ReadError> {
        match self.held {
            None => self.reader.line(),
            Some(held) => self.line_behind(held),
        }
    }

    #[cold]
    fn line_behind(&mut self, held: u64) -> Result<Span, ReadError> {
        let is_held = self.reader.position() < held;
        match self.reader.line() {
            Ok(line) if !is_held || line.offset + line.len < held => Ok(line),
            Ok(_) | Err(ReadError::Truncated) if is_held => {
                self.reader.go_to(held)?;
                self.reader.line()
            }
            other => other,
        }
    }
}
