//! The stack-and-memo machine: it runs every opcode of protocols 0 to 5 on abstract values. It records what an
//! opcode does when it runs it, and stops where an unpickler would.

use std::collections::HashMap;
use std::io::{self, Read, Seek};

use super::budget::{PickleLimits, Spent};
use super::contain::Containers;
use super::memo::Memo;
use super::nested;
use super::numbers;
use super::opcode::{Op, Operand};
use super::reader::{ReadError, Reader};
use super::trace::{Candidate, Note, Trace};
use super::value::{Form, Span, Text, Value};

/// From this many memo entries on, tuples of constants are no longer looked into.
const LARGE_MEMO: usize = 50_000;
/// Bytes longer than this are the numbers of an array: nothing else in a model is that long.
const ARRAY: u64 = 16 * 1024 * 1024;
/// A value that would have more leaves than this if nothing were shared is an expansion bomb.
const EXPANSION: u64 = 1 << 32;

/// Why a stream ended.
#[derive(Debug)]
pub(crate) enum End {
    Stopped,
    Broken(&'static str),
    Truncated,
    Length,
    Spent(Spent),
    Failed(io::Error),
}

/// What keeps the machine from going on.
pub(crate) enum Halt {
    Broken(&'static str),
    Read(ReadError),
    Spent(Spent),
}

impl From<ReadError> for Halt {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<Spent> for Halt {
    fn from(spent: Spent) -> Self {
        Self::Spent(spent)
    }
}

/// What followed an opcode.
#[derive(Clone, Copy)]
pub(crate) enum Argument {
    Nothing,
    Number(i64),
    Span(Span),
    Two(Span, Span),
}

/// A machine at the start of a stream.
pub(crate) struct Machine<'a, R> {
    pub(crate) reader: &'a mut Reader<R>,
    pub(crate) trace: &'a mut Trace,
    pub(crate) limits: &'a PickleLimits,
    pub(super) stack: Vec<Value>,
    marks: Vec<usize>,
    /// Where the topmost mark is: nothing below it can be taken.
    pub(super) fence: usize,
    memo: Memo,
    pub(super) containers: Containers,
    /// Globals that were named by the same two places before.
    pub(super) named: HashMap<(u64, u64), u32>,
    pub(super) start: u64,
    /// The offset of the opcode that runs.
    pub(crate) at: u64,
    pub(super) frame_end: u64,
    /// Whether an opcode or a frame crossed the end of a frame.
    pub(super) crossed: bool,
    /// Up to where bytes are held, for an unpickler that reads from a file and forgets them; none for one that does not.
    pub(super) held: Option<u64>,
    pub(super) protocol_seen: bool,
}

impl<'a, R: Read + Seek> Machine<'a, R> {
    pub(crate) fn new(reader: &'a mut Reader<R>, trace: &'a mut Trace, limits: &'a PickleLimits) -> Self {
        let start = reader.position();
        Self {
            reader,
            trace,
            limits,
            stack: Vec::new(),
            marks: Vec::new(),
            fence: 0,
            memo: Memo::default(),
            containers: Containers::default(),
            named: HashMap::new(),
            start,
            at: start,
            frame_end: u64::MAX,
            crossed: false,
            held: None,
            protocol_seen: false,
        }
    }

    /// Runs up to `STOP` or to where it cannot go on, and says where the last opcode was.
    pub(crate) fn run(&mut self) -> (End, u64) {
        let end = loop {
            match self.step() {
                Ok(Op::Stop) => break End::Stopped,
                Ok(_) => {}
                Err(Halt::Broken(what)) => break End::Broken(what),
                Err(Halt::Spent(spent)) => break End::Spent(spent),
                Err(Halt::Read(ReadError::Truncated)) => break End::Truncated,
                Err(Halt::Read(ReadError::Length)) => break End::Length,
                Err(Halt::Read(ReadError::Io(error))) => break End::Failed(error),
            }
        };
        (end, self.at)
    }

    /// Runs one opcode.
    pub(crate) fn step(&mut self) -> Result<Op, Halt> {
        self.at = self.reader.position();
        if self.trace.opcodes >= self.limits.opcodes {
            return Err(Spent::Opcodes.into());
        }
        self.trace.opcodes += 1;
        let byte = self.reader.byte()?;
        let op = Op::of(byte).ok_or(NO_OPCODE)?;
        let argument = match self.argument(op) {
            Err(Halt::Read(ReadError::Truncated)) => return Err(self.lines_that_are_cut(op)),
            argument => argument?,
        };
        self.execute(op, argument)?;
        self.leave_frame(op);
        Ok(op)
    }

