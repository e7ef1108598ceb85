//! What happens when a stream calls something or changes it: the use is recorded, and the few callables whose
//! result is another callable are followed. What cannot be followed is noted as such.

use std::io::{Read, Seek};

use super::arrays;
use super::machine::{Halt, Machine};
use super::trace::{Note, Special};
use super::value::{Text, Value};
use crate::capability::{Capability, is_hidden};

impl<R: Read + Seek> Machine<'_, R> {
    /// Calls a value and gives what is known of the result.
    pub(super) fn call(&mut self, callable: &Value, arguments: &Value) -> Result<Value, Halt> {
        let (Value::Global(number) | Value::Partial(number)) = *callable else {
            return match callable {
                Value::Object(_) | Value::Unknown | Value::Persistent => {
                    if let Value::Object(number) = *callable
                        && let Some(global) = self.trace.at(number)
                    {
                        global.doubtful = true;
                    }
                    self.trace.note(Note::UnresolvedCallable, self.at);
                    Ok(Value::Unknown)
                }
                _ => Err(Halt::Broken("what is called cannot be called")),
            };
        };
        let at = self.at;
        let special = match self.trace.at(number) {
            Some(global) => {
                global.called.get_or_insert(at);
                global.special
            }
            None => Special::No,
        };
        if special != Special::Attribute {
            self.hand_over(arguments);
        }
        match special {
            Special::No | Special::ArrayWrapper | Special::FileWrapper => Ok(Value::Object(number)),
            special => self.follow(number, special, arguments),
        }
    }

    fn follow(&mut self, number: u32, special: Special, arguments: &Value) -> Result<Value, Halt> {
        let items = arguments.items().unwrap_or_default();
        let found = match (special, items) {
            (Special::Attribute, [target, Value::Text(name), ..]) => self.attribute(target, *name)?,
            (Special::Module, [Value::Text(text), ..]) => {
                let module = self.text(*text)?;
                Some(self.global(&module, "")?)
            }
            (Special::Resolve, [Value::Text(text), ..]) => {
                let path = self.text(*text)?;
                let split = path.split_once(':').or_else(|| path.rsplit_once('.'));
                let (module, name) = split.unwrap_or((&path, ""));
                Some(self.global(module, name)?)
            }
            (Special::Dtype, [Value::Text(text), ..]) => {
                let code = self.text(*text)?;
                let Some(dtype) = arrays::dtype(&code) else { return Ok(Value::Object(number)) };
                Some(Value::Dtype(dtype))
            }
            (Special::Dtype, _) => return Ok(Value::Object(number)),
            (Special::Partial, [Value::Global(callable) | Value::Partial(callable), ..]) => {
                Some(Value::Partial(*callable))
            }
            (
                Special::Register,
                [Value::Text(module), Value::Text(name), code @ (Value::Int(_) | Value::Bool)],
            ) => {
                // A code that is true is one, and none is false.
                let code = if let Value::Int(code) = *code { code } else { 1 };
                let found = self.named(*module, *name)?;
                if let (Value::Global(global), Ok(code)) = (&found, u32::try_from(code)) {
                    self.trace.extensions.insert(code, *global);
                }
                Some(Value::None)
            }
            _ => None,
        };
        if let Some(found) = found {
            return Ok(found);
        }
        if let Some(global) = self.trace.at(number) {
            global.doubtful = true;
        }
        Ok(Value::Unknown)
    }

    /// What `getattr` gives: part of a global is a global again; part of anything else is unknown.
    fn attribute(&mut self, target: &Value, name: Text) -> Result<Option<Value>, Halt> {
        let name = self.text(name)?;
        if let Value::Global(number) = *target
            && let Some(global) = self.trace.at(number)
        {
            let module = global.module.clone();
            let path = if global.name.is_empty() { name } else { format!("{}.{name}", global.name) };
            return self.global(&module, &path).map(Some);
        }
        if is_hidden(&name) || name.contains('.') {
            self.trace.note(Note::HiddenAttribute, self.at);
            return Ok(None);
        }
        Ok(Some(Value::Unknown))
    }

    fn global(&mut self, module: &str, name: &str) -> Result<Value, Halt> {
        Ok(Value::Global(self.trace.global(module, name, self.at, self.limits.globals)?))
    }

    /// Whether a global makes tensors of PyTorch.
    pub(super) fn is_torch(&self, number: u32) -> bool {
        self.trace.get(number).is_some_and(|global| {
            global.capability == Capability::TensorRebuild
                && matches!(&*global.module, "torch" | "torch._utils" | "torch._tensor")
        })
    }

    /// Whether a value is a dangerous global or may lead to one.
    pub(super) fn matters(&self, value: &Value) -> bool {
        match *value {
            Value::Global(number) | Value::Partial(number) => self.trace.is_dangerous_global(number),
            _ => value.carries(),
        }
    }

    /// Dangerous globals among arguments or state may be called by whoever gets them, however deep they lie.
    pub(super) fn hand_over(&mut self, value: &Value) {
        if !self.matters(value) {
            return;
        }
        let mut open = vec![value.clone()];
        while let Some(value) = open.pop() {
            match &value {
                Value::Tuple(tuple) => {
                    open.extend(tuple.hand_over().iter().filter(|item| self.matters(item)).cloned());
                }
                Value::Container(number) => self.containers.hand_over(*number, &mut open),
                Value::Global(number) | Value::Partial(number) => {
                    let at = self.at;
                    if let Some(global) =
                        self.trace.at(*number).filter(|global| global.capability.is_dangerous())
                    {
                        global.handed.get_or_insert(at);
                    }
                }
                _ => {}
            }
        }
    }

    /// Gives state to a value.
    pub(super) fn build(&mut self, target: &Value, state: &Value) -> Result<(), Halt> {
        self.hand_over(state);
        match *target {
            Value::Global(number) => self.change(number),
            Value::Unknown => self.trace.note(Note::StateOnUnknown, self.at),
            // Its state begins with what it calls from then on.
            Value::Partial(number) if state.items().is_none_or(|items| !is_global(items.first(), number)) => {
                self.trace.note(Note::StateOnUnknown, self.at);
            }
            Value::Object(number) => match self.trace.at(number).map(|global| global.special) {
                Some(Special::ArrayWrapper) => return self.array(state),
                Some(Special::FileWrapper) => return self.array_file(state),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    /// Records that a module, class or function is changed.
    pub(super) fn change(&mut self, number: u32) {
        let at = self.at;
        if let Some(global) = self.trace.at(number) {
            global.changed.get_or_insert(at);
        }
    }

    /// Looks up an extension code, which only the stream itself can have registered as far as is known.
    pub(super) fn extension(&mut self, code: i64) -> Result<(), Halt> {
        let code = u32::try_from(code).ok().filter(|&code| code > 0);
        let code = code.ok_or(Halt::Broken("an extension code is not positive"))?;
        let found = self.trace.extensions.get(&code).copied();
        self.trace.note(Note::ExtensionCode, self.at);
        self.push(found.map_or(Value::Unknown, Value::Global))
    }

    /// Looks at a persistent id and gives what it stands for. Those that PyTorch writes are known: tensor data, and in old
    /// files a class with its source, which stands for the class.
    pub(super) fn persistent(&mut self, id: &Value) -> Result<Value, Halt> {
        if let Some([Value::Text(kind), class @ Value::Global(_), _, _]) = id.items() {
            let mut word = [0; 8];
            if self.reader.look(kind.span(), &mut word)? == b"module" {
                return Ok(class.clone());
            }
        }
        if let Some([Value::Text(kind), Value::Global(class), Value::Text(_), Value::Text(_), ..]) =
            id.items()
        {
            let mut word = [0; 8];
            let word = self.reader.look(kind.span(), &mut word)?;
            let is_storage = |module: &str, name: &str| {
                name.ends_with("Storage") && (module == "torch" || module.starts_with("torch."))
            };
            if word == b"storage"
                && self.trace.at(*class).is_some_and(|class| is_storage(&class.module, &class.name))
            {
                self.storage(id)?;
                return Ok(Value::Persistent);
            }
        }
        self.trace.note(Note::PersistentId, self.at);
        Ok(Value::Persistent)
    }
}

fn is_global(value: Option<&Value>, number: u32) -> bool {
    matches!(value, Some(Value::Global(found) | Value::Partial(found)) if *found == number)
}
