//! What a system file may refer to outside itself: the catalogue's names, for the crate that reads system files and
//! does not know the catalogue.

use casemate_catalog::Catalog;
use casemate_system::Names;

/// The names a catalogue knows, for reading system files against it.
#[must_use]
pub fn names(catalog: &Catalog) -> Names {
    let controls = catalog.controls();
    Names {
        controls: controls.keys().map(ToString::to_string).collect(),
        aliases: controls
            .values()
            .flat_map(|control| control.aliases.iter().map(|alias| (alias.to_string(), control.id.clone())))
            .collect(),
        required: controls
            .values()
            .filter(|control| control.required)
            .map(|control| control.id.to_string())
            .collect(),
        frameworks: catalog.frameworks().keys().map(ToString::to_string).collect(),
    }
}
