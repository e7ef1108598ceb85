//! The workspace's packages as `cargo metadata` describes them. The resolved graph of foreign crates is not read.

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::repository::Repository;

/// A package of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A dependency; one with a path is in the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) path: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: String,
}

impl Package {
    /// The packages of this workspace that it depends on, for whatever purpose.
    pub(crate) fn uses(&self) -> impl Iterator<Item = &str> {
        self.dependencies.iter().filter(|other| other.path.is_some()).map(|other| other.name.as_str())
    }
}

/// Every package of the workspace, manifest paths relative to its root.
pub(crate) fn packages(repository: &Repository) -> Result<Vec<Package>> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1", "--locked", "--offline"];
    let json = repository.cargo(&arguments)?;
    let metadata: Metadata =
        serde_json::from_str(&json).context("cannot read what cargo metadata printed")?;
    let mut packages = metadata.packages;
    for package in &mut packages {
        if let Some(relative) = package.manifest_path.strip_prefix(&metadata.workspace_root) {
            package.manifest_path = relative.trim_start_matches(['/', '\\']).replace('\\', "/");
        }
    }
    Ok(packages)
}
