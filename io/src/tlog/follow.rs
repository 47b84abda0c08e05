//! A log brought up to its journal. **Every record of the journal that the log has is hashed again**, and together they must have the log's root: so a log that
//! lies beside another journal, one whose last records are gone, or one of a journal that was rewritten anywhere, is not continued.
//!
//! Cost: a SHA-256 of every record and one of a node, each time: about a quarter of a second for a million records of 96 bytes on the two cores of the
//! README's benchmarks (`hashing`, as the example `log_speed` measures it), and reading the journal. There is no way around it that proves as much: the journal's own chain is kept by whoever could rewrite it.

use super::log::{Log, LogError};
use super::tile::leaf_form;
use super::tree::{Frontier, Hash, TreeHead, TreeSize, leaf_hash};

/// Why a log does not follow a journal.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The log cannot be read or written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The journal's beginning is not the log.
    #[error(
        "the first {size} records of the journal have the root {found}, but the log says {expected}: the log is of another journal, or \
        history was rewritten. Nothing was changed; compare with a copy of the journal or of the log that somebody else keeps"
    )]
    Another {
        /// How many records the log has.
        size: TreeSize,
        /// The root of as many of the journal's.
        found: Hash,
        /// The log's.
        expected: Hash,
    },
    /// The journal ends before the log.
    #[error(
        "the journal has {found} records, fewer than the {expected} of the log: records were lost; restore its files from a copy"
    )]
    Short {
        /// How many the journal has.
        found: TreeSize,
        /// How many the log has.
        expected: TreeSize,
    },
}

/// Whether a journal begins with a tree.
#[derive(Debug)]
pub struct Beginning {
    expected: TreeHead,
    seen: Frontier,
}

impl Beginning {
    /// To be compared with this tree.
    pub fn new(expected: TreeHead) -> Self {
        Beginning { expected, seen: Frontier::default() }
    }

    /// Whether all of it was seen.
    pub fn is_over(&self) -> bool {
        self.seen.size() >= self.expected.size
    }

    /// Sees the next record.
    ///
    /// # Errors
    /// If it is the last and the tree is another.
    pub fn see(&mut self, record: &[u8]) -> Result<(), FollowError> {
        self.seen.push(leaf_hash(&leaf_form(record)), |_, _| ());
        let TreeHead { size, root: expected } = self.expected;
        if self.seen.size() < size {
            return Ok(());
        }
        let found = self.seen.root();
        if found == expected { Ok(()) } else { Err(FollowError::Another { size, found, expected }) }
    }

    /// There are no more records.
    ///
    /// # Errors
    /// If they are fewer than the tree's.
    pub fn finish(&self) -> Result<(), FollowError> {
        let (found, expected) = (self.seen.size(), self.expected.size);
        if self.is_over() { Ok(()) } else { Err(FollowError::Short { found, expected }) }
    }
}

/// Takes the journal's records, from the first, and appends those that a log lacks.
#[derive(Debug)]
pub struct Follower<'a> {
    log: &'a mut Log,
    beginning: Beginning,
}

impl<'a> Follower<'a> {
    /// Follows with `log`, of which everything is committed.
    pub fn new(log: &'a mut Log) -> Self {
        let beginning = Beginning::new(log.head());
        Follower { log, beginning }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// If it ends the log's part of the journal and that is another, or the log cannot be written.
    pub fn take(&mut self, record: &[u8]) -> Result<(), FollowError> {
        if self.beginning.is_over() {
            return self.log.append(record).map(drop).map_err(FollowError::Log);
        }
        self.beginning.see(record)
    }

    /// The journal has no more records.
    ///
    /// # Errors
    /// If it has fewer than the log.
    pub fn finish(self) -> Result<(), FollowError> {
        self.beginning.finish()
    }
}
