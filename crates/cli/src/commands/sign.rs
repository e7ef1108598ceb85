//! `casemate sign`: a signature over every file of a model.

use casemate_core::hex;
use casemate_keys::Signer;
use casemate_sign::{Hashing, Known, Manifest, Method, Tree, manifest};

use super::signing;
use crate::args::{Serialized, SignArgs};
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::progress;

pub(crate) fn run(args: &SignArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(model) = &args.path else {
        return Err(Failure::Usage("name the model to sign".to_owned()));
    };
    signing::there(model)?;
    let signer = signer(args)?;
    let signature = signing::signature(args.signature.as_deref(), model);
    let ignore = signing::ignored(model, &args.ignore, &signature)?;
    let cache = match &args.cache {
        Some(path) => Some(signing::cache(path, clock::now(None), args.recheck)?),
        None => None,
    };
    let tree = Tree::list(model, &ignore, args.allow_symlinks)?;
    for warning in &tree.warnings {
        terminal.note(&format!("warning: {warning}"));
    }
    let bar = progress::bytes(tree.size(), args.quiet);
    let known: &dyn Known = match &cache {
        Some(cache) => cache,
        None => &(),
    };
    let manifest = manifest(
        &tree,
        &ignore,
        Hashing { method: method(args), algorithm: args.hash, known, progress: &|bytes| bar.inc(bytes) },
    );
    bar.finish_and_clear();
    let manifest = manifest?;
    let bundle = casemate_sign::sign(&manifest, &*signer)?;
    signing::write(&signature, bundle.text())?;
    if let (Some(cache), Some(path)) = (cache, &args.cache) {
        for file in cache.wrong() {
            terminal.note(&format!("warning: the cache had another digest of {file}; it was made anew"));
        }
        cache.save(path)?;
    }
    if !args.quiet {
        terminal.note(&said(&manifest, &signature.display().to_string(), tree.entries.len()));
    }
    Ok(Exit::Success)
}

fn said(manifest: &Manifest, signature: &str, files: usize) -> String {
    let noun = if files == 1 { "file" } else { "files" };
    format!(
        "signed {}: {files} {noun}, root sha256:{}\nsignature in {signature}",
        casemate_core::printable(manifest.name()),
        hex(&manifest.root())
    )
}

fn method(args: &SignArgs) -> Method {
    match args.method {
        Serialized::Files => Method::Files,
        Serialized::Shards => Method::Shards(args.shard_size),
    }
}

fn signer(args: &SignArgs) -> Result<Box<dyn Signer>, Failure> {
    match &args.key {
        Some(key) => Ok(Box::new(signing::private_key(key, args.passphrase_file.as_deref())?)),
        None => Err(Failure::Usage("give the key to sign with: --key KEY.pem".to_owned())),
    }
}
