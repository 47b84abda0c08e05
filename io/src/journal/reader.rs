//! The journal read, batch by batch, from any sequence on: mapped, every byte checked, nothing copied.
//!
//! A reader changes nothing. Where the journal ends in a batch whose writing was not finished, it stops before that
//! and tells it ([`Reader::tail`]); anything else that is not as it was written is an error, and so is a journal that ends before the newest of
//! its snapshots.
//!
//! **What can be read may not be durable**: a batch is there for readers as soon as it is written, and on the disk when it is synced. Who makes
//! something of it that outlives a power cut reads it [`Reader::durable`].

use std::sync::Arc;

use super::error::{Cause, Damage, JournalError};
use super::layout::{Kind, Records};
use super::segment::{Frame, Step, Tail};
use super::segments::{self, Segment, Walk};
use super::snapshot;
use super::storage::Storage;
use super::units::{Position, RealmId, Sequence};

/// Some of a batch's records: all of them, or those from the sequence on from which is read.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// The position after it.
    pub after: Position,
    /// The records.
    pub records: Records<'a>,
}

/// A journal that is being read.
#[derive(Debug)]
pub struct Reader {
    storage: Arc<dyn Storage>,
    segments: Vec<Segment>,
    /// Which of them is walked.
    index: usize,
    walk: Walk,
    from: Sequence,
    /// The position that must be met on the way, if any.
    through: Option<Position>,
    /// The sequence of the newest snapshot that there was before the segments were listed.
    snapshot: Option<Sequence>,
    /// Where to stop before what is not known to be durable: after this, which is.
    durable: Option<Sequence>,
    tail: Option<Tail>,
}

impl Reader {
    /// From sequence `from` on. It may be the one after the last; the reader has nothing to give then.
    ///
    /// The segment that holds it is read and checked from its beginning.
    ///
    /// # Errors
    /// If there is no journal, or its beginning is damaged or of another realm than `realm`.
    pub fn new(
        storage: Arc<dyn Storage>,
        realm: Option<RealmId>,
        from: Sequence,
    ) -> Result<Self, JournalError> {
        // First of all: a node that works meanwhile makes more of them.
        let snapshot = snapshot::last_named(&*storage)?;
        let segments = segments::list(&*storage)?;
        let mut index = segments.partition_point(|segment| segment.first <= from).saturating_sub(1);
        let segment = |index: usize| segments.get(index).cloned().ok_or(JournalError::Absent);
        let mut walk = Walk::new(&*storage, segment(index)?, realm)?;
        if !walk.is_made && index > 0 {
            index -= 1;
            walk = Walk::new(&*storage, segment(index)?, realm)?;
        }
        if !walk.is_made && segments.len() > 1 {
            return Err(walk.damage(Cause::Header("it is missing")).into());
        }
        if !walk.is_made
            && let Some(expected) = snapshot
        {
            return Err(walk.damage(Cause::Short { expected }).into());
        }
        let (through, durable, tail) = (None, None, None);
        Ok(Reader { storage, segments, index, walk, from, through, snapshot, durable, tail })
    }

    /// What follows on `position`, such as a snapshot's.
    ///
    /// # Errors
    /// As [`Reader::new`]; and, when it comes to that, if the journal has another hash there.
    pub fn after(
        storage: Arc<dyn Storage>,
        realm: Option<RealmId>,
        position: Position,
    ) -> Result<Self, JournalError> {
        let mut reader = Reader::new(storage, realm, position.next())?;
        reader.through = Some(position);
        reader.check_through(reader.walk.position)?;
        Ok(reader)
    }

    /// The same, which ends before the first batch that is not known to be durable, whoever writes meanwhile. Known to be is one after which another frame
    /// was begun, since the one before is synced by then, what a snapshot has, and what the caller knows to be, up to `known`. That leaves at most
    /// one batch out.
    #[must_use]
    pub fn durable(mut self, known: Sequence) -> Self {
        self.durable = self.snapshot.max(Some(known));
        self
    }

    /// Whose journal it is; unknown while it has no more than part of a header.
    pub fn realm(&self) -> Option<RealmId> {
        self.walk.realm
    }

    /// Where the batches end that were given so far.
    pub fn position(&self) -> Position {
        self.walk.position
    }

    /// The damage that the journal ends before a snapshot at `expected`, once everything was read.
    pub(super) fn short_of(&self, expected: Sequence) -> Damage {
        self.walk.damage(Cause::Short { expected })
    }

