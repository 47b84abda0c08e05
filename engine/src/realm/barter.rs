//! Rounds of barter in a realm: who has the role for what, and when time next does something. What a command then does is told in
//! [`crate::rounds`].

use super::agents::Role;
use super::state::Realm;
use crate::event::Events;
use crate::ledger::movement::Authority;
use crate::reject::Reject;
use crate::rounds::Rounds;
use crate::rounds::command::{LimitSpending, OpenRound, ProposeSettlement, SubmitOffer};
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

    pub(super) fn open_round(
        &mut self,
        events: &mut Events,
        by: Authority,
        open: &OpenRound,
    ) -> Result<(), Reject> {
        let may = self.require_role(by, Role::Organiser);
        let is_known = |agent| self.agents.get(agent).is_some();
        let done = self.rounds.open(events, &self.ledger, by, may, is_known, open);
        self.set_next_wake();
        done
    }

    pub(super) fn submit_offer(
        &mut self,
        events: &mut Events,
        by: Authority,
        submit: &SubmitOffer,
    ) -> Result<(), Reject> {
        let may = self.require_role(by, Role::Trader);
        self.rounds.submit(events, &mut self.ledger, by, may, submit)
    }

    pub(super) fn limit_spending(
        &mut self,
        events: &mut Events,
        by: Authority,
        limit: LimitSpending,
    ) -> Result<(), Reject> {
        let may = self.require_role(by, Role::Trader);
        self.rounds.limit_spending(events, &mut self.ledger, by, may, limit)
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

    pub(super) fn propose_settlement(
        &mut self,
        events: &mut Events,
        by: Authority,
        propose: &ProposeSettlement,
    ) -> Result<(), Reject> {
        let may = self.require_role(by, Role::Solver);
        self.rounds.propose(events, &self.ledger, by, may, propose)
    }
}
