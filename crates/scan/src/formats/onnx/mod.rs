//! ONNX models: protobuf without a magic, so told by the shape of their messages. Weights are skipped by their lengths
//! and never read; files that a model names are facts for whoever looks at files together.

mod archived;
mod external;
mod functions;
mod graph;
mod operators;
mod tensor;
#[cfg(test)]
mod tests;

use std::io;

pub(crate) use archived::{link as archived_link, needed};
pub(crate) use external::link as external_link;

use self::functions::Functions;
use super::protobuf::{self, Field, Span, Stop, Value, Wire, first, number, outline};
use super::{Reader, Reading, metadata};
use crate::fact::About;
use crate::format::Format;
use crate::input::Input;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// Models by the shape of `ModelProto` and of the graph in it.
pub(crate) const READER: Reader = Reader { format: Format::Onnx, fit, read };

/// One tensor by itself, as tests of models have them for inputs and outputs.
pub(crate) const TENSOR: Reader = Reader { format: Format::Onnx, fit: fit_tensor, read: read_tensor };

/// How many fields are looked at to tell a model.
const GLANCE: usize = 4096;
const LONGEST_TEXT: u64 = 64 * 1024;
/// How often the version and producer of a model are repeated; parsers take the last.
const MOST_SAID: usize = 100;

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::certain_if(is_model(sniff.input).unwrap_or(false))
}

fn is_model(input: &Input) -> Option<bool> {
    let whole = Span { start: 0, end: input.len() };
    let fields = outline(input, whole, GLANCE);
    let graph = outline(input, first(&fields, 7)?, 8);
    let opset = first(&fields, 8).map(|opset| outline(input, opset, 4));
    let says = number(&fields, 1).is_some_and(|version| version < 1000)
        || opset.is_some_and(|opset| number(&opset, 2).is_some());
    let node = first(&graph, 1).map(|node| outline(input, node, 64));
    let holds = match node {
        Some(node) => first(&node, 4).is_some_and(|op| protobuf::is_name(input, op)),
        None => [2, 5, 11, 12].iter().any(|known| first(&graph, *known).is_some()),
    };
    Some(says && holds)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let functions = Functions::of(input);
    protobuf::whole(input, Format::Onnx, scan, |wire, scan| {
        let whole = wire.whole();
        let mut model = Model { wire, scan, functions: &functions, said: 0 };
        model.model(whole)
    })?;
    functions.tell_circles(scan);
    Ok(Reading::Done)
}

/// A shape and a type first, then numbers, and nothing behind them.
fn fit_tensor(sniff: &Sniff<'_>) -> Fit {
    let input = sniff.input;
    let fields = outline(input, Span { start: 0, end: input.len() }, 64);
    let starts = matches!(sniff.head.first(), Some(0x08 | 0x0a | 0x10));
    let typed = number(&fields, 2).is_some_and(|code| tensor::dtype(code).is_some());
    let known = fields.iter().all(|field| matches!(field.number, 1 | 2 | 4..=14 | 16));
    let data = fields.iter().any(|field| matches!(field.number, 4..=7 | 9..=11 | 13));
    let ends = fields.last().is_some_and(|field| match field.value {
        Value::Bytes(span) => span.end == input.len(),
        _ => true,
    });
    Fit::maybe_if(starts && typed && known && data && ends)
}

fn read_tensor(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let functions = Functions::default();
    protobuf::whole(input, Format::Onnx, scan, |wire, scan| {
        let whole = wire.whole();
        let mut model = Model { wire, scan, functions: &functions, said: 0 };
        model.tensor(whole, true)
    })?;
    Ok(Reading::Done)
}

/// A model while it is read.
struct Model<'m> {
    wire: &'m mut Wire,
    scan: &'m mut Scan,
    functions: &'m Functions,
    /// How many facts the fields of the model itself were worth.
    said: usize,
}

impl Model<'_> {
    fn model(&mut self, mut rest: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1 | 5, Value::Number(_)) | (2..=4, Value::Bytes(_)) if self.said >= MOST_SAID => {}
                (1 | 5, Value::Number(number)) => {
                    self.said += 1;
                    let name = if field.number == 1 { "ir_version" } else { "model_version" };
                    self.scan.fact(About::Metadata, name, number.to_string());
                }
                (2..=4, Value::Bytes(span)) => {
                    self.said += 1;
                    let name = match field.number {
                        2 => "producer_name",
                        3 => "producer_version",
                        _ => "domain",
                    };
                    let text = self.wire.text(span, 400)?;
                    if !text.is_empty() {
                        self.scan.fact(About::Metadata, name, text);
                    }
                }
                (6, Value::Bytes(span)) => self.told("doc_string", span)?,
                (7, Value::Bytes(span)) => self.graph(span, 0)?,
                (8, Value::Bytes(span)) => self.opset(span)?,
                (14, Value::Bytes(span)) => self.property(span)?,
                (20, Value::Bytes(span)) => self.training(span)?,
                (25, Value::Bytes(span)) => self.function(span)?,
                (26, Value::Bytes(_)) => {}
                _ => self.wire.unknown(field, "the model", self.scan),
            }
        }
        Ok(())
    }

    fn opset(&mut self, mut rest: Span) -> Result<(), Stop> {
        let (mut domain, mut version) = (String::new(), 0);
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => domain = self.wire.text(span, 400)?,
                (2, Value::Number(number)) => version = number,
                _ => self.wire.unknown(field, "an operator set", self.scan),
            }
        }
        let domain = if domain.is_empty() { "ai.onnx".to_owned() } else { domain };
        self.scan.fact(About::Metadata, format!("opset {domain}"), version.to_string());
        Ok(())
    }

    /// Training graphs: one that sets up and one that is run.
    fn training(&mut self, mut rest: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1 | 2, Value::Bytes(span)) => self.graph(span, 0)?,
                (3 | 4, Value::Bytes(span)) => {
                    self.pair(span)?;
                }
                _ => self.wire.unknown(field, "a training graph", self.scan),
            }
        }
        Ok(())
    }

    /// Metadata of the model.
    fn property(&mut self, span: Span) -> Result<(), Stop> {
        let Some((key, value)) = self.pair(span)? else { return Ok(()) };
        self.told(&key, value)
    }

    fn told(&mut self, key: &str, span: Span) -> Result<(), Stop> {
        let text = self.wire.text(span, LONGEST_TEXT)?;
        if !text.is_empty() {
            metadata::tell(key, &text, span.start, span.len(), self.scan);
        }
        Ok(())
    }

    /// A key, and where its value stands.
    fn pair(&mut self, mut rest: Span) -> Result<Option<(String, Span)>, Stop> {
        let (mut key, mut value) = (String::new(), None);
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => key = self.wire.text(span, 400)?,
                (2, Value::Bytes(span)) => value = Some(span),
                _ => self.wire.unknown(field, "a pair of key and value", self.scan),
            }
        }
        Ok(value.map(|value| (key, value)))
    }

    fn unknown(&mut self, field: Field, message: &str) {
        self.wire.unknown(field, message, self.scan);
    }
}
