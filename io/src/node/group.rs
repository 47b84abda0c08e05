//! A group of commands: those that become durable together, by one write and one sync. It is filled, written, applied, and filled again.

use bartizan_engine::codec::Codec;
use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::reject::Answer;

use crate::journal::JournalError;
use crate::journal::layout::FrameBuffer;

/// An envelope at its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequenced {
    /// Its place.
    pub sequence: Sequence,
    /// The log's time, in nanoseconds.
    pub time: u64,
    /// What was asked.
    pub envelope: Envelope,
}

/// Commands in order, and the batch of the journal that holds them.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) commands: Vec<Sequenced>,
    pub(super) batch: FrameBuffer,
}

impl Group {
    /// Adds a command. Its canonical bytes are those of `command`, if they are at hand.
    ///
    /// # Errors
    /// If there is no room for it; nothing is added then.
    #[inline]
    pub(super) fn add(&mut self, command: Sequenced, bytes: Option<&[u8]>) -> Result<(), JournalError> {
        let Sequenced { time, envelope, .. } = &command;
        let added = self.batch.push_with(bartizan_engine::book::Time(*time), |record| match bytes {
            Some(bytes) => {
                debug_assert_eq!(bytes, envelope.command.to_bytes(), "a command has one form");
                envelope.id.encode(record);
                envelope.actor.encode(record);
                record.extend_from_slice(bytes);
            }
            None => envelope.encode(record),
        });
        added.map_err(|bytes| JournalError::Full { bytes })?;
        self.commands.push(command);
        Ok(())
    }
}

/// Applies commands that are durable, one after the other, and tells each answer with what followed and the command's place in the list.
pub(super) fn apply(
    realm: &mut Realm,
    events: &mut Events,
    commands: &[Sequenced],
    mut tell: impl FnMut(usize, &Sequenced, Answer, &Events),
) {
    for (index, command) in commands.iter().enumerate() {
        realm.look_ahead(index, |place| commands.get(place).map(|coming| &coming.envelope));
        events.clear();
        let Sequenced { sequence, time, envelope } = command;
        let answer = realm.apply(*sequence, *time, envelope, events);
        tell(index, command, answer, events);
    }
}
