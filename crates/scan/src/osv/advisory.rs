//! One advisory in the schema of OSV (1.7): only what tells whether a version is affected, and how badly.

use serde::Deserialize;

/// An advisory as it is written down.
#[derive(Debug, Deserialize)]
pub(super) struct Advisory {
    pub(super) id: String,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    #[serde(default)]
    withdrawn: Option<String>,
    #[serde(default)]
    pub(super) severity: Vec<Score>,
    #[serde(default)]
    pub(super) affected: Vec<Affected>,
    #[serde(default)]
    pub(super) database_specific: Specific,
}

#[derive(Debug, Deserialize)]
pub(super) struct Score {
    pub(super) score: String,
}

/// What the database that an advisory comes from says beside.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Specific {
    #[serde(default, deserialize_with = "text_or_nothing")]
    pub(super) severity: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Affected {
    #[serde(default)]
    pub(super) package: Option<Package>,
    #[serde(default)]
    pub(super) ranges: Vec<Range>,
    #[serde(default)]
    pub(super) versions: Vec<String>,
    #[serde(default)]
    pub(super) severity: Vec<Score>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) ecosystem: String,
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Range {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) events: Vec<Event>,
}

/// Where versions begin or end to be affected.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Event {
    pub(super) introduced: Option<String>,
    pub(super) fixed: Option<String>,
    pub(super) last_affected: Option<String>,
}

impl Advisory {
    /// An advisory; nothing for what is none. One that was withdrawn says nothing.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut advisory: Self = serde_json::from_slice(bytes).ok()?;
        if advisory.withdrawn.is_some() {
            advisory.affected.clear();
        }
        Some(advisory)
    }

    pub(super) fn is_on_python(&self) -> bool {
        self.affected.iter().any(|affected| affected.python().is_some())
    }
}

impl Affected {
    /// The package, if it is one of the Python Package Index.
    pub(super) fn python(&self) -> Option<&str> {
        let package = self.package.as_ref()?;
        (package.ecosystem == "PyPI").then_some(&*package.name)
    }
}

fn text_or_nothing<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(value.as_str().map(str::to_owned))
}
