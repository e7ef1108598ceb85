//! One reader for each format, and which of them read a file. A reader never runs what it reads.

mod catboost;
mod executorch;
mod flatbuffer;
mod ggml;
mod gguf;
mod jinja;
mod json;
mod lightgbm;
mod literal;
mod metadata;
mod msgpack;
mod mxnet;
pub(crate) mod names;
mod npy;
mod packed;
pub(crate) mod pickle;
mod plain;
mod python;
mod rdata;
mod rknn;
mod safetensors;
mod sevenzip;
mod stream;
mod tar;
mod tensors;
mod tflite;
pub(crate) mod torch;
mod torch7;
mod ubjson;
mod xgboost;
mod xgboost_binary;
pub(crate) mod zip;

use std::io;

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// Whether the bytes were the reader's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// They were, whatever else is wrong with them.
    Done,
    /// They were not; what the reader told is forgotten.
    NotThis,
}

/// A reader of one format, or of a family of formats that begin alike.
pub(crate) struct Reader {
    /// The format, where the reader says nothing more precise.
    pub(crate) format: Format,
    /// How well it fits a file, from outside.
    pub(crate) fit: fn(&Sniff<'_>) -> Fit,
    /// Reads a file and tells what it sees. It marks what it understood, byte range by byte range.
    pub(crate) read: fn(&Input, &mut Scan) -> io::Result<Reading>,
}

/// Every reader; those that may fit are tried in this order.
const READERS: &[&Reader] = &[
    &zip::READER,
    &tar::READER,
    &sevenzip::READER,
    &packed::GZIP,
    &packed::BZIP2,
    &packed::XZ,
    &packed::LZ4,
    &packed::ZSTD,
    &npy::READER,
    &safetensors::READER,
    &gguf::READER,
    &ggml::READER,
    &tflite::READER,
    &executorch::READER,
    &xgboost::READER,
    &xgboost_binary::READER,
    &catboost::READER,
    &lightgbm::READER,
    &torch7::READER,
    &mxnet::READER,
    &rknn::READER,
    &rdata::READER,
    &packed::ZLIB,
    &packed::LZMA,
    &pickle::READER,
    &msgpack::READER,
    &json::READER,
    &python::READER,
    &jinja::READER,
];

/// Reads a file with every reader that fits for certain, or else with the first that may.
pub(crate) fn read(name: &str, input: &Input, scan: &mut Scan) -> io::Result<()> {
    if input.is_empty() {
        scan.format(Format::Empty);
        return Ok(());
    }
    let sniff = Sniff::new(name, input)?;
    let fits: Vec<(&Reader, Fit)> = READERS.iter().map(|reader| (*reader, (reader.fit)(&sniff))).collect();
    let fitting = |wanted: Fit| fits.iter().filter(move |(_, fit)| *fit == wanted).map(|(reader, _)| reader);
    let mut read: Vec<Format> = Vec::new();
    for reader in fitting(Fit::Certain) {
        if attempt(reader, input, scan)? == Reading::Done {
            read.push(reader.format);
        }
    }
    for reader in fitting(Fit::Behind) {
        // What ends inside a part was read with it.
        if (read.is_empty() || !scan.ends_in_part(input.len()))
            && attempt(reader, input, scan)? == Reading::Done
        {
            read.push(reader.format);
        }
    }
    if let Some(format) = together(&read) {
        scan.format(format);
    } else if let [first, second, ..] = *read {
        let title = format!("It can be read as {first} and as {second}");
        scan.find(Finding::new(Rule::Polyglot, Severity::Medium, Confidence::High, title, 0));
    }
    if !read.is_empty() {
        return Ok(());
    }
    for reader in fitting(Fit::Maybe) {
        if attempt(reader, input, scan)? == Reading::Done {
            return Ok(());
        }
    }
    plain::read(name, input, scan)
}

/// What a file is that ends in an archive because its specification says so, and is no polyglot.
fn together(read: &[Format]) -> Option<Format> {
    matches!(read, [Format::TfLite, Format::Zip]).then_some(Format::TfLite)
}

fn attempt(reader: &Reader, input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    scan.attempt(|scan| {
        scan.format(reader.format);
        (reader.read)(input, scan)
    })
}

/// Whether what should be numbers is something that a program would load: an archive, or a pickle that does harm.
pub(crate) fn looks_harmful(name: &str, input: &Input, scan: &Scan) -> io::Result<bool> {
    if input.is_empty() {
        return Ok(false);
    }
    let sniff = Sniff::new(name, input)?;
    let archive = sniff.begins(b"PK\x03\x04") && (zip::READER.fit)(&sniff) == Fit::Certain;
    Ok(archive || pickle::is_harmful(input, scan))
}
