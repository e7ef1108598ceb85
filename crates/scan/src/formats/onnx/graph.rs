//! Graphs, nodes, attributes and functions of ONNX, with the bodies of `If`, `Loop` and `Scan` inside them. It follows no
//! message deeper than Protocol Buffers itself would.

use casemate_core::{Confidence, Severity};

use super::operators::{self, Operator};
use super::{Model, external};
use crate::capability::Capability;
use crate::fact::About;
use crate::finding::Finding;
use crate::formats::protobuf::{DEEPEST, Span, Stop, Value};
use crate::rule::Rule;

/// How much of a name or a text attribute is read.
const LONGEST: u64 = 4096;
/// The attributes that matter here, and how many of a node are kept.
const READ: &[&str] = &["class_name", "embed_mode", "ep_cache_context", "func_name", "module"];
const MOST_READ: usize = 32;

/// What is needed of a node to judge it.
#[derive(Default)]
struct Node {
    name: String,
    op: String,
    domain: String,
    /// The text attributes and the numbers, by name.
    texts: Vec<(String, String)>,
    numbers: Vec<(String, u64)>,
}

impl Node {
    fn text(&self, name: &str) -> Option<&str> {
        self.texts.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str())
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.numbers.iter().find(|(key, _)| key == name).map(|(_, number)| *number)
    }
}

impl Model<'_> {
    pub(super) fn graph(&mut self, mut rest: Span, depth: usize) -> Result<(), Stop> {
        if depth > DEEPEST {
            return Err(Stop::Broken(rest.start, "Graphs are nested deeper than any parser follows"));
        }
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => self.node(span, depth)?,
                (5, Value::Bytes(span)) => self.tensor(span, true)?,
                (15, Value::Bytes(span)) => self.sparse(span)?,
                (16, Value::Bytes(span)) => self.property(span)?,
                (10, Value::Bytes(span)) => self.told("doc_string", span)?,
                (11 | 12, Value::Bytes(span)) if depth == 0 => self.port(span, field.number == 11)?,
                (2 | 11 | 12 | 13 | 14, Value::Bytes(_)) => {}
                _ => self.unknown(field, "a graph"),
            }
        }
        Ok(())
    }

    pub(super) fn function(&mut self, mut rest: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (7, Value::Bytes(span)) => self.node(span, 1)?,
                (11, Value::Bytes(span)) => {
                    self.attribute(span, 1, &mut Node::default())?;
                }
                (14, Value::Bytes(span)) => self.property(span)?,
                (1 | 4 | 5 | 6 | 8 | 9 | 10 | 12 | 13, Value::Bytes(_)) | (2 | 3, _) => {}
                _ => self.unknown(field, "a function"),
            }
        }
        Ok(())
    }

    /// An input or output of the model, by its name.
    fn port(&mut self, mut rest: Span, is_input: bool) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            if let (1, Value::Bytes(span)) = (field.number, field.value) {
                let name = self.wire.text(span, 200)?;
                self.scan.fact(About::Metadata, if is_input { "input" } else { "output" }, name);
            }
        }
        Ok(())
    }

    fn node(&mut self, span: Span, depth: usize) -> Result<(), Stop> {
        let mut node = Node::default();
        let mut rest = span;
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (3, Value::Bytes(span)) => node.name = self.wire.text(span, 200)?,
                (4, Value::Bytes(span)) => node.op = self.wire.text(span, 200)?,
                (5, Value::Bytes(span)) => self.attribute(span, depth, &mut node)?,
                (7, Value::Bytes(span)) => node.domain = self.wire.text(span, 200)?,
                (9, Value::Bytes(span)) => {
                    self.pair(span)?;
                }
                (1 | 2 | 6 | 8 | 10, Value::Bytes(_)) => {}
                _ => self.unknown(field, "a node"),
            }
        }
        self.judge(&node, span.start);
        Ok(())
    }

    fn attribute(&mut self, mut rest: Span, depth: usize, node: &mut Node) -> Result<(), Stop> {
        // The name may stand behind the value.
        let (mut name, mut number, mut text) = (String::new(), None, None);
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => name = self.wire.text(span, 200)?,
                (3, Value::Number(value)) => number = Some(value),
                (4, Value::Bytes(span)) => text = Some(span),
                (5 | 10, Value::Bytes(span)) => self.tensor(span, false)?,
                (6 | 11, Value::Bytes(span)) => self.graph(span, depth + 1)?,
                (22 | 23, Value::Bytes(span)) => self.sparse(span)?,
                (2 | 7 | 8 | 9 | 13 | 14 | 15 | 20 | 21, _) => {}
                _ => self.unknown(field, "an attribute"),
            }
        }
        if READ.contains(&name.as_str()) && node.texts.len() + node.numbers.len() < MOST_READ {
            if let Some(span) = text {
                node.texts.push((name.clone(), self.wire.text(span, LONGEST)?));
            }
            node.numbers.extend(number.map(|number| (name, number)));
        }
        Ok(())
    }

    fn judge(&mut self, node: &Node, at: u64) {
        match operators::kind(&node.domain, &node.op) {
            Operator::Known => {}
            Operator::Python => {
                let named =
                    node.text("module").zip(node.text("class_name").or_else(|| node.text("func_name")));
                let title = match named {
                    Some((module, class)) => format!("`{}` runs `{module}.{class}`", node.op),
                    None => format!("`{}` runs Python code", node.op),
                };
                self.scan.does(Capability::CodeExecution);
                self.tell(Rule::OnnxPythonOperator, Severity::High, Confidence::High, title, at);
            }
            Operator::Compiled => self.compiled(node, at),
            Operator::Library(library) => {
                let title = format!("`{}` of `{}` needs {library}", node.op, node.domain);
                self.scan.needs(library);
                self.tell(Rule::OnnxCustomOperator, Severity::Low, Confidence::High, title, at);
            }
            Operator::Custom if self.functions.has(&node.domain, &node.op) => {}
            Operator::Custom => {
                let title = format!("`{}` is an operator of the domain `{}`", node.op, node.domain);
                self.tell(Rule::OnnxCustomOperator, Severity::Medium, Confidence::Medium, title, at);
            }
        }
    }

    /// A graph that an accelerator's compiler has made a program of, here or in a file beside.
    fn compiled(&mut self, node: &Node, at: u64) {
        let beside = node.number("embed_mode") == Some(0);
        let title = format!("The node `{}` is compiled code", node.name);
        self.tell(Rule::OnnxCompiled, Severity::Low, Confidence::High, title, at);
        match node.text("ep_cache_context") {
            Some(path) if beside => external::path(path, &node.name, at, self.scan),
            _ => self.scan.gap("compiled code for an accelerator cannot be read"),
        }
    }

    pub(super) fn tell(
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
