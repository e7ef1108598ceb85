//! `MLmodel`, the description that MLflow keeps beside a model: what loads it, and from where.

use casemate_core::{Confidence, Severity};

use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::config::last;
use crate::formats::names::leads_out;
use crate::rule::Rule;
use crate::scan::Scan;

/// Keys below a flavour that name files in the model's folder.
const FILES: &[&str] =
    &["data", "model_data", "pickled_model", "python_model", "model_path", "code", "path", "model_file"];
/// How many files are told.
const MOST: usize = 1000;

/// What a YAML file would say if it is an `MLmodel`.
#[derive(Default)]
pub(super) struct Model {
    flavours: Vec<String>,
    is_described: bool,
    loader: Option<(String, u64)>,
    code: Option<(String, u64)>,
    files: Vec<(String, u64)>,
    metadata: Vec<(String, String)>,
}

impl Model {
    pub(super) fn scalar(&mut self, path: &[String], text: &str, at: u64) {
        match path {
            [key] => match &**key {
                "run_id" | "model_uuid" | "mlflow_version" | "utc_time_created" | "artifact_path"
                | "model_size_bytes" => {
                    self.is_described = true;
                    self.metadata.push((key.clone(), text.to_owned()));
                }
                _ => {}
            },
            [flavours, flavour, rest @ ..] if flavours == "flavors" => {
                if !self.flavours.contains(flavour) && self.flavours.len() < MOST {
                    self.flavours.push(flavour.clone());
                }
                match last(rest) {
                    "loader_module" => self.loader = Some((text.to_owned(), at)),
                    "code" if !matches!(text, "" | "null" | "~") => self.code = Some((text.to_owned(), at)),
                    _ => {}
                }
                if FILES.contains(&last(rest))
                    && !matches!(text, "" | "null" | "~")
                    && self.files.len() < MOST
                {
                    self.files.push((text.to_owned(), at));
                }
            }
            // Aliases can bring what a flavour says from anywhere.
            _ if last(path) == "loader_module" => self.loader = Some((text.to_owned(), at)),
            _ => {}
        }
    }

    pub(super) fn finish(self, scan: &mut Scan) {
        let is_model = self.loader.is_some() || self.is_described && !self.flavours.is_empty();
        if !is_model {
            return;
        }
        scan.format(Format::MlModel);
        for flavour in &self.flavours {
            scan.fact(About::Metadata, "flavour", flavour);
        }
        for (key, value) in &self.metadata {
            scan.fact(About::Metadata, key, value);
        }
        self.tell_code(scan);
        for (file, at) in self.files {
            scan.fact(About::NeedsFile, &file, "mlflow");
            if let Some(how) = leads_out(&file) {
                let title = format!("The model asks for `{file}`, which {how}");
                scan.find(Finding::new(Rule::FileTraversal, Severity::High, Confidence::High, title, at));
            }
        }
    }

    fn tell_code(&self, scan: &mut Scan) {
        let folder = self.code.as_ref().map_or("", |(folder, _)| folder);
        match (&self.loader, &self.code) {
            (Some((loader, at)), _) if !loader.starts_with("mlflow.") => {
                scan.fact(About::RemoteCode, format!("{loader}._load_pyfunc"), folder);
                let title = format!("Loading imports `{loader}`, code that comes with the model");
                scan.find(Finding::new(Rule::MlflowLoader, Severity::Medium, Confidence::High, title, *at));
            }
            (_, Some((code, at))) => {
                let title =
                    format!("Loading puts the model's folder `{code}` first where Python looks for modules");
                scan.find(Finding::new(Rule::MlflowLoader, Severity::Low, Confidence::High, title, *at));
            }
            _ => {}
        }
    }
}
