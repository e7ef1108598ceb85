//! The arguments of what keeps the record: `ledger` and `evidence`.

use std::path::PathBuf;

use casemate_core::Timestamp;
use casemate_ledger::{Hash, Kind};
use clap::{ArgGroup, Args, Subcommand};

use super::words;
use crate::ledger::DEFAULT;

#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    #[command(subcommand)]
    pub(crate) command: LedgerCommand,

    /// The folder of the ledger
    #[arg(long, global = true, default_value = DEFAULT, value_name = "DIR")]
    pub(crate) ledger: PathBuf,

    /// The key that verifies the ledger: a file, or NAME+ID+KEY itself; DIR.pub if not told
    #[arg(long, global = true, value_name = "KEY")]
    pub(crate) public_key: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Begin a ledger; evidence begins the one in .casemate/ledger by itself
    Init {
        /// What the ledger is called, like an address without its scheme; one is made up if not told
        #[arg(long, value_name = "NAME")]
        origin: Option<String>,
    },
    /// Record files: their digests in the ledger, their bytes beside it
    Append(AppendArgs),
    /// Say whether the ledger is whole, and what was altered if not; or check one proof without the ledger
    Verify(LedgerVerifyArgs),
    /// Write the proof that an entry is in the ledger, for whoever has its public key
    Prove(ProveArgs),
    /// Show the last entries
    Tail(TailArgs),
    /// Write all entries, one JSON object per line
    Export {
        /// Only entries of one kind
        #[arg(long, value_parser = words(Kind::ALL, Kind::as_str), value_name = "KIND")]
        kind: Option<Kind>,

        /// Write to a file instead of stdout
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Print the signed head, to be kept where nobody who can write the ledger can write
    Checkpoint {
        /// Put the signatures of witnesses under the head first, from a checkpoint that they signed
        #[arg(long, value_name = "FILE")]
        cosigned: Option<PathBuf>,

        /// Write to a file instead of stdout
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Sign the head as a witness: that it goes on from the head signed before
    Cosign(CosignArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AppendArgs {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Record digests only; the files themselves are kept elsewhere
    #[arg(long)]
    pub(crate) digest_only: bool,

    /// Record this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerVerifyArgs {
    /// A head of this ledger that was kept elsewhere: the ledger must go on from it
    #[arg(long, value_name = "FILE", conflicts_with = "proof")]
    pub(crate) anchor: Option<PathBuf>,

    /// A witness that must have signed the head: a file with its key, or NAME+ID+KEY itself (repeatable)
    #[arg(long, value_name = "KEY")]
    pub(crate) witness: Vec<PathBuf>,

    /// How many of the witnesses must have signed; all of them if not told
    #[arg(long, value_name = "N", requires = "witness")]
    pub(crate) witnesses_required: Option<usize>,

    /// Check this proof, and not the ledger; it needs the public key only
    #[arg(long, value_name = "FILE.tlog-proof")]
    pub(crate) proof: Option<PathBuf>,

    /// The bytes of the entry that is proved, if not those in the proof
    #[arg(long, value_name = "FILE", requires = "proof")]
    pub(crate) entry: Option<PathBuf>,

    /// A document that the entry must be about: its digest must be the one in the entry
    #[arg(long, value_name = "FILE", requires = "proof")]
    pub(crate) document: Option<PathBuf>,

    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true))]
pub(crate) struct ProveArgs {
    /// The index of the entry; the first is 0
    #[arg(group = "which")]
    pub(crate) index: Option<u64>,

    /// The latest entry about a document, by its SHA-256
    #[arg(long, group = "which", value_name = "SHA256")]
    pub(crate) digest: Option<Hash>,

    /// The latest entry about this document
    #[arg(long, group = "which", value_name = "FILE")]
    pub(crate) document: Option<PathBuf>,

    /// Write the proof to a file instead of stdout
    #[arg(long, short, value_name = "FILE.tlog-proof")]
    pub(crate) output: Option<PathBuf>,

    /// Write the bytes of the entry to a file as well
    #[arg(long, value_name = "FILE")]
    pub(crate) entry: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TailArgs {
    /// How many entries
    #[arg(short = 'n', long = "lines", default_value_t = 10, value_name = "N")]
    pub(crate) count: u64,

    /// Only entries of one kind
    #[arg(long, value_parser = words(Kind::ALL, Kind::as_str), value_name = "KIND")]
    pub(crate) kind: Option<Kind>,

    /// Go on showing what is appended, until interrupted
    #[arg(long, short)]
    pub(crate) follow: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CosignArgs {
    /// The witness's own private key; it is made if it is not there, and its public half beside it
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,

    /// What the witness is called, when its key is made
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// The head that the witness signed last; the ledger must go on from it
    #[arg(long, value_name = "FILE", required_unless_present = "first")]
    pub(crate) anchor: Option<PathBuf>,

    /// This witness has signed no head of this ledger before
    #[arg(long, conflicts_with = "anchor")]
    pub(crate) first: bool,

    /// Write the signed head to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Sign for this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(crate) struct EvidenceArgs {
    #[command(subcommand)]
    pub(crate) command: EvidenceCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Check evidence documents of your own, keep them where `assess` reads, and record them in the ledger
    Add {
        /// The documents: in-toto Statements with the predicate casemate/evidence/v1
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,

        /// Where evidence is kept, if not where `casemate assess` looks for it
        #[arg(long, value_name = "DIR", default_value = ".casemate/evidence")]
        evidence_dir: PathBuf,

        /// Record this time (RFC 3339) instead of now
        #[arg(long, value_name = "TIME")]
        now: Option<Timestamp>,
    },
}
