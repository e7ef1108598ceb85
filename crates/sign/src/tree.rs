//! The files of a model as they lie on this disk (OMS v1.0, section 6.1). It lists; whether an odd thing is an error is
//! for the signer or the verifier to say.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::ignore::Ignore;
use crate::path::{BadPath, ModelPath};

/// Folders deeper than this are refused: no model needs them, and a cycle of mounts would never end.
const MAX_DEPTH: usize = 128;

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path in the model.
    pub path: ModelPath,
    /// Its size in bytes.
    pub size: u64,
    /// What tells whether it is still the same file.
    pub stamp: Stamp,
}

/// What a file system says about a file without reading it. The same stamp means, with great likelihood, that nobody
/// wrote to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stamp {
    /// When its content changed, in nanoseconds since 1970.
    pub mtime: i64,
    /// When it or its content changed, in nanoseconds since 1970; programs cannot set it back as they can `mtime`.
    pub ctime: i64,
    /// The device it lies on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
}

/// What lies in a model and is no file of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Odd {
    /// A symbolic link, where links are not followed.
    Link(ModelPath),
    /// A socket, a pipe, a device, or a link that leads nowhere.
    Special(ModelPath),
}

impl Odd {
    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &ModelPath {
        match self {
            Self::Link(path) | Self::Special(path) => path,
        }
    }
}

/// A model, listed.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The folder that paths start from.
    pub root: PathBuf,
    /// What the model is called: the last part of its path.
    pub name: String,
    /// Its files, in the order of their paths.
    pub entries: Vec<Entry>,
    /// What is no file.
    pub odd: Vec<Odd>,
    /// Whether symbolic links were followed.
    pub allow_symlinks: bool,
    /// What a signer should look at: links that lead out of the model, or in circles.
    pub warnings: Vec<String>,
}

