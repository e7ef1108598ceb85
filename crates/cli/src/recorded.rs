//! Evidence against the ledger: which documents are in it, and which it knows that are not there. The ledger is read whole,
//! and every entry held against its signed head; a name in a file proves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use casemate_assess::EvidenceFile;
use casemate_core::{Day, Id, Problem, ProblemKind, Recorded, Timestamp};
use casemate_ledger::{EvidenceRecord, Hash, Kind, Record};

use crate::exit::Failure;
use crate::ledger::Place;

/// The evidence that a ledger knows.
type Known = Vec<(Hash, EvidenceRecord)>;

/// Marks documents by whether they are in the ledger beside the system file, and says what else the ledger knows. Where
/// there is no ledger, nothing changes.
pub(crate) fn mark(folder: &Path, files: &mut [EvidenceFile]) -> Vec<Problem> {
    let place = Place::of_system(folder);
    if !place.is_there() {
        return Vec::new();
    }
    let problem = |message: String| Problem {
        kind: ProblemKind::Evidence,
        message: casemate_core::printable(&message).into(),
        location: None,
    };
    match known(&place) {
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
                "the ledger {} cannot be believed, so nothing says whether evidence was altered ({failure}); \
                 `casemate ledger verify` names what is wrong",
                place.folder.display()
            ))]
        }
    }
}

fn known(place: &Place) -> Result<Known, Failure> {
    let ledger = place.read()?;
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
