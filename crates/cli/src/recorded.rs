//! Evidence against the ledger: which documents are in it, and which it knows that are not there. The ledger is read whole,
//! and every entry held against its signed head; a name in a file proves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, anyhow};
use casemate_assess::EvidenceFile;
use casemate_core::{Day, Id, Problem, ProblemKind, Recorded, Timestamp};
use casemate_ledger::{EvidenceRecord, Hash, Head, Kind, MAX_NOTE, Record};

use crate::exit::Failure;
use crate::input;
use crate::ledger::Place;

/// The evidence that a ledger knows.
type Known = Vec<(Hash, EvidenceRecord)>;

/// Marks documents by whether they are in the ledger beside the system file, and says what else the ledger knows. Where
/// there is no ledger and no head of one, nothing changes.
///
/// # Errors
/// The head that was kept elsewhere cannot be read. That it does not fit is a problem of the ledger.
pub(crate) fn mark(
    folder: &Path,
    files: &mut [EvidenceFile],
    anchor: Option<&Path>,
) -> Result<Vec<Problem>, Failure> {
    let place = Place::of_system(folder);
    if !place.is_there() && anchor.is_none() {
        return Ok(Vec::new());
    }
    let anchor = anchor.map(|path| input::bytes(path, MAX_NOTE)).transpose()?;
    let problem = |message: String| Problem {
        kind: ProblemKind::Evidence,
        message: casemate_core::printable(&message).into(),
        location: None,
    };
    Ok(match known(&place, anchor.as_deref()) {
        Ok(known) => {
            let digests: BTreeSet<Hash> = known.iter().map(|(digest, _)| *digest).collect();
            for file in &mut *files {
                let within = file.digest.parse().is_ok_and(|digest| digests.contains(&digest));
                file.ledger = Some(if within { Recorded::Recorded } else { Recorded::Missing });
            }
            removed(&known, files).into_iter().map(problem).collect()
        }
        Err(failure) => {
            files.iter_mut().for_each(|file| file.ledger = Some(Recorded::Unchecked));
            vec![problem(format!(
                "the ledger {} cannot be believed, so no evidence counts for a claim ({failure}); \
                 `casemate ledger verify` names what is wrong",
                place.folder.display()
            ))]
        }
    })
}

/// The evidence that the ledger knows, if it is whole and goes on from the anchor.
fn known(place: &Place, anchor: Option<&[u8]>) -> Result<Known, Failure> {
    let ledger = place.read()?;
    if let Some(anchor) = anchor {
        let kept = Head::open(anchor, &place.verifier()?).context("the anchor")?;
        if ledger.root_at(kept.size())? != Some(kept.root()) {
            return Err(anyhow!("it does not go on from the {} entries of the anchor", kept.size()).into());
        }
    }
    let mut known = Known::new();
    for entry in ledger.records_of(Kind::Evidence) {
        let (_, entry) = entry?;
        if let Record::Evidence(record) = entry.record {
            known.push((entry.digest, record));
        }
    }
    Ok(known)
}

/// Runs that are later than any document about the same check on the same element, and whose own document is not there:
/// what somebody takes away to hide a failure.
fn removed(known: &Known, files: &[EvidenceFile]) -> Vec<String> {
    let there: BTreeSet<Hash> = files.iter().filter_map(|file| file.digest.parse().ok()).collect();
    let mut documents: BTreeMap<(&Id, &Id, &str), Timestamp> = BTreeMap::new();
    for file in files {
        let predicate = &file.evidence.predicate;
        for subject in &file.evidence.subject {
            let last = documents.entry((&predicate.control, &predicate.check, &subject.name));
            let last = last.or_insert(predicate.finished);
            *last = (*last).max(predicate.finished);
        }
    }
    let mut latest: BTreeMap<(&Id, &Id, &str), &(Hash, EvidenceRecord)> = BTreeMap::new();
    for run in known {
        let (_, record) = run;
        for element in &record.on {
            let last = latest.entry((&record.control, &record.check, element)).or_insert(run);
            if last.1.finished <= record.finished {
                *last = run;
            }
        }
    }
    let gone = latest.into_iter().filter(|(about, (digest, record))| {
        !there.contains(digest) && documents.get(about).is_none_or(|finished| *finished < record.finished)
    });
    gone.map(|((control, check, element), (_, record))| {
        format!(
            "the ledger knows a run of `{check}` about `{control}` on {element} of {} ({}), whose document was removed or \
             altered; put it back, or run the check again",
            Day::of(record.finished),
            record.verdict
        )
    })
    .collect()
}
