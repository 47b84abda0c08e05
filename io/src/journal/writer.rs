//! The journal's one writer. Records are gathered by [`Writer::append`] and made durable together by
//! [`Writer::commit`]: one write, one sync. Only then may anyone be told that they were accepted. Who gathers them elsewhere, so as to go on
//! while the batch before is written, hands them over as a whole ([`Writer::commit_batch`]).
//!
//! **One batch at a time**: a batch is written when the one before it is durable. Recovery relies on it: at most the
//! last batch can be unfinished. **A seal** ([`Writer::seal`]) is an empty frame that says so of the very last one:
//! write it when there is nothing else to do, and at the end.
//!
//! After any failed write or sync the writer refuses everything: what is durable is unknown, and asking the system
//! again would not tell (see [`super::storage`]). The process stops, and recovery finds out.

use std::sync::Arc;

use bartizan_engine::book::Time;
use bartizan_engine::realm::RULES;

use super::error::JournalError;
use super::layout::{FrameBuffer, Kind, SECTOR, SegmentHeader, VERSION, frame_length};
use super::segment;
use super::segments;
use super::storage::{Storage, StorageError, StorageFile};
use super::units::{Position, RealmId, Sequence};

/// How a journal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// A segment that holds a batch already grows no longer than this; then the next one begins.
    pub segment_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options { segment_bytes: 64 << 20 }
    }
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Writer {
    storage: Arc<dyn Storage>,
    options: Options,
    realm: RealmId,
    file: Box<dyn StorageFile>,
    /// The first sequence of the segment.
    first: Sequence,
    /// Where the next frame goes.
    offset: u64,
    /// After the last durable batch.
    position: Position,
    pending: FrameBuffer,
    empty: FrameBuffer,
    is_sealed: bool,
    is_stopped: bool,
}

impl Writer {
    /// A new journal.
    ///
    /// # Errors
    /// If there is one already, or the storage fails.
    pub fn create(storage: Arc<dyn Storage>, realm: RealmId, options: Options) -> Result<Self, JournalError> {
        let found = segments::list(&*storage)?;
        if let Some(first) = found.first() {
            let walk = segments::Walk::new(&*storage, first.clone(), None)?;
            if walk.is_made || found.len() > 1 {
                return Err(JournalError::Present { file: first.name.clone() });
            }
            // Its making was not finished, so nobody was told of it.
            storage.remove(&first.name)?;
        }
        let file = begin_segment(&*storage, realm, Position::START)?;
        let (first, offset, position) = (Sequence::FIRST, SECTOR as u64, Position::START);
        Ok(Writer::at(storage, options, realm, Place { file, first, offset, position, is_sealed: false }))
    }

    pub(super) fn at(storage: Arc<dyn Storage>, options: Options, realm: RealmId, place: Place) -> Self {
        let Place { file, first, offset, position, is_sealed } = place;
        Writer {
            storage,
            options,
            realm,
            file,
            first,
            offset,
            position,
            pending: FrameBuffer::default(),
            empty: FrameBuffer::default(),
            is_sealed,
            is_stopped: false,
        }
    }

    /// Whose journal it is.
    pub fn realm(&self) -> RealmId {
        self.realm
    }

    /// After the last durable batch. A snapshot is taken at such a position.
    pub fn position(&self) -> Position {
        self.position
    }

    /// How many bytes the records take that wait to be committed.
    pub fn pending_bytes(&self) -> usize {
        self.pending.payload()
    }

    /// Adds a record to the batch that the next commit makes durable, and says which sequence it will have.
    ///
    /// # Errors
    /// If the batch is full; nothing was added then. If the journal has stopped.
    pub fn append(&mut self, time: Time, body: &[u8]) -> Result<Sequence, JournalError> {
        if self.is_stopped {
            return Err(JournalError::Stopped);
        }
        if !self.pending.push(time, body) {
            return Err(JournalError::Full { bytes: body.len() });
        }
        Ok(self.position.sequence.plus(self.pending.count().into()))
    }

