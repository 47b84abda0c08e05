//! A journal as the history of a realm: its records, decoded and applied in order, from the beginning or from a snapshot on.
//!
//! Cost: reading, checking and applying; a snapshot saves what comes before it.

use std::cell::Cell;
use std::sync::Arc;

use bartizan_engine::codec::{Codec, DecodeError};
use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::{self, Realm};
use bartizan_engine::reject::Answer;

use crate::journal::layout::SECTOR;
use crate::journal::{
    self, Cause, Damage, JournalError, Passed, Position, Reader, RealmId, Snapshots, Storage, StorageError,
};

/// Why a history cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A record is as it was written, but no command that this version knows.
    #[error("sequence {sequence} is no command: {cause}; it was written by another version")]
    Record {
        /// Which.
        sequence: u64,
        /// What is wrong.
        cause: DecodeError,
    },
    /// Its commands were carried out by other rules than this program's.
    #[error(
        "{file} was written by rules {found} of a realm, and this program has rules {}: carried out again, its commands could be answered otherwise than \
         they were. Use the program that wrote it; nothing has been changed",
        realm::RULES
    )]
    Rules {
        /// The segment.
        file: String,
        /// By which.
        found: u32,
    },
    /// A state that was to become a snapshot would not be read again.
    #[error("the state would not be read again: {0}")]
    Unsound(DecodeError),
}

impl HistoryError {
    /// Whether a node must stop that meets this beside its work: its journal is not what it wrote, or what is durable is unknown. A full disk alone stops
    /// the journal when that meets it.
    pub fn is_final(&self) -> bool {
        match self {
            HistoryError::Journal(JournalError::Storage(error)) => error.is_final(),
            HistoryError::Unsound(_) => false,
            _ => true,
        }
    }
}

impl From<StorageError> for HistoryError {
    fn from(error: StorageError) -> Self {
        HistoryError::Journal(error.into())
    }
}

/// One record of a history, applied.
#[derive(Debug)]
pub struct Moment<'a> {
    /// Its place in the log.
    pub sequence: Sequence,
    /// The log's time, in nanoseconds.
    pub time: u64,
    /// What was asked.
    pub envelope: &'a Envelope,
    /// The answer.
    pub answer: Answer,
    /// What followed.
    pub events: &'a Events,
    /// The realm after it.
    pub realm: &'a Realm,
}

/// Records decoded together, so that what they need is there when they are applied.
const AHEAD: usize = 32;

/// How many snapshots are kept.
pub const SNAPSHOTS_KEPT: usize = 2;

/// A realm on its way through its history.
#[derive(Debug)]
pub struct History {
    realm: Realm,
    id: RealmId,
    storage: Arc<dyn Storage>,
    start: Option<Position>,
    passed: Vec<Passed>,
}

impl History {
    /// From the beginning.
    ///
    /// # Errors
    /// If there is no journal, or its beginning is damaged.
    pub fn from_start(storage: Arc<dyn Storage>) -> Result<Self, HistoryError> {
        let reader = Reader::new(Arc::clone(&storage), None, journal::Sequence::FIRST)?;
        let id = reader.realm().ok_or(JournalError::Absent)?;
        if let Some((file, found)) = journal::of_other_rules(&*storage, realm::RULES)? {
            return Err(HistoryError::Rules { file, found });
        }
        Ok(History { realm: Realm::new(), id, storage, start: None, passed: Vec::new() })
    }

    /// From the newest good snapshot that is not after `until`, or else from the beginning. One that is damaged, or as it was written but no state
    /// that this version knows, is passed over: the journal has everything.
    ///
    /// # Errors
    /// If there is no journal, its beginning is damaged, or the storage fails.
    pub fn from_snapshot(storage: Arc<dyn Storage>, until: Option<Sequence>) -> Result<Self, HistoryError> {
        let mut history = History::from_start(storage)?;
        let snapshots = Snapshots::new(Arc::clone(&history.storage), history.id, SNAPSHOTS_KEPT);
        let mut until = until.map(|until| journal::Sequence(until.0));
        loop {
            let (newest, passed) = snapshots.newest_until(until)?;
            history.passed.extend(passed);
            let Some(snapshot) = newest else { return Ok(history) };
            match Realm::from_bytes(snapshot.body()) {
                Ok(realm) => {
                    (history.realm, history.start) = (realm, Some(snapshot.position));
                    return Ok(history);
                }
                Err(cause) => {
                    let cause = Cause::State(cause);
                    let damage = Damage { file: snapshot.name.clone(), offset: SECTOR as u64, cause };
                    history.passed.push(Passed(damage));
                }
            }
            let Some(before) = snapshot.position.sequence.0.checked_sub(1) else { return Ok(history) };
            until = Some(journal::Sequence(before));
        }
    }

    /// Whose history it is.
    pub fn id(&self) -> RealmId {
        self.id
    }

    /// Snapshots that were passed over because they are damaged, or no state.
    pub fn passed(&self) -> &[Passed] {
        &self.passed
    }

    /// The same, taken out.
    pub fn take_passed(&mut self) -> Vec<Passed> {
        std::mem::take(&mut self.passed)
    }

