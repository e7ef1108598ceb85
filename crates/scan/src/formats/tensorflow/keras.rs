//! What Keras writes of its layers: in the objects of a SavedModel, or in `keras_metadata.pb` beside it. The JSON in it
//! is read as a part of its own.

use casemate_core::{Confidence, Severity};

use super::Model;
use crate::fact::About;
use crate::formats::protobuf::{Span, Stop, Value};
use crate::json::{self, Leaf, Path, Visitor};
use crate::rule::Rule;
use crate::scan::Scan;

/// The longest configuration of a layer that is looked at for Lambda layers here.
const LONGEST: u64 = 16 * 1024 * 1024;

impl Model<'_> {
    /// The file beside a SavedModel.
    pub(super) fn keras(&mut self, mut rest: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => self.described(span, 4, 5)?,
                _ => self.wire.unknown(field, "the metadata", self.scan),
            }
        }
        Ok(())
    }

    /// The objects of a SavedModel.
    pub(super) fn objects(&mut self, mut rest: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            let (1, Value::Bytes(mut object)) = (field.number, field.value) else { continue };
            while let Some(field) = self.wire.next(&mut object)? {
                if let (4, Value::Bytes(span)) = (field.number, field.value) {
                    self.described(span, 1, 3)?;
                }
            }
        }
        Ok(())
    }

    /// An object with an identifier and a description, which stand in these fields.
    fn described(&mut self, mut rest: Span, identifier: u64, description: u64) -> Result<(), Stop> {
        let mut name = String::new();
        while let Some(field) = self.wire.next(&mut rest)? {
            let Value::Bytes(span) = field.value else { continue };
            if field.number == identifier {
                name = self.wire.text(span, 200)?;
            } else if field.number == description && span.len() > 0 {
                self.description(&name, span)?;
            }
        }
        Ok(())
    }

    fn description(&mut self, name: &str, span: Span) -> Result<(), Stop> {
        let Some(part) = self.wire.part(span) else { return Ok(()) };
        let judged =
            |scan: &Scan| scan.found_in(name).filter(|finding| finding.rule == Rule::KerasLambdaCode).count();
        let before = judged(self.scan);
        self.scan.member(name, &part, span.range());
        // Code that could be looked into was judged by what it does.
        if span.len() > LONGEST || judged(self.scan) > before {
            return Ok(());
        }
        let mut lambdas = Lambdas { found: Vec::new() };
        json::walk(&part, &mut lambdas)?;
        for at in lambdas.found {
            let title = "A layer is a Lambda: Python code in the model".to_owned();
            self.scan.fact(About::Code, "Lambda", "Python bytecode in a layer");
            self.tell(Rule::TfKerasLambda, Severity::Medium, Confidence::High, title, span.start + at);
        }
        Ok(())
    }
}

/// The places where a class is called Lambda.
struct Lambdas {
    found: Vec<u64>,
}

impl Visitor for Lambdas {
    fn leaf(&mut self, path: &Path, leaf: Leaf<'_>, at: u64) {
        let is_class = path.last().is_some_and(|key| key == "class_name");
        let Leaf::Text(text) = leaf else { return };
        let class = text.rsplit('>').next().unwrap_or(text);
        if is_class && class == "Lambda" && self.found.len() < 100 {
            self.found.push(at);
        }
    }
}
