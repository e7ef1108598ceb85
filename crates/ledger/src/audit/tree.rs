//! The tree of a ledger from both sides: up from the entries, and down from the root. Where the two do not meet, what lies
//! between them says what was altered. It believes the root it is given.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Audit, Fault};
use crate::ledger::{MAX_BUNDLE, read_hashes, read_tile, root_over};
use crate::tile::{HEIGHT, Layer, Tile, WIDTH, hashes_at, levels};
use crate::tree::{Nodes, root, root_of};
use crate::{Checkpoint, Entry, Hash, LedgerError, Record, bundle};

/// The hashes of one level of tiles, as far as they are known.
type Row = Vec<Option<Hash>>;

/// The tree as far as it leads to the root.
pub(super) struct Checked {
    folder: PathBuf,
    size: u64,
    /// The hashes by level of tiles. Those of entries are read again where they are needed.
    rows: Vec<Row>,
    /// The hashes of the entries in the tile that is not full.
    last: Option<Vec<Hash>>,
}

/// What lies in the folder.
struct Found<'a> {
    folder: &'a Path,
    size: u64,
    /// What the entries give, by level of tiles: first nothing, then the roots of bundles, and so on.
    up: Vec<Row>,
    /// The roots of the tiles over the entries.
    tiles: Row,
    /// The hashes of the last entries, where they fill no tile.
    last: Option<Vec<Hash>>,
    /// Entries whose payloads are stored, and their digests.
    stored: Vec<(u64, Hash)>,
}

/// Holds entries and tiles against the root.
pub(super) fn audit(folder: &Path, checkpoint: &Checkpoint, audit: &mut Audit) -> Checked {
    let size = checkpoint.size;
    let bundles = size.div_ceil(WIDTH);
    let there = last_bundle(&folder.join("tile/entries"), 0).map_or(0, |last| last + 1);
    let mut checked = Checked { folder: folder.to_path_buf(), size, rows: Vec::new(), last: None };
    if there < bundles {
        let left = there * WIDTH;
        audit.fault(Fault::TruncatedTail { left, size });
        return checked;
    }
    if there > bundles || beyond(folder, size) {
        audit.notes.push(format!(
            "there are files beyond entry {size}: an append did not finish, or an older checkpoint was put back"
        ));
    }
    let found = Found::read(folder, size);
    let Some(edge) = found.edge(checkpoint.root) else {
        // A tail that was cut within its bundle leaves too few hashes on both sides.
        match found.shortened() {
            Some(left) => audit.fault(Fault::TruncatedTail { left, size }),
            None => audit.fault(Fault::Unrelated),
        }
        return checked;
    };
    found.compare_edge(&edge, audit);
    checked.last = edge.first().cloned().filter(|hashes| !hashes.is_empty());
    checked.rows = found.down(&edge, audit);
    found.compare_entries(&checked, audit);
    checked
}

