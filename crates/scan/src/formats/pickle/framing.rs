//! Protocol and frames: what a stream says about itself. Unpicklers read frames in different ways, so what does
//! not fit is noted and the opcodes are followed.

use std::io::{Read, Seek};

use super::machine::{Halt, Machine};
use super::opcode::Op;
use super::trace::Note;

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

    pub(super) fn frame(&mut self, len: i64) {
        let position = self.reader.position();
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        let end = position.saturating_add(len);
        if self.frame_end != u64::MAX || end > self.reader.length() {
            self.trace.note(Note::FrameMismatch, self.at);
        }
        self.frame_end = if end > position { end } else { u64::MAX };
    }

    /// Looks whether the opcode that was run ends within its frame.
    #[inline]
    pub(super) fn leave_frame(&mut self, op: Op) {
        let position = self.reader.position();
        if position >= self.frame_end && op != Op::Frame {
            if position > self.frame_end {
                self.trace.note(Note::FrameMismatch, self.at);
            }
            self.frame_end = u64::MAX;
        }
        if op == Op::Stop && self.frame_end != u64::MAX {
            self.trace.note(Note::FrameMismatch, self.at);
        }
    }
}
