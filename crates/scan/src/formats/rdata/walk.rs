//! A walk through serialised R objects, item by item, on a stack of its own: no depth of nesting exhausts anything. It
//! builds no object; it keeps what each item is part of.

use std::ops::Range;

use super::super::stream::Broken;
use super::calls;
use super::form::Form;
use super::told::Told;

const MOST_ITEMS: u64 = 50_000_000;
/// How much may be left to do at once.
const MOST_OPEN: usize = 100_000;
/// Symbols and environments that later items may refer to.
const MOST_REFERENCES: usize = 1_000_000;
/// Vectors of numbers from so many bytes on are told as such.
const LARGE: u64 = 4096;

/// What code an item lies in; later ones are closer to being run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Within {
    Data,
    Function,
    /// A promise among the variables of an environment, where R itself leaves promises.
    Lazy,
    Promise,
}

/// What an item is to the one that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Part,
    /// The list of variables of a workspace, or what is left of it.
    Workspace,
    /// A list of variables of an environment, or what is left of it.
    Frame,
    /// The value of a variable of an environment.
    Variable,
    /// The function that a call calls.
    Callee,
    /// The body of a function.
    Body,
    PromiseValue,
    PromiseCode,
    /// The name of a variable of a workspace.
    Name,
}

/// Something that is left to do.
#[derive(Debug, Clone, Copy)]
enum Task {
    Item(Role, Within),
    /// So many items more.
    Items(u64, Role, Within),
    /// The code and constants of a function that is compiled.
    Code(Within),
    Constants(Within),
    /// So many constants more.
    Constant(u64, Within),
    /// A call among constants, whose type was read or not.
    Language(Option<i32>, Role, Within),
    EndPromise,
}

/// A promise that is being read.
struct Promise {
    at: u64,
    unforced: bool,
    /// Whether it is a variable of an environment, where R itself leaves promises.
    variable: bool,
}

pub(super) struct Walk<'a> {
    form: Form,
    told: &'a mut Told,
    tasks: Vec<Task>,
    promises: Vec<Promise>,
    references: Vec<Option<String>>,
    items: u64,
    understood: u64,
    workspace: bool,
}

/// The head of an item.
#[derive(Clone, Copy)]
struct Head {
    at: u64,
    kind: u8,
    attributes: bool,
    tag: bool,
    flags: u32,
}

impl<'a> Walk<'a> {
    /// `workspace` is whether the object is a list of variables by their names.
    pub(super) fn new(form: Form, workspace: bool, told: &'a mut Told) -> Self {
        let understood = form.stream.at();
        Self {
            form,
            told,
            tasks: Vec::new(),
            promises: Vec::new(),
            references: Vec::new(),
            items: 0,
            understood,
            workspace,
        }
    }

    /// Reads one object; gives where it ends.
    pub(super) fn run(mut self) -> Result<u64, Broken> {
        let role = if self.workspace { Role::Workspace } else { Role::Part };
        self.tasks.push(Task::Item(role, Within::Data));
        let mut result = Ok(());
        while let Some(task) = self.tasks.pop() {
            result = self.step(task);
            if result.is_err() {
                break;
            }
        }
        let end = self.form.stream.at();
        self.told.understood.push(self.understood..end);
        result.map(|()| end)
    }

    fn step(&mut self, task: Task) -> Result<(), Broken> {
        if self.tasks.len() > MOST_OPEN {
            let at = self.form.stream.at();
            return Err(Broken::wrong(at, "Objects lie deeper in each other than R can read"));
        }
        match task {
            Task::Item(role, within) => self.item(role, within),
            Task::Items(0, ..) | Task::Constant(0, _) => Ok(()),
            Task::Items(left, role, within) => {
                self.tasks.push(Task::Items(left - 1, role, within));
                self.item(role, within)
            }
            Task::Code(within) => {
                self.tasks.push(Task::Constants(within));
                self.item(Role::Part, within)
            }
            Task::Constants(within) => {
                let count = self.form.length()?;
                self.tasks.push(Task::Constant(count, within));
                Ok(())
            }
            Task::Constant(left, within) => {
                self.tasks.push(Task::Constant(left - 1, within));
                self.constant(within)
            }
            Task::Language(kind, role, within) => {
                let kind = match kind {
                    Some(kind) => kind,
                    None => self.form.int()?,
                };
                self.language(kind, role, within)
            }
            Task::EndPromise => {
                self.promises.pop();
                Ok(())
            }
        }
    }

    /// A constant of compiled code, by its type.
    fn constant(&mut self, within: Within) -> Result<(), Broken> {
        match self.form.int()? {
            21 => self.tasks.push(Task::Code(within)),
            kind @ (2 | 6 | 239 | 240 | 243 | 244) => {
                self.tasks.push(Task::Language(Some(kind), Role::Part, within));
            }
            _ => return self.item(Role::Part, within),
        }
        Ok(())
    }

