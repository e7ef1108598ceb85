//! Data to stdout or a file, messages to stderr, colour where it is wanted. A closed pipe is no error.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::{env, fs};

use anyhow::Context as _;
use casemate_core::printable;
use casemate_system::{Diagnostic, Source};

use crate::args::Color;
use crate::exit::Failure;

/// Where output goes.
pub(crate) struct Terminal {
    /// Whether stdout takes colour.
    pub(crate) colour: bool,
    colour_errors: bool,
}

impl Terminal {
    pub(crate) fn new(color: Color) -> Self {
        let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let forced = env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let decide = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => !plain && (forced || terminal),
        };
        Self { colour: decide(io::stdout().is_terminal()), colour_errors: decide(io::stderr().is_terminal()) }
    }

    /// Writes data to a file, or to stdout.
    pub(crate) fn data(&self, text: &str, file: Option<&Path>) -> Result<(), Failure> {
        if let Some(path) = file {
            return Ok(fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?);
        }
        match io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => Ok(result.context("cannot write to stdout")?),
        }
    }

    /// Says something on stderr.
    pub(crate) fn note(&self, text: &str) {
        // A message nobody can read is not worth failing for.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Shows diagnostics with excerpts on stderr.
    pub(crate) fn diagnostics(&self, diagnostics: &[Diagnostic], source: &Source<'_>) {
        for diagnostic in diagnostics {
            self.note(&diagnostic.render(source, self.colour_errors));
            self.note("");
        }
    }

    /// Shows why a run stops.
    pub(crate) fn error(&self, failure: &Failure) {
        match failure {
            Failure::Invalid { file, text, diagnostics } => {
                self.diagnostics(diagnostics, &Source { file, text });
                let noun = if diagnostics.len() == 1 { "problem" } else { "problems" };
                self.note(&format!("{}: {} {noun}", printable(file), diagnostics.len()));
            }
            Failure::NoInput { message, hint } => {
                self.note(&format!("error: {}\n\nhint: {hint}", printable(message)));
            }
            Failure::Usage(message) => self.note(&format!("error: {message}")),
            Failure::Other(error) => self.note(&format!("error: {error:#}")),
        }
    }
}
