//! Collects the objects of a Keras configuration while its JSON is read: an object is complete only at its closing brace,
//! and as in Python the last of doubled keys counts.

use std::collections::BTreeSet;

use super::code::{Code, code, source};
use super::judge;
use crate::finding::Finding;
use crate::json::{Leaf, Path};
use crate::scan::Scan;

/// How many findings one configuration gives before the rest is passed over.
const MOST: usize = 500;

/// What is known of one JSON object.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) at: u64,
    pub(super) class_name: Option<String>,
    pub(super) module: Option<String>,
    pub(super) registered_name: Option<String>,
    pub(super) has_module: bool,
    pub(super) has_config: bool,
    /// The configuration, where it is only a name.
    pub(super) config: Option<String>,
    pub(super) function: Option<String>,
    pub(super) function_type: Option<String>,
    pub(super) vocabulary: Option<String>,
    /// The PyTorch module that a wrapper holds.
    pub(super) torch: Option<(String, u64)>,
    /// An operation of a graph that reaches outside.
    pub(super) operation: Option<&'static str>,
    /// What stands under `config`.
    pub(super) inner: Option<Box<Self>>,
}

/// The objects of one document.
#[derive(Default)]
pub(crate) struct Objects {
    open: Vec<(usize, Fields)>,
    found: Vec<Finding>,
    told: BTreeSet<String>,
    pub(super) needs: BTreeSet<String>,
    pub(super) capabilities: BTreeSet<crate::Capability>,
    pub(super) code: Vec<String>,
    pub(super) members: Vec<(String, u64)>,
    is_keras: bool,
    /// Whether something is asked to be unpacked after it was fetched.
    pub(super) unpacks: bool,
}

impl Objects {
    /// An object begins.
    pub(crate) fn opened(&mut self, path: &Path, at: u64) {
        if path.last().is_some_and(|key| key == "config")
            && let Some((_, parent)) = self.parent(path.len())
        {
            parent.has_config = true;
        }
        self.open.push((path.len(), Fields { at, ..Fields::default() }));
    }

    /// An object ends.
    pub(crate) fn closed(&mut self, path: &Path) {
        let Some((depth, fields)) = self.open.pop() else { return };
        if depth == 0 && fields.class_name.is_some() && fields.has_config {
            self.is_keras = true;
        }
        judge::object(self, &fields);
        if path.last().is_some_and(|key| key == "config")
            && let Some((_, parent)) = self.parent(depth)
        {
            parent.inner = Some(Box::new(fields));
        }
    }

    /// A value without parts.
    pub(crate) fn leaf(&mut self, path: &Path, leaf: Leaf<'_>, at: u64) {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        match (keys.as_slice(), leaf) {
            ([.., "extract" | "untar"], Leaf::Bool(true)) => self.unpacks = true,
            ([.., "config"], Leaf::Null) => self.set(path.len(), |fields| fields.has_config = true),
            ([.., "module"], Leaf::Null) => self.set(path.len(), |fields| fields.module = None),
            (keys, Leaf::Text(text)) => self.text(keys, text, at),
            _ => {}
        }
    }

    fn text(&mut self, keys: &[&str], text: &str, at: u64) {
        if let Some(code) = code(text) {
            self.code(&code, at);
            return;
        }
        let depth = keys.len();
        match *keys {
            [.., "class_name"] => self.set(depth, |fields| fields.class_name = Some(text.to_owned())),
            [.., "module"] => self.set(depth, |fields| {
                fields.has_module = true;
                fields.module = Some(text.to_owned());
                if text.len() > 200 {
                    fields.torch = Some((text.to_owned(), at));
                }
            }),
            [.., "registered_name"] => {
                self.set(depth, |fields| fields.registered_name = Some(text.to_owned()));
            }
            [.., "config"] => self.set(depth, |fields| {
                fields.has_config = true;
                fields.config = Some(text.to_owned());
            }),
            [.., "function"] => self.set(depth, |fields| fields.function = Some(text.to_owned())),
            [.., "function", "[]"] => self.set(depth - 1, |fields| {
                fields.function.get_or_insert_with(|| text.to_owned());
            }),
            [.., "function_type"] => self.set(depth, |fields| fields.function_type = Some(text.to_owned())),
            [.., "vocabulary" | "vocabulary_file"] => {
                self.set(depth, |fields| fields.vocabulary = Some(text.to_owned()));
            }
            _ => {}
        }
        if keys.contains(&"node_def") {
            let found = super::symbols::OUTSIDE_OPS.iter().find(|op| text.contains(**op)).copied();
            if found.is_some()
                && let Some((_, fields)) = self
                    .open
                    .iter_mut()
                    .rev()
                    .find(|(_, fields)| fields.has_config || fields.class_name.is_some())
            {
                fields.operation = found;
            }
        }
        if keys.last() == Some(&"optimizer_config") || keys.first() == Some(&"optimizer_config") {
            self.is_keras = true;
        }
    }

    /// Python source where a function should be named.
    pub(super) fn raw(&mut self, text: &str, at: u64) {
        let code = source(text);
        self.code(&code, at);
    }

    fn code(&mut self, code: &Code, at: u64) {
        self.is_keras = true;
        judge::code(self, code, at);
    }

    /// The object that a value at a depth is part of.
    fn parent(&mut self, depth: usize) -> Option<&mut (usize, Fields)> {
        self.open.last_mut().filter(|(open, _)| *open + 1 == depth)
    }

    fn set(&mut self, depth: usize, set: impl FnOnce(&mut Fields)) {
        if let Some((_, fields)) = self.parent(depth) {
            set(fields);
        }
    }

    /// Takes a finding, once.
    pub(super) fn find(&mut self, finding: Finding) {
        if self.found.len() < MOST && self.told.insert(format!("{} {}", finding.rule, finding.title)) {
            self.found.push(finding);
        }
    }

    /// The configuration is Keras' own whatever stands at its root.
    pub(super) fn is_keras(&mut self) {
        self.is_keras = true;
    }

    /// Tells a scan what was found; says whether the document is a Keras configuration.
    pub(crate) fn tell(self, scan: &mut Scan) -> bool {
        if !self.is_keras {
            return false;
        }
        for finding in self.found {
            let finding = if self.unpacks && finding.cves.iter().any(|cve| *cve == judge::GET_FILE) {
                finding.cve(judge::UNPACKING)
            } else {
                finding
            };
            scan.find(finding);
        }
        for capability in self.capabilities {
            scan.does(capability);
        }
        for package in &self.needs {
            scan.needs(package);
        }
        for detail in self.code {
            scan.fact(crate::About::Code, "lambda", detail);
        }
        for (text, _) in self.members {
            judge::torch_module(&text, scan);
        }
        true
    }
}
