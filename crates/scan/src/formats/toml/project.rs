//! `pyproject.toml` in the ways of PEP 621, PEP 735, Poetry, PDM and uv, and `Pipfile`.

use toml::de::DeTable;

use super::{Value, entries, find, list, place, text_of};
use crate::dependency::{Address, Dependencies};
use crate::fact::About;
use crate::scan::Scan;

/// Tells the packages of a project. False if the table is none.
pub(super) fn tell(table: &DeTable<'_>, dependencies: &mut Dependencies, scan: &mut Scan) -> bool {
    let has = |keys: &[&str]| find(table, keys).is_some();
    if has(&["packages"]) && (has(&["source"]) || has(&["dev-packages"])) {
        pipfile(table, dependencies, scan);
        return true;
    }
    if !has(&["project"]) && !has(&["build-system"]) && !has(&["tool"]) && !has(&["dependency-groups"]) {
        return false;
    }
    let plain = [["project", "dependencies"], ["build-system", "requires"]];
    let groups = [["project", "optional-dependencies"], ["dependency-groups", ""]];
    for value in plain.iter().flat_map(|keys| list(table, keys)) {
        requirement(value, dependencies, scan);
    }
    for keys in groups {
        let keys: Vec<&str> = keys.into_iter().filter(|key| !key.is_empty()).collect();
        for (_, group) in entries(table, &keys) {
            for value in group.get_ref().as_array().into_iter().flat_map(|items| items.iter()) {
                requirement(value, dependencies, scan);
            }
        }
    }
    for keys in [&["project", "license"][..], &["project", "license", "text"], &["tool", "poetry", "license"]]
    {
        if let Some(licence) = text_of(table, keys) {
            scan.fact(About::Licence, licence, "");
        }
    }
    poetry(table, dependencies, scan);
    uv(table, scan);
    true
}

fn requirement(value: &Value<'_>, dependencies: &mut Dependencies, scan: &mut Scan) {
    if let Some(text) = value.get_ref().as_str() {
        dependencies.loosely(text, place(value), scan);
    }
}

/// Packages by name, with a range or a table that says more.
fn named(name: &str, value: &Value<'_>, dependencies: &mut Dependencies, scan: &mut Scan) {
    if name == "python" {
        return;
    }
    let at = place(value);
    let table = value.get_ref().as_table();
    let range = value.get_ref().as_str().or_else(|| text_of(table?, &["version"])).unwrap_or_default();
    let range = if range == "*" { "" } else { range };
    // Poetry takes a bare version to mean that one, Pipenv does not know it.
    let is_bare = range.starts_with(|c: char| c.is_ascii_digit());
    let range = if is_bare { format!("=={range}") } else { range.to_owned() };
    dependencies.package(name, &range, at, scan);
    let Some(table) = table else { return };
    let is_commit =
        text_of(table, &["rev"]).or_else(|| text_of(table, &["ref"])).is_some_and(|rev| rev.len() >= 40);
    if let Some(url) = text_of(table, &["git"]).filter(|_| !is_commit).or_else(|| text_of(table, &["url"])) {
        Address::parse(url).direct(Some(name), at, scan);
    }
}

fn poetry(table: &DeTable<'_>, dependencies: &mut Dependencies, scan: &mut Scan) {
    let own = entries(table, &["tool", "poetry", "dependencies"])
        .chain(entries(table, &["tool", "poetry", "dev-dependencies"]));
    let grouped = entries(table, &["tool", "poetry", "group"])
        .filter_map(|(_, group)| group.get_ref().as_table())
        .flat_map(|group| entries(group, &["dependencies"]));
    for (name, value) in own.chain(grouped) {
        named(name, value, dependencies, scan);
    }
    for source in list(table, &["tool", "poetry", "source"]).chain(list(table, &["tool", "pdm", "source"])) {
        let Some(fields) = source.get_ref().as_table() else { continue };
        if let Some(url) = text_of(fields, &["url"]) {
            // An explicit source serves only the packages that name it.
            let only = matches!(text_of(fields, &["priority"]), Some("explicit" | "primary" | "default"));
            Address::parse(url).index("source", only, place(source), scan);
        }
    }
}

fn uv(table: &DeTable<'_>, scan: &mut Scan) {
    for index in list(table, &["tool", "uv", "index"]) {
        let Some(fields) = index.get_ref().as_table() else { continue };
        let is = |key: &str| find(fields, &[key]).and_then(|value| value.get_ref().as_bool()) == Some(true);
        if let Some(url) = text_of(fields, &["url"]) {
            Address::parse(url).index("index", is("explicit") || is("default"), place(index), scan);
        }
    }
    for value in
        list(table, &["tool", "uv", "extra-index-url"]).chain(list(table, &["tool", "uv", "find-links"]))
    {
        if let Some(url) = value.get_ref().as_str() {
            Address::parse(url).index("extra-index-url", false, place(value), scan);
        }
    }
    for (name, source) in entries(table, &["tool", "uv", "sources"]) {
        let Some(fields) = source.get_ref().as_table() else { continue };
        let is_commit = text_of(fields, &["rev"]).is_some_and(|rev| rev.len() >= 40);
        if let Some(url) =
            text_of(fields, &["git"]).filter(|_| !is_commit).or_else(|| text_of(fields, &["url"]))
        {
            Address::parse(url).direct(Some(name), place(source), scan);
        }
    }
}

fn pipfile(table: &DeTable<'_>, dependencies: &mut Dependencies, scan: &mut Scan) {
    for (name, value) in entries(table, &["packages"]).chain(entries(table, &["dev-packages"])) {
        named(name, value, dependencies, scan);
    }
    for (place_in_list, source) in list(table, &["source"]).enumerate() {
        let Some(fields) = source.get_ref().as_table() else { continue };
        if let Some(url) = text_of(fields, &["url"]) {
            Address::parse(url).index("source", place_in_list == 0, place(source), scan);
        }
        let unchecked =
            find(fields, &["verify_ssl"]).and_then(|value| value.get_ref().as_bool()) == Some(false);
        if unchecked {
            dependencies.unchecked(text_of(fields, &["url"]).unwrap_or_default(), place(source), scan);
        }
    }
}
