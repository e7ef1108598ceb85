//! The arguments of what keeps models encrypted: `seal`, `open`, `seal-key`.

use std::path::PathBuf;
use std::str::FromStr;

use casemate_core::{Id, Timestamp};
use casemate_seal::{ModelId, Recipient};
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct SealArgs {
    /// The folder of a model, or a single file; it is left as it is
    pub(crate) path: PathBuf,

    /// The folder for the sealed model, which must not be there yet
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,

    #[command(flatten)]
    pub(crate) holders: HolderArgs,

    /// Let whoever knows a passphrase open it: CASEMATE_PASSPHRASE, or it is asked for
    #[arg(long, conflicts_with = "passphrase_file")]
    pub(crate) passphrase: bool,

    /// Let whoever knows the passphrase in a file open it
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,

    /// Let whoever may use a key in a PKCS#11 token open it: an AES key, or an RSA key; its PIN is in CASEMATE_PIN
    #[cfg(feature = "pkcs11")]
    #[arg(long, value_name = "URI")]
    pub(crate) pkcs11_uri: Option<String>,

    #[command(flatten)]
    pub(crate) programs: ProgramArgs,

    /// What the model is called; every sealed file is bound to it [default: the name of PATH]
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<ModelId>,

    /// Read the files that links lead to, as in the caches of model hubs
    #[arg(long)]
    pub(crate) follow_links: bool,

    /// Sign the sealed folder with this private key (PEM), into model.sig: what `casemate sign` would do next
    #[arg(long, value_name = "KEY.pem")]
    pub(crate) sign_key: Option<PathBuf>,

    /// Read the passphrase of an encrypted --sign-key from a file
    #[arg(long, value_name = "FILE", requires = "sign_key")]
    pub(crate) sign_passphrase_file: Option<PathBuf>,

    /// Say nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Who shall be able to open a model.
#[derive(Debug, Args)]
pub(crate) struct HolderArgs {
    /// Let the holder of an age identity open it, by its public half (repeatable)
    #[arg(long, value_name = "AGE1...")]
    pub(crate) recipient: Vec<Recipient>,

    /// Let everyone in a file of age recipients open it: one in a line (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) recipients_file: Vec<PathBuf>,

    /// Let whoever may use a key of a key service open it: the NAME of a --kms plugin and the service's name for the key (repeatable)
    #[arg(long, value_name = "NAME=KEY")]
    pub(crate) kms_key: Vec<Pair>,
}

/// What speaks for keys that lie elsewhere.
#[derive(Debug, Args)]
pub(crate) struct ProgramArgs {
    /// The program that speaks with the key service which slots call NAME (repeatable); nothing else is ever run
    #[arg(long, value_name = "NAME=PROGRAM")]
    pub(crate) kms: Vec<Pair>,

    /// The library that speaks to the token, if the URI does not name it with module-path
    #[cfg(feature = "pkcs11")]
    #[arg(long, value_name = "FILE")]
    pub(crate) pkcs11_module: Option<PathBuf>,
}

/// What opens a model.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// A file of age identities, as `casemate seal-key new` writes it (repeatable)
    #[arg(long, short, value_name = "FILE")]
    pub(crate) identity: Vec<PathBuf>,

    /// Open it with a passphrase: CASEMATE_PASSPHRASE, or it is asked for
    #[arg(long, conflicts_with = "passphrase_file")]
    pub(crate) passphrase: bool,

    /// Open it with the passphrase in a file
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,

    /// Open it with a key in a PKCS#11 token; its PIN is in CASEMATE_PIN
    #[cfg(feature = "pkcs11")]
    #[arg(long, value_name = "URI")]
    pub(crate) pkcs11_uri: Option<String>,

    #[command(flatten)]
    pub(crate) programs: ProgramArgs,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["to", "stdout", "range", "tensor", "check"])))]
pub(crate) struct OpenArgs {
    /// The folder of a sealed model
    pub(crate) dir: PathBuf,

    #[command(flatten)]
    pub(crate) keys: KeyArgs,

    /// Open the whole model into a new folder that only you can read; best on a file system in memory
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,

    /// Write one file of the model to stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) stdout: Option<String>,

    /// Write some bytes of one file to stdout: only the chunks they are in are read
    #[arg(long, value_name = "FILE:START..END")]
    pub(crate) range: Option<Stretch>,

    /// Write the bytes of one tensor of the safetensors files to stdout: only its chunks and the header are read
    #[arg(long, value_name = "NAME")]
    pub(crate) tensor: Option<String>,

