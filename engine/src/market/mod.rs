//! Marketplaces, one kind a file: where orders meet, with what they may spend on hold.
//!
//! A market moves nothing by itself: what its book reports becomes postings of the ledger, all in the command that caused them.
//! Invariant: for every open order its account holds exactly what the order could still spend, fees included.

pub mod command;
pub mod fees;
mod members;
mod order_book;
mod orders;
mod settlement;
mod sound;
pub mod units;

pub use order_book::OrderBook;

use command::{AmendMarket, CreateMarket};
use units::MarketId;

use crate::authority::{Authority, Role};
use crate::book::OrderId;
use crate::codec::{choice, record};
use crate::event::{Event, Events};
use crate::ledger::Ledger;
use crate::ledger::units::{AgentId, AssetId};
use crate::reject::Reject;

/// One marketplace.
#[derive(Clone, Debug)]
pub enum Market {
    /// An order book over two assets.
    OrderBook(OrderBook),
}

choice!(Market { 1 => OrderBook(market) });

/// All markets, by number.
#[derive(Clone, Debug, Default)]
pub struct Markets {
    markets: Vec<Market>,
}

record!(Markets { markets });

impl Markets {
    /// The number that the next market gets.
    pub(crate) fn next(&self) -> MarketId {
        MarketId(self.markets.len() as u32 + 1)
    }

    /// Takes in a market. `is_known` is whether there is such an agent.
    pub(crate) fn create(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        by: Authority,
        is_known: impl Fn(AgentId) -> bool,
        create: &CreateMarket,
    ) -> Result<(), Reject> {
        let market = self.next();
        if create.market.is_some_and(|expected| expected != market) {
            return Err(Reject::NumberNotNext);
        }
        OrderBook::check_rules(create)?;
        if !is_known(create.fee_owner) {
            return Err(Reject::UnknownAgent);
        }
        if ledger.asset(create.base).is_none() || ledger.asset(create.quote).is_none() {
            return Err(Reject::UnknownAsset);
        }
        let fee_account = ledger.account_of(create.fee_owner, create.quote).ok_or(Reject::NoAccount)?;
        by.require_role(Role::Organiser)?;
        let fee_limits = ledger.limits_of(ledger.account(fee_account).expect("found by its owner"));
        if fee_limits.ceiling.is_some() {
            return Err(Reject::CeilingInMarket);
        }
        if market.0 == u32::MAX {
            return Err(Reject::Full);
        }
        ledger.add_fee_market(fee_account)?;
        let made = OrderBook::create(ledger, by, (market, fee_account), create);
        events.tell(Event::MarketCreated { market });
        self.markets.push(Market::OrderBook(made));
        Ok(())
    }

    /// A market.
    #[inline]
    pub fn get(&self, market: MarketId) -> Option<&OrderBook> {
        let Market::OrderBook(found) = self.markets.get((market.0 as usize).wrapping_sub(1))?;
        Some(found)
    }

    /// A market to be changed.
    #[inline]
    pub(crate) fn get_mut(&mut self, market: MarketId) -> Result<&mut OrderBook, Reject> {
        let found = self.markets.get_mut((market.0 as usize).wrapping_sub(1));
        let Market::OrderBook(found) = found.ok_or(Reject::UnknownMarket)?;
        Ok(found)
    }

    /// Asks for an order before it is needed.
    #[inline]
    pub(crate) fn fetch(&self, market: MarketId, order: OrderId) {
        if let Some(market) = self.get(market) {
            market.fetch(order);
        }
    }

    /// Asks for the orders beside one that was asked for earlier.
    #[inline]
    pub(crate) fn fetch_beside(&self, market: MarketId, order: OrderId) {
        if let Some(market) = self.get(market) {
            market.fetch_beside(order);
        }
    }

    /// The markets, by number.
    pub fn iter(&self) -> impl Iterator<Item = (MarketId, &OrderBook)> {
        let books = self.markets.iter().map(|Market::OrderBook(market)| market);
        (1..).map(MarketId).zip(books)
    }

    /// Sets other rules for orders accepted from now on.
    pub(crate) fn amend(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        by: Authority,
        amend: &AmendMarket,
    ) -> Result<(), Reject> {
        if let Some(fees) = amend.fees {
            fees.check()?;
        }
        if let Some(mechanism) = amend.mechanism {
            mechanism.check()?;
        }
        let market = self.get_mut(amend.market)?;
        by.require_as(market.organiser(), Role::Organiser)?;
        if let Some(fees) = amend.fees {
            market.set_fees(fees)?;
        }
        if let Some(mechanism) = amend.mechanism {
            market.set_mechanism(ledger, events, by.now, mechanism);
        }
        events.tell(Event::MarketAmended { market: amend.market });
        Ok(())
    }

    /// When something next happens in a market by time alone.
    pub(crate) fn next_wake(&self) -> u64 {
        self.iter().map(|(_, market)| market.next_wake()).min().unwrap_or(u64::MAX)
    }

    /// What happens by time alone, market by market.
    pub(crate) fn wake(&mut self, ledger: &mut Ledger, events: &mut Events, now: u64) {
        for Market::OrderBook(market) in &mut self.markets {
            if market.next_wake() <= now {
                market.wake(ledger, events, now);
            }
        }
    }

    /// Whether an agent has open orders where an asset is bought, sold or paid with.
    pub(crate) fn has_open_orders(&self, agent: AgentId, asset: AssetId) -> bool {
        self.iter().any(|(_, market)| market.trades_in(asset) && market.open_orders_of(agent) != 0)
    }

    /// Forgets the accounts by which an agent without open orders trades an asset, since they are about to change.
    pub(crate) fn forget(&mut self, agent: AgentId, asset: AssetId) {
        for Market::OrderBook(market) in &mut self.markets {
            if market.trades_in(asset) {
                market.forget(agent);
            }
        }
    }

    /// Walks all markets, and adds what their orders hold of each account.
    ///
    /// # Panics
    /// If an invariant does not hold, saying which.
    pub(crate) fn check(&self, held: &mut [u128]) {
        for (_, market) in self.iter() {
            market.check(held);
        }
    }
}
