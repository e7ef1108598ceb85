//! Evidence from a verification: whether the signature of a model holds. A verifier that refuses nothing would say so of
//! anything, so every record also says that an altered signature was refused.

use std::collections::BTreeMap;

use casemate_core::evidence::{
    Evidence, Measure, Method, PREDICATE_TYPE, Predicate, STATEMENT_TYPE, Subject, Tier, Verdict,
};
use casemate_core::{Id, Timestamp};

use casemate_ledger::Hash;

use crate::history::{History, Standing};
use crate::report::Verification;

/// The record of a verification of an element's model. `refuses` says whether the same signature, altered, was refused.
#[must_use]
pub fn evidence(
    verification: &Verification,
    refuses: Option<bool>,
    element: &Id,
    now: Timestamp,
) -> Option<Evidence> {
    let signed = verification.signed.as_ref();
    let partial = signed.is_some_and(|signed| signed.checked < signed.files);
    let verdict = match (verification.verified, refuses, partial) {
        (false, _, _) => Verdict::Fail,
        (true, Some(true), false) => Verdict::Pass,
        // What was not looked at, or by a check that refuses nothing, shows nothing.
        (true, _, _) => Verdict::Inconclusive,
    };
    let number = |count: usize| Measure::Number(u32::try_from(count).map_or(f64::INFINITY, f64::from));
    let mut measured = BTreeMap::from([("differing".to_owned(), number(verification.mismatches.len()))]);
    if let Some(signed) = signed {
        measured.insert("n".to_owned(), number(signed.checked));
        measured.insert("signed".to_owned(), number(signed.files));
    }
    if let Some(refuses) = refuses {
        measured.insert("altered_signature_refused".to_owned(), Measure::Flag(refuses));
    }
    let mut parameters = BTreeMap::new();
    if let Some(signed) = signed {
        parameters.insert("method".to_owned(), Measure::Text(signed.method.clone()));
        parameters.insert("signer".to_owned(), Measure::Text(signed.by.clone()));
        parameters.insert("hash".to_owned(), Measure::Text(signed.hash.clone()));
    }
    let differing = verification
        .mismatches
        .iter()
        .map(|difference| format!("{}: {}", difference.kind, casemate_core::printable(&difference.path)));
    let digest = signed.map(|signed| ("sha256".to_owned(), signed.root.clone()));
    Some(Evidence {
        statement_type: STATEMENT_TYPE.to_owned(),
        subject: vec![Subject { name: element.to_string(), digest: digest.into_iter().collect() }],
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: Predicate {
            control: "model-signing".parse().ok()?,
            check: "model-signature-verifies".parse().ok()?,
            verdict,
            tier: Tier::Verified,
            measured,
            method: Method {
                tool: "casemate verify".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                parameters,
                seed: None,
            },
            started: now,
            finished: now,
            expires: None,
            problems: verification.refusal.iter().cloned().chain(differing).take(100).collect(),
        },
    })
}

/// The record of where a deployed model stands among the versions in the ledger.
#[must_use]
pub fn version_evidence(history: &History, root: Hash, element: &Id, now: Timestamp) -> Option<Evidence> {
    let standing = history.standing(root);
    // A look-up that knows everything shows nothing: a digest that nobody has must be unknown.
    let refuses = history.standing(Hash::of(root.as_bytes())) == Standing::Unknown;
    let verdict = match (standing.may_run(), refuses) {
        (false, _) => Verdict::Fail,
        (true, true) => Verdict::Pass,
        (true, false) => Verdict::Inconclusive,
    };
    let versions = u32::try_from(history.versions.len()).map_or(f64::INFINITY, f64::from);
    Some(Evidence {
        statement_type: STATEMENT_TYPE.to_owned(),
        subject: vec![Subject {
            name: element.to_string(),
            digest: BTreeMap::from([("sha256".to_owned(), root.to_hex())]),
        }],
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: Predicate {
            control: "model-versioning".parse().ok()?,
            check: "model-version-recorded".parse().ok()?,
            verdict,
            tier: Tier::Verified,
            measured: BTreeMap::from([
                ("n".to_owned(), Measure::Number(versions)),
                ("unknown_digest_refused".to_owned(), Measure::Flag(refuses)),
            ]),
            method: Method {
                tool: "casemate rollback-check".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                parameters: BTreeMap::from([
                    ("model".to_owned(), Measure::Text(history.model.clone())),
                    ("standing".to_owned(), Measure::Text(standing.as_str().to_owned())),
                ]),
                seed: None,
            },
            started: now,
            finished: now,
            expires: None,
            problems: if standing.may_run() { Vec::new() } else { vec![standing.as_str().to_owned()] },
        },
    })
}