    /// A call or list among constants: a reference, or attributes, tag, head and rest.
    fn language(&mut self, mut kind: i32, role: Role, within: Within) -> Result<(), Broken> {
        if kind == 244 {
            self.form.int()?;
            kind = self.form.int()?;
        }
        match kind {
            243 => _ = self.form.int()?,
            2 | 6 | 239 | 240 => {
                let head = if matches!(kind, 6 | 240) { Role::Callee } else { Role::Part };
                self.tasks.push(Task::Language(None, Role::Part, within));
                self.tasks.push(Task::Language(None, head, within));
                self.tasks.push(Task::Item(Role::Part, within));
                if matches!(kind, 239 | 240) {
                    self.tasks.push(Task::Item(Role::Part, within));
                }
            }
            _ => return self.item(role, within),
        }
        Ok(())
    }

    fn item(&mut self, role: Role, within: Within) -> Result<(), Broken> {
        self.items += 1;
        if self.items > MOST_ITEMS {
            return Err(Broken::Budget("there are more objects than are read".to_owned()));
        }
        let at = self.form.stream.at();
        let flags = self.form.int()?.cast_unsigned();
        let kind = u8::try_from(flags & 0xff).unwrap_or(0);
        let head = Head { at, kind, attributes: flags & 0x200 != 0, tag: flags & 0x400 != 0, flags };
        if role == Role::PromiseValue
            && let Some(promise) = self.promises.last_mut()
        {
            promise.unforced = kind == 252;
        }
        if role == Role::PromiseCode {
            self.promise_code(head);
        }
        self.content(head, role, within)
    }

    fn content(&mut self, head: Head, role: Role, within: Within) -> Result<(), Broken> {
        match head.kind {
            1 => self.symbol(role, within)?,
            2 | 3 | 5 | 6 | 17 => self.pair(head, role, within),
            4 => self.environment(within)?,
            7 | 8 => self.named_function(role, within)?,
            9 => _ = self.characters()?,
            10 | 13 => self.numbers(4, 1)?,
            14 => self.numbers(8, 1)?,
            15 => self.numbers(16, 2)?,
            24 => self.numbers(1, 1)?,
            16 | 19 | 20 => {
                let count = self.form.length()?;
                self.attributes(head, within);
                let part = if role == Role::Frame { Role::Frame } else { Role::Part };
                self.tasks.push(Task::Items(count, part, within));
                return Ok(());
            }
            21 => return self.byte_code(head, role, within),
            22 => {
                self.refer(None)?;
                self.told.pointer(head.at);
                self.attributes(head, within);
                self.tasks.push(Task::Items(2, Role::Part, within));
                return Ok(());
            }
            23 => self.refer(None)?,
            25 => {}
            238 => self.tasks.push(Task::Items(3, Role::Part, within)),
            255 => self.reference(head, role, within)?,
            247..=249 => self.package(head)?,
            0 | 241 | 242 | 250..=254 => {}
            kind => return Err(Broken::wrong(head.at, format!("There is no type {kind} of objects"))),
        }
        // Pairs read theirs first, environments always have some.
        if matches!(head.kind, 7..=10 | 13..=15 | 23..=25) {
            self.attributes(head, within);
        }
        Ok(())
    }

    fn attributes(&mut self, head: Head, within: Within) {
        if head.attributes {
            self.tasks.push(Task::Item(Role::Part, within));
        }
    }

    /// Attributes, tag, head and rest: a list, a call, a function or a promise.
    fn pair(&mut self, head: Head, role: Role, within: Within) {
        let mut tag = Role::Part;
        let variable = role == Role::Variable;
        match head.kind {
            3 => {
                self.told.function(head.at);
                let within = within.max(Within::Function);
                self.tasks.push(Task::Item(Role::Body, within));
                self.tasks.push(Task::Item(Role::Part, within));
            }
            5 => {
                self.promises.push(Promise { at: head.at, unforced: false, variable });
                self.tasks.push(Task::EndPromise);
                let code = if variable { Within::Lazy } else { Within::Promise };
                self.tasks.push(Task::Item(Role::PromiseCode, within.max(code)));
                self.tasks.push(Task::Item(Role::PromiseValue, within));
            }
            6 => {
                self.tasks.push(Task::Item(Role::Part, within));
                self.tasks.push(Task::Item(Role::Callee, within));
            }
            _ => {
                let (first, rest) = match role {
                    Role::Workspace => (Role::Part, Role::Workspace),
                    Role::Frame => (Role::Variable, Role::Frame),
                    // Arguments that were passed on.
                    Role::Variable if head.kind == 17 => (Role::Variable, Role::Variable),
                    _ => (Role::Part, Role::Part),
                };
                if role == Role::Workspace {
                    tag = Role::Name;
                }
                self.tasks.push(Task::Item(rest, within));
                self.tasks.push(Task::Item(first, within));
            }
        }
        if head.tag {
            self.tasks.push(Task::Item(tag, within));
        }
        self.attributes(head, within);
    }

