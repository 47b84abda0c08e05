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
//! 4. A seal follows, so that from now on this batch counts as one that was accepted; unless one stands there. So a journal that is opened and
//!    given nothing stays as it is, to the byte.

use std::sync::Arc;

use super::error::{Cause, JournalError};
use super::layout::{Kind, SECTOR};
use super::segment::{Step, Tail};
use super::segments::{self, Segment, Walk};
use super::snapshot;
use super::storage::{Storage, StorageFile};
use super::units::{Position, RealmId};
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
    /// Whether the last frame is a batch, so that none says that it was durable.
    is_open: bool,
    /// Whether the last frame is a seal.
    is_sealed: bool,
    tail: Option<Tail>,
}

/// How a journal ends.
struct Found {
    end: End,
    /// The segment before the last one, whose roll mark may not be durable.
    before: Option<End>,
    /// The segment whose making was not finished.
    unused: Option<String>,
}

impl Found {
    fn is_settled(&self) -> bool {
        self.end.tail.is_none() && !self.end.is_open
    }
}

impl Writer {
    /// The journal of `realm`, to be gone on with.
    ///
    /// # Errors
    /// If there is none, if its end is damaged or before the newest snapshot (nothing is changed then), or if the storage fails.
    pub fn open(
        storage: Arc<dyn Storage>,
        realm: RealmId,
        options: Options,
    ) -> Result<(Self, Recovery), JournalError> {
        let Found { end, before, unused } = find(&*storage, Some(realm))?;
        let mut recovery = Recovery::default();
        if let Some(before) = before {
            rewrite(&*storage, &before)?;
        }
        if let Some(name) = unused {
            storage.remove(&name)?;
            storage.sync_directory()?;
            recovery.removed = Some(name);
        }
        let file = rewrite(&*storage, &end)?;
        storage.sync_directory()?;
        recovery.cut = end.tail;
        let (first, position) = (end.walk.segment.first, end.walk.position);
        let place = Place { file, first, offset: end.walk.at as u64, position, is_sealed: end.is_sealed };
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

/// Whether all that can be read of the journal is known to be durable: a frame follows the last batch, and it ends in nothing unfinished.
///
/// # Errors
/// If there is no journal, its end is damaged, or the storage fails.
pub fn is_settled(storage: &dyn Storage) -> Result<bool, JournalError> {
    Ok(find(storage, None)?.is_settled())
}

/// Makes durable what can be read of a journal that nobody writes, as who opens it to write does, if it is not known to be. Returns where it
/// ends, and what was cut or removed.
///
/// # Errors
/// As [`Writer::open`].
pub fn settle(storage: &Arc<dyn Storage>) -> Result<(Position, Recovery), JournalError> {
    let found = find(&**storage, None)?;
    let realm = found.end.walk.realm.ok_or(JournalError::Absent)?;
    if found.is_settled() {
        return Ok((found.end.walk.position, Recovery::default()));
    }
    let (writer, recovery) = Writer::open(Arc::clone(storage), realm, Options::default())?;
    Ok((writer.position(), recovery))
}

/// Looks at how the journal ends; changes nothing.
fn find(storage: &dyn Storage, realm: Option<RealmId>) -> Result<Found, JournalError> {
    let snapshot = snapshot::last_named(storage)?;
    let mut segments = segments::list(storage)?;
    let count = segments.len();
    let newest = segments.pop().ok_or(JournalError::Absent)?;
    let mut found = Found { end: walk(storage, newest, realm)?, before: None, unused: None };
    let newest = &found.end;
    if !newest.walk.is_made || newest.walk.at == SECTOR {
        match segments.pop() {
            Some(segment) => {
                let before = walk(storage, segment, realm)?;
                if !before.walk.is_made {
                    return Err(before.walk.damage(Cause::Header("it is missing")).into());
                }
                if before.walk.is_rolled {
                    check_follows(&before, newest)?;
                    found.before = Some(before);
                } else if !newest.walk.is_empty() {
                    return Err(before.walk.damage(Cause::Unfinished).into());
                } else {
                    let unused = std::mem::replace(&mut found.end, before);
                    found.unused = Some(unused.walk.segment.name);
                }
            }
            None if !newest.walk.is_made => return Err(JournalError::Absent),
            None => {}
        }
    } else if newest.walk.is_rolled {
        if segments::list(storage)?.len() > count {
            // It was made after the others were listed, by a node at work.
            return find(storage, realm);
        }
        return Err(newest.walk.damage(Cause::Missing { expected: newest.walk.position.next() }).into());
    }
    match snapshot {
        Some(expected) if expected > found.end.walk.position.sequence => {
            Err(found.end.walk.damage(Cause::Short { expected }).into())
        }
        _ => Ok(found),
    }
}

fn walk(storage: &dyn Storage, segment: Segment, realm: Option<RealmId>) -> Result<End, JournalError> {
    let mut walk = Walk::new(storage, segment, realm)?;
    let (mut last, mut is_open, mut is_sealed) = (0, false, false);
    loop {
        match walk.step()? {
            Step::Frame(frame) => {
                is_open = frame.header.kind == Kind::Batch;
                is_sealed = frame.header.kind == Kind::Seal;
                if frame.header.kind != Kind::Seal {
                    last = frame.at;
                }
            }
            Step::End => return Ok(End { walk, last, is_open, is_sealed, tail: None }),
            Step::Unfinished(tail) => return Ok(End { walk, last, is_open, is_sealed, tail: Some(tail) }),
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
