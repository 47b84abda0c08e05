//! Why a journal or a snapshot cannot be used: the storage failed, or the bytes are not what was written. The latter
//! names file, byte, cause, and what to do about it.

use bartizan_engine::codec::DecodeError;

use super::storage::StorageError;
use super::units::{Chain, RealmId, Sequence};

/// Why it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The bytes are not what was written.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// A batch would be longer than [`super::layout::MOST_PAYLOAD`]; nothing was taken. Commit, then append again;
    /// or, if it is a single record, make it shorter.
    #[error("a batch holds at most {} bytes, and {bytes} more do not fit", super::layout::MOST_BODY)]
    Full {
        /// How long the record's body is.
        bytes: usize,
    },
    /// A write or a sync failed before, so what is durable is not known. Stop, and recover.
    #[error("the journal has stopped after a failed write or sync; start again to recover")]
    Stopped,
    /// There is no journal.
    #[error("there is no journal here")]
    Absent,
    /// There is a journal already.
    #[error("{file}: there is a journal here already")]
    Present {
        /// One of its files.
        file: String,
    },
    /// A sequence that the journal does not have.
    #[error("sequence {asked} is not in the journal, which ends at {last}")]
    Beyond {
        /// What was asked for.
        asked: Sequence,
        /// The last there is.
        last: Sequence,
    },
}

/// Bytes that are not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: byte {offset}: {cause}; {}", cause.advice())]
pub struct Damage {
    /// The file's name in its storage.
    pub file: String,
    /// Where in it.
    pub offset: u64,
    /// What is wrong.
    pub cause: Cause,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The name begins as a segment's or a snapshot's does, but is none.
    #[error("no name of a segment or a snapshot")]
    Name,
    /// The file does not begin as its kind does.
    #[error("the file's header is damaged: {0}")]
    Header(&'static str),
    /// Written by another version of the program.
    #[error("format version {found}, and this program reads versions up to {known}")]
    Version {
        /// The version it states.
        found: u32,
        /// The newest that is read.
        known: u32,
    },
    /// A snapshot of a format that is left behind.
    #[error("format version {found}, which is no longer read")]
    Outdated {
        /// The version it states.
        found: u32,
    },
    /// A file of another realm.
    #[error("it belongs to realm {found}, not to {expected}")]
    Realm {
        /// Whose it is.
        found: RealmId,
        /// Whose it should be.
        expected: RealmId,
    },
    /// The sequences before it are not there.
    #[error("sequence {found} follows, where {expected} should: segments or batches are missing")]
    Gap {
        /// What is there.
        found: Sequence,
        /// What should be.
        expected: Sequence,
    },
    /// The segment before says that there is a next one.
    #[error("the next segment, from sequence {expected} on, is missing")]
    Missing {
        /// Its first sequence.
        expected: Sequence,
    },
    /// A snapshot knows of more than is there.
    #[error(
        "the journal ends here, and a snapshot is of sequence {expected}: segments or batches are missing"
    )]
    Short {
        /// The snapshot's sequence.
        expected: Sequence,
    },
    /// The batch before it is another than the one that it was written after.
    #[error("it follows on a batch with hash {found}, but the one before has {expected}")]
    Chain {
        /// What is there.
        found: Chain,
        /// What should be.
        expected: Chain,
    },
    /// A frame's header is neither whole nor missing.
    #[error("a batch's header is damaged")]
    FrameHeader,
    /// A frame that was written for another place.
    #[error("a batch that was written for byte {meant}")]
    Misplaced {
        /// Where it belongs.
        meant: u64,
    },
    /// A frame's records are not what was written.
    #[error("the batch of sequences {first} to {last} is damaged: its checksum differs")]
    Payload {
        /// Its first sequence.
        first: Sequence,
        /// Its last.
        last: Sequence,
    },
    /// The checksum is right, and the records do not fill the frame.
    #[error("the records of a batch do not add up to its length")]
    Records,
    /// A frame is unfinished, but batches follow it, so it was durable once.
    #[error("an unfinished batch, but another follows it at byte {next}, so it was whole once")]
    Followed {
        /// Where the next one is.
        next: u64,
    },
    /// A frame is unfinished, but it is not at the end of the journal.
    #[error("an unfinished batch before the journal's end")]
    Unfinished,
    /// Something that is no batch after the end.
    #[error("bytes after the segment's last batch")]
    Stray,
    /// The snapshot's body is not what was written.
    #[error("the snapshot's body is damaged: {0}")]
    Body(&'static str),
    /// The snapshot's body is what was written, and no state of a realm.
    #[error("the snapshot is no state of a realm: {0}")]
    State(DecodeError),
}

impl Cause {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Cause::Name => "move the file out of the directory",
            Cause::Version { .. } => "use the program that wrote it, or a newer one",
            Cause::Outdated { .. } => "nothing is to be done: the journal has all that it had",
            Cause::Realm { .. } => "move the file to the directory of its realm",
            Cause::Gap { .. } | Cause::Missing { .. } => {
                "put the missing files back from a copy; nothing has been changed"
            }
            Cause::Short { .. } => {
                "put the missing files back from a copy, or, to give up every command after the journal's end, move the \
                 snapshots of later sequences out of the directory; nothing has been changed"
            }
            Cause::Body(_) | Cause::State(_) => {
                "an older snapshot and a longer tail of the journal do as well"
            }
            _ => {
                "restore this file from a copy, or, to give up everything from here on, start from a copy cut at this \
                 byte; nothing has been changed"
            }
        }
    }
}
