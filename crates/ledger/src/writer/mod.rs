//! Appending. What is new lies beside what was there, durable, before the one rename of the checkpoint makes all of it the
//! ledger; so whatever stops the writer leaves the ledger as it was, or as it became. It never changes a file that a head
//! stands on.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use crate::disk::{self, Disk};
use crate::ledger::{CHECKPOINT, MAX_BUNDLE, missing_head, read_edge, read_head, read_tile, root_over};
use crate::tile::{self, Layer, Tile, WIDTH};
use crate::tree::root_of;
use crate::{Hash, Head, LedgerError, Lock, Signature, SignerKey, VerifierKey, bundle};

/// The most entries that become durable at once; more are appended in several steps.
const MAX_BATCH: usize = 64 * 1024;

/// The one who may append.
#[derive(Debug)]
pub struct Writer {
    lock: Lock,
    key: SignerKey,
    pub(crate) disk: Disk,
    growth: Growth,
    head: Head,
    /// Whether what is known of the folder may no longer be true.
    in_doubt: bool,
}

/// What was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The index of the first entry.
    pub first: u64,
    /// How many there are.
    pub count: u64,
}

/// The end of a tree, where it grows.
#[derive(Debug, Clone, Default)]
struct Growth {
    size: u64,
    /// The last bundle, as far as it goes.
    tail: Vec<u8>,
    /// The hashes of the tiles that are not full, by level.
    edge: Vec<Vec<Hash>>,
}

impl Writer {
    /// Begins a ledger in a folder that holds none, with no entries.
    ///
    /// # Errors
    /// There is one, or the folder cannot be written to.
    pub fn create(lock: Lock, key: SignerKey) -> Result<Self, LedgerError> {
        let folder = lock.folder();
        if folder.join(CHECKPOINT).exists() {
            return Err(LedgerError::Exists(folder.to_path_buf()));
        }
        if let headless @ LedgerError::Headless(_) = missing_head(folder) {
            return Err(headless);
        }
        let mut disk = Disk::open(folder)?;
        let head = sign(0, Hash::empty_tree(), &key, folder)?;
        disk.write(CHECKPOINT, head.note().to_string().as_bytes())?;
        disk.sync()?;
        if let Some(parent) = folder.parent().filter(|parent| parent.is_dir()) {
            disk::sync_folder(parent)?;
        }
        Ok(Self { lock, key, disk, growth: Growth::default(), head, in_doubt: false })
    }

    /// Goes on with the ledger in a folder. What lies beyond its head was never acknowledged, and is written over.
    ///
    /// # Errors
    /// There is none, another key signed its head, or its last tiles do not lead to its root.
    pub fn open(lock: Lock, key: SignerKey) -> Result<Self, LedgerError> {
        let head = read_head(lock.folder(), key.verifier())?;
        let growth = Growth::read(lock.folder(), &head)?;
        let disk = Disk::open(lock.folder())?;
        Ok(Self { lock, key, disk, growth, head, in_doubt: false })
    }

    /// Takes the lock, waiting for at most `patience`, and goes on with the ledger in a folder.
    ///
    /// # Errors
    /// Those of [`Lock::take`] and [`open`](Self::open).
    pub fn at(folder: &Path, key: SignerKey, patience: Duration) -> Result<Self, LedgerError> {
        if !folder.join(CHECKPOINT).exists() {
            return Err(missing_head(folder));
        }
        Self::open(Lock::take(folder, patience)?, key)
    }

    /// The head after the last append.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The key that verifies its heads.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        self.key.verifier()
    }

    /// The folder of the ledger.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.lock.folder()
    }

    /// Appends entries. When it returns, they are durable, and so is a head over them. Many at once cost little more than
    /// one.
    ///
    /// # Errors
    /// An entry is too long, and then none is appended; or the disk refuses, and then none, or the first
    /// ones, are.
    pub fn append<E: AsRef<[u8]>>(&mut self, entries: &[E]) -> Result<Appended, LedgerError> {
        if let Some(long) =
            entries.iter().map(|entry| entry.as_ref().len()).find(|len| *len > crate::MAX_ENTRY)
        {
            return Err(LedgerError::TooLong(long));
        }
        self.settle()?;
        let first = self.growth.size;
        for batch in entries.chunks(MAX_BATCH) {
            self.in_doubt = true;
            self.commit(batch)?;
            self.in_doubt = false;
        }
        Ok(Appended { first, count: self.growth.size - first })
    }

    /// Puts the signatures that others gave for this very head under it. They go with the next append.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn countersign(
        &mut self,
        signatures: impl IntoIterator<Item = Signature>,
    ) -> Result<&Head, LedgerError> {
        self.settle()?;
        let mut head = self.head.clone();
        signatures.into_iter().for_each(|signature| head.add(signature));
        self.disk.write(CHECKPOINT, head.note().to_string().as_bytes())?;
        self.disk.sync()?;
        self.head = head;
        Ok(&self.head)
    }

    /// After an error, only the disk knows how far the last append came.
    fn settle(&mut self) -> Result<(), LedgerError> {
        if self.in_doubt {
            self.head = read_head(self.lock.folder(), self.key.verifier())?;
            self.growth = Growth::read(self.lock.folder(), &self.head)?;
            self.in_doubt = false;
        }
        Ok(())
    }

    fn commit<E: AsRef<[u8]>>(&mut self, batch: &[E]) -> Result<(), LedgerError> {
        let mut growth = self.growth.clone();
        let before = growth.size;
        for entry in batch {
            growth.push(entry.as_ref(), &mut |tile, bytes| self.disk.write(&tile.path(), bytes))?;
        }
        growth.finish(before, &mut |tile, bytes| self.disk.write(&tile.path(), bytes))?;
        self.disk.sync()?;
        let head = sign(growth.size, root_over(&growth.edge), &self.key, self.lock.folder())?;
        self.disk.write(CHECKPOINT, head.note().to_string().as_bytes())?;
        self.disk.sync()?;
        for tile in filled(before, growth.size) {
            self.disk.discard(&tile.partials())?;
        }
        (self.growth, self.head) = (growth, head);
        Ok(())
    }
}

