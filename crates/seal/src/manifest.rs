//! `seal.json`: which model, which generation, who may open it, which files. What stands there is believed only once
//! the data key has confirmed the mark on it; until then it is [`Manifest`] and no more.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::base64::Base64;
use crate::chunked::sealed_length;
use crate::error::said;
use crate::key::Purpose;
use crate::slot::{Holder, MOST_SLOTS};
use crate::tuple::Tuple;
use crate::{DataKey, FORMAT, Keys, ModelId, RelativePath, SealError, Slot, SlotError};

/// The most bytes that are read of a `seal.json`.
pub(crate) const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// The most files that a sealed model has.
pub(crate) const MOST_FILES: usize = 200_000;

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Where it is below the model's folder.
    pub path: RelativePath,
    /// How many bytes of plaintext it has.
    pub size: u64,
}

/// What a `seal.json` says. Its shape is right; that it is true is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    /// What the model is called.
    pub model: ModelId,
    /// Counts the data keys of this model, from 1.
    pub generation: u64,
    /// The data key, wrapped for each of those who may open the model.
    pub slots: Vec<Slot>,
    /// The files, sorted by path.
    pub files: Vec<FileEntry>,
    mark: Base64,
}

impl Manifest {
    /// Reads the `seal.json` of a folder.
    ///
    /// # Errors
    /// There is none, or it is not what it must be.
    pub fn of(folder: &std::path::Path) -> Result<Self, SealError> {
        crate::folder::Folder::new(folder).manifest()
    }

    /// Reads a `seal.json`.
    ///
    /// # Errors
    /// It is not one, or something in it is not allowed.
    pub fn parse(text: &[u8]) -> Result<Self, SealError> {
        if text.len() as u64 > MOST_BYTES {
            return Err(SealError::Manifest(format!("it is longer than {MOST_BYTES} bytes")));
        }
        let manifest: Self =
            serde_json::from_slice(text).map_err(|error| SealError::Manifest(said(&error)))?;
        manifest.problem().map_or(Ok(manifest), |problem| Err(SealError::Manifest(problem)))
    }

    /// Makes and marks one.
    pub(crate) fn new(
        model: ModelId,
        generation: u64,
        slots: Vec<Slot>,
        files: Vec<FileEntry>,
        key: &DataKey,
    ) -> Result<Self, SealError> {
        let mut manifest =
            Self { format: FORMAT.to_owned(), model, generation, slots, files, mark: Base64(Vec::new()) };
        manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
        if let Some(problem) = manifest.problem_but_mark() {
            return Err(SealError::Manifest(problem));
        }
        let mark = key.mark(Purpose::Seal, &manifest.marked());
        manifest.mark = Base64(mark.ok_or(SealError::Crypto)?.to_vec());
        Ok(manifest)
    }

    /// The text of the file.
    pub(crate) fn to_text(&self) -> Result<Vec<u8>, SealError> {
        let mut text =
            serde_json::to_vec_pretty(self).map_err(|error| SealError::Manifest(error.to_string()))?;
        text.push(b'\n');
        if text.len() as u64 > MOST_BYTES {
            return Err(SealError::Manifest(format!("it would be longer than {MOST_BYTES} bytes")));
        }
        Ok(text)
    }

    /// What the mark is over: every value, none left out, independent of how the JSON is written.
    pub(crate) fn marked(&self) -> Vec<u8> {
        let Self { format, model, generation, slots, files, mark: _ } = self;
        let mut tuple = Tuple::default().with(format).with(model.as_str()).number(*generation);
        tuple = tuple.number(slots.len() as u64);
        for Slot { name, method, wrapped } in slots {
            let fields = method.fields();
            tuple = tuple.with(name).with(&wrapped.0).number(fields.len() as u64);
            tuple = fields.into_iter().fold(tuple, Tuple::with);
        }
        tuple = tuple.number(files.len() as u64);
        for FileEntry { path, size } in files {
            tuple = tuple.with(path.as_str()).number(*size);
        }
        tuple.into_bytes()
    }

    /// What a file is bound to: this format, this model, this generation, its path and its size.
    #[must_use]
    pub(crate) fn context(&self, file: &FileEntry) -> Vec<u8> {
        let tuple = Tuple::default().with(FORMAT).with("file").with(self.model.as_str());
        tuple.number(self.generation).with(file.path.as_str()).number(file.size).into_bytes()
    }

