//! One writer at a time. The lock is the operating system's, so a process that dies gives it back.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::LedgerError;

const LOCK_FILE: &str = ".lock";
/// How long to wait before asking again.
const PAUSE: Duration = Duration::from_millis(10);

/// The right to write to the ledger in a folder, until it is dropped.
#[derive(Debug)]
pub struct Lock {
    folder: PathBuf,
    // Held open: closing it gives the lock back.
    _file: File,
}

impl Lock {
    /// Takes the lock of a folder that is there, and waits for whoever has it, but not for longer than `patience`.
    ///
    /// # Errors
    /// Somebody else keeps it for longer, or the folder cannot be written to.
    pub fn take(folder: &Path, patience: Duration) -> Result<Self, LedgerError> {
        let path = folder.join(LOCK_FILE);
        let mut options = OpenOptions::new();
        let file =
            options.create(true).truncate(false).write(true).open(&path).map_err(LedgerError::io(&path))?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { folder: folder.to_path_buf(), _file: file }),
                Err(TryLockError::Error(error)) => return Err(LedgerError::io(&path)(error)),
                Err(TryLockError::WouldBlock) if begun.elapsed() >= patience => {
                    return Err(LedgerError::Locked { path: folder.to_path_buf(), waited: patience });
                }
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            }
        }
    }

    /// The folder it is the lock of.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
