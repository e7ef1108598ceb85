//! Globals by name: from two lines, or from two values on the stack wherever they came from. A name that is not
//! text is noted and never guessed.

use std::io::{Read, Seek};

use super::machine::{Halt, Machine};
use super::nested;
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
            (
                Value::Text(_) | Value::Object(_) | Value::Unknown | Value::Persistent,
                Value::Text(_) | Value::Object(_) | Value::Unknown | Value::Persistent,
            ) => {
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
        Ok(String::from_utf8_lossy(&nested::plain(&bytes, text.form)).into_owned())
    }
}
