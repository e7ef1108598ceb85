//! `casemate seal`: a model, encrypted into a folder of its own, and signed there if that is asked for.

use casemate_keys::PrivateKey;
use casemate_seal::{ModelId, SealRequest, Watch, seal, survey};
use casemate_sign::{Algorithm, Hashing, Method, Tree, manifest, sign};

use crate::args::SealArgs;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::{progress, sealing, signing};

pub(crate) fn run(args: &SealArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    signing::there(&args.path)?;
    // Keys that cannot be read must not be found out about after an hour of work.
    let key = match &args.sign_key {
        Some(path) => Some(signing::private_key(path, args.sign_passphrase_file.as_deref())?),
        None => None,
    };
    let mut holders = sealing::holders(&args.holders, &args.programs)?;
    holders.extend(sealing::knowing(args.passphrase, args.passphrase_file.as_deref())?);
    #[cfg(feature = "pkcs11")]
    if let Some(uri) = &args.pkcs11_uri {
        holders.push(sealing::token_holder(uri, &args.programs)?);
    }
    if holders.is_empty() {
        return Err(Failure::Usage(
            "nobody could open it: give --recipient, --passphrase, --passphrase-file, --kms-key or --pkcs11-uri"
                .to_owned(),
        ));
    }
    let total = survey(&args.path, args.follow_links).map_err(sealing::failure)?;
    let bar = progress::bytes(total, args.quiet);
    let stop = sealing::interrupted()?;
    let request = SealRequest {
        from: &args.path,
        to: &args.to,
        model: model(args)?,
        holders: &holders,
        follow_links: args.follow_links,
    };
    let sealed = seal(&request, Watch { done: &|bytes| bar.inc(bytes), stop: &stop });
    bar.finish_and_clear();
    let sealed = sealed.map_err(sealing::failure)?;
    if !args.quiet {
        let noun = if sealed.files == 1 { "file" } else { "files" };
        terminal.note(&format!(
            "sealed {} {noun}, {} bytes, in {}; opens by {}",
            sealed.files,
            sealed.bytes,
            args.to.display(),
            sealed.slots.join(", ")
        ));
    }
    match key {
        Some(key) => signed(args, &key, terminal)?,
        None if args.quiet => {}
        None => terminal.note(&format!(
            "sign it next: `casemate sign {}`; the files in {} are still readable to whoever reads that disk",
            args.to.display(),
            args.path.display()
        )),
    }
    Ok(Exit::Success)
}

/// The name that is given, or that of the path.
fn model(args: &SealArgs) -> Result<ModelId, Failure> {
    if let Some(model) = &args.model {
        return Ok(model.clone());
    }
    let full = std::path::absolute(&args.path)?;
    let name = full.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.parse()
        .map_err(|_| Failure::Usage(format!("{} gives the model no name; give --model NAME", full.display())))
}

/// Signs what was sealed, as `casemate sign` would.
fn signed(args: &SealArgs, key: &PrivateKey, terminal: &Terminal) -> Result<(), Failure> {
    let signature = signing::signature(None, &args.to);
    let ignore = signing::ignored(&args.to, &[], &[&signature])?;
    let tree = Tree::list(&args.to, &ignore, false)?;
    let bar = progress::bytes(tree.size(), args.quiet);
    let hashing = Hashing {
        method: Method::Files,
        algorithm: Algorithm::Sha256,
        known: &(),
        progress: &|bytes| bar.inc(bytes),
    };
    let manifest = manifest(&tree, &ignore, hashing);
    bar.finish_and_clear();
    let manifest = manifest?;
    signing::write(&signature, sign(&manifest, key, &[])?.text())?;
    if !args.quiet {
        terminal.note(&format!(
            "signed {} files, root sha256:{}\nsignature in {}",
            tree.entries.len(),
            casemate_core::hex(&manifest.root()),
            signature.display()
        ));
    }
    Ok(())
}
