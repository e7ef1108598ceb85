//! What running a stream showed: which globals it uses and how, and what was odd. It records when things happen,
//! so that a stream that breaks later loses nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::budget::Spent;
use super::value::{Form, Span};
use crate::capability::Capability;

/// A global whose result or effect the machine follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    /// Nothing is known of its result but where it came from.
    No,
    /// `getattr`.
    Attribute,
    /// Gives the module whose name it is given.
    Module,
    /// Gives what a dotted name leads to.
    Resolve,
    /// Gives a callable that calls its first argument.
    Partial,
    /// Gives an extension code to a global.
    Register,
    /// Gives a NumPy type.
    Dtype,
    /// Stands for an array whose bytes follow in the file: joblib's `NumpyArrayWrapper`.
    ArrayWrapper,
    /// Stands for an array in another file: `NDArrayWrapper` of old joblib.
    FileWrapper,
}

impl Special {
    fn of(module: &str, name: &str) -> Self {
        match (module, name) {
            ("builtins" | "__builtin__", "getattr") => Self::Attribute,
            ("builtins" | "__builtin__", "__import__") => Self::Module,
            ("importlib", "import_module" | "__import__") | ("pydoc", "safeimport") => Self::Module,
            ("pkgutil", "resolve_name") | ("pydoc", "locate") => Self::Resolve,
            ("functools" | "_functools", "partial") => Self::Partial,
            ("copyreg" | "copy_reg", "add_extension") => Self::Register,
            ("numpy" | "numpy.core.multiarray", "dtype") => Self::Dtype,
            ("joblib.numpy_pickle" | "sklearn.externals.joblib.numpy_pickle", "NumpyArrayWrapper") => {
                Self::ArrayWrapper
            }
            (
                "joblib.numpy_pickle"
                | "joblib.numpy_pickle_compat"
                | "sklearn.externals.joblib.numpy_pickle",
                "NDArrayWrapper" | "ZNDArrayWrapper",
            ) => Self::FileWrapper,
            _ => Self::No,
        }
    }
}

/// How one global is used; offsets are those of the first time.
#[derive(Debug)]
pub(crate) struct GlobalUse {
    pub(crate) module: Box<str>,
    /// Empty for a module itself.
    pub(crate) name: Box<str>,
    pub(crate) capability: Capability,
    pub(crate) special: Special,
    pub(crate) imported: u64,
    pub(crate) called: Option<u64>,
    /// Given to something that is called, or into state that calls it.
    pub(crate) handed: Option<u64>,
    /// Changed itself, as a module, class or function.
    pub(crate) changed: Option<u64>,
    /// Called in a way whose result is not known.
    pub(crate) doubtful: bool,
}

/// Something odd that is not about one global.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Note {
    UnresolvedCallable,
    ComputedName,
    HiddenAttribute,
    StateOnUnknown,
    PersistentId,
    ExtensionCode,
    FrameMismatch,
    ProtoRepeated,
    ProtoMisplaced,
    ProtoUnknown,
    Expansion,
    ItemOnTensor,
}

/// A value that looks like a pickle itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) span: Span,
    pub(crate) form: Form,
}

/// Everything that was recorded over the streams of one source.
#[derive(Default)]
pub(crate) struct Trace {
    pub(crate) globals: Vec<GlobalUse>,
    index: HashMap<String, u32>,
    key: String,
    pub(crate) notes: BTreeMap<Note, u64>,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) extensions: HashMap<u32, u32>,
    pub(crate) spent: BTreeMap<Spent, u64>,
    pub(crate) opcodes: u64,
    /// Bytes of nested pickles that were decoded.
    pub(crate) decoded: u64,
    /// How many arrays of objects this is within.
    pub(crate) depth: u8,
    /// Whether joblib's array wrapper is among the globals.
    pub(crate) wraps_arrays: bool,
    /// Raw arrays between the opcodes.
    pub(crate) arrays: Vec<Span>,
    /// Values that are long enough to be the numbers of an array.
    pub(crate) blobs: Vec<Span>,
    /// Streams of joblib's arrays of objects, between the opcodes.
    pub(crate) objects: Vec<Span>,
    /// Files that hold arrays, as old joblib names them.
    pub(crate) files: Vec<(String, u64)>,
    /// Data of PyTorch tensors that the stream refers to.
    pub(crate) storages: BTreeMap<Box<str>, Storage>,
}

/// Data of tensors that lies outside of the stream, as the stream describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Storage {
    /// How many items it has.
    pub(crate) items: u64,
    /// How many bytes an item takes; none for a kind of storage nobody knows.
    pub(crate) item: Option<u64>,
    /// Where the stream says so.
    pub(crate) at: u64,
}

impl Trace {
    /// The number of a global, new or known.
    pub(crate) fn global(&mut self, module: &str, name: &str, at: u64, limit: usize) -> Result<u32, Spent> {
        self.key.clear();
        self.key.push_str(module);
        self.key.push('\n');
        self.key.push_str(name);
        if let Some(&number) = self.index.get(&self.key) {
            return Ok(number);
        }
        let number = u32::try_from(self.globals.len()).map_err(|_| Spent::Globals)?;
        if self.globals.len() >= limit {
            return Err(Spent::Globals);
        }
        self.index.insert(self.key.clone(), number);
        self.wraps_arrays |=
            matches!(Special::of(module, name), Special::ArrayWrapper | Special::FileWrapper);
        self.globals.push(GlobalUse {
            module: module.into(),
            name: name.into(),
            capability: Capability::of(module, name),
            special: Special::of(module, name),
            imported: at,
            called: None,
            handed: None,
            changed: None,
            doubtful: false,
        });
        Ok(number)
    }

    /// The use of a global.
    #[inline]
    pub(crate) fn at(&mut self, number: u32) -> Option<&mut GlobalUse> {
        self.globals.get_mut(usize::try_from(number).ok()?)
    }

    /// Whether a global could do harm.
    #[inline]
    pub(crate) fn is_dangerous_global(&self, number: u32) -> bool {
        self.get(number).is_some_and(|global| global.capability.is_dangerous())
    }

    /// The use of a global, to look at.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&GlobalUse> {
        self.globals.get(usize::try_from(number).ok()?)
    }

    /// Records something odd, once.
    #[inline]
    pub(crate) fn note(&mut self, note: Note, at: u64) {
        self.notes.entry(note).or_insert(at);
    }

    /// Whether anything in here could do harm.
    pub(crate) fn is_dangerous(&self) -> bool {
        self.globals.iter().any(|global| global.capability.is_dangerous())
            || self.notes.contains_key(&Note::UnresolvedCallable)
            || self.notes.contains_key(&Note::ComputedName)
    }

    /// The top-level packages that the globals come from.
    pub(crate) fn packages(&self) -> BTreeSet<&str> {
        self.globals.iter().filter_map(|global| global.module.split('.').next()).collect()
    }
}
