//! A finding in an artefact: the rule, how bad, how sure, and where. It holds no bytes of the artefact beyond the
//! names of globals, so that no secret can get into a report.

use std::borrow::Cow;
use std::collections::BTreeMap;

use casemate_core::{Confidence, Severity, printable};
use schemars::JsonSchema;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use serde::{Deserialize, Deserializer};

use crate::rule::Rule;

/// How many characters of a title are kept.
const LONGEST_TITLE: usize = 300;

/// Where in an artefact something is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub struct Place {
    /// The part of the file, with `!` between a part and what is inside it; null for the file itself.
    #[schemars(with = "Option<String>")]
    pub member: Vec<String>,
    /// The offset of the byte at which it begins, within that part.
    pub offset: u64,
}

impl Place {
    /// The parts as one path, with `!` between a part and what is inside it; none for the file itself.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        let parts: Vec<String> = self.member.iter().map(|part| printable(part)).collect();
        (!parts.is_empty()).then(|| parts.join("!"))
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut place = serializer.serialize_struct("Place", 2)?;
        place.serialize_field("member", &self.path())?;
        place.serialize_field("offset", &self.offset)?;
        place.end()
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Written {
            member: Option<String>,
            offset: u64,
        }
        let Written { member, offset } = Written::deserialize(deserializer)?;
        let parts = |path: String| path.split('!').map(str::to_owned).collect();
        Ok(Self { member: member.map(parts).unwrap_or_default(), offset })
    }
}

/// Something about an artefact that a person should know before loading it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, JsonSchema)]
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
    pub cves: Vec<Cow<'static, str>>,
    /// Where frameworks speak of it: items by framework and edition.
    pub references: BTreeMap<&'static str, &'static [&'static str]>,
}

impl<'de> Deserialize<'de> for Finding {
    /// What a rule says is taken from the rule.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Written {
            rule: Rule,
            severity: Severity,
            confidence: Confidence,
            title: String,
            location: Place,
            cves: Vec<String>,
        }
        let Written { rule, severity, confidence, title, location, cves } =
            Written::deserialize(deserializer)?;
        let finding = Self { location, ..Self::new(rule, severity, confidence, title, 0) };
        Ok(cves.into_iter().fold(finding, |finding, cve| finding.cve(printable(&cve))))
    }
}

impl Finding {
    /// A finding of a rule, with the texts of the rule. Whatever a file says may stand in the title.
    pub(crate) fn new(
        rule: Rule,
        severity: Severity,
        confidence: Confidence,
        title: impl AsRef<str>,
        offset: u64,
    ) -> Self {
        Self {
            rule,
            severity,
            confidence,
            title: printable(title.as_ref()).chars().take(LONGEST_TITLE).collect(),
            explanation: rule.explanation(),
            recommendation: rule.recommendation(),
            location: Place { member: Vec::new(), offset },
            cves: rule.cves().iter().copied().map(Cow::Borrowed).collect(),
            references: rule.references().iter().copied().collect(),
        }
    }

    /// With a published vulnerability that is exactly this.
    pub(crate) fn cve(mut self, cve: impl Into<Cow<'static, str>>) -> Self {
        self.name(cve);
        self
    }

    /// Adds a published vulnerability that is exactly this.
    pub(crate) fn name(&mut self, cve: impl Into<Cow<'static, str>>) {
        let cve = cve.into();
        if !self.cves.contains(&cve) {
            self.cves.push(cve);
        }
    }

    /// Whether it alone shows that the artefact is meant to harm.
    pub(crate) fn is_proof(&self) -> bool {
        self.severity >= Severity::High && self.confidence == Confidence::High
    }
}
