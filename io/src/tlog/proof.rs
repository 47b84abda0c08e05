//! Proofs about a tree (RFC 6962, sections 2.1.1 and 2.1.2): that a leaf is in it, and that a larger tree begins with
//! a smaller one. At most 64 hashes each; both made and checked in time of that order.
//!
//! With `inner` the number of levels at which two leaves' paths to the root run apart, an inclusion proof has the
//! siblings on these levels and then one for each level above where the path goes right (`border`). Where it goes
//! left, a tree's ragged right edge has no sibling. A consistency proof is the inclusion proof of the smaller
//! tree's last complete subtree, preceded by its hash unless it is the whole smaller tree.
//!
//! A proof that a tree begins with the empty one says nothing, and is refused.
//!
//! A proof has exactly as many hashes as its sizes ask for, so no bit of it, and no hash added or left out, goes
//! unnoticed.

use std::ops::Range;

use super::tree::{Hash, LeafIndex, Node, TreeSize, node_hash, range_root};

/// That a leaf stands at `index` in a tree of `size` leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// Which leaf.
    pub index: LeafIndex,
    /// In a tree of how many.
    pub size: TreeSize,
    /// The siblings on its path, from the leaf's up.
    pub hashes: Vec<Hash>,
}

/// That the tree of `to` leaves begins with the tree of `from` leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The smaller size.
    pub from: TreeSize,
    /// The larger size, or the same.
    pub to: TreeSize,
    /// As RFC 6962 orders them: from the leaves up.
    pub hashes: Vec<Hash>,
}

/// Why a proof was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven<E> {
    /// No such leaf.
    #[error("there is no leaf {index} in a tree of {size}: leaves are counted from 0")]
    NoLeaf {
        /// The leaf asked for.
        index: LeafIndex,
        /// The tree's size.
        size: TreeSize,
    },
    /// The smaller tree is empty.
    #[error("every tree begins with the empty one: there is nothing to prove")]
    Empty,
    /// The sizes stand the wrong way round.
    #[error("a tree of {to} leaves cannot begin with one of {from}")]
    Shrinks {
        /// The size that should be the smaller.
        from: TreeSize,
        /// The size that should be the larger.
        to: TreeSize,
    },
    /// A hash of the tree cannot be read.
    #[error(transparent)]
    Read(#[from] E),
}

/// Why a proof is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such leaf.
    #[error("it speaks of leaf {index} in a tree of {size}, which has none such")]
    NoLeaf {
        /// The leaf.
        index: LeafIndex,
        /// The tree's size.
        size: TreeSize,
    },
    /// The smaller tree is empty.
    #[error("every tree begins with the empty one: there is nothing to prove")]
    Empty,
    /// The sizes stand the wrong way round.
    #[error("a tree of {to} leaves cannot begin with one of {from}")]
    Shrinks {
        /// The size that should be the smaller.
        from: TreeSize,
        /// The size that should be the larger.
        to: TreeSize,
    },
    /// Too many hashes, or too few.
    #[error("it has {found} hashes where these sizes ask for {expected}")]
    Length {
        /// How many there are.
        found: usize,
        /// How many there must be.
        expected: usize,
    },
    /// The hashes lead to another root.
    #[error("its hashes lead to the root {computed}, not to {expected}")]
    Root {
        /// The root that they lead to.
        computed: Hash,
        /// The root of the tree.
        expected: Hash,
    },
    /// The hashes lead to another root of the smaller tree.
    #[error("its hashes lead to the root {computed} of the smaller tree, not to {expected}")]
    OlderRoot {
        /// The root that they lead to.
        computed: Hash,
        /// The root of the smaller tree.
        expected: Hash,
    },
}

