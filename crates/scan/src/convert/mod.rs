//! Takes the tensors out of a model file and writes them as safetensors, without loading anything. What cannot be proved
//! to be plain tensors is refused, with the reason.

mod array;
mod pickled;
mod strided;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;
use std::io::{self, Write};

use casemate_core::printable;
use thiserror::Error;

use crate::format::Format;
use crate::formats::zip;
use crate::input::Input;
use crate::scan::Scan;
use crate::verdict::Verdict;
use crate::{Limits, Options, scan};

/// Why a file is not converted.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The scan found something.
    #[error("the file is not clean: {0}")]
    NotClean(String),
    /// It holds, or may hold, more than plain tensors.
    #[error("it cannot be proved to be plain tensors: {0}")]
    NotPlain(String),
    /// Its format is not one that is converted.
    #[error("{0} is not converted; torch-zip, npy, npz, joblib and pickles of arrays are")]
    Format(Format),
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Self::NotPlain(printable(&why))
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The format it had.
    pub format: Format,
    /// How many tensors were written.
    pub tensors: usize,
    /// How many bytes were written.
    pub bytes: u64,
    /// What is no tensor and was kept as metadata: path and value.
    pub metadata: BTreeMap<String, String>,
}

/// A tensor: what it is, and where its numbers lie.
pub(crate) struct Tensor {
    name: String,
    /// The type as safetensors calls it, and the bytes of an item.
    dtype: (&'static str, u64),
    shape: Vec<u64>,
    /// How many items lie between neighbours, by dimension.
    strides: Vec<u64>,
    /// Where the first item is, in bytes.
    start: u64,
    data: Input,
}

/// What was taken out of a file.
#[derive(Default)]
pub(crate) struct Taken {
    tensors: Vec<Tensor>,
    metadata: BTreeMap<String, String>,
}

/// Writes the tensors of a file as safetensors.
///
/// # Errors
/// If anything but plain tensors could be in the file, or reading or writing fails. What was written by then is to be
/// thrown away.
pub fn convert(input: &Input, out: &mut impl Write) -> Result<Converted, Refusal> {
    let report = scan("input", input, &Options::default());
    if report.verdict != Verdict::Clean {
        let found = report.findings.iter().max_by_key(|finding| finding.severity);
        let why =
            found.map(|finding| finding.title.clone()).or_else(|| report.coverage.gaps.first().cloned());
        return Err(Refusal::NotClean(why.unwrap_or_default()));
    }
    let mut scan = Scan::new(Limits::default());
    let taken = match report.format {
        Format::TorchZip => pickled::torch_zip(input, &zip::contents(input, &mut scan)?, &mut scan)?,
        Format::Npz => array::npz(input, &zip::contents(input, &mut scan)?, &mut scan)?,
        Format::Npy => {
            let tensor = array::npy("array", input)?;
            Taken { tensors: vec![tensor], ..Taken::default() }
        }
        Format::Pickle | Format::Joblib => pickled::arrays(input)?,
        format => return Err(Refusal::Format(format)),
    };
    let Taken { mut tensors, metadata } = taken;
    if tensors.is_empty() {
        return Err("there is no tensor in it".to_owned().into());
    }
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    let twice = tensors.windows(2).find_map(|pair| match pair {
        [a, b] if a.name == b.name => Some(a.name.clone()),
        _ => None,
    });
    if tensors.iter().any(|tensor| tensor.name == "__metadata__") {
        return Err("a tensor has a name that safetensors keeps for itself".to_owned().into());
    }
    if let Some(name) = twice {
        return Err(format!("two tensors are called {name}").into());
    }
    let bytes = write::safetensors(&tensors, &metadata, out)?;
    Ok(Converted { format: report.format, tensors: tensors.len(), bytes, metadata })
}
