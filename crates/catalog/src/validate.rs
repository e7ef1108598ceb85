//! What must be true of catalogue entries together. Every check returns sentences that name the file and what to do;
//! nothing is repaired.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use casemate_core::{FrameworkId, Id};

use crate::catalog::Entry;
use crate::load::Entries;
use crate::threat::Scope;
use crate::{Control, Framework, Threat};

/// Ids are unique and name their files.
pub(crate) fn ids(entries: &Entries) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeMap::new();
    let threats = entries
        .threats
        .iter()
        .map(|(file, threat)| ("threat", file, threat.id.to_string(), threat.id.to_string()));
    let controls = entries
        .controls
        .iter()
        .map(|(file, control)| ("control", file, control.id.to_string(), control.id.to_string()));
    let frameworks = entries.frameworks.iter().map(|(file, pack)| {
        ("framework", file, pack.id.to_string(), format!("{}-{}", pack.id.name, pack.id.edition))
    });
    for (what, file, id, stem) in threats.chain(controls).chain(frameworks) {
        if Path::new(file).file_stem().is_none_or(|name| name != stem.as_str()) {
            problems.push(format!("{file}: holds the {what} `{id}` and must be named `{stem}.yaml`"));
        }
        if let Some(first) = seen.insert((what, id.clone()), file) {
            problems.push(format!("{file}: the {what} `{id}` exists already in {first}; choose another id"));
        }
    }
    problems
}

/// A threat is complete, and what it names exists.
pub(crate) fn threat(
    file: &str,
    threat: &Threat,
    controls: &BTreeMap<Id, Control>,
    frameworks: &BTreeMap<FrameworkId, Framework>,
) -> Vec<String> {
    let mut problems = references(file, &threat.references, frameworks);
    let mut say = |problem: String| problems.push(format!("{file}: {problem}"));
    for control in threat.controls.all().filter(|control| !controls.contains_key(*control)) {
        let nearest = casemate_core::nearest(control.as_str(), controls.keys().map(Id::as_str));
        say(format!("names the control `{control}`, which does not exist{}", did_you_mean(nearest)));
    }
    let closes = !threat.controls.stop.is_empty() || threat.controls.enough.is_some();
    if closes == threat.controls.none {
        say("say what closes it: `controls.stop`, or `controls.enough` with `controls.reduce`, or `controls.none: true`"
            .to_owned());
    }
    if threat.controls.enough.is_some_and(|enough| enough == 0 || enough > threat.controls.reduce.len()) {
        say("`controls.enough` must be between 1 and the number of `reduce` controls".to_owned());
    }
    let rated: BTreeSet<_> = threat.impact.keys().collect();
    if threat.violates.is_empty() || rated != threat.violates.iter().collect() {
        say("`impact` must say how much of each property in `violates` it takes".to_owned());
    }
    if !threat.applies.kinds.is_empty() && threat.applies.to != Scope::Component {
        say("`applies.kinds` is for threats on components".to_owned());
    }
    if !threat.applies.data.is_empty() && threat.applies.to != Scope::Data {
        say("`applies.data` is for threats on data".to_owned());
    }
    if threat.applies.stages.is_empty() {
        say("`applies.stages` must name the lifecycle stages it belongs to".to_owned());
    }
    if threat.goals.is_empty() {
        say("`goals` must name at least one goal it serves".to_owned());
    }
    let examples = &threat.examples;
    let closed_missing = examples.closed.is_empty() != threat.controls.none;
    if examples.open.is_empty() || closed_missing || examples.not_applicable.is_empty() {
        say("`examples` must hold at least one each of open, closed and not-applicable".to_owned());
    }
    for (name, text) in [("title", &threat.title), ("recommendation", &threat.recommendation)] {
        if text.trim().is_empty() || text.trim_end().ends_with('.') || text.contains('\n') {
            say(format!("`{name}` must be one line without a final period"));
        }
    }
    problems
}