/// Why a model cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// There is nothing at the path.
    #[error("there is no model at {}", casemate_core::printable(&.0.display().to_string()))]
    NotThere(PathBuf),
    /// Something cannot be read.
    #[error("cannot read {}", casemate_core::printable(&.0.display().to_string()))]
    Unreadable(PathBuf, #[source] io::Error),
    /// A name that a manifest cannot tell.
    #[error(transparent)]
    Path(#[from] BadPath),
    /// Folders in folders without end.
    #[error("{} lies more than {MAX_DEPTH} folders deep", casemate_core::printable(&.0.display().to_string()))]
    Deep(PathBuf),
}

impl Tree {
    /// Lists a folder, or a single file.
    ///
    /// # Errors
    /// There is nothing, something cannot be read, or a name is not UTF-8.
    pub fn list(path: &Path, ignore: &Ignore, allow_symlinks: bool) -> Result<Self, TreeError> {
        let root = fs::canonicalize(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => TreeError::NotThere(path.to_owned()),
            _ => TreeError::Unreadable(path.to_owned(), error),
        })?;
        let metadata = fs::metadata(&root).map_err(|error| TreeError::Unreadable(root.clone(), error))?;
        let mut tree = Self {
            root: root.clone(),
            name: model_name(path),
            entries: Vec::new(),
            odd: Vec::new(),
            allow_symlinks,
            warnings: Vec::new(),
        };
        if metadata.is_dir() {
            tree.folder(&root, ignore, &mut vec![root.clone()])?;
        } else {
            tree.single(path, &metadata)?;
        }
        tree.entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// Takes a single file, by the name it was given and not by that of what a link leads to.
    fn single(&mut self, path: &Path, found: &Metadata) -> Result<(), TreeError> {
        let unreadable = |error| TreeError::Unreadable(path.to_owned(), error);
        let full = std::path::absolute(path).map_err(unreadable)?;
        let named = ModelPath::from_relative(full.file_name().map(Path::new).unwrap_or(path))?;
        self.root = fs::canonicalize(full.parent().unwrap_or(path)).map_err(unreadable)?;
        if !self.allow_symlinks && fs::symlink_metadata(&full).map_err(unreadable)?.is_symlink() {
            self.odd.push(Odd::Link(named));
        } else {
            self.take(named, found);
        }
        Ok(())
    }

    /// The bytes of all files together.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.entries.iter().map(|entry| entry.size).sum()
    }

    /// The file at a path.
    #[must_use]
    pub fn get(&self, path: &ModelPath) -> Option<&Entry> {
        self.entries.binary_search_by(|entry| entry.path.cmp(path)).ok().and_then(|at| self.entries.get(at))
    }

    /// Lists a folder. `above` are the real paths of the folders it was reached through, so that circles end.
    fn folder(&mut self, folder: &Path, ignore: &Ignore, above: &mut Vec<PathBuf>) -> Result<(), TreeError> {
        if above.len() > MAX_DEPTH {
            return Err(TreeError::Deep(folder.to_owned()));
        }
        let unreadable = |error| TreeError::Unreadable(folder.to_owned(), error);
        for item in fs::read_dir(folder).map_err(unreadable)? {
            let path = item.map_err(unreadable)?.path();
            let relative = path.strip_prefix(&self.root).unwrap_or(&path);
            let named = match ModelPath::from_relative(relative) {
                Ok(named) => named,
                // What is left out need not have a name that can be told.
                Err(_) if lossy(relative).is_some_and(|parent| ignore.covers(&parent)) => continue,
                Err(error) => return Err(error.into()),
            };
            if ignore.covers(&named) {
                continue;
            }
            let found =
                fs::symlink_metadata(&path).map_err(|error| TreeError::Unreadable(path.clone(), error))?;
            match (found.is_symlink(), self.allow_symlinks) {
                (false, _) => self.item(&path, named, &found, ignore, above)?,
                (true, false) => self.odd.push(Odd::Link(named)),
                (true, true) => self.link(&path, named, ignore, above)?,
            }
        }
        Ok(())
    }

    fn item(
        &mut self,
        path: &Path,
        named: ModelPath,
        found: &Metadata,
        ignore: &Ignore,
        above: &mut Vec<PathBuf>,
    ) -> Result<(), TreeError> {
        if !found.is_dir() {
            self.take(named, found);
            return Ok(());
        }
        above.push(fs::canonicalize(path).map_err(|error| TreeError::Unreadable(path.to_owned(), error))?);
        self.folder(path, ignore, above)?;
        above.pop();
        Ok(())
    }

    fn link(
        &mut self,
        path: &Path,
        named: ModelPath,
        ignore: &Ignore,
        above: &mut Vec<PathBuf>,
    ) -> Result<(), TreeError> {
        let Ok(target) = fs::canonicalize(path) else {
            self.odd.push(Odd::Special(named));
            return Ok(());
        };
        if !target.starts_with(&self.root) {
            self.warnings.push(format!("the link {named} leads out of the model"));
        }
        if above.contains(&target) {
            self.warnings
                .push(format!("the link {named} leads back to a folder it lies in, and was not followed"));
            return Ok(());
        }
        let found = fs::metadata(path).map_err(|error| TreeError::Unreadable(path.to_owned(), error))?;
        self.item(path, named, &found, ignore, above)
    }

    fn take(&mut self, path: ModelPath, found: &Metadata) {
        if found.is_file() {
            self.entries.push(Entry { path, size: found.len(), stamp: Stamp::of(found) });
        } else {
            self.odd.push(Odd::Special(path));
        }
    }
}

/// What a model is called: the last part of its path, as it was given.
#[must_use]
pub fn model_name(path: &Path) -> String {
    let real;
    let name = match path.file_name() {
        Some(name) => name,
        // `.` and `..` have a name elsewhere only.
        None => {
            real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            real.file_name().unwrap_or("model".as_ref())
        }
    };
    name.to_string_lossy().into_owned()
}

/// The folder of a path whose last part is not UTF-8.
fn lossy(path: &Path) -> Option<ModelPath> {
    path.parent().and_then(|parent| ModelPath::from_relative(parent).ok())
}

impl Stamp {
    #[cfg(unix)]
    pub(crate) fn of(found: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let nanoseconds =
            |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        Self {
            mtime: nanoseconds(found.mtime(), found.mtime_nsec()),
            ctime: nanoseconds(found.ctime(), found.ctime_nsec()),
            device: found.dev(),
            inode: found.ino(),
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn of(found: &Metadata) -> Self {
        let mtime = found.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let mtime = mtime.and_then(|time| i64::try_from(time.as_nanos()).ok()).unwrap_or_default();
        Self { mtime, ctime: mtime, device: 0, inode: 0 }
    }
}
