//! Proofs of a log in a folder, each checked before it is handed out.
//!
//! Cost: a tile for each level of tiles, which is one for 256 records, two for 65,536, three for 16 million.

use std::path::{Path, PathBuf};

use super::checkpoint::Checkpoint;
use super::document::ProofDocument;
use super::folder::{FolderError, Tiles};
use super::log::{LogError, committed};
use super::proof::{Refusal, Unproven, prove_consistency, prove_inclusion};
use super::tile::leaf_form;
use super::tree::{Hash, LeafIndex, TreeSize, leaf_hash, root};

/// Why a proof cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// No such record.
    #[error("there is no record {sequence}: they are counted from 1 to {size}")]
    NoRecord {
        /// What was asked for.
        sequence: u64,
        /// How many there are.
        size: TreeSize,
    },
    /// The log was never of that size.
    #[error("there is no size {asked}: the log has {size} records")]
    NoSize {
        /// What was asked for.
        asked: TreeSize,
        /// How many records there are.
        size: TreeSize,
    },
    /// There is nothing to prove, or the wrong way round.
    #[error("{0}")]
    Unproven(String),
    /// The tiles are not those of one tree.
    #[error("{}: {cause}; make them anew: bartizan log checkpoint --rebuild", path.display())]
    Damaged {
        /// The log's folder.
        path: PathBuf,
        /// How that was seen.
        cause: String,
    },
}

impl From<FolderError> for ProveError {
    fn from(error: FolderError) -> Self {
        ProveError::Log(error.into())
    }
}

impl From<Unproven<FolderError>> for ProveError {
    fn from(unproven: Unproven<FolderError>) -> Self {
        match unproven {
            Unproven::Read(error) => error.into(),
            other => ProveError::Unproven(other.to_string()),
        }
    }
}

/// That a record is in the log, and its leaf.
#[derive(Clone, Debug)]
pub struct Included {
    document: ProofDocument,
    leaf: Vec<u8>,
}

impl Included {
    /// Whether the leaf is a record's digest, or looks like one: then the journal has the record.
    pub fn is_digest(&self) -> bool {
        *leaf_form(&self.leaf) != self.leaf
    }

    /// The proof with the record of which the leaf has the digest; none if that is another's.
    pub fn with_record(self, record: &[u8]) -> Option<ProofDocument> {
        (*leaf_form(record) == self.leaf).then(|| self.document.with_record(record))
    }

    /// The proof, without more than the leaf.
    pub fn document(self) -> ProofDocument {
        self.document
    }
}

/// What was committed to a log, of which proofs are made.
#[derive(Debug)]
pub struct Prover {
    folder: PathBuf,
    head: Checkpoint,
    tiles: Tiles,
}

impl Prover {
    /// The log in `folder`; none if nothing was committed.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(folder: &Path) -> Result<Option<Self>, LogError> {
        Ok(committed(folder)?.map(|head| {
            let tiles = Tiles::new(folder, head.head.size);
            Prover { folder: folder.into(), head, tiles }
        }))
    }

    /// How many records it has.
    pub fn size(&self) -> TreeSize {
        self.head.head.size
    }

    /// Its tiles.
    pub fn tiles(&mut self) -> &mut Tiles {
        &mut self.tiles
    }

    /// The root of the log at `size`; at the size that was committed it must be the root that was.
    fn root(&mut self, size: TreeSize) -> Result<Hash, ProveError> {
        let (head, tiles) = (self.head.head, &mut self.tiles);
        if size > head.size {
            return Err(ProveError::NoSize { asked: size, size: head.size });
        }
        let found = root(size, |node| tiles.hash(node))?;
        if size == head.size && found != head.root {
            let cause = format!("the tiles have the root {found}, but {} was committed", head.root);
            return Err(ProveError::Damaged { path: self.folder.clone(), cause });
        }
        Ok(found)
    }

    fn refused(&self, refusal: &Refusal) -> ProveError {
        let cause = format!("the tiles are damaged: a proof made of them is refused, for {refusal}");
        ProveError::Damaged { path: self.folder.clone(), cause }
    }

    /// That the record of `sequence`, counted from 1, is in the log of `size` records.
    ///
    /// # Errors
    /// If there is no such record or no such size, or the log cannot be read or is damaged.
    pub fn inclusion(&mut self, sequence: u64, size: TreeSize) -> Result<Included, ProveError> {
        let root = self.root(size)?;
        let index = sequence.checked_sub(1).filter(|&index| index < size.0).map(LeafIndex);
        let index = index.ok_or(ProveError::NoRecord { sequence, size })?;
        let proof = prove_inclusion(index, size, |node| self.tiles.hash(node))?;
        let leaf = self.tiles.leaf(index)?;
        proof.verify(&leaf_hash(&leaf), &root).map_err(|refusal| self.refused(&refusal))?;
        let document = ProofDocument::inclusion(self.head.origin(), &proof, &leaf, root);
        Ok(Included { document, leaf })
    }

    /// That the log of `to` records begins with that of `from`.
    ///
    /// # Errors
    /// If there are no such sizes, or the log cannot be read or is damaged.
    pub fn consistency(&mut self, from: TreeSize, to: TreeSize) -> Result<ProofDocument, ProveError> {
        let (from_root, to_root) = (self.root(from)?, self.root(to)?);
        let proof = prove_consistency(from, to, |node| self.tiles.hash(node))?;
        proof.verify(&from_root, &to_root).map_err(|refusal| self.refused(&refusal))?;
        Ok(ProofDocument::consistency(self.head.origin(), &proof, from_root, to_root))
    }
}
