//! The follower of a realm, on a thread of its own: applies each durable group to the [`View`], and tells it to the [`Feed`].
//!
//! The realm's thread never waits for it. What it had no time to take it reads from the journal, where everything is: a group that does not
//! follow on the last one sends it there.

use std::sync::Arc;

use bartizan_engine::codec::Codec;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::command::Envelope;

use super::feed::{Feed, Told};
use super::view::View;
use crate::journal::{Position, Reader, RealmId, Storage};
use crate::node::{HistoryError, Sequenced};
use crate::sync::channel::Receiver;

/// What the realm's thread says.
#[derive(Debug)]
pub(super) enum Durable {
    /// A group was applied; the position after it.
    Group(Vec<Sequenced>, Position),
    /// The journal is durable up to here, and not all of it was told as groups.
    Journal(Position),
}

/// Who follows a realm.
pub(super) struct Follower {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) id: RealmId,
    /// After the last batch that was applied.
    pub(super) position: Position,
    pub(super) view: Arc<View>,
    pub(super) feed: Arc<Feed>,
}

/// Groups that may wait for the follower, who then turns to the journal.
pub(super) const FOLLOWER_QUEUE: usize = 16;

/// How many commands ahead the view asks for what they need.
const AHEAD: usize = 12;

impl Follower {
    /// Follows until the realm's thread is gone.
    ///
    /// # Errors
    /// If the journal cannot be read. The view stays as it is then.
    pub(super) fn follow(mut self, durable: &Receiver<Durable>) -> Result<(), HistoryError> {
        while let Ok(told) = durable.recv() {
            match told {
                Durable::Group(group, after) => {
                    let first = group.first().map_or(after.sequence.0 + 1, |command| command.sequence.0);
                    if first == self.position.sequence.0 + 1 {
                        self.apply(group, after);
                    } else {
                        self.catch_up(after)?;
                    }
                }
                Durable::Journal(end) => self.catch_up(end)?,
            }
        }
        Ok(())
    }

    fn apply(&mut self, group: Vec<Sequenced>, after: Position) {
        let mut told = Told::with_capacity(group.len());
        {
            let mut realm = self.view.write();
            for coming in group.iter().take(AHEAD) {
                realm.fetch(&coming.envelope);
            }
            let mut answers = Vec::with_capacity(group.len());
            for (index, command) in group.iter().enumerate() {
                if let Some(coming) = group.get(index + AHEAD) {
                    realm.fetch(&coming.envelope);
                }
                let Sequenced { sequence, time, envelope } = command;
                answers.push(realm.apply(*sequence, *time, envelope, told.events()));
                told.mark();
            }
            told.fill(group, answers);
        }
        self.position = after;
        self.view.publish();
        self.feed.push(told);
    }

    /// Reads from the journal what is missing up to `end`.
    fn catch_up(&mut self, end: Position) -> Result<(), HistoryError> {
        if end.sequence <= self.position.sequence {
            return Ok(());
        }
        let mut reader = Reader::after(Arc::clone(&self.storage), Some(self.id), self.position)?;
        while self.position.sequence < end.sequence {
            let Some(batch) = reader.next_batch()? else { break };
            let mut group = Vec::new();
            for record in batch.records {
                let (sequence, time) = (Sequence(record.sequence.0), record.time.0);
                let envelope = Envelope::from_bytes(record.body)
                    .map_err(|cause| HistoryError::Record { sequence: sequence.0, cause })?;
                group.push(Sequenced { sequence, time, envelope });
            }
            let after = batch.after;
            self.apply(group, after);
        }
        Ok(())
    }
}
