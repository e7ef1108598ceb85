//! The functions that a model brings along: what they are called, and whether they call each other in a circle. They are
//! read before the graph, which may use them before they are written down.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::formats::protobuf::{Span, Stop, Value, Wire};
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// How many functions are kept; exporters of PyTorch write some hundreds.
const MOST: usize = 20_000;
const MOST_CALLS: usize = 50_000;

type Name = (String, String);

/// The functions of a model by domain and name.
#[derive(Default)]
pub(super) struct Functions {
    calls: BTreeMap<Name, BTreeSet<Name>>,
    at: BTreeMap<Name, u64>,
    count: usize,
}

impl Functions {
    /// As many as can be read; what is broken is told by whoever reads the model.
    pub(super) fn of(input: &Input) -> Self {
        let mut functions = Self::default();
        let mut wire = Wire::new(input);
        let mut rest = wire.whole();
        while let Ok(Some(field)) = wire.next(&mut rest) {
            if let (25, Value::Bytes(span)) = (field.number, field.value)
                && functions.function(&mut wire, span).is_err()
            {
                break;
            }
        }
        functions
    }

    pub(super) fn has(&self, domain: &str, op: &str) -> bool {
        self.calls.contains_key(&(domain.to_owned(), op.to_owned()))
    }

    fn function(&mut self, wire: &mut Wire, span: Span) -> Result<(), Stop> {
        let mut rest = span;
        let (mut name, mut domain, mut calls) = (String::new(), String::new(), BTreeSet::new());
        while let Some(field) = wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => name = wire.text(span, 200)?,
                (10, Value::Bytes(span)) => domain = wire.text(span, 200)?,
                (7, Value::Bytes(span)) if self.count < MOST_CALLS => {
                    let call = called(wire, span)?;
                    // ONNX's own operators are no functions of the model.
                    if !call.0.is_empty() {
                        self.count += 1;
                        calls.insert(call);
                    }
                }
                _ => {}
            }
        }
        if self.calls.len() < MOST {
            self.at.insert((domain.clone(), name.clone()), span.start);
            self.calls.entry((domain, name)).or_default().extend(calls);
        }
        Ok(())
    }

    /// Takes away what calls nothing of what is left, again and again: what stays is a circle, or leads to one.
    pub(super) fn tell_circles(&self, scan: &mut Scan) {
        let mut callers: BTreeMap<&Name, Vec<&Name>> = BTreeMap::new();
        let mut open: BTreeMap<&Name, usize> = BTreeMap::new();
        for (name, calls) in &self.calls {
            let inner = calls.iter().filter(|call| self.calls.contains_key(*call));
            open.insert(name, inner.clone().count());
            inner.for_each(|call| callers.entry(call).or_default().push(name));
        }
        let mut done: Vec<&Name> =
            open.iter().filter(|(_, left)| **left == 0).map(|(name, _)| *name).collect();
        while let Some(name) = done.pop() {
            open.remove(name);
            for caller in callers.get(name).into_iter().flatten() {
                if let Some(left) = open.get_mut(*caller) {
                    *left -= 1;
                    if *left == 0 {
                        done.push(caller);
                    }
                }
            }
        }
        if let Some(name) = open.keys().next() {
            let at = self.at.get(*name).copied().unwrap_or(0);
            let title = format!("The function `{}` leads back to itself", name.1);
            scan.find(Finding::new(Rule::OnnxRecursion, Severity::Medium, Confidence::High, title, at));
        }
    }
}

/// What a node calls.
fn called(wire: &mut Wire, mut rest: Span) -> Result<Name, Stop> {
    let (mut op, mut domain) = (String::new(), String::new());
    while let Some(field) = wire.next(&mut rest)? {
        match (field.number, field.value) {
            (4, Value::Bytes(span)) => op = wire.text(span, 200)?,
            (7, Value::Bytes(span)) => domain = wire.text(span, 200)?,
            _ => {}
        }
    }
    Ok((domain, op))
}
