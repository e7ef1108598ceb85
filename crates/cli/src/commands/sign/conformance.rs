//! `casemate sign --conformance`: the two subcommands that the OpenSSF conformance suite calls. Exit code 0 says signed or
//! verified; everything else, refused.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use casemate_keys::PrivateKey;
use casemate_sign::{
    Algorithm, Bundle, Comparing, Hashing, Ignore, Method, Scope, Tree, Trust, authenticate, compare,
    manifest,
};
use clap::{Args, Parser, ValueEnum};

use super::Signing;
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::signing;

#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_subcommand = true)]
enum Conformance {
    SignModel(SignModel),
    VerifyModel(VerifyModel),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum How {
    Key,
    Certificate,
    Sigstore,
}

#[derive(Debug, Args)]
struct SignModel {
    #[arg(long)]
    method: How,
    #[arg(long)]
    model_path: PathBuf,
    #[arg(long)]
    output_bundle: PathBuf,
    #[arg(long)]
    private_key: Option<PathBuf>,
    #[arg(long)]
    signing_cert: Option<PathBuf>,
    #[arg(long, num_args = 1..)]
    cert_chain: Vec<PathBuf>,
    #[arg(long, num_args = 1..)]
    ignore_paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct VerifyModel {
    #[arg(long)]
    method: How,
    #[arg(long)]
    model_path: PathBuf,
    #[arg(long)]
    bundle: PathBuf,
    #[arg(long)]
    public_key: Option<PathBuf>,
    #[arg(long, num_args = 1..)]
    cert_chain: Vec<PathBuf>,
    #[arg(long, num_args = 1..)]
    ignore_paths: Vec<PathBuf>,
    #[arg(long)]
    ignore_unsigned_files: bool,
    #[arg(long)]
    identity: Option<String>,
    #[arg(long, alias = "identity-provider")]
    issuer: Option<String>,
    #[arg(long)]
    trusted_root: Option<PathBuf>,
}

pub(super) fn run(args: &[OsString]) -> Result<Exit, Failure> {
    let asked = Conformance::try_parse_from(args).map_err(|error| Failure::Usage(error.to_string()))?;
    match asked {
        Conformance::SignModel(args) => sign(&args),
        Conformance::VerifyModel(args) => verify(&args),
    }
}

fn sign(args: &SignModel) -> Result<Exit, Failure> {
    let key = args.private_key.as_deref().context("--private-key is needed")?;
    let signer = Box::new(PrivateKey::from_pem(&signing::small(key, "private key")?, None)?);
    let chain = match (args.method, &args.signing_cert) {
        (How::Key, _) => Vec::new(),
        (How::Certificate, Some(certificate)) => signing::chain(certificate, &args.cert_chain)?,
        (How::Certificate, None) => return Err(anyhow!("--signing-cert is needed").into()),
        (How::Sigstore, _) => {
            return Err(anyhow!("keyless signing needs a network and is not offered").into());
        }
    };
    let signing = Signing::new(signer, chain)?;
    let ignore = ignored(&args.model_path, &args.ignore_paths, &args.output_bundle)?;
    let tree = Tree::list(&args.model_path, &ignore, false)?;
    let hashing =
        Hashing { method: Method::Files, algorithm: Algorithm::Sha256, known: &(), progress: &|_| {} };
    let bundle = signing.sign(&manifest(&tree, &ignore, hashing)?)?;
    signing::write(&args.output_bundle, bundle.text())?;
    Ok(Exit::Success)
}

fn verify(args: &VerifyModel) -> Result<Exit, Failure> {
    let trust = trust(args)?;
    let authentic = authenticate(&Bundle::read(&args.bundle)?, &trust)?;
    let scope = if args.ignore_unsigned_files { Scope::Signed } else { Scope::Whole };
    let ignore = ignored(&args.model_path, &args.ignore_paths, &args.bundle)?;
    let how = Comparing { scope: &scope, ignore: &ignore, known: &(), total: &|_| {}, progress: &|_| {} };
    let comparison = compare(authentic.manifest(), &args.model_path, how)?;
    match comparison.mismatches.first() {
        None => Ok(Exit::Success),
        Some(first) => Err(anyhow!("{first:?}").into()),
    }
}

fn trust(args: &VerifyModel) -> Result<Trust, Failure> {
    match args.method {
        How::Key => {
            let key = args.public_key.as_deref().context("--public-key is needed")?;
            Ok(Trust::Key(signing::public_key(key)?))
        }
        How::Certificate => {
            Ok(Trust::Certificates(signing::authorities(&[], &args.cert_chain, None, clock::now(None))?))
        }
        #[cfg(feature = "sigstore")]
        How::Sigstore => {
            let root = crate::commands::verify::trusted_root(args.trusted_root.as_deref())?;
            let identity = args.identity.clone().context("--identity is needed")?;
            let issuer = args.issuer.clone().context("--issuer is needed")?;
            Ok(Trust::Keyless { root, identity, issuer })
        }
        #[cfg(not(feature = "sigstore"))]
        How::Sigstore => {
            let _ = (&args.identity, &args.issuer, &args.trusted_root);
            Err(anyhow!("this build cannot verify Sigstore's method; build it with --features sigstore")
                .into())
        }
    }
}

/// The suite names paths as this machine does, and some that lie elsewhere, which leave nothing out.
fn ignored(model: &Path, paths: &[PathBuf], bundle: &Path) -> Result<Ignore, Failure> {
    let inside: Vec<PathBuf> =
        paths.iter().filter(|path| signing::in_model(model, path).is_ok()).cloned().collect();
    signing::ignored(model, &inside, &[bundle])
}