    /// Where the snapshot stands from which this starts.
    pub fn start(&self) -> Option<Position> {
        self.start
    }

    /// The realm where this stands.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// Goes on to the end, or until `until` is applied, telling each record. Returns the realm, and the position after the last batch that
    /// is applied whole.
    ///
    /// # Errors
    /// At damage, or at a record that is no command; what was told before stands.
    pub fn run(
        self,
        until: Option<Sequence>,
        mut tell: impl FnMut(Moment<'_>),
    ) -> Result<(Realm, Position), HistoryError> {
        self.go(|sequence| until.is_none_or(|until| sequence <= until), true, &mut tell)
    }

    /// Goes on until `until` is applied, or `tell` wants no more.
    ///
    /// # Errors
    /// As [`History::run`].
    pub fn run_while(
        self,
        until: Sequence,
        mut tell: impl FnMut(Moment<'_>) -> bool,
    ) -> Result<(Realm, Position), HistoryError> {
        let wants_more = Cell::new(true);
        self.go(|sequence| wants_more.get() && sequence <= until, true, &mut |moment| {
            wants_more.set(tell(moment));
        })
    }

    /// Goes on to the end, or to the end of the batch that holds `until`.
    ///
    /// # Errors
    /// As [`History::run`].
    pub fn run_to_batch(self, until: Option<Sequence>) -> Result<(Realm, Position), HistoryError> {
        self.go(|sequence| until.is_none_or(|until| sequence <= until), false, &mut |_| ())
    }

    /// Goes on as long as the next sequence is wanted: of the next record, or of the first of the next batch.
    fn go(
        self,
        is_wanted: impl Fn(Sequence) -> bool,
        by_record: bool,
        tell: &mut dyn FnMut(Moment<'_>),
    ) -> Result<(Realm, Position), HistoryError> {
        let mut steps = self.steps()?;
        let is_record_wanted = |sequence| !by_record || is_wanted(sequence);
        while is_wanted(steps.next()) && steps.batch(&is_record_wanted, tell)? {}
        Ok((steps.realm, steps.position))
    }

    /// The same history batch by batch, for who lets others go on in between.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn steps(self) -> Result<Steps, HistoryError> {
        let History { realm, id, storage, start, .. } = self;
        let reader = match start {
            Some(position) => Reader::after(Arc::clone(&storage), Some(id), position)?,
            None => Reader::new(Arc::clone(&storage), Some(id), journal::Sequence::FIRST)?,
        };
        let position = start.unwrap_or(Position::START);
        let (events, ahead) = (Events::default(), Vec::with_capacity(AHEAD));
        Ok(Steps { realm, id, storage, reader, position, events, ahead })
    }
}

/// A history that stands after some batch, and goes on from there.
#[derive(Debug)]
pub struct Steps {
    realm: Realm,
    id: RealmId,
    storage: Arc<dyn Storage>,
    reader: Reader,
    /// After the last batch that was applied whole.
    position: Position,
    events: Events,
    ahead: Vec<(u64, Envelope)>,
}

impl Steps {
    /// The place in the log of what it carries out next.
    pub fn next(&self) -> Sequence {
        Sequence(self.realm.sequence().0 + 1)
    }

    /// Carries out the next batch, telling each record. Says whether there was one, by now.
    ///
    /// # Errors
    /// As [`History::run`].
    pub fn step(&mut self, mut tell: impl FnMut(Moment<'_>)) -> Result<bool, HistoryError> {
        if self.batch(&|_| true, &mut tell)? {
            return Ok(true);
        }
        // A reader sees the journal as it was when it came to its last segment.
        self.reader = Reader::after(Arc::clone(&self.storage), Some(self.id), self.position)?;
        self.batch(&|_| true, &mut tell)
    }

    /// Carries out the next batch as far as its records are wanted. False if there is none, or not all of it was wanted.
    fn batch(
        &mut self,
        is_wanted: &dyn Fn(Sequence) -> bool,
        tell: &mut dyn FnMut(Moment<'_>),
    ) -> Result<bool, HistoryError> {
        let Steps { realm, reader, position, events, ahead, .. } = self;
        let Some(batch) = reader.next_batch()? else { return Ok(false) };
        let mut records = batch.records;
        loop {
            ahead.clear();
            for record in records.by_ref().take(AHEAD) {
                let envelope = Envelope::from_bytes(record.body)
                    .map_err(|cause| HistoryError::Record { sequence: record.sequence.0, cause })?;
                realm.fetch(&envelope);
                ahead.push((record.time.0, envelope));
            }
            if ahead.is_empty() {
                break;
            }
            for (time, envelope) in &*ahead {
                let sequence = Sequence(realm.sequence().0 + 1);
                if !is_wanted(sequence) {
                    return Ok(false);
                }
                events.clear();
                let answer = realm.apply(sequence, *time, envelope, events);
                let (time, events, realm) = (*time, &*events, &*realm);
                tell(Moment { sequence, time, envelope, answer, events, realm });
            }
        }
        *position = batch.after;
        Ok(true)
    }
}

/// What stands for a whole state: the BLAKE3 of its canonical bytes.
pub fn digest(realm: &Realm) -> blake3::Hash {
    blake3::hash(&realm.to_bytes())
}
