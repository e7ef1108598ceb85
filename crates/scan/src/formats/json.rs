//! JSON files, by what is in them and not by their name: templates, code that a loader is told to run, files that are
//! named. What relates files to one another is for the repository to judge.

use std::collections::BTreeSet;
use std::io;

use casemate_core::{Confidence, Severity};

use super::names::leads_out;
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::json::{End, Leaf, Path, Visitor, walk};
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};
use crate::template;

/// JSON by its first character, if it parses.
pub(crate) const READER: Reader = Reader { format: Format::Json, fit, read };

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::maybe_if(matches!(sniff.first(), Some(b'{' | b'[')) && sniff.is_text())
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut document = Document { scan, shards: BTreeSet::new(), doubled: 0, values: 0 };
    let end = walk(input, &mut document)?;
    let values = document.values;
    match end {
        End::Whole(end) => {
            scan.understood(0..end);
            if end < input.len() {
                let title = format!("{} bytes follow the document", input.len() - end);
                scan.find(Finding::new(
                    Rule::JsonTrailingData,
                    Severity::Medium,
                    Confidence::High,
                    title,
                    end,
                ));
            }
        }
        End::Broken(_) if values == 0 => return Ok(Reading::NotThis),
        End::Broken(at) => {
            scan.understood(0..at);
            scan.gap(format!("it is no JSON from offset {at} on"));
        }
        End::Deep(at) => {
            scan.understood(0..at);
            scan.gap("it is nested deeper than is followed");
        }
    }
    Ok(Reading::Done)
}

/// A document while it is read.
struct Document<'s> {
    scan: &'s mut Scan,
    shards: BTreeSet<String>,
    doubled: usize,
    values: u64,
}

impl Visitor for Document<'_> {
    fn leaf(&mut self, path: &Path, leaf: Leaf<'_>, at: u64) {
        self.values += 1;
        match leaf {
            Leaf::Text(text) => {
                self.template(path, text, at);
                self.named(path, text, at);
            }
            Leaf::Bool(true) if last(path) == "trust_remote_code" => {
                let title = "The file asks its loader to trust remote code";
                self.tell(Rule::RemoteCodeTrusted, Severity::Medium, Confidence::High, title, at);
                self.scan.format(Format::HfConfig);
            }
            _ => {}
        }
    }

    fn doubled(&mut self, path: &Path, at: u64) {
        self.doubled += 1;
        if self.doubled == 1 {
            let title =
                format!("The key `{}` stands there twice; programs differ in which they take", last(path));
            self.tell(Rule::JsonDoubledKey, Severity::Low, Confidence::High, title, at);
        }
    }
}

impl Document<'_> {
    fn template(&mut self, path: &Path, text: &str, at: u64) {
        if !template::is_template(text) {
            return;
        }
        let named = path.iter().any(|key| key.contains("template") || key.contains("prompt"));
        if !template::judge(text, at, self.scan) && named {
            self.scan.gap(format!("the template in `{}` cannot be parsed", path.join(".")));
        }
    }

    /// Strings that mean something by where they stand.
    fn named(&mut self, path: &Path, text: &str, at: u64) {
        let keys: Vec<&str> = path.iter().map(String::as_str).filter(|key| *key != "[]").collect();
        match *keys {
            [.., "auto_map", _] | ["custom_pipelines", _, "impl"] => self.remote_code(text, at),
            ["weight_map", _] => self.shard(text, at),
            [.., "_target_"] => self.target(text, at),
            ["type"] if path.first().is_some_and(|first| first == "[]") => self.module(text, at),
            ["base_model_name_or_path"] => self.scan.fact(About::BaseModel, text, ""),
            ["license"] => self.scan.fact(About::Licence, text, ""),
            ["model_type" | "_name_or_path" | "transformers_version" | "torch_dtype" | "library_name"]
            | ["architectures"] => self.scan.fact(About::Metadata, last(path), text),
            _ => {}
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
        if !self.shards.insert(text.to_owned()) {
            return;
        }
        self.scan.fact(About::NeedsFile, text, "");
        if let Some(how) =
            leads_out(text).or_else(|| text.contains("://").then_some("is an address on the network"))
        {
            let title = format!("The shard `{text}` {how}");
            self.tell(Rule::ShardTraversal, Severity::High, Confidence::High, title, at);
        }
    }

    /// A class or function that Hydra builds.
    fn target(&mut self, text: &str, at: u64) {
        let (module, name) = text.rsplit_once('.').unwrap_or(("builtins", text));
        let capability = crate::Capability::of(module, name);
        if capability.is_dangerous() {
            self.scan.does(capability);
            let title = format!("The configuration builds `{text}`");
            self.tell(Rule::HydraTarget, Severity::High, Confidence::High, title, at);
        }
    }

    /// A module of Sentence Transformers: classes of other packages come from the model's repository.
    fn module(&mut self, text: &str, at: u64) {
        const KNOWN: &[&str] = &["sentence_transformers.", "pylate.", "transformers."];
        if text.contains('.')
            && !text.contains([' ', '/'])
            && !KNOWN.iter().any(|package| text.starts_with(package))
        {
            self.scan.fact(About::RemoteCode, text, "");
            let title =
                format!("Loading runs the module `{text}`, which is no part of Sentence Transformers");
            self.tell(Rule::RemoteCode, Severity::Medium, Confidence::Medium, title, at);
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

fn last(path: &Path) -> &str {
    path.iter().rev().find(|key| *key != "[]").map_or("", String::as_str)
}
