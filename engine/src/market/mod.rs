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
mod timed;
mod told;
pub mod units;
mod veil;

pub use order_book::OrderBook;
pub use timed::MIN_CALL;

use std::collections::BTreeSet;

use command::{AmendMarket, CreateMarket};
use units::MarketId;

use crate::authority::{Authority, Role};
use crate::book::OrderId;
use crate::codec::{Codec, DecodeError, Mixer, Reader, choice};
use crate::event::{Event, Events};
use crate::ledger::Ledger;
use crate::ledger::units::{AgentId, AssetId};
use crate::limits::MAX_DUE;
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
    all: Vec<Market>,
    /// When something next happens in which market by time alone. Follows from the markets, so it is no part of the bytes.
    wakes: BTreeSet<(u64, MarketId)>,
    /// By market, when it stands among those; never if it does not.
    wake_of: Vec<u64>,
    /// The market that was last given out to be changed: when it wakes is looked up when it matters.
    touched: MarketId,
}

impl Codec for Markets {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.all.encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let markets: Vec<Market> = Codec::decode(reader)?;
        let mut read = Markets { wake_of: vec![u64::MAX; markets.len()], all: markets, ..Markets::default() };
        for Market::OrderBook(market) in &mut read.all {
            market.derive();
        }
        for market in 1..=read.all.len() as u32 {
            read.touch(MarketId(market));
        }
        Ok(read)
    }

    fn mix(&self, mixer: &mut Mixer) {
        self.all.mix(mixer);
    }
}

impl Markets {
    /// The number that the next market gets.
    pub(crate) fn next(&self) -> MarketId {
        MarketId(self.all.len() as u32 + 1)
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
        self.all.push(Market::OrderBook(made));
        self.wake_of.push(u64::MAX);
        self.touch(market);
        Ok(())
    }

    /// A market.
    #[inline]
    pub fn get(&self, market: MarketId) -> Option<&OrderBook> {
        let Market::OrderBook(found) = self.all.get((market.0 as usize).wrapping_sub(1))?;
        Some(found)
    }

    /// A market to be changed.
    #[inline]
    pub(crate) fn get_mut(&mut self, market: MarketId) -> Result<&mut OrderBook, Reject> {
        self.touch(market);
        let found = self.all.get_mut((market.0 as usize).wrapping_sub(1));
        let Market::OrderBook(found) = found.ok_or(Reject::UnknownMarket)?;
        Ok(found)
    }

    /// Notes that a market is about to change, once it is noted when the one before it wakes now.
    #[inline]
    fn touch(&mut self, market: MarketId) {
        if self.touched != market {
            self.note_wake();
            self.touched = market;
        }
    }

    /// Notes when the market that was last changed wakes. Cost: O(log n), if that changed.
    #[inline]
    fn note_wake(&mut self) {
        let Some(market) = self.get(self.touched) else { return };
        let (wakes, before) = (market.next_wake(), self.wake_of[self.touched.0 as usize - 1]);
        if wakes == before {
            return;
        }
        self.wake_of[self.touched.0 as usize - 1] = wakes;
        self.wakes.remove(&(before, self.touched));
        if wakes != u64::MAX {
            self.wakes.insert((wakes, self.touched));
        }
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
        let books = self.all.iter().map(|Market::OrderBook(market)| market);
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
        market.require_up_to_date(by.now)?;
        if let Some(fees) = amend.fees {
            market.set_fees(fees)?;
        }
        if let Some(mechanism) = amend.mechanism {
            market.set_mechanism(ledger, events, by.now, mechanism);
        }
        events.tell(Event::MarketAmended { market: amend.market });
        Ok(())
    }

    /// When something next happens by time alone: orders expire, or a call is held for which something was collected.
    pub(crate) fn due_at(&self) -> Option<u64> {
        self.all.iter().filter_map(|Market::OrderBook(market)| market.due_at()).min()
    }

    /// When something next happens in a market by time alone. Cost: O(log n).
    pub(crate) fn next_wake(&mut self) -> u64 {
        self.note_wake();
        self.wakes.first().map_or(u64::MAX, |&(wakes, _)| wakes)
    }

    /// The market in which something happens first, if it is not later than `now`.
    fn first_due(&mut self, now: u64) -> Option<MarketId> {
        self.note_wake();
        self.wakes.first().filter(|&&(wakes, _)| wakes <= now).map(|&(_, market)| market)
    }

    /// What happens by time alone, the earliest first, then by number, until about [`MAX_DUE`] orders were reported or markets looked at; then in `named`,
    /// if something is still due there.
    pub(crate) fn wake(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        now: u64,
        named: Option<MarketId>,
    ) {
        let mut left = MAX_DUE;
        while left > 0
            && let Some(market) = self.first_due(now)
        {
            left = left.saturating_sub(self.wake_one(ledger, events, now, market));
        }
        if let Some(market) = named {
            self.wake_one(ledger, events, now, market);
        }
    }

    /// What happens in a market by time alone, if anything is due; how much was done.
    pub(crate) fn wake_one(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        now: u64,
        market: MarketId,
    ) -> usize {
        let due = self.get_mut(market).ok().filter(|market| market.next_wake() <= now);
        due.map_or(1, |market| market.wake(ledger, events, now))
    }

    /// Whether an agent has open orders where an asset is bought, sold or paid with. Costs a step for each market there is.
    pub(crate) fn has_open_orders(&self, agent: AgentId, asset: AssetId) -> bool {
        self.iter().any(|(_, market)| market.trades_in(asset) && market.open_orders_of(agent) != 0)
    }

    /// Forgets the accounts by which an agent without open orders trades an asset, since they are about to change. Costs a step for each market there is.
    pub(crate) fn forget(&mut self, agent: AgentId, asset: AssetId) {
        for Market::OrderBook(market) in &mut self.all {
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
        for (id, market) in self.iter() {
            market.check(held);
            let noted = self.wake_of[id.0 as usize - 1];
            assert!(id == self.touched || noted == market.next_wake(), "when market {} wakes is noted", id.0);
            let is_listed = self.wakes.contains(&(noted, id));
            assert_eq!(is_listed, noted != u64::MAX, "market {} is among those that wake", id.0);
        }
    }
}
