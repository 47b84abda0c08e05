//! Markets and orders: who may make, amend and use them. What orders do, [`crate::market`] says.

use super::agents::Role;
use super::members::check_next;
use super::state::Realm;
use crate::book::{self, AccountId};
use crate::event::Events;
use crate::ledger::movement::Authority;
use crate::ledger::units::AgentId;
use crate::market::command::{
    AmendMarket, BustTrade, CancelOrder, CancelOrderGroup, CreateMarket, MassCancelOrders, PlaceOrder,
    ReduceOrder, ReplaceOrder, SetMarketBands, SetMarketPhase, SetMarketReference,
};
use crate::market::units::MarketId;
use crate::reject::Reject;

impl Realm {
    pub(super) fn create_market(
        &mut self,
        events: &mut Events,
        by: Authority,
        create: &CreateMarket,
    ) -> Result<(), Reject> {
        check_next(create.market, self.markets.next())?;
        if self.agents.get(create.fee_owner).is_none() {
            return Err(Reject::UnknownAgent);
        }
        self.require_role(by, Role::Organiser)?;
        if self.markets.next().0 == u32::MAX {
            return Err(Reject::Full);
        }
        self.markets.create(&mut self.ledger, events, by, create)?;
        self.set_next_wake();
        Ok(())
    }

    pub(super) fn amend_market(
        &mut self,
        events: &mut Events,
        by: Authority,
        amend: &AmendMarket,
    ) -> Result<(), Reject> {
        self.markets.amend(&mut self.ledger, events, by, amend)?;
        self.set_next_wake();
        Ok(())
    }

    /// Sets other rules for a market from outside the log, as who runs a log again under other rules does: as if its organiser had
    /// amended it now, between two commands. A realm that follows its own log never needs it.
    ///
    /// # Errors
    /// As [`Command::AmendMarket`](super::command::Command::AmendMarket): rates or calls out of range, no such market.
    pub fn impose(&mut self, events: &mut Events, amend: &AmendMarket) -> Result<(), Reject> {
        let by = Authority { agent: AgentId::REALM, is_operator: true, now: self.clock };
        self.amend_market(events, by, amend)
    }

    #[inline]
    pub(super) fn place_order(
        &mut self,
        events: &mut Events,
        by: Authority,
        place: &PlaceOrder,
    ) -> Result<(), Reject> {
        let market = self.markets.get_mut(place.market)?;
        let agent = trader(by, place.order.account)?;
        let may = self.agents.get(agent).is_some_and(|agent| agent.roles.allow(Role::Trader));
        if !may || agent == AgentId::REALM {
            return Err(Reject::NotAllowed);
        }
        market.place(&mut self.ledger, events, (agent, self.clock), &place.order)?;
        if place.order.expires.0 != 0 {
            self.set_next_wake();
        }
        Ok(())
    }

    /// Carries out a command of the book for whom it names.
    #[inline]
    fn tell_market(
        &mut self,
        events: &mut Events,
        market: MarketId,
        command: &book::Command,
    ) -> Result<(), Reject> {
        self.markets.get_mut(market)?.carry_out(&mut self.ledger, events, self.clock, command)
    }

    #[inline]
    pub(super) fn cancel_order(
        &mut self,
        events: &mut Events,
        by: Authority,
        cancel: &CancelOrder,
    ) -> Result<(), Reject> {
        let account = AccountId(trader(by, cancel.account)?.0);
        self.tell_market(events, cancel.market, &book::Command::Cancel { account, order: cancel.order_id })
    }

    pub(super) fn reduce_order(
        &mut self,
        events: &mut Events,
        by: Authority,
        reduce: &ReduceOrder,
    ) -> Result<(), Reject> {
        let account = AccountId(trader(by, reduce.account)?.0);
        let command = book::Command::Reduce { account, order: reduce.order_id, by: reduce.by };
        self.tell_market(events, reduce.market, &command)
    }

    pub(super) fn replace_order(
        &mut self,
        events: &mut Events,
        by: Authority,
        replace: &ReplaceOrder,
    ) -> Result<(), Reject> {
        let agent = trader(by, replace.change.account)?;
        let market = self.markets.get_mut(replace.market)?;
        market.replace(&mut self.ledger, events, (agent, self.clock), &replace.change)
    }

    pub(super) fn mass_cancel_orders(
        &mut self,
        events: &mut Events,
        by: Authority,
        cancel: &MassCancelOrders,
    ) -> Result<(), Reject> {
        let account = AccountId(trader(by, cancel.account)?.0);
        let command = book::Command::MassCancel { account, side: cancel.side };
        self.tell_market(events, cancel.market, &command)
    }

    pub(super) fn cancel_order_group(
        &mut self,
        events: &mut Events,
        by: Authority,
        cancel: CancelOrderGroup,
    ) -> Result<(), Reject> {
        self.markets.get_mut(cancel.market)?;
        self.require_role(by, Role::Operator)?;
        self.tell_market(events, cancel.market, &book::Command::CancelGroup { group: cancel.group })
    }

    /// Refuses who is not the market's organiser.
    fn require_organiser(&mut self, by: Authority, market: MarketId) -> Result<(), Reject> {
        by.require(self.markets.get_mut(market)?.organiser())
    }

    pub(super) fn set_market_phase(
        &mut self,
        events: &mut Events,
        by: Authority,
        set: SetMarketPhase,
    ) -> Result<(), Reject> {
        self.require_organiser(by, set.market)?;
        self.tell_market(events, set.market, &book::Command::SetPhase(set.phase))
    }

    pub(super) fn set_market_bands(
        &mut self,
        events: &mut Events,
        by: Authority,
        set: &SetMarketBands,
    ) -> Result<(), Reject> {
        self.require_organiser(by, set.market)?;
        self.markets.get_mut(set.market)?.set_bands(&mut self.ledger, events, self.clock, set.bands)
    }

    pub(super) fn set_market_reference(
        &mut self,
        events: &mut Events,
        by: Authority,
        set: SetMarketReference,
    ) -> Result<(), Reject> {
        self.require_organiser(by, set.market)?;
        self.tell_market(events, set.market, &book::Command::SetReference(set.price))
    }

    pub(super) fn bust_trade(
        &mut self,
        events: &mut Events,
        by: Authority,
        bust: BustTrade,
    ) -> Result<(), Reject> {
        self.require_organiser(by, bust.market)?;
        self.markets.get_mut(bust.market)?.bust(&mut self.ledger, events, self.clock, bust.trade)
    }
}

/// Whose order it is: the actor's own, or, for operators, whose they name.
#[inline]
fn trader(by: Authority, account: AccountId) -> Result<AgentId, Reject> {
    let named = AgentId(account.0);
    match account.0 {
        0 => Ok(by.agent),
        _ if named == by.agent || by.is_operator => Ok(named),
        _ => Err(Reject::NotAllowed),
    }
}
