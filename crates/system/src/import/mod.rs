//! Importers: one file per foreign format, each from source text to a system file. What an import cannot map it
//! lists as a problem; it never drops anything in silence and never invents a value.

mod controls;
mod cyclonedx;
mod draft;
mod entry;
mod ids;
mod notes;
mod otm;
mod threagile;
mod tm_library;
mod words;

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
        InputFormat::TmLibrary => Some(tm_library::import),
        InputFormat::Threagile => Some(threagile::import),
        InputFormat::Otm => Some(otm::import),
        InputFormat::CycloneDx => Some(cyclonedx::import),
    }
}

/// The controls that an import can claim: the catalogue must have them.
pub fn claimable() -> impl Iterator<Item = &'static str> {
    controls::all()
}

/// Tells a foreign format by its top-level keys.
pub fn detect(has: &dyn Fn(&str) -> bool) -> Option<InputFormat> {
    if has("threagile_version") || has("technical_assets") {
        Some(InputFormat::Threagile)
    } else if has("otmVersion") {
        Some(InputFormat::Otm)
    } else if has("bomFormat") {
        Some(InputFormat::CycloneDx)
    } else if has("trust_zones") || (has("scope") && has("data_sets")) {
        Some(InputFormat::TmLibrary)
    } else {
        None
    }
}
