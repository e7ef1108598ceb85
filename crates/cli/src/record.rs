//! Where evidence goes, whichever command made it: into a folder, and into the ledger beside it. It judges nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use casemate_core::Timestamp;
use casemate_core::evidence::Evidence;
use casemate_ledger::{Entry, Hash, Ledger, LedgerError, Writer};

use crate::exit::Failure;
use crate::ledger::{Begun, Place};
use crate::output::Terminal;

/// Writes one document per control, named by its content, and records each in the ledger: the same result is the same
/// file, and the same entry.
pub(crate) fn evidence(documents: &[Evidence], folder: &Path, terminal: &Terminal) -> Result<(), Failure> {
    let mut written = Vec::new();
    for document in documents {
        let text = serde_json::to_string_pretty(document)? + "\n";
        let file = Written::new(text.as_bytes(), document, document.predicate.finished, folder)?;
        let verdict = document.predicate.verdict;
        terminal.note(&format!(
            "evidence on {}: {verdict}, {}",
            document.predicate.control,
            file.path.display()
        ));
        written.push(file);
    }
    record(&written, folder, terminal)
}

/// A document in the evidence folder.
#[derive(Debug)]
pub(crate) struct Written {
    /// Where it is.
    pub(crate) path: PathBuf,
    digest: Hash,
    entry: Entry,
    /// Whether it was there before.
    again: bool,
}

impl Written {
    /// Writes the bytes of a document under a name that their digest gives them.
    pub(crate) fn new(
        bytes: &[u8],
        document: &Evidence,
        when: Timestamp,
        folder: &Path,
    ) -> Result<Self, Failure> {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let digest = Hash::of(bytes);
        let short: String = digest.to_hex().chars().take(12).collect();
        let path = folder.join(format!("{}-{short}.json", document.predicate.check));
        let again = path.exists();
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path, digest, entry: Entry::evidence(when, digest, document), again })
    }
}

/// Appends what is not in the ledger yet. The first time, that begins the ledger.
pub(crate) fn record(written: &[Written], folder: &Path, terminal: &Terminal) -> Result<(), Failure> {
    if written.is_empty() {
        return Ok(());
    }
    let place = Place::of_evidence(folder);
    append(written, &place, terminal).map_err(|failure| {
        anyhow::anyhow!(
            "the evidence is written but not in the ledger: {failure}\n\nhint: when that is mended, \
             `casemate evidence add` records it"
        )
        .into()
    })
}

fn append(written: &[Written], place: &Place, terminal: &Terminal) -> Result<(), Failure> {
    let (mut writer, begun) = place.writer_or_begin()?;
    if begun == Begun::Now {
        terminal.note(&format!(
            "a ledger was begun in {}; keep its head elsewhere now and then (casemate ledger checkpoint)",
            place.folder.display()
        ));
    }
    let known = if written.iter().any(|file| file.again) { digests(&writer, place)? } else { Vec::new() };
    let new = written.iter().filter(|file| !known.contains(&file.digest));
    let entries = new.map(|file| file.entry.to_bytes()).collect::<Result<Vec<_>, LedgerError>>()?;
    if !entries.is_empty() {
        writer.append(&entries)?;
    }
    Ok(())
}

/// The digests in the ledger, while nobody else writes.
fn digests(writer: &Writer, place: &Place) -> Result<Vec<Hash>, Failure> {
    let ledger = Ledger::open(writer.folder(), &place.verifier()?)?;
    let digests = ledger.records().map(|entry| entry.map(|(_, entry)| entry.digest));
    Ok(digests.collect::<Result<_, _>>()?)
}
