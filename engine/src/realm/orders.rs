//! Markets and orders: who may make, amend and use them. What orders do, [`crate::market`] says.
//!
//! An order command names its owner by the field `account`: 0, or nothing, is the actor; operators may name another.

use super::state::Realm;
use crate::authority::{Authority, Role, Roles};
use crate::book::{self, AccountId};
use crate::event::Events;
use crate::ledger::units::AgentId;
use crate::market::command::{
    AmendMarket, BustTrade, CancelOrder, CancelOrderGroup, CreateMarket, MassCancelOrders, PlaceOrder,
    ReduceOrder, ReplaceOrder, SetMarketBands, SetMarketPhase, SetMarketReference,
};
use crate::market::units::MarketId;
use crate::market::{Markets, OrderBook};
use crate::reject::Reject;

impl Realm {
    pub(super) fn create_market(
        &mut self,
        events: &mut Events,
        by: Authority,
        create: &CreateMarket,
    ) -> Result<(), Reject> {
        let is_known = |agent| self.agents.get(agent).is_some();
        self.markets.create(&mut self.ledger, events, by, is_known, create)?;
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
        let by = Authority { agent: AgentId::REALM, roles: Roles::of(&[Role::Operator]), now: self.clock };
        self.bring_up_to_date(events, amend.market);
        self.amend_market(events, by, amend)
    }

    /// Takes out all that is due in a market, however much that is.
    fn bring_up_to_date(&mut self, events: &mut Events, market: MarketId) {
        let is_behind = |found: &OrderBook| found.require_up_to_date(self.clock).is_err();
        while self.markets.get(market).is_some_and(is_behind) {
            self.markets.wake_one(&mut self.ledger, events, self.clock, market);
        }
    }

    /// Takes what `agent` cannot see out of every market: of others' icebergs the reserve, and others' orders that are not displayed. For a copy on which the
    /// agent is to try something, so that what follows tells it nothing new; numbers of reports and of market data go on as if nothing had been taken out. A realm
    /// that follows its own log never needs it.
    ///
    /// Cost: a walk through all live orders, and a cancel or a change for each that has something to hide.
    pub fn veil(&mut self, agent: AgentId) {
        for market in (1..).map(MarketId) {
            self.bring_up_to_date(&mut Events::default(), market);
            let Ok(market) = self.markets.get_mut(market) else { break };
            market.veil(&mut self.ledger, self.clock, agent);
        }
        self.set_next_wake();
    }

    /// Whose order it is: the actor's own, or whose is named.
    #[inline]
    fn owner(&self, by: Authority, account: AccountId) -> Result<AgentId, Reject> {
        let named = AgentId(account.0);
        match account.0 {
            0 => Ok(by.agent),
            _ if named == by.agent || self.agents.get(named).is_some() => Ok(named),
            _ => Err(Reject::UnknownAgent),
        }
    }

    /// Refuses who may not trade for `owner`: to trade, the owner itself must be a trader.
    #[inline]
    fn require_trader(&self, by: Authority, owner: AgentId) -> Result<(), Reject> {
        by.require(owner)?;
        let roles = self.agents.get(owner).map_or(Roles::default(), |agent| agent.roles);
        if roles.allow(Role::Trader) && owner != AgentId::REALM { Ok(()) } else { Err(Reject::NotAllowed) }
    }

    #[inline]
    pub(super) fn place_order(
        &mut self,
        events: &mut Events,
        by: Authority,
        place: &PlaceOrder,
    ) -> Result<(), Reject> {
        let owner = self.owner(by, place.order.account)?;
        let may = self.require_trader(by, owner);
        let market = self.markets.get_mut(place.market)?;
        market.place(&mut self.ledger, events, (owner, self.clock), may, &place.order)?;
        if place.order.expires.0 != 0 {
            self.set_next_wake();
        }
        Ok(())
    }

    /// Carries out a command of the book for whom it names, who needs no role to take back what is theirs.
    #[inline]
    fn take_back(
        &mut self,
        events: &mut Events,
        (by, account): (Authority, AccountId),
        market: MarketId,
        command: impl FnOnce(AccountId) -> book::Command,
    ) -> Result<(), Reject> {
        let owner = self.owner(by, account)?;
        let market = self.markets.get_mut(market)?;
        by.require(owner)?;
        market.require_up_to_date(self.clock)?;
        market.carry_out(&mut self.ledger, events, self.clock, &command(AccountId(owner.0)))
    }

