//! TensorFlow graphs: SavedModel, frozen graphs, the graphs of checkpoints, and what Keras writes beside them. Protobuf
//! without a magic, so told by the shape of the messages; no graph is run and no weight is read.

pub(super) mod checkpoint;
mod graph;
mod judge;
mod keras;
mod ops;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io;

use casemate_core::{Confidence, Severity};

use super::names::leads_out;
use super::protobuf::{self, Field, Span, Stop, Value, Wire, first, number, outline};
use super::{Reader, Reading};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// A SavedModel: a schema version and graphs with their signatures.
pub(crate) const SAVED: Reader = Reader {
    format: Format::SavedModel,
    fit: |sniff| certain(is_saved, sniff),
    read: |input, scan| read(input, Format::SavedModel, |model, span| model.saved(span), scan),
};
/// The graph of a checkpoint.
pub(crate) const META: Reader = Reader {
    format: Format::MetaGraph,
    fit: |sniff| certain(is_meta_file, sniff),
    read: |input, scan| read(input, Format::MetaGraph, |model, span| model.meta(span), scan),
};
/// A graph by itself.
pub(crate) const GRAPH: Reader = Reader {
    format: Format::GraphDef,
    fit: |sniff| certain(is_graph_file, sniff),
    read: |input, scan| read(input, Format::GraphDef, |model, span| model.graph(span), scan),
};
/// What Keras writes beside a SavedModel.
pub(crate) const KERAS: Reader = Reader {
    format: Format::KerasMetadata,
    fit: |sniff| certain(is_keras, sniff),
    read: |input, scan| read(input, Format::KerasMetadata, |model, span| model.keras(span), scan),
};

/// How many fields are looked at to tell a message.
const GLANCE: usize = 4096;
const FEW: usize = 64;
/// How many findings are told one by one.
const MOST_TOLD: usize = 2_000;

fn certain(is: fn(&Input) -> Option<()>, sniff: &Sniff<'_>) -> Fit {
    Fit::certain_if(is(sniff.input).is_some())
}

/// The fields of a whole file, if they are all among those of its message.
fn fields_of(input: &Input, known: &[u64]) -> Option<Vec<Field>> {
    let fields = outline(input, Span { start: 0, end: input.len() }, GLANCE);
    // A stray field at the end does not hide what is before it.
    let is_known = |field: &Field| known.contains(&field.number);
    fields.iter().take(2).all(is_known).then_some(fields)
}

fn is_saved(input: &Input) -> Option<()> {
    let fields = fields_of(input, &[1, 2])?;
    let meta = first(&fields, 2)?;
    let alone = fields.iter().all(|field| field.number != 7);
    (number(&fields, 1).is_none_or(|version| version < 1000) && alone).then(|| is_meta(input, meta))?
}

fn is_meta_file(input: &Input) -> Option<()> {
    let fields = fields_of(input, &[1, 2, 3, 4, 5, 6, 7])?;
    number(&fields, 1).is_none().then(|| is_meta(input, Span { start: 0, end: input.len() }))?
}

/// A graph, or what is said about one, by the version of TensorFlow that wrote it.
fn is_meta(input: &Input, span: Span) -> Option<()> {
    let fields = outline(input, span, FEW);
    if let Some(info) = first(&fields, 1) {
        let info = outline(input, info, GLANCE);
        let version = first(&info, 5).is_some_and(|version| protobuf::is_name(input, version));
        let tags = first(&info, 4).is_some_and(|tag| protobuf::is_name(input, tag));
        let ops = first(&info, 2).is_some_and(|ops| is_ops(input, ops).is_some());
        if version || ops || tags && first(&fields, 2).is_some() {
            return Some(());
        }
    }
    is_graph(input, first(&fields, 2)?)
}

/// A list of operations, by the name of the first.
fn is_ops(input: &Input, span: Span) -> Option<()> {
    let op = outline(input, first(&outline(input, span, 1), 1)?, 4);
    protobuf::is_name(input, first(&op, 1)?).then_some(())
}

fn is_graph_file(input: &Input) -> Option<()> {
    fields_of(input, &[1, 2, 3, 4, 5])?;
    is_graph(input, Span { start: 0, end: input.len() })
}

