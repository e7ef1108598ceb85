//! A pickle as a tree of plain data and calls that were not made, for taking tensors out of it. It is strict: what it does
//! not know exactly it refuses, with the reason, and nothing is ever called.

use std::collections::HashMap;

use super::arrays;
use super::opcode::{Op, Operand};
use super::reader::{ReadError, Reader};
use super::value::{Dtype, Span};
use crate::input::{Cursor, Input};

/// How many values a tree may have.
const MOST: usize = 2_000_000;
/// How long a name or a number written as text may be.
const LONGEST: u64 = 1024;

/// A value; what has parts is a number in its table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Node {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Span),
    Bytes(Span),
    /// A tuple, list or set.
    Items(u32),
    Dict(u32),
    Global(u32),
    /// What a call would give.
    Call(u32),
    /// What a persistent id stands for, by the number of the call that holds it.
    Persistent(u32),
}

/// A call that was not made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) callable: Node,
    pub(crate) arguments: Node,
    /// What it was given by `BUILD`.
    pub(crate) state: Node,
    /// Where joblib's raw numbers for it lie.
    pub(crate) raw: Option<Span>,
}

/// Why a pickle is refused.
pub(crate) type Refused = String;

/// A pickle as a tree.
pub(crate) struct Tree {
    input: Input,
    pub(crate) root: Node,
    items: Vec<Vec<Node>>,
    dicts: Vec<Vec<(Node, Node)>>,
    globals: Vec<(String, String)>,
    calls: Vec<Call>,
    /// Where the stream ends.
    pub(crate) end: u64,
}

impl Tree {
    /// Reads the stream that begins a source.
    pub(crate) fn read(input: &Input) -> Result<Self, Refused> {
        let reader = Reader::new(input.cursor()).map_err(|error| error.to_string())?;
        let tree = Self {
            input: input.clone(),
            root: Node::None,
            items: Vec::new(),
            dicts: Vec::new(),
            globals: Vec::new(),
            calls: Vec::new(),
            end: 0,
        };
        let mut builder =
            Builder { reader, tree, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new(), count: 0 };
        builder.run()?;
        Ok(builder.tree)
    }

    /// Whether anything would be called.
    pub(crate) fn calls_anything(&self) -> bool {
        !self.calls.is_empty()
    }

    /// The items of a tuple or list; none of anything else.
    pub(crate) fn items(&self, node: Node) -> Option<&[Node]> {
        let Node::Items(number) = node else { return None };
        self.items.get(usize::try_from(number).ok()?).map(Vec::as_slice)
    }

    /// The entries of a dictionary.
    pub(crate) fn entries(&self, node: Node) -> Option<&[(Node, Node)]> {
        let Node::Dict(number) = node else { return None };
        self.dicts.get(usize::try_from(number).ok()?).map(Vec::as_slice)
    }

    /// The entry of a dictionary under a text.
    pub(crate) fn entry(&self, node: Node, key: &str) -> Option<Node> {
        let found = self.entries(node)?.iter().rev();
        found.into_iter().find(|(name, _)| self.text(*name).is_some_and(|name| name == key)).map(|(_, v)| *v)
    }

    /// Module and name of a global.
    pub(crate) fn global(&self, node: Node) -> Option<(&str, &str)> {
        let Node::Global(number) = node else { return None };
        let (module, name) = self.globals.get(usize::try_from(number).ok()?)?;
        Some((module, name))
    }

    /// A call, or what a persistent id holds.
    pub(crate) fn call(&self, node: Node) -> Option<&Call> {
        let (Node::Call(number) | Node::Persistent(number)) = node else { return None };
        self.calls.get(usize::try_from(number).ok()?)
    }

    /// A text that is not too long.
    pub(crate) fn text(&self, node: Node) -> Option<String> {
        let Node::Text(span) = node else { return None };
        let bytes = self.input.bytes(span.offset, Some(span.len).filter(|len| *len <= LONGEST)?).ok()?;
        String::from_utf8(bytes).ok()
    }
}

/// What followed an opcode.
enum Argument {
    Nothing,
    Number(i64),
    Float(f64),
    Span(Span),
    Two(Span, Span),
}

struct Builder {
    reader: Reader<Cursor>,
    tree: Tree,
    stack: Vec<Node>,
    marks: Vec<usize>,
    memo: HashMap<i64, Node>,
    count: usize,
}