    /// Reads one opcode without running it.
    pub(super) fn read_only(&mut self) -> Result<Op, Halt> {
        self.at = self.reader.position();
        let op = Op::of(self.reader.byte()?).ok_or(NO_OPCODE)?;
        self.argument(op).map(|_| op)
    }

    #[inline]
    fn argument(&mut self, op: Op) -> Result<Argument, Halt> {
        let operand = op.operand();
        if self.held.is_some() {
            self.forget(operand.width())?;
        }
        let reader = &mut *self.reader;
        Ok(match operand {
            Operand::Nothing => Argument::Nothing,
            Operand::U1 => Argument::Number(i64::from(reader.byte()?)),
            Operand::U2 => Argument::Number(i64::from(u16::from_le_bytes(reader.array()?))),
            Operand::I4 => Argument::Number(i64::from(i32::from_le_bytes(reader.array()?))),
            Operand::U4 => Argument::Number(i64::from(u32::from_le_bytes(reader.array()?))),
            Operand::U8 => {
                let number = u64::from_le_bytes(reader.array()?);
                Argument::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
            Operand::F8 => {
                reader.array::<8>()?;
                Argument::Nothing
            }
            Operand::Line => Argument::Span(self.line()?),
            Operand::TwoLines => Argument::Two(self.line()?, self.line()?),
            Operand::Counted1 => {
                let len = u64::from(reader.byte()?);
                Argument::Span(self.blob(op, len)?)
            }
            Operand::Counted4 => {
                let len = u64::from(u32::from_le_bytes(reader.array()?));
                Argument::Span(self.blob(op, len)?)
            }
            Operand::Signed4 => {
                let len = i32::from_le_bytes(reader.array()?);
                let len = u64::try_from(len).map_err(|_| ReadError::Length)?;
                Argument::Span(self.blob(op, len)?)
            }
            Operand::Counted8 => {
                let len = u64::from_le_bytes(reader.array()?);
                Argument::Span(self.blob(op, len)?)
            }
        })
    }

    #[inline]
    fn blob(&mut self, op: Op, len: u64) -> Result<Span, Halt> {
        if self.held.is_some() && !op.is_bytes() {
            self.forget(len)?;
        }
        let head = self.reader.peek();
        let span = self.reader.skip(len)?;
        if len >= nested::MIN_LEN && head.is_none_or(nested::may_begin) {
            self.consider(span, Form::Plain)?;
        }
        Ok(span)
    }

    /// Remembers a value that looks like a pickle.
    #[cold]
    fn consider(&mut self, span: Span, form: Form) -> Result<(), Halt> {
        if self.limits.candidates == 0 {
            return Ok(());
        }
        if self.trace.candidates.len() >= self.limits.candidates {
            self.trace.spent.entry(Spent::Candidates).or_insert(self.at);
            return Ok(());
        }
        let mut head = [0; nested::HEAD];
        let head = self.reader.look(span, &mut head)?;
        let cut = span.len > head.len() as u64;
        if nested::looks_like_pickle(head, form, cut) {
            self.trace.candidates.push(Candidate { span, form });
        }
        Ok(())
    }

    pub(super) fn execute(&mut self, op: Op, argument: Argument) -> Result<(), Halt> {
        match (op, argument) {
            (Op::BinInt | Op::BinInt1 | Op::BinInt2, Argument::Number(number)) => {
                self.push(Value::Int(number))
            }
            (Op::BinGet | Op::LongBinGet, Argument::Number(number)) => self.get(number),
            (Op::BinPut | Op::LongBinPut, Argument::Number(number)) => self.put(number),
            (Op::Memoize, _) => self.put(i64::try_from(self.memo.len()).unwrap_or(i64::MAX)),
            (Op::Get, Argument::Span(line)) => {
                let number = self.entry(line)?;
                self.get(number)
            }
            (Op::Put, Argument::Span(line)) => {
                let number = self.entry(line)?;
                self.put(number)
            }
            (Op::Int | Op::Long, Argument::Span(line)) => {
                let number = self.line_number(line)?;
                self.push(number)
            }
            (Op::Long1 | Op::Long4, Argument::Span(span)) => {
                let number = self.bytes_number(span)?;
                self.push(number)
            }
            (Op::Float | Op::BinFloat, _) => self.push(Value::Number),
            (Op::None, _) => self.push(Value::None),
            (Op::NewTrue, _) => self.push(Value::Bool),
            (Op::NewFalse, _) => self.push(Value::Bool),
            (Op::ShortBinUnicode | Op::BinUnicode | Op::BinUnicode8, Argument::Span(span))
            | (Op::BinString | Op::ShortBinString, Argument::Span(span)) => {
                self.push(Value::Text(Text::new(span, Form::Plain)))
            }
            (Op::String, Argument::Span(line)) => self.line_text(line, Form::Quoted),
            (Op::Unicode, Argument::Span(line)) => self.line_text(line, Form::Escaped),
            (op, Argument::Span(span)) if op.is_bytes() => {
                if span.len > ARRAY {
                    self.trace.blobs.push(span);
                }
                self.push(Value::Bytes)
            }
            (Op::NextBuffer, _) => self.push(Value::Buffer),
            (Op::ReadonlyBuffer, _) => self.top().map(|_| ()),
            (Op::Mark, _) => self.mark(),
            (Op::Pop, _) => self.discard(),
            (Op::PopMark, _) => {
                let start = self.unmark()?;
                self.stack.truncate(start);
                Ok(())
            }
            (Op::Dup, _) => {
                let top = self.top()?.clone();
                self.push(top)
            }
            (Op::EmptyTuple, _) => self.push_tuple(self.stack.len()),
            (Op::Tuple1, _) => self.counted_tuple(1),
            (Op::Tuple2, _) => self.counted_tuple(2),
            (Op::Tuple3, _) => self.counted_tuple(3),
            (Op::Tuple, _) => {
                let start = self.unmark()?;
                self.push_tuple(start)
            }
            (Op::EmptyList, _) => self.push_container(None),
            (Op::EmptyDict, _) => self.push_container(None),
            (Op::EmptySet, _) => self.push_container(None),
            (Op::List, _) => self.marked_container(),
            (Op::Dict, _) => self.marked_container(),
            (Op::FrozenSet, _) => self.marked_container(),
            (Op::Append, _) => self.add(1),
            (Op::SetItem, _) => self.add(2),
            (Op::Appends | Op::SetItems | Op::AddItems, _) => {
                let start = self.unmark()?;
                self.add(self.stack.len().saturating_sub(start))
            }
            (Op::Global, Argument::Two(module, name)) => {
                let found = self.named_by_lines(module, name)?;
                self.push(found)
            }
            (Op::StackGlobal, _) => self.stack_global(),
            (Op::Inst, Argument::Two(module, name)) => {
                let class = self.named_by_lines(module, name)?;
                let start = self.unmark()?;
                let arguments = self.take_tuple(start);
                let made = self.call(&class, &arguments)?;
                self.push(made)
            }
            (Op::Obj, _) => {
                let start = self.unmark()?;
                if self.stack.len() <= start {
                    return Err(UNDERFLOW);
                }
                let arguments = self.take_tuple(start + 1);
                let class = self.pop()?;
                let made = self.call(&class, &arguments)?;
                self.push(made)
            }
            (Op::Reduce | Op::NewObj, _) => {
                let arguments = self.pop()?;
                let callable = self.pop()?;
                let made = self.call(&callable, &arguments)?;
                self.push(made)
            }
            (Op::NewObjEx, _) => {
                let keywords = self.pop()?;
                let arguments = self.pop()?;
                let class = self.pop()?;
                self.hand_over(&keywords);
                let made = self.call(&class, &arguments)?;
                self.push(made)
            }
            (Op::Build, _) => {
                let state = self.pop()?;
                let target = self.top()?.clone();
                self.build(&target, &state)
            }
            (Op::Ext1 | Op::Ext2 | Op::Ext4, Argument::Number(code)) => self.extension(code),
            (Op::PersId, _) => {
                self.trace.note(Note::PersistentId, self.at);
                self.push(Value::Persistent)
            }
            (Op::BinPersId, _) => {
                let id = self.pop()?;
                let found = self.persistent(&id)?;
                self.push(found)
            }
            (Op::Proto, Argument::Number(version)) => self.protocol(version),
            (Op::Frame, Argument::Number(len)) => self.frame(len),
            (Op::Stop, _) => self.pop().map(|_| ()),
            _ => Err(Halt::Broken("the operand does not fit the opcode")),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value) -> Result<(), Halt> {
        if self.stack.len() >= self.limits.stack {
            return Err(Spent::Stack.into());
        }
        self.stack.push(value);
        Ok(())
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Result<Value, Halt> {
        if self.stack.len() <= self.fence {
            return Err(UNDERFLOW);
        }
        self.stack.pop().ok_or(UNDERFLOW)
    }

    #[inline]
    fn top(&self) -> Result<&Value, Halt> {
        if self.stack.len() <= self.fence {
            return Err(UNDERFLOW);
        }
        self.stack.last().ok_or(UNDERFLOW)
    }

    fn mark(&mut self) -> Result<(), Halt> {
        if self.marks.len() >= self.limits.marks {
            return Err(Spent::Marks.into());
        }
        self.marks.push(self.stack.len());
        self.fence = self.stack.len();
        Ok(())
    }

    fn unmark(&mut self) -> Result<usize, Halt> {
        let start = self.marks.pop().ok_or(Halt::Broken("there is no mark"))?;
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(start)
    }

    /// `POP` takes a mark if nothing lies above it.
    fn discard(&mut self) -> Result<(), Halt> {
        if self.marks.last() == Some(&self.stack.len()) {
            return self.unmark().map(|_| ());
        }
        self.pop().map(|_| ())
    }

    fn get(&mut self, number: i64) -> Result<(), Halt> {
        let found = u64::try_from(number).ok().and_then(|number| self.memo.get(number)).cloned();
        self.push(found.ok_or(Halt::Broken("the memo has no such entry"))?)
    }

    fn put(&mut self, number: i64) -> Result<(), Halt> {
        let top = self.top()?;
        let value = if number == numbers::TOO_LARGE { Value::Unknown } else { top.clone() };
        let number = u64::try_from(number).map_err(|_| Halt::Broken("a memo number is negative"))?;
        if self.memo.len() >= self.limits.memo {
            return Err(Spent::Memo.into());
        }
        self.memo.put(number, value);
        Ok(())
    }

    fn line_text(&mut self, line: Span, form: Form) -> Result<(), Halt> {
        if line.len >= nested::MIN_LEN {
            self.consider(line, form)?;
        }
        self.push(Value::Text(Text::new(line, form)))
    }

    fn counted_tuple(&mut self, len: usize) -> Result<(), Halt> {
        let start = self.stack.len().checked_sub(len).filter(|&start| start >= self.fence);
        self.push_tuple(start.ok_or(UNDERFLOW)?)
    }

    fn push_tuple(&mut self, start: usize) -> Result<(), Halt> {
        let tuple = self.take_tuple(start);
        self.push(tuple)
    }

    /// Makes a tuple of what lies from `start` on.
    fn take_tuple(&mut self, start: usize) -> Value {
        let items = self.stack.get(start..).unwrap_or_default();
        let is_constant = |item: &Value| item.is_plain() || matches!(item, Value::Text(_) | Value::Bytes);
        if self.memo.len() > LARGE_MEMO && items.iter().all(is_constant) {
            self.stack.truncate(start);
            return Value::Data;
        }
        let weight = self.weigh(start);
        self.watch(weight);
        let tuple = Value::tuple(self.stack.get(start..).unwrap_or_default().into(), weight);
        self.stack.truncate(start);
        tuple
    }

    pub(super) fn weigh(&self, start: usize) -> u64 {
        let items = self.stack.get(start..).unwrap_or_default();
        items.iter().fold(1, |sum: u64, item| sum.saturating_add(self.containers.weight(item)))
    }

    pub(super) fn watch(&mut self, weight: u64) {
        if weight > EXPANSION {
            self.trace.note(Note::Expansion, self.at);
        }
    }

    fn push_container(&mut self, start: Option<usize>) -> Result<(), Halt> {
        let made = self.containers.create();
        if let (Value::Container(number), Some(start)) = (&made, start) {
            let weight = self.weigh(start);
            let weight = self.containers.grow(*number, weight);
            self.watch(weight);
            self.fill(*number, start);
            self.stack.truncate(start);
        }
        self.push(made)
    }

    fn marked_container(&mut self) -> Result<(), Halt> {
        let start = self.unmark()?;
        self.push_container(Some(start))
    }
}

const NO_OPCODE: Halt = Halt::Broken("there is no such opcode");
pub(super) const UNDERFLOW: Halt = Halt::Broken("the stack is empty");
