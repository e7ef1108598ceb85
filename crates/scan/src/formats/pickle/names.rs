//! Globals by name: from two lines, or from two values on the stack wherever they came from. A name that is not
//! text is noted and never guessed.

use std::io::{Read, Seek};

use super::escapes;
use super::machine::{Argument, Halt, Machine};
use super::opcode::Op;
use super::reader::ReadError;
use super::trace::Note;
use super::value::{Form, Span, Text, Value};

/// A longer module or attribute name is cut.
const MAX_NAME: usize = 1024;

impl<R: Read + Seek> Machine<'_, R> {
    pub(super) fn stack_global(&mut self) -> Result<(), Halt> {
        let name = self.pop()?;
        let module = self.pop()?;
        let found = match (module, name) {
            (Value::Text(module), Value::Text(name)) => self.named(module, name)?,
            (module, name) if may_be_text(&module) && may_be_text(&name) => {
                self.trace.note(Note::ComputedName, self.at);
                Value::Unknown
            }
            _ => return Err(Halt::Broken("the name of a global is not text")),
        };
        self.push(found)
    }

    /// The global that two lines name.
    pub(super) fn named_by_lines(&mut self, module: Span, name: Span) -> Result<Value, Halt> {
        self.named(Text::new(module, Form::Plain), Text::new(name, Form::Plain))
    }

    /// Takes the lines of a global at the very end of the bytes as an unpickler does that is written in Python: the last
    /// one needs no line break and loses its last byte instead. `INST` calls what they name. Behind another stream this
    /// would take whatever follows for a name.
    #[cold]
    pub(super) fn lines_that_are_cut(&mut self, op: Op) -> Halt {
        let cut = ReadError::Truncated.into();
        let follows = self.start > 0 && self.at == self.start;
        if !matches!(op, Op::Global | Op::Inst) || self.held.is_some() || follows {
            return cut;
        }
        let end = self.reader.length();
        let rest = |offset: u64| Span { offset, len: end.saturating_sub(offset).saturating_sub(1) };
        let start = self.at.saturating_add(1);
        let lines = match self.reader.go_to(start).and_then(|()| self.reader.line()) {
            Ok(module) => (module, rest(self.reader.position())),
            Err(ReadError::Truncated) => (rest(start), rest(end)),
            Err(other) => return other.into(),
        };
        match self.execute(op, Argument::Two(lines.0, lines.1)) {
            Ok(()) | Err(Halt::Broken(_)) => cut,
            Err(other) => other,
        }
    }

    /// The global that two texts name.
    pub(super) fn named(&mut self, module: Text, name: Text) -> Result<Value, Halt> {
        let key = (module.span().offset, name.span().offset);
        if let Some(&number) = self.named.get(&key) {
            return Ok(Value::Global(number));
        }
        let module = self.text(module)?;
        let name = self.text(name)?;
        let number = self.trace.global(&module, &name, self.at, self.limits.globals)?;
        if self.named.len() < self.limits.globals {
            self.named.insert(key, number);
        }
        Ok(Value::Global(number))
    }

    /// The text at a place, cut if it is too long to be a name.
    pub(crate) fn text(&mut self, text: Text) -> Result<String, Halt> {
        let bytes = self.reader.fetch(text.span(), MAX_NAME)?;
        Ok(escapes::text(&bytes, text.form))
    }
}

/// Whether a value is text or could be. What a global names may be any constant.
fn may_be_text(value: &Value) -> bool {
    use Value::{Global, Object, Partial, Persistent, Text, Unknown};
    matches!(value, Text(_) | Global(_) | Partial(_) | Object(_) | Persistent | Unknown)
}
