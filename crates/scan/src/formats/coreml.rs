//! Core ML models: protobuf without a magic, told by a version and a kind of model. Code of an app that a model asks for
//! and files that it names are found; weights are skipped.

use std::io;

use casemate_core::{Confidence, Severity};

use super::names::leads_out;
use super::protobuf::{self, DEEPEST, Span, Stop, Value, Wire, first, number, outline};
use super::{Reader, Reading, metadata};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::json::{self, Leaf, Path, Visitor};
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// Models by their version, description and kind.
pub(crate) const READER: Reader = Reader { format: Format::CoreMl, fit, read };
/// What is in a package, as JSON.
pub(crate) const MANIFEST: Reader = Reader { format: Format::CoreMl, fit: fit_manifest, read: read_manifest };

/// Kinds of models by their fields.
const KINDS: &[u64] = &[
    200, 201, 202, 300, 301, 302, 303, 304, 400, 401, 402, 403, 404, 500, 501, 502, 555, 556, 560, 600, 601,
    602, 603, 604, 606, 607, 609, 610, 900, 2000, 2001, 2002, 2003, 2004, 2005, 2006, 3000,
];

fn fit(sniff: &Sniff<'_>) -> Fit {
    let input = sniff.input;
    let fields = outline(input, Span { start: 0, end: input.len() }, 16);
    let version = number(&fields, 1).is_some_and(|version| (1..100).contains(&version));
    let described = first(&fields, 2).is_some_and(|description| {
        let fields = outline(input, description, 8);
        fields.iter().all(|field| matches!(field.number, 1 | 10..=13 | 20 | 21 | 50 | 100))
    });
    let kind = KINDS.iter().any(|kind| first(&fields, *kind).is_some());
    Fit::certain_if(version && described && kind)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    protobuf::whole(input, Format::CoreMl, scan, |wire, scan| {
        let whole = wire.whole();
        Model { wire, scan }.model(whole, 0)
    })?;
    Ok(Reading::Done)
}

/// A model while it is read.
struct Model<'m> {
    wire: &'m mut Wire,
    scan: &'m mut Scan,
}

