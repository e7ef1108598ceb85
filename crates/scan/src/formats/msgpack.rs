//! MessagePack as Flax writes it: maps of names to arrays, which are extension types with MessagePack inside. It streams;
//! no value is built.

use std::io;

use casemate_core::{Confidence, Severity};

use super::metadata::shortened;
use super::stream::{Broken, Stream};
use super::tensors::{count, shaped, tell_numbers};
use super::{Reader, Reading};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// Maps of texts; nothing in MessagePack says what it is.
pub(crate) const READER: Reader = Reader { format: Format::FlaxMsgpack, fit, read };

/// How deep maps may lie in each other.
const DEEPEST: usize = 256;
const MOST_VALUES: u64 = 20_000_000;
/// How much of a key is kept.
const LONGEST_KEY: u64 = 200;
/// How many sizes a shape may have.
const MOST_SIZES: u64 = 64;
/// Extension types of Flax: an array, a complex number, a scalar of NumPy.
const ARRAY: u8 = 1;
const COMPLEX: u8 = 2;
const SCALAR: u8 = 3;

/// What one value is, past its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    /// Nothing more belongs to it.
    Plain,
    Number(u64),
    Text(u64),
    Bytes(u64),
    Array(u64),
    Map(u64),
    Extension(u8, u64),
}

/// Reads the head of a value.
fn value(stream: &mut Stream) -> Result<Value, Broken> {
    let at = stream.at();
    Ok(match stream.u8()? {
        byte @ 0..=0x7f => Value::Number(u64::from(byte)),
        byte @ 0x80..=0x8f => Value::Map(u64::from(byte & 0xf)),
        byte @ 0x90..=0x9f => Value::Array(u64::from(byte & 0xf)),
        byte @ 0xa0..=0xbf => Value::Text(u64::from(byte & 0x1f)),
        0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => Value::Plain,
        0xc1 => return Err(Broken::wrong(at, "A value begins with the byte 0xc1, which no writer uses")),
        0xc4 => Value::Bytes(u64::from(stream.u8()?)),
        0xc5 => Value::Bytes(u64::from(stream.u16()?)),
        0xc6 => Value::Bytes(u64::from(stream.u32()?)),
        0xc7 => extension(stream, 1)?,
        0xc8 => extension(stream, 2)?,
        0xc9 => extension(stream, 4)?,
        0xca => skipped(stream, 4)?,
        0xcb | 0xd3 => skipped(stream, 8)?,
        0xcc => Value::Number(u64::from(stream.u8()?)),
        0xcd => Value::Number(u64::from(stream.u16()?)),
        0xce => Value::Number(u64::from(stream.u32()?)),
        0xcf => Value::Number(stream.u64()?),
        0xd0 => skipped(stream, 1)?,
        0xd1 => skipped(stream, 2)?,
        0xd2 => skipped(stream, 4)?,
        byte @ 0xd4..=0xd8 => Value::Extension(stream.u8()?, 1 << (byte - 0xd4)),
        0xd9 => Value::Text(u64::from(stream.u8()?)),
        0xda => Value::Text(u64::from(stream.u16()?)),
        0xdb => Value::Text(u64::from(stream.u32()?)),
        0xdc => Value::Array(u64::from(stream.u16()?)),
        0xdd => Value::Array(u64::from(stream.u32()?)),
        0xde => Value::Map(u64::from(stream.u16()?)),
        0xdf => Value::Map(u64::from(stream.u32()?)),
    })
}

fn skipped(stream: &mut Stream, len: u64) -> Result<Value, Broken> {
    stream.skip(len)?;
    Ok(Value::Plain)
}

fn extension(stream: &mut Stream, width: u8) -> Result<Value, Broken> {
    let len = match width {
        1 => u64::from(stream.u8()?),
        2 => u64::from(stream.u16()?),
        _ => u64::from(stream.u32()?),
    };
    Ok(Value::Extension(stream.u8()?, len))
}

fn fit(sniff: &Sniff<'_>) -> Fit {
    // An empty map is one byte, which is anything.
    let first = sniff.head.first().is_some_and(|first| matches!(first, 0x81..=0x8f | 0xde | 0xdf));
    Fit::maybe_if(first && begins(sniff.input).unwrap_or(false))
}

