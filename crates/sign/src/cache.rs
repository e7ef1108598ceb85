//! Digests of files that were read before, so that a model of which one file changed is signed anew without reading the
//! others. A file counts as unchanged while its size, times, device and inode are the same. Whoever may write the cache
//! may make a signature vouch for other bytes, so it belongs to the signer alone.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use casemate_core::hex;
use serde::{Deserialize, Serialize};

use crate::algorithm::Algorithm;
use crate::hashing::Known;
use crate::manifest::Range;
use crate::statement::unhex;
use crate::tree::{Entry, Stamp};

const VERSION: u32 = 1;
/// Caches above this are refused: room for a million shards.
const MAX_CACHE: u64 = 256 * 1024 * 1024;
/// A file changed so shortly before it was listed may change again within the same tick of the clock, unnoticed.
const SETTLED: i64 = 2_000_000_000;

/// What is known of files.
#[derive(Debug)]
pub struct Cache {
    before: BTreeMap<String, Line>,
    now: Mutex<BTreeMap<String, Line>>,
    /// When the files were listed, in nanoseconds since 1970.
    listed: i64,
    /// Whether nothing is believed: every file is read, and what differs is told.
    recheck: bool,
    wrong: Mutex<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    size: u64,
    stamp: Stamp,
    digest: String,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    version: u32,
    digests: BTreeMap<String, Line>,
}

/// Why a cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadCache {
    /// It cannot be read.
    #[error("cannot read it")]
    Unreadable(#[from] io::Error),
    /// It is no cache of this version.
    #[error("it is no digest cache of this version; remove it, and it will be made anew")]
    Other,
}

impl Cache {
    /// Reads a cache; an absent one is empty. `listed` is the time before the files were listed, in nanoseconds since
    /// 1970. With `recheck` every file is read again and held against the cache.
    ///
    /// # Errors
    /// There is a file, and it is no cache.
    pub fn open(path: &Path, listed: i64, recheck: bool) -> Result<Self, BadCache> {
        let before = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error.into()),
            Ok(found) if found.len() > MAX_CACHE => return Err(BadCache::Other),
            Ok(_) => match serde_json::from_slice::<Wire>(&fs::read(path)?) {
                Ok(wire) if wire.version == VERSION => wire.digests,
                _ => return Err(BadCache::Other),
            },
        };
        Ok(Self { before, now: Mutex::default(), listed, recheck, wrong: Mutex::default() })
    }

    /// Writes what is known now, with what was known of other files before. Only its owner may read or write it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(self, path: &Path) -> io::Result<()> {
        let mut digests = self.before;
        digests.extend(self.now.into_inner().unwrap_or_else(PoisonError::into_inner));
        let text = serde_json::to_vec(&Wire { version: VERSION, digests })?;
        let partial = path.with_extension("partial");
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&partial)?.write_all(&text)?;
        fs::rename(partial, path)
    }

    /// The files whose digest was not what the cache had, though nothing showed that they changed.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Known for Cache {
    fn recall(&self, entry: &Entry, range: Option<Range>, algorithm: Algorithm) -> Option<Vec<u8>> {
        let line = self.before.get(&name(entry, range, algorithm))?;
        let same = line.size == entry.size && line.stamp == entry.stamp;
        let digest = unhex(&line.digest, algorithm.length()).filter(|_| same && !self.recheck)?;
        Some(digest)
    }

    fn learn(&self, entry: &Entry, range: Option<Range>, algorithm: Algorithm, digest: &[u8]) {
        let name = name(entry, range, algorithm);
        let line = Line { size: entry.size, stamp: entry.stamp, digest: hex(digest) };
        let lied = |before: &Line| before.stamp == line.stamp && before.digest != line.digest;
        if self.before.get(&name).is_some_and(lied) {
            let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
            wrong.push(entry.path.to_string());
        }
        if entry.stamp.ctime.max(entry.stamp.mtime) < self.listed.saturating_sub(SETTLED) {
            self.now.lock().unwrap_or_else(PoisonError::into_inner).insert(name, line);
        }
    }
}

/// Devices and inodes tell files apart whatever folder a model is reached by.
fn name(entry: &Entry, range: Option<Range>, algorithm: Algorithm) -> String {
    let Stamp { device, inode, .. } = entry.stamp;
    let range = range.map(|Range { start, end }| format!(":{start}:{end}")).unwrap_or_default();
    format!("{algorithm}:{device}:{inode}{range}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::ModelPath;

    const LONG_AGO: i64 = 1_000_000_000_000_000_000;

    fn entry(mtime: i64) -> Entry {
        let stamp = Stamp { mtime, ctime: mtime, device: 1, inode: 2 };
        Entry { path: ModelPath::parse("a").unwrap(), size: 3, stamp }
    }

    fn learnt(at: &Path, entry: &Entry) {
        let cache = Cache::open(at, LONG_AGO + 10 * SETTLED, false).unwrap();
        cache.learn(entry, None, Algorithm::Sha256, &[7; 32]);
        cache.save(at).unwrap();
    }

    #[test]
    fn a_file_is_known_while_nothing_shows_that_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("cache.json");
        learnt(&at, &entry(LONG_AGO));
        let cache = Cache::open(&at, LONG_AGO, false).unwrap();
        assert_eq!(cache.recall(&entry(LONG_AGO), None, Algorithm::Sha256), Some(vec![7; 32]));
        assert_eq!(cache.recall(&entry(LONG_AGO + 1), None, Algorithm::Sha256), None);
        assert_eq!(cache.recall(&entry(LONG_AGO), None, Algorithm::Blake3), None);
        let range = Some(Range { start: 0, end: 3 });
        assert_eq!(cache.recall(&entry(LONG_AGO), range, Algorithm::Sha256), None);
    }

    #[test]
    fn a_file_changed_just_now_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("cache.json");
        let fresh = entry(LONG_AGO + 9 * SETTLED);
        learnt(&at, &fresh);
        assert_eq!(Cache::open(&at, LONG_AGO, false).unwrap().recall(&fresh, None, Algorithm::Sha256), None);
    }

    #[test]
    fn rechecking_believes_nothing_and_tells_what_was_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("cache.json");
        learnt(&at, &entry(LONG_AGO));
        let cache = Cache::open(&at, LONG_AGO, true).unwrap();
        assert_eq!(cache.recall(&entry(LONG_AGO), None, Algorithm::Sha256), None);
        cache.learn(&entry(LONG_AGO), None, Algorithm::Sha256, &[8; 32]);
        assert_eq!(cache.wrong(), ["a"]);
    }

    #[test]
    fn what_is_no_cache_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("cache.json");
        fs::write(&at, "{}").unwrap();
        assert!(matches!(Cache::open(&at, 0, false), Err(BadCache::Other)));
    }
}
