//! Proofs as JSON documents, complete enough to be checked with nothing but a checkpoint and a key at hand. Hashes and
//! bytes are in base64, as in checkpoints.
//!
//! Whatever a document says is checked, also what it need not have said, such as the command that a record is; so no part of it
//! can be changed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoint;
use super::entry::Entry;
use super::proof::{ConsistencyProof, InclusionProof, Refusal};
use super::tile::leaf_form;
use super::tree::{Hash, LeafIndex, NoHash, TreeHead, TreeSize, leaf_hash};

/// A proof and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Proof")]
#[serde(tag = "proof", rename_all = "lowercase", deny_unknown_fields)]
pub enum ProofDocument {
    /// That a record is in a log.
    Inclusion {
        /// The log's name, as its checkpoints have it.
        origin: String,
        /// Which leaf, counted from 0.
        index: u64,
        /// In a log of so many records.
        size: u64,
        /// The record's sequence, its time, and its command as a line, where it is a command of a realm.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<Entry>,
        /// The leaf's bytes.
        leaf: String,
        /// The record's bytes, where the leaf has only their digest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        record: Option<String>,
        /// The hash of the leaf.
        leaf_hash: String,
        /// The root of the log at this size.
        root: String,
        /// The siblings on the leaf's path, from below.
        hashes: Vec<String>,
    },
    /// That a log only grew.
    Consistency {
        /// The log's name, as its checkpoints have it.
        origin: String,
        /// From so many records.
        from: u64,
        /// To so many.
        to: u64,
        /// The root of the log at the smaller size.
        from_root: String,
        /// The root of the log at the larger size.
        to_root: String,
        /// As RFC 6962 orders them.
        hashes: Vec<String>,
    },
}