impl Found<'_> {
    fn read(folder: &Path, size: u64) -> Found<'_> {
        let mut found =
            Found { folder, size, up: vec![Row::new()], tiles: Row::new(), last: None, stored: Vec::new() };
        let mut roots = Row::new();
        for index in 0..size.div_ceil(WIDTH) {
            let Some(tile) = Tile::of(Layer::Entries, index, size) else { break };
            let leaves = found.leaves(tile);
            if tile.is_full() {
                roots.push(leaves.as_deref().map(root_of));
                found.tiles.push(found.hashes(0, index).as_deref().map(root_of));
            } else {
                found.last = leaves;
            }
        }
        found.up.push(roots);
        for level in levels(size).skip(1) {
            let full = usize::try_from(hashes_at(level, size) / WIDTH).unwrap_or_default();
            let Some(row) = found.up.last() else { break };
            let roots = row.chunks(WIDTH as usize).take(full).map(|part| whole(part).as_deref().map(root_of));
            let roots = roots.collect();
            found.up.push(roots);
        }
        found
    }

    /// The hashes of the entries of a bundle; none if they cannot be told apart.
    fn leaves(&mut self, tile: Tile) -> Option<Vec<Hash>> {
        let (_, bytes) = read_tile(self.folder, tile, MAX_BUNDLE).ok()?;
        let entries = bundle::parse_some(&bytes, tile.width);
        let entries = Some(entries).filter(|entries| entries.len() == usize::from(tile.width))?;
        for (index, entry) in (tile.index * WIDTH..).zip(&entries) {
            // Most entries name no payload; only those that do are worth parsing.
            let stored = |record: &Record| matches!(record, Record::File(file) if file.stored);
            if let Some(entry) = Entry::parse(entry).filter(|entry| stored(&entry.record)) {
                self.stored.push((index, entry.digest));
            }
        }
        Some(entries.into_iter().map(Hash::leaf).collect())
    }

    /// The hashes of a tile as it lies there.
    fn hashes(&self, level: u8, index: u64) -> Option<Vec<Hash>> {
        read_hashes(self.folder, Tile::of(Layer::Hashes(level), index, self.size)?).ok()
    }

    /// The hashes of the tiles that are not full, from those that lie there or from what is under them, whichever lead to
    /// the root.
    fn edge(&self, root: Hash) -> Option<Vec<Vec<Hash>>> {
        let sources: Vec<[Option<Vec<Hash>>; 2]> =
            levels(self.size).map(|level| [self.lying(level), self.derived(level)]).collect();
        // There are eight levels at most.
        (0..1_u32 << sources.len()).find_map(|choice| {
            let pick = |(level, source): (usize, &[Option<Vec<Hash>>; 2])| {
                let [lying, derived] = source;
                if choice >> level & 1 == 0 { lying.clone() } else { derived.clone() }
            };
            let edge: Option<Vec<Vec<Hash>>> = sources.iter().enumerate().map(pick).collect();
            edge.filter(|edge| root_over(edge) == root)
        })
    }

    fn lying(&self, level: u8) -> Option<Vec<Hash>> {
        match self.edge_tile(level) {
            Some(tile) => read_hashes(self.folder, tile).ok(),
            None => Some(Vec::new()),
        }
    }

    fn derived(&self, level: u8) -> Option<Vec<Hash>> {
        let Some(tile) = self.edge_tile(level) else { return Some(Vec::new()) };
        if level == 0 {
            return self.last.clone();
        }
        let row = self.up.get(usize::from(level))?;
        whole(row.get(usize::try_from(tile.index * WIDTH).ok()?..)?)
    }

    fn edge_tile(&self, level: u8) -> Option<Tile> {
        Tile::of(Layer::Hashes(level), hashes_at(level, self.size) / WIDTH, self.size)
    }

    /// How many entries are left if the last bundle and its tile were cut short together.
    fn shortened(&self) -> Option<u64> {
        let tile = Tile::of(Layer::Entries, self.size / WIDTH, self.size)?;
        let own = self.folder.join(tile.path());
        let gone = !own.exists() && !self.folder.join(tile.full().path()).exists();
        let narrower = (1..tile.width).rev().map(|width| Tile { width, ..tile });
        let left = narrower.map(|tile| (tile.width, tile.path()));
        let left = left.into_iter().find(|(_, path)| self.folder.join(path).exists());
        gone.then(|| self.size / WIDTH * WIDTH + left.map_or(0, |(width, _)| u64::from(width)))
    }

    /// The tiles at the edge that lie there, against those that lead to the root.
    fn compare_edge(&self, edge: &[Vec<Hash>], audit: &mut Audit) {
        for (level, hashes) in (0_u8..).zip(edge) {
            if let Some(tile) = self.edge_tile(level) {
                self.compare_tile(tile, Some(hashes) == self.lying(level).as_ref(), audit);
            }
        }
    }

    fn compare_tile(&self, tile: Tile, agrees: bool, audit: &mut Audit) {
        let path = self.folder.join(tile.path());
        match read_hashes(self.folder, tile) {
            _ if agrees => {}
            Err(LedgerError::Missing(path)) => audit.fault(Fault::MissingFile(path)),
            Err(LedgerError::Io { source, .. }) => {
                audit.fault(Fault::Unreadable(format!("{}: {source}", path.display())));
            }
            _ => audit.fault(Fault::AlteredTile(path)),
        }
    }

    /// From the edge down to the tiles over the entries: the hashes of every level that lead to the root.
    fn down(&self, edge: &[Vec<Hash>], audit: &mut Audit) -> Vec<Row> {
        let mut rows: Vec<Row> = vec![Row::new(); edge.len()];
        for level in levels(self.size).skip(1).collect::<Vec<_>>().into_iter().rev() {
            let above = rows.get(usize::from(level) + 1).cloned().unwrap_or_default();
            let mut row = Row::new();
            for index in 0..hashes_at(level, self.size) / WIDTH {
                let expected = at(&above, index);
                let lying = self.hashes(level, index);
                let leads = |hashes: &Vec<Hash>| expected == Some(root_of(hashes));
                let agrees = lying.as_ref().is_some_and(leads);
                if let Some(tile) = Tile::of(Layer::Hashes(level), index, self.size) {
                    self.compare_tile(tile, agrees || expected.is_none(), audit);
                }
                let first = usize::try_from(index * WIDTH).unwrap_or(usize::MAX);
                let under =
                    self.up.get(usize::from(level)).and_then(|row| row.get(first..first + WIDTH as usize));
                let known = lying.filter(leads).or_else(|| whole(under?).filter(leads));
                match known {
                    Some(hashes) => row.extend(hashes.into_iter().map(Some)),
                    None => row.extend([None; WIDTH as usize]),
                }
            }
            row.extend(edge.get(usize::from(level)).into_iter().flatten().copied().map(Some));
            if let Some(place) = rows.get_mut(usize::from(level)) {
                *place = row;
            }
        }
        rows
    }

    /// The entries and the tiles over them, against the hashes that lead to the root.
    fn compare_entries(&self, checked: &Checked, audit: &mut Audit) {
        let mut damaged = Vec::new();
        for index in 0..self.size.div_ceil(WIDTH) {
            let Some(tile) = Tile::of(Layer::Entries, index, self.size) else { break };
            let agrees = if tile.is_full() {
                let expected = checked.rows.get(1).and_then(|row| at(row, index));
                let hashes = Tile { layer: Layer::Hashes(0), ..tile };
                self.compare_tile(hashes, expected.is_none() || at(&self.tiles, index) == expected, audit);
                expected.is_some() && self.up.get(1).and_then(|row| at(row, index)) == expected
            } else {
                self.last.is_some() && self.last == checked.last
            };
            if agrees {
                audit.whole += u64::from(tile.width);
            } else {
                damaged.push(index);
                self.name(tile, checked.leaves(index).as_deref(), audit);
            }
        }
        for (index, digest) in &self.stored {
            if damaged.binary_search(&(index / WIDTH)).is_err() {
                audit.payload(self.folder, *index, *digest);
            }
        }
    }

    /// Which entries of a bundle are not those that lead to the root.
    fn name(&self, tile: Tile, expected: Option<&[Hash]>, audit: &mut Audit) {
        let (first, last) = (tile.index * WIDTH, tile.index * WIDTH + u64::from(tile.width) - 1);
        let (file, bytes) = match read_tile(self.folder, tile, MAX_BUNDLE) {
            Ok(read) => read,
            Err(LedgerError::Missing(path)) => return audit.fault(Fault::MissingFile(path)),
            Err(error) => return audit.fault(Fault::Unreadable(error.to_string())),
        };
        let entries = bundle::parse_some(&bytes, tile.width);
        let Some(expected) = expected.filter(|expected| expected.len() == entries.len()) else {
            return audit.fault(Fault::DamagedEntries { first, last, file });
        };
        for ((index, entry), hash) in (first..).zip(entries).zip(expected) {
            match Hash::leaf(entry) == *hash {
                true => audit.whole += 1,
                false => audit.fault(Fault::AlteredEntry(index)),
            }
        }
    }
}

