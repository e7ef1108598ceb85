//! A system file as text.

use crate::file::SystemFile;

/// The file as YAML that reads back the same.
#[must_use]
pub fn to_yaml(file: &SystemFile) -> String {
    serde_saphyr::to_string(file).unwrap_or_default()
}
