//! The arguments of what looks at the versions of a model: `history`, `rollback-check`.

use std::path::PathBuf;

use casemate_core::{Id, Timestamp};
use casemate_report::VerificationFormat;
use clap::Args;

use super::words;

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// The path of a model, or its name
    pub(crate) model: PathBuf,

    /// The ledger
    #[arg(long, value_name = "DIR", default_value = crate::ledger::DEFAULT)]
    pub(crate) ledger: PathBuf,

    /// Record that this version may be deployed
    #[arg(long, value_name = "VERSION", conflicts_with = "withdraw")]
    pub(crate) approve: Option<String>,

    /// Record that this version must not be deployed any more
    #[arg(long, value_name = "VERSION", requires = "reason")]
    pub(crate) withdraw: Option<String>,

    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,

    /// Report format
    #[arg(long, default_value = "plain", value_parser = words(VerificationFormat::ALL, VerificationFormat::as_str), value_name = "FORMAT")]
    pub(crate) format: VerificationFormat,

    /// Record this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(crate) struct RollbackCheckArgs {
    /// What is deployed: the path of a model, or its root digest
    pub(crate) deployed: PathBuf,

    /// What the model is called in the ledger, if not by the last part of its path
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,

    /// The ledger
    #[arg(long, value_name = "DIR", default_value = crate::ledger::DEFAULT)]
    pub(crate) ledger: PathBuf,

    /// The signature of the model, which says how it was hashed; model.sig in the folder, if not told
    #[arg(long, value_name = "OUT.sig")]
    pub(crate) signature: Option<PathBuf>,

    /// Take an older approved version for good
    #[arg(long)]
    pub(crate) allow_older: bool,

    /// Write what came out as evidence on this element of a system file
    #[arg(long, value_name = "ELEMENT")]
    pub(crate) evidence_for: Option<Id>,

    /// Where evidence is written, if not where `casemate assess` looks for it
    #[arg(long, value_name = "DIR", default_value = ".casemate/evidence", requires = "evidence_for")]
    pub(crate) evidence_dir: PathBuf,

    /// Write this time (RFC 3339) into evidence instead of now
    #[arg(long, value_name = "TIME", requires = "evidence_for")]
    pub(crate) now: Option<Timestamp>,
}
