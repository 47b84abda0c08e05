//! The node itself: takes envelopes, makes them durable in groups, applies them, answers.
//!
//! Order: a record is appended to the journal, then the group is written and synced, and only then is each applied and answered. So an
//! answer is never given for what could be lost, and the realm never holds what the journal does not. After a failure of the disk the
//! node refuses everything; opened again, it recovers.
//!
//! What is answered by its identity alone needs no record: [`Node::identify`] says so before it is taken. It looks through what waits as well
//! as through the realm, so no order of commands within a group lets a repetition into the journal.

use std::sync::Arc;

use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::reject::Answer;

use super::group::{Group, Sequenced, apply};
use super::history::{History, HistoryError};
use super::sequencer::Sequencer;
use crate::journal::{
    self, JournalError, Passed, Position, RealmId, Recovery, Storage, StorageError, Writer,
};

/// How a node runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How its journal is written.
    pub journal: journal::Options,
}

/// Why a node cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// Its journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Its history cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
}

impl From<StorageError> for NodeError {
    fn from(error: StorageError) -> Self {
        NodeError::Journal(error.into())
    }
}

/// What was found when a node was opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// What recovery cut or removed.
    pub recovery: Recovery,
    /// Damaged snapshots that were passed over.
    pub passed: Vec<Passed>,
    /// Where the snapshot stood from which it was recovered.
    pub start: Option<Position>,
    /// How many commands were replayed.
    pub replayed: u64,
}

/// A realm with its journal.
#[derive(Debug)]
pub struct Node {
    pub(super) realm: Realm,
    pub(super) writer: Writer,
    pub(super) sequencer: Sequencer,
    pub(super) events: Events,
}

impl Node {
    /// The node whose journal is in `storage`; a new one, of the realm `fresh`, if there is none.
    ///
    /// # Errors
    /// If the journal is damaged (nothing is changed then), or the storage fails.
    ///
    /// # Panics
    /// If somebody else writes the journal meanwhile, whom a storage keeps out.
    pub fn open(
        storage: &Arc<dyn Storage>,
        fresh: RealmId,
        options: Options,
    ) -> Result<(Self, Opened), NodeError> {
        let mut opened = Opened::default();
        let (id, realm, end) = match History::from_snapshot(Arc::clone(storage), None) {
            Ok(mut history) => {
                (opened.passed, opened.start) = (history.take_passed(), history.start());
                let id = history.id();
                let (realm, end) = history.run(None, |_| opened.replayed += 1)?;
                (id, realm, end)
            }
            Err(HistoryError::Journal(JournalError::Absent)) => (fresh, Realm::new(), Position::START),
            Err(error) => return Err(error.into()),
        };
        // Only now, since what is damaged is refused before anything is changed.
        let (writer, recovery) = Writer::open_or_create(Arc::clone(storage), id, options.journal)?;
        assert_eq!(writer.position(), end, "what was replayed is what is gone on with");
        opened.recovery = recovery;
        let sequencer = Sequencer::after(&realm);
        Ok((Node { realm, writer, sequencer, events: Events::default() }, opened))
    }

    /// The realm, as of the last answer.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// Whose it is.
    pub fn id(&self) -> RealmId {
        self.writer.realm()
    }

    /// Up to where all is durable.
    pub fn position(&self) -> Position {
        self.writer.position()
    }

    /// The last command that was taken, durable or not.
    pub fn sequence(&self) -> Sequence {
        Sequence(self.writer.position().sequence.0 + self.sequencer.group.commands.len() as u64)
    }

    /// Bytes that wait to be durable.
    pub fn waiting_bytes(&self) -> usize {
        self.sequencer.group.batch.payload()
    }

    /// What a command is by its identity, before it is taken: what is repeated or refused has its answer by that, and need not be taken. None if that
    /// depends on what waits: it is told after [`Node::commit`].
    pub fn identify(&mut self, envelope: &Envelope) -> Option<Identity> {
        self.sequencer.identify(&self.realm, envelope)
    }

    /// Takes an envelope at a time, in nanoseconds; an earlier time than that of the one before counts as the same. It is durable and answered with the
    /// next [`Node::commit`].
    ///
    /// # Errors
    /// If the group is full (commit, then take it again), or the journal has stopped.
    pub fn take(&mut self, time: u64, envelope: Envelope) -> Result<Sequence, NodeError> {
        self.writer.unless_stopped()?;
        Ok(self.sequencer.take(time, envelope, None)?)
    }

    /// Makes durable what was taken, applies it, and tells each answer with what followed.
    ///
    /// # Errors
    /// If the journal failed. None of the group was applied or answered; what of it is durable, the next start finds out.
    pub fn commit(
        &mut self,
        mut tell: impl FnMut(Sequence, &Envelope, Answer, &Events),
    ) -> Result<Position, NodeError> {
        let told = |command: &Sequenced, answer, said: &Events| {
            tell(command.sequence, &command.envelope, answer, said);
        };
        self.commit_group(|| (), told).map(|(_, position)| position)
    }

    /// As [`Node::commit`], and hands over the group that was applied, to whoever follows. Calls `is_durable` between the two, if there is a group.
    ///
    /// # Errors
    /// As [`Node::commit`].
    pub fn commit_group(
        &mut self,
        is_durable: impl FnOnce(),
        mut tell: impl FnMut(&Sequenced, Answer, &Events),
    ) -> Result<(Vec<Sequenced>, Position), NodeError> {
        let position = self.writer.commit_batch(&mut self.sequencer.group.batch)?;
        let Group { commands, batch } = self.sequencer.give(Group::default());
        if !commands.is_empty() {
            is_durable();
        }
        self.sequencer.group = Group { commands: Vec::with_capacity(commands.len()), batch };
        apply(&mut self.realm, &mut self.events, &commands, |_, command, answer, said| {
            tell(command, answer, said);
        });
        Ok((commands, position))
    }

    /// Says durably that the last group was durable, when there is nothing else to do.
    ///
    /// # Errors
    /// If the journal failed.
    pub fn rest(&mut self) -> Result<(), NodeError> {
        Ok(self.writer.seal()?)
    }
}
