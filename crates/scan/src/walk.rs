//! What there is to scan below the paths a user names: in a fixed order, without following a link out of what was named.
//! It opens nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobSet;

use crate::input::Input;

/// How deep folders are followed.
const DEEPEST: usize = 64;

/// One thing found, under the name that reports use.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its path, as named by the user and below.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

/// What an entry is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A file to read.
    File(PathBuf),
    /// Something that lies elsewhere.
    Remote(Arc<dyn Remote>),
    /// A link to something outside of what was named, and where it leads.
    Escape(String),
    /// Something that cannot be read, and why.
    Unreadable(String),
}

/// Something that is not on this machine. It is opened when its turn comes, so that a long listing holds names only.
pub trait Remote: fmt::Debug + Send + Sync {
    /// Its bytes, which are read where they are asked for.
    ///
    /// # Errors
    /// If it is gone, or may not be read.
    fn open(&self) -> io::Result<Input>;
}

/// Everything below some paths, by name. Nothing for a path that does not exist.
///
/// # Errors
/// If a named path does not exist.
pub fn list(paths: &[PathBuf], exclude: &GlobSet) -> io::Result<Vec<Entry>> {
    let mut walk = Walk { exclude, entries: BTreeMap::new() };
    for path in paths {
        let canonical = fs::canonicalize(path)?;
        let home = home(&canonical);
        let from = Folder { path, root: path, home: &home, depth: 0 };
        if canonical.is_dir() {
            walk.folder(&from);
        } else {
            walk.file(name(path), path, &canonical);
        }
    }
    Ok(walk.entries.into_iter().map(|(name, kind)| Entry { name, kind }).collect())
}

/// What links may lead to: the folder that was named, or the whole of a model in a Hugging Face cache, whose snapshots
/// are links into its blobs.
pub(crate) fn home(canonical: &Path) -> PathBuf {
    let is_repository = |path: &&Path| {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        ["models--", "datasets--", "spaces--"].iter().any(|kind| name.starts_with(kind))
    };
    canonical.ancestors().find(is_repository).unwrap_or(canonical).to_path_buf()
}

struct Folder<'p> {
    path: &'p Path,
    /// As the user named it; what is excluded is told by paths below.
    root: &'p Path,
    home: &'p Path,
    depth: usize,
}

struct Walk<'e> {
    exclude: &'e GlobSet,
    entries: BTreeMap<String, Kind>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Folder<'_>) {
        if folder.depth > DEEPEST {
            return self.unreadable(folder.path, "folders are nested deeper than is followed");
        }
        let entries = match fs::read_dir(folder.path) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(folder.path, &error.to_string()),
        };
        // The snapshots of a cached repository name its blobs; those alone have no names worth reporting.
        let cached = folder.path.join("snapshots").is_dir() && folder.path.join("blobs").is_dir();
        for entry in entries {
            match entry {
                Ok(entry) if cached && entry.file_name() == "blobs" => {}
                Ok(entry) => self.entry(&entry, folder),
                Err(error) => self.unreadable(folder.path, &error.to_string()),
            }
        }
    }

    fn entry(&mut self, entry: &fs::DirEntry, folder: &Folder<'_>) {
        let path = &*entry.path();
        let below = path.strip_prefix(folder.root).unwrap_or(path);
        if self.exclude.is_match(below) {
            return;
        }
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => return self.unreadable(path, &error.to_string()),
        };
        if kind.is_symlink() {
            self.link(path, folder);
        } else if kind.is_dir() {
            self.folder(&Folder { path, depth: folder.depth + 1, ..*folder });
        } else if kind.is_file() {
            self.entries.insert(name(path), Kind::File(path.to_path_buf()));
        } else {
            self.unreadable(path, "it is a device, a socket or a pipe");
        }
    }

    fn link(&mut self, path: &Path, folder: &Folder<'_>) {
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(error) => return self.unreadable(path, &format!("the link leads nowhere: {error}")),
        };
        let root = fs::canonicalize(folder.root).unwrap_or_default();
        let below = target.starts_with(&root);
        if !below && !target.starts_with(folder.home) {
            let leads = Kind::Escape(target.display().to_string());
            self.entries.insert(name(path), leads);
        } else if target.is_file() {
            self.file(name(path), path, &target);
        } else if !below && !root.starts_with(&target) {
            self.unreadable(path, "the link leads to another folder of the cache, which is not listed here");
        }
        // A link to a folder below leads to what is listed anyway, and one to a folder above in a circle.
    }

    fn file(&mut self, name: String, path: &Path, target: &Path) {
        let kind = match fs::metadata(target) {
            Ok(metadata) if metadata.is_file() => Kind::File(path.to_path_buf()),
            Ok(_) => Kind::Unreadable("it is a device, a socket or a pipe".to_owned()),
            Err(error) => Kind::Unreadable(error.to_string()),
        };
        self.entries.insert(name, kind);
    }

    fn unreadable(&mut self, path: &Path, why: &str) {
        self.entries.insert(name(path), Kind::Unreadable(why.to_owned()));
    }
}

