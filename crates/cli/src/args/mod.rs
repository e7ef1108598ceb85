//! The command line: names, defaults and help texts. Nothing is decided here.

mod history;
mod ledger;
mod scan;
mod seal;
mod sign;

use std::path::PathBuf;
use std::sync::LazyLock;

use casemate_assess::ToolInfo;
use casemate_core::{Assumed, Severity, Timestamp, View};
use casemate_report::{Format, PathsFormat};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

pub(crate) use self::history::{HistoryArgs, RollbackCheckArgs};
pub(crate) use self::ledger::{
    AppendArgs, CosignArgs, EvidenceArgs, EvidenceCommand, LedgerArgs, LedgerCommand, LedgerVerifyArgs,
    ProveArgs, TailArgs,
};
pub(crate) use self::scan::{BomArgs, ConvertArgs, Part, ScanArgs};
pub(crate) use self::seal::{
    ChangeArgs, HolderArgs, KeyArgs, OpenArgs, Pair, ProgramArgs, SealArgs, SealKeyArgs, SealKeyCommand,
    Sealed,
};
pub(crate) use self::sign::{Serialized, SignArgs, VerifyArgs};

/// Builds the assurance case of an AI system: describe it once, see what can be attacked, prove every control.
#[derive(Debug, Parser)]
#[command(name = "casemate", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 nothing at or above the threshold, 1 the run failed, 2 usage, 3 no input, \
                        10 findings at or above --fail-on"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// When to use colour; NO_COLOR is respected
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,

    /// Never contact anything; only addresses that are named, such as s3://BUCKET/KEY, are contacted otherwise
    #[arg(long, global = true)]
    pub(crate) offline: bool,
}

/// This tool, for those who recommend its commands.
pub(crate) const TOOL: ToolInfo =
    ToolInfo { version: env!("CARGO_PKG_VERSION"), has_command: Cli::has_command };

impl Cli {
    /// Whether there is a command of this name.
    pub(crate) fn has_command(name: &str) -> bool {
        // Asked once per finding, and building the command line takes longer than making the finding.
        static COMMANDS: LazyLock<clap::Command> = LazyLock::new(Cli::command);
        COMMANDS.find_subcommand(name).is_some()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge a described system: findings, claims and what they are worth
    Assess(AssessArgs),
    /// Show what an attacker can reach, by which path, and what one more or one less control would change
    Paths(PathsArgs),
    /// Show how a finding came about, or what a catalogue entry says
    Explain(ExplainArgs),
    /// Say whether model files are safe to load, without loading them
    Scan(ScanArgs),
    /// Take the tensors out of a model file and write them as safetensors, without loading it
    Convert(ConvertArgs),
    /// Write the bill of materials of a model: files, digests, card, data sets, packages
    Bom(BomArgs),
    /// Sign every file of a model (OpenSSF Model Signing)
    Sign(SignArgs),
    /// Say whether a model is what somebody you trust signed
    Verify(VerifyArgs),
    /// List the signed versions of a model that are in the ledger
    History(HistoryArgs),
    /// Say whether a deployed model is the latest, an older or an unknown version
    RollbackCheck(RollbackCheckArgs),
    /// Keep a record that shows when somebody altered it
    Ledger(LedgerArgs),
    /// Take in evidence that other tools and people found
    Evidence(EvidenceArgs),
    /// Encrypt a model at rest, so that whoever takes the disk has nothing
    Seal(SealArgs),
    /// Decrypt a sealed model, or a part of it, where it is asked for
    Open(OpenArgs),
    /// Say who can open a sealed model, and change its keys
    SealKey(SealKeyArgs),
    /// Check a system file or checklist without judging it
    CheckFile(CheckFileArgs),
    /// Print the system file that a foreign threat model or BOM becomes
    Import(ImportArgs),
    /// Write a commented starter file
    Init(InitArgs),
    /// Look at the threats, controls and frameworks that Casemate knows
    Catalog(CatalogArgs),
    /// Print a JSON Schema, for editors and programs
    Schema(SchemaArgs),
    /// Print shell completions
    Completions(CompletionsArgs),
}

/// What every judgement needs.
#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    /// Which claims count: all that are not disproved, only verified ones, or none
    #[arg(long, default_value = "claimed", value_parser = words(View::ALL, View::as_str), value_name = "VIEW")]
    pub(crate) view: View,

    /// Take controls a checklist does not mention as missing
    #[arg(long)]
    pub(crate) complete: bool,

    /// Add the threats, controls and frameworks in a folder (repeatable)
    #[arg(long, value_name = "DIR")]
    pub(crate) catalog: Vec<PathBuf>,

    /// Read an evidence document besides those in .casemate/evidence (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Vec<PathBuf>,

    /// Hold the ledger to a head of it that was kept elsewhere; what it does not go on from, it does not vouch for
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger_anchor: Option<PathBuf>,

    /// Take acceptances from this system file only, so that a change cannot accept its own findings
    #[arg(long, value_name = "FILE")]
    pub(crate) accept_from: Option<PathBuf>,

    /// Judge as of this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,

