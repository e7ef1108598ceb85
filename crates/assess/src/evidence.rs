//! Evidence documents: read, checked for form, and matched to claims by control and subject. Whether a document can be
//! believed is for signatures; what it says about a claim is decided in `claims`.

use std::sync::Arc;

use casemate_core::evidence::{Evidence, PREDICATE_TYPE, STATEMENT_TYPE};
use casemate_core::{Problem, ProblemKind, Recorded};
use sha2::{Digest as _, Sha256};

/// The largest evidence document, in bytes.
pub const MAX_EVIDENCE: usize = 1024 * 1024;

/// An evidence document and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceFile {
    /// The file as the user would name it.
    pub file: Arc<str>,
    /// SHA-256 of its bytes, hexadecimal.
    pub digest: Arc<str>,
    /// What it says.
    pub evidence: Evidence,
    /// Whether it is in the ledger, as whoever opened the ledger found; none where there is none.
    pub ledger: Option<Recorded>,
}

/// Parses an evidence document.
///
/// # Errors
/// A problem for the case: the document is too large, no JSON of this form, or of another type.
pub fn parse_evidence(file: &str, bytes: &[u8]) -> Result<EvidenceFile, Problem> {
    let problem = |what: String| Problem {
        kind: ProblemKind::Evidence,
        message: format!("{file}: {what}; it counts for nothing").into(),
        location: None,
    };
    if bytes.len() > MAX_EVIDENCE {
        return Err(problem(format!("larger than {MAX_EVIDENCE} bytes")));
    }
    let evidence: Evidence = serde_json::from_slice(bytes)
        .map_err(|error| problem(format!("not an evidence document ({error})")))?;
    if evidence.statement_type != STATEMENT_TYPE || evidence.predicate_type != PREDICATE_TYPE {
        return Err(problem(format!(
            "expected an in-toto Statement v1 with the predicate {PREDICATE_TYPE}, found `{}` with `{}`",
            casemate_core::printable(&evidence.statement_type),
            casemate_core::printable(&evidence.predicate_type),
        )));
    }
    if evidence.predicate.finished < evidence.predicate.started {
        return Err(problem("it finished before it started".to_owned()));
    }
    Ok(EvidenceFile {
        file: file.into(),
        digest: casemate_core::hex(&Sha256::digest(bytes)).into(),
        evidence,
        ledger: None,
    })
}

/// What is told of documents that are not in a ledger that is there. What they say against a claim counts; what they say
/// for it does not, because whoever put them there may have written it.
pub(crate) fn unrecorded(evidence: &[EvidenceFile]) -> impl Iterator<Item = Problem> {
    let missing = evidence.iter().filter(|file| file.ledger == Some(Recorded::Missing));
    missing.map(|file| Problem {
        kind: ProblemKind::Evidence,
        message: format!(
            "{file}: not in the ledger, so it was altered or put there since, and a pass in it counts for nothing; if it \
             is genuine, `casemate evidence add {file}` records it",
            file = file.file
        )
        .into(),
        location: None,
    })
}