impl Model<'_> {
    fn model(&mut self, mut rest: Span, depth: usize) -> Result<(), Stop> {
        deep(rest, depth)?;
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Number(version)) => {
                    self.scan.fact(About::Metadata, "specification version", version.to_string());
                }
                (2, Value::Bytes(span)) => self.description(span)?,
                (10, Value::Number(_)) => {}
                (200 | 201, Value::Bytes(span)) => self.each(span, 1, depth, Self::pipeline)?,
                (202, Value::Bytes(span)) => self.pipeline(span, depth + 1)?,
                (303 | 403 | 500, Value::Bytes(span)) => self.each(span, 1, depth, Self::layer)?,
                (502, Value::Bytes(span)) => self.program(span, depth)?,
                (555, Value::Bytes(span)) => self.custom(span, "model")?,
                (556, Value::Bytes(span)) => self.each(span, 1, depth, Self::linked)?,
                (3000, Value::Bytes(span)) => self.opaque(span),
                (kind, Value::Bytes(_)) if KINDS.contains(&kind) => {}
                _ => self.wire.unknown(field, "the model", self.scan),
            }
        }
        Ok(())
    }

    /// Reads each message of a field.
    fn each(
        &mut self,
        mut rest: Span,
        number: u64,
        depth: usize,
        read: fn(&mut Self, Span, usize) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        deep(rest, depth)?;
        while let Some(field) = self.wire.next(&mut rest)? {
            if let Value::Bytes(span) = field.value
                && field.number == number
            {
                read(self, span, depth + 1)?;
            }
        }
        Ok(())
    }

    fn pipeline(&mut self, span: Span, depth: usize) -> Result<(), Stop> {
        self.each(span, 1, depth, Self::model)
    }

    fn description(&mut self, mut rest: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            let (100, Value::Bytes(mut about)) = (field.number, field.value) else { continue };
            while let Some(field) = self.wire.next(&mut about)? {
                let Value::Bytes(span) = field.value else { continue };
                let key = match field.number {
                    1 => "description",
                    2 => "version",
                    3 => "author",
                    4 => "license",
                    _ => {
                        self.user_defined(span)?;
                        continue;
                    }
                };
                self.metadata(key, span)?;
            }
        }
        Ok(())
    }

    fn user_defined(&mut self, mut rest: Span) -> Result<(), Stop> {
        let mut key = String::new();
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => key = self.wire.text(span, 400)?,
                (2, Value::Bytes(span)) => self.metadata(&key, span)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn metadata(&mut self, key: &str, span: Span) -> Result<(), Stop> {
        let text = self.wire.text(span, 64 * 1024)?;
        if !text.is_empty() {
            metadata::tell(key, &text, span.start, span.len(), self.scan);
        }
        Ok(())
    }

    /// A layer of a neural network; the bodies of loops and branches are networks of their own.
    fn layer(&mut self, mut rest: Span, depth: usize) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            let Value::Bytes(span) = field.value else { continue };
            match field.number {
                500 => self.custom(span, "layer")?,
                // Branches, and loops with their conditions.
                605 => {
                    self.each(span, 1, depth, Self::network)?;
                    self.each(span, 2, depth, Self::network)?;
                }
                615 => {
                    self.each(span, 3, depth, Self::network)?;
                    self.each(span, 4, depth, Self::network)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn network(&mut self, span: Span, depth: usize) -> Result<(), Stop> {
        self.each(span, 1, depth, Self::layer)
    }

    /// A class of the app.
    fn custom(&mut self, span: Span, what: &str) -> Result<(), Stop> {
        let mut rest = span;
        let mut class = String::new();
        while let Some(field) = self.wire.next(&mut rest)? {
            if let (10, Value::Bytes(span)) = (field.number, field.value) {
                class = self.wire.text(span, 400)?;
            }
        }
        self.scan.fact(About::RemoteCode, class.clone(), "");
        let title = format!("A {what} is the class `{class}` of the app");
        self.tell(Rule::CoremlCustomCode, Severity::Medium, Confidence::High, title, span.start);
        Ok(())
    }

    /// A model in another file: its name and where it is looked for, each with a value unless the app gives one.
    fn linked(&mut self, mut rest: Span, depth: usize) -> Result<(), Stop> {
        deep(rest, depth)?;
        while let Some(field) = self.wire.next(&mut rest)? {
            let Value::Bytes(mut parameter) = field.value else { continue };
            while let Some(inner) = self.wire.next(&mut parameter)? {
                if let (1, Value::Bytes(span)) = (inner.number, inner.value) {
                    let text = self.wire.text(span, 4096)?;
                    self.file(&text, span.start);
                }
            }
        }
        Ok(())
    }

    fn opaque(&mut self, span: Span) {
        if let Some(part) = self.wire.part(span) {
            self.scan.member("serialised model", &part, span.range());
        }
    }

    /// A program: functions with blocks, their operations, and what these are given.
    fn program(&mut self, span: Span, depth: usize) -> Result<(), Stop> {
        self.each(span, 2, depth, |model, function, depth| model.each(function, 2, depth, Self::function))
    }

    fn function(&mut self, span: Span, depth: usize) -> Result<(), Stop> {
        self.each(span, 3, depth, |model, block, depth| model.each(block, 2, depth, Self::block))
    }

    fn block(&mut self, span: Span, depth: usize) -> Result<(), Stop> {
        self.each(span, 3, depth, Self::operation)
    }

    fn operation(&mut self, mut rest: Span, depth: usize) -> Result<(), Stop> {
        deep(rest, depth)?;
        while let Some(field) = self.wire.next(&mut rest)? {
            let Value::Bytes(span) = field.value else { continue };
            match field.number {
                1 => {
                    let kind = self.wire.text(span, 200)?;
                    if kind.starts_with("custom") {
                        let title = format!("The operation `{kind}` is code of the app");
                        self.tell(
                            Rule::CoremlCustomCode,
                            Severity::Medium,
                            Confidence::High,
                            title,
                            span.start,
                        );
                    }
                }
                2 => self.each(span, 2, depth, |model, argument, depth| {
                    model.each(argument, 1, depth, |model, binding, depth| {
                        model.each(binding, 2, depth, Self::value)
                    })
                })?,
                4 => self.block(span, depth + 1)?,
                5 => self.each(span, 2, depth, Self::value)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A value that lies in a file of weights.
    fn value(&mut self, span: Span, depth: usize) -> Result<(), Stop> {
        self.each(span, 5, depth, |model, blob, depth| {
            model.each(blob, 1, depth, |model, name, _| {
                let text = model.wire.text(name, 4096)?;
                model.file(&text, name.start);
                Ok(())
            })
        })
    }

    fn file(&mut self, path: &str, at: u64) {
        let below = path.strip_prefix("@model_path/").unwrap_or(path);
        self.scan.fact(About::NeedsFile, below, "");
        tell_path(below, at, self.scan);
    }

    fn tell(&mut self, rule: Rule, severity: Severity, confidence: Confidence, title: String, at: u64) {
        self.scan.find(Finding::new(rule, severity, confidence, title, at));
    }
}

fn deep(rest: Span, depth: usize) -> Result<(), Stop> {
    if depth > DEEPEST {
        return Err(Stop::Broken(rest.start, "Messages are nested deeper than any parser follows"));
    }
    Ok(())
}

fn tell_path(path: &str, at: u64, scan: &mut Scan) {
    if let Some(how) = leads_out(path) {
        let title = format!("The model needs `{path}`, which {how}");
        scan.find(Finding::new(Rule::CoremlPath, Severity::High, Confidence::High, title, at));
    }
}

fn fit_manifest(sniff: &Sniff<'_>) -> Fit {
    let speaks = memchr::memmem::find(&sniff.head, b"\"itemInfoEntries\"").is_some();
    Fit::maybe_if(sniff.first() == Some(b'{') && speaks && sniff.is_text())
}

fn read_manifest(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut manifest = Manifest { scan, paths: 0 };
    match json::walk(input, &mut manifest)? {
        json::End::Whole(end) if end == input.len() && manifest.paths > 0 => scan.understood(0..end),
        _ => return Ok(Reading::NotThis),
    }
    Ok(Reading::Done)
}

/// The parts of a package while they are read.
struct Manifest<'s> {
    scan: &'s mut Scan,
    paths: usize,
}

impl Visitor for Manifest<'_> {
    fn leaf(&mut self, path: &Path, leaf: Leaf<'_>, at: u64) {
        let [first, _, last] = path else { return };
        if let (Leaf::Text(text), "itemInfoEntries", "path") = (leaf, first.as_str(), last.as_str()) {
            self.paths += 1;
            self.scan.fact(About::NeedsFile, format!("Data/{text}"), "");
            tell_path(text, at, self.scan);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::reads_to_an_end;

    const MODEL: &[u8] = include_bytes!("../../fixtures/spare/graphs-coreml/program.mlmodel");

    fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
        let input = Input::from(bytes.to_vec());
        reads_to_an_end(&input, |input, scan| {
            read(input, scan)?;
            read_manifest(input, scan)
        })
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            check(&bytes)?;
        }

        #[test]
        fn any_mutation_is_read_to_an_end(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut bytes = MODEL.to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            check(&bytes)?;
        }
    }
}
