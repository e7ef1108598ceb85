//! A finding in an artefact: the rule, how bad, how sure, and where. It holds no bytes of the artefact beyond the
//! names of globals, so that no secret can get into a report.

use casemate_core::{Confidence, Severity};
use serde::Serialize;

use crate::rules::Rule;

/// Where in an artefact something is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The part of the file, if it has parts: from the outermost to the innermost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub member: Vec<String>,
    /// The offset of the byte at which it begins, within that part.
    pub offset: u64,
}

/// Something about an artefact that a person should know before loading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that made it.
    pub rule: Rule,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What was found, in one line.
    pub title: String,
    /// Why it matters.
    pub explanation: &'static str,
    /// What to do.
    pub recommendation: &'static str,
    /// Where it is.
    pub location: Place,
    /// Published vulnerabilities that name exactly this.
    pub cves: Vec<&'static str>,
}

impl Finding {
    /// A finding of a rule, with the texts of the rule.
    pub(crate) fn new(
        rule: Rule,
        severity: Severity,
        confidence: Confidence,
        title: String,
        offset: u64,
    ) -> Self {
        Self {
            rule,
            severity,
            confidence,
            title,
            explanation: rule.explanation(),
            recommendation: rule.recommendation(),
            location: Place { member: Vec::new(), offset },
            cves: Vec::new(),
        }
    }

    /// Whether it alone shows that the artefact is meant to harm.
    pub(crate) fn is_proof(&self) -> bool {
        self.severity >= Severity::High && self.confidence == Confidence::High
    }
}