/// Why a document proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disproof {
    /// A hash is none.
    #[error(transparent)]
    Hash(#[from] NoHash),
    /// The leaf's bytes are none.
    #[error("its leaf is not in base64")]
    Leaf,
    /// The leaf hashes to something else.
    #[error("its leaf hashes to {found}, not to {said}")]
    LeafHash {
        /// What the document says.
        said: Hash,
        /// What the bytes hash to.
        found: Hash,
    },
    /// The record is none, or not the leaf's.
    #[error("its record is not the one that the leaf has the digest of")]
    Record,
    /// The command is not the record's.
    #[error("the command that it names is not the one that its record is")]
    Entry,
    /// The record stands in another place than it says.
    #[error("its record says to have sequence {said}, but stands at that of {found}")]
    Sequence {
        /// What the record says.
        said: u64,
        /// Its place in the log, counted from 1.
        found: u128,
    },
    /// The checkpoint is of another log.
    #[error("it is about the log {said}, but the checkpoint is of {found}")]
    Origin {
        /// What the document says.
        said: String,
        /// What the checkpoint says.
        found: String,
    },
    /// The checkpoint is of another tree.
    #[error("it is about {} records with the root {}, but the checkpoint has {} with {}", said.size, said.root, found.size, found.root)]
    Head {
        /// What the document says.
        said: TreeHead,
        /// What the checkpoint says.
        found: TreeHead,
    },
    /// An older checkpoint does not belong to a proof of inclusion.
    #[error("it proves that a record is in a log, and needs no older checkpoint")]
    NoOlder,
    /// The proof itself is wrong.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl ProofDocument {
    /// The record that is proven to be in the log: the leaf, or what it is the digest of. None if neither can be told from this.
    fn bytes(&self) -> Result<Option<Vec<u8>>, Disproof> {
        let ProofDocument::Inclusion { leaf, record, .. } = self else { return Ok(None) };
        let leaf = STANDARD.decode(leaf).map_err(|_| Disproof::Leaf)?;
        let Some(record) = record else { return Ok((leaf == *leaf_form(&leaf)).then_some(leaf)) };
        let record = STANDARD.decode(record).map_err(|_| Disproof::Record)?;
        if leaf == *leaf_form(&record) && leaf != record { Ok(Some(record)) } else { Err(Disproof::Record) }
    }

    /// The command that is proven to be in the log, read from the bytes that are proven; none if it is no such proof, no command,
    /// or its bytes are not here.
    pub fn entry(&self) -> Option<Entry> {
        self.bytes().ok().flatten().as_deref().and_then(Entry::of)
    }

    /// The same with the record's bytes, of which the leaf has the digest.
    #[must_use]
    pub fn with_record(mut self, bytes: &[u8]) -> Self {
        if let ProofDocument::Inclusion { entry, record, .. } = &mut self {
            (*entry, *record) = (Entry::of(bytes), Some(STANDARD.encode(bytes)));
        }
        self
    }

    /// Whether the entry that it names is its record's, and stands in its place.
    fn has_its_entry(&self) -> Result<(), Disproof> {
        let ProofDocument::Inclusion { entry, index, .. } = self else { return Ok(()) };
        let read = self.bytes()?.as_deref().and_then(Entry::of);
        if entry.is_some() && *entry != read {
            return Err(Disproof::Entry);
        }
        let (said, found) = (read.map(|entry| entry.sequence), u128::from(*index) + 1);
        match said.filter(|&said| u128::from(said) != found) {
            Some(said) => Err(Disproof::Sequence { said, found }),
            None => Ok(()),
        }
    }

    /// A proof that the leaf with these bytes is in the log with this name and root.
    pub fn inclusion(origin: &str, proof: &InclusionProof, leaf: &[u8], root: Hash) -> Self {
        ProofDocument::Inclusion {
            origin: origin.into(),
            index: proof.index.0,
            size: proof.size.0,
            entry: Entry::of(leaf),
            leaf: STANDARD.encode(leaf),
            record: None,
            leaf_hash: leaf_hash(leaf).to_string(),
            root: root.to_string(),
            hashes: texts(&proof.hashes),
        }
    }

    /// A proof that the log with this name and root `to` begins with the one with root `from`.
    pub fn consistency(origin: &str, proof: &ConsistencyProof, from: Hash, to: Hash) -> Self {
        ProofDocument::Consistency {
            origin: origin.into(),
            from: proof.from.0,
            to: proof.to.0,
            from_root: from.to_string(),
            to_root: to.to_string(),
            hashes: texts(&proof.hashes),
        }
    }

    /// Whether this proves what it says of the log of `checkpoint`, which is to be believed; and for a proof of
    /// consistency, if there is an `older` checkpoint to be believed, whether it is the one that it speaks of.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self, checkpoint: &Checkpoint, older: Option<&Checkpoint>) -> Result<(), Disproof> {
        match self {
            ProofDocument::Inclusion { origin, index, size, leaf, leaf_hash: said, root, hashes, .. } => {
                if older.is_some() {
                    return Err(Disproof::NoOlder);
                }
                let (size, root) = (TreeSize(*size), root.parse()?);
                is_of(origin, TreeHead { size, root }, checkpoint)?;
                let (said, found) =
                    (said.parse()?, leaf_hash(&STANDARD.decode(leaf).map_err(|_| Disproof::Leaf)?));
                if said != found {
                    return Err(Disproof::LeafHash { said, found });
                }
                let proof = InclusionProof { index: LeafIndex(*index), size, hashes: parsed(hashes)? };
                proof.verify(&found, &root)?;
                self.has_its_entry()
            }
            ProofDocument::Consistency { origin, from, to, from_root, to_root, hashes } => {
                let (from, from_root) = (TreeSize(*from), from_root.parse()?);
                let (to, to_root) = (TreeSize(*to), to_root.parse()?);
                is_of(origin, TreeHead { size: to, root: to_root }, checkpoint)?;
                if let Some(older) = older {
                    is_of(origin, TreeHead { size: from, root: from_root }, older)?;
                }
                let proof = ConsistencyProof { from, to, hashes: parsed(hashes)? };
                Ok(proof.verify(&from_root, &to_root)?)
            }
        }
    }
}

fn is_of(origin: &str, said: TreeHead, checkpoint: &Checkpoint) -> Result<(), Disproof> {
    if origin != checkpoint.origin() {
        return Err(Disproof::Origin { said: origin.into(), found: checkpoint.origin().into() });
    }
    let found = checkpoint.head;
    if said == found { Ok(()) } else { Err(Disproof::Head { said, found }) }
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(Hash::to_string).collect()
}

fn parsed(texts: &[String]) -> Result<Vec<Hash>, NoHash> {
    texts.iter().map(|text| text.parse()).collect()
}
