//! A whole journal looked at: every frame, hash and sequence checked, and counted on the way. Nothing is changed, so
//! it can be done beside a running node; what that is writing meanwhile shows as an unfinished end.

use std::sync::Arc;

use bartizan_engine::book::Time;

use super::error::{Cause, Damage, JournalError};
use super::reader::Reader;
use super::segment::Tail;
use super::segments;
use super::snapshot;
use super::storage::Storage;
use super::units::{Position, RealmId, Sequence};

/// What there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Whose journal it is.
    pub realm: RealmId,
    /// How many segments.
    pub segments: usize,
    /// How many bytes they take.
    pub file_bytes: u64,
    /// How many batches.
    pub batches: u64,
    /// How many records.
    pub records: u64,
    /// How many bytes the records' bodies take.
    pub body_bytes: u64,
    /// The first record's place and time.
    pub first: Option<(Sequence, Time)>,
    /// The last record's place and time.
    pub last: Option<(Sequence, Time)>,
    /// Where the journal ends.
    pub end: Position,
    /// The unfinished batch after that, if there is one. Opening the journal to write cuts it.
    pub tail: Option<Tail>,
    /// The positions of the snapshots that are good and belong to this journal.
    pub snapshots: Vec<Position>,
    /// Those that are not, and why.
    pub damaged_snapshots: Vec<Damage>,
    /// Those of a format that is left behind: nobody reads them any more, and the next one replaces them.
    pub outdated_snapshots: Vec<Damage>,
}

/// Checks everything: each frame, chain and sequence, and that each snapshot is of this journal.
///
/// # Errors
/// At the first damage in the journal, with where and what; if there is none, or the storage fails. A damaged
/// snapshot is no error but told, since nothing is lost by it.
pub fn verify(storage: Arc<dyn Storage>, realm: Option<RealmId>) -> Result<Summary, JournalError> {
    let mut snapshots = snapshot::all(&*storage, realm)?;
    let mut summary = Summary::default();
    for segment in segments::list(&*storage)? {
        summary.segments += 1;
        summary.file_bytes += storage.read(&segment.name)?.len() as u64;
    }
    let mut reader = Reader::new(storage, realm, Sequence::FIRST)?;
    summary.realm = reader.realm().unwrap_or_default();
    let mut before = reader.position();
    settle(&mut snapshots, before, before);
    while let Some(batch) = reader.next_batch()? {
        summary.batches += 1;
        for record in batch.records {
            summary.records += 1;
            summary.body_bytes += record.body.len() as u64;
            summary.first.get_or_insert((record.sequence, record.time));
            summary.last = Some((record.sequence, record.time));
        }
        settle(&mut snapshots, before, batch.after);
        before = batch.after;
    }
    summary.end = reader.position();
    summary.tail = reader.tail().cloned();
    for snapshot in snapshots {
        match snapshot {
            Ok(snapshot) if snapshot.position.sequence <= summary.end.sequence => {
                summary.snapshots.push(snapshot.position);
            }
            Ok(snapshot) => return Err(reader.short_of(snapshot.position.sequence).into()),
            Err(damage) if matches!(damage.cause, Cause::Outdated { .. }) => {
                summary.outdated_snapshots.push(damage);
            }
            Err(damage) => summary.damaged_snapshots.push(damage),
        }
    }
    Ok(summary)
}

/// Compares the snapshots of the batch from `before` to `here` with the journal, now that its hash is known.
fn settle(snapshots: &mut [Result<snapshot::Snapshot, Damage>], before: Position, here: Position) {
    for snapshot in snapshots {
        let Ok(found) = snapshot else { continue };
        let at = found.position;
        let (offset, cause) = if at.sequence > before.sequence && at.sequence < here.sequence {
            (32, Cause::Gap { found: at.next(), expected: here.next() })
        } else if at.sequence == here.sequence && at.chain != here.chain {
            (40, Cause::Chain { found: at.chain, expected: here.chain })
        } else {
            continue;
        };
        *snapshot = Err(Damage { file: found.name.clone(), offset, cause });
    }
}
