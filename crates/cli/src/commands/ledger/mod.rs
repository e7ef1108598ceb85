//! `casemate ledger`: the record that shows when somebody altered it. What it does is in the ledger's own crate; here it
//! is read, told and written out.

mod prove;
mod show;
mod verify;
mod witness;

use std::fs::File;
use std::path::Path;

use anyhow::Context as _;
use casemate_core::printable;
use casemate_ledger::{Entry, FileRecord, Head, Record, VerifierKey, Writer, digest_of};

use crate::args::{AppendArgs, LedgerArgs, LedgerCommand};
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::ledger::{Place, read_verifier};
use crate::output::Terminal;

pub(crate) fn run(args: &LedgerArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut place = Place::at(&args.ledger);
    if let Some(key) = &args.public_key {
        place.public.clone_from(key);
    }
    match &args.command {
        LedgerCommand::Init { origin } => init(&place, origin.as_deref(), terminal),
        LedgerCommand::Append(args) => append(&place, args, terminal),
        LedgerCommand::Verify(args) => verify::run(&place, args, terminal),
        LedgerCommand::Prove(args) => prove::run(&place, args, terminal),
        LedgerCommand::Tail(args) => show::tail(&place, args, terminal),
        LedgerCommand::Export { kind, output } => show::export(&place, *kind, output.as_deref(), terminal),
        LedgerCommand::Checkpoint { cosigned, output } => {
            witness::checkpoint(&place, cosigned.as_deref(), output.as_deref(), terminal)
        }
        LedgerCommand::Cosign(args) => witness::cosign(&place, args, terminal),
    }
}

fn init(place: &Place, origin: Option<&str>, terminal: &Terminal) -> Result<Exit, Failure> {
    let writer = place.begin(origin)?;
    terminal.note(&format!(
        "a ledger of {} was begun in {}\n{} signs it: whoever has it can rewrite the ledger\n{} verifies it: give it to whoever asks",
        writer.head().origin(),
        place.folder.display(),
        place.key.display(),
        place.public.display(),
    ));
    Ok(Exit::Success)
}

fn append(place: &Place, args: &AppendArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let now = clock::now(args.now);
    let mut writer = place.writer()?;
    let mut entries = Vec::new();
    for path in &args.files {
        let entry = file(path, args.digest_only, now, &mut writer)
            .with_context(|| format!("cannot record {}", path.display()))?;
        terminal.note(&format!("{}  {}", entry.digest, printable(&path.display().to_string())));
        entries.push(entry.to_bytes()?);
    }
    let appended = writer.append(&entries)?;
    let last = appended.first + appended.count.saturating_sub(1);
    let entries = if appended.count == 1 {
        format!("entry {last}")
    } else {
        format!("entries {} to {last}", appended.first)
    };
    terminal.note(&format!("recorded as {entries} of {}", writer.head().origin()));
    Ok(Exit::Success)
}

fn file(
    path: &Path,
    digest_only: bool,
    now: casemate_core::Timestamp,
    writer: &mut Writer,
) -> anyhow::Result<Entry> {
    let stream = File::open(path)?;
    let (digest, size) = if digest_only { digest_of(stream, |_| Ok(()))? } else { writer.store(stream)? };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let record = FileRecord { name: printable(&name), size, stored: !digest_only };
    Ok(Entry::new(now, digest, Record::File(record)))
}

/// A head that was kept in a file, which the ledger's key must have signed.
fn read_head(path: &Path, key: &VerifierKey) -> Result<Head, Failure> {
    let bytes = input::bytes(path, casemate_ledger::MAX_NOTE)?;
    Ok(Head::open(&bytes, key)
        .with_context(|| format!("{} is no head of this ledger that can be trusted", path.display()))?)
}

/// The keys of witnesses.
fn witnesses(keys: &[std::path::PathBuf]) -> Result<Vec<VerifierKey>, Failure> {
    keys.iter().map(|path| read_verifier(path)).collect()
}
