//! Opening a sealed model: to a folder that appears once it is complete, to a writer, or file by file at any offset.
//! Nothing is written in plaintext but what was asked for.

use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::chunked::{ReadError, SealedFile, Spread};
use crate::folder::Folder;
use crate::manifest::{FileEntry, Manifest};
use crate::pending::{self, Access, Pending};
use crate::{DataKey, Keys, SealError, Watch, work};

/// A sealed model whose key was found: what its `seal.json` says is what was sealed.
#[derive(Debug)]
pub struct Unlocked {
    pub(crate) folder: Folder,
    pub(crate) manifest: Manifest,
    pub(crate) key: DataKey,
}

impl Unlocked {
    /// Reads `seal.json` of a folder and finds its key. No file of the model is read.
    ///
    /// # Errors
    /// The folder holds no sealed model, none of the keys opens it, or `seal.json` was changed.
    pub fn open(folder: &Path, keys: &Keys) -> Result<Self, SealError> {
        let folder = Folder::new(folder);
        let manifest = folder.manifest()?;
        let key = manifest.unlock(keys)?;
        Ok(Self { folder, manifest, key })
    }

    /// What `seal.json` says.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The data key, for those who read single files by other means.
    #[must_use]
    pub const fn key(&self) -> &DataKey {
        &self.key
    }

    /// That it is at least of this generation.
    ///
    /// # Errors
    /// It is older.
    pub fn at_least(&self, least: u64) -> Result<(), SealError> {
        let found = self.manifest.generation;
        if found >= least { Ok(()) } else { Err(SealError::Old { found, least }) }
    }

    /// A file that can be read at any offset.
    ///
    /// # Errors
    /// There is none at this path, it is missing, or it is not what was sealed there.
    pub fn file(&self, path: &str) -> Result<SealedFile<File>, SealError> {
        let entry = self.manifest.file(path).ok_or_else(|| {
            let path: String = casemate_core::printable(path).chars().take(200).collect();
            SealError::NoFile(path)
        })?;
        self.sealed(entry)
    }

    pub(crate) fn sealed(&self, entry: &FileEntry) -> Result<SealedFile<File>, SealError> {
        let at = self.place(entry);
        let file = match File::open(&at) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(SealError::Missing(entry.path.to_string()));
            }
            file => file.map_err(SealError::io("read", &at))?,
        };
        SealedFile::new(file, &self.key, &self.manifest.context(entry), entry.size)
            .map_err(|error| refused(entry, error))
    }

    /// Where the sealed form of a file is.
    pub(crate) fn place(&self, entry: &FileEntry) -> PathBuf {
        entry.path.sealed_below(&self.folder.generation(self.manifest.generation))
    }

    /// Writes a range of one file to a writer, each chunk once it is authentic; the whole file without a range.
    ///
    /// # Errors
    /// There is no such file or range, or a chunk is refused: then what was written before is authentic, and ends there.
    pub fn write(&self, path: &str, range: Option<Range<u64>>, to: &mut dyn Write) -> Result<(), SealError> {
        let file = self.file(path)?;
        let range = range.unwrap_or(0..file.size());
        file.copy(range, to).map_err(|error| match error {
            ReadError::Io(error) => SealError::io("open", path)(error),
            error => SealError::File { path: casemate_core::printable(path), error },
        })
    }

    /// Writes a range of one file to a file that only the owner can read, and that appears once it is complete.
    ///
    /// # Errors
    /// As for [`Self::write`]; then nothing is left.
    pub fn write_file(&self, path: &str, range: Option<Range<u64>>, to: &Path) -> Result<(), SealError> {
        let (pending, mut file) = Pending::file(to, Access::Owner)?;
        self.write(path, range, &mut file)?;
        file.sync_all().map_err(SealError::io("write", to))?;
        pending.finish()
    }

    /// Opens the whole model into a new folder that only the owner can read.
    ///
    /// # Errors
    /// A file is missing or refused, something is there that does not belong, or something cannot be written; then
    /// nothing is at `to`.
    pub fn extract(&self, to: &Path, watch: Watch<'_>) -> Result<(), SealError> {
        self.folder.nothing_else(&self.manifest)?;
        let pending = Pending::folder(to, Access::Owner)?;
        self.each(watch, |entry, spread| {
            let target = entry.path.below(pending.path());
            let sealed = self.sealed(entry)?;
            if let Some(parent) = target.parent() {
                pending::create_folders(parent, Access::Owner)?;
            }
            let file = pending::create_file(&target, Access::Owner)?;
            let done = |bytes| watch.done(bytes);
            sealed.unseal(&file, &done, spread).map_err(|error| broken(entry, error, watch))?;
            file.sync_all().map_err(SealError::io("write", &target))
        })?;
        pending.finish()
    }

    /// Checks every chunk of every file, and that nothing else is there. Writes nothing.
    ///
    /// # Errors
    /// The first thing that is not as it was sealed.
    pub fn verify(&self, watch: Watch<'_>) -> Result<(), SealError> {
        self.folder.nothing_else(&self.manifest)?;
        self.each(watch, |entry, spread| self.verify_file(entry, watch, spread))
    }

    pub(crate) fn verify_file(
        &self,
        entry: &FileEntry,
        watch: Watch<'_>,
        spread: Spread,
    ) -> Result<(), SealError> {
        let done = |bytes| watch.done(bytes);
        self.sealed(entry)?.verify(&done, spread).map_err(|error| broken(entry, error, watch))
    }

    fn each(
        &self,
        watch: Watch<'_>,
        work: impl Fn(&FileEntry, Spread) -> Result<(), SealError> + Sync,
    ) -> Result<(), SealError> {
        work::each(&self.manifest.files, |file| file.size, watch, work)
    }
}

fn refused(entry: &FileEntry, error: ReadError) -> SealError {
    SealError::File { path: entry.path.to_string(), error }
}

/// What a failure in the midst of a file means.
pub(crate) fn broken(entry: &FileEntry, error: std::io::Error, watch: Watch<'_>) -> SealError {
    if watch.stopped() {
        return SealError::Stopped;
    }
    match error.downcast::<ReadError>() {
        Ok(error) => refused(entry, error),
        Err(error) => SealError::io("open", entry.path.as_str())(error),
    }
}