    #[inline]
    pub(super) fn cancel_order(
        &mut self,
        events: &mut Events,
        by: Authority,
        cancel: &CancelOrder,
    ) -> Result<(), Reject> {
        let order = cancel.order_id;
        let command = |account| book::Command::Cancel { account, order };
        self.take_back(events, (by, cancel.account), cancel.market, command)
    }

    pub(super) fn reduce_order(
        &mut self,
        events: &mut Events,
        by: Authority,
        reduce: &ReduceOrder,
    ) -> Result<(), Reject> {
        let &ReduceOrder { order_id: order, by: less, .. } = reduce;
        let command = |account| book::Command::Reduce { account, order, by: less };
        self.take_back(events, (by, reduce.account), reduce.market, command)
    }

    pub(super) fn mass_cancel_orders(
        &mut self,
        events: &mut Events,
        by: Authority,
        cancel: &MassCancelOrders,
    ) -> Result<(), Reject> {
        let owner = self.owner(by, cancel.account)?;
        let market = self.markets.get_mut(cancel.market)?;
        by.require(owner)?;
        market.require_up_to_date(self.clock)?;
        market.mass_cancel(&mut self.ledger, events, self.clock, (owner, cancel.side))
    }

    pub(super) fn replace_order(
        &mut self,
        events: &mut Events,
        by: Authority,
        replace: &ReplaceOrder,
    ) -> Result<(), Reject> {
        let owner = self.owner(by, replace.change.account)?;
        let may = self.require_trader(by, owner);
        let market = self.markets.get_mut(replace.market)?;
        may?;
        market.require_up_to_date(self.clock)?;
        market.replace(&mut self.ledger, events, (owner, self.clock), &replace.change)
    }

    pub(super) fn cancel_order_group(
        &mut self,
        events: &mut Events,
        by: Authority,
        cancel: CancelOrderGroup,
    ) -> Result<(), Reject> {
        let market = self.markets.get_mut(cancel.market)?;
        by.require_role(Role::Operator)?;
        market.require_up_to_date(self.clock)?;
        let command = book::Command::CancelGroup { group: cancel.group };
        market.carry_out(&mut self.ledger, events, self.clock, &command)
    }

    pub(super) fn set_market_phase(
        &mut self,
        events: &mut Events,
        by: Authority,
        set: SetMarketPhase,
    ) -> Result<(), Reject> {
        let command = book::Command::SetPhase(set.phase);
        organised(&mut self.markets, by, set.market)?.carry_out(
            &mut self.ledger,
            events,
            self.clock,
            &command,
        )
    }

    pub(super) fn set_market_bands(
        &mut self,
        events: &mut Events,
        by: Authority,
        set: &SetMarketBands,
    ) -> Result<(), Reject> {
        let market = organised(&mut self.markets, by, set.market)?;
        market.set_bands(&mut self.ledger, events, self.clock, set.bands)
    }

    pub(super) fn set_market_reference(
        &mut self,
        events: &mut Events,
        by: Authority,
        set: SetMarketReference,
    ) -> Result<(), Reject> {
        let command = book::Command::SetReference(set.price);
        organised(&mut self.markets, by, set.market)?.carry_out(
            &mut self.ledger,
            events,
            self.clock,
            &command,
        )
    }

    pub(super) fn bust_trade(
        &mut self,
        events: &mut Events,
        by: Authority,
        bust: BustTrade,
    ) -> Result<(), Reject> {
        let market = organised(&mut self.markets, by, bust.market)?;
        market.bust(&mut self.ledger, events, self.clock, bust.trade)
    }
}

/// A market that the actor organises, up to date.
fn organised(markets: &mut Markets, by: Authority, market: MarketId) -> Result<&mut OrderBook, Reject> {
    let market = markets.get_mut(market)?;
    by.require_as(market.organiser(), Role::Organiser)?;
    market.require_up_to_date(by.now)?;
    Ok(market)
}