    /// Assume that a control stands and is verified, on an element or everywhere: an experiment (repeatable)
    #[arg(long, value_name = "CONTROL[@ELEMENT]")]
    pub(crate) with: Vec<Assumed>,

    /// Assume that a control fails, on an element or everywhere: an experiment (repeatable)
    #[arg(long, value_name = "CONTROL[@ELEMENT]")]
    pub(crate) without: Vec<Assumed>,
}

#[derive(Debug, Args)]
pub(crate) struct AssessArgs {
    /// System file, checklist, or anything that can be imported; a folder stands for its casemate.yaml, `-` for stdin
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) judge: JudgeArgs,

    /// Report format
    #[arg(long, default_value = "plain", value_parser = words(Format::ALL, Format::as_str), value_name = "FORMAT")]
    pub(crate) format: Format,

    /// Write the report to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Exit with 10 if a finding is at least this severe; `never` to always exit with 0
    #[arg(long, default_value = "high", value_parser = threshold(), value_name = "SEVERITY")]
    pub(crate) fail_on: Threshold,

    /// Compare with an earlier case (JSON); only findings that are new, worse or back then count for --fail-on
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Show findings with their ids and recommendations only
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Show claims, what is held off, goals, coverage and framework references as well
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PathsArgs {
    /// System file, or anything that can be imported; a folder stands for its casemate.yaml, `-` for stdin
    pub(crate) file: Option<PathBuf>,

    /// Show what can be held on an element (`llm`), one foothold (`query@llm`), or a goal (`steal-model`)
    #[arg(long, value_name = "TARGET")]
    pub(crate) to: Option<String>,

    #[command(flatten)]
    pub(crate) judge: JudgeArgs,

    /// Output format
    #[arg(long, default_value = "plain", value_parser = words(PathsFormat::ALL, PathsFormat::as_str), value_name = "FORMAT")]
    pub(crate) format: PathsFormat,

    /// Write to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A finding such as `prompt-injection@agent`, or a threat, control or case rule
    pub(crate) finding: String,

    /// The file the finding is from
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CheckFileArgs {
    /// System file, checklist, or anything that can be imported
    pub(crate) file: Option<PathBuf>,

    /// Add the threats, controls and frameworks in a folder (repeatable)
    #[arg(long, value_name = "DIR")]
    pub(crate) catalog: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// OWASP Threat Model Library, Threagile, Open Threat Model or CycloneDX file
    pub(crate) file: PathBuf,

    /// Write the system file here instead of to stdout
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder to write casemate.yaml in
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CatalogArgs {
    #[command(subcommand)]
    pub(crate) command: Option<CatalogCommand>,

    /// Add the threats, controls and frameworks in a folder (repeatable)
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) catalog: Vec<PathBuf>,

    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// List threats, controls, frameworks or the facts expressions can read
    List {
        /// What to list
        #[arg(value_enum, default_value_t = Listed::Threats)]
        what: Listed,
    },
    /// Show a threat, control or framework
    Show {
        /// Its id, such as `prompt-injection`, `model-signing` or `owasp-llm@2026`
        id: String,
    },
    /// Show which entries of a framework the catalogue covers; all frameworks if none is named
    Coverage {
        /// A framework in an edition, such as `cosai-risk-map@2026-08-19`
        framework: Option<String>,
    },
    /// Run the examples of every threat, those of --catalog folders included
    Check,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Listed {
    /// Threats
    Threats,
    /// Controls
    Controls,
    /// Framework packs
    Frameworks,
    /// Facts
    Facts,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Which schema
    #[arg(value_enum, default_value_t = Schema::System)]
    pub(crate) what: Schema,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Schema {
    /// The system file, casemate.yaml
    System,
    /// The case, as `assess --format json` prints it
    Case,
    /// What `paths --format json` prints
    Paths,
    /// What `scan --format json` prints
    Scan,
    /// What `scan --diff --format json` prints
    ScanDiff,
    /// What `verify --format json` prints
    Verification,
    /// What `history --format json` prints
    History,
    /// An evidence document
    Evidence,
    /// A threat of the catalogue
    Threat,
    /// A control of the catalogue
    Control,
    /// A framework pack
    Framework,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// The severity at which a run counts as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threshold {
    /// At this severity or above.
    At(Severity),
    /// Never.
    Never,
}

impl Threshold {
    /// Whether something this severe counts as failed.
    pub(crate) fn is_met_by(self, severity: Severity) -> bool {
        match self {
            Self::At(least) => severity >= least,
            Self::Never => false,
        }
    }
}

/// A parser for the words of a vocabulary, with its words in the help and near misses suggested.
fn words<T>(all: &'static [T], word: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + std::str::FromStr + 'static,
    <T as std::str::FromStr>::Err: std::error::Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(|item| word(*item))).try_map(|text| text.parse::<T>())
}

fn threshold() -> impl TypedValueParser<Value = Threshold> {
    let severities = Severity::ALL.iter().map(|severity| severity.as_str());
    PossibleValuesParser::new(severities.chain(["never"])).map(|text| match text.parse() {
        Ok(severity) => Threshold::At(severity),
        Err(_) => Threshold::Never,
    })
}
