//! Identifiers. An `Id` is a short kebab-case name; the type is the proof that it was checked.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text_form::text_form;

/// The longest identifier, in bytes.
pub const MAX_ID: usize = 80;

/// Why a string is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not an identifier: use lower-case letters, digits, `-`, `_` or `.`, starting with a letter or digit, at most {MAX_ID} characters",
    shorten(.0)
)]
pub struct BadId(pub String);

fn shorten(text: &str) -> String {
    text.chars().take(MAX_ID).flat_map(char::escape_default).collect()
}

/// The name of something: a component, a control, a threat.
///
/// Lower-case ASCII letters, digits, `-`, `_` and `.`; 1 to [`MAX_ID`] characters; starts with a letter or
/// digit. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[a-z0-9][a-z0-9._-]{0,79}$"))]
pub struct Id(Arc<str>);

impl Id {
    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An identifier made from any text: what cannot stay becomes `-`. Different texts may give the same
    /// identifier; nothing usable gives `x`.
    #[must_use]
    pub fn slug(text: &str) -> Self {
        let mut slug = String::new();
        for c in text.chars().flat_map(char::to_lowercase) {
            if slug.len() >= MAX_ID {
                break;
            }
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let slug = slug.trim_end_matches('-');
        Self(Arc::from(if slug.is_empty() { "x" } else { slug }))
    }
}

impl FromStr for Id {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let mut bytes = text.bytes();
        let first_ok = bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let rest_ok = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b));
        if first_ok && rest_ok && text.len() <= MAX_ID {
            Ok(Self(Arc::from(text)))
        } else {
            Err(BadId(text.to_owned()))
        }
    }
}

text_form!(Id);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl std::borrow::Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Id {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Id {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

/// The name of a finding: what stands open, and where: `prompt-injection@agent`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct FindingId {
    /// The threat, or the rule about the case itself.
    pub threat: Id,
    /// The element it stands on.
    pub element: Id,
}

/// Why a string is not the name of a finding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a finding: write `threat@element`, for example `prompt-injection@agent`", shorten(.0))]
pub struct BadFindingId(String);

impl FromStr for FindingId {
    type Err = BadFindingId;

    fn from_str(text: &str) -> Result<Self, BadFindingId> {
        let bad = || BadFindingId(text.to_owned());
        let (threat, element) = text.split_once('@').ok_or_else(bad)?;
        Ok(Self { threat: threat.parse().map_err(|_| bad())?, element: element.parse().map_err(|_| bad())? })
    }
}

text_form!(FindingId);

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}", self.threat, self.element))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_lower_case_and_starts_with_a_letter_or_digit() {
        for good in ["a", "api-authentication", "v1.2", "7b", "a_b"] {
            assert!(good.parse::<Id>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "A", "a b", "a@b", "<script>", "é", &"a".repeat(MAX_ID + 1)] {
            assert!(bad.parse::<Id>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_slug_is_always_an_id() {
        for text in ["Load Balancer (EU)", "__x__", "日本", "", &"Ab ".repeat(90)] {
            assert!(Id::slug(text).as_str().parse::<Id>().is_ok(), "{text}");
        }
        assert_eq!(Id::slug("Load Balancer (EU)"), "load-balancer-eu");
    }

    #[test]
    fn a_finding_id_names_threat_and_element() {
        let id: FindingId = "prompt-injection@agent".parse().unwrap();
        assert_eq!((id.threat.as_str(), id.element.as_str()), ("prompt-injection", "agent"));
        assert_eq!(id.to_string(), "prompt-injection@agent");
        assert!("prompt-injection".parse::<FindingId>().is_err());
    }

    #[test]
    fn an_error_never_repeats_control_characters() {
        let error = "\u{1b}[31mred".parse::<Id>().unwrap_err();
        assert!(!error.to_string().contains('\u{1b}'));
    }
}
