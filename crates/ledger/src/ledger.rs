//! Reading a ledger: entries, proofs, and the tree under them. Nothing is believed that does not lead to the root in the
//! signed checkpoint; nothing is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::note::MAX_NOTE;
use crate::tile::{self, HEIGHT, Layer, Tile, WIDTH, hashes_at, levels};
use crate::tree::{self, Nodes, fold, peaks_of, root_of};
use crate::{Hash, Head, LedgerError, MAX_ENTRY, Proof, VerifierKey, bundle, disk};

/// The file of the head.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// The largest bundle, in bytes.
pub(crate) const MAX_BUNDLE: usize = WIDTH as usize * (2 + MAX_ENTRY);
/// How many tiles are kept; each takes 8 KiB.
const MAX_KEPT: usize = 1024;

/// Tiles by level and index.
type Kept = BTreeMap<(u8, u64), Arc<Vec<Hash>>>;

/// A ledger as of one head. It goes on being readable while others append.
#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    head: Head,
    /// The hashes of the tiles that are not full, by level.
    edge: Vec<Vec<Hash>>,
    /// Full tiles that lead to the root.
    kept: Mutex<Kept>,
}

impl Ledger {
    /// Opens the ledger in a folder, whose head this key must have signed.
    ///
    /// # Errors
    /// There is none, the head cannot be trusted, or the last tiles do not lead to its root.
    pub fn open(folder: &Path, key: &VerifierKey) -> Result<Self, LedgerError> {
        let head = read_head(folder, key)?;
        let edge = read_edge(folder, head.size())?;
        if root_over(&edge) != head.root() {
            let last = Tile::of(Layer::Hashes(0), head.size().saturating_sub(1) / WIDTH, head.size());
            let path = last.map_or_else(|| CHECKPOINT.to_owned(), |tile| tile.path());
            return Err(LedgerError::AlteredTile(folder.join(path)));
        }
        Ok(Self { folder: folder.to_path_buf(), head, edge, kept: Mutex::default() })
    }

