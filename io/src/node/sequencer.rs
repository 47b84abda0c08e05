//! The sequencer: gives commands their places and times, and knows most of them by their identity before the realm does.
//!
//! An id above all that its agent has used is new: nothing else need be known of it. So [`Sequencer`] keeps, of each agent, the largest id that the realm
//! has seen or that is on its way there, and asks the realm only about others. It costs 16 bytes an agent and a comparison a command.
//!
//! Invariant: of an agent that has its place in `highest`, that is not below any id that it used and that was taken. Who became an agent since has none,
//! and is asked about, which finds it one.

use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::reject::Reject;
use hashbrown::HashSet;

use super::group::{Group, Sequenced};
use crate::journal::JournalError;

/// Who gives commands their places.
#[derive(Debug)]
pub(super) struct Sequencer {
    /// What waits to be written.
    pub(super) group: Group,
    /// Whether somebody may become an agent by what waits.
    registers: bool,
    /// The ids of those that wait, and how many of them were looked at.
    ids: HashSet<(AgentId, CommandId)>,
    looked_at: usize,
    /// The time of the last that was taken.
    clock: u64,
    /// The place of the last that was taken.
    last: Sequence,
    /// By agent.
    highest: Vec<CommandId>,
}

impl Sequencer {
    /// One that goes on after all that a realm has applied.
    pub(super) fn after(realm: &Realm) -> Self {
        let mut sequencer = Sequencer {
            group: Group::default(),
            registers: false,
            ids: HashSet::new(),
            looked_at: 0,
            clock: realm.clock(),
            last: realm.sequence(),
            highest: Vec::new(),
        };
        sequencer.cover(realm);
        sequencer
    }

    /// Whether a command is new, as far as that can be told without the realm.
    #[inline]
    pub(super) fn is_new(&self, envelope: &Envelope) -> bool {
        let highest = place(envelope.actor, envelope.id).and_then(|place| self.highest.get(place));
        highest.is_some_and(|&highest| envelope.id > highest)
    }

    /// What a command is by its identity, asked of a realm to which everything but the group that waits was applied. None if it depends on that group.
    pub(super) fn identify(&mut self, realm: &Realm, envelope: &Envelope) -> Option<Identity> {
        if self.is_new(envelope) {
            return Some(Identity::New);
        }
        self.cover(realm);
        let told = realm.identify(envelope);
        let may_change = match told {
            Identity::New => self.waits(envelope),
            Identity::Refused(Reject::UnknownActor) => self.registers,
            Identity::Repeated { .. } | Identity::Refused(_) => false,
        };
        (!may_change).then_some(told)
    }

    /// Takes a command at a time, in nanoseconds; an earlier time than that of the one before counts as the same. `bytes` are the command's own, if they are
    /// at hand.
    ///
    /// # Errors
    /// If there is no room for it in the group; nothing is taken then.
    #[inline]
    pub(super) fn take(
        &mut self,
        time: u64,
        envelope: Envelope,
        bytes: Option<&[u8]>,
    ) -> Result<Sequence, JournalError> {
        let (time, sequence) = (self.clock.max(time), Sequence(self.last.0 + 1));
        let (actor, id) = (envelope.actor, envelope.id);
        let registers = matches!(envelope.command, Command::RegisterAgent(_));
        self.group.add(Sequenced { sequence, time, envelope }, bytes)?;
        (self.clock, self.last) = (time, sequence);
        self.registers |= registers;
        self.raise(actor, id);
        Ok(sequence)
    }

    /// The group that waits, to be written; `next` is filled from now on.
    pub(super) fn give(&mut self, next: Group) -> Group {
        self.ids.clear();
        (self.looked_at, self.registers) = (0, false);
        std::mem::replace(&mut self.group, next)
    }

    /// Whether a command of the same actor and id waits. What waits is looked through once, by the first who asks.
    fn waits(&mut self, envelope: &Envelope) -> bool {
        let waiting = &self.group.commands[self.looked_at..];
        self.ids.extend(waiting.iter().map(|waiting| (waiting.envelope.actor, waiting.envelope.id)));
        self.looked_at = self.group.commands.len();
        self.ids.contains(&(envelope.actor, envelope.id))
    }

    /// Takes those into account who have become agents.
    fn cover(&mut self, realm: &Realm) {
        let covered = self.highest.len();
        let new = (covered as u32..).map(|agent| realm.ids_used(AgentId(agent)));
        self.highest.extend(new.map_while(|used| used.map(|used| used.highest)));
        if self.highest.len() > covered {
            for waiting in 0..self.group.commands.len() {
                let Envelope { actor, id, .. } = self.group.commands[waiting].envelope;
                self.raise(actor, id);
            }
        }
    }

    fn raise(&mut self, actor: AgentId, id: CommandId) {
        if let Some(highest) = place(actor, id).and_then(|place| self.highest.get_mut(place)) {
            *highest = id.max(*highest);
        }
    }
}

/// Where the largest id of an agent stands. Those of a node's own commands are remembered apart, and always asked about.
#[inline]
fn place(actor: AgentId, id: CommandId) -> Option<usize> {
    let is_of_node = actor == AgentId::REALM && id >= CommandId::NODE;
    (!is_of_node).then_some(actor.0 as usize)
}
