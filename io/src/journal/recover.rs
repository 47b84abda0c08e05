//! A journal opened again, after whatever ended the process before: what was not finished is cut, what was accepted is
//! kept, and what is neither is refused before anything is changed.
//!
//! In this order, each step harmless if the next crash comes right after it:
//! 1. The last segment is walked and checked, and the one before it where the last holds nothing.
//! 2. A segment whose making was not finished is removed; an unfinished batch at the end is cut off.
//! 3. **What may never have reached the disk is written again**: the last batch and all after it, with the same bytes,
//!    or, before the first batch, the segment's header; and the names are synced.
//!    After a failed sync, or when only the process died, it can be read and yet not be durable, and syncing alone
//!    would not write it.
//! 4. A seal follows, so that from now on this batch counts as one that was accepted.

use std::sync::Arc;

use super::error::{Cause, JournalError};
use super::layout::{Kind, SECTOR};
use super::segment::{Step, Tail};
use super::segments::{self, Segment, Walk};
use super::storage::{Storage, StorageFile};
use super::units::RealmId;
use super::writer::{Options, Place, Writer};

/// What was found and done when a journal was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The unfinished batch that was cut off. Nobody had been told that it was accepted.
    pub cut: Option<Tail>,
    /// The segment that was removed because its making was not finished.
    pub removed: Option<String>,
}

/// The last segment in use, walked to its end.
struct End {
    walk: Walk,
    /// Where the last batch begins; where the roll mark does, for a segment that ends in one; the file's beginning
    /// where there is neither.
    last: usize,
    tail: Option<Tail>,
}

impl Writer {
    /// The journal of `realm`, to be gone on with.
    ///
    /// # Errors
    /// If there is none, if its end is damaged (nothing is changed then), or if the storage fails.
    pub fn open(
        storage: Arc<dyn Storage>,
        realm: RealmId,
        options: Options,
    ) -> Result<(Self, Recovery), JournalError> {
        let mut found = segments::list(&*storage)?;
        let mut recovery = Recovery::default();
        let newest = found.pop().ok_or(JournalError::Absent)?;
        let mut end = walk(&*storage, newest, realm)?;
        if !end.walk.is_made || end.walk.at == SECTOR {
            match found.pop() {
                Some(segment) => {
                    let before = walk(&*storage, segment, realm)?;
                    if !before.walk.is_made {
                        return Err(before.walk.damage(Cause::Header("it is missing")).into());
                    }
                    if before.walk.is_rolled {
                        check_follows(&before, &end)?;
                        rewrite(&*storage, &before)?;
                    } else if !end.walk.is_empty() {
                        return Err(before.walk.damage(Cause::Unfinished).into());
                    } else {
                        storage.remove(&end.walk.segment.name)?;
                        storage.sync_directory()?;
                        recovery.removed = Some(end.walk.segment.name);
                        end = before;
                    }
                }
                None if !end.walk.is_made => return Err(JournalError::Absent),
                None => {}
            }
        } else if end.walk.is_rolled {
            return Err(end.walk.damage(Cause::Missing { expected: end.walk.position.next() }).into());
        }
        let file = rewrite(&*storage, &end)?;
        storage.sync_directory()?;
        recovery.cut = end.tail;
        let (first, position) = (end.walk.segment.first, end.walk.position);
        let place = Place { file, first, offset: end.walk.at as u64, position };
        let mut writer = Writer::at(storage, options, realm, place);
        writer.seal()?;
        Ok((writer, recovery))
    }

    /// The journal of `realm`, new if there is none.
    ///
    /// # Errors
    /// As [`Writer::open`] and [`Writer::create`].
    pub fn open_or_create(
        storage: Arc<dyn Storage>,
        realm: RealmId,
        options: Options,
    ) -> Result<(Self, Recovery), JournalError> {
        match Writer::open(Arc::clone(&storage), realm, options) {
            Err(JournalError::Absent) => {
                Writer::create(storage, realm, options).map(|writer| (writer, Recovery::default()))
            }
            opened => opened,
        }
    }
}

fn walk(storage: &dyn Storage, segment: Segment, realm: RealmId) -> Result<End, JournalError> {
    let mut walk = Walk::new(storage, segment, Some(realm))?;
    let mut last = 0;
    loop {
        match walk.step()? {
            Step::Frame(frame) if frame.header.kind != Kind::Seal => last = frame.at,
            Step::Frame(_) => {}
            Step::End => return Ok(End { walk, last, tail: None }),
            Step::Unfinished(tail) => return Ok(End { walk, last, tail: Some(tail) }),
        }
    }
}

/// The newest segment, without batches, must be the one that the roll mark before it speaks of.
fn check_follows(before: &End, newest: &End) -> Result<(), JournalError> {
    if !newest.walk.is_made {
        return Err(newest.walk.damage(Cause::Header("it is missing")).into());
    }
    if newest.walk.position != before.walk.position {
        let (found, expected) = (newest.walk.position.chain, before.walk.position.chain);
        return Err(newest.walk.damage(Cause::Chain { found, expected }).into());
    }
    Ok(())
}

/// Cuts what follows the last whole frame, and writes again what may not be durable.
fn rewrite(storage: &dyn Storage, end: &End) -> Result<Box<dyn StorageFile>, JournalError> {
    let walk = &end.walk;
    let mut file = storage.open(&walk.segment.name)?;
    // The bytes that are written again are copied: the file may be mapped.
    let again = walk.bytes[end.last..walk.at].to_vec();
    if walk.bytes.len() > walk.at {
        file.cut(walk.at as u64)?;
    }
    file.write_at(end.last as u64, &again)?;
    file.sync_data()?;
    Ok(file)
}
