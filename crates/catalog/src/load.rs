//! Reads the compiled-in catalogue and folders that users add to it. Parsing only; what the entries mean together
//! is for `validate`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::{Control, Framework, Threat};

pub(crate) static BUILT_IN: &str = include_str!(concat!(env!("OUT_DIR"), "/catalog.json"));

/// The largest catalogue file a user may add, in bytes.
const MAX_FILE: u64 = 1024 * 1024;
/// The most files a user folder may hold.
const MAX_FILES: usize = 5_000;

/// Why the catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// A folder or file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder holds none of `threats/`, `controls/`, `frameworks/`.
    #[error(
        "{} is no catalogue: it holds none of the folders `threats`, `controls`, `frameworks`",
        .0.display()
    )]
    NotACatalog(PathBuf),
    /// A file or folder is larger than what is read.
    #[error("{}: {what}", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// What is too large.
        what: &'static str,
    },
    /// A file does not parse.
    #[error("{file}: {message}")]
    Parse {
        /// Which.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// Entries contradict each other or refer to what does not exist.
    #[error("{} in the catalogue:\n{}", problems(.0.len()), .0.join("\n"))]
    Invalid(Vec<String>),
}

fn problems(count: usize) -> String {
    if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") }
}

/// Entries with the file each came from.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) threats: Vec<(String, Threat)>,
    pub(crate) controls: Vec<(String, Control)>,
    pub(crate) frameworks: Vec<(String, Framework)>,
}

/// The compiled-in entries.
pub(crate) fn built_in() -> Result<Entries, CatalogError> {
    let files: BTreeMap<String, &serde_json::value::RawValue> =
        serde_json::from_str(BUILT_IN).map_err(|error| parse_error("built-in catalogue", &error))?;
    let mut entries = Entries::default();
    for (file, value) in files {
        let json = value.get();
        match file.split('/').next() {
            Some("threats") => entries.threats.push((file.clone(), from_json(&file, json)?)),
            Some("controls") => entries.controls.push((file.clone(), from_json(&file, json)?)),
            _ => entries.frameworks.push((file.clone(), from_json(&file, json)?)),
        }
    }
    Ok(entries)
}

/// The entries of a user's folder.
pub(crate) fn folder(root: &Path) -> Result<Entries, CatalogError> {
    let known = ["threats", "controls", "frameworks"];
    if !known.iter().any(|name| root.join(name).is_dir()) {
        return Err(CatalogError::NotACatalog(root.to_path_buf()));
    }
    Ok(Entries {
        threats: yaml_files(&root.join("threats"))?,
        controls: yaml_files(&root.join("controls"))?,
        frameworks: yaml_files(&root.join("frameworks"))?,
    })
}

fn yaml_files<T: DeserializeOwned>(folder: &Path) -> Result<Vec<(String, T)>, CatalogError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let read_error = |path: &Path| {
        let path = path.to_path_buf();
        move |source| CatalogError::Read { path, source }
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(read_error(folder))? {
        let path = entry.map_err(read_error(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            paths.push(path);
        }
        if paths.len() > MAX_FILES {
            return Err(CatalogError::TooLarge { path: folder.to_path_buf(), what: "more than 5000 files" });
        }
    }
    paths.sort();
    paths.iter().map(|path| Ok((path.display().to_string(), yaml_file(path)?))).collect()
}

fn yaml_file<T: DeserializeOwned>(path: &Path) -> Result<T, CatalogError> {
    let read_error = |source| CatalogError::Read { path: path.to_path_buf(), source };
    let mut text = String::new();
    let file = fs::File::open(path).map_err(read_error)?;
    let read = file.take(MAX_FILE + 1).read_to_string(&mut text).map_err(read_error)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > MAX_FILE {
        return Err(CatalogError::TooLarge { path: path.to_path_buf(), what: "larger than 1 MiB" });
    }
    serde_saphyr::from_str(&text)
        .map_err(|error| parse_error(&path.display().to_string(), error.without_snippet()))
}

fn from_json<T: DeserializeOwned>(file: &str, json: &str) -> Result<T, CatalogError> {
    serde_json::from_str(json).map_err(|error| parse_error(file, &error))
}

fn parse_error(file: &str, error: &dyn std::fmt::Display) -> CatalogError {
    CatalogError::Parse { file: file.to_owned(), message: error.to_string() }
}
