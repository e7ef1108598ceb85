//! Where what is scanned comes from: paths on this machine, and addresses of what lies elsewhere. It reads no content.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use casemate_scan::Input;
use casemate_scan::walk::{self, Entry};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::exit::Failure;
use crate::remote;

/// What a user named, and what of it is left out.
pub(crate) struct Named<'a> {
    pub(crate) paths: &'a [PathBuf],
    pub(crate) exclude: &'a [String],
    /// Whether nothing may be contacted.
    pub(crate) offline: bool,
}

impl Named<'_> {
    /// Everything there, in a fixed order.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let exclude = excluded(self.exclude)?;
        let (addresses, paths): (Vec<&PathBuf>, Vec<&PathBuf>) =
            self.paths.iter().partition(|path| address(path).is_some());
        if let Some(missing) = paths.iter().find(|path| !path.exists()) {
            return Err(not_there(missing));
        }
        let paths: Vec<PathBuf> = paths.into_iter().cloned().collect();
        let mut entries = walk::list(&paths, &exclude).context("cannot list what there is to scan")?;
        for address in addresses.into_iter().filter_map(|path| address(path)) {
            allowed(address, self.offline)?;
            entries.extend(remote::list(address, &exclude)?);
        }
        Ok(entries)
    }
}

/// The bytes of one file.
pub(crate) fn input(path: &Path, offline: bool) -> Result<Input, Failure> {
    if let Some(address) = address(path) {
        allowed(address, offline)?;
        return remote::open(address);
    }
    if !path.exists() {
        return Err(not_there(path));
    }
    Ok(File::open(path).and_then(Input::file).with_context(|| format!("cannot open {}", path.display()))?)
}

/// What a path or an address is called in reports.
pub(crate) fn name(path: &Path) -> String {
    address(path).map_or_else(|| path.display().to_string(), remote::shown)
}

/// The address that a path really is.
fn address(path: &Path) -> Option<&str> {
    path.to_str().and_then(remote::address)
}

fn allowed(address: &str, offline: bool) -> Result<(), Failure> {
    if offline {
        return Err(Failure::Usage(format!("--offline: {} would be contacted", remote::shown(address))));
    }
    Ok(())
}

fn not_there(path: &Path) -> Failure {
    if path == Path::new("-") {
        return Failure::NoInput {
            message: "`-` for stdin goes with no other path".to_owned(),
            hint: "`casemate scan -` alone reads stdin".to_owned(),
        };
    }
    Failure::NoInput {
        message: format!("no such file or folder: {}", path.display()),
        hint: "look for a mistake in the path; what lies elsewhere has an address, such as s3://BUCKET/KEY"
            .to_owned(),
    }
}

fn excluded(globs: &[String]) -> Result<GlobSet, Failure> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let glob = Glob::new(glob).map_err(|error| Failure::Usage(format!("--exclude: {error}")))?;
        set.add(glob);
    }
    set.build().map_err(|error| Failure::Usage(format!("--exclude: {error}")))
}
