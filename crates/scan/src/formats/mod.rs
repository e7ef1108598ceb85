//! One reader for each format, and which of them read a file. A reader never runs what it reads.

mod card;
mod catboost;
pub(crate) mod config;
mod coreml;
mod dockerfile;
mod executable;
mod executorch;
mod flatbuffer;
mod ggml;
mod gguf;
mod hdf5;
mod hydra;
mod image;
mod jinja;
mod json;
mod lfs;
mod lightgbm;
mod literal;
mod mar;
mod metadata;
mod mismatch;
mod msgpack;
mod mxnet;
mod mxnet_symbol;
pub(crate) mod names;
mod nemo;
mod notebook;
pub(crate) mod npy;
pub(crate) mod oci;
pub(crate) mod onnx;
mod opaque;
mod packed;
mod paddle;
pub(crate) mod pickle;
mod plain;
pub(crate) mod protobuf;
mod python;
mod rdata;
mod requirements;
mod rknn;
mod safetensors;
mod setup_cfg;
mod sevenzip;
mod shell;
mod skops;
mod stream;
mod tar;
mod tensorflow;
mod tensors;
mod text;
mod tflite;
mod toml;
pub(crate) mod torch;
mod torch7;
mod torch_tar;
mod torchscript;
mod triton;
mod ubjson;
mod weights;
mod xgboost;
mod xgboost_binary;
mod xgboost_json;
mod xml;
mod yaml;
pub(crate) mod zip;

#[cfg(test)]
mod archive_tests;

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
    &hdf5::READER,
    &opaque::RAR,
    &executable::READER,
    &image::READER,
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
    &packed::ZFILE,
    &onnx::READER,
    &coreml::READER,
    &paddle::PROGRAM,
    &paddle::PARAMETERS,
    &tensorflow::SAVED,
    &tensorflow::META,
    &tensorflow::GRAPH,
    &tensorflow::KERAS,
    &tensorflow::checkpoint::READER,
    &onnx::TENSOR,
    &weights::READER,
    &xml::READER,
    &xgboost_json::READER,
    &coreml::MANIFEST,
    &paddle::JSON,
    &packed::ZLIB,
    &packed::LZMA,
    &pickle::READER,
    &msgpack::READER,
    &lfs::READER,
    &notebook::READER,
    &json::READER,
    &card::NAMED,
    &jinja::NAMED,
    &python::NAMED,
    &card::READER,
    &triton::READER,
    &toml::NAMED,
    &requirements::NAMED,
    &yaml::NAMED,
    &shell::READER,
    &dockerfile::READER,
    &python::READER,
    &setup_cfg::READER,
    &toml::READER,
    &requirements::READER,
    &yaml::READER,
    &jinja::READER,
    &opaque::TENSOR_RT,
];

/// Formats that end in an archive because their specification says so.
const TOGETHER: &[&[Format]] = &[&[Format::TfLite, Format::Zip]];

/// Reads a file as what it is, and holds it against its name.
pub(crate) fn read(name: &str, input: &Input, scan: &mut Scan) -> io::Result<()> {
    oci::check(name, input, scan)?;
    read_content(name, input, scan)?;
    mismatch::tell(name, scan.format_so_far(), scan);
    Ok(())
}

/// Reads a file with every reader that fits for certain, or else with the first that may.
fn read_content(name: &str, input: &Input, scan: &mut Scan) -> io::Result<()> {
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
    // A pickle needs no magic: the first bytes of an archive or an image can run as one.
    let hides = !read.is_empty() && !read.contains(&Format::Pickle) && pickle::is_harmful(input, scan);
    if hides && attempt(&pickle::READER, input, scan)? == Reading::Done {
        read.push(Format::Pickle);
    }
    if TOGETHER.contains(&read.as_slice()) {
        read.truncate(1);
        read.iter().for_each(|format| scan.format(*format));
    }
    if let [first, second, ..] = *read {
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

/// The readers of a format.
pub(crate) fn readers(format: Format) -> impl Iterator<Item = &'static Reader> {
    READERS.iter().copied().filter(move |reader| reader.format == format)
}

/// Lets a reader try.
pub(crate) fn attempt(reader: &Reader, input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    scan.attempt(|scan| {
        scan.format(reader.format);
        (reader.read)(input, scan)
    })
}

/// Whether what should be numbers is something that a program would load: an archive, a program, or a pickle that does harm.
pub(crate) fn looks_harmful(name: &str, input: &Input, scan: &Scan) -> io::Result<bool> {
    if input.is_empty() {
        return Ok(false);
    }
    let sniff = Sniff::new(name, input)?;
    let archive = sniff.begins(b"PK\x03\x04") && (zip::READER.fit)(&sniff) == Fit::Certain;
    Ok(archive || executable::is_program(input)? || pickle::is_harmful(input, scan))
}

#[cfg(test)]
mod text_tests;
