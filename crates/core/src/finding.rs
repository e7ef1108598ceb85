//! A finding: something open. A threat with no working control, a false claim, stale evidence.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Category, Confidence, Day, Domain, Exposure, FindingId, FrameworkId, Goal, Id, Likelihood, Location,
    Maturity, Property, Rating, Severity, vocabulary,
};

vocabulary! {
    /// Where a finding stands.
    "finding status" FindingStatus {
        /// Nothing is done about it.
        Open = "open",
        /// Its risk was accepted, with a reason and for a time.
        Accepted = "accepted",
    }
}

vocabulary! {
    /// How a finding compares with an earlier case.
    "baseline state" BaselineState {
        /// Not in the baseline.
        New = "new",
        /// In the baseline too.
        Unchanged = "unchanged",
        /// In the baseline too, and less severe there.
        Worse = "worse",
        /// Accepted in the baseline, and open now.
        Returned = "returned",
    }
}

/// Framework references by framework and edition.
pub type References = BTreeMap<FrameworkId, Vec<Arc<str>>>;

/// Something open in the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Its name: `threat@element`. Stable across runs.
    pub id: FindingId,
    /// The threat it comes from.
    pub threat: Id,
    /// What stands open, in a few words.
    pub title: Arc<str>,
    /// The label it is printed under.
    pub category: Category,
    /// The domain of AI security.
    pub domain: Domain,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The element it stands on.
    pub component: Id,
    /// Open or accepted.
    pub status: FindingStatus,
    /// Why it stands, in one or two sentences.
    pub reason: Arc<str>,
    /// What to do.
    pub recommendation: Arc<str>,
    /// The Casemate command that helps, where one exists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub command: Option<Arc<str>>,
    /// Controls that would close it, or reduce it where none closes it alone.
    pub controls: Vec<Id>,
    /// What it violates.
    pub violates: Arc<[Property]>,
    /// What an attacker gains by it.
    pub goals: Arc<[Goal]>,
    /// How the severity came about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rating: Option<Rated>,
    /// What frameworks call it.
    pub references: Arc<References>,
    /// When duties that it fails begin.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub due: Vec<Due>,
    /// The acceptance, when accepted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acceptance: Option<Acceptance>,
    /// How it compares with the baseline, when one was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub baseline: Option<BaselineState>,
    /// Where in the input.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub location: Option<Location>,
}

/// How a severity came about: one cell of the matrix, and what led to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rated {
    /// The impact.
    pub impact: Rating,
    /// Which property of the asset the impact comes from.
    pub property: Property,
    /// What the asset is worth in that respect.
    pub asset: Rating,
    /// Where the asset's worth comes from.
    pub asset_from: Arc<str>,
    /// The likelihood.
    pub likelihood: Likelihood,
    /// Who can get at it.
    pub exposure: Exposure,
    /// Where the exposure comes from.
    pub exposure_from: Arc<str>,
    /// How mature the technique is.
    pub maturity: Maturity,
    /// Controls that hold and reduce it.
    pub reduced_by: Vec<Id>,
    /// Why no path of the attack graph leads to it, where none does; it is unlikely then, whatever else is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unreachable: Option<Arc<str>>,
}

impl Rated {
    /// The rating of something that no path leads to: unlikely, whatever else is known of it.
    #[must_use]
    pub fn unreachable(self, why: Arc<str>) -> Self {
        Self { likelihood: Likelihood::Unlikely, unreachable: Some(why), ..self }
    }

    /// The severity in the matrix cell.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        Severity::of(self.impact, self.likelihood)
    }
}

/// When a duty begins. Dates of law move: every date says where it comes from and when it was looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Due {
    /// The law, in its edition.
    pub framework: FrameworkId,
    /// What begins.
    pub what: Arc<str>,
    /// The day.
    pub date: Day,
    /// Where the date comes from.
    pub source: Arc<str>,
    /// The day it was looked up.
    pub as_of: Day,
}

/// Why and until when a finding's risk is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acceptance {
    /// Why.
    pub reason: Arc<str>,
    /// The last day it counts.
    pub expires: Day,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<Arc<str>>,
    /// Where it is tracked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ticket: Option<Arc<str>>,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub location: Option<Location>,
}

/// A threat that applies and is held off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Closed {
    /// `threat@element`.
    pub id: FindingId,
    /// What would stand open.
    pub title: Arc<str>,
    /// How bad it would be.
    pub severity: Severity,
    /// The controls that close it.
    pub by: Vec<Id>,
    /// Whether it is the description that speaks against it (`auth: oauth2`) and not a claim.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub described: bool,
    /// The strongest view in which it stays closed: `claimed` or `verified`.
    pub holds: crate::View,
}

impl Closed {
    /// What holds it off: the description (`described`), a `claimed` control or a `verified` one.
    #[must_use]
    pub const fn basis(&self) -> &'static str {
        if self.described { "described" } else { self.holds.as_str() }
    }
}
