//! How bad, how likely, how sure. Severity and confidence never mix; severity is one cell of a small
//! matrix, so every finding can show how it was rated.

use crate::vocabulary;

vocabulary! {
    /// How bad a finding is.
    "severity" Severity {
        /// Worth fixing when passing by.
        Low = "low",
        /// Plan it.
        Medium = "medium",
        /// Fix it soon.
        High = "high",
        /// Fix it now.
        Critical = "critical",
    }
}

vocabulary! {
    /// How sure a finding is.
    "confidence" Confidence {
        /// Derived from assumptions or imported hints.
        Low = "low",
        /// Derived from what the description leaves unsaid.
        Medium = "medium",
        /// Derived from what the description or evidence says outright.
        High = "high",
    }
}

impl Confidence {
    /// One step less sure, at least `low`.
    #[must_use]
    pub const fn lowered(self) -> Self {
        match self {
            Self::Low | Self::Medium => Self::Low,
            Self::High => Self::Medium,
        }
    }
}

vocabulary! {
    /// What an asset is worth in one respect; also the impact of a threat on it.
    "rating" Rating {
        /// Little harm.
        Low = "low",
        /// Limited harm.
        Medium = "medium",
        /// Serious harm.
        High = "high",
        /// Harm the organisation or a person may not recover from.
        Critical = "critical",
    }
}

impl Rating {
    /// One step down, at least `low`: the impact of a threat that takes a property only in part.
    #[must_use]
    pub const fn lowered(self) -> Self {
        match self {
            Self::Low | Self::Medium => Self::Low,
            Self::High => Self::Medium,
            Self::Critical => Self::High,
        }
    }
}

vocabulary! {
    /// How likely it is that someone tries and succeeds.
    "likelihood" Likelihood {
        /// It takes rare access or an unproven technique.
        Unlikely = "unlikely",
        /// It has been shown, or the access is common.
        Possible = "possible",
        /// It happens, and the way in is open.
        Likely = "likely",
    }
}

vocabulary! {
    /// How mature the technique behind a threat is (the scale of MITRE ATLAS).
    "maturity" Maturity {
        /// Shown in research.
        Feasible = "feasible",
        /// Shown against a real system by red teams or researchers.
        Demonstrated = "demonstrated",
        /// Used by attackers.
        Realised = "realised",
    }
}

vocabulary! {
    /// Who can get at the point where a threat enters.
    "exposure" Exposure {
        /// Only people inside who already hold access.
        Insider = "insider",
        /// Parties that supply data, models or code, and systems inside the organisation.
        Inside = "inside",
        /// Known users, tenants or partners.
        Users = "users",
        /// Anyone on the internet.
        Anyone = "anyone",
    }
}

vocabulary! {
    /// Where a threat enters an element.
    "entry" Entry {
        /// Through a connection: exposure is who can reach the element.
        Network = "network",
        /// By asking: exposure is who can reach the element, or whose requests other parts pass on to it.
        Query = "query",
        /// Through content that flows into it: exposure is who can write that content.
        Content = "content",
        /// Through what is supplied: data sets, models, dependencies.
        Supply = "supply",
        /// Through access that people inside hold.
        Insider = "insider",
        /// Not through an attack: something is not done.
        Omission = "omission",
    }
}

impl Severity {
    /// The rating matrix: impact down, likelihood across.
    ///
    /// |          | unlikely | possible | likely   |
    /// |----------|----------|----------|----------|
    /// | low      | low      | low      | medium   |
    /// | medium   | low      | medium   | high     |
    /// | high     | medium   | high     | critical |
    /// | critical | high     | critical | critical |
    #[must_use]
    pub const fn of(impact: Rating, likelihood: Likelihood) -> Self {
        match (impact, likelihood) {
            (Rating::Low, Likelihood::Unlikely | Likelihood::Possible)
            | (Rating::Medium, Likelihood::Unlikely) => Self::Low,
            (Rating::Low, Likelihood::Likely)
            | (Rating::Medium, Likelihood::Possible)
            | (Rating::High, Likelihood::Unlikely) => Self::Medium,
            (Rating::Medium, Likelihood::Likely)
            | (Rating::High, Likelihood::Possible)
            | (Rating::Critical, Likelihood::Unlikely) => Self::High,
            (Rating::High, Likelihood::Likely)
            | (Rating::Critical, Likelihood::Possible | Likelihood::Likely) => Self::Critical,
        }
    }
}

impl Likelihood {
    /// Exposure, maturity and the controls that reduce the threat, as one word.
    ///
    /// Exposure counts 0 to 3, maturity 0 to 2; if any control that reduces the threat holds, one point
    /// less. Up to 1 is unlikely, up to 3 possible, above that likely.
    #[must_use]
    pub const fn of(exposure: Exposure, maturity: Maturity, reduced: bool) -> Self {
        let exposure = match exposure {
            Exposure::Insider => 0,
            Exposure::Inside => 1,
            Exposure::Users => 2,
            Exposure::Anyone => 3,
        };
        let maturity = match maturity {
            Maturity::Feasible => 0,
            Maturity::Demonstrated => 1,
            Maturity::Realised => 2,
        };
        let reduced = if reduced { 1 } else { 0 };
        match exposure + maturity - reduced {
            i32::MIN..=1 => Self::Unlikely,
            2..=3 => Self::Possible,
            _ => Self::Likely,
        }
    }
}
