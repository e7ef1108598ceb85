//! `casemate.yaml`: schema, spanned parsing, checklists and importers.
//!
//! From text to a [`Description`] whose names all lead somewhere. No file is opened here, and nothing is judged.

mod at;
mod checklist;
mod description;
mod diagnostic;
pub mod file;
pub mod import;
mod node;
mod resolve;
mod system;
mod write;
pub mod yaml;

pub use at::{At, Position, Section};
pub use checklist::{Answer, Checklist};
pub use description::{Described, Description, detect, read, read_file};
pub use diagnostic::{Diagnostic, Source};
pub use resolve::{Names, resolve};
pub use system::{Dangling, System};
pub use write::to_yaml;

/// The JSON Schema of the system file, for editors.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(file::SystemFile).to_value()
}
