//! PMML: models as XML without code. Functions that a document defines are expressions and harmless; what calls a class
//! or holds a script is not PMML.

use casemate_core::{Confidence, Severity};

use super::{Attributes, find};
use crate::fact::About;
use crate::finding::Finding;
use crate::formats::metadata::{code_in, shortened};
use crate::rule::Rule;
use crate::scan::Scan;

/// Packages of Java classes.
const PACKAGES: &[&str] = &["java.", "javax.", "jdk.", "sun.", "com.", "org.", "net.", "io."];

/// A document while it is read.
#[derive(Default)]
pub(super) struct Pmml {
    told: usize,
}

impl Pmml {
    pub(super) fn element(&mut self, name: &str, attributes: &Attributes, at: u64, scan: &mut Scan) {
        match name {
            "PMML" => self.fact("version", find(attributes, "version"), scan),
            "Application" => self.fact("application", find(attributes, "name"), scan),
            "DataField" => self.fact("field", find(attributes, "name"), scan),
            "Extension" => self.fact("extension", find(attributes, "extender"), scan),
            "Apply" => {
                let function = find(attributes, "function").unwrap_or_default();
                if PACKAGES.iter().any(|package| function.starts_with(package)) {
                    self.tell(format!("The class `{function}` is called"), Severity::Medium, at, scan);
                }
            }
            _ if name.eq_ignore_ascii_case("script") => {
                self.tell("The document holds a script".to_owned(), Severity::Medium, at, scan);
            }
            _ => {}
        }
        for (key, value) in attributes {
            if let Some(code) = code_in(value) {
                self.tell(format!("The attribute `{key}` holds code: `{code}`"), Severity::Medium, at, scan);
            }
        }
    }

    pub(super) fn text(&mut self, text: &str, at: u64, scan: &mut Scan) {
        if let Some(code) = code_in(text) {
            self.tell(format!("The document holds code: `{code}`"), Severity::Medium, at, scan);
        }
    }

    fn fact(&self, name: &str, value: Option<&str>, scan: &mut Scan) {
        if let Some(value) = value {
            scan.fact(About::Metadata, name, shortened(value, 400));
        }
    }

    fn tell(&mut self, title: String, severity: Severity, at: u64, scan: &mut Scan) {
        self.told += 1;
        if self.told <= 20 {
            scan.find(Finding::new(Rule::PmmlCode, severity, Confidence::Medium, title, at));
        }
    }
}
