//! The arguments of what makes and checks signatures: `sign`, `verify`.

use std::ffi::OsString;
use std::num::NonZeroU64;
use std::path::PathBuf;

use casemate_core::{Id, Timestamp};
use casemate_report::VerificationFormat;
use casemate_sign::Algorithm;
use clap::{Args, ValueEnum};

use super::{Threshold, threshold, words};

#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The folder of a model, or a single file
    #[arg(required_unless_present = "conformance")]
    pub(crate) path: Option<PathBuf>,

    /// Sign with this private key: PEM, on P-256, P-384 or P-521
    #[arg(long, value_name = "KEY.pem", alias = "private-key")]
    pub(crate) key: Option<PathBuf>,

    /// Sign with a key in a PKCS#11 token: pkcs11:token=NAME;object=KEY; its PIN is read from pin-source, or CASEMATE_PIN
    #[cfg(feature = "pkcs11")]
    #[arg(long, value_name = "URI", conflicts_with = "key")]
    pub(crate) pkcs11_uri: Option<String>,

    /// The library that speaks to the token, if the URI does not name it with module-path
    #[cfg(feature = "pkcs11")]
    #[arg(long, value_name = "FILE")]
    pub(crate) pkcs11_module: Option<PathBuf>,

    /// Put this certificate of the key into the signature, so that verifiers need to know its root only: PEM
    #[arg(long, value_name = "CERT.pem", alias = "signing-certificate")]
    pub(crate) certificate: Option<PathBuf>,

    /// Put these certificates into the signature too: those that lead from the signer to the root (repeatable)
    #[arg(long, value_name = "CHAIN.pem", alias = "certificate-chain", requires = "certificate")]
    pub(crate) chain: Vec<PathBuf>,

    /// Read the passphrase of an encrypted key from a file; otherwise from CASEMATE_PASSPHRASE, or it is asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,

    /// Where the signature goes; model.sig in the folder, or FILE.sig beside a single file, if not told
    #[arg(long, value_name = "OUT.sig")]
    pub(crate) signature: Option<PathBuf>,

    /// How content is hashed
    #[arg(long, default_value = "sha256", value_parser = words(Algorithm::ALL, Algorithm::as_str), value_name = "HASH")]
    pub(crate) hash: Algorithm,

    /// Sign whole files, or ranges of them, which several cores hash at once
    #[arg(long, value_enum, default_value_t = Serialized::Files, value_name = "METHOD")]
    pub(crate) method: Serialized,

    /// How long a shard is, in bytes
    #[arg(long, default_value = "1000000000", value_name = "BYTES")]
    pub(crate) shard_size: NonZeroU64,

    /// Leave out a file or folder of the model (repeatable); no patterns
    #[arg(long, value_name = "PATH", alias = "ignore-paths")]
    pub(crate) ignore: Vec<PathBuf>,

    /// Follow symbolic links and sign what they lead to, as in a download cache of Hugging Face
    #[arg(long)]
    pub(crate) allow_symlinks: bool,

    /// Remember digests in this file, so that unchanged files are not read again; keep it where only you can write
    #[arg(long, value_name = "FILE")]
    pub(crate) cache: Option<PathBuf>,

    /// Read every file again and say where the cache was wrong
    #[arg(long, requires = "cache")]
    pub(crate) recheck: bool,

    /// Scan the files in the same pass, and do not sign what has a finding this severe or could not be read wholly
    #[arg(long, value_parser = threshold(), value_name = "SEVERITY", num_args = 0..=1, default_missing_value = "high")]
    pub(crate) scan: Option<Threshold>,

    /// Sign a document about the model too: a CycloneDX BOM, a SLSA provenance predicate or an in-toto statement (repeatable)
    #[arg(long, value_name = "FILE.json")]
    pub(crate) claim: Vec<PathBuf>,

    /// Where signed claims go, one bundle to a line; claims.jsonl beside the signature, if not told
    #[arg(long, value_name = "OUT.jsonl", requires = "claim")]
    pub(crate) claims: Option<PathBuf>,

    /// Record the signed model in the ledger under this version
    #[arg(long, value_name = "VERSION")]
    pub(crate) record: Option<String>,

    /// Record it as not approved yet
    #[arg(long, requires = "record")]
    pub(crate) pending: bool,

    /// The ledger; the first use begins it
    #[arg(long, value_name = "DIR", default_value = crate::ledger::DEFAULT, requires = "record")]
    pub(crate) ledger: PathBuf,

    /// Record this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME", requires = "record")]
    pub(crate) now: Option<Timestamp>,

    /// Speak the protocol of the OpenSSF conformance suite: sign-model or verify-model with its arguments
    #[arg(long, num_args = 1.., allow_hyphen_values = true, value_name = "ARGS", hide_short_help = true, exclusive = true)]
    pub(crate) conformance: Vec<OsString>,

    /// Say nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Serialized {
    /// One digest for each file
    Files,
    /// One digest for each range of --shard-size bytes
    Shards,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The folder of a model, or a single file
    pub(crate) path: PathBuf,

    /// The signature; model.sig in the folder, or FILE.sig beside a single file, if not told
    #[arg(long, value_name = "OUT.sig")]
    pub(crate) signature: Option<PathBuf>,

    /// Trust the holder of this public key: PEM
    #[arg(long, value_name = "KEY.pub")]
    pub(crate) public_key: Option<PathBuf>,

    /// Trust those whom this certificate vouches for (repeatable): PEM
    #[arg(long, value_name = "ROOT.pem", conflicts_with = "public_key")]
    pub(crate) root: Vec<PathBuf>,

    /// More certificates that may lead to the root (repeatable); one that is signed by itself counts as a root
    #[arg(long, value_name = "CHAIN.pem", alias = "certificate-chain", conflicts_with = "public_key")]
    pub(crate) chain: Vec<PathBuf>,

    /// Let only this certificate have signed; one that is signed by itself needs no root
    #[arg(long, value_name = "CERT.pem", conflicts_with = "public_key")]
    pub(crate) certificate: Option<PathBuf>,

    /// Trust the holder of a key in a PKCS#11 token
    #[cfg(feature = "pkcs11")]
    #[arg(long, value_name = "URI", conflicts_with_all = ["public_key", "root", "chain", "certificate"])]
    pub(crate) pkcs11_uri: Option<String>,

    /// The library that speaks to the token, if the URI does not name it with module-path
    #[cfg(feature = "pkcs11")]
    #[arg(long, value_name = "FILE", requires = "pkcs11_uri")]
    pub(crate) pkcs11_module: Option<PathBuf>,

    /// Trust this identity, as Sigstore vouches for it: an e-mail address, or the URI of a workflow
    #[cfg(feature = "sigstore")]
    #[arg(long, value_name = "IDENTITY", requires = "issuer", conflicts_with_all = ["public_key", "root", "chain", "certificate"])]
    pub(crate) identity: Option<String>,

    /// Who must have vouched for the identity, such as https://accounts.google.com
    #[cfg(feature = "sigstore")]
    #[arg(long, value_name = "URL", requires = "identity")]
    pub(crate) issuer: Option<String>,

    /// The authorities and logs of another Sigstore than the public one
    #[cfg(feature = "sigstore")]
    #[arg(long, value_name = "trusted_root.json", requires = "identity")]
    pub(crate) trusted_root: Option<PathBuf>,

    /// Hold the signature against a policy: who may sign, and what may be left out
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,

    /// Verify signed claims about the model too: one bundle to a line
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) claims: Option<PathBuf>,

    /// Verify this file or folder of the model only, such as what is about to be loaded (repeatable)
    #[arg(long, value_name = "PATH", conflicts_with = "ignore_unsigned_files")]
    pub(crate) only: Vec<PathBuf>,

    /// Let files lie in the model that were not signed
    #[arg(long)]
    pub(crate) ignore_unsigned_files: bool,

    /// Let this file or folder lie in the model unsigned (repeatable); no patterns
    #[arg(long, value_name = "PATH", alias = "ignore-paths")]
    pub(crate) ignore: Vec<PathBuf>,

    /// Believe digests that were remembered in this file, if nothing shows that the file changed since
    #[arg(long, value_name = "FILE")]
    pub(crate) cache: Option<PathBuf>,

    /// Report format
    #[arg(long, default_value = "plain", value_parser = words(VerificationFormat::ALL, VerificationFormat::as_str), value_name = "FORMAT")]
    pub(crate) format: VerificationFormat,

    /// Write the report to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Write what came out as evidence on this element of a system file
    #[arg(long, value_name = "ELEMENT")]
    pub(crate) evidence_for: Option<Id>,

    /// Where evidence is written, if not where `casemate assess` looks for it
    #[arg(long, value_name = "DIR", default_value = ".casemate/evidence", requires = "evidence_for")]
    pub(crate) evidence_dir: PathBuf,

    /// Verify as of this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,

    /// Show the result only
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Show every difference, and how the model was signed
    #[arg(long, short)]
    pub(crate) verbose: bool,
}
