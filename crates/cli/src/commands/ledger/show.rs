//! `casemate ledger tail` and `export`: entries for people, and for programs. Every entry was held against the signed head
//! before it is shown.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use casemate_core::printable;
use casemate_ledger::{Entry, Kind, Ledger, Record};
use serde_json::{Value, json};

use crate::args::TailArgs;
use crate::exit::{Exit, Failure};
use crate::ledger::Place;
use crate::output::Terminal;

/// How long to wait before looking for new entries.
const PAUSE: Duration = Duration::from_secs(1);
/// How much is collected before it is written, in bytes.
const PIECE: usize = 1 << 20;

pub(super) fn tail(place: &Place, args: &TailArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let ledger = place.read()?;
    let wanted = usize::try_from(args.count).unwrap_or(usize::MAX);
    // Without a kind, only the last entries are read.
    let from = if args.kind.is_some() { 0 } else { ledger.size().saturating_sub(args.count) };
    let mut last = VecDeque::new();
    each(&ledger, from, args.kind, |index, bytes| {
        last.push_back(entry(index, bytes));
        if last.len() > wanted {
            last.pop_front();
        }
        Ok(())
    })?;
    terminal.data(&lines(last), None)?;
    if args.follow {
        return follow(args, place, ledger.size(), terminal);
    }
    Ok(Exit::Success)
}

/// Shows what is appended from now on, until it is stopped.
fn follow(args: &TailArgs, place: &Place, mut seen: u64, terminal: &Terminal) -> Result<Exit, Failure> {
    loop {
        thread::sleep(PAUSE);
        let ledger = place.read()?;
        let mut new = VecDeque::new();
        each(&ledger, seen.min(ledger.size()), args.kind, |index, bytes| {
            new.push_back(entry(index, bytes));
            Ok(())
        })?;
        terminal.data(&lines(new), None)?;
        seen = ledger.size();
    }
}

pub(super) fn export(
    place: &Place,
    kind: Option<Kind>,
    output: Option<&Path>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let ledger = place.read()?;
    let mut text = String::new();
    each(&ledger, 0, kind, |index, bytes| {
        // What is no JSON is written as it is, in hexadecimal.
        let entry: Value =
            serde_json::from_slice(bytes).unwrap_or_else(|_| json!({ "hex": casemate_core::hex(bytes) }));
        let _ = writeln!(text, "{}", json!({ "index": index, "entry": entry }));
        if output.is_none() && text.len() > PIECE {
            terminal.data(&std::mem::take(&mut text), None)?;
        }
        Ok(())
    })?;
    terminal.data(&text, output)?;
    Ok(Exit::Success)
}

/// An entry in one line.
pub(super) fn entry(index: u64, bytes: &[u8]) -> String {
    let Some(entry) = Entry::parse(bytes) else {
        let text: String = String::from_utf8_lossy(bytes).chars().take(120).collect();
        return format!("{index}  {}", printable(&text));
    };
    let what = match &entry.record {
        Record::Evidence(record) => {
            format!("{} on {}: {}, by {}", record.control, record.on.join(", "), record.verdict, record.check)
        }
        Record::ModelSigned(model) => {
            let version = model.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
            format!("{}{version}, {}", model.model, model.status)
        }
        Record::ModelStatus(model) => format!("{} is {}", model.model, model.status),
        Record::File(file) => format!("{}, {} bytes", file.name, file.size),
    };
    printable(&format!("{index}  {}  {}  {what}  {}", entry.when, entry.kind(), entry.digest))
}

fn each(
    ledger: &Ledger,
    from: u64,
    kind: Option<Kind>,
    mut take: impl FnMut(u64, &[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for found in ledger.entries_from(from) {
        let (index, bytes) = found?;
        if kind.is_none() || Entry::parse(&bytes).map(|entry| entry.kind()) == kind {
            take(index, &bytes)?;
        }
    }
    Ok(())
}

fn lines(lines: VecDeque<String>) -> String {
    lines.into_iter().fold(String::new(), |text, line| text + &line + "\n")
}