/// The proof that the leaf at `index` is in the tree of `size` leaves, from the hashes that `read` yields.
///
/// # Errors
/// If there is no such leaf, or what `read` says.
pub fn prove_inclusion<E>(
    index: LeafIndex,
    size: TreeSize,
    mut read: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<InclusionProof, Unproven<E>> {
    if index.0 >= size.0 {
        return Err(Unproven::NoLeaf { index, size });
    }
    let mut hashes = Vec::new();
    let mut within = 0..size.0;
    while within.end - within.start > 1 {
        let (inside, sibling) = halves(&within, index.0);
        hashes.push(range_root(sibling, &mut read)?);
        within = inside;
    }
    hashes.reverse();
    Ok(InclusionProof { index, size, hashes })
}

/// The proof that the tree of `to` leaves begins with that of `from`, from the hashes that `read` yields.
///
/// # Errors
/// If `from` is zero or exceeds `to`, or what `read` says.
pub fn prove_consistency<E>(
    from: TreeSize,
    to: TreeSize,
    mut read: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<ConsistencyProof, Unproven<E>> {
    if from.0 == 0 {
        return Err(Unproven::Empty);
    }
    if from > to {
        return Err(Unproven::Shrinks { from, to });
    }
    let mut hashes = Vec::new();
    if from != to {
        let mut within = 0..to.0;
        while within.end != from.0 {
            let (inside, sibling) = halves(&within, from.0 - 1);
            hashes.push(range_root(sibling, &mut read)?);
            within = inside;
        }
        if within.start > 0 {
            hashes.push(range_root(within, &mut read)?);
        }
        hashes.reverse();
    }
    Ok(ConsistencyProof { from, to, hashes })
}

/// The subtree within `range` (two leaves or more) that holds leaf `index`, and its sibling.
fn halves(range: &Range<u64>, index: u64) -> (Range<u64>, Range<u64>) {
    let middle = range.start + (1 << (range.end - range.start - 1).ilog2());
    let (left, right) = (range.start..middle, middle..range.end);
    if index < middle { (left, right) } else { (right, left) }
}

impl InclusionProof {
    /// Whether the leaf that hashes to `leaf` stands at this index in the tree with this root.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self, leaf: &Hash, root: &Hash) -> Result<(), Refusal> {
        let (index, size) = (self.index, self.size);
        if index.0 >= size.0 {
            return Err(Refusal::NoLeaf { index, size });
        }
        let (inner, border) = shape(index.0, size.0);
        has_length(&self.hashes, inner + border)?;
        let (inner, border) = self.hashes.split_at(inner);
        let computed = climb_right(border, climb(inner, *leaf, index.0));
        if computed == *root { Ok(()) } else { Err(Refusal::Root { computed, expected: *root }) }
    }
}

impl ConsistencyProof {
    /// Whether the tree with the root `to` begins with the tree with the root `from`.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self, from: &Hash, to: &Hash) -> Result<(), Refusal> {
        if self.from.0 == 0 {
            return Err(Refusal::Empty);
        }
        if self.from > self.to {
            return Err(Refusal::Shrinks { from: self.from, to: self.to });
        }
        let is_older = |computed| {
            if computed == *from { Ok(()) } else { Err(Refusal::OlderRoot { computed, expected: *from }) }
        };
        if self.from == self.to {
            has_length(&self.hashes, 0)?;
            return is_older(*to);
        }
        // The last complete subtree of the smaller tree has `2^level` leaves, and this index on its level.
        let level = self.from.0.trailing_zeros();
        let index = (self.from.0 - 1) >> level;
        let (inner, border) = shape(self.from.0 - 1, self.to.0);
        let inner = inner - level as usize;
        let is_whole = self.from.0.is_power_of_two();
        has_length(&self.hashes, inner + border + usize::from(!is_whole))?;
        let (seed, hashes) = match self.hashes.split_first() {
            Some((seed, hashes)) if !is_whole => (*seed, hashes),
            _ => (*from, &*self.hashes),
        };
        let (inner, border) = hashes.split_at(inner);
        is_older(climb_right(border, climb_left_siblings(inner, seed, index)))?;
        let computed = climb_right(border, climb(inner, seed, index));
        if computed == *to { Ok(()) } else { Err(Refusal::Root { computed, expected: *to }) }
    }
}

/// How many siblings the path of leaf `index` has below where it meets that of the last leaf, and above.
fn shape(index: u64, size: u64) -> (usize, usize) {
    let inner = u64::BITS - (index ^ (size - 1)).leading_zeros();
    let border = index.checked_shr(inner).unwrap_or(0).count_ones();
    (inner as usize, border as usize)
}

fn has_length(hashes: &[Hash], expected: usize) -> Result<(), Refusal> {
    let found = hashes.len();
    if found == expected { Ok(()) } else { Err(Refusal::Length { found, expected }) }
}

/// From the hash of the node at `index` of its level, up by these siblings.
fn climb(siblings: &[Hash], from: Hash, index: u64) -> Hash {
    siblings.iter().zip(0..).fold(from, |hash, (sibling, level)| {
        if index >> level & 1 == 0 { node_hash(&hash, sibling) } else { node_hash(sibling, &hash) }
    })
}

/// As [`climb`], by the siblings on the left alone.
fn climb_left_siblings(siblings: &[Hash], from: Hash, index: u64) -> Hash {
    let on_the_left = siblings.iter().zip(0..).filter(|&(_, level)| index >> level & 1 == 1);
    on_the_left.fold(from, |hash, (sibling, _)| node_hash(sibling, &hash))
}

/// Up the right edge, where every sibling stands on the left.
fn climb_right(siblings: &[Hash], from: Hash) -> Hash {
    siblings.iter().fold(from, |hash, sibling| node_hash(sibling, &hash))
}
