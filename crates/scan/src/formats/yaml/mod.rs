//! YAML files, by what is in them: Python objects that a loader would build, models of MLflow, environments of conda.
//! Any text with a colon reads as YAML, so that little is said of what is nothing in particular.

mod conda;
mod dvc;
mod mlflow;
mod tags;

use std::io;

use casemate_core::{Confidence, Severity};

use super::config::{self, last};
use super::{Reader, Reading, text};
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};
use crate::template;
use crate::yaml::{Visitor, walk};

/// YAML by its name; what cannot be read is a gap.
pub(crate) const NAMED: Reader = Reader { format: Format::Yaml, fit: fit_name, read: read_named };
/// YAML by its first lines, if all of it parses.
pub(crate) const READER: Reader = Reader { format: Format::Yaml, fit, read };

/// The longest file that is read: it is held while it is parsed.
const LONGEST: u64 = 8 * 1024 * 1024;
/// How many values aliases may make of a file before that is told.
const EXPANDED: u64 = 20_000_000;

fn fit_name(sniff: &Sniff<'_>) -> Fit {
    let endings = [".yaml", ".yml", ".dvc"];
    let named = endings.iter().any(|end| sniff.name.ends_with(end)) || sniff.name == "mlmodel";
    Fit::maybe_if(named && sniff.is_text())
}

fn fit(sniff: &Sniff<'_>) -> Fit {
    let Some(text) = sniff.text() else { return Fit::No };
    let builds = text.contains("python/") && text.contains('!');
    let has_key = text::lines(text).map(|(_, line)| line).any(|line| {
        let line = line.trim_start_matches("- ");
        let key = line.split_once(':').filter(|(_, rest)| rest.is_empty() || rest.starts_with(' '));
        key.is_some_and(|(key, _)| {
            let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'' | '/');
            !key.is_empty() && key.chars().all(is_key)
        })
    });
    let is_other = matches!(sniff.first(), Some(b'{' | b'[' | b'<'));
    Fit::maybe_if((builds || !is_other && has_key) && sniff.input.len() <= LONGEST)
}

fn read_named(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    match text::whole(input, LONGEST)? {
        Some(text) => Ok(tell(&text, true, scan)),
        None => {
            scan.gap("it is longer than is read, or no UTF-8");
            Ok(Reading::Done)
        }
    }
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let text = text::whole(input, LONGEST)?;
    Ok(text.map_or(Reading::NotThis, |text| tell(&text, false, scan)))
}

fn tell(text: &str, named: bool, scan: &mut Scan) -> Reading {
    let mut document = Document::new(scan);
    let outcome = walk(text, &mut document);
    let Document { scan, mlmodel, conda, dvc, objects } = document;
    match outcome.broken {
        // A loader that goes document by document has built what came before.
        Some(at) if named || objects > 0 => {
            scan.gap(format!("it is no YAML from offset {at} on"));
            scan.understood(0..at);
        }
        Some(_) => return Reading::NotThis,
        None if outcome.keys == 0 && !named && objects == 0 => return Reading::NotThis,
        None => scan.understood(0..text.len() as u64),
    }
    if outcome.expanded > EXPANDED {
        let title = format!("Its aliases make {} values of {} bytes", outcome.expanded, text.len());
        scan.find(Finding::new(Rule::YamlExpansion, Severity::Medium, Confidence::High, title, 0));
    }
    if text.len() <= template::LONGEST && template::is_template(text) {
        template::judge(text, 0, scan);
    }
    mlmodel.finish(scan);
    conda.finish(scan);
    dvc.finish(scan);
    Reading::Done
}

/// A file while it is read.
struct Document<'s> {
    scan: &'s mut Scan,
    mlmodel: mlflow::Model,
    conda: conda::Environment,
    dvc: dvc::Outputs,
    objects: usize,
}

impl<'s> Document<'s> {
    fn new(scan: &'s mut Scan) -> Self {
        Self {
            scan,
            mlmodel: mlflow::Model::default(),
            conda: conda::Environment::default(),
            dvc: dvc::Outputs::default(),
            objects: 0,
        }
    }
}

impl Visitor for Document<'_> {
    fn scalar(&mut self, path: &[String], text: &str, at: u64) {
        match last(path) {
            "_target_" => config::target(text, at, self.scan),
            "trust_remote_code" if matches!(text, "true" | "True" | "TRUE" | "yes" | "on") => {
                // A configuration of one's own run, more often than one that comes with a model.
                let title = "The file asks its loader to trust remote code";
                let rule = Rule::RemoteCodeTrusted;
                self.scan.find(Finding::new(rule, Severity::Low, Confidence::Medium, title, at));
            }
            _ => {}
        }
        self.mlmodel.scalar(path, text, at);
        self.conda.scalar(path, text, at);
        self.dvc.scalar(path, text);
    }

    fn tag(&mut self, tag: &str, at: u64) {
        if tags::tell(tag, at, self.scan) {
            self.objects += 1;
        }
    }
}
