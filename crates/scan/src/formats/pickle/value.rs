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
    /// A callable that calls a global: a partial of it.
    Partial(u32),
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
    pub(super) weight: u64,
    /// Whether a global or a container is in it, however deep.
    carries: bool,
    /// Whether what it carries was recorded as handed over; once is enough, however often it is used.
    handed: Cell<bool>,
}

impl Tuple {
    /// The items, if they carry anything that was not yet handed over.
    pub(crate) fn hand_over(&self) -> &[Value] {
        if !self.carries || self.handed.replace(true) { &[] } else { &self.items }
    }
}

impl Value {
    /// A tuple of values.
    pub(crate) fn tuple(items: Box<[Self]>, weight: u64) -> Self {
        let depth = items.iter().map(Self::depth).max().unwrap_or(0) + 1;
        if depth > MAX_DEPTH {
            return Self::Unknown;
        }
        let carries = items.iter().any(Self::carries);
        Self::Tuple(Rc::new(Tuple { items, depth, weight, carries, handed: Cell::new(false) }))
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

    /// Whether it is a global or can lead to one.
    pub(crate) fn carries(&self) -> bool {
        match self {
            Self::Global(_) | Self::Partial(_) | Self::Container(_) => true,
            Self::Tuple(tuple) => tuple.carries,
            _ => false,
        }
    }

    /// Whether it is a constant without parts that could matter later.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::None | Self::Bool | Self::Int(_) | Self::Number | Self::Data)
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
