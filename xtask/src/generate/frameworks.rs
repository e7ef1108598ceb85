//! The framework packs: where their facts come from, and how much of each the catalogue covers.

use std::collections::BTreeMap;

use casemate_catalog::{Catalog, Framework};

use super::markdown::{head, prose, rows};
use crate::documents::slug;

pub(super) fn document(catalog: &Catalog) -> String {
    let mut text = head("Frameworks", "crates/catalog/frameworks");
    text += "References always name a framework and its edition, because editions number the same risk differently. A\n\
             pack holds ids, titles and relations as facts, none of the framework's prose. That an entry has a threat\n\
             says that the catalogue speaks to it, never that a system complies with it. `casemate catalog coverage ID`\n\
             lists what is missing.\n\n| Pack | Title | Entries | With a threat |\n| --- | --- | ---: | ---: |\n";
    for pack in catalog.frameworks().values() {
        let covered = catalog.coverage(&pack.id).len();
        let anchor = slug(&pack.id.to_string());
        text += &format!(
            "| [{}](#{anchor}) | {} | {} | {covered} |\n",
            pack.id,
            prose(&pack.title),
            pack.items.len()
        );
    }
    text += "\n";
    for pack in catalog.frameworks().values() {
        text += &section(pack, catalog);
    }
    text.trim_end().to_owned() + "\n"
}

fn section(pack: &Framework, catalog: &Catalog) -> String {
    let mut text = format!("## {}\n\n**{}**\n\n", pack.id, prose(&pack.title));
    text += &rows(&[
        ("Publisher", prose(&pack.publisher)),
        ("Source", prose(&pack.source)),
        ("Licence", prose(&pack.licence)),
        ("As of", pack.as_of.to_string()),
    ]);
    text += "| Kind | Entries | With a threat |\n| --- | ---: | ---: |\n";
    let covered = catalog.coverage(&pack.id);
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for item in &pack.items {
        let (entries, with_threat) = kinds.entry(&item.kind).or_default();
        *entries += 1;
        *with_threat += usize::from(covered.contains_key(&item.id));
    }
    for (kind, (entries, with_threat)) in kinds {
        text += &format!("| {kind} | {entries} | {with_threat} |\n");
    }
    text += "\n";
    if !pack.dates.is_empty() {
        text += "| Duties begin | What | Before | Source |\n| --- | --- | --- | --- |\n";
        for date in &pack.dates {
            let was = date.was.map(|was| was.to_string()).unwrap_or_default();
            text += &format!("| {} | {} | {was} | {} |\n", date.date, prose(&date.what), prose(&date.source));
        }
        text += "\n";
    }
    text
}