impl From<ReadError> for String {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Truncated | ReadError::Length => "the pickle is cut off".to_owned(),
            ReadError::Io(error) => error.to_string(),
        }
    }
}

fn broken() -> Refused {
    "the pickle is broken".to_owned()
}

impl Builder {
    fn run(&mut self) -> Result<(), Refused> {
        loop {
            self.count += 1;
            if self.count > 8 * MOST || self.stack.len() + self.memo.len() > MOST {
                return Err("the pickle has more values than are kept".to_owned());
            }
            let op = Op::of(self.reader.byte()?).ok_or_else(broken)?;
            if op == Op::Stop {
                self.tree.root = self.pop()?;
                self.tree.end = self.reader.position();
                return Ok(());
            }
            let argument = self.argument(op.operand())?;
            self.execute(op, argument)?;
        }
    }

    fn argument(&mut self, operand: Operand) -> Result<Argument, Refused> {
        let reader = &mut self.reader;
        let len = match operand {
            Operand::Nothing => return Ok(Argument::Nothing),
            Operand::U1 => return Ok(Argument::Number(i64::from(reader.byte()?))),
            Operand::U2 => return Ok(Argument::Number(i64::from(u16::from_le_bytes(reader.array()?)))),
            Operand::I4 => return Ok(Argument::Number(i64::from(i32::from_le_bytes(reader.array()?)))),
            Operand::U4 => return Ok(Argument::Number(i64::from(u32::from_le_bytes(reader.array()?)))),
            Operand::U8 => {
                reader.array::<8>()?;
                return Ok(Argument::Nothing);
            }
            Operand::F8 => return Ok(Argument::Float(f64::from_be_bytes(reader.array()?))),
            Operand::Line => return Ok(Argument::Span(reader.line()?)),
            Operand::TwoLines => return Ok(Argument::Two(reader.line()?, reader.line()?)),
            Operand::Counted1 => u64::from(reader.byte()?),
            Operand::Counted4 => u64::from(u32::from_le_bytes(reader.array()?)),
            Operand::Signed4 => u64::try_from(i32::from_le_bytes(reader.array()?)).map_err(|_| broken())?,
            Operand::Counted8 => u64::from_le_bytes(reader.array()?),
        };
        Ok(Argument::Span(reader.skip(len)?))
    }

    fn execute(&mut self, op: Op, argument: Argument) -> Result<(), Refused> {
        let made = match (op, argument) {
            (Op::Proto | Op::Frame, _) => return Ok(()),
            (Op::BinInt | Op::BinInt1 | Op::BinInt2, Argument::Number(number)) => Node::Int(number),
            (Op::BinFloat, Argument::Float(number)) => Node::Float(number),
            (Op::Long1, Argument::Span(span)) => self.long(span)?,
            (Op::None, _) => Node::None,
            (Op::NewTrue, _) => Node::Bool(true),
            (Op::NewFalse, _) => Node::Bool(false),
            (Op::ShortBinUnicode | Op::BinUnicode | Op::BinUnicode8, Argument::Span(span))
            | (Op::BinString | Op::ShortBinString, Argument::Span(span)) => Node::Text(span),
            (Op::BinBytes | Op::ShortBinBytes | Op::BinBytes8 | Op::ByteArray8, Argument::Span(span)) => {
                Node::Bytes(span)
            }
            (Op::Mark, _) => {
                self.marks.push(self.stack.len());
                return Ok(());
            }
            (Op::Pop, _) => return self.pop().map(|_| ()),
            (Op::EmptyTuple | Op::EmptyList | Op::EmptySet, _) => self.sequence(Vec::new())?,
            (Op::EmptyDict, _) => self.dictionary(Vec::new())?,
            (Op::Tuple1, _) => self.counted(1)?,
            (Op::Tuple2, _) => self.counted(2)?,
            (Op::Tuple3, _) => self.counted(3)?,
            (Op::Tuple | Op::List | Op::FrozenSet, _) => {
                let items = self.marked()?;
                self.sequence(items)?
            }
            (Op::Dict, _) => {
                let items = self.marked()?;
                self.dictionary(pairs(&items))?
            }
            (Op::Append, _) => return self.pop().and_then(|item| self.add(&[item])),
            (Op::SetItem, _) => {
                let (value, key) = (self.pop()?, self.pop()?);
                return self.add(&[key, value]);
            }
            (Op::Appends | Op::AddItems | Op::SetItems, _) => {
                let items = self.marked()?;
                return self.add(&items);
            }
            (Op::BinGet | Op::LongBinGet, Argument::Number(number)) => {
                self.memo.get(&number).copied().ok_or_else(broken)?
            }
            (Op::BinPut | Op::LongBinPut, Argument::Number(number)) => return self.put(number),
            (Op::Memoize, _) => return self.put(i64::try_from(self.memo.len()).map_err(|_| broken())?),
            (Op::Global, Argument::Two(module, name)) => self.global(module, name)?,
            (Op::StackGlobal, _) => match (self.pop()?, self.pop()?) {
                (Node::Text(name), Node::Text(module)) => self.global(module, name)?,
                _ => return Err("the name of a global is computed".to_owned()),
            },
            (Op::Reduce, _) => {
                let (arguments, callable) = (self.pop()?, self.pop()?);
                self.reduce(callable, arguments)?
            }
            (Op::NewObj, _) => {
                let (arguments, class) = (self.pop()?, self.pop()?);
                self.made(class, arguments)?
            }
            (Op::Build, _) => {
                let state = self.pop()?;
                return self.build(state);
            }
            (Op::BinPersId, _) => {
                let id = self.pop()?;
                let Node::Call(number) = self.made(Node::None, id)? else { return Err(broken()) };
                Node::Persistent(number)
            }
            _ => return Err("the pickle uses an opcode that no tensor file needs".to_owned()),
        };
        self.stack.push(made);
        Ok(())
    }