impl Growth {
    /// The end of the tree that a head stands on.
    fn read(folder: &Path, head: &Head) -> Result<Self, LedgerError> {
        let size = head.size();
        let edge = read_edge(folder, size)?;
        if root_over(&edge) != head.root() {
            return Err(LedgerError::AlteredTile(folder.join(CHECKPOINT)));
        }
        let tail = match Tile::of(Layer::Entries, size / WIDTH, size) {
            Some(tile) => {
                let (path, bytes) = read_tile(folder, tile, MAX_BUNDLE)?;
                let entries = bundle::parse(&bytes, tile.width)
                    .map_err(|source| LedgerError::Bundle { path, source })?;
                let hashes = edge.first().into_iter().flatten();
                for ((index, entry), hash) in (size / WIDTH * WIDTH..).zip(entries).zip(hashes) {
                    if Hash::leaf(entry) != *hash {
                        return Err(LedgerError::AlteredEntry { index });
                    }
                }
                bytes
            }
            None => Vec::new(),
        };
        Ok(Self { size, tail, edge })
    }

    /// Takes an entry in, and hands out the tiles it fills.
    fn push(&mut self, entry: &[u8], out: &mut Out<'_>) -> Result<(), LedgerError> {
        if self.size >= 1 << 63 {
            return Err(LedgerError::Full);
        }
        if !bundle::push(&mut self.tail, entry) {
            return Err(LedgerError::TooLong(entry.len()));
        }
        self.size += 1;
        if self.size.is_multiple_of(WIDTH) {
            out(
                Tile { layer: Layer::Entries, index: self.size / WIDTH - 1, width: WIDTH as u16 },
                &self.tail,
            )?;
            self.tail.clear();
        }
        let mut hash = Hash::leaf(entry);
        for level in 0_u8.. {
            let at = usize::from(level);
            if self.edge.len() <= at {
                self.edge.push(Vec::new());
            }
            let Some(edge) = self.edge.get_mut(at) else { break };
            edge.push(hash);
            if edge.len() < WIDTH as usize {
                break;
            }
            let index = tile::hashes_at(level, self.size) / WIDTH - 1;
            out(Tile { layer: Layer::Hashes(level), index, width: WIDTH as u16 }, &tile::encode(edge))?;
            hash = root_of(edge);
            edge.clear();
        }
        Ok(())
    }

    /// Hands out the tiles that are not full, as far as they are new.
    fn finish(&self, before: u64, out: &mut Out<'_>) -> Result<(), LedgerError> {
        let last = |layer, level| Tile::of(layer, tile::hashes_at(level, self.size) / WIDTH, self.size);
        if let Some(tile) = last(Layer::Entries, 0) {
            out(tile, &self.tail)?;
        }
        for (level, edge) in (0_u8..).zip(&self.edge) {
            // What a level had before, a head stands on.
            let grew = tile::hashes_at(level, before) < tile::hashes_at(level, self.size);
            if let Some(tile) = last(Layer::Hashes(level), level).filter(|_| grew) {
                out(tile, &tile::encode(edge))?;
            }
        }
        Ok(())
    }
}

/// Takes a tile and its bytes.
type Out<'a> = dyn FnMut(Tile, &[u8]) -> Result<(), LedgerError> + 'a;

/// The tiles that were partial before and are full now.
fn filled(before: u64, now: u64) -> impl Iterator<Item = Tile> {
    let layers = tile::levels(now).map(|level| (Layer::Hashes(level), level)).chain([(Layer::Entries, 0)]);
    layers.filter_map(move |(layer, level)| {
        let then = Tile::of(layer, tile::hashes_at(level, before) / WIDTH, before)?;
        Tile::of(layer, then.index, now).filter(Tile::is_full)
    })
}

fn sign(size: u64, root: Hash, key: &SignerKey, folder: &Path) -> Result<Head, LedgerError> {
    Head::sign(size, root, key).map_err(|source| LedgerError::Head { path: folder.join(CHECKPOINT), source })
}
