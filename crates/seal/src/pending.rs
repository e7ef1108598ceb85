//! What is being written and is not there yet: a hidden sibling that becomes the real thing in one step, or goes. Nobody
//! but the owner can read it while it is made.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::SealError;

/// Who can read what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// The owner only: 0600 and 0700.
    Owner,
    /// Whoever the user's mask lets.
    Usual,
}

/// A file or a folder in the making.
#[derive(Debug)]
pub(crate) struct Pending {
    path: PathBuf,
    target: PathBuf,
    // Held while it is written, so that nobody takes it for a leftover.
    _lock: Option<File>,
    done: bool,
}

impl Pending {
    /// Begins a folder that will be at `target`, where nothing may be. What a run that was killed left behind goes first.
    pub(crate) fn folder(target: &Path, access: Access) -> Result<Self, SealError> {
        if fs::symlink_metadata(target).is_ok() {
            return Err(SealError::Exists(target.to_path_buf()));
        }
        let path = hidden(target)?;
        remove_leftover(&path, target)?;
        create_folder(&path, access)?;
        let lock = File::open(&path).ok().filter(|file| file.try_lock().is_ok());
        Ok(Self { path, target: target.to_path_buf(), _lock: lock, done: false })
    }

    /// Begins a file that will be at `target`; what is there is replaced when it is done.
    pub(crate) fn file(target: &Path, access: Access) -> Result<(Self, File), SealError> {
        // A device or a link must not become a file.
        if fs::symlink_metadata(target).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(SealError::Exists(target.to_path_buf()));
        }
        let path = hidden(target)?;
        remove_leftover(&path, target)?;
        let file = create_file(&path, access)?;
        // Not every file system knows locks.
        let lock = file.try_clone().ok().filter(|file| file.try_lock().is_ok());
        Ok((Self { path, target: target.to_path_buf(), _lock: lock, done: false }, file))
    }

    /// Begins a file that somebody else creates at [`Self::path`].
    pub(crate) fn sibling(target: &Path) -> Result<Self, SealError> {
        let path = hidden(target)?;
        remove_leftover(&path, target)?;
        Ok(Self { path, target: target.to_path_buf(), _lock: None, done: false })
    }

    /// Where it is until it is done.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it in its place. The bytes must have reached the disk before.
    pub(crate) fn finish(mut self) -> Result<(), SealError> {
        fs::rename(&self.path, &self.target).map_err(SealError::io("create", &self.target))?;
        self.done = true;
        sync_folder(parent(&self.target))
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.done {
            // There is nobody to tell; the next run removes what is left.
            let _ = remove(&self.path);
        }
    }
}

/// Writes a small file in one step.
pub(crate) fn write(target: &Path, bytes: &[u8], access: Access) -> Result<(), SealError> {
    let (pending, mut file) = Pending::file(target, access)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(SealError::io("write", target))?;
    pending.finish()
}

/// The folder a path is in.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != Path::new("")).unwrap_or_else(|| Path::new("."))
}

fn hidden(target: &Path) -> Result<PathBuf, SealError> {
    let name = target.file_name().ok_or_else(|| SealError::Name {
        path: target.to_path_buf(),
        why: "it ends in no name; name the file or folder that shall be written".to_owned(),
    })?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(".casemate-partial");
    Ok(target.with_file_name(hidden))
}

fn remove_leftover(path: &Path, target: &Path) -> Result<(), SealError> {
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    let locked = File::open(path).map(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
    if locked.unwrap_or(false) {
        return Err(SealError::Busy(target.to_path_buf()));
    }
    remove(path).map_err(SealError::io("remove", path))
}

fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// Makes a folder, and those it is in.
pub(crate) fn create_folders(path: &Path, access: Access) -> Result<(), SealError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    build(builder, path, access)
}

fn create_folder(path: &Path, access: Access) -> Result<(), SealError> {
    build(DirBuilder::new(), path, access)
}

fn build(mut builder: DirBuilder, path: &Path, access: Access) -> Result<(), SealError> {
    #[cfg(unix)]
    if access == Access::Owner {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    #[cfg(not(unix))]
    let _ = access;
    builder.create(path).map_err(SealError::io("create", path))
}

/// Makes a file where none may be.
pub(crate) fn create_file(path: &Path, access: Access) -> Result<File, SealError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if access == Access::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = access;
    options.open(path).map_err(SealError::io("create", path))
}

/// Makes sure that what was made in a folder survives a loss of power. Where folders cannot be synced, the system does it.
pub(crate) fn sync_folder(path: &Path) -> Result<(), SealError> {
    #[cfg(unix)]
    File::open(path).and_then(|folder| folder.sync_all()).map_err(SealError::io("sync", path))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finished_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("model");
        let pending = Pending::folder(&target, Access::Owner).unwrap();
        fs::write(pending.path().join("a"), "secret").unwrap();
        drop(pending);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_finished_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("model");
        let pending = Pending::folder(&target, Access::Owner).unwrap();
        fs::write(pending.path().join("a"), "secret").unwrap();
        pending.finish().unwrap();
        assert_eq!(fs::read(target.join("a")).unwrap(), b"secret");
        assert!(matches!(Pending::folder(&target, Access::Owner), Err(SealError::Exists(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_does_not_become_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        std::os::unix::fs::symlink("elsewhere", &target).unwrap();
        assert!(matches!(write(&target, b"secret", Access::Owner), Err(SealError::Exists(_))));
        assert!(fs::symlink_metadata(target).unwrap().is_symlink());
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_what_a_living_one_writes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("model");
        fs::create_dir_all(folder.path().join(".model.casemate-partial/left")).unwrap();
        let pending = Pending::folder(&target, Access::Owner).unwrap();
        assert_eq!(fs::read_dir(pending.path()).unwrap().count(), 0);
        assert!(matches!(Pending::folder(&target, Access::Owner), Err(SealError::Busy(_))));
    }
}