    /// Makes durable what was appended, in one write and one sync, and says up to where all is durable now.
    ///
    /// # Errors
    /// If a write or a sync failed, now or before. None of the batch may be taken as accepted then, nor as lost.
    pub fn commit(&mut self) -> Result<Position, JournalError> {
        let mut pending = std::mem::take(&mut self.pending);
        let done = self.commit_batch(&mut pending);
        self.pending = pending;
        done
    }

    /// The same of a batch that was put together elsewhere, while the one before it was written; it is empty afterwards.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn commit_batch(&mut self, batch: &mut FrameBuffer) -> Result<Position, JournalError> {
        self.unless_stopped()?;
        if batch.count() > 0 {
            let done = self.try_commit(batch);
            self.or_stop(done)?;
            self.is_sealed = false;
        }
        Ok(self.position)
    }

    /// Says durably that the last batch was durable, unless that was said. Costs a sync; no caller waits for it.
    ///
    /// # Errors
    /// If a write or a sync failed, now or before. What was accepted stands.
    pub fn seal(&mut self) -> Result<(), JournalError> {
        self.unless_stopped()?;
        if !self.is_sealed {
            let done = self.write_empty(Kind::Seal);
            self.or_stop(done)?;
            self.is_sealed = true;
        }
        Ok(())
    }

    /// Refuses if the journal has stopped.
    ///
    /// # Errors
    /// If a write or a sync failed before.
    pub fn unless_stopped(&self) -> Result<(), JournalError> {
        if self.is_stopped { Err(JournalError::Stopped) } else { Ok(()) }
    }

    fn or_stop(&mut self, done: Result<(), StorageError>) -> Result<(), JournalError> {
        self.is_stopped |= done.is_err();
        Ok(done?)
    }

    fn try_commit(&mut self, batch: &mut FrameBuffer) -> Result<(), StorageError> {
        let length = frame_length(batch.payload()) as u64;
        // The roll mark takes a sector.
        let is_over = self.offset + length + SECTOR as u64 > self.options.segment_bytes;
        // A segment without a batch takes one of any length: the next would have its name.
        if is_over && self.position.sequence >= self.first {
            self.roll()?;
        }
        let (frame, after) = batch.finish(Kind::Batch, self.offset, self.position);
        self.file.write_at(self.offset, frame)?;
        self.file.sync_data()?;
        batch.clear();
        self.offset += length;
        self.position = after;
        Ok(())
    }

    fn write_empty(&mut self, kind: Kind) -> Result<(), StorageError> {
        let (frame, _) = self.empty.finish(kind, self.offset, self.position);
        self.file.write_at(self.offset, frame)?;
        self.file.sync_data()?;
        self.offset += frame.len() as u64;
        self.empty.clear();
        Ok(())
    }

    /// Goes on in a new segment, which begins to exist with the roll mark at the end of this one.
    fn roll(&mut self) -> Result<(), StorageError> {
        let next = begin_segment(&*self.storage, self.realm, self.position)?;
        self.write_empty(Kind::Roll)?;
        self.file = next;
        self.first = self.position.next();
        self.offset = SECTOR as u64;
        Ok(())
    }
}

/// Where a writer goes on.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) file: Box<dyn StorageFile>,
    pub(super) first: Sequence,
    pub(super) offset: u64,
    pub(super) position: Position,
    pub(super) is_sealed: bool,
}

/// Makes a segment that goes on after `before`; its header and its name are durable.
fn begin_segment(
    storage: &dyn Storage,
    realm: RealmId,
    before: Position,
) -> Result<Box<dyn StorageFile>, StorageError> {
    let mut file = storage.create(&segment::name(before.next()))?;
    file.write_at(0, &SegmentHeader { version: VERSION, realm, before, rules: RULES }.encode())?;
    file.sync_data()?;
    storage.sync_directory()?;
    Ok(file)
}
