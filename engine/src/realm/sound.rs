//! Whether a realm could have arisen: each part holds to what must hold of it, and together they hold what they say. What was read from bytes is a
//! realm only then, so no bytes, however made, bring anything about later that cannot be: no sum that does not balance, no limit
//! overstepped, no panic. Cost: O(all there is).

use super::agents::Role;
use super::state::Realm;
use crate::codec::expect;
use crate::ledger::units::AgentId;
use crate::limits::MAX_NAME;

/// A sequence that no realm reaches: a billion commands a second for a century.
const MOST_COMMANDS: u64 = 1 << 62;

impl Realm {
    /// Whether all holds that must.
    ///
    /// # Errors
    /// The first that does not.
    pub(super) fn sound(&self) -> Result<(), &'static str> {
        self.sound_agents()?;
        self.ledger.sound(self.agents.iter().count(), self.sequence)?;
        self.sound_holds()
    }

    /// Whether the log leaves room for all that may come.
    ///
    /// # Errors
    /// If it does not.
    pub(super) fn sound_reach(&self) -> Result<(), &'static str> {
        expect(self.sequence.0 <= MOST_COMMANDS, "a sequence within reach")
    }

    /// Whether there are agents as there can be.
    ///
    /// # Errors
    /// The first that does not hold.
    pub(super) fn sound_agents(&self) -> Result<(), &'static str> {
        let names = self.agents.iter().all(|(_, agent)| (1..=MAX_NAME).contains(&agent.name.len()));
        expect(names && self.agents.are_remembered(self.sequence), "agents, each with the ids it used")?;
        let operates = self.agents.get(AgentId::REALM).is_some_and(|realm| realm.roles.allow(Role::Operator));
        expect(operates, "a realm that is its own operator")?;
        Ok(())
    }

    /// Whether markets and rounds fit the ledger, which is sound, and it holds what they hold.
    ///
    /// # Errors
    /// The first that does not.
    pub(super) fn sound_holds(&self) -> Result<(), &'static str> {
        let (count, accounts) = (self.agents.iter().count(), self.ledger.accounts().count());
        let (mut held, mut fees) = (vec![0; accounts], vec![0; accounts]);
        self.markets.sound((&self.ledger, count, self.clock), &mut held, &mut fees)?;
        for (account, amount) in self.rounds.held() {
            let sum = held.get_mut(account.0 as usize - 1).ok_or("holds of known accounts")?;
            *sum = sum.checked_add(amount).ok_or("amounts in range")?;
        }
        self.ledger.holds(&held)?;
        self.ledger.takes_fees(&fees)
    }
}
