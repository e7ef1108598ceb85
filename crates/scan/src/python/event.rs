//! A call that is worth a note: what is called, how it was reached, with what, and when it runs.

use super::value::{Marks, Way};
use crate::capability::Capability;

/// When something runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Context {
    /// When the file is imported, perhaps in a function that is called then.
    Import(Option<String>),
    /// When a package is installed: the method.
    Install(String),
    /// When the file is run as a program.
    Main,
    /// When a function is called.
    Inside(String),
}

impl Context {
    /// As the end of a sentence.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Import(None) => "at import".to_owned(),
            Self::Import(Some(name)) => format!("at import, in function `{name}`"),
            Self::Install(name) => format!("at installation, in function `{name}`"),
            Self::Main => "when run as a program".to_owned(),
            Self::Inside(name) => format!("in function `{name}`"),
        }
    }

    pub(super) fn is_import(&self) -> bool {
        matches!(self, Self::Import(_))
    }
}

/// What a call is given that matters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Given {
    /// Where its arguments came from.
    pub(super) marks: Marks,
    /// A command, as far as it is known.
    pub(super) command: Option<String>,
    /// The first argument, if it is known text.
    pub(super) text: Option<String>,
    /// Bytes that are decoded from the file itself and read as an object.
    pub(super) payload: Option<Vec<u8>>,
    /// What code in a string calls when it is run.
    pub(super) runs: Vec<String>,
    /// Whether it is told not to be safe, or to be: `weights_only`, `trust_remote_code`.
    pub(super) told: Option<bool>,
    /// Whether it opens a file to change it.
    pub(super) writes: bool,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) cell: usize,
    /// Where it begins, in the text.
    pub(super) at: u32,
    pub(super) context: Context,
    /// The dotted path of what is called.
    pub(super) path: String,
    pub(super) capability: Capability,
    pub(super) way: Way,
    pub(super) given: Given,
}
