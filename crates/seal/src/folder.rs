//! A folder that holds a sealed model: `seal.json`, and the sealed files of generation N in `gN`. It knows where things
//! lie; what they say is for others.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::manifest::{MOST_BYTES, Manifest};
use crate::pending::{self, Access};
use crate::{SealError, walk};

pub(crate) const SEAL: &str = "seal.json";
pub(crate) const NEXT: &str = "next.json";

/// What may lie beside a sealed model without belonging to it: signatures over it, and what OpenSSF Model Signing leaves
/// out of signatures.
const BESIDE: &[&str] = &["claims.jsonl", ".git", ".gitattributes", ".github", ".gitignore"];
const BESIDE_SUFFIXES: &[&str] = &[".sig", ".sigstore.json", ".casemate-partial"];

/// A folder with a sealed model in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_path_buf())
    }

    /// Takes the folder for one who changes it; nobody else does meanwhile.
    pub(crate) fn lock(&self) -> Result<File, SealError> {
        let file = File::open(&self.0).map_err(SealError::io("read", &self.0))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(SealError::Busy(self.0.clone())),
            // Not every file system knows locks.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Where the sealed files of a generation are.
    pub(crate) fn generation(&self, generation: u64) -> PathBuf {
        self.0.join(format!("g{generation}"))
    }

    pub(crate) fn manifest(&self) -> Result<Manifest, SealError> {
        let text = self.read(SEAL)?.ok_or_else(|| SealError::NotSealed(self.0.clone()))?;
        Manifest::parse(&text)
    }

    /// Puts a new `seal.json` in the place of the old one, in one step.
    pub(crate) fn write_manifest(&self, manifest: &Manifest) -> Result<(), SealError> {
        pending::write(&self.0.join(SEAL), &manifest.to_text()?, Access::Usual)
    }

    /// A small file; nothing if it is not there.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, SealError> {
        let path = self.0.join(name);
        let file = match File::open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(SealError::io("read", &path))?,
        };
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(SealError::io("read", &path))?;
        Ok(Some(bytes))
    }

    /// Puts a small file there in one step.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SealError> {
        pending::write(&self.0.join(name), bytes, Access::Usual)
    }

    /// Takes away what is there under a name, if anything is.
    pub(crate) fn remove(&self, name: &str) -> Result<(), SealError> {
        let path = self.0.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(SealError::io("remove", &path)),
        }
    }

    /// Takes away the sealed files of a generation.
    pub(crate) fn remove_generation(&self, generation: u64) -> Result<(), SealError> {
        let path = self.generation(generation);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(SealError::io("remove", &path)),
        }
    }

    /// The generations whose folders are there.
    pub(crate) fn generations(&self) -> Result<Vec<u64>, SealError> {
        let mut generations = Vec::new();
        for child in fs::read_dir(&self.0).map_err(SealError::io("read", &self.0))? {
            let child = child.map_err(SealError::io("read", &self.0))?;
            generations.extend(child.file_name().to_str().and_then(generation));
        }
        generations.sort_unstable();
        Ok(generations)
    }

    /// That nothing is there but the model, signatures over it, and what a rotation that was stopped left.
    pub(crate) fn nothing_else(&self, manifest: &Manifest) -> Result<(), SealError> {
        for child in fs::read_dir(&self.0).map_err(SealError::io("read", &self.0))? {
            let child = child.map_err(SealError::io("read", &self.0))?;
            let name = child.file_name();
            let name = name.to_str().unwrap_or_default();
            let known = [SEAL, NEXT].contains(&name)
                || BESIDE.contains(&name)
                || BESIDE_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
                || generation(name).is_some();
            if !known {
                return Err(SealError::Extra(child.path()));
            }
        }
        let at = self.generation(manifest.generation);
        if !at.is_dir() {
            // Every file is missing, and will be missed.
            return Ok(());
        }
        let expected: BTreeSet<PathBuf> =
            manifest.files.iter().map(|file| file.path.sealed_below(&at)).collect();
        let mut found = walk::below(&at, false)?.into_iter();
        found.find(|(_, at, _)| !expected.contains(at)).map_or(Ok(()), |(_, at, _)| Err(SealError::Extra(at)))
    }
}

/// The number in the name of a generation's folder, written in the one way it is written.
fn generation(name: &str) -> Option<u64> {
    let number: u64 = name.strip_prefix('g')?.parse().ok()?;
    (format!("g{number}") == name).then_some(number)
}