    /// Check every chunk and try the lock with wrong keys and changed bits; write nothing
    #[arg(long)]
    pub(crate) check: bool,

    /// Look for the tensor in this file of the model only
    #[arg(long = "in", value_name = "FILE", requires = "tensor")]
    pub(crate) within: Option<String>,

    /// Write to a file that only you can read instead of to stdout
    #[arg(long, short, value_name = "FILE", conflicts_with_all = ["to", "check"])]
    pub(crate) output: Option<PathBuf>,

    /// Refuse an older generation than this: somebody may have put back an earlier state
    #[arg(long, value_name = "N")]
    pub(crate) generation_at_least: Option<u64>,

    /// Write what the check showed as evidence on this element of a system file
    #[arg(long, value_name = "ELEMENT", requires = "check")]
    pub(crate) evidence_for: Option<Id>,

    /// What the element is: the controls for models and for data sets are different ones
    #[arg(long, value_enum, default_value_t = Sealed::Model, value_name = "WHAT", requires = "evidence_for")]
    pub(crate) evidence_of: Sealed,

    /// Where evidence is written, if not where `casemate assess` looks for it
    #[arg(long, value_name = "DIR", default_value = ".casemate/evidence", requires = "evidence_for")]
    pub(crate) evidence_dir: PathBuf,

    /// Write this time (RFC 3339) into evidence instead of now
    #[arg(long, value_name = "TIME", requires = "evidence_for")]
    pub(crate) now: Option<Timestamp>,

    /// Say nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// What was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sealed {
    /// Weights: the control model-encryption
    Model,
    /// A data set: the control data-encryption-at-rest
    Data,
}

#[derive(Debug, Args)]
pub(crate) struct SealKeyArgs {
    #[command(subcommand)]
    pub(crate) command: SealKeyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SealKeyCommand {
    /// Make a new age identity in a file that only you can read, and print its recipient
    New {
        /// The file, which must not be there yet
        file: PathBuf,
    },
    /// Show who can open a sealed model, without a key
    List {
        /// The folder of a sealed model
        dir: PathBuf,
    },
    /// Let more holders open a sealed model; its files are not touched
    Add(ChangeArgs),
    /// Take a slot away; whoever held it may have kept the data key, which only `rotate` changes
    Remove {
        /// The folder of a sealed model
        dir: PathBuf,

        /// The slot, by its name in `seal-key list`
        slot: String,

        #[command(flatten)]
        keys: KeyArgs,
    },
    /// Wrap the data key anew, for new holders in place of all before, or for the same as before; files are not touched
    Rewrap(ChangeArgs),
    /// Change the data key: seal every file anew, for new holders or for the same; goes on where it was stopped
    Rotate {
        #[command(flatten)]
        change: ChangeArgs,

        /// Give up a rotation that was begun and leave the model as it is
        #[arg(long)]
        abandon: bool,

        /// Say nothing but errors
        #[arg(long, short)]
        quiet: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ChangeArgs {
    /// The folder of a sealed model
    pub(crate) dir: PathBuf,

    #[command(flatten)]
    pub(crate) keys: KeyArgs,

    #[command(flatten)]
    pub(crate) holders: HolderArgs,

    /// Let whoever knows the passphrase in a file open it from now on
    #[arg(long, value_name = "FILE")]
    pub(crate) new_passphrase_file: Option<PathBuf>,

    /// Let whoever may use a key in a PKCS#11 token open it from now on
    #[cfg(feature = "pkcs11")]
    #[arg(long, value_name = "URI")]
    pub(crate) new_pkcs11_uri: Option<String>,
}

/// Two words with `=` between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() && !value.is_empty() => {
                Ok(Self { name: name.to_owned(), value: value.to_owned() })
            }
            _ => Err("write it as two words with `=` between them".to_owned()),
        }
    }
}

/// Some bytes of a file: `weights.bin:0..4096`. Either end may be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) file: String,
    pub(crate) start: u64,
    pub(crate) end: Option<u64>,
}

impl FromStr for Stretch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = || {
            let (file, range) = text.rsplit_once(':')?;
            let (start, end) = range.split_once("..")?;
            let number = |text: &str| text.parse::<u64>().ok();
            let start = if start.is_empty() { 0 } else { number(start)? };
            let end = if end.is_empty() { None } else { Some(number(end)?) };
            let good = !file.is_empty() && end.is_none_or(|end| start <= end);
            good.then(|| Self { file: file.to_owned(), start, end })
        };
        parsed().ok_or_else(|| "write it as FILE:START..END, in bytes, with END not among them".to_owned())
    }
}
