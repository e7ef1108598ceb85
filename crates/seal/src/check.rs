//! Whether a sealed model is what it should be: every chunk of every file is opened, and the lock itself is tried, with a
//! wrong key and with a changed bit. Nothing is written, and no plaintext is handed out.

use std::fs::File;
use std::io;
use std::sync::Mutex;

use aws_lc_rs::digest::{Context, SHA256};

use crate::chunked::{HEADER, ReadAt, ReadError, SealedFile};
use crate::folder::SEAL;
use crate::manifest::FileEntry;
use crate::{DataKey, Identity, Keys, SealError, Unlocked, Watch, chunked, work};

/// The most files that are named one by one.
const MOST_NAMED: usize = 100;

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// How many files there are.
    pub files: usize,
    /// How many bytes of plaintext.
    pub bytes: u64,
    /// How many chunks.
    pub chunks: u64,
    /// What is not as it was sealed, by path; the first hundred.
    pub refused: Vec<SealError>,
    /// How many files are refused.
    pub failing: usize,
    /// What lies there without belonging to the model.
    pub extra: Option<SealError>,
    /// Whether the lock holds; nothing if no file could be tried.
    pub lock: Option<Lock>,
    /// Generations before this one that are still there, under a key that was to be given up.
    pub leftovers: Vec<u64>,
}

/// What the lock does when it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    /// A data key that is not the model's is refused.
    pub wrong_key_refused: bool,
    /// Somebody whom no slot is for is refused.
    pub stranger_refused: bool,
    /// A file is refused under the name of another.
    pub wrong_name_refused: bool,
    /// A changed bit is refused, in the header and in the first chunk.
    pub flipped_bit_refused: bool,
    /// A file that was cut off is refused.
    pub truncation_refused: bool,
}

impl Lock {
    /// Whether all of it holds.
    #[must_use]
    pub const fn holds(self) -> bool {
        self.wrong_key_refused
            && self.stranger_refused
            && self.wrong_name_refused
            && self.flipped_bit_refused
            && self.truncation_refused
    }
}

impl Checked {
    /// Whether everything is as it was sealed and the lock holds.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failing == 0 && self.extra.is_none() && self.lock.is_some_and(Lock::holds)
    }
}

impl Unlocked {
    /// Checks everything there is to check, and goes on after what is refused.
    ///
    /// # Errors
    /// It was stopped.
    pub fn check(&self, watch: Watch<'_>) -> Result<Checked, SealError> {
        let files = &self.manifest.files;
        let refused = Mutex::new((0, Vec::new()));
        work::each(
            files,
            |file| file.size,
            watch,
            |entry, spread| {
                match self.verify_file(entry, watch, spread) {
                    Err(error) if !watch.stopped() => {
                        // A panic elsewhere does not make what was noted wrong.
                        let mut refused = refused.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                        refused.0 += 1;
                        refused.1.push((entry.path.clone(), error));
                        Ok(())
                    }
                    outcome => outcome,
                }
            },
        )?;
        let (failing, mut refused) = refused.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        refused.sort_by(|(a, _), (b, _)| a.cmp(b));
        let here = self.manifest.generation;
        Ok(Checked {
            files: files.len(),
            bytes: self.manifest.size(),
            chunks: files.iter().map(|file| chunked::chunks(file.size)).sum(),
            refused: refused.into_iter().map(|(_, error)| error).take(MOST_NAMED).collect(),
            failing,
            extra: self.folder.nothing_else(&self.manifest).err(),
            lock: files.iter().find_map(|entry| self.try_lock(entry)),
            leftovers: self.folder.generations()?.into_iter().filter(|other| *other < here).collect(),
        })
    }

    /// Tries the lock on one file; nothing if that file does not open with the right key to begin with.
    fn try_lock(&self, entry: &FileEntry) -> Option<Lock> {
        let context = self.manifest.context(entry);
        let file = File::open(self.place(entry)).ok()?;
        // Everything that follows must fail, so this must not.
        first_chunk(&file, &self.key, &context, entry.size).ok()?;
        let stranger = Keys { identities: vec![Identity::generate()], ..Keys::default() };
        let other = FileEntry { path: "another-file".parse().ok()?, size: entry.size };
        let refused = |outcome: Result<(), ReadError>| {
            matches!(
                outcome,
                Err(ReadError::WrongKey(_) | ReadError::Chunk { .. } | ReadError::Length { .. })
            )
        };
        let with = |source: &dyn ReadAt, key: &DataKey, context: &[u8]| {
            refused(first_chunk(source, key, context, entry.size))
        };
        let flipped = |at| with(&Flipped { file: &file, at }, &self.key, &context);
        Some(Lock {
            wrong_key_refused: with(&file, &DataKey::generate()?, &context),
            stranger_refused: self.manifest.unlock(&stranger).is_err(),
            wrong_name_refused: with(&file, &self.key, &self.manifest.context(&other)),
            flipped_bit_refused: flipped(0) && flipped(HEADER as u64 - 1) && flipped(HEADER as u64),
            truncation_refused: with(&CutOff { file: &file }, &self.key, &context),
        })
    }

    /// The root digest of what lies there sealed, as OpenSSF Model Signing v1.0 defines it (§5.2.1): SHA-256 over the raw
    /// SHA-256 digests of all files in the order of their paths.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn root_digest(&self) -> Result<String, SealError> {
        let prefix = format!("g{}/", self.manifest.generation);
        let names =
            self.manifest.files.iter().map(|file| format!("{prefix}{}{}", file.path, crate::name::SUFFIX));
        let mut names: Vec<String> = names.chain([SEAL.to_owned()]).collect();
        names.sort();
        let mut root = Context::new(&SHA256);
        for name in names {
            let path = self.folder.path().join(name);
            match File::open(&path).and_then(digest) {
                // It is told elsewhere that it is missing. The digest is of what is there.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                digest => root.update(&digest.map_err(SealError::io("read", &path))?),
            }
        }
        Ok(casemate_core::hex(root.finish().as_ref()))
    }
}

/// Opens the first chunk only.
fn first_chunk<S: ReadAt>(source: S, key: &DataKey, context: &[u8], size: u64) -> Result<(), ReadError> {
    SealedFile::new(source, key, context, size)?.verify_start()
}

fn digest(mut file: File) -> io::Result<Vec<u8>> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = io::Read::read(&mut file, &mut buffer)?;
        match buffer.get(..read) {
            Some(bytes) if read > 0 => context.update(bytes),
            _ => return Ok(context.finish().as_ref().to_vec()),
        }
    }
}

/// A file with one bit changed.
struct Flipped<'a> {
    file: &'a File,
    at: u64,
}

impl ReadAt for Flipped<'_> {
    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)?;
        let at = self.at.checked_sub(offset).and_then(|at| usize::try_from(at).ok());
        if let Some(byte) = at.and_then(|at| buffer.get_mut(at)) {
            *byte ^= 1;
        }
        Ok(())
    }
}

/// A file without its last byte.
struct CutOff<'a> {
    file: &'a File,
}

impl ReadAt for CutOff<'_> {
    fn length(&self) -> io::Result<u64> {
        Ok(self.file.length()?.saturating_sub(1))
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}
