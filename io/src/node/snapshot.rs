//! A snapshot made from the journal alone: the newest snapshot before it, and what followed. It needs nothing of a running realm, so
//! it is made on another thread, beside a node that goes on: the realm does not pause at all. What it costs instead is a second realm in
//! memory for as long as it takes.
//!
//! A snapshot is of what is durable, never of what can merely be read: or after a power cut it could know of commands that the journal has
//! not, and the journal would be refused as one that lost them. Beside a node, the node says what is; alone, the journal is recovered first.

use std::io::Write;
use std::sync::Arc;

use bartizan_engine::codec::Codec;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;

use super::history::{History, HistoryError, SNAPSHOTS_KEPT};
use crate::journal::{
    self, JournalError, Operation, Position, RealmId, Recovery, Snapshots, Storage, StorageError,
};

/// What became of a snapshot: where it stands, and its file; none if there was one already.
pub type Taken = Option<(Position, String)>;

/// Makes a snapshot beside a node, which says up to where all is durable: there. Returns where it stands, and its file; none if there is
/// one of that position already, or nothing to take.
///
/// # Errors
/// If the journal cannot be read, ends before or has another history there, its state would not be read again from its bytes, or the storage
/// fails. No other snapshot is touched then.
pub fn take(storage: &Arc<dyn Storage>, durable: Position) -> Result<Taken, HistoryError> {
    let until = Sequence(durable.sequence.0);
    let history = History::from_snapshot(Arc::clone(storage), Some(until))?;
    let (id, start) = (history.id(), history.start());
    let (realm, position) = history.run_to_batch(Some(until))?;
    check(position, durable)?;
    write(storage, (id, start), position, realm)
}

/// Makes a snapshot of all that is in a journal which nobody writes, after making that durable. Returns the same, and what was cut or removed.
///
/// # Errors
/// As [`take`], and as [`journal::settle`].
pub fn take_alone(storage: &Arc<dyn Storage>) -> Result<(Taken, Recovery), HistoryError> {
    let history = History::from_snapshot(Arc::clone(storage), None)?;
    let (id, start) = (history.id(), history.start());
    let (realm, position) = history.run_to_batch(None)?;
    // Only now, since what is damaged is refused before anything is changed.
    let (durable, recovery) = journal::settle(storage)?;
    check(position, durable)?;
    Ok((write(storage, (id, start), position, realm)?, recovery))
}

/// What was read ends where the journal is known to be durable.
fn check(read: Position, durable: Position) -> Result<(), JournalError> {
    if read == durable {
        return Ok(());
    }
    Err(JournalError::Beyond { asked: durable.sequence, last: read.sequence })
}

fn write(
    storage: &Arc<dyn Storage>,
    (id, start): (RealmId, Option<Position>),
    position: Position,
    realm: Realm,
) -> Result<Taken, HistoryError> {
    if position.sequence.0 == 0 || start == Some(position) {
        return Ok(None);
    }
    // What cannot be read again must not take the place of an older one that can.
    let bytes = realm.to_bytes();
    drop(realm);
    Realm::from_bytes(&bytes).map_err(HistoryError::Unsound)?;
    let snapshots = Snapshots::new(Arc::clone(storage), id, SNAPSHOTS_KEPT);
    let mut writer = snapshots.begin(position)?;
    let failed =
        |error| StorageError::new(Operation::Write, format!("snapshot of {}", position.sequence), error);
    writer.write_all(&bytes).map_err(failed)?;
    let name = writer.finish()?;
    Ok(Some((position, name)))
}
