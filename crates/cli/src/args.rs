//! The command line: names, defaults and help texts. Nothing is decided here.

use std::path::PathBuf;
use std::sync::LazyLock;

use casemate_assess::ToolInfo;
use casemate_core::{Assumed, Id, Severity, Timestamp, View};
use casemate_report::{Format, PathsFormat, ScanFormat};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

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
