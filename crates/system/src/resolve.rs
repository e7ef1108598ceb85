//! From a parsed file to a `System`: ids are unique, names lead somewhere, controls and frameworks exist.
//! Everything wrong is reported at once; a reference that leads nowhere is dropped and kept on record.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Id, InputFormat};

use crate::at::{At, Position, Section};
use crate::diagnostic::{Diagnostic, Source};
use crate::file::SystemFile;
use crate::system::{Dangling, System};

/// The names the catalogue knows: what a system file may refer to outside itself.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Control ids.
    pub controls: BTreeSet<String>,
    /// What controls are called besides, and their ids.
    pub aliases: BTreeMap<String, Id>,
    /// Control ids that every checklist must state.
    pub required: BTreeSet<String>,
    /// Frameworks with their edition.
    pub frameworks: BTreeSet<String>,
}

impl Names {
    /// The id of the control that a name means, if it means one.
    pub(crate) fn control(&self, name: &str) -> Option<Id> {
        let own = || self.controls.contains(name).then(|| name.parse().ok()).flatten();
        self.aliases.get(name).cloned().or_else(own)
    }
}

/// Resolves a file.
///
/// # Errors
/// Every duplicate id, unknown control, unknown framework, boundary cycle and empty claim, in file order.
pub fn resolve(
    file: SystemFile,
    format: InputFormat,
    source: &Source<'_>,
    names: &Names,
) -> Result<System, Vec<Diagnostic>> {
    let mut resolver =
        Resolver { source, errors: Vec::new(), dangling: Vec::new(), positions: BTreeMap::new() };
    let system = resolver.system(file, format, names);
    resolver.errors.sort_by(|a, b| a.location.cmp(&b.location));
    if resolver.errors.is_empty() { Ok(system) } else { Err(resolver.errors) }
}

/// How many boundaries may lie around one: whoever asks what encloses a part walks them all.
pub(crate) const MAX_NESTING: usize = 64;

/// How many dangling references get a suggestion.
const SUGGESTIONS: usize = 100;

struct Resolver<'s> {
    source: &'s Source<'s>,
    errors: Vec<Diagnostic>,
    dangling: Vec<Dangling>,
    positions: BTreeMap<Id, Position>,
}

/// Names of one kind of element, to look references up in.
struct Known {
    expected: &'static str,
    names: BTreeSet<String>,
}

impl Known {
    fn of<'n>(expected: &'static str, ids: impl IntoIterator<Item = &'n Id>) -> Self {
        Self { expected, names: ids.into_iter().map(ToString::to_string).collect() }
    }
}

