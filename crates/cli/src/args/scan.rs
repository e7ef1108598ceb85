//! The arguments of what reads model files: `scan`, `convert`, `bom`.

use std::path::PathBuf;

use casemate_core::{Id, Timestamp};
use casemate_report::ScanFormat;
use clap::Args;

use super::{Threshold, threshold, words};

#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// Files and folders, `-` for stdin; addresses of what lies elsewhere: s3://, gs://, az://, https://
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Leave out what matches, by its path below the folder (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Report format
    #[arg(long, default_value = "plain", value_parser = words(ScanFormat::ALL, ScanFormat::as_str), value_name = "FORMAT")]
    pub(crate) format: ScanFormat,

    /// Write the report to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Exit with 10 if a finding is at least this severe; `never` to leave findings out of the exit code
    #[arg(long, default_value = "high", value_parser = threshold(), value_name = "SEVERITY")]
    pub(crate) fail_on: Threshold,

    /// Exit with 0 although something could not be read wholly
    #[arg(long)]
    pub(crate) allow_inconclusive: bool,

    /// Take digests of files over 64 MiB too, and of all that lies elsewhere; it reads them whole
    #[arg(long)]
    pub(crate) digests: bool,

    /// Look up packages in an offline export of OSV: its zip, or a folder of its JSON files
    #[arg(long, value_name = "PATH")]
    pub(crate) osv: Option<PathBuf>,

    /// Write what an unpickler has to be allowed for these files, and nothing more: JSON, or Python if the name ends in .py
    #[arg(long, value_name = "FILE", conflicts_with = "diff")]
    pub(crate) policy_out: Option<PathBuf>,

    /// Compare two versions of a model: give the old path and then the new one
    #[arg(long, conflicts_with_all = ["evidence_for", "shard"])]
    pub(crate) diff: bool,

    /// Scan only the I-th of N parts of what is listed, so that N machines share the work; --merge makes them whole
    #[arg(long, value_name = "I/N", conflicts_with_all = ["evidence_for", "policy_out"])]
    pub(crate) shard: Option<Part>,

    /// Put together the JSON reports of all parts of a scan, which are given instead of paths
    #[arg(long, conflicts_with_all = ["shard", "diff", "exclude", "digests"])]
    pub(crate) merge: bool,

    /// Write what the files show about claimed controls as evidence on this element of a system file
    #[arg(long, value_name = "ELEMENT")]
    pub(crate) evidence_for: Option<Id>,

    /// Where evidence is written, if not where `casemate assess` looks for it
    #[arg(long, value_name = "DIR", default_value = ".casemate/evidence", requires = "evidence_for")]
    pub(crate) evidence_dir: PathBuf,

    /// Write this time (RFC 3339) into evidence instead of now
    #[arg(long, value_name = "TIME", requires = "evidence_for")]
    pub(crate) now: Option<Timestamp>,

    /// Show findings and what to do only
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Show clean files, digests, every gap and framework references as well
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    /// A PyTorch zip, npy, npz, or a pickle or joblib file of arrays; an address is read too
    pub(crate) input: PathBuf,

    /// Where the tensors go
    #[arg(value_name = "OUT.safetensors")]
    pub(crate) output: PathBuf,

    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BomArgs {
    /// The files and folders of one model, or their addresses
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// What the model is called, instead of the name of the first path
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Leave out what matches, by its path below the folder (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Write it to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Write this time (RFC 3339) into it instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
}

/// One of several parts of a listing: `2/5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) number: usize,
    pub(crate) of: usize,
}

impl std::str::FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err("write it as I/N, with I from 1 to N: 2/5".to_owned()),
        }
    }
}
