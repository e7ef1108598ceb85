//! What a check of a sealed model is worth as evidence about an element of a system. It judges nothing but that check.

use std::collections::BTreeMap;

use casemate_core::evidence::{
    Evidence, Measure, Method, PREDICATE_TYPE, Predicate, STATEMENT_TYPE, Subject, Tier, Verdict,
};
use casemate_core::{Id, Timestamp, printable};

use crate::{Checked, Manifest};

/// What was sealed: models and data sets have controls of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A model.
    Model,
    /// A data set.
    Data,
}

impl About {
    /// The control, and the check that tests it.
    const fn control(self) -> (&'static str, &'static str) {
        match self {
            Self::Model => ("model-encryption", "model-is-sealed"),
            Self::Data => ("data-encryption-at-rest", "files-sealed"),
        }
    }
}

/// When a check ran.
#[derive(Debug, Clone, Copy)]
pub struct Ran {
    /// Its begin.
    pub started: Timestamp,
    /// Its end.
    pub finished: Timestamp,
}

/// The evidence that a check gives. `root` is the root digest of what lies there sealed.
#[must_use]
pub fn evidence(
    checked: &Checked,
    manifest: &Manifest,
    root: String,
    about: About,
    element: &Id,
    ran: Ran,
) -> Option<Evidence> {
    let (control, check) = about.control();
    let number = |count: u64| {
        // Counts are far below 2^53; what is not says so by being infinite.
        u32::try_from(count).map_or_else(|_| count.to_string().parse().unwrap_or(f64::INFINITY), f64::from)
    };
    let count = |count: usize| Measure::Number(number(count as u64));
    let lock = |holds: fn(crate::Lock) -> bool| Measure::Flag(checked.lock.is_some_and(holds));
    let verdict = if checked.passed() { Verdict::Pass } else { Verdict::Fail };
    let problems = checked.refused.iter().chain(&checked.extra).map(|error| printable(&error.to_string()));
    let older = checked
        .leftovers
        .iter()
        .map(|generation| format!("generation {generation} is still there under its old key"));
    Some(Evidence {
        statement_type: STATEMENT_TYPE.to_owned(),
        subject: vec![Subject {
            name: element.to_string(),
            digest: BTreeMap::from([("sha256".to_owned(), root)]),
        }],
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: Predicate {
            control: control.parse().ok()?,
            check: check.parse().ok()?,
            verdict,
            tier: Tier::Verified,
            measured: BTreeMap::from([
                ("n".to_owned(), count(checked.files)),
                ("failing".to_owned(), count(checked.failing)),
                ("bytes".to_owned(), Measure::Number(number(checked.bytes))),
                ("chunks".to_owned(), Measure::Number(number(checked.chunks))),
                ("generation".to_owned(), Measure::Number(number(manifest.generation))),
                ("slots".to_owned(), count(manifest.slots.len())),
                ("wrong_key_refused".to_owned(), lock(|lock| lock.wrong_key_refused)),
                ("stranger_refused".to_owned(), lock(|lock| lock.stranger_refused)),
                ("wrong_name_refused".to_owned(), lock(|lock| lock.wrong_name_refused)),
                ("flipped_bit_refused".to_owned(), lock(|lock| lock.flipped_bit_refused)),
                ("truncation_refused".to_owned(), lock(|lock| lock.truncation_refused)),
            ]),
            method: Method {
                tool: "casemate open --check".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                parameters: BTreeMap::from([
                    ("format".to_owned(), Measure::Text(crate::FORMAT.to_owned())),
                    ("model".to_owned(), Measure::Text(manifest.model.to_string())),
                ]),
                seed: None,
            },
            started: ran.started,
            finished: ran.finished,
            expires: None,
            problems: problems.chain(older).collect(),
        },
    })
}