impl Resolver<'_> {
    fn system(&mut self, file: SystemFile, format: InputFormat, names: &Names) -> System {
        if file.version.value != 1 {
            let found = file.version.value;
            self.error(
                file.version.position,
                |d| d.expected("this Casemate reads version 1"),
                format!("unknown version {found}"),
            );
        }
        self.positions.insert(file.system.id.value.clone(), file.system.id.position);
        let mut actors = self.unique(file.actors);
        let mut boundaries = self.unique(file.boundaries);
        let data = self.unique(file.data);
        let mut components = self.unique(file.components);
        let mut flows = self.unique(file.flows);

        let in_boundaries = Known::of("boundary", boundaries.keys());
        let in_data = Known::of("data set", data.keys());
        let in_components = Known::of("component", components.keys());
        let in_nodes = Known::of("component or actor", components.keys().chain(actors.keys()));

        for (id, actor) in &mut actors {
            self.keep_one(id, || format!("actors.{id}.at"), &mut actor.at, &in_boundaries);
        }
        for (id, boundary) in &mut boundaries {
            self.keep_one(id, || format!("boundaries.{id}.parent"), &mut boundary.parent, &in_boundaries);
        }
        for (id, component) in &mut components {
            self.keep_one(
                id,
                || format!("components.{id}.boundary"),
                &mut component.boundary,
                &in_boundaries,
            );
            self.keep(id, || format!("components.{id}.stores"), &mut component.stores, &in_data);
            if let Some(model) = &mut component.model {
                let key = || format!("components.{id}.model.fine_tuned_on");
                self.keep(id, key, &mut model.fine_tuned_on, &in_data);
            }
            if let Some(agent) = &mut component.agent {
                self.keep(id, || format!("components.{id}.agent.tools"), &mut agent.tools, &in_components);
                self.keep_one(
                    id,
                    || format!("components.{id}.agent.memory"),
                    &mut agent.memory,
                    &in_components,
                );
            }
        }
        flows.retain(|id, flow| {
            let from = self.leads(id, || format!("flows.{id}.from"), &flow.from, &in_nodes);
            let to = self.leads(id, || format!("flows.{id}.to"), &flow.to, &in_nodes);
            self.keep(id, || format!("flows.{id}.data"), &mut flow.data, &in_data);
            from && to
        });

        let mut claims = file.controls;
        let everything = self.positions.keys().filter(|id| !actors.contains_key(*id));
        let in_targets = Known::of("component, data, flow, boundary or system", everything);
        for claim in &mut claims {
            let meant = names.control(claim.control.value.as_str());
            let is_known = meant.is_some();
            let control = meant.unwrap_or_else(|| claim.control.value.clone());
            claim.control.value = control.clone();
            if !is_known {
                let known = names.controls.iter().map(String::as_str);
                self.error(
                    claim.control.position,
                    |d| {
                        d.expected("not in the catalogue")
                            .hint("`casemate catalog list controls` shows the controls there are")
                            .suggest(control.as_str(), known)
                    },
                    format!("unknown control `{control}`"),
                );
            }
            if claim.on.is_empty() {
                let message = format!("the claim of `{control}` protects nothing");
                self.error(
                    claim.control.position,
                    |d| d.expected("`on` must name at least one element"),
                    message,
                );
            }
            let owner = claim
                .on
                .first()
                .map_or_else(|| file.system.id.value.clone(), |on| owner_of(&on.value, &file.system.id));
            self.keep(&owner, || format!("controls.{control}.on"), &mut claim.on, &in_targets);
        }
        for framework in &file.system.frameworks {
            let name = framework.value.to_string();
            if !names.frameworks.contains(&name) {
                let known = names.frameworks.iter().map(String::as_str);
                self.error(
                    framework.position,
                    |d| {
                        d.expected("no pack has this framework in this edition")
                            .hint("`casemate catalog list frameworks` shows the packs there are")
                            .suggest(&name, known)
                    },
                    format!("unknown framework `{name}`"),
                );
            }
        }
        for accept in &file.accept {
            if accept.reason.value.trim().is_empty() {
                let message = format!("the acceptance of `{}` gives no reason", accept.finding.value);
                self.error(accept.reason.position, |d| d.expected("say why the risk is bearable"), message);
            }
        }

        let system = System {
            meta: file.system,
            actors,
            boundaries,
            data,
            components,
            flows,
            claims,
            incidents: file.incidents,
            accept: file.accept,
            dangling: std::mem::take(&mut self.dangling),
            format,
            file: self.source.file.into(),
            positions: std::mem::take(&mut self.positions),
        };
        self.refuse_cycles(&system);
        system
    }

    /// The section as a map; a name used before, in any section, is an error.
    fn unique<T>(&mut self, section: Section<T>) -> BTreeMap<Id, T> {
        let mut map = BTreeMap::new();
        for (id, value) in section.0 {
            if let Some(&other) = self.positions.get(&id.value) {
                let (first, second) = (other.min(id.position), other.max(id.position));
                let hint = format!(
                    "`{}` is first used on line {}; give each element its own name",
                    id.value, first.line
                );
                let message = format!("duplicate id `{}`", id.value);
                self.error(second, |d| d.expected("used a second time here").hint(hint), message);
                continue;
            }
            self.positions.insert(id.value.clone(), id.position);
            map.insert(id.value, value);
        }
        map
    }

    fn keep(
        &mut self,
        owner: &Id,
        key: impl Fn() -> String,
        references: &mut Vec<At<String>>,
        known: &Known,
    ) {
        references.retain(|reference| self.leads(owner, &key, reference, known));
    }

    fn keep_one(
        &mut self,
        owner: &Id,
        key: impl Fn() -> String,
        reference: &mut Option<At<String>>,
        known: &Known,
    ) {
        *reference = reference.take().filter(|reference| self.leads(owner, &key, reference, known));
    }

    fn leads(&mut self, owner: &Id, key: impl Fn() -> String, reference: &At<String>, known: &Known) -> bool {
        let found = known.names.contains(&reference.value);
        if !found {
            // Looking for what was meant compares with every name: a file full of dangling references must not make
            // that quadratic.
            let names = known.names.iter().map(String::as_str);
            let within = self.dangling.len() < SUGGESTIONS;
            let nearest = within.then(|| casemate_core::nearest(&reference.value, names)).flatten();
            self.dangling.push(Dangling {
                owner: owner.clone(),
                key: key(),
                name: casemate_core::printable(&reference.value),
                expected: known.expected,
                nearest: nearest.map(str::to_owned),
                location: self.source.locate(reference.position),
            });
        }
        found
    }

    fn refuse_cycles(&mut self, system: &System) {
        for (id, boundary) in &system.boundaries {
            let around = || system.enclosing(Some(id.as_str())).skip(1).take(MAX_NESTING);
            if around().count() < MAX_NESTING {
                continue;
            }
            let position = boundary.parent.as_ref().map(|parent| parent.position).unwrap_or_default();
            if around().any(|(parent, _)| parent == id) {
                let message = format!("boundary `{id}` contains itself");
                self.error(position, |d| d.expected("its parents lead back to it"), message);
            } else {
                let message = format!("boundary `{id}` lies too deep");
                let expected = format!("its parents go on for more than {MAX_NESTING} levels");
                self.error(position, |d| d.expected(expected), message);
            }
        }
    }

    fn error(
        &mut self,
        position: Position,
        describe: impl FnOnce(Diagnostic) -> Diagnostic,
        message: String,
    ) {
        self.errors.push(describe(Diagnostic::new(message)).at(self.source.locate(position)));
    }
}

/// The element a claim's dangling reference is reported on: the one it names if that is a name at all.
fn owner_of(name: &str, system: &At<Id>) -> Id {
    name.parse().unwrap_or_else(|_| system.value.clone())
}

impl Dangling {
    /// The reference as a diagnostic, for people who check a file.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic =
            Diagnostic::new(format!("`{}` names `{}`, which does not exist", self.key, self.name))
                .expected(format!("expected the name of a {}", self.expected))
                .at(self.location.clone());
        match &self.nearest {
            Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
            None => diagnostic,
        }
    }
}
