//! What a realm holds, and its canonical bytes.

use super::agents::{Agent, Agents};
use crate::codec::{Codec, DecodeError, Mixer, Reader};
use crate::ledger::Ledger;
use crate::ledger::units::{AgentId, Sequence};
use crate::market::Markets;
use crate::rounds::Rounds;

/// One realm.
#[derive(Clone, Debug)]
pub struct Realm {
    pub(super) sequence: Sequence,
    pub(super) clock: u64,
    pub(super) agents: Agents,
    pub(super) ledger: Ledger,
    pub(super) markets: Markets,
    pub(super) rounds: Rounds,
    /// When something next happens by time alone; never later than it does.
    pub(super) next_wake: u64,
}

impl Default for Realm {
    fn default() -> Self {
        Realm::new()
    }
}

impl Realm {
    /// An empty realm, whose one agent is itself.
    pub fn new() -> Self {
        Realm {
            sequence: Sequence(0),
            clock: 0,
            agents: Agents::new(),
            ledger: Ledger::default(),
            markets: Markets::default(),
            rounds: Rounds::default(),
            next_wake: u64::MAX,
        }
    }

    /// The last command's place in the log.
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// The log's time, in nanoseconds.
    pub fn clock(&self) -> u64 {
        self.clock
    }

    /// When something next happens by time alone, in nanoseconds; `u64::MAX` if nothing will. A sequencer that has nothing else to say then lets time pass
    /// ([`super::command::AdvanceClock`]). Cost: O(markets).
    pub fn due_at(&self) -> u64 {
        let times = [self.ledger.next_expiry(), self.rounds.next_time(), self.markets.due_at()];
        times.into_iter().flatten().min().unwrap_or(u64::MAX)
    }

    /// Who has what.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Where orders meet.
    pub fn markets(&self) -> &Markets {
        &self.markets
    }

    /// An agent.
    pub fn agent(&self, agent: AgentId) -> Option<&Agent> {
        self.agents.get(agent)
    }

    /// The agents, by number; the first is the realm itself.
    pub fn agents(&self) -> impl Iterator<Item = (AgentId, &Agent)> {
        self.agents.iter()
    }

    /// Walks the whole realm.
    ///
    /// # Panics
    /// If an invariant does not hold, saying which.
    pub fn check(&self) {
        assert!(self.agents.is_sound(), "each agent's ids are remembered");
        let mut held = vec![0; self.ledger.accounts().count()];
        self.markets.check(&mut held);
        self.rounds.check(&self.ledger, self.agents.iter().count());
        for (account, amount) in self.rounds.held() {
            held[account.0 as usize - 1] += amount;
        }
        self.ledger.check(&held);
        if let Err(expected) = self.sound() {
            panic!("a realm has {expected}");
        }
    }

    pub(super) fn set_next_wake(&mut self) {
        let times = [self.ledger.next_expiry(), self.rounds.next_time()];
        let first = times.into_iter().flatten().min().unwrap_or(u64::MAX);
        self.next_wake = first.min(self.markets.next_wake());
    }
}

impl Codec for Realm {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.sequence.encode(bytes);
        self.clock.encode(bytes);
        self.agents.encode(bytes);
        self.ledger.encode(bytes);
        self.markets.encode(bytes);
        self.rounds.encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (sequence, clock) = (Codec::decode(reader)?, Codec::decode(reader)?);
        let error = reader.error("agents, each with the ids it used");
        let agents = Agents::decode(reader)?;
        if !agents.is_sound() {
            return Err(error);
        }
        let ledger = Ledger::decode(reader)?;
        // Rounds are judged by the ledger, so that comes first.
        let sound = ledger.sound(agents.iter().count(), sequence);
        sound.map_err(|expected| reader.error(expected))?;
        let markets = Codec::decode(reader)?;
        let rounds = Rounds::decode(reader, &ledger, agents.iter().count())?;
        let mut realm = Realm { sequence, clock, agents, ledger, markets, rounds, next_wake: 0 };
        realm
            .sound_reach()
            .and_then(|()| realm.sound_agents())
            .and_then(|()| realm.sound_holds())
            .map_err(|expected| reader.error(expected))?;
        realm.set_next_wake();
        Ok(realm)
    }

    fn mix(&self, mixer: &mut Mixer) {
        self.to_bytes().mix(mixer);
    }
}
