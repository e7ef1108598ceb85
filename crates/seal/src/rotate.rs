//! A new data key for a sealed model: file by file into the next generation, and then one step from the old `seal.json` to
//! the new one. Stopped anywhere, the model opens as before or as after, and the same call goes on from there.
//!
//! `next.json` says what the next generation will be. It bears a mark by the data key of this generation, so that nobody
//! without that key can have a model sealed anew under a key they chose.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::base64::Base64;
use crate::chunked::Spread;
use crate::error::said;
use crate::folder::{Folder, NEXT};
use crate::key::Purpose;
use crate::manifest::{FileEntry, Manifest};
use crate::pending;
use crate::seal::write_new;
use crate::slot::Holder;
use crate::{DataKey, Keys, SealError, Unlocked, Watch, slots, work};

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The generation that the model is of now.
    pub generation: u64,
    /// How many files were sealed anew by this call.
    pub sealed: usize,
    /// How many a call before had sealed, which were checked by this one.
    pub resumed: usize,
    /// Whether there was nothing left but to take away what the old generation left.
    pub only_cleaned: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Next {
    manifest: Manifest,
    mark: Base64,
}

/// Seals a model anew under a new data key, for the holders that are given, or for the same as before if none is.
///
/// # Errors
/// None of the keys opens it, the new key cannot be wrapped for everyone, a file is not what was sealed, or something
/// cannot be written. Then the model opens as before.
pub fn rotate(
    folder: &Path,
    keys: &Keys,
    holders: &[Holder],
    watch: Watch<'_>,
) -> Result<Rotated, SealError> {
    let _lock = Folder::new(folder).lock()?;
    let old = Unlocked::open(folder, keys)?;
    let generation = old.manifest.generation;
    if clean(&old)? {
        return Ok(Rotated { generation, sealed: 0, resumed: 0, only_cleaned: true });
    }
    let new = match begun(&old, keys)? {
        Some(new) => new,
        None => begin(&old, keys, holders)?,
    };
    let resumed = std::sync::atomic::AtomicUsize::new(0);
    work::each(
        &new.manifest.files,
        |file| file.size,
        watch,
        |entry, spread| {
            if new.place(entry).exists() {
                resumed.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                // It was complete when it got its name. But the old one is about to go, so it is looked at once more.
                return new.verify_file(entry, watch, spread);
            }
            reseal(&old, &new, entry, watch, spread)
        },
    )?;
    new.folder.nothing_else(&new.manifest)?;
    sync(&new)?;
    new.folder.write_manifest(&new.manifest)?;
    new.folder.remove(NEXT)?;
    new.folder.remove_generation(generation)?;
    let resumed = resumed.into_inner();
    let sealed = new.manifest.files.len() - resumed;
    Ok(Rotated { generation: new.manifest.generation, sealed, resumed, only_cleaned: false })
}

/// Gives up a rotation that was begun and is not done: the model stays as it is.
///
/// # Errors
/// None of the keys opens the model, or something cannot be removed.
pub fn abandon(folder: &Path, keys: &Keys) -> Result<(), SealError> {
    let _lock = Folder::new(folder).lock()?;
    let unlocked = Unlocked::open(folder, keys)?;
    unlocked.folder.remove(NEXT)?;
    let here = unlocked.manifest.generation;
    let others = unlocked.folder.generations()?.into_iter().filter(|other| *other != here);
    others.into_iter().try_for_each(|other| unlocked.folder.remove_generation(other))
}

/// Takes away what is left of older generations; whether there was anything.
fn clean(now: &Unlocked) -> Result<bool, SealError> {
    let here = now.manifest.generation;
    let old: Vec<u64> = now.folder.generations()?.into_iter().filter(|other| *other < here).collect();
    // The step to this generation was taken, so what was to be the next one is this one.
    if let Some(next) = read(&now.folder)?
        && next.manifest.generation <= here
    {
        now.folder.remove(NEXT)?;
    }
    for generation in &old {
        now.folder.remove_generation(*generation)?;
    }
    Ok(!old.is_empty())
}

fn read(folder: &Folder) -> Result<Option<Next>, SealError> {
    let Some(text) = folder.read(NEXT)? else { return Ok(None) };
    let next: Next = serde_json::from_slice(&text)
        .map_err(|error| SealError::Rotation(format!("next.json cannot be read: {}", said(&error))))?;
    Ok(Some(next))
}

/// The rotation that a call before began, if it is one of this model by somebody who had its key.
fn begun(old: &Unlocked, keys: &Keys) -> Result<Option<Unlocked>, SealError> {
    let Some(Next { manifest, mark }) = read(&old.folder)? else { return Ok(None) };
    let marked = [manifest.marked(), old.manifest.marked()].concat();
    if !old.key.marked(Purpose::Successor, &marked, &mark.0) {
        return Err(SealError::Rotation(
            "next.json was not written by somebody with the key of this model, or the slots changed since"
                .to_owned(),
        ));
    }
    // It is checked like any other text from a file, though whoever had the key wrote it.
    let manifest = Manifest::parse(&manifest.to_text()?)?;
    let key = manifest.unlock(keys)?;
    Ok(Some(Unlocked { folder: old.folder.clone(), manifest, key }))
}

fn begin(old: &Unlocked, keys: &Keys, holders: &[Holder]) -> Result<Unlocked, SealError> {
    let key = DataKey::generate().ok_or(SealError::Crypto)?;
    let slots = if holders.is_empty() {
        slots::again(&old.manifest, keys, &key)?
    } else {
        Manifest::wrap_for(holders, &[], &key, &old.manifest.model)?
    };
    let Manifest { model, generation, files, .. } = old.manifest.clone();
    let manifest = Manifest::new(model, generation.saturating_add(1), slots, files, &key)?;
    let folder = old.folder.clone();
    // What lies there belongs to no rotation that is known.
    folder.remove_generation(manifest.generation)?;
    let marked = [manifest.marked(), old.manifest.marked()].concat();
    let mark = old.key.mark(Purpose::Successor, &marked).ok_or(SealError::Crypto)?;
    let next = Next { manifest, mark: Base64(mark.to_vec()) };
    let text = serde_json::to_vec(&next).map_err(|error| SealError::Manifest(error.to_string()))?;
    folder.write(NEXT, &text)?;
    Ok(Unlocked { folder, manifest: next.manifest, key })
}

/// Seals one file anew. Its plaintext is in memory only, a chunk at a time for each thread.
fn reseal(
    old: &Unlocked,
    new: &Unlocked,
    entry: &FileEntry,
    watch: Watch<'_>,
    spread: Spread,
) -> Result<(), SealError> {
    let from = old.sealed(entry)?;
    let pending = pending::Pending::sibling(&new.place(entry))?;
    let context = new.manifest.context(entry);
    let done = |bytes| watch.done(bytes);
    let resealed =
        write_new(pending.path(), watch, |file| from.reseal((&new.key, &context), file, &done, spread));
    resealed.map_err(|error| match error {
        SealError::Io { error, .. } => crate::open::broken(entry, error, watch),
        error => error,
    })?;
    pending.finish()
}

/// Makes sure that all folders of a generation reach the disk before anything points at them.
fn sync(new: &Unlocked) -> Result<(), SealError> {
    let root = new.folder.generation(new.manifest.generation);
    let parents =
        new.manifest.files.iter().filter_map(|entry| Some(new.place(entry).parent()?.to_path_buf()));
    let parents: std::collections::BTreeSet<_> = parents.chain([root]).collect();
    parents.iter().try_for_each(|folder| pending::sync_folder(folder))
}
