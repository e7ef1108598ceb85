//! Exit codes, the same in every command, and what leads to each.

use std::fmt;
use std::process::ExitCode;

use casemate_system::Diagnostic;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing at or above the threshold.
    Success = 0,
    /// The run failed or could not complete.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// There is no input.
    NoInput = 3,
    /// There are findings at or above the threshold.
    Findings = 10,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a run stops without a result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input is not what it must be; each diagnostic with its excerpt, ready to print.
    Invalid {
        /// The input as it was given.
        file: String,
        /// Its text, for excerpts.
        text: String,
        /// What is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
    /// There is no input.
    NoInput {
        /// What was looked for.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The command line names something that is not there.
    Usage(String),
    /// Anything else, with its causes.
    Other(anyhow::Error),
}

impl Failure {
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::NoInput { .. } => Exit::NoInput,
            Self::Usage(_) => Exit::Usage,
            Self::Invalid { .. } | Self::Other(_) => Exit::Failed,
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { file, diagnostics, .. } => write!(f, "{file}: {} problems", diagnostics.len()),
            Self::NoInput { message, .. } | Self::Usage(message) => f.write_str(message),
            Self::Other(error) => write!(f, "{error:#}"),
        }
    }
}