    /// The file at a path.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&FileEntry> {
        let at = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        self.files.get(at)
    }

    /// How many bytes of plaintext there are altogether.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.size))
    }

    /// The data key, if one of the keys unwraps it and it confirms the mark.
    pub(crate) fn unlock(&self, keys: &Keys) -> Result<DataKey, SealError> {
        let marked = self.marked();
        let mut tried = Vec::new();
        for (slot, key) in keys.unwrap(&self.slots, &self.model) {
            match key {
                Ok(key) if key.marked(Purpose::Seal, &marked, &self.mark.0) => return Ok(key),
                // The key of this slot is not the key of this text. Another slot may still hold the right one.
                Ok(_) => tried.push((slot.name.clone(), None)),
                Err(error) => tried.push((slot.name.clone(), Some(error))),
            }
        }
        if tried.iter().any(|(_, error)| error.is_none()) {
            return Err(SealError::Mark);
        }
        let tried = tried.into_iter().filter_map(|(name, error)| Some((name, error?)));
        let tried: Vec<(String, SlotError)> = tried.collect();
        let slots = self.slots.iter().map(|slot| slot.name.clone()).collect();
        Err(SealError::NoKey { tried, slots })
    }

    /// Names for slots that are added to these: `age-1`, `age-2`, never one that is taken.
    pub(crate) fn wrap_for(
        holders: &[Holder],
        taken: &[Slot],
        key: &DataKey,
        model: &ModelId,
    ) -> Result<Vec<Slot>, SealError> {
        let mut names: BTreeSet<String> = taken.iter().map(|slot| slot.name.clone()).collect();
        let mut slots = Vec::with_capacity(holders.len());
        for holder in holders {
            let free = (1..=MOST_SLOTS).map(|number| format!("{}-{number}", holder.word()));
            let name = free.into_iter().find(|name| !names.contains(name)).ok_or(SealError::Slots)?;
            let slot = holder.wrap(key, model, &name);
            slots.push(slot.map_err(|error| SealError::Wrap { slot: name.clone(), error })?);
            names.insert(name);
        }
        Ok(slots)
    }

    fn problem(&self) -> Option<String> {
        if self.mark.0.len() != crate::key::MARK {
            return Some("its mark is not of the right length".to_owned());
        }
        self.problem_but_mark()
    }

    fn problem_but_mark(&self) -> Option<String> {
        let Self { format, generation, slots, files, .. } = self;
        if format != FORMAT {
            let format: String = casemate_core::printable(format).chars().take(80).collect();
            return Some(format!("its format is `{format}`, and this is a reader of `{FORMAT}`"));
        }
        if *generation == 0 || *generation == u64::MAX {
            return Some("its generation is out of range".to_owned());
        }
        if slots.is_empty() || slots.len() > MOST_SLOTS {
            return Some(format!("it has {} slots, and 1 to {MOST_SLOTS} are possible", slots.len()));
        }
        if let Some((slot, problem)) = slots.iter().find_map(|slot| Some((slot, slot.problem()?))) {
            let name: String = casemate_core::printable(&slot.name).chars().take(80).collect();
            return Some(format!("slot `{name}`: {problem}"));
        }
        let names: BTreeSet<&str> = slots.iter().map(|slot| slot.name.as_str()).collect();
        if names.len() != slots.len() {
            return Some("two slots have one name".to_owned());
        }
        files_problem(files)
    }
}

fn files_problem(files: &[FileEntry]) -> Option<String> {
    if files.is_empty() || files.len() > MOST_FILES {
        return Some(format!("it has {} files, and 1 to {MOST_FILES} are possible", files.len()));
    }
    if let Some(file) = files.iter().find(|file| sealed_length(file.size).is_none()) {
        return Some(format!("`{}` would be larger than 4 PiB", file.path));
    }
    if !files.is_sorted_by(|a, b| a.path < b.path) {
        return Some("its files are not sorted by path, or one is there twice".to_owned());
    }
    // A file cannot be a folder too.
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut folders =
        paths.iter().flat_map(|path| path.match_indices('/').filter_map(|(at, _)| path.get(..at)));
    let both = folders.find(|folder| paths.contains(folder))?;
    Some(format!("`{both}` is a file and a folder"))
}
