//! A log brought up to its journal. The journal's record at the log's end must be the last one of the log: so a log
//! that lies beside another journal, or one whose last records are gone, is not continued. That all records before
//! it are the same, the journal's own chain says, and a log made anew.

use super::folder::{FolderError, Tiles};
use super::log::{Log, LogError};
use super::tile::leaf_form;
use super::tree::{LeafIndex, TreeSize};

/// Why a log does not follow a journal.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The log cannot be read or written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The journal's record is not the log's.
    #[error(
        "record {0} of the journal is not the one in the log: the log is of another journal, or history was rewritten"
    )]
    Another(TreeSize),
    /// The journal ends before the log.
    #[error("the journal has fewer than the {0} records of the log: records were lost")]
    Short(TreeSize),
}

/// Takes the journal's records that a log lacks.
#[derive(Debug)]
pub struct Follower<'a> {
    log: &'a mut Log,
    /// The log's last leaf, until the journal's record there was seen.
    last: Option<Vec<u8>>,
}

impl<'a> Follower<'a> {
    /// Follows with `log`, of which everything is committed.
    ///
    /// # Errors
    /// If its last record cannot be read.
    pub fn new(log: &'a mut Log) -> Result<Self, FolderError> {
        let size = log.head().size;
        let last = size.0.checked_sub(1).map(LeafIndex);
        let last = last.map(|index| Tiles::new(log.folder(), size).leaf(index)).transpose()?;
        Ok(Follower { log, last })
    }

    /// How many of the journal's records it does not want to see.
    pub fn skips(&self) -> TreeSize {
        TreeSize(self.log.head().size.0 - u64::from(self.last.is_some()))
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// If it should be the log's last and is not, or the log cannot be written.
    pub fn take(&mut self, record: &[u8]) -> Result<(), FollowError> {
        match self.last.take() {
            Some(last) if *leaf_form(record) == last => Ok(()),
            Some(_) => Err(FollowError::Another(self.log.head().size)),
            None => self.log.append(record).map(drop).map_err(FollowError::Log),
        }
    }

    /// The journal has no more records.
    ///
    /// # Errors
    /// If it has fewer than the log.
    pub fn finish(self) -> Result<(), FollowError> {
        if self.last.is_none() { Ok(()) } else { Err(FollowError::Short(self.log.head().size)) }
    }
}
