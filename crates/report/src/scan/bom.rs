//! CycloneDX 1.7 ML-BOM: a model with its files, their digests, what its card says, and what it was made from. It lists
//! what was found in the files and adds nothing; what loading does stands beside each file as a property.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Timestamp, printable};
use casemate_scan::{About, Fact, FileReport, ScanReport};
use serde_json::{Value, json};

use crate::cyclonedx::{properties, uuid_of};
use crate::json;

/// The name by which the rest of the document refers to the model.
const MODEL: &str = "model";
/// How many tensors are listed by name.
const LISTED: usize = 2_000;

/// The bill of materials of what was scanned, as JSON. `name` is what the model is called; `now` is the time to write.
#[must_use]
pub fn render_bom(report: &ScanReport, name: &str, now: Timestamp) -> String {
    let facts = Facts::of(report);
    let files: Vec<Value> = report.files.iter().map(file).collect();
    let parts: Vec<Value> = facts.components();
    let below: Vec<&Value> = files.iter().chain(&parts).filter_map(|part| part.get("bom-ref")).collect();
    let dependencies = json!([{ "ref": MODEL, "dependsOn": below }]);
    let model = facts.model(name, report);
    let components: Vec<&Value> = files.iter().chain(&parts).collect();
    let seed = json!([model, components, now.to_string()]).to_string();
    json::document(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": uuid_of(seed.as_bytes()),
        "version": 1,
        "metadata": {
            "timestamp": now.to_string(),
            "tools": { "components": [{
                "type": "application",
                "name": "casemate",
                "version": env!("CARGO_PKG_VERSION"),
            }] },
            "component": model,
        },
        "components": components,
        "dependencies": dependencies,
    }))
}

/// A file with its digests and what was found out about it.
fn file(file: &FileReport) -> Value {
    let hashes: Vec<Value> = file.digests.get("sha256").map(|digest| hash(digest)).into_iter().collect();
    let capabilities: Vec<&str> = file.capabilities.iter().map(|capability| capability.as_str()).collect();
    let capabilities = (!capabilities.is_empty()).then(|| capabilities.join(" "));
    json!({
        "type": "file",
        "bom-ref": format!("file/{}", file.path),
        "name": printable(&file.path),
        "hashes": hashes,
        "properties": properties([
            ("format", Some(file.format.as_str())),
            ("status", Some(file.status.as_str())),
            ("verdict", Some(file.verdict.as_str())),
            ("capabilities", capabilities.as_deref()),
        ]),
    })
}

fn hash(digest: &str) -> Value {
    json!({ "alg": "SHA-256", "content": digest })
}

/// What all files together say.
struct Facts<'a> {
    by: BTreeMap<About, Vec<&'a Fact>>,
}

impl<'a> Facts<'a> {
    fn of(report: &'a ScanReport) -> Self {
        let mut by: BTreeMap<About, Vec<&Fact>> = BTreeMap::new();
        for fact in report.files.iter().flat_map(|file| &file.facts) {
            by.entry(fact.about).or_default().push(fact);
        }
        Self { by }
    }