impl Checked {
    /// The root that the ledger had at a size; none if that part of the tree is damaged.
    pub(super) fn root_at(&self, size: u64) -> Option<Hash> {
        root(size, self).ok()
    }

    /// The hashes of the entries under a tile that lead to the root.
    fn leaves(&self, index: u64) -> Option<Vec<Hash>> {
        if index == self.size / WIDTH {
            return self.last.clone();
        }
        let expected = self.rows.get(1).and_then(|row| at(row, index))?;
        let tile = Tile::of(Layer::Hashes(0), index, self.size)?;
        let lying = read_hashes(&self.folder, tile).ok().filter(|hashes| root_of(hashes) == expected);
        lying.or_else(|| {
            let tile = Tile { layer: Layer::Entries, ..tile };
            let (_, bytes) = read_tile(&self.folder, tile, MAX_BUNDLE).ok()?;
            let hashes: Vec<Hash> =
                bundle::parse_some(&bytes, tile.width).into_iter().map(Hash::leaf).collect();
            Some(hashes).filter(|hashes| root_of(hashes) == expected)
        })
    }
}

impl Nodes for Checked {
    type Error = ();

    fn node(&self, level: u32, index: u64) -> Result<Hash, ()> {
        let (row, within) = (level / HEIGHT, level % HEIGHT);
        let (first, width) = (index << within, 1_usize << within);
        let hashes = if row == 0 {
            let place = usize::try_from(first % WIDTH).map_err(|_| ())?;
            self.leaves(first / WIDTH).and_then(|leaves| Some(leaves.get(place..place + width)?.to_vec()))
        } else {
            let place = usize::try_from(first).map_err(|_| ())?;
            self.rows.get(row as usize).and_then(|row| whole(row.get(place..place + width)?))
        };
        hashes.map(|hashes| root_of(&hashes)).ok_or(())
    }
}

/// All hashes of a part of a row; none if one is not known.
fn whole(part: &[Option<Hash>]) -> Option<Vec<Hash>> {
    part.iter().copied().collect()
}

fn at(row: &Row, index: u64) -> Option<Hash> {
    usize::try_from(index).ok().and_then(|index| row.get(index)).copied().flatten()
}

/// Whether the last bundle goes further than the ledger.
fn beyond(folder: &Path, size: u64) -> bool {
    let Some(tile) = Tile::of(Layer::Entries, size / WIDTH, size) else { return false };
    (tile.width + 1..=WIDTH as u16).any(|width| folder.join(Tile { width, ..tile }.path()).exists())
}

/// The index of the last bundle in a folder, full or not; found by names, so that a size in a checkpoint nobody signed
/// costs nothing.
fn last_bundle(folder: &Path, before: u64) -> Option<u64> {
    let names = fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let index = |name: String| {
        let within = |digits: &str| before.checked_mul(1000)?.checked_add(number(digits)?);
        match name.strip_prefix('x') {
            // No index is longer than 21 digits, so a link in a circle ends here.
            Some(digits) => last_bundle(&folder.join(&name), within(digits).filter(|at| *at < 1 << 50)?),
            None => within(name.strip_suffix(".p").unwrap_or(&name)),
        }
    };
    names.filter_map(index).max()
}

fn number(digits: &str) -> Option<u64> {
    (digits.len() == 3).then(|| digits.parse().ok()).flatten()
}
