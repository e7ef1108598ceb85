//! Numbers of a model that lie in a file of their own, without a header: shards of TensorFlow checkpoints, external data
//! of ONNX. Nothing but the name says so, so whatever looks like something that runs is left to other readers.

use std::io;

use super::{Reader, Reading, looks_harmful};
use crate::format::Format;
use crate::input::Input;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// Numbers by the names that tools give them; they could be anything, so tried late.
pub(crate) const READER: Reader = Reader { format: Format::Weights, fit, read };

/// How files begin that numbers of a model do not.
const STARTS: &[&[u8]] = &[
    b"\x7fELF",
    b"MZ",
    b"#!",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"Rar!",
    b"\x80\x02",
    b"\x80\x03",
    b"\x80\x04",
    b"\x80\x05",
];

fn fit(sniff: &Sniff<'_>) -> Fit {
    let shard = |name: &str| {
        let numbers = name.rsplit_once(".data-").and_then(|(_, rest)| rest.split_once("-of-"));
        let digits = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        numbers.is_some_and(|(part, parts)| digits(part) && digits(parts))
    };
    let onnx = [".onnx_data", ".onnx.data", ".onnx_data_0"].iter().any(|end| sniff.name.ends_with(end));
    let starts = STARTS.iter().any(|start| sniff.begins(start));
    Fit::maybe_if((onnx || shard(&sniff.name)) && !starts && !sniff.is_text())
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    if looks_harmful("", input, scan)? {
        return Ok(Reading::NotThis);
    }
    scan.numbers(0..input.len());
    Ok(Reading::Done)
}
