//! How much room a journal takes, and how old its newest snapshot is: by names and lengths alone, nothing is read.

use std::time::SystemTime;

use super::error::JournalError;
use super::storage::Storage;
use super::units::Sequence;
use super::{segments, snapshot};

/// What a journal takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Its segments.
    pub segments: usize,
    /// Their bytes.
    pub bytes: u64,
    /// The newest snapshot's place in the log, by its name, if there is one.
    pub snapshot: Option<Sequence>,
    /// When that was written, where the storage knows.
    pub written: Option<SystemTime>,
}

/// What the journal in `storage` takes now.
///
/// # Errors
/// If the storage fails, or there is a name that no journal has.
pub fn usage(storage: &dyn Storage) -> Result<Usage, JournalError> {
    let mut usage = Usage::default();
    for segment in segments::list(storage)? {
        usage.segments += 1;
        usage.bytes += storage.measure(&segment.name)?.0;
    }
    if let Some(sequence) = snapshot::last_named(storage)? {
        usage.snapshot = Some(sequence);
        usage.written = storage.measure(&snapshot::name_of(sequence))?.1;
    }
    Ok(usage)
}
