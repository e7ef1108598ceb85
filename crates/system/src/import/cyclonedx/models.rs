//! The machine-learning side of a BOM: model cards, data sets, licences and digests.

use casemate_core::{ComponentKind, DataKind, Id};

use super::super::draft::{Draft, component, data, name_beside, push};
use super::super::entry::Entry;
use super::super::ids::Space;
use super::super::notes::{ENTRY, UNKNOWN, What};
use super::super::words;
use super::{Bom, sensitivity};
use crate::at::At;
use crate::file::{Data, Model};

const LICENCES: What = What::not_mapped(
    "licence of a model has no place in a system file",
    "licences of models have no place in a system file",
);

impl Bom {
    /// A model: what serves it is not in a BOM, so it stands for its own serving.
    pub(super) fn model(&mut self, mut entry: Entry, reference: Option<String>, name: Option<String>) {
        let name = name.unwrap_or_else(|| "x".to_owned());
        let id = self.draft.ids.give(Space::Component, reference.as_deref(), &name, entry.path());
        let mut model = Model { digest: digest(&mut entry, &self.draft), ..Model::default() };
        if let Some(purl) = entry.text("purl") {
            model.base = Some(base(&purl));
        }
        if let Some(mut pedigree) = entry.entry("pedigree") {
            for mut ancestor in pedigree.entries("ancestors") {
                let purl = ancestor.text("purl").map(|purl| base(&purl));
                let name = ancestor.text("name");
                match purl.or(name) {
                    Some(base) if model.base.is_none() => model.base = Some(base),
                    Some(base) => self.draft.notes.example(ancestor.path(), ENTRY, &base),
                    None => {}
                }
            }
        }
        if let Some(licence) = licence(&mut entry) {
            self.draft.notes.example(&entry.at("licenses"), LICENCES, &licence);
        }
        let mut learned = Vec::new();
        if let Some(parameters) = entry.entry("modelCard").and_then(|mut card| card.entry("modelParameters"))
        {
            self.parameters(&mut model, &mut learned, parameters);
        }
        self.learned.push((self.draft.file.components.0.len(), learned));
        let mut part = component(ComponentKind::Serve, name_beside(&id, Some(name)));
        part.model = Some(model);
        push(&mut self.draft.file.components, id, part);
    }

    fn parameters(&mut self, model: &mut Model, learned: &mut Vec<Learned>, mut entry: Entry) {
        model.task = entry.text("task");
        model.family = entry.text("architectureFamily").or_else(|| entry.text("modelArchitecture"));
        for mut dataset in entry.entries("datasets") {
            match dataset.text("ref") {
                Some(reference) => learned.push(Learned::From(reference)),
                None => learned.push(Learned::Inline(self.data_set(&mut dataset))),
            }
        }
        for mut input in entry.entries("inputs") {
            let Some(format) = input.text("format") else { continue };
            match words::modality(&format) {
                Some(modality) if !model.modality.contains(&modality) => model.modality.push(modality),
                Some(_) => {}
                None => self.draft.notes.example(&input.at("format"), UNKNOWN, &format),
            }
        }
        for mut output in entry.entries("outputs") {
            let Some(format) = output.text("format") else { continue };
            match words::output(&format) {
                Some(kind) if !model.outputs.contains(&kind) => model.outputs.push(kind),
                Some(_) => {}
                None => self.draft.notes.example(&output.at("format"), UNKNOWN, &format),
            }
        }
    }

    /// A data set described where it is used: a model's data set is what it learned from.
    fn data_set(&mut self, entry: &mut Entry) -> Id {
        let reference = entry.text("bom-ref");
        entry.known("type");
        let name = entry.text("name");
        let text = name.clone().unwrap_or_else(|| "dataset".to_owned());
        let id = self.draft.ids.give(Space::Data, reference.as_deref(), &text, entry.path());
        let mut item = data(DataKind::Training, name_beside(&id, name));
        classify(&mut item, entry, &self.draft);
        push(&mut self.draft.file.data, id.clone(), item);
        id
    }

    /// Links models to the data sets they learned from, once every data set is known.
    pub(super) fn link_data(&mut self) {
        for (at, learned) in std::mem::take(&mut self.learned) {
            let Draft { file, ids, .. } = &mut self.draft;
            let Some(model) = file.components.0.get_mut(at).and_then(|(_, part)| part.model.as_mut()) else {
                continue;
            };
            model.fine_tuned_on = learned
                .into_iter()
                .map(|learned| match learned {
                    Learned::Inline(id) => At::from(id.to_string()),
                    Learned::From(reference) => ids.refer(&[Space::Data], &reference),
                })
                .collect();
        }
    }
}

/// What a model learned from: described in its card, or referred to.
#[derive(Debug)]
pub(super) enum Learned {
    Inline(Id),
    From(String),
}

/// What a description of data says about who may see it.
pub(super) fn classify(item: &mut Data, entry: &mut Entry, draft: &Draft) {
    if let Some(word) = entry.text("classification") {
        let found = sensitivity(&word);
        if found.is_none() {
            draft.notes.example(&entry.at("classification"), UNKNOWN, &word);
        }
        item.sensitivity = item.sensitivity.max(found);
        if matches!(word.to_lowercase().trim(), "pii" | "personal" | "phi") {
            item.personal = Some(true);
        }
    }
    for sensitive in entry.texts("sensitiveData") {
        let lower = sensitive.to_lowercase();
        if ["personal", "pii", "name", "e-mail", "email", "address", "health"]
            .iter()
            .any(|word| lower.contains(word))
        {
            item.personal = Some(true);
        } else {
            draft.notes.example(&entry.at("sensitiveData"), ENTRY, &sensitive);
        }
    }
}

/// The SHA-256 digest; other digests have no place.
pub(super) fn digest(entry: &mut Entry, draft: &Draft) -> Option<String> {
    let mut digest = None;
    for mut hash in entry.entries("hashes") {
        let algorithm = hash.text("alg").unwrap_or_default();
        let content = hash.text("content");
        if algorithm.eq_ignore_ascii_case("sha-256") && digest.is_none() {
            digest = content.map(|content| format!("sha256:{}", content.to_lowercase()));
        } else {
            draft.notes.example(hash.path(), ENTRY, &algorithm);
        }
    }
    digest
}

/// The licences as one expression.
pub(super) fn licence(entry: &mut Entry) -> Option<String> {
    let mut licences = Vec::new();
    for mut choice in entry.entries("licenses") {
        let named = choice
            .entry("license")
            .and_then(|mut licence| licence.text("id").or_else(|| licence.text("name")));
        licences.extend(named.or_else(|| choice.text("expression")));
    }
    (!licences.is_empty()).then(|| licences.join(" AND "))
}

/// A package URL of a model hub in the short form; any other as it is.
fn base(purl: &str) -> String {
    match purl.strip_prefix("pkg:huggingface/") {
        Some(rest) => format!("hf:{}", rest.split(['?', '#']).next().unwrap_or(rest)),
        None => purl.to_owned(),
    }
}
