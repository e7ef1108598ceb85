//! `casemate ledger verify`: the whole ledger, or one proof without it. Every fault is told, and one is enough to fail.

use std::path::Path;

use anyhow::Context as _;
use casemate_core::printable;
use casemate_ledger::{
    Audit, Entry, Expected, Hash, MAX_PROOF_FILE, Policy, Proof, VerifierKey, audit, digest_of,
};
use serde_json::json;

use super::{read_head, show, witnesses};
use crate::args::LedgerVerifyArgs;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::ledger::Place;
use crate::output::Terminal;

/// The longest entry that is read from a file.
const MAX_ENTRY: usize = casemate_ledger::MAX_ENTRY;

pub(super) fn run(place: &Place, args: &LedgerVerifyArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let key = place.verifier()?;
    let policy = Policy::new(witnesses(&args.witness)?, args.witnesses_required)?;
    if let Some(path) = &args.proof {
        return proof(path, &key, &policy, args, terminal);
    }
    if !place.folder.is_dir() {
        return Err(Failure::NoInput {
            message: format!("no such ledger: {}", place.folder.display()),
            hint: "name its folder with --ledger".to_owned(),
        });
    }
    let anchor = args.anchor.as_deref().map(|path| read_head(path, &key)).transpose()?;
    let expected = Expected { witnesses: policy, anchor };
    let found = audit(&place.folder, &key, &expected);
    let text = if args.json { as_json(&found, &expected) } else { plain(&found, &expected, &key) };
    terminal.data(&text, None)?;
    if expected.anchor.is_none() && found.is_whole() && !args.json {
        terminal.note(
            "held against no anchor: whoever has the key could have rewritten it; give a head you kept with --anchor",
        );
    }
    Ok(if found.is_whole() { Exit::Success } else { Exit::Failed })
}

fn plain(found: &Audit, expected: &Expected, key: &VerifierKey) -> String {
    let mut text = String::new();
    for fault in &found.faults {
        text.push_str(&format!("{fault}\n"));
    }
    for note in &found.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    if found.is_whole() {
        text.push_str(&format!("whole: {} entries of {}", found.size, key.name()));
        if let Some(anchor) = &expected.anchor {
            text.push_str(&format!(", going on from the {} of the anchor", anchor.size()));
        }
        if found.payloads > 0 {
            text.push_str(&format!(", with {} payloads", found.payloads));
        }
        text.push('\n');
    } else {
        let faults = if found.faults.len() == 1 { "fault" } else { "faults" };
        text.push_str(&format!(
            "not whole: {} {faults}; {} of {} entries lead to the root\n",
            found.faults.len(),
            found.whole,
            found.size
        ));
    }
    if let Some(root) = found.root {
        text.push_str(&format!("root {}\n", root.to_base64()));
    }
    for witness in &found.witnesses {
        text.push_str(&format!("witnessed by {} at {}\n", witness.witness, witness.at));
    }
    text
}

fn as_json(found: &Audit, expected: &Expected) -> String {
    let witnesses = found.witnesses.iter();
    let document = json!({
        "schema": "casemate/ledger-audit/v1",
        "whole": found.is_whole(),
        "entries": found.size,
        "entries_whole": found.whole,
        "payloads_whole": found.payloads,
        "root": found.root.map(|root| root.to_base64()),
        "anchor": expected.anchor.as_ref().map(|head| json!({ "entries": head.size(), "root": head.root().to_base64() })),
        "witnesses": witnesses.map(|seen| json!({ "name": seen.witness.as_str(), "at": seen.at })).collect::<Vec<_>>(),
        "faults": found.faults.iter().map(|fault| json!({ "fault": fault.word(), "message": fault.to_string() })).collect::<Vec<_>>(),
        "notes": found.notes,
    });
    format!("{document:#}\n")
}

/// One proof, with the public key and nothing else.
fn proof(
    path: &Path,
    key: &VerifierKey,
    policy: &Policy,
    args: &LedgerVerifyArgs,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let name = path.display();
    let proof =
        Proof::parse(&input::bytes(path, MAX_PROOF_FILE)?).with_context(|| format!("{name} is no proof"))?;
    let entry = match (&args.entry, &proof.extra) {
        (Some(entry), _) => input::bytes(entry, MAX_ENTRY)?,
        (None, Some(extra)) => extra.clone(),
        (None, None) => {
            return Err(Failure::Usage(format!("{name} does not carry its entry; give it with --entry")));
        }
    };
    let head = proof.verify(&entry, key).with_context(|| format!("{name} proves nothing"))?;
    let seen = policy.check(&head).with_context(|| format!("{name}: its checkpoint"))?;
    if let Some(document) = &args.document {
        about(&entry, document)?;
    }
    let shown = show::entry(proof.index, &entry);
    let mut text =
        format!("proved: entry {} of {}, as of {} entries\n{shown}\n", proof.index, key.name(), head.size());
    for witness in seen {
        text.push_str(&format!("witnessed by {} at {}\n", witness.witness, witness.at));
    }
    terminal.data(&text, None)?;
    Ok(Exit::Success)
}

/// Whether an entry is about a document.
fn about(entry: &[u8], document: &Path) -> Result<(), Failure> {
    let name = printable(&document.display().to_string());
    let file = std::fs::File::open(document).with_context(|| format!("cannot open {name}"))?;
    let (digest, _) = digest_of(file, |_| Ok(())).with_context(|| format!("cannot read {name}"))?;
    let named: Option<Hash> = Entry::parse(entry).map(|entry| entry.digest);
    match named {
        Some(named) if named == digest => Ok(()),
        Some(named) => Err(anyhow::anyhow!(
            "the entry is in the ledger, and is about another document: it names {named}, and {name} is {digest}"
        )
        .into()),
        None => Err(anyhow::anyhow!("the entry is in the ledger, and names no document").into()),
    }
}