/// Whether there is a map from names to something with parts, or to plain values and nothing else.
fn begins(input: &Input) -> Result<bool, Broken> {
    let mut stream = Stream::new(input, 0);
    stream.set_big_endian(true);
    let Value::Map(items) = value(&mut stream)? else { return Ok(false) };
    for _ in 0..items {
        let Value::Text(len @ 1..) = value(&mut stream)? else { return Ok(false) };
        let key = stream.bytes(len, LONGEST_KEY)?;
        if !std::str::from_utf8(&key).is_ok_and(|key| !key.chars().any(char::is_control)) {
            return Ok(false);
        }
        match value(&mut stream)? {
            Value::Map(_) | Value::Extension(..) | Value::Array(_) => return Ok(true),
            Value::Text(len) | Value::Bytes(len) => stream.skip(len)?,
            Value::Plain | Value::Number(_) => {}
        }
    }
    Ok(items > 0 && stream.left() == 0)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut stream = Stream::new(input, 0);
    stream.set_big_endian(true);
    let mut walk = Walk { path: Vec::new(), values: 0, understood: 0 };
    match walk.run(&mut stream, scan) {
        Ok(()) if stream.left() > 0 => {
            let title = format!("{} bytes follow the map", stream.left());
            let finding =
                Finding::new(Rule::MsgpackStructure, Severity::Medium, Confidence::High, title, stream.at());
            scan.find(finding);
            scan.member("bytes behind the map", &input.rest(stream.at()), stream.at()..input.len());
        }
        Ok(()) => {}
        Err(broken) => broken.tell(Rule::MsgpackStructure, scan)?,
    }
    scan.understood(walk.understood..stream.at().min(input.len()));
    Ok(Reading::Done)
}

/// A map or an array that is being read.
struct Open {
    map: bool,
    left: u64,
    key: String,
}

struct Walk {
    path: Vec<Open>,
    values: u64,
    /// Up to where everything was told.
    understood: u64,
}

impl Walk {
    fn run(&mut self, stream: &mut Stream, scan: &mut Scan) -> Result<(), Broken> {
        self.read(stream, scan)?;
        loop {
            let Some(open) = self.path.last_mut() else { return Ok(()) };
            let Some(left) = open.left.checked_sub(1) else {
                self.path.pop();
                continue;
            };
            open.left = left;
            if open.map {
                let key = key(stream)?;
                if let Some(open) = self.path.last_mut() {
                    open.key = key;
                }
            }
            self.read(stream, scan)?;
        }
    }

    /// The names from the outermost map to the value that is read.
    fn name(&self) -> String {
        let keys: Vec<&str> =
            self.path.iter().filter(|open| open.map).map(|open| open.key.as_str()).collect();
        keys.join("/")
    }

    fn open(&mut self, map: bool, left: u64, stream: &Stream) -> Result<(), Broken> {
        // A value is at least a byte, a key another.
        if left.saturating_mul(if map { 2 } else { 1 }) > stream.left() {
            let what = if map { "A map" } else { "An array" };
            let why = format!("{what} counts {left} items, more than there are bytes");
            return Err(Broken::wrong(stream.at(), why));
        }
        if self.path.len() >= DEEPEST {
            return Err(Broken::wrong(stream.at(), format!("Maps and arrays lie deeper than {DEEPEST}")));
        }
        self.path.push(Open { map, left, key: String::new() });
        Ok(())
    }

    fn read(&mut self, stream: &mut Stream, scan: &mut Scan) -> Result<(), Broken> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(Broken::Budget("there are more values than are read".to_owned()));
        }
        let at = stream.at();
        match value(stream)? {
            Value::Plain | Value::Number(_) => Ok(()),
            Value::Text(len) => stream.skip(len),
            Value::Bytes(len) => self.numbers(stream, len, scan),
            Value::Array(len) => self.open(false, len, stream),
            Value::Map(len) => self.open(true, len, stream),
            Value::Extension(kind, len) => {
                let end = stream.at().saturating_add(len);
                if len > stream.left() {
                    return Err(Broken::End { at });
                }
                match kind {
                    ARRAY | SCALAR => self.array(stream, end, at, scan)?,
                    COMPLEX => stream.seek(end),
                    _ => self.unknown(stream, kind, len, at, scan)?,
                }
                Ok(())
            }
        }
    }

    /// Bytes that are the content of an array.
    fn numbers(&mut self, stream: &mut Stream, len: u64, scan: &mut Scan) -> Result<(), Broken> {
        let start = stream.at();
        stream.skip(len)?;
        scan.understood(self.understood..start);
        tell_numbers(start..start + len, scan);
        self.understood = start + len;
        Ok(())
    }

    /// An array: its shape, its type and its bytes.
    fn array(&mut self, stream: &mut Stream, end: u64, at: u64, scan: &mut Scan) -> Result<(), Broken> {
        let name = self.name();
        let odd = |why: &str| Broken::wrong(at, format!("The array `{}` {why}", shortened(&name, 100)));
        if value(stream)? != Value::Array(3) {
            return Err(odd("is no list of shape, type and bytes"));
        }
        let sizes = match value(stream)? {
            Value::Array(sizes) if sizes <= MOST_SIZES => sizes,
            _ => return Err(odd("has no shape")),
        };
        let mut shape = Vec::new();
        for _ in 0..sizes {
            match value(stream)? {
                Value::Number(size) => shape.push(size),
                _ => return Err(odd("has a size that is no natural number")),
            }
        }
        let dtype = match value(stream)? {
            Value::Text(len) | Value::Bytes(len) => stream.text(len, LONGEST_KEY)?,
            _ => return Err(odd("has no type")),
        };
        let len = match value(stream)? {
            Value::Bytes(len) | Value::Text(len) => len,
            _ => return Err(odd("has no bytes")),
        };
        self.numbers(stream, len, scan)?;
        if stream.at() != end {
            return Err(odd("is longer or shorter than its extension says"));
        }
        check_array(&name, &dtype, &shape, len, at, scan);
        Ok(())
    }

    /// An extension that Flax does not write.
    fn unknown(
        &mut self,
        stream: &mut Stream,
        kind: u8,
        len: u64,
        at: u64,
        scan: &mut Scan,
    ) -> Result<(), Broken> {
        let start = stream.at();
        stream.skip(len)?;
        // Minus one is a time, which the format itself defines.
        if kind == 0xff {
            return Ok(());
        }
        let title = format!("`{}` is of the unknown extension type {}", self.name(), kind.cast_signed());
        scan.find(Finding::new(Rule::FlaxExtension, Severity::Medium, Confidence::Medium, title, at));
        scan.gap(format!("the {len} bytes of an extension at offset {start} are of an unknown type"));
        scan.understood(self.understood..start);
        self.understood = start + len;
        Ok(())
    }
}

