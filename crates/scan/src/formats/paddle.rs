//! PaddlePaddle: programs as protobuf or JSON, and parameters as tensors one behind the other. Programs are never run;
//! parameters are skipped by their sizes.

use std::collections::BTreeSet;
use std::io;

use casemate_core::{Confidence, Severity};

use super::names::leads_out;
use super::protobuf::{self, Span, Stop, Value, Wire, first, number, outline};
use super::tensors::{count, shaped};
use super::{Reader, Reading};
use crate::capability::Capability;
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::json::{self, Leaf, Path, Visitor};
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// Programs by the shape of their blocks.
pub(crate) const PROGRAM: Reader = Reader { format: Format::Paddle, fit: fit_program, read: read_program };
/// Parameters by the description of the first tensor.
pub(crate) const PARAMETERS: Reader =
    Reader { format: Format::Paddle, fit: fit_parameters, read: read_parameters };
/// Programs of version 3.
pub(crate) const JSON: Reader = Reader { format: Format::Paddle, fit: fit_json, read: read_json };

/// Operators that run Python.
const CODE: &[&str] = &["py_func", "py_layer", "pylayer", "run_python"];
/// Operators that read or write the file that an attribute names.
const FILES: &[&str] = &["load", "load_combine", "read_file", "save", "save_combine"];
/// The longest description of a tensor.
const LONGEST_DESCRIPTION: u64 = 4096;
/// How many tensors a file of parameters has.
const MOST_TENSORS: usize = 1_000_000;
/// How many findings are told one by one, and how many paths of one operator are looked at.
const MOST_TOLD: usize = 2_000;
const MOST_PATHS: usize = 32;

fn fit_program(sniff: &Sniff<'_>) -> Fit {
    let input = sniff.input;
    let fields = outline(input, Span { start: 0, end: input.len() }, 64);
    let Some(block) = first(&fields, 1) else { return Fit::No };
    let block = outline(input, block, 8);
    let known = fields.iter().take(2).all(|field| matches!(field.number, 1 | 4 | 5));
    let indices = number(&block, 1).is_some_and(|index| index < 10_000)
        && number(&block, 2).is_some_and(|parent| parent < 10_000 || parent.cast_signed() == -1);
    let content = first(&block, 3).or_else(|| first(&block, 4)).is_some();
    Fit::certain_if(known && indices && content)
}

fn read_program(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    protobuf::whole(input, Format::Paddle, scan, |wire, scan| {
        let mut rest = wire.whole();
        let mut program = Program { wire, scan, told: BTreeSet::new() };
        while let Some(field) = program.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => program.block(span)?,
                (4 | 5, Value::Bytes(_)) => {}
                _ => program.wire.unknown(field, "the program", program.scan),
            }
        }
        Ok(())
    })?;
    Ok(Reading::Done)
}

/// A program while it is read.
struct Program<'p> {
    wire: &'p mut Wire,
    scan: &'p mut Scan,
    told: BTreeSet<String>,
}

impl Program<'_> {
    fn block(&mut self, mut rest: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (4, Value::Bytes(span)) => self.op(span)?,
                (1 | 2 | 3 | 5, _) => {}
                _ => self.wire.unknown(field, "a block", self.scan),
            }
        }
        Ok(())
    }

    fn op(&mut self, span: Span) -> Result<(), Stop> {
        let mut rest = span;
        let (mut kind, mut paths) = (String::new(), Vec::new());
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (3, Value::Bytes(span)) => kind = self.wire.text(span, 200)?,
                (4, Value::Bytes(span)) if paths.len() < MOST_PATHS => paths.extend(self.path(span)?),
                (4, Value::Bytes(_)) => {}
                (1 | 2 | 5, _) => {}
                _ => self.wire.unknown(field, "an operator", self.scan),
            }
        }
        self.judge(&kind, &paths, span.start);
        Ok(())
    }

    /// The text of an attribute that names a file.
    fn path(&mut self, mut rest: Span) -> Result<Option<String>, Stop> {
        let (mut name, mut text) = (String::new(), None);
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => name = self.wire.text(span, 200)?,
                (5, Value::Bytes(span)) => text = Some(self.wire.text(span, 4096)?),
                _ => {}
            }
        }
        Ok(text.filter(|_| name == "file_path" || name == "filename"))
    }

    fn judge(&mut self, kind: &str, paths: &[String], at: u64) {
        if CODE.contains(&kind) {
            self.scan.does(Capability::CodeExecution);
            self.tell(format!("`{kind}` runs Python code"), Severity::High, at);
        } else if FILES.contains(&kind) {
            let writes = kind.starts_with("save");
            self.scan.does(if writes { Capability::FileWrite } else { Capability::FileRead });
            let out = paths.iter().find_map(|path| Some((path, leads_out(path)?)));
            match out {
                Some((path, how)) => {
                    self.tell(format!("`{kind}` uses `{path}`, which {how}"), Severity::High, at);
                }
                None => self.tell(format!("`{kind}` is called"), Severity::Medium, at),
            }
        }
    }

    fn tell(&mut self, title: String, severity: Severity, at: u64) {
        if self.told.len() < MOST_TOLD && self.told.insert(title.clone()) {
            self.scan.find(Finding::new(Rule::PaddleCodeOp, severity, Confidence::High, title, at));
        }
    }
}

fn fit_parameters(sniff: &Sniff<'_>) -> Fit {
    let tensor = matches!(sniff.head.get(..4), Some([0, 0, 0, 0]))
        .then(|| Tensor::read(sniff.input, 0).ok())
        .flatten();
    Fit::certain_if(tensor.flatten().is_some())
}