/// Every control leads to its own gap, and that threat knows the control.
pub(crate) fn controls(
    controls: &BTreeMap<Id, Control>,
    threats: &BTreeMap<Id, Entry>,
    frameworks: &BTreeMap<FrameworkId, Framework>,
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut gaps: BTreeMap<&Id, &Id> = BTreeMap::new();
    let mut aliases: BTreeMap<&Id, &Id> = BTreeMap::new();
    for (id, control) in controls {
        let file = format!("controls/{id}.yaml");
        for alias in &control.aliases {
            let taken = controls.get_key_value(alias).map(|(other, _)| other).or(aliases.insert(alias, id));
            if let Some(other) = taken {
                problems.push(format!("{file}: its alias `{alias}` means the control `{other}` already"));
            }
        }
        problems.extend(references(&file, &control.references, frameworks));
        match threats.get(&control.gap) {
            None => problems
                .push(format!("{file}: `gap` names the threat `{}`, which does not exist", control.gap)),
            Some(Entry { threat, .. }) => {
                if !threat.controls.stop.contains(id) && !threat.controls.reduce.contains(id) {
                    problems.push(format!(
                        "{file}: its gap `{}` lists it neither under `stop` nor under `reduce`",
                        control.gap
                    ));
                }
            }
        }
        if let Some(other) = gaps.insert(&control.gap, id) {
            problems.push(format!(
                "{file}: shares its gap `{}` with `{other}`; each control has its own",
                control.gap
            ));
        }
    }
    problems
}

/// Within a pack and between packs, every id leads somewhere.
pub(crate) fn frameworks(frameworks: &BTreeMap<FrameworkId, Framework>) -> Vec<String> {
    let mut problems = Vec::new();
    for (id, pack) in frameworks {
        let known: BTreeSet<&str> = pack.items.iter().map(|item| &*item.id).collect();
        let mut say = |problem: String| problems.push(format!("framework {id}: {problem}"));
        if known.len() != pack.items.len() {
            say("an id appears twice".to_owned());
        }
        for item in &pack.items {
            for other in item.parent.iter().chain(&item.related).filter(|other| !known.contains(&***other)) {
                say(format!("`{}` names `{other}`, which is not in the pack", item.id));
            }
        }
        for item in pack.dates.iter().flat_map(|date| &date.items).filter(|item| !known.contains(&***item)) {
            say(format!("a date concerns `{item}`, which is not in the pack"));
        }
        for replacement in pack.retired.values().filter(|new| !known.contains(&***new)) {
            say(format!("a retired id leads to `{replacement}`, which is not in the pack"));
        }
        for aliases in &pack.aliases {
            match frameworks.get(&aliases.edition) {
                None => say(format!("has aliases into `{}`, which is not there", aliases.edition)),
                Some(other) => {
                    for (ours, theirs) in &aliases.ids {
                        if !known.contains(&**ours) || other.item(theirs).is_none() {
                            say(format!("the alias {ours} = {theirs} leads nowhere"));
                        }
                    }
                }
            }
        }
    }
    problems
}

fn references(
    file: &str,
    references: &BTreeMap<FrameworkId, Vec<Arc<str>>>,
    frameworks: &BTreeMap<FrameworkId, Framework>,
) -> Vec<String> {
    let mut problems = Vec::new();
    for (framework, ids) in references {
        let Some(pack) = frameworks.get(framework) else {
            let known: Vec<String> = frameworks.keys().map(ToString::to_string).collect();
            let nearest = casemate_core::nearest(&framework.to_string(), known.iter().map(String::as_str));
            problems.push(format!("{file}: no pack has `{framework}`{}", did_you_mean(nearest)));
            continue;
        };
        for id in ids.iter().filter(|id| pack.item(id).is_none()) {
            let instead =
                pack.retired.get(id).map(|new| format!(": it was retired; use `{new}`")).unwrap_or_default();
            problems.push(format!("{file}: `{framework}` has no `{id}`{instead}"));
        }
    }
    problems
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}
