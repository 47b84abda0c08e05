//! What a realm's record is as a leaf, and what it says: its sequence and its time, eight bytes each in little-endian order, and
//! then the command's canonical bytes.
//!
//! The tree knows nothing of this: a log of anything else has leaves that say nothing here.

use std::sync::Arc;

use bartizan_engine::codec::Codec as _;
use bartizan_engine::realm::command::Envelope;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::journal::{self, JournalError, Reader, Record, Storage};
use crate::node::intake::Line;

/// A record for people and programs to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The command's sequence, counted from 1.
    pub sequence: u64,
    /// The log's time at which it was done, in nanoseconds since 1970.
    pub time: u64,
    /// The command as a line that `run` takes.
    pub line: String,
}

impl Entry {
    /// What the record with these bytes says; none if it is no command that this version knows.
    pub fn of(record: &[u8]) -> Option<Self> {
        let (sequence, rest) = record.split_first_chunk()?;
        let (time, body) = rest.split_first_chunk()?;
        let (sequence, time) = (u64::from_le_bytes(*sequence), u64::from_le_bytes(*time));
        let Envelope { id, actor, command } = Envelope::from_bytes(body).ok()?;
        let line = serde_json::to_string(&Line { id, actor, time: Some(time), command }).ok()?;
        Some(Entry { sequence, time, line })
    }
}

/// Writes the journal's record as the log has it into `bytes`, in the place of what is there.
pub fn write(record: &Record<'_>, bytes: &mut Vec<u8>) {
    bytes.clear();
    bytes.extend_from_slice(&record.sequence.0.to_le_bytes());
    bytes.extend_from_slice(&record.time.0.to_le_bytes());
    bytes.extend_from_slice(record.body);
}

/// The record of this sequence as the log has it, from the journal in `storage`; none if there is none.
///
/// # Errors
/// If the journal cannot be read.
pub fn read(storage: Arc<dyn Storage>, sequence: journal::Sequence) -> Result<Option<Vec<u8>>, JournalError> {
    let mut reader = match Reader::new(storage, None, sequence) {
        Err(JournalError::Absent) => return Ok(None),
        reader => reader?,
    };
    Ok(reader.next_batch()?.and_then(|mut batch| batch.records.next()).map(|record| {
        let mut bytes = Vec::new();
        write(&record, &mut bytes);
        bytes
    }))
}
