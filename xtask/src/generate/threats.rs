//! The threats of the catalogue, one section each. Judges nothing; the order is that of the ids.

use casemate_catalog::{Catalog, Entry, Threat};

use super::markdown::{codes, head, links, prose, references, rows};

pub(super) fn document(catalog: &Catalog) -> String {
    let mut text = head("Threats", "crates/catalog/threats");
    text += &format!(
        "The catalogue holds {} threats. Each is a file of that name; `casemate catalog show ID` prints one, and\n\
         `casemate explain FINDING` shows how it was judged on an element. What `when` can read is listed under\n\
         [facts](facts.md).\n\n",
        catalog.threats().len()
    );
    text += &index(catalog);
    for entry in catalog.threats().values() {
        text += &section(entry, catalog);
    }
    text.trim_end().to_owned() + "\n"
}

/// The threats by category.
fn index(catalog: &Catalog) -> String {
    let mut text = "| Category | Threats |\n| --- | --- |\n".to_owned();
    for category in casemate_core::Category::ALL {
        let threats = catalog.threats().values().map(|entry| &entry.threat);
        let ids = links("", threats.filter(|threat| threat.category == *category).map(|threat| &threat.id));
        if !ids.is_empty() {
            text += &format!("| {category} | {ids} |\n");
        }
    }
    text + "\n"
}

fn section(entry: &Entry, catalog: &Catalog) -> String {
    let threat = &entry.threat;
    let mut text =
        format!("## {}\n\n**{}**\n\n{}\n\n", threat.id, prose(&threat.title), prose(&threat.description));
    let violates = threat.impact.iter().map(|(property, extent)| format!("{property} ({extent})"));
    text += &rows(&[
        ("Category", threat.category.to_string()),
        ("Domain", format!("`{}`", threat.domain)),
        ("Stands on", stands_on(threat)),
        ("Stages", codes(&threat.applies.stages)),
        ("Violates", violates.collect::<Vec<_>>().join(", ")),
        ("Serves", codes(&threat.goals)),
        ("Attacker needs", codes(&threat.needs)),
        ("Attacker gains", codes(&threat.grants)),
        (
            "Technique",
            format!("{}, enters by {}; confidence {}", threat.maturity, threat.entry, threat.confidence),
        ),
    ]);
    text += &format!("It exists where this is true:\n\n```text\n{}\n```\n\n", threat.when.trim());
    text += &controls(threat);
    text += &format!("**What to do:** {}.\n\n", prose(&threat.recommendation));
    text + &references(&entry.references, catalog)
}

fn stands_on(threat: &Threat) -> String {
    let kinds = codes(&threat.applies.kinds) + &codes(&threat.applies.data);
    let each = match threat.applies.to {
        casemate_catalog::Scope::System => "the system".to_owned(),
        scope => format!("each {scope}"),
    };
    if kinds.is_empty() { each } else { format!("{each} of kind {kinds}") }
}

/// The controls by what they do to it.
fn controls(threat: &Threat) -> String {
    let edges = &threat.controls;
    let reduced = match edges.enough {
        Some(enough) => format!("Reduced by ({enough} together close it)"),
        None => "Reduced by".to_owned(),
    };
    let by_effect = [
        ("Closed by any of", &edges.stop),
        (reduced.as_str(), &edges.reduce),
        ("Detected by", &edges.detect),
        ("Recovered from by", &edges.recover),
    ];
    let named = by_effect.iter().filter(|(_, ids)| !ids.is_empty());
    let lines: String =
        named.map(|(effect, ids)| format!("- {effect}: {}\n", links("controls.md", *ids))).collect();
    lines + "\n"
}
