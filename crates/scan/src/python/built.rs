//! Builtins and functions of the standard library that make text and bytes of their arguments: what they come to where
//! those are known.

use super::call::Call;
use super::calls::decodes;
use super::expr::glued;
use super::program::Program;
use super::value::{LONGEST, Marks, UNKNOWN_WORD, Value, decoded, inflated, unbase64, unhex};

impl<'a> Program<'a> {
    /// Builtins and functions that make text and bytes of their arguments.
    pub(super) fn built(&mut self, path: &str, call: &Call) -> Option<Value> {
        let first = call.first();
        let marks = call.marks();
        Some(match (path, first) {
            ("builtins.chr", Some(Value::Number(code))) => {
                match u32::try_from(*code).ok().and_then(char::from_u32) {
                    Some(c) => Value::Text(c.to_string(), Marks::BUILT.with(Marks::DECODED)),
                    None => Value::UNKNOWN,
                }
            }
            ("builtins.chr", _) => Value::Other(marks.with(Marks::DECODED)),
            ("builtins.ord", Some(Value::Text(text, _))) => {
                text.chars().next().map_or(Value::UNKNOWN, |c| Value::Number(i64::from(u32::from(c))))
            }
            ("builtins.bytes" | "builtins.bytearray", Some(Value::Items(items))) => {
                let bytes: Option<Vec<u8>> = items
                    .iter()
                    .map(|item| if let Value::Number(n) = item { u8::try_from(*n).ok() } else { None })
                    .collect();
                let marks = marks.with(Marks::DECODED);
                bytes.map_or(Value::Other(marks), |bytes| Value::Bytes(bytes, marks))
            }
            ("builtins.bytes" | "builtins.bytearray" | "builtins.str", Some(value)) => match value {
                Value::Number(number) if path == "builtins.str" => Value::Text(number.to_string(), marks),
                Value::Text(text, marks) if path != "builtins.str" => {
                    Value::Bytes(text.clone().into_bytes(), *marks)
                }
                Value::Text(..) | Value::Bytes(..) => value.clone(),
                _ => Value::Other(marks),
            },
            ("builtins.list" | "builtins.tuple" | "builtins.reversed", Some(value)) => match value {
                Value::Text(text, _) => {
                    let mut items: Vec<Value> =
                        text.chars().take(4096).map(|c| Value::Text(c.to_string(), Marks::BUILT)).collect();
                    if path == "builtins.reversed" {
                        items.reverse();
                    }
                    Value::Items(items)
                }
                Value::Items(items) if path == "builtins.reversed" => {
                    Value::Items(items.iter().rev().cloned().collect())
                }
                other => other.clone(),
            },
            ("builtins.map", Some(Value::Global { path, way })) => match call.args.get(1) {
                Some(Value::Items(items)) if items.len() <= 4096 && path == "builtins.chr" => {
                    let each =
                        |item: &Value| Call { at: call.at, args: vec![item.clone()], keywords: Vec::new() };
                    Value::Items(items.iter().filter_map(|item| self.built(path, &each(item))).collect())
                }
                other => {
                    let args = other.map(|_| Value::Other(marks)).into_iter().collect();
                    self.global(path, *way, &Call { at: call.at, args, keywords: Vec::new() })
                }
            },
            (
                "builtins.compile" | "io.StringIO" | "io.BytesIO" | "textwrap.dedent" | "pathlib.Path"
                | "pathlib.PosixPath",
                Some(value),
            ) => value.clone(),
            (
                "os.path.expanduser" | "os.path.expandvars" | "os.path.abspath" | "os.path.realpath"
                | "os.fspath",
                Some(value),
            ) => value.clone(),
            ("pathlib.Path.home", _) => Value::Text("~".to_owned(), Marks::NONE),
            ("os.path.join", Some(first)) => {
                let slash = Value::Text("/".to_owned(), Marks::NONE);
                let rest = call.args.iter().skip(1);
                rest.fold(glued(first, &Value::Text(String::new(), Marks::NONE)), |all, part| {
                    glued(&glued(&all, &slash), part)
                })
            }
            _ if decodes(path) => self.decoded(path, call),
            _ => return None,
        })
    }

    fn decoded(&mut self, path: &str, call: &Call) -> Value {
        let marks = call.marks().with(Marks::DECODED);
        let bytes = match call.first() {
            Some(Value::Text(text, _)) if !text.contains(UNKNOWN_WORD) => text.clone().into_bytes(),
            Some(Value::Bytes(bytes, _)) => bytes.clone(),
            _ => return Value::Other(marks),
        };
        let text = || std::str::from_utf8(&bytes).ok();
        let unpacked = match path.rsplit('.').next().unwrap_or_default() {
            "b64decode" | "urlsafe_b64decode" | "standard_b64decode" | "decodebytes" | "a2b_base64" => {
                text().and_then(unbase64)
            }
            "unhexlify" | "a2b_hex" | "fromhex" | "b16decode" => text().and_then(unhex),
            "decompress" if path.starts_with("zlib") || path.starts_with("gzip") => inflated(&bytes),
            "decode" => {
                let codec = call.args.get(1).and_then(Value::text).unwrap_or_default();
                let decoded = text().and_then(|text| decoded(&codec, text));
                return decoded.map_or(Value::Other(marks), |text| Value::Text(text, marks));
            }
            _ => None,
        };
        unpacked
            .filter(|bytes| bytes.len() <= LONGEST)
            .map_or(Value::Other(marks), |bytes| Value::Bytes(bytes, marks))
    }
}
