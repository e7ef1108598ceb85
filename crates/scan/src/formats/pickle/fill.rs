//! Filling containers, and whatever else is filled like one. What goes in is remembered as long as it matters.

use std::io::{Read, Seek};

use super::machine::{Halt, Machine, UNDERFLOW};
use super::trace::Note;
use super::value::Value;

impl<R: Read + Seek> Machine<'_, R> {
    /// Adds the topmost values to the container, or whatever it is, below them.
    pub(super) fn add(&mut self, count: usize) -> Result<(), Halt> {
        let start =
            self.stack.len().checked_sub(count).filter(|&start| start > self.fence).ok_or(UNDERFLOW)?;
        let weight = self.weigh(start);
        match self.stack.get(start - 1) {
            Some(&Value::Container(number)) => {
                if self.trace.wraps_arrays {
                    self.containers.keep(number, self.stack.get(start..).unwrap_or_default());
                }
                let weight = self.containers.grow(number, weight);
                self.watch(weight);
                self.fill(number, start);
            }
            Some(&Value::Global(number)) => self.change(number),
            Some(Value::Unknown) => self.trace.note(Note::StateOnUnknown, self.at),
            Some(&Value::Object(number)) if count == 2 && self.is_torch(number) => {
                self.trace.note(Note::ItemOnTensor, self.at);
            }
            Some(Value::Persistent) => self.trace.note(Note::ItemOnTensor, self.at),
            // A method of it is called with each.
            _ => self.hand_over_from(start),
        }
        self.stack.truncate(start);
        Ok(())
    }

    /// Lets a container carry what lies from `start` on.
    pub(super) fn fill(&mut self, number: u32, start: usize) {
        for at in start..self.stack.len() {
            if let Some(item) = self.stack.get(at).filter(|item| self.matters(item))
                && !self.containers.carry(number, item)
            {
                let item = item.clone();
                self.hand_over(&item);
            }
        }
    }

    fn hand_over_from(&mut self, start: usize) {
        for at in start..self.stack.len() {
            if let Some(item) = self.stack.get(at).filter(|item| self.matters(item)).cloned() {
                self.hand_over(&item);
            }
        }
    }
}
