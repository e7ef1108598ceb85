//! Which files a model has: everything below its folder, by paths that can be kept. It reads no file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::manifest::{FileEntry, MOST_FILES};
use crate::{RelativePath, SealError};

/// How deep folders may lie in each other.
const MOST_DEPTH: usize = 64;

/// A file that is there, and what it is called below the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) entry: FileEntry,
    pub(crate) at: PathBuf,
}

/// The files of a model: of a folder, or the one file. Links to files are followed if that is asked for, as in the caches
/// of model hubs; links to folders never are.
pub(crate) fn files(root: &Path, follow_links: bool) -> Result<Vec<Found>, SealError> {
    let metadata = fs::metadata(root).map_err(SealError::io("read", root))?;
    let found = if metadata.is_file() {
        let name = root.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        vec![(name.to_owned(), root.to_path_buf(), metadata.len())]
    } else {
        below(root, follow_links)?
    };
    if found.is_empty() {
        return Err(SealError::Empty(root.to_path_buf()));
    }
    let mut found = found.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| a.entry.path.cmp(&b.entry.path));
    Ok(found)
}

/// A file: its path below the folder, where it is, its size.
type Raw = (String, PathBuf, u64);

/// All files below a folder, whatever they are called.
pub(crate) fn below(root: &Path, follow_links: bool) -> Result<Vec<Raw>, SealError> {
    let mut found = Vec::new();
    folder(root, "", follow_links, MOST_DEPTH, &mut found)?;
    Ok(found)
}

fn folder(
    at: &Path,
    prefix: &str,
    follow_links: bool,
    depth: usize,
    found: &mut Vec<Raw>,
) -> Result<(), SealError> {
    if depth == 0 {
        let why = format!("its folders lie more than {MOST_DEPTH} deep");
        return Err(SealError::Name { path: at.to_path_buf(), why });
    }
    for child in fs::read_dir(at).map_err(SealError::io("read", at))? {
        let child = child.map_err(SealError::io("read", at))?;
        let path = child.path();
        let name = child.file_name();
        let name = name.to_str().ok_or_else(|| SealError::Name {
            path: path.clone(),
            why: "its name is not UTF-8, so it cannot be kept".to_owned(),
        })?;
        let relative = format!("{prefix}{name}");
        let mut metadata = fs::symlink_metadata(&path).map_err(SealError::io("read", &path))?;
        if metadata.is_symlink() {
            if !follow_links {
                return Err(SealError::Kind { path, what: "a link" });
            }
            metadata = fs::metadata(&path).map_err(SealError::io("follow", &path))?;
            if metadata.is_dir() {
                return Err(SealError::Kind { path, what: "a link to a folder" });
            }
        }
        if metadata.is_dir() {
            folder(&path, &format!("{relative}/"), follow_links, depth - 1, found)?;
        } else if metadata.is_file() {
            found.push((relative, path, metadata.len()));
        } else {
            return Err(SealError::Kind { path, what: "a pipe, a socket or a device" });
        }
        if found.len() > MOST_FILES {
            let why = format!("it has more than {MOST_FILES} files");
            return Err(SealError::Name { path: at.to_path_buf(), why });
        }
    }
    Ok(())
}

fn entry((relative, at, size): Raw) -> Result<Found, SealError> {
    match relative.parse::<RelativePath>() {
        Ok(path) => Ok(Found { entry: FileEntry { path, size }, at }),
        Err(error) => Err(SealError::Name { path: at, why: error.to_string() }),
    }
}
