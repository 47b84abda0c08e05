//! The course of a round: opened, closed, cancelled; and what time does to it.

use std::collections::BTreeMap;

use super::command::OpenRound;
use super::load::Load;
use super::rules::{Goal, RoundRules};
use super::state::{BarterRound, Rounds, Stage};
use super::units::{OfferId, RoundId};
use crate::authority::{Authority, Role};
use crate::event::{Event, Events};
use crate::ledger::Ledger;
use crate::ledger::units::AgentId;
use crate::limits::{MAX_DUE, MAX_MONEY_DECIMALS, MAX_NAME};
use crate::reject::Reject;

impl Rounds {
    /// Opens a round. `is_known` is whether there is such an agent.
    pub(crate) fn open(
        &mut self,
        events: &mut Events,
        ledger: &Ledger,
        by: Authority,
        is_known: impl Fn(AgentId) -> bool,
        open: &OpenRound,
    ) -> Result<(), Reject> {
        if open.round.is_some_and(|round| round != self.next()) {
            return Err(Reject::NumberNotNext);
        }
        if !(1..=MAX_NAME).contains(&open.name.len()) {
            return Err(Reject::NameOutOfRange);
        }
        let &OpenRound { nontrade_cost, money, closes_at, proposals_ns, .. } = open;
        let objectives = open.objectives.clone();
        let rules = RoundRules { objectives, nontrade_cost, money, closes_at, proposals_ns };
        rules.check()?;
        if rules.objectives.iter().any(|goal| matches!(goal, Goal::Favor(agent) if !is_known(*agent))) {
            return Err(Reject::UnknownAgent);
        }
        let decimals = match money {
            Some(asset) => ledger.asset(asset).ok_or(Reject::UnknownAsset)?.scale,
            None => 0,
        };
        by.require_role(Role::Organiser)?;
        if closes_at.is_some_and(|time| time <= by.now) {
            return Err(Reject::AlreadyExpired);
        }
        if decimals > MAX_MONEY_DECIMALS {
            return Err(Reject::MoneyTooFine);
        }
        if self.next().0 == u32::MAX {
            return Err(Reject::Full);
        }
        let round = self.push(BarterRound {
            name: open.name.clone(),
            organiser: by.agent,
            rules,
            stage: Stage::Open,
            last_offer: OfferId(0),
            offers: BTreeMap::new(),
            limits: BTreeMap::new(),
            best: None,
            load: Load::default(),
        });
        events.tell(Event::RoundOpened { round });
        Ok(())
    }

    /// Closes an open round: its offers stay as they are, and proposals are taken.
    pub(crate) fn close(&mut self, events: &mut Events, by: Authority, round: RoundId) -> Result<(), Reject> {
        let known = self.known(round)?;
        by.require_as(known.organiser, Role::Organiser)?;
        known.require_open()?;
        self.fix(events, by.now, round);
        Ok(())
    }

    /// The time for proposals begins now, even where a round closes by itself and nobody noticed for a while.
    fn fix(&mut self, events: &mut Events, now: u64, id: RoundId) {
        let offers = self.change(id, |round| {
            round.stage = Stage::Closed { until: now.saturating_add(round.rules.proposals_ns) };
            round.offers.len() as u32
        });
        events.tell(Event::RoundClosed { round: id, offers });
    }

    /// Ends a round without a settlement, and frees all.
    pub(crate) fn cancel(
        &mut self,
        events: &mut Events,
        ledger: &mut Ledger,
        by: Authority,
        round: RoundId,
    ) -> Result<(), Reject> {
        let known = self.known(round)?;
        by.require_as(known.organiser, Role::Organiser)?;
        if known.is_ended() {
            return Err(Reject::RoundEnded);
        }
        self.void(events, ledger, round);
        Ok(())
    }

    fn void(&mut self, events: &mut Events, ledger: &mut Ledger, round: RoundId) {
        self.release_all(events, ledger, round);
        self.end(round, Stage::Cancelled);
        events.tell(Event::RoundCancelled { round });
    }

    /// What time alone does, the earliest first, then by number: closes open rounds, and cancels closed ones that nobody proposed anything for, until about
    /// [`MAX_DUE`] rounds and offers were looked at. Then it does so to `named`, if that is still due: whoever names a round finds it as
    /// its time says.
    pub(crate) fn wake(
        &mut self,
        events: &mut Events,
        ledger: &mut Ledger,
        now: u64,
        named: Option<RoundId>,
    ) {
        let mut left = MAX_DUE;
        while left > 0
            && let Some(round) = self.first_due(now)
        {
            left = left.saturating_sub(self.wake_one(events, ledger, now, round));
        }
        if let Some(round) = named.filter(|&round| self.is_due(round, now)) {
            self.wake_one(events, ledger, now, round);
        }
    }

    /// Does to a round that is due what time does; how many rounds and offers that took.
    fn wake_one(&mut self, events: &mut Events, ledger: &mut Ledger, now: u64, id: RoundId) -> usize {
        let round = self.get(id).expect("it is due");
        let (is_open, offers) = (round.stage == Stage::Open, round.offers.len());
        if is_open {
            self.fix(events, now, id);
            return 1;
        }
        self.void(events, ledger, id);
        1 + offers
    }
}
