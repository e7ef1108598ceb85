//! Tensors of ONNX: their shapes against their data, and data that lies in another file. The numbers are never read.

use casemate_core::{Confidence, Severity};

use super::{Model, external};
use crate::fact::About;
use crate::formats::protobuf::{Span, Stop, Value};
use crate::formats::tensors::{count, shaped};
use crate::rule::Rule;

/// No tensor has more dimensions.
const MOST_DIMS: usize = 1024;
/// No place is described by more entries.
const MOST_ENTRIES: usize = 32;

/// A data type: its name and how many bits one number has; none for text.
pub(super) fn dtype(code: u64) -> Option<(&'static str, Option<u64>)> {
    Some(match code {
        1 => ("float32", Some(32)),
        2 => ("uint8", Some(8)),
        3 => ("int8", Some(8)),
        4 => ("uint16", Some(16)),
        5 => ("int16", Some(16)),
        6 => ("int32", Some(32)),
        7 => ("int64", Some(64)),
        8 => ("string", None),
        9 => ("bool", Some(8)),
        10 => ("float16", Some(16)),
        11 => ("float64", Some(64)),
        12 => ("uint32", Some(32)),
        13 => ("uint64", Some(64)),
        14 => ("complex64", Some(64)),
        15 => ("complex128", Some(128)),
        16 => ("bfloat16", Some(16)),
        17 => ("float8e4m3fn", Some(8)),
        18 => ("float8e4m3fnuz", Some(8)),
        19 => ("float8e5m2", Some(8)),
        20 => ("float8e5m2fnuz", Some(8)),
        21 => ("uint4", Some(4)),
        22 => ("int4", Some(4)),
        23 => ("float4e2m1", Some(4)),
        24 => ("float8e8m0", Some(8)),
        25 => ("uint2", Some(2)),
        26 => ("int2", Some(2)),
        _ => return None,
    })
}

/// A tensor as far as it is read.
#[derive(Default)]
struct Tensor {
    dims: Vec<u64>,
    code: u64,
    name: String,
    raw: Option<Span>,
    elsewhere: bool,
    external: Vec<(String, String)>,
    at: u64,
}

impl Model<'_> {
    pub(super) fn tensor(&mut self, span: Span, is_fact: bool) -> Result<(), Stop> {
        let mut tensor = Tensor { at: span.start, ..Tensor::default() };
        let mut rest = span;
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, value) => self.wire.numbers(value, &mut tensor.dims, MOST_DIMS)?,
                (2, Value::Number(code)) => tensor.code = code,
                (4 | 5 | 7 | 10 | 11, Value::Bytes(span)) => self.scan.numbers(span.range()),
                (8, Value::Bytes(span)) => tensor.name = self.wire.text(span, 400)?,
                (9, Value::Bytes(span)) => {
                    self.scan.numbers(span.range());
                    tensor.raw = Some(span);
                }
                (13, Value::Bytes(span)) => {
                    if let Some((key, value)) = self.pair(span)?
                        && tensor.external.len() < MOST_ENTRIES
                    {
                        let value = self.wire.text(value, 4096)?;
                        tensor.external.push((key, value));
                    }
                }
                (14, Value::Number(location)) => tensor.elsewhere = location == 1,
                (16, Value::Bytes(span)) => {
                    self.pair(span)?;
                }
                (3 | 6 | 12, Value::Bytes(_)) | (4 | 5 | 7 | 10 | 11, _) => {}
                _ => self.unknown(field, "a tensor"),
            }
        }
        self.judge_tensor(&tensor, is_fact);
        Ok(())
    }

    pub(super) fn sparse(&mut self, mut rest: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.next(&mut rest)? {
            match (field.number, field.value) {
                (1, Value::Bytes(span)) => self.tensor(span, true)?,
                (2, Value::Bytes(span)) => self.tensor(span, false)?,
                (3, _) => {}
                _ => self.unknown(field, "a sparse tensor"),
            }
        }
        Ok(())
    }

    fn judge_tensor(&mut self, tensor: &Tensor, is_fact: bool) {
        let dtype = dtype(tensor.code);
        if is_fact {
            let (name, _) = dtype.unwrap_or(("unknown", None));
            self.scan.fact(About::Tensor, tensor.name.clone(), shaped(name, &tensor.dims));
        }
        let wanted = match self.size(tensor, dtype.and_then(|(_, bits)| bits)) {
            Ok(wanted) => wanted,
            Err(title) => {
                return self.tell(Rule::OnnxTensorSize, Severity::High, Confidence::Medium, title, tensor.at);
            }
        };
        // Older exporters leave the field with the place out; a tensor with entries has its data elsewhere all the same.
        if tensor.elsewhere || !tensor.external.is_empty() {
            external::data(&tensor.external, &tensor.name, wanted, tensor.at, self.scan);
        } else if let (Some(raw), Some(wanted)) = (tensor.raw, wanted)
            && raw.len() != wanted
        {
            let title = format!("The tensor `{}` needs {wanted} bytes and has {}", tensor.name, raw.len());
            self.tell(Rule::OnnxTensorSize, Severity::Medium, Confidence::High, title, raw.start);
        }
    }

    /// How many bytes a tensor needs, if its type says so; what is wrong with its shape if no memory holds it.
    fn size(&self, tensor: &Tensor, bits: Option<u64>) -> Result<Option<u64>, String> {
        if let Some(negative) = tensor.dims.iter().find(|dim| **dim > i64::MAX.unsigned_abs()) {
            let side = negative.cast_signed();
            return Err(format!("The tensor `{}` has a side of {side}", tensor.name));
        }
        let Some(bits) = bits else { return Ok(None) };
        let numbers = count(&tensor.dims);
        match numbers.and_then(|numbers| numbers.checked_mul(bits)) {
            Some(bits) => Ok(Some(bits.div_ceil(8))),
            None => Err(format!("The shape of the tensor `{}` is larger than any memory", tensor.name)),
        }
    }
}
