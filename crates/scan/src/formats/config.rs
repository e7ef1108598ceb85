//! What the values of a configuration mean by where they stand: code that a loader is told to run, files and models it
//! names. It sees one value at a time. What relates files to one another is for the repository to judge.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Confidence, Severity};

use super::names::leads_out;
use crate::capability::Capability;
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::json::Path;
use crate::rule::Rule;
use crate::scan::Scan;

/// How many shards and components are told apart.
const MOST_NAMES: usize = 100_000;

/// The packages from which Sentence Transformers takes modules; those of others come from the model's repository.
const SENTENCE_MODULES: &[&str] = &["sentence_transformers.", "pylate.", "transformers."];
/// The packages from which Diffusers takes components, and its own pipelines that keep classes of their own.
const COMPONENTS: &[&str] = &[
    "audioldm2",
    "blip_diffusion",
    "deepfloyd_if",
    "diffusers",
    "flax",
    "k_diffusion",
    "kandinsky",
    "latent_diffusion",
    "onnxruntime",
    "optimum",
    "paint_by_example",
    "peft",
    "shap_e",
    "stable_cascade",
    "stable_diffusion",
    "stable_diffusion_safe",
    "transformers",
    "unclip",
    "unidiffuser",
    "wuerstchen",
];

/// A configuration while it is read.
pub(crate) struct Config<'s> {
    pub(crate) scan: &'s mut Scan,
    shards: BTreeSet<String>,
    /// What a Diffusers pipeline is put together from: the package and the class, and where.
    components: BTreeMap<String, (Vec<String>, u64)>,
    is_pipeline: bool,
    base: Option<u64>,
    loose_revision: bool,
}

impl<'s> Config<'s> {
    pub(crate) fn new(scan: &'s mut Scan) -> Self {
        Self {
            scan,
            shards: BTreeSet::new(),
            components: BTreeMap::new(),
            is_pipeline: false,
            base: None,
            loose_revision: false,
        }
    }

    /// A string, and where it stands.
    pub(crate) fn text(&mut self, path: &Path, text: &str, at: u64) {
        let keys: Vec<&str> = path.iter().map(String::as_str).filter(|key| *key != "[]").collect();
        match *keys {
            // Without a dot no loader takes it for a class.
            [.., "auto_map", _] | ["custom_pipelines", _, "impl"] if text.contains('.') => {
                self.remote_code(text, at);
            }
            ["weight_map", _] => self.shard(text, at),
            [.., "_target_"] => target(text, at, self.scan),
            ["type"] if path.first().is_some_and(|first| first == "[]") => self.module(text, at),
            ["base_model_name_or_path"] => self.base_model(text, at),
            ["auto_mapping", "parent_library"] => self.parent(text, at),
            ["license"] => self.scan.fact(About::Licence, text, ""),
            ["_diffusers_version"] => self.is_pipeline = true,
            [key] if path.len() == 2 => self.component(key, text, at),
            _ => {}
        }
        if let [
            "model_type"
            | "_name_or_path"
            | "transformers_version"
            | "torch_dtype"
            | "dtype"
            | "library_name"
            | "peft_type"
            | "task_type"
            | "_class_name"
            | "architectures"
            | "quant_method"
            | "tokenizer_class",
        ] = *keys
        {
            self.scan.fact(About::Metadata, last(path), text);
        }
    }

    /// A value that is true or false.
    pub(crate) fn truth(&mut self, path: &Path, value: bool, at: u64) {
        if value && last(path) == "trust_remote_code" {
            let title = "The file asks its loader to trust remote code";
            self.tell(Rule::RemoteCodeTrusted, Severity::Medium, Confidence::High, title, at);
            self.scan.format(Format::HfConfig);
        }
    }

    /// A value that is not there.
    pub(crate) fn nothing(&mut self, path: &Path) {
        self.loose_revision |= *path == ["revision"];
    }

    /// What only the whole shows.
    pub(crate) fn finish(mut self) {
        if let (Some(at), true) = (self.base, self.loose_revision) {
            let title = "The adapter names its base model without a revision";
            self.tell(Rule::UnpinnedRevision, Severity::Low, Confidence::High, title, at);
        }
        if !self.is_pipeline {
            return;
        }
        for (key, (parts, at)) in std::mem::take(&mut self.components) {
            if let [module, class] = &*parts
                && is_own_module(module)
            {
                // A component's code lies in its folder, that of the pipeline beside this file.
                let folder = if key.starts_with('_') { "" } else { &key };
                self.scan.fact(About::RemoteCode, format!("{module}.{class}"), folder);
                let title = format!("Loading runs `{module}.{class}`, code that comes with the pipeline");
                self.tell(Rule::RemoteCode, Severity::Medium, Confidence::Medium, title, at);
            }
        }
    }

