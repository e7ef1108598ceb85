//! `casemate ledger checkpoint` and `cosign`: heads that leave the folder, and the signatures of those who saw them. A
//! witness signs what goes on from what they signed before, and nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use casemate_ledger::{Algorithm, Expected, Head, SignerKey, audit, cosign as sign};

use super::read_head;
use crate::args::CosignArgs;
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::ledger::{Place, write_secret};
use crate::output::Terminal;

pub(super) fn checkpoint(
    place: &Place,
    cosigned: Option<&Path>,
    output: Option<&Path>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let head = match cosigned {
        Some(path) => countersigned(place, path)?,
        None => place.read()?.head().clone(),
    };
    terminal.data(&head.note().to_string(), output)?;
    Ok(Exit::Success)
}

/// The head with the signatures of a copy of it, which others signed.
fn countersigned(place: &Place, path: &Path) -> Result<Head, Failure> {
    let own = place.verifier()?;
    let copy = read_head(path, &own)?;
    let mut writer = place.writer()?;
    if copy.note().text() != writer.head().note().text() {
        return Err(anyhow!(
            "{} is a head of {} entries, and the ledger has {}; witnesses sign one head, not those after it",
            path.display(),
            copy.size(),
            writer.head().size()
        )
        .into());
    }
    let others = copy.note().signatures().iter().filter(|signature| !signature.is_by(&own));
    Ok(writer.countersign(others.cloned())?.clone())
}

pub(super) fn cosign(place: &Place, args: &CosignArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let verifier = place.verifier()?;
    let anchor = args.anchor.as_deref().map(|path| read_head(path, &verifier)).transpose()?;
    let found = audit(&place.folder, &verifier, &Expected { anchor, ..Expected::default() });
    if let Some(fault) = found.faults.first() {
        return Err(anyhow!("not signed: {fault}").into());
    }
    let mut head = place.read()?.head().clone();
    if Some(head.root()) != found.root {
        return Err(anyhow!("not signed: the ledger grew while it was looked at; try again").into());
    }
    let key = key(args, terminal)?;
    head.add(sign(&head, &key, clock::now(args.now)));
    terminal.data(&head.note().to_string(), args.output.as_deref())?;
    Ok(Exit::Success)
}

/// The key of the witness, made at its first use.
fn key(args: &CosignArgs, terminal: &Terminal) -> Result<SignerKey, Failure> {
    let path = &args.key;
    if path.exists() {
        let bytes = zeroize::Zeroizing::new(input::bytes(path, 4096)?);
        let text = std::str::from_utf8(&bytes).map_err(|_| anyhow!("{} is no key", path.display()))?;
        let key: SignerKey = text.parse().with_context(|| format!("{} is no key", path.display()))?;
        if key.verifier().algorithm() != Algorithm::Cosignature {
            return Err(anyhow!("{} signs logs; a witness needs a key of its own", path.display()).into());
        }
        return Ok(key);
    }
    let Some(name) = &args.name else {
        return Err(Failure::Usage(format!("{} is not there; give --name to make it", path.display())));
    };
    let key = SignerKey::generate(name.parse()?, Algorithm::Cosignature)?;
    write_secret(path, &key)?;
    let public = Place::at(&path.with_extension("")).public;
    fs::write(&public, format!("{}\n", key.verifier()))
        .with_context(|| format!("cannot write {}", public.display()))?;
    terminal
        .note(&format!("a key of the witness {name} was made; {} verifies its signatures", public.display()));
    Ok(key)
}
