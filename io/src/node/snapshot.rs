//! A snapshot made from the journal alone: the newest snapshot before it, and what followed. It needs nothing of a running realm, so
//! it is made on another thread, beside a node that goes on: the realm does not pause at all. What it costs instead is a second realm in
//! memory for as long as it takes.

use std::io::Write;
use std::sync::Arc;

use bartizan_engine::codec::Codec;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;

use super::history::{History, HistoryError, SNAPSHOTS_KEPT};
use crate::journal::{Operation, Position, Snapshots, Storage, StorageError};

/// Makes a snapshot of the last batch that is durable when this is called, and at the latest of the one that holds `until`. Returns where it stands, and its file;
/// none if there is one of that position already, or nothing to take.
///
/// # Errors
/// If the journal cannot be read, its state would not be read again from its bytes, or the storage fails. No other snapshot is touched then.
pub fn take(
    storage: &Arc<dyn Storage>,
    until: Option<Sequence>,
) -> Result<Option<(Position, String)>, HistoryError> {
    let history = History::from_snapshot(Arc::clone(storage), None)?;
    let (id, start) = (history.id(), history.start());
    let (realm, position) = history.run_to_batch(until)?;
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
