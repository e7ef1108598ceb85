//! The controls of the catalogue, one section each, with the threats they act on.

use casemate_catalog::{Catalog, Control, Edges};
use casemate_core::Id;

use super::markdown::{codes, head, links, prose, references, rows};

pub(super) fn document(catalog: &Catalog) -> String {
    let mut text = head("Controls", "crates/catalog/controls");
    let required = catalog.controls().values().filter(|control| control.required).map(|control| &control.id);
    text += &format!(
        "The catalogue holds {} controls. A system file claims them by their ids, a checklist by their names there. A\n\
         checklist that leaves these out is judged as if it said `false`: {}.\n\n",
        catalog.controls().len(),
        links("", required)
    );
    for control in catalog.controls().values() {
        text += &section(control, catalog);
    }
    text.trim_end().to_owned() + "\n"
}

fn section(control: &Control, catalog: &Catalog) -> String {
    let mut text = format!("## {}\n\n**{}**\n\n", control.id, prose(&control.title));
    text += &format!("{}\n\n{}\n\n", prose(&control.summary), prose(&control.how));
    text += &rows(&[
        ("Category", control.category.to_string()),
        ("Domain", format!("`{}`", control.domain)),
        ("Stages", codes(&control.stages)),
        ("Effort", control.effort.to_string()),
        (
            "In a checklist",
            format!("`{}`{}", control.checklist_name(), if control.required { ", required" } else { "" }),
        ),
        ("Missing, leaves open", links("threats.md", [&control.gap])),
        ("Checks", codes(&control.checks)),
        ("Closes", acted_on(catalog, &control.id, |edges| &edges.stop)),
        ("Reduces", acted_on(catalog, &control.id, |edges| &edges.reduce)),
        ("Detects", acted_on(catalog, &control.id, |edges| &edges.detect)),
        ("Recovers from", acted_on(catalog, &control.id, |edges| &edges.recover)),
    ]);
    text + &references(&control.references, catalog)
}

/// The threats that name a control under one effect.
fn acted_on(catalog: &Catalog, control: &Id, effect: fn(&Edges) -> &Vec<Id>) -> String {
    let threats = catalog.threats().values().map(|entry| &entry.threat);
    links(
        "threats.md",
        threats.filter(|threat| effect(&threat.controls).contains(control)).map(|threat| &threat.id),
    )
}