    fn all(&self, about: About) -> impl Iterator<Item = &'a Fact> {
        self.by.get(&about).into_iter().flatten().copied()
    }

    /// The names that facts of a kind give, each once.
    fn names(&self, about: About) -> BTreeSet<&'a str> {
        self.all(about).map(|fact| fact.name.as_str()).filter(|name| !name.is_empty()).collect()
    }

    /// What a field of the card or of the metadata says.
    fn said(&self, fields: &[&str]) -> Option<&'a str> {
        let facts = || self.all(About::Card).chain(self.all(About::Metadata));
        fields.iter().find_map(|field| {
            facts()
                .find(|fact| fact.name == *field && !fact.detail.is_empty())
                .map(|fact| fact.detail.as_str())
        })
    }

    fn model(&self, name: &str, report: &ScanReport) -> Value {
        let hashes: Vec<Value> =
            report.summary.root.get("sha256").map(|root| hash(root)).into_iter().collect();
        let licences: Vec<Value> = self
            .names(About::Licence)
            .into_iter()
            .map(|name| json!({ "license": { "name": name } }))
            .collect();
        let ancestors: Vec<Value> = self
            .names(About::BaseModel)
            .into_iter()
            .map(|name| json!({ "type": "machine-learning-model", "name": name }))
            .collect();
        let tensors = self.all(About::Tensor).count();
        let tensors = (tensors > 0).then(|| tensors.to_string());
        json!({
            "type": "machine-learning-model",
            "bom-ref": MODEL,
            "name": printable(name),
            "version": self.said(&["version"]),
            "description": self.said(&["description", "general.description"]),
            "hashes": hashes,
            "licenses": licences,
            "pedigree": (!ancestors.is_empty()).then(|| json!({ "ancestors": ancestors })),
            "modelCard": self.card(),
            "properties": properties([
                ("verdict", Some(report.summary.verdict.as_str())),
                ("tensors", tensors.as_deref()),
            ]),
        })
    }

    /// The fields of the model card that the files fill in.
    fn card(&self) -> Value {
        let datasets: Vec<Value> =
            self.names(About::Dataset).into_iter().map(|name| json!({ "ref": dataset_ref(name) })).collect();
        let metrics: Vec<Value> = self
            .all(About::Card)
            .filter_map(|fact| Some((fact.name.strip_prefix("metric.")?, fact)))
            .map(|(kind, fact)| json!({ "type": kind, "value": fact.detail }))
            .collect();
        let limitations: Vec<&str> = self.said(&["limitations"]).into_iter().collect();
        json!({
            "modelParameters": {
                "task": self.said(&["task", "pipeline_tag"]),
                "architectureFamily": self.said(&["model_type", "general.architecture"]),
                "modelArchitecture": self.said(&["architectures"]),
                "datasets": datasets,
            },
            "quantitativeAnalysis": (!metrics.is_empty()).then(|| json!({ "performanceMetrics": metrics })),
            "considerations": (!limitations.is_empty()).then(|| json!({ "technicalLimitations": limitations })),
            "properties": self.further(),
        })
    }

    /// Everything else the card says, and the tensors.
    fn further(&self) -> Vec<Value> {
        let said = self.all(About::Card).chain(self.all(About::Metadata));
        let said: BTreeSet<(String, &str)> =
            said.map(|fact| (format!("card.{}", fact.name), fact.detail.as_str())).collect();
        let tensors = self.all(About::Tensor).take(LISTED);
        let tensors: BTreeSet<(String, &str)> =
            tensors.map(|fact| (format!("tensor.{}", fact.name), fact.detail.as_str())).collect();
        properties(said.iter().chain(&tensors).map(|(name, value)| (name.as_str(), Some(*value))))
    }

    /// Data sets and packages that the files name.
    fn components(&self) -> Vec<Value> {
        let datasets = self.names(About::Dataset).into_iter().map(|name| {
            json!({
                "type": "data",
                "bom-ref": dataset_ref(name),
                "name": name,
                "data": [{ "type": "dataset", "name": name }],
            })
        });
        let packages: BTreeMap<&str, &str> =
            self.all(About::NeedsPackage).map(|fact| (fact.name.as_str(), fact.detail.as_str())).collect();
        let packages = packages.into_iter().map(|(name, range)| {
            let version = range.strip_prefix("==").filter(|version| !version.contains(['*', ',', ' ']));
            let purl = version.map_or_else(
                || format!("pkg:pypi/{}", package(name)),
                |version| format!("pkg:pypi/{}@{version}", package(name)),
            );
            json!({
                "type": "library",
                "bom-ref": format!("package/{name}"),
                "name": name,
                "version": version,
                "purl": purl,
                "properties": properties([("range", Some(range).filter(|range| !range.is_empty()))]),
            })
        });
        datasets.chain(packages).collect()
    }
}

fn dataset_ref(name: &str) -> String {
    format!("dataset/{name}")
}

/// A name as package URLs want it: lower case, with hyphens (PEP 503).
fn package(name: &str) -> String {
    let mut normal = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c if c.is_ascii_alphanumeric() => normal.push(c),
            _ => {}
        }
    }
    normal
}
