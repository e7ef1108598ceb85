//! `casemate sign`: a signature over every file of a model.

mod conformance;
mod scanned;

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use casemate_core::{hex, printable};
use casemate_keys::Signer;
use casemate_ledger::Approval;
use casemate_sign::certificate::Certificate;
use casemate_sign::{
    Bundle, Hashing, Ignore, Known, Manifest, Method, SignError, Tree, check_chain, claim, manifest,
    sign_claim,
};

use self::scanned::{Outcome, Scanned};
use super::history;
use crate::args::{Serialized, SignArgs};
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::{progress, signing};

pub(crate) fn run(args: &SignArgs, offline: bool, terminal: &Terminal) -> Result<Exit, Failure> {
    if !args.conformance.is_empty() {
        return conformance::run(&args.conformance);
    }
    let Some(model) = &args.path else {
        return Err(Failure::Usage("name the model to sign".to_owned()));
    };
    signing::there(model)?;
    let signing = Signing::of(args)?;
    let signature = signing::signature(args.signature.as_deref(), model);
    let claims = args.claims.clone().unwrap_or_else(|| signature.with_file_name("claims.jsonl"));
    let mut beside = vec![&*signature];
    if !args.claim.is_empty() {
        beside.push(&claims);
    }
    let ignore = signing::ignored(model, &args.ignore, &beside)?;
    let tree = Tree::list(model, &ignore, args.allow_symlinks)?;
    for warning in &tree.warnings {
        terminal.note(&format!("warning: {warning}"));
    }
    let scanned = match args.scan {
        Some(threshold) => match Scanned::of(model, &tree, threshold, offline, args.quiet)? {
            Outcome::Fine(scanned) => Some(scanned),
            Outcome::Refused(text) => {
                terminal.data(&text, None)?;
                terminal.note("not signed: the scan has findings, or could not read everything");
                return Ok(Exit::Findings);
            }
        },
        None => None,
    };
    let manifest = hashed(args, &tree, &ignore, scanned.as_ref(), terminal)?;
    let lines = signing.claims(&args.claim, &manifest)?;
    let bundle = signing.sign(&manifest)?;
    if !lines.is_empty() {
        signing::write(&claims, &lines)?;
    }
    signing::write(&signature, bundle.text())?;
    if !args.quiet {
        terminal.note(&said(&manifest, &signature.display().to_string(), tree.entries.len()));
    }
    if let Some(version) = &args.record {
        let status = if args.pending { Approval::Pending } else { Approval::Approved };
        let now = clock::now(args.now);
        let index = history::record_version(&manifest, &bundle, version, &args.ledger, now, status)?;
        if !args.quiet {
            terminal.note(&format!(
                "recorded as {} in entry {index} of {}",
                printable(version),
                args.ledger.display()
            ));
        }
    }
    Ok(Exit::Success)
}

/// The manifest, with what the scan or the cache knows not read again.
fn hashed(
    args: &SignArgs,
    tree: &Tree,
    ignore: &Ignore,
    scanned: Option<&Scanned>,
    terminal: &Terminal,
) -> Result<Manifest, Failure> {
    let cache = match &args.cache {
        Some(path) => Some((signing::cache(path, clock::now(None), args.recheck)?, path)),
        None => None,
    };
    let known: &dyn Known = match (scanned, &cache) {
        (Some(scanned), _) => scanned,
        (None, Some((cache, _))) => cache,
        (None, None) => &(),
    };
    let bar = progress::bytes(tree.size(), args.quiet);
    let hashing =
        Hashing { method: method(args), algorithm: args.hash, known, progress: &|bytes| bar.inc(bytes) };
    let manifest = manifest(tree, ignore, hashing);
    bar.finish_and_clear();
    if let Some((cache, path)) = cache {
        for file in cache.wrong() {
            terminal.note(&format!("warning: the cache had another digest of {file}; it was made anew"));
        }
        cache.save(path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(manifest?)
}

fn said(manifest: &Manifest, signature: &str, files: usize) -> String {
    let noun = if files == 1 { "file" } else { "files" };
    format!(
        "signed {}: {files} {noun}, root sha256:{}\nsignature in {signature}",
        printable(manifest.name()),
        hex(&manifest.root())
    )
}

fn method(args: &SignArgs) -> Method {
    match args.method {
        Serialized::Files => Method::Files,
        Serialized::Shards => Method::Shards(args.shard_size),
    }
}

/// What is signed with, read before anything is hashed, so that a wrong key costs no time.
struct Signing {
    signer: Box<dyn Signer>,
    /// The certificate of the key first; empty where verifiers know the key.
    chain: Vec<Certificate>,
}

impl Signing {
    fn of(args: &SignArgs) -> Result<Self, Failure> {
        let signer = signer(args)?;
        let chain = match &args.certificate {
            Some(certificate) => signing::chain(certificate, &args.chain)?,
            None => Vec::new(),
        };
        Self::new(signer, chain)
    }

    /// # Errors
    /// The certificate is of another key.
    fn new(signer: Box<dyn Signer>, chain: Vec<Certificate>) -> Result<Self, Failure> {
        check_chain(&*signer, &chain).map_err(|error| match error {
            SignError::Key(why) => anyhow::Error::new(why).context("the signing certificate cannot be used"),
            other => other.into(),
        })?;
        Ok(Self { signer, chain })
    }

    /// The signed claims, one to a line.
    fn claims(&self, documents: &[PathBuf], manifest: &Manifest) -> Result<Vec<u8>, Failure> {
        let mut lines = Vec::new();
        for path in documents {
            let document = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let payload = claim(&document, manifest)
                .with_context(|| format!("{} is no claim about this model", path.display()))?;
            lines.extend_from_slice(sign_claim(payload, &*self.signer, &self.chain)?.text());
            lines.push(b'\n');
        }
        Ok(lines)
    }

    fn sign(&self, manifest: &Manifest) -> Result<Bundle, SignError> {
        casemate_sign::sign(manifest, &*self.signer, &self.chain)
    }
}

fn signer(args: &SignArgs) -> Result<Box<dyn Signer>, Failure> {
    #[cfg(feature = "pkcs11")]
    if let Some(uri) = &args.pkcs11_uri {
        return Ok(Box::new(signing::token(uri, args.pkcs11_module.as_deref())?));
    }
    match &args.key {
        Some(key) => Ok(Box::new(signing::private_key(key, args.passphrase_file.as_deref())?)),
        None => Err(Failure::Usage("give the key to sign with: --key KEY.pem".to_owned())),
    }
}