    fn promise_code(&mut self, code: Head) {
        if let Some(promise) = self.promises.last()
            && promise.unforced
            && matches!(code.kind, 3 | 6 | 21)
        {
            self.told.promise(promise.at, promise.variable);
        }
    }

    /// Enclosure, variables, table of variables, attributes.
    fn environment(&mut self, within: Within) -> Result<(), Broken> {
        self.form.int()?;
        self.refer(None)?;
        self.tasks.push(Task::Item(Role::Part, within));
        self.tasks.push(Task::Item(Role::Frame, within));
        self.tasks.push(Task::Item(Role::Frame, within));
        self.tasks.push(Task::Item(Role::Part, within));
        Ok(())
    }

    fn symbol(&mut self, role: Role, within: Within) -> Result<(), Broken> {
        let at = self.form.stream.at();
        if self.form.int()? & 0xff != 9 {
            return Err(Broken::wrong(at, "The name of a symbol is no text"));
        }
        let name = self.characters()?.unwrap_or_default();
        self.name(&name, role, within, at);
        // Only names that mean something to a later reference are kept.
        let kept = (role == Role::Name || calls::capability(&name).is_some()).then_some(name);
        self.refer(kept)
    }

    fn name(&mut self, name: &str, role: Role, within: Within, at: u64) {
        match role {
            Role::Callee => self.told.call(name, within, at),
            Role::Name => self.told.variable(name),
            _ => {}
        }
    }

    /// A function of R itself, by its name.
    fn named_function(&mut self, role: Role, within: Within) -> Result<(), Broken> {
        let at = self.form.stream.at();
        let len = self.form.length()?;
        let name = self.form.text(len)?;
        let called = if role == Role::Callee { within } else { Within::Data };
        self.told.call(&name, called, at);
        Ok(())
    }

    fn characters(&mut self) -> Result<Option<String>, Broken> {
        let at = self.form.stream.at();
        let len = self.form.int()?;
        if len == -1 {
            return Ok(None);
        }
        let Some(len) = u64::try_from(len).ok().filter(|len| *len <= self.form.stream.left()) else {
            return Err(Broken::wrong(at, format!("A text is {len} bytes long, beyond the file")));
        };
        self.form.text(len).map(Some)
    }

    fn numbers(&mut self, bytes: u64, words: u64) -> Result<(), Broken> {
        let count = self.form.length()?;
        let start = self.form.stream.at();
        self.form.skip(count, bytes, words)?;
        let end = self.form.stream.at();
        if end - start >= LARGE {
            let span: Range<u64> = start..end;
            self.told.understood.push(self.understood..start);
            self.told.numbers.push(span);
            self.understood = end;
        }
        Ok(())
    }

    fn byte_code(&mut self, head: Head, role: Role, within: Within) -> Result<(), Broken> {
        self.told.byte_code(head.at, role == Role::Body, within);
        self.form.length()?;
        self.attributes(head, within);
        self.tasks.push(Task::Code(within.max(Within::Function)));
        Ok(())
    }

    /// Something that was there before.
    fn reference(&mut self, head: Head, role: Role, within: Within) -> Result<(), Broken> {
        let packed = head.flags >> 8;
        let index = if packed == 0 { self.form.int()?.cast_unsigned() } else { packed };
        let at = (index as usize).checked_sub(1);
        let Some(name) = at.and_then(|at| self.references.get(at)).cloned() else {
            return Err(Broken::wrong(head.at, format!("The reference {index} leads to nothing")));
        };
        if let Some(name) = name {
            self.name(&name, role, within, head.at);
        }
        Ok(())
    }

    fn refer(&mut self, name: Option<String>) -> Result<(), Broken> {
        if self.references.len() >= MOST_REFERENCES {
            return Err(Broken::Budget("there are more names than are read".to_owned()));
        }
        self.references.push(name);
        Ok(())
    }

    /// A package or namespace by its name and version.
    fn package(&mut self, head: Head) -> Result<(), Broken> {
        self.form.int()?;
        let count = self.form.length()?;
        for number in 0..count {
            let at = self.form.stream.at();
            if self.form.int()? & 0xff != 9 {
                return Err(Broken::wrong(at, "The name of a package is no text"));
            }
            let name = self.characters()?.unwrap_or_default();
            if number == 0 && head.kind != 247 {
                self.told.package(name.trim_start_matches("package:"));
            }
        }
        self.refer(None)
    }
}
