//! What a header says, checked item by item as it streams by: names, types, shapes and offsets. It draws no conclusion
//! about what lies between tensors.

use std::collections::BTreeSet;

use casemate_core::{Confidence, Severity};

use super::json::{self, Text};
use crate::fact::About;
use crate::finding::Finding;
use crate::formats::metadata;
use crate::formats::stream::{Broken, Stream};
use crate::formats::tensors::{Names, Place, Places, count, shaped};
use crate::rule::Rule;
use crate::scan::Scan;

/// How many tensors are read.
const MOST_TENSORS: usize = 1_000_000;
/// How many sizes a shape may have.
const MOST_SIZES: usize = 64;
/// How many names in one metadata object or tensor are told apart.
const MOST_FIELDS: usize = 100_000;

/// How many bits a number of a type has; none for a type that nobody knows.
fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" | "F8_E8M0" | "F8_E4M3FNUZ" | "F8_E5M2FNUZ" => 8,
        "U16" | "I16" | "F16" | "BF16" => 16,
        "U32" | "I32" | "F32" => 32,
        "U64" | "I64" | "F64" | "C64" => 64,
        "C128" => 128,
        _ => return None,
    })
}

/// What a header says of where things are, from the start of the data.
#[derive(Default)]
pub(super) struct Header {
    pub(super) places: Places,
    /// Behind the last tensor.
    pub(super) end: u64,
}

/// Reads the object that the header is.
pub(super) fn read(stream: &mut Stream, data: u64, scan: &mut Scan) -> Result<Header, Broken> {
    let mut header = Header::default();
    let mut names = Names::default();
    let mut tensors = 0;
    json::expect(stream, b'{')?;
    let mut first = true;
    while json::more(stream, first, b'}')? {
        first = false;
        let name = json::text(stream)?;
        if !names.add(name.value.as_bytes()) {
            twice(&name, scan);
        }
        json::expect(stream, b':')?;
        if name.value == "__metadata__" {
            metadata(stream, scan)?;
            continue;
        }
        tensors += 1;
        if tensors > MOST_TENSORS {
            return Err(Broken::Budget("there are more tensors than are read".to_owned()));
        }
        tensor(stream, &name, data, &mut header, scan)?;
    }
    Ok(header)
}

fn twice(name: &Text, scan: &mut Scan) {
    let title = format!("The header names `{}` twice; loaders differ in which they take", name.value);
    let rule = Rule::SafetensorsDuplicateKey;
    scan.find(Finding::new(rule, Severity::High, Confidence::High, title, name.at));
}

/// The object with texts by names.
fn metadata(stream: &mut Stream, scan: &mut Scan) -> Result<(), Broken> {
    let mut names = Names::default();
    json::expect(stream, b'{')?;
    let (mut first, mut fields) = (true, 0);
    while json::more(stream, first, b'}')? {
        first = false;
        fields += 1;
        if fields > MOST_FIELDS {
            return Err(Broken::Budget("there is more metadata than is read".to_owned()));
        }
        let key = json::text(stream)?;
        if !names.add(key.value.as_bytes()) {
            twice(&key, scan);
        }
        json::expect(stream, b':')?;
        if json::next(stream)? != b'"' {
            let title = format!("The metadata `{}` is no text", key.value);
            scan.find(Finding::new(Rule::SafetensorsHeader, Severity::Low, Confidence::High, title, key.at));
            json::skip(stream)?;
            continue;
        }
        let value = json::text(stream)?;
        if !value.whole {
            scan.gap(format!(
                "the metadata `{}` is longer than is read",
                metadata::shortened(&key.value, 80)
            ));
        }
        metadata::tell(&key.value, &value.value, value.at, value.end - value.at, scan);
    }
    Ok(())
}

/// What an entry says of a tensor.
#[derive(Default)]
struct Tensor {
    dtype: Option<String>,
    shape: Option<Vec<u64>>,
    offsets: Option<(u64, u64)>,
}

