//! The bytes of an HDF5 file as its parser asks for them, with a record of what was read. It never hands out more than
//! may be held, and stops a parser that reads too much.

use std::io;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use hdf5_reader::error::{Error, Result};
use hdf5_reader::{Storage, StorageBuffer};

use crate::input::Input;
use crate::spans::Spans;

/// The longest stretch that is handed out at once.
const LONGEST: usize = 8 * 1024 * 1024;
/// How much is read of what is not data: the structure of a file of terabytes is smaller.
const MOST_READ: u64 = 512 * 1024 * 1024;

/// A file that remembers what was read of it.
pub(super) struct Recorder {
    input: Input,
    read: Mutex<Spans>,
    count: AtomicU64,
}

impl Recorder {
    pub(super) fn new(input: Input) -> Self {
        Self { input, read: Mutex::default(), count: AtomicU64::new(0) }
    }

    /// The file itself.
    pub(super) fn input(&self) -> &Input {
        &self.input
    }

    /// What was read so far.
    pub(super) fn spans(&self) -> Vec<Range<u64>> {
        self.read.lock().map(|read| read.iter().collect()).unwrap_or_default()
    }
}

impl Storage for Recorder {
    fn len(&self) -> u64 {
        self.input.len()
    }

    fn read_range(&self, offset: u64, len: usize) -> Result<StorageBuffer> {
        let read = self.count.fetch_add(len as u64, Ordering::Relaxed);
        if len > LONGEST || read > MOST_READ {
            return Err(Error::Other("more is asked for than is read".to_owned()));
        }
        let bytes = self.input.bytes(offset, len as u64).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::UnexpectedEof {
                offset,
                needed: len as u64,
                available: self.input.len().saturating_sub(offset),
            },
            _ => Error::Io(error),
        })?;
        if let Ok(mut read) = self.read.lock() {
            read.add(offset..offset + len as u64);
        }
        Ok(StorageBuffer::from_vec(bytes))
    }
}
