//! Sealing a model: from its files to a folder that appears once it is complete. It leaves the originals alone.

use std::fs::File;
use std::path::Path;

use crate::chunked::{Spread, seal_parts};
use crate::folder::Folder;
use crate::manifest::Manifest;
use crate::pending::{self, Access, Pending};
use crate::slot::Holder;
use crate::walk::{self, Found};
use crate::{DataKey, ModelId, SealError, Watch, work};

/// What was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// How many files.
    pub files: usize,
    /// How many bytes of plaintext.
    pub bytes: u64,
    /// The slots by which it opens.
    pub slots: Vec<String>,
}

/// How a model is sealed.
#[derive(Debug)]
pub struct SealRequest<'a> {
    /// The model: a folder, or a file.
    pub from: &'a Path,
    /// The folder that will hold the sealed model. Nothing may be there.
    pub to: &'a Path,
    /// What the model is called.
    pub model: ModelId,
    /// Who shall be able to open it.
    pub holders: &'a [Holder],
    /// Whether links to files are read.
    pub follow_links: bool,
}

/// How many bytes there are to seal, for those who show how far it has come.
///
/// # Errors
/// Something cannot be sealed, or there is nothing.
pub fn survey(from: &Path, follow_links: bool) -> Result<u64, SealError> {
    Ok(walk::files(from, follow_links)?.iter().map(|file| file.entry.size).sum())
}

/// Seals a model under a new data key.
///
/// # Errors
/// Something cannot be read, kept, wrapped or written; then nothing is at `to`.
pub fn seal(request: &SealRequest<'_>, watch: Watch<'_>) -> Result<Sealed, SealError> {
    let SealRequest { from, to, model, holders, follow_links } = request;
    let found = walk::files(from, *follow_links)?;
    let key = DataKey::generate().ok_or(SealError::Crypto)?;
    let slots = Manifest::wrap_for(holders, &[], &key, model)?;
    let files = found.iter().map(|file| file.entry.clone()).collect();
    let manifest = Manifest::new(model.clone(), 1, slots, files, &key)?;

    let pending = Pending::folder(to, Access::Usual)?;
    let folder = Folder::new(pending.path());
    let generation = folder.generation(manifest.generation);
    work::each(
        &found,
        |file| file.entry.size,
        watch,
        |file, spread| {
            let to = file.entry.path.sealed_below(&generation);
            let context = manifest.context(&file.entry);
            seal_file(file, &to, (&key, &context), watch, spread)
        },
    )?;
    folder.write_manifest(&manifest)?;
    pending.finish()?;
    Ok(Sealed {
        files: manifest.files.len(),
        bytes: manifest.size(),
        slots: manifest.slots.into_iter().map(|slot| slot.name).collect(),
    })
}

fn seal_file(
    found: &Found,
    to: &Path,
    key: (&DataKey, &[u8]),
    watch: Watch<'_>,
    spread: Spread,
) -> Result<(), SealError> {
    let from = File::open(&found.at).map_err(SealError::io("read", &found.at))?;
    let before = stamp(&from, found)?;
    let done = |bytes| watch.done(bytes);
    let sealed = write_new(to, watch, |file| seal_parts(key, found.entry.size, &from, file, &done, spread));
    sealed.map_err(|error| match error {
        // It has become shorter.
        SealError::Io { error, .. } if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            SealError::Changed(found.at.clone())
        }
        error => error,
    })?;
    if stamp(&from, found)? == before { Ok(()) } else { Err(SealError::Changed(found.at.clone())) }
}

/// What shows that a file was written to.
fn stamp(file: &File, found: &Found) -> Result<Option<std::time::SystemTime>, SealError> {
    let metadata = file.metadata().map_err(SealError::io("read", &found.at))?;
    if metadata.len() == found.entry.size {
        Ok(metadata.modified().ok())
    } else {
        Err(SealError::Changed(found.at.clone()))
    }
}

/// Makes a new file, its folders included, and writes it down to the disk.
pub(crate) fn write_new(
    to: &Path,
    watch: Watch<'_>,
    write: impl FnOnce(&File) -> std::io::Result<()>,
) -> Result<(), SealError> {
    if let Some(parent) = to.parent() {
        pending::create_folders(parent, Access::Usual)?;
    }
    let file = pending::create_file(to, Access::Usual)?;
    write(&file).and_then(|()| file.sync_all()).map_err(|error| {
        if watch.stopped() { SealError::Stopped } else { SealError::io("seal to", to)(error) }
    })
}
