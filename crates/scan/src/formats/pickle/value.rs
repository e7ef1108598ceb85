//! What the machine knows of the values a stream builds. Text and bytes are places in the input, shared parts
//! are counted references: copies cost nothing, and nothing grows with what it refers to.

use std::cell::Cell;
use std::rc::Rc;

/// Deeper tuples are no longer looked into, so that dropping them cannot exhaust the stack.
const MAX_DEPTH: u32 = 64;

/// A place in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Span {
    pub(crate) offset: u64,
    pub(crate) len: u64,
}

/// How text is written at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// UTF-8, or the bytes of an old string.
    Plain,
    /// A line with `\u` escapes.
    Escaped,
    /// A quoted line with escapes.
    Quoted,
}

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    None,
    Bool,
    Int(i64),
    /// A float, or an integer too large to matter.
    Number,
    Text(Text),
    Bytes,
    Tuple(Rc<Tuple>),
    /// A list, dictionary or set, by its number among the containers.
    Container(u32),
    /// A global, by its number.
    Global(u32),
    /// What calling a global gave.
    Object(u32),
    /// A NumPy type, by what one item takes.
    Dtype(Dtype),
    /// What a persistent id stands for.
    Persistent,
    /// A buffer from outside the stream.
    Buffer,
    /// A constant that is not looked into.
    Data,
    /// Something computed: it could be anything.
    Unknown,
}

/// What one item of a NumPy array takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dtype {
    /// So many bytes.
    Bytes(u32),
    /// A Python object each, which is pickled.
    Object,
}

/// Text at its place. Its length is cut to what a name can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text {
    offset: u64,
    len: u32,
    pub(crate) form: Form,
}

impl Text {
    /// The text of a place.
    #[inline]
    pub(crate) fn new(span: Span, form: Form) -> Self {
        Self { offset: span.offset, len: u32::try_from(span.len).unwrap_or(u32::MAX), form }
    }

    /// Its place.
    #[inline]
    pub(crate) fn span(self) -> Span {
        Span { offset: self.offset, len: u64::from(self.len) }
    }
}

/// A tuple with what is known of it as a whole.
#[derive(Debug)]
pub(crate) struct Tuple {
    pub(crate) items: Box<[Value]>,
    depth: u32,
    /// Leaves if nothing were shared.
    weight: u64,
    /// Whether a global is in it, however deep.
    has_globals: bool,
    /// Whether its globals were recorded as handed over; once is enough, however often it is used.
    handed: Cell<bool>,
}

impl Tuple {
    /// The items, if there are globals among them that were not yet handed over.
    pub(crate) fn hand_over(&self) -> &[Value] {
        if !self.has_globals || self.handed.replace(true) { &[] } else { &self.items }
    }
}

impl Value {
    /// A tuple of values.
    pub(crate) fn tuple(items: Box<[Self]>, weight: u64) -> Self {
        let depth = items.iter().map(Self::depth).max().unwrap_or(0) + 1;
        if depth > MAX_DEPTH {
            return Self::Unknown;
        }
        let has_globals = items.iter().any(|item| match item {
            Self::Global(_) => true,
            Self::Tuple(tuple) => tuple.has_globals,
            _ => false,
        });
        Self::Tuple(Rc::new(Tuple { items, depth, weight, has_globals, handed: Cell::new(false) }))
    }

    fn depth(&self) -> u32 {
        match self {
            Self::Tuple(tuple) => tuple.depth,
            _ => 0,
        }
    }

    /// The items, if it is a tuple.
    pub(crate) fn items(&self) -> Option<&[Self]> {
        match self {
            Self::Tuple(tuple) => Some(&tuple.items),
            _ => None,
        }
    }

    /// Whether it is a constant without parts that could matter later.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::None | Self::Bool | Self::Int(_) | Self::Number | Self::Data)
    }
}

/// What is kept of a mutable container.
#[derive(Debug, Default)]
pub(crate) struct Container {
    weight: u64,
    /// The first entries under text keys, kept only where they are needed.
    fields: Vec<(Text, Value)>,
}

/// The containers of one stream. Only so many are kept; the others have the number `LOST`.
#[derive(Debug, Default)]
pub(crate) struct Containers {
    all: Vec<Container>,
}

const LOST: u32 = u32::MAX;
/// How many entries of a dictionary are kept.
const MAX_FIELDS: usize = 12;
const MAX_CONTAINERS: usize = 1 << 20;

impl Containers {
    /// A new empty container.
    pub(crate) fn create(&mut self) -> Value {
        if self.all.len() >= MAX_CONTAINERS {
            return Value::Container(LOST);
        }
        let number = u32::try_from(self.all.len()).unwrap_or(LOST);
        self.all.push(Container { weight: 1, fields: Vec::new() });
        Value::Container(number)
    }

    /// Leaves of a value if nothing were shared.
    pub(crate) fn weight(&self, value: &Value) -> u64 {
        match value {
            Value::Tuple(tuple) => tuple.weight,
            Value::Container(number) => self.at(*number).map_or(1, |container| container.weight),
            _ => 1,
        }
    }

    /// Adds to a container and gives its new weight.
    pub(crate) fn grow(&mut self, number: u32, by: u64) -> u64 {
        let found = usize::try_from(number).ok().and_then(|number| self.all.get_mut(number));
        found.map_or(0, |container| {
            container.weight = container.weight.saturating_add(by);
            container.weight
        })
    }

    /// Keeps the entries of a dictionary, given as keys and values in turn.
    pub(crate) fn keep(&mut self, number: u32, entries: &[Value]) {
        let found = usize::try_from(number).ok().and_then(|number| self.all.get_mut(number));
        let Some(container) = found else { return };
        for pair in entries.chunks_exact(2) {
            if let [Value::Text(key), value] = pair
                && container.fields.len() < MAX_FIELDS
            {
                container.fields.push((*key, value.clone()));
            }
        }
    }

    /// The entries that were kept of a dictionary.
    pub(crate) fn fields(&self, number: u32) -> &[(Text, Value)] {
        self.at(number).map_or(&[], |container| &container.fields)
    }

    fn at(&self, number: u32) -> Option<&Container> {
        self.all.get(usize::try_from(number).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_two_words() {
        assert_eq!(size_of::<Option<Value>>(), 16);
    }
}