/// A path with slashes, whatever the system writes.
fn name(path: &Path) -> String {
    let text = path.display().to_string();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use globset::{Glob, GlobSetBuilder};

    fn names(entries: &[Entry], root: &Path) -> Vec<String> {
        let root = format!("{}/", root.display());
        entries.iter().map(|entry| entry.name.replace(&root, "")).collect()
    }

    #[test]
    fn files_are_listed_by_name_and_excluded_by_glob() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("b/c")).unwrap();
        for file in ["a.bin", "b/x.txt", "b/c/y.bin"] {
            fs::write(root.join(file), "x").unwrap();
        }
        let all = list(&[root.to_path_buf()], &GlobSet::empty()).unwrap();
        assert_eq!(names(&all, root), ["a.bin", "b/c/y.bin", "b/x.txt"]);
        let exclude = GlobSetBuilder::new().add(Glob::new("**/*.bin").unwrap()).build().unwrap();
        assert_eq!(names(&list(&[root.to_path_buf()], &exclude).unwrap(), root), ["b/x.txt"]);
        assert!(list(&[root.join("nothing")], &exclude).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_not_listed_is_not_passed_over() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("models--org--name");
        fs::create_dir_all(model.join("snapshots/1/own")).unwrap();
        fs::create_dir_all(model.join("snapshots/2/code")).unwrap();
        symlink("../2/code", model.join("snapshots/1/code")).unwrap();
        symlink("own", model.join("snapshots/1/same")).unwrap();
        let found = list(&[model.join("snapshots/1")], &GlobSet::empty()).unwrap();
        assert!(matches!(&*found, [Entry { kind: Kind::Unreadable(_), .. }]), "{found:?}");
        assert!(list(&[model], &GlobSet::empty()).unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_inside_and_a_cached_snapshot_is_read_through_its_links() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("models--org--name");
        fs::create_dir_all(model.join("blobs")).unwrap();
        fs::create_dir_all(model.join("snapshots/1")).unwrap();
        fs::write(model.join("blobs/abc"), "x").unwrap();
        symlink("../../blobs/abc", model.join("snapshots/1/model.bin")).unwrap();
        symlink("/etc/hostname", model.join("snapshots/1/config.json")).unwrap();
        symlink("../../snapshots", model.join("snapshots/1/loop")).unwrap();
        for root in [model.clone(), model.join("snapshots/1")] {
            let found = list(std::slice::from_ref(&root), &GlobSet::empty()).unwrap();
            let kinds: Vec<(bool, bool)> = found
                .iter()
                .map(|entry| (entry.name.ends_with("model.bin"), matches!(entry.kind, Kind::File(_))))
                .collect();
            assert_eq!(kinds, [(false, false), (true, true)], "{found:?}");
            assert!(matches!(&found[0].kind, Kind::Escape(to) if to == "/etc/hostname"));
        }
    }
}
