//! Where the log's leaves come from: the journal's records, as far as they are durable.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::cli::Failure;
use crate::cli::recovered::tell_recovery;
use crate::journal::{self, Directory, JournalError, Reader, Sequence, Storage};
use crate::tlog::{TreeSize, entry};

fn storage(data: &Path) -> Result<Arc<dyn Storage>, Failure> {
    let directory = Directory::open_to_read(data).map_err(|error| Failure::at(data, error))?;
    Ok(Arc::new(directory))
}

/// Whether there is a journal in `data`. Without one the log stands for itself: it is taken as it lies in its folder, as a
/// copy of one is.
pub(super) fn is_in(data: &Path) -> bool {
    let found = storage(data).map(|storage| Reader::new(storage, None, Sequence::FIRST));
    !matches!(found, Err(_) | Ok(Err(JournalError::Absent)))
}

/// Makes durable what can be read of the journal in `data`, if that is not known of it and nobody is writing it.
pub(super) fn settle(data: &Path) -> Result<(), Failure> {
    let failed = |error: JournalError| Failure::at(data, error);
    match journal::is_settled(&*storage(data)?) {
        Ok(true) | Err(JournalError::Absent) => return Ok(()),
        is_settled => is_settled.map_err(failed)?,
    };
    let directory = match Directory::open(data) {
        Ok(directory) => directory,
        Err(error) if error.source.kind() == io::ErrorKind::ResourceBusy => return Ok(()),
        Err(error) => return Err(Failure::Told(error.to_string())),
    };
    let (_, recovery) = journal::settle(&(Arc::new(directory) as Arc<dyn Storage>)).map_err(failed)?;
    tell_recovery(data, &recovery);
    Ok(())
}

/// Hands to `take` each record of the journal in `data`, in order. Only what is durable counts, as the first `known` are, so that no power cut takes back what a checkpoint says: beside a run, that may leave the newest batch out.
pub(super) fn leaves(
    data: &Path,
    known: TreeSize,
    take: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |error: JournalError| Failure::at(data, error);
    let reader = Reader::new(storage(data)?, None, Sequence::FIRST).map_err(failed)?;
    let mut reader = reader.durable(Sequence(known.0));
    let mut leaf = Vec::new();
    while let Some(batch) = reader.next_batch().map_err(failed)? {
        for record in batch.records {
            entry::write(&record, &mut leaf);
            take(&leaf)?;
        }
    }
    Ok(())
}

/// The record of this sequence as the log has it; none if there is no journal in `data`.
pub(super) fn record(data: &Path, sequence: Sequence) -> Result<Option<Vec<u8>>, Failure> {
    entry::read(storage(data)?, sequence).map_err(|error| Failure::at(data, error))
}
