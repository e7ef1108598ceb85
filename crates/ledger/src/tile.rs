//! Where the parts of a tree lie (C2SP tlog-tiles): hashes by 256, entries by 256, and the names of their files. It opens
//! none of them.

use crate::{HASH_LEN, Hash};

/// How many hashes or entries a full tile has.
pub const WIDTH: u64 = 256;
/// A tile is eight levels of the tree high.
pub(crate) const HEIGHT: u32 = 8;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Entries themselves.
    Entries,
    /// Hashes of entries (0), or of full tiles of the level below.
    Hashes(u8),
}

/// A tile as a file: full, or as wide as the tree had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// What it holds.
    pub layer: Layer,
    /// Its place in its layer.
    pub index: u64,
    /// How many hashes or entries it has, 1 to 256.
    pub width: u16,
}

impl Tile {
    /// The tile at a place in a tree of `size` entries; none if the tree does not reach there.
    #[must_use]
    pub fn of(layer: Layer, index: u64, size: u64) -> Option<Self> {
        let level = match layer {
            Layer::Entries => 0,
            Layer::Hashes(level) => level,
        };
        let first = index.checked_mul(WIDTH)?;
        let left = hashes_at(level, size).checked_sub(first)?.min(WIDTH);
        let width = u16::try_from(left).ok().filter(|width| *width > 0)?;
        Some(Self { layer, index, width })
    }

    /// Whether it can grow no more.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width as u64 == WIDTH
    }

    /// The same tile with all it can hold.
    #[must_use]
    pub(crate) const fn full(self) -> Self {
        Self { width: WIDTH as u16, ..self }
    }

    /// The path of its file below the ledger's folder.
    #[must_use]
    pub fn path(&self) -> String {
        let partial = if self.is_full() { String::new() } else { format!(".p/{}", self.width) };
        format!("{}{partial}", self.stem())
    }

    /// The folder of its partial forms.
    pub(crate) fn partials(&self) -> String {
        format!("{}.p", self.stem())
    }

    fn stem(&self) -> String {
        let layer = match self.layer {
            Layer::Entries => "entries".to_owned(),
            Layer::Hashes(level) => level.to_string(),
        };
        let mut digits = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            digits.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        digits.reverse();
        format!("tile/{layer}/{}", digits.join("/"))
    }
}

/// How many hashes a level of tiles has in a tree of `size` entries.
pub(crate) const fn hashes_at(level: u8, size: u64) -> u64 {
    match size.checked_shr(level as u32 * HEIGHT) {
        Some(hashes) => hashes,
        None => 0,
    }
}

/// The levels that a tree of `size` entries has.
pub(crate) fn levels(size: u64) -> impl Iterator<Item = u8> {
    (0..8).take_while(move |level| hashes_at(*level, size) > 0)
}

/// The hashes in the bytes of a tile; none if there are more or fewer than `width`.
pub(crate) fn parse(bytes: &[u8], width: u16) -> Option<Vec<Hash>> {
    if bytes.len() != usize::from(width) * HASH_LEN {
        return None;
    }
    bytes.chunks_exact(HASH_LEN).map(Hash::from_bytes).collect()
}

/// The bytes of a tile.
pub(crate) fn encode(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(Hash::as_bytes).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_becomes_a_path_of_three_digits_each() {
        let path = |layer, index, width| Tile { layer, index, width }.path();
        assert_eq!(path(Layer::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(Layer::Hashes(1), 0, 256), "tile/1/000");
        assert_eq!(path(Layer::Entries, 1000, 12), "tile/entries/x001/000.p/12");
    }

    #[test]
    fn a_tree_of_seventy_thousand_has_the_tiles_that_the_specification_names() {
        let width = |level, index| Tile::of(Layer::Hashes(level), index, 70_000).map(|tile| tile.width);
        assert_eq!((width(0, 272), width(0, 273), width(0, 274)), (Some(256), Some(112), None));
        assert_eq!((width(1, 0), width(1, 1), width(1, 2)), (Some(256), Some(17), None));
        assert_eq!((width(2, 0), width(2, 1), width(3, 0)), (Some(1), None, None));
        assert_eq!(levels(70_000).count(), 3);
    }
}
