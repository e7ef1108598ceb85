//! Nodes, functions and constants of a TensorFlow graph. A body is read to its end before its nodes are judged, because
//! the path that an operation gets stands in another node.

use std::collections::BTreeMap;

use super::{Model, ops};
use crate::fact::About;
use crate::formats::protobuf::{Span, Stop, Value};
use crate::formats::tensors::shaped;

/// How many constant texts of one body are kept.
const MOST_TEXTS: usize = 2_000;
/// How many operations of one body that reach beyond it are kept before they are judged.
const MOST_REACHING: usize = 1_000;
const MOST_INPUTS: usize = 16;
/// The attributes that matter here, and how many texts of a node are kept.
const READ: &[&str] = &["debug_urls", "descriptor_source", "gated_grpc", "output_stream", "tfdbg_run_id"];
const MOST_READ: usize = 32;
const LONGEST: u64 = 4096;

/// The nodes of a graph or function that matter.
#[derive(Default)]
pub(super) struct Body {
    /// Constant texts by the name of their node.
    pub(super) texts: BTreeMap<String, String>,
    pub(super) reaching: Vec<Node>,
}

/// A node.
#[derive(Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) op: String,
    pub(super) inputs: Vec<String>,
    /// Attributes that are text, or lists of text.
    pub(super) texts: Vec<(String, String)>,
    pub(super) at: u64,
    tensor: Option<Tensor>,
}

struct Tensor {
    dtype: u64,
    shape: Vec<u64>,
    text: Option<String>,
    numbers: bool,
}

impl Model<'_> {
    pub(super) fn graph(&mut self, mut rest: Span) -> Result<(), Stop> {
        let mut body = Body::default();
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => self.node(span, &mut body)?,
                (2, Value::Bytes(span)) => self.library(span)?,
                (3, Value::Number(_)) | (4 | 5, Value::Bytes(_)) => {}
                _ => self.wire.unknown(field, "a graph", self.scan),
            }
        }
        self.judge(&body);
        Ok(())
    }

    fn library(&mut self, mut rest: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => self.function(span)?,
                (2 | 3, Value::Bytes(_)) => {}
                _ => self.wire.unknown(field, "a library of functions", self.scan),
            }
        }
        Ok(())
    }

    fn function(&mut self, mut rest: Span) -> Result<(), Stop> {
        let mut body = Body::default();
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (3, Value::Bytes(span)) => self.node(span, &mut body)?,
                (1 | 2 | 4..=8, Value::Bytes(_)) => {}
                _ => self.wire.unknown(field, "a function", self.scan),
            }
        }
        self.judge(&body);
        Ok(())
    }

    fn node(&mut self, span: Span, body: &mut Body) -> Result<(), Stop> {
        let mut node = Node { at: span.start, ..Node::default() };
        let mut rest = span;
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => node.name = self.wire.text(span, 400)?,
                (2, Value::Bytes(span)) => node.op = self.wire.text(span, 400)?,
                (3, Value::Bytes(span)) if node.inputs.len() < MOST_INPUTS => {
                    node.inputs.push(self.wire.text(span, 400)?);
                }
                (5, Value::Bytes(span)) => self.attribute(span, &mut node)?,
                (3 | 4 | 6 | 7, Value::Bytes(_)) => {}
                _ => self.wire.unknown(field, "a node", self.scan),
            }
        }
        if let Some(tensor) = node.tensor.take() {
            match tensor.text {
                Some(text) if body.texts.len() < MOST_TEXTS => {
                    body.texts.insert(node.name.clone(), text);
                }
                Some(_) => self.scan.gap("there are more constant texts than are kept"),
                None => {}
            }
            if tensor.numbers {
                let shape = shaped(ops::dtype(tensor.dtype), &tensor.shape);
                self.scan.fact(About::Tensor, node.name.clone(), shape);
            }
        }
        if ops::reach(&node.op).is_some() {
            if body.reaching.len() >= MOST_REACHING {
                self.judge(body);
                body.reaching.clear();
            }
            body.reaching.push(node);
        }
        Ok(())
    }

    /// An entry of the attributes.
    fn attribute(&mut self, mut rest: Span, node: &mut Node) -> Result<(), Stop> {
        // The name may stand behind the value.
        let (mut name, mut values) = (String::new(), Vec::new());
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => name = self.wire.text(span, 200)?,
                (2, Value::Bytes(span)) if values.len() < MOST_READ => values.push(span),
                _ => self.wire.unknown(field, "an attribute", self.scan),
            }
        }
        values.into_iter().try_for_each(|span| self.value(span, &name, node))
    }

    fn value(&mut self, mut rest: Span, name: &str, node: &mut Node) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (2, Value::Bytes(span)) => self.text(span, name, node)?,
                (1, Value::Bytes(span)) => self.list(span, name, node)?,
                (8, Value::Bytes(span)) => {
                    let tensor = self.tensor(span)?;
                    node.tensor = Some(tensor);
                }
                (3..=7 | 9 | 10, _) => {}
                _ => self.wire.unknown(field, "the value of an attribute", self.scan),
            }
        }
        Ok(())
    }

    /// A list: of its items, only texts matter, and tensors for what they hold.
    fn list(&mut self, mut rest: Span, name: &str, node: &mut Node) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (2, Value::Bytes(span)) => self.text(span, name, node)?,
                (8, Value::Bytes(span)) => {
                    self.tensor(span)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn text(&mut self, span: Span, name: &str, node: &mut Node) -> Result<(), Stop> {
        if READ.contains(&name) && node.texts.len() < MOST_READ {
            let text = self.wire.text(span, LONGEST)?;
            node.texts.push((name.to_owned(), text));
        }
        Ok(())
    }

    fn tensor(&mut self, mut rest: Span) -> Result<Tensor, Stop> {
        let mut tensor = Tensor { dtype: 0, shape: Vec::new(), text: None, numbers: false };
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Number(dtype)) => tensor.dtype = dtype,
                (2, Value::Bytes(span)) => tensor.shape = self.shape(span)?,
                (4..=7 | 9..=13 | 16 | 17, Value::Bytes(span)) if field.number != 8 => {
                    self.scan.numbers(span.range());
                    tensor.numbers |= field.number == 4;
                }
                (8, Value::Bytes(span)) if tensor.text.is_none() => {
                    tensor.text = Some(self.wire.text(span, LONGEST)?);
                }
                _ => {}
            }
        }
        Ok(tensor)
    }

    pub(super) fn shape(&mut self, mut rest: Span) -> Result<Vec<u64>, Stop> {
        let mut shape = Vec::new();
        while let Some(field) = self.wire.next(&mut rest)? {
            let (2, Value::Bytes(mut dim)) = (field.number, field.value) else { continue };
            let mut size = 0;
            while let Some(field) = self.wire.next(&mut dim)? {
                if let (1, Value::Number(number)) = (field.number, field.value) {
                    size = number;
                }
            }
            if shape.len() < 256 {
                shape.push(size);
            }
        }
        Ok(shape)
    }
}
