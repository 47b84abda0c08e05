//! The Merkle log: a tree hash over the journal's records, so that anyone can check with a few hashes that a
//! record is in the log and that what was once in it was never changed.
//!
//! | file | what |
//! |---|---|
//! | [`tree`] | RFC 6962 hashing: leaves, nodes, tree heads of any size, growth leaf by leaf |
//! | [`proof`] | inclusion and consistency proofs, made and checked |
//! | [`tile`] | C2SP `tlog-tiles`: what lies in which file, and a record's form as a leaf |
//! | [`folder`] | tiles in a folder: read, and written whole |
//! | [`log`] | the log that grows: appends, commits, resumes |
//! | [`follow`] | the log brought up to its journal |
//! | [`note`], [`key`] | C2SP `signed-note`: texts signed by ed25519 |
//! | [`mod@checkpoint`] | C2SP `tlog-checkpoint`: a tree head as a note |
//! | [`mod@publish`] | a committed log signed for the world, and never against what it signed before |
//! | [`document`] | proofs as JSON |
//! | [`prove`] | proofs of a log in a folder |
//! | [`entry`] | a realm's record as the log has it, and what it says |
//!
//! The log is derived from the journal and can be lost without loss: appended again from the first record it comes
//! out the same, byte by byte. What it lacks on purpose: witnesses' cosignatures (they are carried, not
//! judged), pruning, and entries in any other form than bundles.
//!
//! ```
//! use bartizan_io::tlog::{Frontier, LeafIndex, TreeSize, leaf_hash, prove_inclusion};
//!
//! let leaves = [b"ann opens".as_slice(), b"bob opens", b"ann pays bob"].map(leaf_hash);
//! let mut nodes = std::collections::HashMap::new();
//! let mut frontier = Frontier::default();
//! for leaf in leaves {
//!     frontier.push(leaf, |node, hash| drop(nodes.insert(node, hash)));
//! }
//! let proof = prove_inclusion(LeafIndex(1), TreeSize(3), |node| nodes.get(&node).copied().ok_or("a lost hash"))?;
//! assert_eq!(proof.verify(&leaves[1], &frontier.root()), Ok(()));
//! assert!(proof.verify(&leaves[0], &frontier.root()).is_err());
//! # Ok::<(), bartizan_io::tlog::Unproven<&str>>(())
//! ```

pub mod checkpoint;
pub mod document;
pub mod entry;
pub mod folder;
pub mod follow;
pub mod key;
pub mod log;
pub mod note;
pub mod proof;
pub mod prove;
pub mod publish;
pub mod tile;
pub mod tree;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use document::{Disproof, ProofDocument};
pub use entry::Entry;
pub use folder::{FolderError, Tiles};
pub use follow::{Beginning, FollowError, Follower};
pub use key::{KeyError, SignerKey, VerifierKey};
pub use log::{Log, LogError};
pub use note::{Note, NoteError};
pub use proof::{ConsistencyProof, InclusionProof, Refusal, Unproven, prove_consistency, prove_inclusion};
pub use prove::{ProveError, Prover};
pub use publish::{PublishError, publish};
pub use tile::{Tile, leaf_form};
pub use tree::{Frontier, Hash, LeafIndex, Node, TreeHead, TreeSize, leaf_hash, node_hash, root};