    /// The head it is read by.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// How many entries there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.head.size()
    }

    /// The folder it lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The bytes of one entry.
    ///
    /// # Errors
    /// There is no such entry, or it is not the one that was appended.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, LedgerError> {
        let none = LedgerError::NoEntry { index, size: self.size() };
        if index >= self.size() {
            return Err(none);
        }
        let place = usize::try_from(index % WIDTH).unwrap_or_default();
        self.bundle(index / WIDTH)?.into_iter().nth(place).ok_or(none)
    }

    /// All entries with their indices, in order; after an error there are none.
    pub fn entries(&self) -> impl Iterator<Item = Result<(u64, Vec<u8>), LedgerError>> {
        self.entries_from(0)
    }

    /// The entries from an index on.
    pub fn entries_from(&self, first: u64) -> impl Iterator<Item = Result<(u64, Vec<u8>), LedgerError>> {
        let bundles = (first / WIDTH..self.size().div_ceil(WIDTH)).map(|index| (index, self.bundle(index)));
        let mut failed = false;
        let bundles = bundles.take_while(move |(_, bundle)| !std::mem::replace(&mut failed, bundle.is_err()));
        bundles
            .flat_map(|(index, bundle)| match bundle {
                Ok(entries) => (index * WIDTH..).zip(entries).map(Ok).collect::<Vec<_>>(),
                Err(error) => vec![Err(error)],
            })
            .skip_while(move |entry| entry.as_ref().is_ok_and(|(index, _)| *index < first))
    }

    /// The proof that an entry is in the ledger, with the entry as its extra data.
    ///
    /// # Errors
    /// There is no such entry, or the tree under it was altered.
    pub fn prove(&self, index: u64) -> Result<Proof, LedgerError> {
        let entry = self.entry(index)?;
        let hashes = tree::inclusion(index, self.size(), self)?;
        Ok(Proof { index, extra: Some(entry), hashes, note: self.head.note().clone() })
    }

    /// The hashes that show that the ledger once was its first `old` entries.
    ///
    /// # Errors
    /// The tree was altered.
    pub fn consistency(&self, old: u64) -> Result<Vec<Hash>, LedgerError> {
        tree::consistency(old, self.size(), self)
    }

    /// The root the ledger had at an earlier size; none of a size it has not reached.
    ///
    /// # Errors
    /// The tree was altered.
    pub fn root_at(&self, size: u64) -> Result<Option<Hash>, LedgerError> {
        if size > self.size() { Ok(None) } else { tree::root(size, self).map(Some) }
    }

    /// The entries of a bundle, each held against the tree.
    fn bundle(&self, index: u64) -> Result<Vec<Vec<u8>>, LedgerError> {
        let none = || LedgerError::NoEntry { index: index * WIDTH, size: self.size() };
        let tile = Tile::of(Layer::Entries, index, self.size()).ok_or_else(none)?;
        let hashes = self.tile(0, index)?;
        let (path, bytes) = read_tile(&self.folder, tile, MAX_BUNDLE)?;
        // A full bundle may stand in for one that was less wide.
        let whole = if path.ends_with(tile.path()) {
            bundle::parse(&bytes, tile.width)
        } else {
            Ok(bundle::parse_some(&bytes, tile.width))
        };
        let entries = whole.map_err(|source| LedgerError::Bundle { path, source })?;
        for (place, hash) in (0..).zip(hashes.iter()) {
            let entry = usize::try_from(place).ok().and_then(|place| entries.get(place));
            if entry.map(|entry| Hash::leaf(entry)) != Some(*hash) {
                return Err(LedgerError::AlteredEntry { index: index * WIDTH + place });
            }
        }
        Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
    }

    /// The hashes of a tile, which lead to the root.
    pub(crate) fn tile(&self, level: u8, index: u64) -> Result<Arc<Vec<Hash>>, LedgerError> {
        if index == hashes_at(level, self.size()) / WIDTH {
            let edge = self.edge.get(usize::from(level)).cloned().unwrap_or_default();
            return Ok(Arc::new(edge));
        }
        if let Some(kept) = self.kept().get(&(level, index)) {
            return Ok(Arc::clone(kept));
        }
        let tile = Tile { layer: Layer::Hashes(level), index, width: WIDTH as u16 };
        let above = self.tile(level + 1, index / WIDTH)?;
        let expected = usize::try_from(index % WIDTH).ok().and_then(|place| above.get(place));
        let hashes = read_hashes(&self.folder, tile)?;
        if expected != Some(&root_of(&hashes)) {
            return Err(LedgerError::AlteredTile(self.folder.join(tile.path())));
        }
        let hashes = Arc::new(hashes);
        let mut kept = self.kept();
        if kept.len() >= MAX_KEPT {
            // Levels above are few and asked for again and again; the lowest are read once.
            kept.pop_first();
        }
        kept.insert((level, index), Arc::clone(&hashes));
        Ok(hashes)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Whoever panicked left tiles that lead to the root, or none.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Nodes for Ledger {
    type Error = LedgerError;

    fn node(&self, level: u32, index: u64) -> Result<Hash, LedgerError> {
        let (row, within) = (level / HEIGHT, level % HEIGHT);
        let first = index << within;
        let hashes = self.tile(u8::try_from(row).unwrap_or(u8::MAX), first / WIDTH)?;
        let place = usize::try_from(first % WIDTH).unwrap_or_default();
        let under = hashes.get(place..place + (1 << within));
        Ok(root_of(under.ok_or(LedgerError::NoEntry { index: first, size: self.size() })?))
    }
}

/// The head in a folder, which this key must have signed.
pub(crate) fn read_head(folder: &Path, key: &VerifierKey) -> Result<Head, LedgerError> {
    let path = folder.join(CHECKPOINT);
    let bytes = disk::read(&path, MAX_NOTE)?.ok_or_else(|| missing_head(folder))?;
    Head::open(&bytes, key).map_err(|source| LedgerError::Head { path, source })
}

/// Why there is no head.
pub(crate) fn missing_head(folder: &Path) -> LedgerError {
    let folder = folder.to_path_buf();
    if folder.join("tile").exists() { LedgerError::Headless(folder) } else { LedgerError::NoLedger(folder) }
}

/// The hashes of the tiles that are not full in a tree of `size` entries, by level.
pub(crate) fn read_edge(folder: &Path, size: u64) -> Result<Vec<Vec<Hash>>, LedgerError> {
    let tiles =
        levels(size).map(|level| Tile::of(Layer::Hashes(level), hashes_at(level, size) / WIDTH, size));
    tiles.map(|tile| tile.map_or(Ok(Vec::new()), |tile| read_hashes(folder, tile))).collect()
}

/// The root over the edge of a tree.
pub(crate) fn root_over(edge: &[Vec<Hash>]) -> Hash {
    let peaks: Vec<Hash> = edge.iter().rev().flat_map(|hashes| peaks_of(hashes)).collect();
    fold(&peaks).unwrap_or_else(Hash::empty_tree)
}

/// The hashes of a tile as they lie there, not held against anything.
pub(crate) fn read_hashes(folder: &Path, tile: Tile) -> Result<Vec<Hash>, LedgerError> {
    let (path, mut bytes) = read_tile(folder, tile, WIDTH as usize * crate::HASH_LEN)?;
    if !path.ends_with(tile.path()) {
        bytes.truncate(usize::from(tile.width) * crate::HASH_LEN);
    }
    tile::parse(&bytes, tile.width).ok_or(LedgerError::AlteredTile(path))
}

/// The bytes of a tile, and the file they are from: its own, or that of the full tile it became.
pub(crate) fn read_tile(folder: &Path, tile: Tile, most: usize) -> Result<(PathBuf, Vec<u8>), LedgerError> {
    let own = folder.join(tile.path());
    if let Some(bytes) = disk::read(&own, most)? {
        return Ok((own, bytes));
    }
    let full = folder.join(tile.full().path());
    match disk::read(&full, most)? {
        Some(bytes) => Ok((full, bytes)),
        None => Err(LedgerError::Missing(own)),
    }
}