fn read_parameters(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut at = 0;
    for index in 0.. {
        if at >= input.len() {
            break;
        }
        if index >= MOST_TENSORS {
            scan.gap("there are more tensors than are read");
            break;
        }
        let Some(tensor) = Tensor::read(input, at)? else {
            let title = "What follows is no tensor";
            scan.find(Finding::new(Rule::PaddleStructure, Severity::Medium, Confidence::High, title, at));
            scan.member("bytes behind the tensors", &input.rest(at), at..input.len());
            break;
        };
        scan.understood(at..tensor.data);
        scan.fact(About::Tensor, index.to_string(), shaped(tensor.dtype, &tensor.dims));
        match tensor.data.checked_add(tensor.len).filter(|end| *end <= input.len()) {
            Some(end) => {
                scan.numbers(tensor.data..end);
                at = end;
            }
            None => {
                let title = format!("A tensor of {} bytes does not fit into the file", tensor.len);
                scan.find(Finding::new(Rule::PaddleStructure, Severity::Medium, Confidence::High, title, at));
                scan.gap("the last tensor is not whole");
                scan.numbers(tensor.data..input.len());
                break;
            }
        }
    }
    Ok(Reading::Done)
}

/// A tensor in a file of parameters.
struct Tensor {
    dtype: &'static str,
    dims: Vec<u64>,
    data: u64,
    len: u64,
}

impl Tensor {
    /// The tensor at an offset; none if there is none.
    fn read(input: &Input, at: u64) -> io::Result<Option<Self>> {
        let Ok(start) = input.array::<16>(at) else { return Ok(None) };
        // Two versions of nothing, and as many levels of nothing between them.
        if start != [0; 16] {
            return Ok(None);
        }
        let Ok(len) = input.array::<4>(at + 16).map(|len| u64::from(u32::from_le_bytes(len))) else {
            return Ok(None);
        };
        let from = at + 20;
        let Some(end) = from.checked_add(len).filter(|end| len <= LONGEST_DESCRIPTION && *end <= input.len())
        else {
            return Ok(None);
        };
        match Self::described(input, Span { start: from, end }) {
            Ok(tensor) => Ok(tensor),
            Err(Stop::Io(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn described(input: &Input, span: Span) -> Result<Option<Self>, Stop> {
        let mut wire = Wire::new(input);
        let mut rest = span;
        let (mut code, mut dims) = (None, Vec::new());
        while let Some(field) = wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Number(number)) => code = Some(number),
                (2, value) => wire.numbers(value, &mut dims, 64)?,
                _ => return Ok(None),
            }
        }
        let Some((dtype, size)) = code.and_then(dtype) else { return Ok(None) };
        let len = count(&dims).and_then(|count| count.checked_mul(size)).unwrap_or(u64::MAX);
        Ok(Some(Self { dtype, dims, data: span.end, len }))
    }
}

fn dtype(code: u64) -> Option<(&'static str, u64)> {
    Some(match code {
        0 => ("bool", 1),
        1 => ("int16", 2),
        2 => ("int32", 4),
        3 => ("int64", 8),
        4 => ("float16", 2),
        5 => ("float32", 4),
        6 => ("float64", 8),
        20 => ("uint8", 1),
        21 => ("int8", 1),
        22 => ("bfloat16", 2),
        23 => ("complex64", 8),
        24 => ("complex128", 16),
        32 => ("float8e4m3fn", 1),
        33 => ("float8e5m2", 1),
        _ => return None,
    })
}

fn fit_json(sniff: &Sniff<'_>) -> Fit {
    let says = |word: &[u8]| memchr::memmem::find(&sniff.head, word).is_some();
    Fit::maybe_if(
        sniff.first() == Some(b'{') && says(b"\"base_code\"") && says(b"\"pir\"") && sniff.is_text(),
    )
}

fn read_json(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut program = JsonProgram { scan, ops: 0, told: BTreeSet::new() };
    match json::walk(input, &mut program)? {
        json::End::Whole(end) if end == input.len() && program.ops > 0 => scan.understood(0..end),
        _ => return Ok(Reading::NotThis),
    }
    Ok(Reading::Done)
}

/// A program as JSON while it is read.
struct JsonProgram<'s> {
    scan: &'s mut Scan,
    ops: usize,
    told: BTreeSet<String>,
}

impl Visitor for JsonProgram<'_> {
    fn leaf(&mut self, path: &Path, leaf: Leaf<'_>, at: u64) {
        let Leaf::Text(text) = leaf else { return };
        if path.last().is_none_or(|key| key != "#") {
            return;
        }
        self.ops += 1;
        let name = text.rsplit('.').next().unwrap_or(text);
        let name = name.trim_end_matches('_');
        let (is_code, is_file) = (CODE.contains(&name), FILES.contains(&name));
        if (is_code || is_file) && self.told.insert(name.to_owned()) {
            self.scan.does(if is_code { Capability::CodeExecution } else { Capability::FileRead });
            let severity = if is_code { Severity::High } else { Severity::Medium };
            let title = format!("`{name}` is called");
            self.scan.find(Finding::new(Rule::PaddleCodeOp, severity, Confidence::High, title, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::reads_to_an_end;

    const PROGRAM: &[u8] = include_bytes!("../../fixtures/spare/graphs-paddle/model.pdmodel");
    const PARAMETERS: &[u8] = include_bytes!("../../fixtures/spare/graphs-paddle/model.pdiparams");

    fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
        let input = Input::from(bytes.to_vec());
        for reader in [super::PROGRAM, super::PARAMETERS, JSON] {
            reads_to_an_end(&input, reader.read)?;
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            check(&bytes)?;
        }

        #[test]
        fn any_mutation_is_read_to_an_end(
            program: bool,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut bytes = if program { PROGRAM } else { PARAMETERS }.to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            check(&bytes)?;
        }
    }
}
