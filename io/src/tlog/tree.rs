//! RFC 6962's tree: a hash over a list of leaves that commits to each of them and to their order.
//!
//! With no leaves `MTH = SHA-256()`, with one `MTH(d) = SHA-256(0x00, d)`, and for `n > 1` leaves with `k` the largest power
//! of two below `n`, `MTH(D) = SHA-256(0x01, MTH(D[0..k]), MTH(D[k..n]))` (RFC 6962, section 2.1). So every tree is a row of complete
//! subtrees, largest first, one for each bit of its size: the [`Frontier`]. Complete subtrees never change as
//! the tree grows; they are what is stored, named by a [`Node`].
//!
//! Functions that need stored hashes take a closure that reads one. An append costs one leaf hash and one node hash
//! on average; a root costs at most 63.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// A SHA-256 hash; shown and read in base64, as checkpoints write it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; Hash::BYTES]);

impl Hash {
    /// How long a hash is.
    pub const BYTES: usize = 32;
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// A text that is no hash in base64.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a hash: expected 32 bytes in base64, 44 characters")]
pub struct NoHash(pub String);

impl FromStr for Hash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Hash).ok_or_else(|| NoHash(text.into()))
    }
}

/// How many leaves a tree has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeSize(pub u64);

/// Which leaf, counted from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafIndex(pub u64);

impl fmt::Display for TreeSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for LeafIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A tree's size and root: all there is to say of what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// How many leaves.
    pub size: TreeSize,
    /// The hash over them.
    pub root: Hash,
}

/// A complete subtree of `2^level` leaves: the `index`-th of its level, from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Zero for a leaf.
    pub level: u8,
    /// Its first leaf is leaf `index * 2^level`.
    pub index: u64,
}

/// The hash of a leaf with these bytes.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(bytes).finalize().into())
}

/// The hash of a node over these two.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 1 + 2 * Hash::BYTES];
    bytes[1..=Hash::BYTES].copy_from_slice(&left.0);
    bytes[1 + Hash::BYTES..].copy_from_slice(&right.0);
    Hash(Sha256::digest(bytes).into())
}

/// The hash of the tree without leaves.
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// The root of the tree of `size` leaves, from the hashes that `read` yields.
///
/// # Errors
/// What `read` says.
pub fn root<E>(size: TreeSize, read: impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
    range_root(0..size.0, read)
}

/// The hash of the subtree over the leaves in `range`, which is a subtree of some tree: its start is a multiple of a
/// power of two no smaller than its length.
pub(super) fn range_root<E>(range: Range<u64>, read: impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
    Ok(joined(&complete_subtrees(range).map(read).collect::<Result<Vec<Hash>, E>>()?))
}

/// The complete subtrees that make up the leaves in `range`, from the left, each as large as it can be.
fn complete_subtrees(range: Range<u64>) -> impl Iterator<Item = Node> {
    let Range { mut start, end } = range;
    std::iter::from_fn(move || {
        let level = (end - start).checked_ilog2()?.min(start.trailing_zeros());
        let node = Node { level: level as u8, index: start >> level };
        start += 1 << level;
        Some(node)
    })
}

/// The hash over a row of complete subtrees, largest first.
fn joined(row: &[Hash]) -> Hash {
    let Some((last, before)) = row.split_last() else { return empty_root() };
    before.iter().rfold(*last, |right, left| node_hash(left, &right))
}

/// The hash over a tile's hashes or a part of them: the tree whose leaves they are.
pub(super) fn hash_over(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for &hash in hashes {
        frontier.push(hash, |_, _| ());
    }
    frontier.root()
}

/// The right edge of a tree, which is all that its growth needs (a compact range from zero): its row of complete
/// subtrees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    row: Vec<Hash>,
}

impl Frontier {
    /// The right edge of the tree of `size` leaves, from the hashes that `read` yields.
    ///
    /// # Errors
    /// What `read` says.
    pub fn read<E>(size: TreeSize, read: impl FnMut(Node) -> Result<Hash, E>) -> Result<Self, E> {
        let row = complete_subtrees(0..size.0).map(read).collect::<Result<_, E>>()?;
        Ok(Frontier { size: size.0, row })
    }

    /// Appends a leaf by its hash; `completed` is told of every complete subtree that ends with it, the leaf first.
    ///
    /// # Panics
    /// At the `2^64`-th leaf.
    pub fn push(&mut self, leaf: Hash, mut completed: impl FnMut(Node, Hash)) {
        let (mut node, mut hash) = (Node { level: 0, index: self.size }, leaf);
        completed(node, hash);
        while node.index & 1 == 1 {
            let left = self.row.pop().expect("each bit of the size has its complete subtree");
            hash = node_hash(&left, &hash);
            node = Node { level: node.level + 1, index: node.index >> 1 };
            completed(node, hash);
        }
        self.row.push(hash);
        self.size = self.size.checked_add(1).expect("no log has 2^64 leaves");
        debug_assert_eq!(self.row.len(), self.size.count_ones() as usize);
    }

    /// How many leaves there are.
    pub fn size(&self) -> TreeSize {
        TreeSize(self.size)
    }

    /// The hash over all leaves.
    pub fn root(&self) -> Hash {
        joined(&self.row)
    }

    /// Size and root.
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size(), root: self.root() }
    }
}
