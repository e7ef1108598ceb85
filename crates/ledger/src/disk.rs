//! Files that are there wholly or not at all, whatever happens in between: written beside their place, made durable, and
//! then named. It knows no trees.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::LedgerError;

/// Where files lie until they have their names.
const PART_FOLDER: &str = ".part";

/// The folder of a ledger, to be written to.
#[derive(Debug)]
pub(crate) struct Disk {
    root: PathBuf,
    /// Folders whose names are not durable yet.
    unsynced: BTreeSet<PathBuf>,
    /// How many steps until the power fails.
    #[cfg(test)]
    pub(crate) steps: Option<usize>,
}

impl Disk {
    /// Takes a folder, and clears away what was being written when somebody was stopped.
    pub(crate) fn open(root: &Path) -> Result<Self, LedgerError> {
        let parts = root.join(PART_FOLDER);
        match fs::remove_dir_all(&parts) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(LedgerError::io(&parts)(error));
            }
            _ => {}
        }
        fs::create_dir(&parts).map_err(LedgerError::io(&parts))?;
        Ok(Self {
            root: root.to_path_buf(),
            unsynced: BTreeSet::new(),
            #[cfg(test)]
            steps: None,
        })
    }

    /// Writes a file under a name below the folder. It is durable after [`sync`](Self::sync).
    pub(crate) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), LedgerError> {
        let (path, part) = (self.root.join(name), self.part(name));
        self.step(&path)?;
        write(&part, bytes).map_err(LedgerError::io(&part))?;
        self.place(&part, &path)
    }

    /// Gives a file that is durable its name.
    pub(crate) fn place(&mut self, part: &Path, path: &Path) -> Result<(), LedgerError> {
        self.step(path)?;
        if let Some(folder) = path.parent() {
            self.folder(folder)?;
        }
        fs::rename(part, path).map_err(LedgerError::io(path))
    }

    /// Where a file is written before it is placed.
    pub(crate) fn part(&self, name: &str) -> PathBuf {
        self.root.join(PART_FOLDER).join(name.replace('/', "-"))
    }

    /// Makes the names of all files durable.
    pub(crate) fn sync(&mut self) -> Result<(), LedgerError> {
        while let Some(folder) = self.unsynced.pop_last() {
            self.step(&folder)?;
            sync_folder(&folder)?;
        }
        Ok(())
    }

    /// Removes a folder that nobody needs any more; if it stays, it does no harm.
    pub(crate) fn discard(&mut self, folder: &str) -> Result<(), LedgerError> {
        let path = self.root.join(folder);
        self.step(&path)?;
        // A reader with an older head falls back to the full tile. What could not be removed only takes room.
        let _ = fs::remove_dir_all(path);
        Ok(())
    }

    fn folder(&mut self, folder: &Path) -> Result<(), LedgerError> {
        if !folder.is_dir() {
            if let Some(parent) = folder.parent() {
                self.folder(parent)?;
            }
            fs::create_dir(folder).map_err(LedgerError::io(folder))?;
        }
        self.unsynced.insert(folder.to_path_buf());
        Ok(())
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "tests stop here")]
    fn step(&mut self, _: &Path) -> Result<(), LedgerError> {
        Ok(())
    }

    /// Fails once the steps are used up, and leaves a torn file behind as a crash would.
    #[cfg(test)]
    fn step(&mut self, path: &Path) -> Result<(), LedgerError> {
        match &mut self.steps {
            Some(0) => {
                let _ = fs::write(self.root.join(PART_FOLDER).join("torn"), b"torn");
                Err(LedgerError::io(path)(io::Error::other("the power failed")))
            }
            Some(steps) => {
                *steps -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), LedgerError> {
    // Only on Unix can a folder be opened, and only there does it have to be.
    if cfg!(unix) {
        let file = File::open(folder).map_err(LedgerError::io(folder))?;
        file.sync_all().map_err(LedgerError::io(folder))?;
    }
    Ok(())
}

/// Opens a plain file: a pipe that somebody put in its place would keep the reader waiting.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"));
    }
    File::open(path)
}

/// The bytes of a file, if there is one. More than `most` is an error, and is not read.
pub(crate) fn read(path: &Path, most: usize) -> Result<Option<Vec<u8>>, LedgerError> {
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(LedgerError::io(path)(error)),
    };
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).map_err(LedgerError::io(path))?;
    if bytes.len() > most {
        let error = io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {most} bytes"));
        return Err(LedgerError::io(path)(error));
    }
    Ok(Some(bytes))
}
