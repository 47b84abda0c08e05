//! What is answered by who asks, and under which id, alone: before a command is carried out, and best before it is given a place in the log.
//!
//! A sequencer that asks [`Realm::identify`] first keeps out of the log whatever does nothing: repetitions, and what is refused for its
//! identity. So nobody fills the log with what does nothing, and the same commands sent again leave it as it is: an id that was used, or
//! is below what is remembered, is not new again.
//!
//! An unknown actor is the one answer that may change: nobody's ids are remembered who is no agent, or strangers could fill the memory as
//! they could the log. So a command of a stranger is as if it had never been sent, and sent again once its actor is registered it is
//! carried out.

use super::command::{Command, Envelope};
use super::ids::CommandId;
use super::remembered::{Known, Outcome};
use super::state::Realm;
use crate::codec::{Codec, Mixer};
use crate::ledger::units::{AgentId, Sequence};
use crate::reject::{Answer, Reject};

/// What a command is by its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A new one, to be carried out.
    New,
    /// One that was sent before, and has its answer.
    Repeated {
        /// Where the first stands in the log.
        first: Sequence,
        /// What its answer was.
        answer: Answer,
        /// The number of what it made, if it made something that has one.
        made: Option<u64>,
    },
    /// None that may be carried out: [`Reject::IdMissing`], [`Reject::IdReused`], [`Reject::IdTooOld`] or [`Reject::UnknownActor`].
    Refused(Reject),
}

/// Which ids an agent has used. One above `highest` is new; one up to `forgotten` that is not remembered is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdsUsed {
    /// The largest that was used; 0 if none was.
    pub highest: CommandId,
    /// The largest that is no longer remembered; 0 if all are.
    pub forgotten: CommandId,
}

impl Realm {
    /// What a command is by its identity, after all that the realm has carried out. [`Realm::apply`] would answer the same.
    pub fn identify(&self, envelope: &Envelope) -> Identity {
        self.identify_by(envelope, fingerprint(&envelope.command))
    }

    /// The same, where the command's fingerprint is at hand.
    #[inline]
    pub(super) fn identify_by(&self, envelope: &Envelope, fingerprint: u64) -> Identity {
        if envelope.id.0 == 0 {
            return Identity::Refused(Reject::IdMissing);
        }
        let Some(remembered) = self.agents.remembered_of(envelope.actor, envelope.id) else {
            return Identity::Refused(Reject::UnknownActor);
        };
        match remembered.look(envelope.id, fingerprint) {
            Known::New => Identity::New,
            Known::Same(Outcome { sequence: first, answer, made }) => {
                Identity::Repeated { first, answer, made }
            }
            Known::Other => Identity::Refused(Reject::IdReused),
            Known::TooOld => Identity::Refused(Reject::IdTooOld),
        }
    }

    /// Which ids an agent has used; none if it is no agent. Those of a node's own commands ([`CommandId::NODE`]) do not count.
    pub fn ids_used(&self, agent: AgentId) -> Option<IdsUsed> {
        let (highest, forgotten) = self.agents.remembered_of(agent, CommandId(0))?.reach();
        Some(IdsUsed { highest, forgotten })
    }

    /// The largest id from [`CommandId::NODE`] on that the realm itself has used; that, if none was.
    pub fn highest_of_node(&self) -> CommandId {
        let remembered = self.agents.remembered_of(AgentId::REALM, CommandId::NODE);
        remembered.map_or(CommandId::NODE, |remembered| remembered.reach().0.max(CommandId::NODE))
    }
}

/// What stands for a command's fields.
#[inline]
pub(super) fn fingerprint(command: &Command) -> u64 {
    let mut mixer = Mixer::default();
    command.mix(&mut mixer);
    mixer.finish()
}