/// Nodes with a name and an operation, or a library of functions.
fn is_graph(input: &Input, span: Span) -> Option<()> {
    let fields = outline(input, span, GLANCE);
    if number(&fields, 1).or_else(|| number(&fields, 2)).is_some() || first(&fields, 7).is_some() {
        return None;
    }
    let Some(node) = first(&fields, 1) else {
        let function = outline(input, first(&outline(input, first(&fields, 2)?, 1), 1)?, 2);
        let signature = outline(input, first(&function, 1)?, 1);
        return protobuf::is_name(input, first(&signature, 1)?).then_some(());
    };
    let node = outline(input, node, FEW);
    let named = |number| first(&node, number).is_some_and(|name| protobuf::is_name(input, name));
    let known = node.iter().all(|field| (1..=7).contains(&field.number) && field.value != Value::Other);
    (named(1) && named(2) && known && number(&node, 2).is_none()).then_some(())
}

fn is_keras(input: &Input) -> Option<()> {
    let fields = fields_of(input, &[1])?;
    let node = outline(input, first(&fields, 1)?, FEW);
    let identifier = input.bytes(first(&node, 4)?.start, first(&node, 4)?.len().min(64)).ok()?;
    first(&node, 3)?;
    identifier.starts_with(b"_tf_keras").then_some(())
}

fn read(
    input: &Input,
    format: Format,
    walk: fn(&mut Model<'_>, Span) -> Result<(), Stop>,
    scan: &mut Scan,
) -> io::Result<Reading> {
    protobuf::whole(input, format, scan, |wire, scan| {
        let whole = wire.whole();
        walk(&mut Model { wire, scan, trains: format == Format::MetaGraph, told: BTreeSet::new() }, whole)
    })?;
    Ok(Reading::Done)
}

/// A model while it is read.
struct Model<'m> {
    wire: &'m mut Wire,
    scan: &'m mut Scan,
    /// Whether it is the graph of a training, which reads its input itself.
    trains: bool,
    /// What was told, so that a thousand nodes alike are told once.
    told: BTreeSet<String>,
}

impl Model<'_> {
    fn saved(&mut self, mut rest: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Number(_)) => {}
                (2, Value::Bytes(span)) => self.meta(span)?,
                _ => self.wire.unknown(field, "the model", self.scan),
            }
        }
        Ok(())
    }

    fn meta(&mut self, mut rest: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => self.info(span)?,
                (2, Value::Bytes(span)) => self.graph(span)?,
                (6, Value::Bytes(span)) => self.asset(span)?,
                (7, Value::Bytes(span)) => self.objects(span)?,
                (3..=5, Value::Bytes(_)) => {}
                _ => self.wire.unknown(field, "a graph with its signatures", self.scan),
            }
        }
        Ok(())
    }

    fn info(&mut self, mut rest: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            let name = match field.number {
                1 => "meta_graph_version",
                4 => "tag",
                5 => "tensorflow_version",
                _ => continue,
            };
            if let Value::Bytes(span) = field.value {
                let text = self.wire.text(span, 200)?;
                self.scan.fact(About::Metadata, name, text);
            }
        }
        Ok(())
    }

    /// A file in the folder `assets`.
    fn asset(&mut self, span: Span) -> Result<(), Stop> {
        let mut rest = span;
        while let Some(field) = self.wire.next(&mut rest)? {
            let (2, Value::Bytes(name)) = (field.number, field.value) else { continue };
            let name = self.wire.text(name, 4096)?;
            self.scan.fact(About::NeedsFile, format!("assets/{name}"), "");
            let network = name.contains("://").then_some("is an address on the network");
            if let Some(how) = network.or_else(|| leads_out(&name)) {
                let title = format!("The asset `{name}` {how}");
                self.tell(Rule::TfAssetPath, Severity::High, Confidence::High, title, span.start);
            }
        }
        Ok(())
    }

    fn tell(&mut self, rule: Rule, severity: Severity, confidence: Confidence, title: String, at: u64) {
        if self.told.len() < MOST_TOLD && self.told.insert(title.clone()) {
            self.scan.find(Finding::new(rule, severity, confidence, title, at));
        }
    }
}