    /// A class that a loader fetches: `module.Class` beside this file, or `repository--module.Class` elsewhere.
    fn remote_code(&mut self, text: &str, at: u64) {
        self.scan.format(Format::HfConfig);
        self.scan.fact(About::RemoteCode, text, "");
        match text.split_once("--") {
            Some((repository, class)) => {
                let title = format!("Loading runs `{class}` from another repository, `{repository}`");
                self.tell(Rule::RemoteCodeElsewhere, Severity::High, Confidence::Medium, title, at);
            }
            None => {
                let title = format!("Loading runs `{text}`, code that comes with the model");
                self.tell(Rule::RemoteCode, Severity::Medium, Confidence::High, title, at);
            }
        }
    }

    fn shard(&mut self, text: &str, at: u64) {
        self.scan.format(Format::ShardIndex);
        if self.shards.len() >= MOST_NAMES {
            return self.scan.gap("the index names more shards than are kept");
        }
        if !self.shards.insert(text.to_owned()) {
            return;
        }
        self.scan.fact(About::NeedsFile, text, "");
        let address = text.contains("://").then_some("is an address on the network");
        if let Some(how) = leads_out(text).or(address) {
            let title = format!("The shard `{text}` {how}");
            self.tell(Rule::ShardTraversal, Severity::High, Confidence::High, title, at);
        }
    }

    /// A module of Sentence Transformers.
    fn module(&mut self, text: &str, at: u64) {
        let is_name = text.contains('.') && !text.contains([' ', '/']);
        if is_name && !SENTENCE_MODULES.iter().any(|package| text.starts_with(package)) {
            self.scan.fact(About::RemoteCode, text, "");
            let title =
                format!("Loading runs the module `{text}`, which is no part of Sentence Transformers");
            self.tell(Rule::RemoteCode, Severity::Medium, Confidence::Medium, title, at);
        }
    }

    /// The model that an adapter is laid upon: a repository, or a path on the machine it was made on.
    fn base_model(&mut self, text: &str, at: u64) {
        self.scan.fact(About::BaseModel, text, "");
        let is_path =
            leads_out(text).is_some() || text.starts_with(['.', '~']) || text.split('/').count() > 2;
        if is_path && !text.contains("://") {
            let title = format!("The base model is named by the path `{text}`");
            self.tell(Rule::AdapterBasePath, Severity::Low, Confidence::High, title, at);
        } else if !is_path {
            self.base = Some(at);
        }
    }

    /// The package from which PEFT imports the class of the base model.
    fn parent(&mut self, text: &str, at: u64) {
        let package = text.split('.').next().unwrap_or(text);
        if !["transformers", "diffusers", "sentence_transformers", "peft"].contains(&package) {
            self.scan.fact(About::RemoteCode, text, "");
            let title = format!("Loading the adapter imports `{text}`");
            self.tell(Rule::RemoteCode, Severity::Medium, Confidence::Medium, title, at);
        }
    }

    fn component(&mut self, key: &str, text: &str, at: u64) {
        if self.components.len() < 1000 {
            let (parts, _) = self.components.entry(key.to_owned()).or_insert_with(|| (Vec::new(), at));
            if parts.len() < 3 {
                parts.push(text.to_owned());
            }
        }
    }

    fn tell(
        &mut self,
        rule: Rule,
        severity: Severity,
        confidence: Confidence,
        title: impl AsRef<str>,
        at: u64,
    ) {
        self.scan.find(Finding::new(rule, severity, confidence, title, at));
    }
}

/// Whether a component of a pipeline comes from the pipeline's own repository.
fn is_own_module(module: &str) -> bool {
    let package = module.split('.').next().unwrap_or(module);
    !package.is_empty() && !COMPONENTS.contains(&package)
}

/// A class or function that Hydra builds.
pub(crate) fn target(text: &str, at: u64, scan: &mut Scan) {
    let (module, name) = text.rsplit_once('.').unwrap_or(("builtins", text));
    let capability = Capability::of(module, name);
    let (severity, confidence) = match capability {
        Capability::Inert | Capability::TensorRebuild | Capability::Unknown => return,
        Capability::Introspection | Capability::NestedDeserialise | Capability::FileRead => {
            (Severity::Medium, Confidence::Medium)
        }
        _ => (Severity::High, Confidence::High),
    };
    scan.does(capability);
    let title = format!("The configuration builds `{text}`");
    scan.find(Finding::new(Rule::HydraTarget, severity, confidence, title, at));
}

/// The last key that leads to a value.
pub(crate) fn last(path: &Path) -> &str {
    path.iter().rev().find(|key| *key != "[]").map_or("", String::as_str)
}
