//! `casemate seal-key`: who can open a sealed model, and new keys for it.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use casemate_core::printable;
use casemate_seal::{Holder, Identity, Manifest, Rotated, SealError, Watch, abandon, rotate, slots};

use crate::args::{ChangeArgs, SealKeyArgs, SealKeyCommand};
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::{progress, sealing};

pub(crate) fn run(args: &SealKeyArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    match &args.command {
        SealKeyCommand::New { file } => new(file, terminal)?,
        SealKeyCommand::List { dir } => list(dir, terminal)?,
        SealKeyCommand::Add(change) => {
            let holders = holders(change)?;
            if holders.is_empty() {
                return Err(Failure::Usage(
                    "nobody to add: give --recipient, --new-passphrase-file, --kms-key or --new-pkcs11-uri"
                        .to_owned(),
                ));
            }
            let names = slots::add(&change.dir, &sealing::keys(&change.keys)?, &holders);
            let names = names.map_err(sealing::failure)?;
            terminal.note(&format!("added {}", names.join(", ")));
            again(&change.dir, terminal);
        }
        SealKeyCommand::Remove { dir, slot, keys } => {
            let names = slots::remove(dir, &sealing::keys(keys)?, slot).map_err(sealing::failure)?;
            terminal.note(&format!("removed {}; it opens by {}", printable(slot), names.join(", ")));
            terminal.note(
                "whoever held it may have kept the data key: `casemate seal-key rotate` shuts them out of what is sealed from now on",
            );
            again(dir, terminal);
        }
        SealKeyCommand::Rewrap(change) => {
            let names = slots::rewrap(&change.dir, &sealing::keys(&change.keys)?, &holders(change)?);
            let names = names.map_err(sealing::failure)?;
            terminal.note(&format!("the data key is wrapped anew; it opens by {}", names.join(", ")));
            again(&change.dir, terminal);
        }
        SealKeyCommand::Rotate { change, abandon: true, .. } => {
            abandon(&change.dir, &sealing::keys(&change.keys)?).map_err(sealing::failure)?;
            terminal.note("given up; the model is as it was");
        }
        SealKeyCommand::Rotate { change, quiet, .. } => rotated(change, *quiet, terminal)?,
    }
    Ok(Exit::Success)
}

fn holders(change: &ChangeArgs) -> Result<Vec<Holder>, Failure> {
    let mut holders = sealing::holders(&change.holders, &change.keys.programs)?;
    holders.extend(sealing::knowing(false, change.new_passphrase_file.as_deref())?);
    #[cfg(feature = "pkcs11")]
    if let Some(uri) = &change.new_pkcs11_uri {
        holders.push(sealing::token_holder(uri, &change.keys.programs)?);
    }
    Ok(holders)
}

/// A signature is over `seal.json` too.
fn again(dir: &Path, terminal: &Terminal) {
    if dir.join("model.sig").exists() {
        terminal.note(&format!("the signature is no longer right: `casemate sign {}`", dir.display()));
    }
}

fn rotated(change: &ChangeArgs, quiet: bool, terminal: &Terminal) -> Result<(), Failure> {
    let bar = progress::bytes(manifest(&change.dir)?.size(), quiet);
    let stop = sealing::interrupted()?;
    let watch = Watch { done: &|bytes| bar.inc(bytes), stop: &stop };
    let outcome = rotate(&change.dir, &sealing::keys(&change.keys)?, &holders(change)?, watch);
    bar.finish_and_clear();
    let outcome = match outcome {
        Err(SealError::Stopped) => {
            return Err(Failure::Other(anyhow::anyhow!(
                "stopped; the model opens as before, and the same command goes on from here"
            )));
        }
        outcome => outcome.map_err(sealing::failure)?,
    };
    let Rotated { generation, sealed, resumed, only_cleaned } = outcome;
    if quiet {
        return Ok(());
    }
    terminal.note(&if only_cleaned {
        format!(
            "the rotation to generation {generation} had been done; what it left of older ones is removed now"
        )
    } else {
        let before = if resumed > 0 { format!(", {resumed} by a run before") } else { String::new() };
        format!(
            "generation {generation}: {sealed} files sealed anew{before}; the old key opens nothing any more"
        )
    });
    again(&change.dir, terminal);
    Ok(())
}

fn new(file: &Path, terminal: &Terminal) -> Result<(), Failure> {
    let identity = Identity::generate();
    let recipient = identity.recipient();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let cannot = || format!("cannot make {}", file.display());
    let mut made = options.open(file).with_context(cannot)?;
    let text = identity.to_text();
    let parts = ["# public key: ", &recipient.to_string(), "\n", &text, "\n"];
    parts.iter().try_for_each(|part| made.write_all(part.as_bytes())).with_context(cannot)?;
    made.sync_all().with_context(cannot)?;
    terminal.data(&format!("{recipient}\n"), None)
}

fn manifest(dir: &Path) -> Result<Manifest, Failure> {
    Manifest::of(dir).map_err(sealing::failure)
}

/// What `seal.json` says; without a key nobody knows whether it is so.
fn list(dir: &Path, terminal: &Terminal) -> Result<(), Failure> {
    let manifest = manifest(dir)?;
    let mut text = format!(
        "{}: {} files, {} bytes, generation {}\n",
        manifest.model,
        manifest.files.len(),
        manifest.size(),
        manifest.generation
    );
    let width = manifest.slots.iter().map(|slot| slot.name.len()).max().unwrap_or_default();
    for slot in &manifest.slots {
        // Writing to a string does not fail.
        let _ = writeln!(text, "    {:width$}  {}", slot.name, printable(&slot.method.key()));
    }
    terminal.data(&text, None)?;
    terminal.note(
        "as seal.json says; `casemate open DIR --check` or `casemate verify DIR` says whether it is so",
    );
    Ok(())
}
