//! Importers: one file per foreign format, each from source text to a system file. What an import cannot map it
//! lists as a problem; it never drops anything in silence and never invents a value.

use casemate_core::{InputFormat, Problem};

use crate::diagnostic::{Diagnostic, Source};
use crate::file::SystemFile;

/// What an import yields.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    /// The system file the input becomes.
    pub file: SystemFile,
    /// What has no place in it.
    pub problems: Vec<Problem>,
}

/// An importer: from the text of a foreign format to a system file.
pub type Importer = fn(&Source<'_>) -> Result<Imported, Diagnostic>;

/// The importer of a format; none for Casemate's own.
#[must_use]
pub fn importer(format: InputFormat) -> Option<Importer> {
    match format {
        InputFormat::Checklist | InputFormat::System => None,
        InputFormat::TmLibrary | InputFormat::Threagile | InputFormat::Otm | InputFormat::CycloneDx => None,
    }
}

/// Tells a foreign format by its top-level keys.
pub fn detect(_has: &dyn Fn(&str) -> bool) -> Option<InputFormat> {
    None
}
