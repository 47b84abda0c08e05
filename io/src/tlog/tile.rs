//! C2SP `tlog-tiles`: a log as a finite set of files, each of which, once full, never changes.
//!
//! A tile of hashes at level `l` has up to 256 consecutive hashes of complete subtrees of `256^l` leaves; levels in
//! between are hashed anew from them. A bundle has up to 256 consecutive leaves, each behind its length in two bytes,
//! big end first. Names are `tile/<l>/<n>` and `tile/entries/<n>`, with `.p/<width>` behind where there are fewer
//! than 256; `<n>` is written in threes of digits, all but the last behind an `x`: 1234067 is `x001/x234/067`.
//!
//! # A record's form as a leaf
//! A leaf has at most 65,535 bytes. A record that is longer stands in the log by its digest: the 25 bytes
//! [`DIGEST_MARK`], its length in eight bytes (big end first), its SHA-256; 65 bytes in all. A short record that
//! begins with these 25 bytes stands by its digest too, so no two records have the same leaf. Whoever has the
//! record can tell that it is the one: [`leaf_form`] of it is the leaf.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::tree::{LeafIndex, Node, TreeSize};

/// How many hashes or leaves a full tile has.
pub const FULL: u16 = 256;
/// Tiles stand eight levels of the tree apart: `2^8` is 256.
pub(super) const TILE_LEVELS: u8 = 8;
/// How a leaf begins that is a record's digest.
pub const DIGEST_MARK: &[u8; 25] = b"bartizan/record-digest/v1";
/// The longest leaf that a bundle can hold.
pub const LONGEST_LEAF: usize = u16::MAX as usize;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The leaves themselves.
    Entries,
    /// Hashes of complete subtrees of `256^level` leaves.
    Hashes(u8),
}

/// Which tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// What it holds.
    pub level: Level,
    /// The how-many-eth of its level, from the left, counted from zero.
    pub index: u64,
    /// How many hashes or leaves it has, from 1 to 256.
    pub width: u16,
}

impl Tile {
    /// The tile with the hash of `node` as a tree of `size` leaves has it, and which of its hashes `node` spans:
    /// the first, and how many. `None` if `node` is not complete in that tree.
    pub fn holding(node: Node, size: TreeSize) -> Option<(Tile, usize, usize)> {
        let complete = size.0.checked_shr(node.level.into()).unwrap_or(0);
        if node.index >= complete {
            return None;
        }
        let within = node.level % TILE_LEVELS;
        let first = node.index << within;
        let tile = Tile::at(Level::Hashes(node.level / TILE_LEVELS), first / u64::from(FULL), size)?;
        Some((tile, (first % u64::from(FULL)) as usize, 1 << within))
    }

    /// The bundle with the leaf at `index` as a tree of `size` leaves has it, and its place there.
    pub fn bundle(index: LeafIndex, size: TreeSize) -> Option<(Tile, usize)> {
        let tile = Tile::at(Level::Entries, index.0 / u64::from(FULL), size)?;
        let place = (index.0 % u64::from(FULL)) as usize;
        (place < usize::from(tile.width)).then_some((tile, place))
    }

    /// The tile at `index` of `level` as a tree of `size` leaves has it, as wide as it is there.
    pub fn at(level: Level, index: u64, size: TreeSize) -> Option<Tile> {
        let shift = match level {
            Level::Entries => 0,
            Level::Hashes(level) => u32::from(level) * u32::from(TILE_LEVELS),
        };
        let all = size.0.checked_shr(shift).unwrap_or(0);
        let width = all.checked_sub(index.checked_mul(u64::from(FULL))?)?.min(u64::from(FULL));
        (width > 0).then_some(Tile { level, index, width: width as u16 })
    }

    /// The full tile at its place.
    #[must_use]
    pub fn full(self) -> Tile {
        Tile { width: FULL, ..self }
    }
}

impl fmt::Display for Tile {
    /// Its path from the log's folder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Level::Entries => f.write_str("tile/entries/")?,
            Level::Hashes(level) => write!(f, "tile/{level}/")?,
        }
        let digits = self.index.to_string();
        let groups = digits.len().div_ceil(3);
        let padded = format!("{digits:0>width$}", width = groups * 3);
        for group in 0..groups {
            let three = &padded[group * 3..group * 3 + 3];
            if group + 1 < groups { write!(f, "x{three}/")? } else { f.write_str(three)? }
        }
        if self.width < FULL { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// A path that names no tile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no tile: expected tile/LEVEL/NUMBER or tile/entries/NUMBER, with .p/WIDTH behind if partial"
)]
pub struct NoTile(pub String);

impl FromStr for Tile {
    type Err = NoTile;

    fn from_str(path: &str) -> Result<Self, NoTile> {
        // Written again it must be the same, which takes care of zeros, signs and groups.
        let tile = parse(path).filter(|tile| tile.to_string() == path);
        tile.ok_or_else(|| NoTile(path.into()))
    }
}

fn parse(path: &str) -> Option<Tile> {
    let (level, place) = path.strip_prefix("tile/")?.split_once('/')?;
    let level = match level {
        "entries" => Level::Entries,
        number => Level::Hashes(number.parse().ok().filter(|&level| level < 64)?),
    };
    let (number, width) = match place.split_once(".p/") {
        Some((number, width)) => (number, width.parse().ok().filter(|width| (1..FULL).contains(width))?),
        None => (place, FULL),
    };
    let index = number.replace(['x', '/'], "").parse().ok()?;
    Some(Tile { level, index, width })
}

/// A record as a leaf: itself, or its digest where the log cannot hold it (see the top of this file).
pub fn leaf_form(record: &[u8]) -> Cow<'_, [u8]> {
    if record.len() <= LONGEST_LEAF && !record.starts_with(DIGEST_MARK) {
        return Cow::Borrowed(record);
    }
    let length = (record.len() as u64).to_be_bytes();
    Cow::Owned([DIGEST_MARK.as_slice(), &length, &Sha256::digest(record)].concat())
}

/// Appends a leaf to a bundle.
///
/// # Panics
/// If it is longer than a leaf can be; [`leaf_form`] sees to that.
pub fn push_entry(bundle: &mut Vec<u8>, leaf: &[u8]) {
    let length = u16::try_from(leaf.len()).expect("a leaf has at most 65,535 bytes");
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(leaf);
}

/// Bytes that are no bundle of so many leaves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBundle {
    /// It ends too early.
    #[error("it ends at byte {at}, within leaf {leaf} of {expected}")]
    Short {
        /// Where it ends.
        at: usize,
        /// Within which leaf, counted from 0.
        leaf: usize,
        /// How many leaves were expected.
        expected: usize,
    },
    /// It goes on.
    #[error("it has {excess} bytes after its last leaf, the {expected}th")]
    Long {
        /// How many bytes too many.
        excess: usize,
        /// How many leaves were expected.
        expected: usize,
    },
}

/// The leaves of a bundle that has `width` of them.
///
/// # Errors
/// If it has fewer, or goes on behind them.
pub fn entries(bundle: &[u8], width: u16) -> Result<Vec<&[u8]>, NoBundle> {
    let expected = usize::from(width);
    let mut rest = bundle;
    let mut leaves = Vec::with_capacity(expected);
    for leaf in 0..expected {
        let short = NoBundle::Short { at: bundle.len(), leaf, expected };
        let (length, after) = rest.split_first_chunk().ok_or_else(|| short.clone())?;
        let (bytes, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(short)?;
        leaves.push(bytes);
        rest = after;
    }
    match rest.len() {
        0 => Ok(leaves),
        excess => Err(NoBundle::Long { excess, expected }),
    }
}