    /// The unfinished batch that the journal ends in, once everything before it was read.
    pub fn tail(&self) -> Option<&Tail> {
        self.tail.as_ref()
    }

    /// The next batch; `None` at the end.
    ///
    /// # Errors
    /// At damage, with where and what. What was given before it stands.
    pub fn next_batch(&mut self) -> Result<Option<Batch<'_>>, JournalError> {
        let Some(frame) = self.next_frame()? else { return Ok(None) };
        let skipped = self.from.0.saturating_sub(frame.header.first.0);
        let mut records = frame.records(&self.walk.bytes);
        records.by_ref().take(skipped as usize).for_each(|_| ());
        Ok(Some(Batch { after: frame.after, records }))
    }

    /// The next frame with a record to give.
    fn next_frame(&mut self) -> Result<Option<Frame>, JournalError> {
        loop {
            let before = (self.walk.at, self.walk.position);
            match self.walk.step()? {
                Step::Frame(_) if !self.may_give() => {
                    (self.walk.at, self.walk.position) = before;
                    return self.check_end().map(|()| None);
                }
                Step::Frame(frame) => {
                    self.check_through(frame.after)?;
                    if frame.header.kind == Kind::Batch && frame.after.sequence >= self.from {
                        return Ok(Some(frame));
                    }
                }
                step => {
                    if !self.next_segment(step)? {
                        return self.check_end().map(|()| None);
                    }
                }
            }
        }
    }

    /// Whether what was walked is known to be durable, or need not be.
    fn may_give(&self) -> bool {
        self.durable.is_none_or(|known| self.walk.position.sequence <= known) || self.walk.is_followed()
    }

    /// Goes on to the segment after the one that ended with `step`. Says whether there is one.
    fn next_segment(&mut self, step: Step) -> Result<bool, JournalError> {
        if self.walk.is_rolled && self.index + 1 == self.segments.len() {
            // It was made after the others were listed, by a node at work.
            self.segments = segments::list(&*self.storage)?;
        }
        let next = self.segments.get(self.index + 1).cloned();
        let walk = match next {
            Some(segment) => Some(Walk::new(&*self.storage, segment, self.walk.realm)?),
            None => None,
        };
        let is_last = self.index + 2 == self.segments.len();
        match walk {
            None if self.walk.is_rolled => {
                Err(self.walk.damage(Cause::Missing { expected: self.walk.position.next() }).into())
            }
            Some(walk) if self.walk.is_rolled => self.enter(walk).map(|()| true),
            // Its making was not finished, so this one is the last.
            Some(walk) if !(is_last && walk.is_empty()) => Err(self.walk.damage(Cause::Unfinished).into()),
            _ => {
                if let Step::Unfinished(tail) = step {
                    self.tail = Some(tail);
                }
                Ok(false)
            }
        }
    }

    fn enter(&mut self, walk: Walk) -> Result<(), JournalError> {
        let here = self.walk.position;
        let damage = |cause| Damage { file: walk.segment.name.clone(), offset: 0, cause };
        if !walk.is_made {
            return Err(damage(Cause::Header("it is missing")).into());
        }
        if walk.position.sequence != here.sequence {
            let cause = Cause::Gap { found: walk.position.next(), expected: here.next() };
            return Err(damage(cause).into());
        }
        if walk.position.chain != here.chain {
            let cause = Cause::Chain { found: walk.position.chain, expected: here.chain };
            return Err(damage(cause).into());
        }
        self.index += 1;
        self.walk = walk;
        Ok(())
    }

    /// Refuses another history than the one that is to be gone on with.
    fn check_through(&mut self, here: Position) -> Result<(), Damage> {
        match self.through {
            Some(through) if here.sequence >= through.sequence => {
                self.through = None;
                if here.sequence > through.sequence {
                    let cause = Cause::Gap { found: here.next(), expected: through.next() };
                    return Err(self.walk.damage(cause));
                }
                if here.chain != through.chain {
                    let cause = Cause::Chain { found: here.chain, expected: through.chain };
                    return Err(self.walk.damage(cause));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn check_end(&self) -> Result<(), JournalError> {
        if let Some(through) = self.through {
            return Err(self.short_of(through.sequence).into());
        }
        let last = self.walk.position.sequence;
        if let Some(expected) = self.snapshot.filter(|&expected| expected > last) {
            return Err(self.short_of(expected).into());
        }
        match self.from.before() {
            asked if asked > last => Err(JournalError::Beyond { asked, last }),
            _ => Ok(()),
        }
    }
}