/// A key: a text, or anything short.
fn key(stream: &mut Stream) -> Result<String, Broken> {
    let at = stream.at();
    match value(stream)? {
        Value::Text(len) | Value::Bytes(len) => stream.text(len, LONGEST_KEY),
        Value::Number(number) => Ok(number.to_string()),
        Value::Plain => Ok(String::new()),
        _ => Err(Broken::wrong(at, "A key of a map is a map, an array or an extension")),
    }
}

/// How many bytes a number of a type is.
fn width(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "bool" | "int8" | "uint8" | "int4" | "uint4" | "int2" | "uint2" | "V1" => 1,
        _ if dtype.starts_with("float8") || dtype.starts_with("float4") || dtype.starts_with("float6") => 1,
        "int16" | "uint16" | "float16" | "bfloat16" | "V2" => 2,
        "int32" | "uint32" | "float32" => 4,
        "int64" | "uint64" | "float64" | "complex64" => 8,
        "complex128" => 16,
        _ => return None,
    })
}

fn check_array(name: &str, dtype: &str, shape: &[u64], len: u64, at: u64, scan: &mut Scan) {
    let shown = shaped(dtype, shape);
    scan.fact(About::Tensor, shortened(name, 300), shown.as_str());
    let mut tell = |severity: Severity, title: String| {
        scan.find(Finding::new(Rule::FlaxArray, severity, Confidence::High, title, at));
    };
    let Some(width) = width(dtype) else {
        if matches!(dtype, "object" | "O" | "|O") {
            tell(Severity::High, format!("The array `{name}` holds objects, which are pointers in a file"));
        } else {
            scan.gap(format!("an array is of the unknown type {}", shortened(dtype, 40)));
        }
        return;
    };
    match count(shape).and_then(|count| count.checked_mul(width)) {
        None => tell(Severity::High, format!("The shape of `{name}` overflows: {shown}")),
        Some(needed) if needed != len => {
            tell(Severity::Medium, format!("`{name}` is {shown}, {needed} bytes, but has {len}"));
        }
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Options;
    use crate::testing::reads_to_an_end;
    use crate::verdict::Verdict;

    /// A map with one array of two 32-bit numbers.
    const PLAIN: &[u8] =
        b"\x81\xa6params\x81\xa1w\xc7\x16\x01\x93\x91\x02\xa7float32\xc4\x08\0\0\0\0\0\0\0\0\x00";

    fn plain() -> Vec<u8> {
        let mut bytes = PLAIN[..PLAIN.len() - 1].to_vec();
        bytes[12] = u8::try_from(bytes.len() - 14).unwrap();
        bytes
    }

    #[test]
    fn a_map_of_arrays_is_clean() {
        let report = crate::scan("a", &Input::from(plain()), &Options::default());
        assert_eq!((report.format, report.verdict), (Format::FlaxMsgpack, Verdict::Clean), "{report:?}");
        assert!(report.facts.iter().any(|fact| fact.name == "params/w" && fact.detail == "float32 [2]"));
    }

    #[test]
    fn a_deep_file_ends() {
        let bytes = [b"\x81\xa1a".repeat(100_000), b"\xc0".to_vec()].concat();
        let report = crate::scan("a", &Input::from(bytes), &Options::default());
        assert_eq!(report.findings[0].rule, Rule::MsgpackStructure);
    }

    fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
        let input = Input::from(bytes.to_vec());
        reads_to_an_end(&input, read)
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            check(&bytes)?;
        }

        #[test]
        fn any_mutation_is_read_to_an_end(at in 0_usize..40, byte: u8, cut in 0_usize..40) {
            let mut bytes = plain();
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            check(&bytes)?;
            bytes.truncate(cut);
            check(&bytes)?;
        }
    }
}
