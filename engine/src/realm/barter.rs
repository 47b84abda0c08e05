//! Rounds of barter in a realm, and when time next does something to one. What their commands do is told in [`crate::rounds`].

use super::state::Realm;
use crate::authority::Authority;
use crate::event::Events;
use crate::reject::Reject;
use crate::rounds::Rounds;
use crate::rounds::command::OpenRound;
use crate::rounds::freeze::{Frozen, freeze};
use crate::rounds::state::Stage;
use crate::rounds::units::RoundId;

impl Realm {
    /// The rounds.
    pub fn rounds(&self) -> &Rounds {
        &self.rounds
    }

    /// A closed round as solvers see it, and what its numbers mean here; `None` while it is open, and once it ended.
    pub fn frozen_round(&self, round: RoundId) -> Option<Frozen> {
        let round = self.rounds.get(round)?;
        matches!(round.stage, Stage::Closed { .. }).then(|| freeze(round, &self.ledger))
    }

    /// A round as solvers would see it if it closed as it is; the same as [`Realm::frozen_round`] once it has. `None` once it ended.
    pub fn round_to_freeze(&self, round: RoundId) -> Option<Frozen> {
        let round = self.rounds.get(round)?;
        (!round.is_ended()).then(|| freeze(round, &self.ledger))
    }

    pub(super) fn open_round(
        &mut self,
        events: &mut Events,
        by: Authority,
        open: &OpenRound,
    ) -> Result<(), Reject> {
        let is_known = |agent| self.agents.get(agent).is_some();
        let done = self.rounds.open(events, &self.ledger, by, is_known, open);
        self.set_next_wake();
        done
    }

    pub(super) fn close_round(
        &mut self,
        events: &mut Events,
        by: Authority,
        round: RoundId,
    ) -> Result<(), Reject> {
        let done = self.rounds.close(events, by, round);
        self.set_next_wake();
        done
    }
}