    fn pop(&mut self) -> Result<Node, Refused> {
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= floor {
            return Err(broken());
        }
        self.stack.pop().ok_or_else(broken)
    }

    fn marked(&mut self) -> Result<Vec<Node>, Refused> {
        let start = self.marks.pop().ok_or_else(broken)?;
        let items = self.stack.get(start..).ok_or_else(broken)?.to_vec();
        self.stack.truncate(start);
        Ok(items)
    }

    fn put(&mut self, number: i64) -> Result<(), Refused> {
        let top = self.stack.last().copied().ok_or_else(broken)?;
        self.memo.insert(number, top);
        Ok(())
    }

    fn counted(&mut self, len: usize) -> Result<Node, Refused> {
        let start = self.stack.len().checked_sub(len).ok_or_else(broken)?;
        let items = self.stack.get(start..).ok_or_else(broken)?.to_vec();
        self.stack.truncate(start);
        self.sequence(items)
    }

    fn sequence(&mut self, items: Vec<Node>) -> Result<Node, Refused> {
        self.tree.items.push(items);
        Ok(Node::Items(place(self.tree.items.len())?))
    }

    fn dictionary(&mut self, entries: Vec<(Node, Node)>) -> Result<Node, Refused> {
        self.tree.dicts.push(entries);
        Ok(Node::Dict(place(self.tree.dicts.len())?))
    }

    fn made(&mut self, callable: Node, arguments: Node) -> Result<Node, Refused> {
        self.tree.calls.push(Call { callable, arguments, state: Node::None, raw: None });
        Ok(Node::Call(place(self.tree.calls.len())?))
    }

    /// Adds to the container below.
    fn add(&mut self, added: &[Node]) -> Result<(), Refused> {
        let refused = || "something that is no list or dictionary is filled".to_owned();
        let (items, dicts) = (&mut self.tree.items, &mut self.tree.dicts);
        match self.stack.last().copied().ok_or_else(broken)? {
            Node::Items(number) => at(items, number).ok_or_else(broken)?.extend(added),
            Node::Dict(number) => at(dicts, number).ok_or_else(broken)?.extend(pairs(added)),
            _ => return Err(refused()),
        }
        Ok(())
    }

    /// A call; an ordered dictionary is a dictionary.
    fn reduce(&mut self, callable: Node, arguments: Node) -> Result<Node, Refused> {
        if self.tree.global(callable) == Some(("collections", "OrderedDict")) {
            let given = self.tree.items(arguments).ok_or_else(broken)?.first().copied();
            let listed = given.and_then(|given| self.tree.items(given)).unwrap_or_default();
            let entries = listed.iter().filter_map(|pair| match self.tree.items(*pair) {
                Some([key, value]) => Some((*key, *value)),
                _ => None,
            });
            let entries = entries.collect();
            return self.dictionary(entries);
        }
        self.made(callable, arguments)
    }

