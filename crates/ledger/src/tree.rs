//! The Merkle tree of RFC 6962: roots, inclusion proofs and consistency proofs, and what verifies them (RFC 9162,
//! sections 2.1.3 and 2.1.4). It asks for nodes and never says where they are kept.

use crate::Hash;

/// The most hashes in a proof: one for each level of a tree of 2^64 entries, and one.
pub const MAX_PROOF: usize = 65;

/// Where the nodes of a tree come from.
pub trait Nodes {
    /// Why a node could not be had.
    type Error;

    /// The root of the `index`-th complete subtree of 2^`level` entries.
    ///
    /// # Errors
    /// It could not be read, or is not what the root says.
    fn node(&self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// The root of a tree whose leaves, or complete subtrees of one size, have these hashes.
#[must_use]
pub fn root_of(hashes: &[Hash]) -> Hash {
    fold(&peaks_of(hashes)).unwrap_or_else(Hash::empty_tree)
}

/// The roots of the complete subtrees that make up a run of hashes, largest first.
pub(crate) fn peaks_of(mut hashes: &[Hash]) -> Vec<Hash> {
    let mut peaks = Vec::new();
    while let Some(width) = hashes.len().checked_ilog2() {
        let (subtree, rest) = hashes.split_at(1 << width);
        peaks.extend(complete(subtree));
        hashes = rest;
    }
    peaks
}

/// The root over complete subtrees, largest first; none of nothing.
pub(crate) fn fold(peaks: &[Hash]) -> Option<Hash> {
    peaks.iter().rev().copied().reduce(|right, left| Hash::node(left, right))
}

/// The root of a complete subtree: the number of hashes is a power of two.
fn complete(hashes: &[Hash]) -> Option<Hash> {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.chunks(2).filter_map(|pair| Some(Hash::node(*pair.first()?, *pair.get(1)?))).collect();
    }
    row.first().copied()
}

/// The root of the first `size` entries.
///
/// # Errors
/// A node could not be had.
pub fn root<N: Nodes>(size: u64, nodes: &N) -> Result<Hash, N::Error> {
    if size == 0 { Ok(Hash::empty_tree()) } else { range(0, size, nodes) }
}

/// The hashes that lead from an entry to the root, the leaf's sibling first (RFC 6962, section 2.1.1). Empty if there is
/// no such entry.
///
/// # Errors
/// A node could not be had.
pub fn inclusion<N: Nodes>(index: u64, size: u64, nodes: &N) -> Result<Vec<Hash>, N::Error> {
    let (mut low, mut high) = (0, size);
    let mut proof = Vec::new();
    while index < size && high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            proof.push(range(middle, high, nodes)?);
            high = middle;
        } else {
            proof.push(range(low, middle, nodes)?);
            low = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The hashes that show that the first `old` of `new` entries are the tree as it was (RFC 6962, section 2.1.2). Empty if
/// nothing is to be shown.
///
/// # Errors
/// A node could not be had.
pub fn consistency<N: Nodes>(old: u64, new: u64, nodes: &N) -> Result<Vec<Hash>, N::Error> {
    if old == 0 || old >= new {
        return Ok(Vec::new());
    }
    let (mut low, mut high) = (0, new);
    let mut proof = Vec::new();
    while old != high {
        let middle = low + split(high - low);
        if old <= middle {
            proof.push(range(middle, high, nodes)?);
            high = middle;
        } else {
            proof.push(range(low, middle, nodes)?);
            low = middle;
        }
    }
    // The old tree itself needs no hash: whoever verifies has it.
    if low != 0 {
        proof.push(range(low, high, nodes)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether a proof leads from a leaf at `index` to the root of a tree of `size` entries.
#[must_use]
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = Hash::node(*sibling, hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = Hash::node(hash, *sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == root
}

/// Whether a proof shows that a tree of `new` entries begins with a tree of `old` entries.
#[must_use]
pub fn verify_consistency(old: u64, old_root: Hash, new: u64, new_root: Hash, proof: &[Hash]) -> bool {
    match (old, new) {
        (0, _) => proof.is_empty() && old_root == Hash::empty_tree(),
        _ if old > new => false,
        _ if old == new => proof.is_empty() && old_root == new_root,
        _ => grows(old, old_root, new, new_root, proof),
    }
}

fn grows(old: u64, old_root: Hash, new: u64, new_root: Hash, proof: &[Hash]) -> bool {
    let whole = old.is_power_of_two().then_some(old_root);
    let mut path = whole.iter().chain(proof);
    let Some(first) = path.next() else { return false };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let (mut then, mut now) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            then = Hash::node(*sibling, then);
            now = Hash::node(*sibling, now);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            now = Hash::node(now, *sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && then == old_root && now == new_root
}

/// The hash over the entries from `low` to `high`, where `low` begins a subtree that has room for them.
fn range<N: Nodes>(low: u64, high: u64, nodes: &N) -> Result<Hash, N::Error> {
    let mut peaks = Vec::new();
    let mut at = low;
    while let Some(level) = (high - at).checked_ilog2() {
        peaks.push(nodes.node(level, at >> level)?);
        at += 1 << level;
    }
    Ok(fold(&peaks).unwrap_or_else(Hash::empty_tree))
}

/// The largest power of two below a number of at least two.
const fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}
