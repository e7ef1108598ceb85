//! Framework references: always with their edition, because editions number the same risk differently.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Id;
use crate::text_form::text_form;

/// A framework in one edition: `owasp-llm@2026`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct FrameworkId {
    /// The framework: `owasp-llm`.
    pub name: Id,
    /// Its edition: `2026`.
    pub edition: Id,
}

/// A framework was named without an edition, or with characters no name has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a framework in an edition: write `name@edition`, for example `owasp-llm@2026`")]
pub struct BadFrameworkId(String);

impl FromStr for FrameworkId {
    type Err = BadFrameworkId;

    fn from_str(text: &str) -> Result<Self, BadFrameworkId> {
        let bad = || BadFrameworkId(text.escape_default().take(120).collect());
        let (name, edition) = text.split_once('@').ok_or_else(bad)?;
        Ok(Self { name: name.parse().map_err(|_| bad())?, edition: edition.parse().map_err(|_| bad())? })
    }
}

text_form!(FrameworkId);

impl fmt::Display for FrameworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}", self.name, self.edition))
    }
}