    /// Gives state; what a dictionary is given are its attributes, such as PyTorch's `_metadata`.
    fn build(&mut self, state: Node) -> Result<(), Refused> {
        let Node::Call(number) = self.stack.last().copied().ok_or_else(broken)? else {
            return match self.stack.last() {
                Some(Node::Dict(_)) => Ok(()),
                _ => Err("state is given to something that is no array".to_owned()),
            };
        };
        let call = at(&mut self.tree.calls, number).ok_or_else(broken)?;
        call.state = state;
        let callable = call.callable;
        if self.tree.global(callable).is_some_and(|(_, name)| name == "NumpyArrayWrapper") {
            let raw = self.raw(state)?;
            at(&mut self.tree.calls, number).ok_or_else(broken)?.raw = Some(raw);
        }
        Ok(())
    }

    /// Steps over the numbers that joblib writes behind a wrapper.
    fn raw(&mut self, state: Node) -> Result<Span, Refused> {
        let unknown = || "an array whose size is not known follows".to_owned();
        let tree = &self.tree;
        let shape = tree.entry(state, "shape").and_then(|shape| tree.items(shape)).ok_or_else(unknown)?;
        let items = shape.iter().try_fold(1_u64, |product, side| match side {
            Node::Int(side) => product.checked_mul(u64::try_from(*side).ok()?),
            _ => None,
        });
        let code = tree.entry(state, "dtype").and_then(|dtype| tree.call(dtype)).map(|call| call.arguments);
        let code = code.and_then(|code| tree.items(code)?.first().and_then(|code| tree.text(*code)));
        let Some(Dtype::Bytes(size)) = code.as_deref().and_then(arrays::dtype) else {
            return Err("an array of Python objects is in it".to_owned());
        };
        let len = items.and_then(|items| items.checked_mul(u64::from(size))).ok_or_else(unknown)?;
        if matches!(tree.entry(state, "numpy_array_alignment_bytes"), Some(Node::Int(_))) {
            let padding = self.reader.byte()?;
            self.reader.skip(u64::from(padding))?;
        }
        Ok(self.reader.skip(len)?)
    }

    fn global(&mut self, module: Span, name: Span) -> Result<Node, Refused> {
        let mut fetch = |span: Span| -> Result<String, Refused> {
            let len = Some(span.len).filter(|len| *len <= LONGEST).ok_or_else(broken)?;
            let bytes = self.reader.fetch(span, usize::try_from(len).map_err(|_| broken())?)?;
            String::from_utf8(bytes).map_err(|_| broken())
        };
        let found = (fetch(module)?, fetch(name)?);
        if let Some(known) = self.tree.globals.iter().position(|known| *known == found) {
            return Ok(Node::Global(place(known + 1)?));
        }
        if self.tree.globals.len() >= 256 {
            return Err("the pickle names more globals than a tensor file needs".to_owned());
        }
        self.tree.globals.push(found);
        Ok(Node::Global(place(self.tree.globals.len())?))
    }

    /// A number of up to eight bytes.
    fn long(&mut self, span: Span) -> Result<Node, Refused> {
        let bytes = self.reader.fetch(span, 9)?;
        if bytes.len() > 8 {
            return Err("a number is larger than tensors need".to_owned());
        }
        let negative = bytes.last().is_some_and(|last| last & 0x80 != 0);
        let mut wide = [if negative { 0xff } else { 0 }; 8];
        for (to, from) in wide.iter_mut().zip(&bytes) {
            *to = *from;
        }
        Ok(Node::Int(i64::from_le_bytes(wide)))
    }
}

/// The number of the last entry of a table that has so many.
fn place(len: usize) -> Result<u32, Refused> {
    if len > MOST {
        return Err("the pickle has more values than are kept".to_owned());
    }
    u32::try_from(len - 1).map_err(|_| broken())
}

fn at<T>(table: &mut [T], number: u32) -> Option<&mut T> {
    table.get_mut(usize::try_from(number).ok()?)
}

fn pairs(items: &[Node]) -> Vec<(Node, Node)> {
    items
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [key, value] => Some((*key, *value)),
            _ => None,
        })
        .collect()
}
