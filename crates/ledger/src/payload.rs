//! What is too large for an entry lies beside the tree, under its digest. A payload is found by what an entry says, and is
//! not believed before it was hashed.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};

use crate::{Hash, LedgerError, Writer, disk};

/// The folder of payloads.
const FOLDER: &str = "payload";
/// How much is read at once, in bytes.
const PIECE: usize = 64 * 1024;

impl Writer {
    /// Stores what a stream holds, and returns its digest and length. It is durable before any entry can name it.
    ///
    /// # Errors
    /// The stream cannot be read, or the disk refuses.
    pub fn store(&mut self, stream: impl Read) -> Result<(Hash, u64), LedgerError> {
        let part = self.disk.part("payload");
        let io = |source| LedgerError::Io { path: part.clone(), source };
        let mut file = File::create(&part).map_err(io)?;
        let (digest, size) = copy(stream, |piece| file.write_all(piece)).map_err(io)?;
        file.sync_data().map_err(io)?;
        let path = payload_path(self.folder(), digest);
        self.disk.place(&part, &path)?;
        self.disk.sync()?;
        Ok((digest, size))
    }
}

/// Where a payload lies, if it is stored.
#[must_use]
pub fn payload_path(folder: &Path, digest: Hash) -> PathBuf {
    let hex = digest.to_hex();
    let first: String = hex.chars().take(2).collect();
    folder.join(FOLDER).join(first).join(hex)
}

/// Whether a payload is there, and is what its digest says.
///
/// # Errors
/// It is not there, cannot be read, or is something else.
pub fn check_payload(folder: &Path, digest: Hash) -> Result<u64, LedgerError> {
    let path = payload_path(folder, digest);
    let file = match disk::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(LedgerError::Missing(path)),
        Err(source) => return Err(LedgerError::Io { path, source }),
    };
    match copy(file, |_| Ok(())) {
        Ok((found, size)) if found == digest => Ok(size),
        Ok(_) => Err(LedgerError::AlteredPayload(path)),
        Err(source) => Err(LedgerError::Io { path, source }),
    }
}

/// The digest and length of what a stream holds, of which every piece is handed on.
///
/// # Errors
/// The stream cannot be read, or a piece is refused.
pub fn copy(
    mut stream: impl Read,
    mut piece: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<(Hash, u64)> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; PIECE];
    let mut size = 0;
    loop {
        let read = match stream.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            return Ok((Hash::finished(&context.finish()), size));
        }
        context.update(bytes);
        piece(bytes)?;
        size += read as u64;
    }
}