fn tensor(
    stream: &mut Stream,
    name: &Text,
    data: u64,
    header: &mut Header,
    scan: &mut Scan,
) -> Result<(), Broken> {
    let read = fields(stream, name, scan)?;
    let Tensor { dtype: Some(dtype), shape: Some(shape), offsets: Some((start, end)) } = read else {
        let title = format!("`{}` lacks its type, shape or offsets", name.value);
        return Err(Broken::wrong(name.at, title));
    };
    scan.fact(About::Tensor, metadata::shortened(&name.value, 400), shaped(&dtype, &shape));
    let wrong = |rule: Rule, severity: Severity, title: String, scan: &mut Scan| {
        scan.find(Finding::new(rule, severity, Confidence::High, title, name.at));
    };
    if end < start {
        let title = format!("`{}` ends at {end}, before it begins at {start}", name.value);
        wrong(Rule::SafetensorsShape, Severity::High, title, scan);
        return Ok(());
    }
    check_length(name, &dtype, &shape, end - start, scan);
    header.end = header.end.max(end);
    if end > data {
        let title = format!("`{}` reaches to {end} in {data} bytes of data", name.value);
        wrong(Rule::SafetensorsOutOfFile, Severity::Medium, title, scan);
        scan.gap(format!("the data of `{}` is not all there", metadata::shortened(&name.value, 80)));
    }
    header.places.add(Place { start: start.min(data), end: end.min(data), said: name.at });
    Ok(())
}

/// Whether the shape needs as many bytes as the offsets hold.
fn check_length(name: &Text, dtype: &str, shape: &[u64], len: u64, scan: &mut Scan) {
    let Some(bits) = bits(dtype) else {
        scan.gap(format!("`{}` is of the unknown type `{dtype}`", metadata::shortened(&name.value, 80)));
        return;
    };
    let rule = Rule::SafetensorsShape;
    let Some(needed) = count(shape).and_then(|count| count.checked_mul(bits)) else {
        let title = format!("The shape of `{}` overflows 64 bits: {}", name.value, shaped(dtype, shape));
        scan.find(Finding::new(rule, Severity::High, Confidence::High, title, name.at));
        return;
    };
    if needed % 8 != 0 || needed / 8 != len {
        let needed = needed.div_ceil(8);
        let title = format!("`{}` is {}, {needed} bytes, but has {len}", name.value, shaped(dtype, shape));
        scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, name.at));
    }
}

fn fields(stream: &mut Stream, name: &Text, scan: &mut Scan) -> Result<Tensor, Broken> {
    let mut tensor = Tensor::default();
    let mut seen = BTreeSet::new();
    json::expect(stream, b'{')?;
    let mut first = true;
    while json::more(stream, first, b'}')? {
        first = false;
        let key = json::text(stream)?;
        json::expect(stream, b':')?;
        if seen.contains(&key.value) {
            twice(&key, scan);
        }
        match key.value.as_str() {
            "dtype" => tensor.dtype = Some(json::text(stream)?.value),
            "shape" => tensor.shape = Some(numbers(stream)?),
            "data_offsets" => {
                let [start, end] = *numbers(stream)? else {
                    let title = format!("`{}` has no two offsets", name.value);
                    return Err(Broken::wrong(key.at, title));
                };
                tensor.offsets = Some((start, end));
            }
            _ => {
                let title = format!("`{}` has a field `{}` that no loader reads", name.value, key.value);
                let rule = Rule::SafetensorsHeader;
                scan.find(Finding::new(rule, Severity::Low, Confidence::High, title, key.at));
                json::skip(stream)?;
            }
        }
        if seen.len() >= MOST_FIELDS {
            return Err(Broken::Budget("a tensor has more fields than are read".to_owned()));
        }
        seen.insert(key.value);
    }
    Ok(tensor)
}

fn numbers(stream: &mut Stream) -> Result<Vec<u64>, Broken> {
    json::expect(stream, b'[')?;
    let mut numbers = Vec::new();
    while json::more(stream, numbers.is_empty(), b']')? {
        if numbers.len() >= MOST_SIZES {
            return Err(Broken::wrong(stream.at(), format!("A shape has more than {MOST_SIZES} sizes")));
        }
        numbers.push(json::number(stream)?);
    }
    Ok(numbers)
}
