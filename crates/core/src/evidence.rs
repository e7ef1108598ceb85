//! The record of one check: an in-toto Statement v1 with the predicate `casemate/evidence/v1`.
//! Only the shape; whether a record supports a claim is for `assess` to judge.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Id, Timestamp, vocabulary};

/// The `_type` of every evidence document (in-toto Attestation Framework, Statement v1).
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The `predicateType` of every evidence document.
pub const PREDICATE_TYPE: &str = "casemate/evidence/v1";

vocabulary! {
    /// What a check found.
    "verdict" Verdict {
        /// The control works.
        Pass = "pass",
        /// The control does not work.
        Fail = "fail",
        /// The check could not tell.
        Inconclusive = "inconclusive",
        /// The control does not apply to the subject.
        NotApplicable = "not-applicable",
    }
}

vocabulary! {
    /// How far a check went.
    "tier" Tier {
        /// Configuration was read.
        Observed = "observed",
        /// The control was exercised.
        Verified = "verified",
    }
}

/// An evidence document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Always [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub statement_type: String,
    /// What was tested.
    pub subject: Vec<Subject>,
    /// Always [`PREDICATE_TYPE`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What came out.
    pub predicate: Predicate,
}

/// The thing tested: an element of the system, and the digest of its artefact where it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// The element's id in the system file.
    pub name: String,
    /// Digests by algorithm, hexadecimal.
    #[serde(default)]
    pub digest: BTreeMap<String, String>,
}

/// What one run of one check found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Predicate {
    /// The control the check tests.
    pub control: Id,
    /// The check.
    pub check: Id,
    /// What it found.
    pub verdict: Verdict,
    /// How far it went.
    pub tier: Tier,
    /// Measurements by name; a rate stands beside its denominator `n` and interval `ci`.
    #[serde(default)]
    pub measured: BTreeMap<String, Measure>,
    /// What ran, so that it can run again.
    pub method: Method,
    /// When it began.
    #[schemars(with = "String")]
    pub started: Timestamp,
    /// When it ended.
    #[schemars(with = "String")]
    pub finished: Timestamp,
    /// When it stops counting.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub expires: Option<Timestamp>,
    /// What went wrong on the way.
    #[serde(default)]
    pub problems: Vec<String>,
}

/// What ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Method {
    /// The tool.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// Its parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, Measure>,
    /// The seed of its randomness, where it had any.
    #[serde(default)]
    pub seed: Option<u64>,
}

/// A measured value or parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Measure {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(f64),
    /// Words.
    Text(String),
    /// Several numbers, such as the two ends of an interval.
    Numbers(Vec<f64>),
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
            Self::Numbers(values) => {
                let texts: Vec<String> = values.iter().map(f64::to_string).collect();
                write!(f, "{}", texts.join(" to "))
            }
        }
    }
}
