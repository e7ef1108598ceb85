//! `casemate ledger prove`: a proof as a file, that others check with the public key alone.

use std::fs::{self, File};

use anyhow::Context as _;
use casemate_ledger::{Hash, Ledger, digest_of};

use crate::args::ProveArgs;
use crate::exit::{Exit, Failure};
use crate::ledger::Place;
use crate::output::Terminal;

pub(super) fn run(place: &Place, args: &ProveArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let ledger = place.read()?;
    let index = match (args.index, args.digest, &args.document) {
        (Some(index), ..) => index,
        (None, Some(digest), _) => latest(&ledger, digest)?,
        (None, None, Some(path)) => {
            let name = path.display();
            let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
            let (digest, _) = digest_of(file, |_| Ok(())).with_context(|| format!("cannot read {name}"))?;
            latest(&ledger, digest)?
        }
        (None, None, None) => return Err(Failure::Usage("name an index, --digest or --document".to_owned())),
    };
    let proof = ledger.prove(index)?;
    if let Some(path) = &args.entry {
        let entry = proof.extra.as_deref().unwrap_or_default();
        fs::write(path, entry).with_context(|| format!("cannot write {}", path.display()))?;
    }
    terminal.data(&proof.to_string(), args.output.as_deref())?;
    Ok(Exit::Success)
}

fn latest(ledger: &Ledger, digest: Hash) -> Result<u64, Failure> {
    let found = ledger.find(digest)?;
    let last = found.last().map(|(index, _)| *index);
    Ok(last.ok_or_else(|| anyhow::anyhow!("nothing in the ledger is about {digest}"))?)
}
