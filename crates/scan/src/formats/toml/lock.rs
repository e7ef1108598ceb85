//! Lock files of Poetry, uv, PDM and `pylock.toml`: packages in one version each, and where they come from.

use toml::de::DeTable;

use super::{list, place, text_of};
use crate::dependency::{Address, Dependencies};
use crate::scan::Scan;

/// Tells the packages of a lock file, or of a piece of one that begins at an offset. False if the table is none.
pub(super) fn tell(table: &DeTable<'_>, base: u64, dependencies: &mut Dependencies, scan: &mut Scan) -> bool {
    let mut found = false;
    for value in list(table, &["package"]).chain(list(table, &["packages"])) {
        let at = base + place(value);
        let Some(package) = value.get_ref().as_table() else { continue };
        let Some(name) = text_of(package, &["name"]) else { continue };
        // Cargo's lock file has the same shape; its packages are none of Python's.
        let is_crate = text_of(package, &["source"]).is_some_and(|source| source.contains("crates.io"));
        if is_crate {
            return false;
        }
        found = true;
        let is_own = ["editable", "virtual", "directory"]
            .iter()
            .any(|kind| text_of(package, &["source", kind]).is_some());
        if is_own {
            continue;
        }
        dependencies.locked(name, text_of(package, &["version"]).unwrap_or_default(), at, scan);
        source(package, name, at, scan);
    }
    found
}

fn source(package: &DeTable<'_>, name: &str, at: u64, scan: &mut Scan) {
    // Poetry names the kind and the address, uv the address by its kind.
    let kind = text_of(package, &["source", "type"]);
    let address = |key: &str| text_of(package, &["source", key]);
    match (kind, address("url")) {
        (Some("legacy"), Some(url)) => Address::parse(url).index(name, false, at, scan),
        // A lock file pins a commit of git.
        (Some("git"), _) => {}
        (_, Some(url)) => Address::parse(url).direct(Some(name), at, scan),
        _ => {}
    }
    if let Some(url) = address("registry").or_else(|| text_of(package, &["index"])) {
        Address::parse(url).index(name, false, at, scan);
    }
}
