//! Whether a book could have arisen: everything that must hold of its orders, wherever they wait, and of what it counts. A book that was read from
//! bytes holds to it, so nothing that is asked of it later can fail by what the bytes said.
//!
//! How the queues are linked is no part of this: bytes do not tell it. Cost: O(orders).

use std::collections::{BTreeMap, BTreeSet};

use super::command::Phase;
use super::pool::{Special, Wait};
use super::side::HalfBook;
use super::state::Book;
use super::trades::Trade;
use super::units::{OrderId, Price, Quantity, Side};
use crate::codec::expect;

/// More than any book counts to: a billion a second for a century.
const MOST_COUNTED: u64 = 1 << 62;

/// What the live orders come to.
#[derive(Default)]
struct Sums {
    live: usize,
    grouped: usize,
    expiring: usize,
    auction_only: usize,
    named: usize,
    open: [u64; 2],
    entered: BTreeSet<u64>,
}

impl Book {
    /// Whether all holds that must.
    ///
    /// # Errors
    /// The first that does not.
    pub(crate) fn sound(&self) -> Result<(), &'static str> {
        let is_price = |price: Option<i64>| price.is_none_or(|price| Price(price).is_valid());
        expect(is_price(self.last_trade) && is_price(self.reference), "prices in range")?;
        let are_bands = self
            .bands
            .is_none_or(|bands| bands.low.is_valid() && bands.high.is_valid() && bands.low <= bands.high);
        expect(are_bands, "bands in range")?;
        // Who names no price relies on it: what is displayed, or will be at the close, is where the bands allow.
        let is_within =
            |price: i64| price == i64::MIN || self.bands.is_none_or(|bands| bands.contain(Price(price)));
        let displayed = self.sides.iter().flat_map(HalfBook::iter).map(|level| level.price);
        let closing = self.closing.values().map(|&slot| self.price_of(slot));
        expect(displayed.chain(closing).all(is_within), "displayed prices within the bands")?;
        self.sound_phase()?;
        let mut sums = Sums::default();
        for slot in 0..self.pool.orders.len() as u32 {
            if self.pool.orders[slot as usize].is_live() {
                self.sound_order(slot, &mut sums)?;
            }
        }
        self.sound_places(&sums)?;
        self.sound_trades()
    }

    /// Whether what it counts leaves room for all that may come.
    ///
    /// # Errors
    /// If it does not.
    pub(super) fn sound_counts(&self) -> Result<(), &'static str> {
        let counts = [self.entered, self.report_sequence, self.market_sequence];
        expect(counts.iter().all(|&count| count <= MOST_COUNTED), "counts within reach")
    }

    /// The trades that can be taken back: each order has traded at least what it is to give back.
    fn sound_trades(&self) -> Result<(), &'static str> {
        let is_trade = |trade: &Trade| {
            (1..self.report_sequence).contains(&trade.id)
                && Price(trade.price).is_valid()
                && Quantity(trade.quantity).is_valid()
                && trade.parties[0].order != trade.parties[1].order
        };
        expect(self.trades.iter().all(is_trade), "trades in range")?;
        expect(self.trades.iter().is_sorted_by(|a, b| a.id < b.id), "trades kept by rising id")?;
        let wrong = "orders that have traded what their trades say";
        let mut traded: BTreeMap<OrderId, u64> = BTreeMap::new();
        for trade in self.trades.iter() {
            for party in &trade.parties {
                let sum = traded.entry(party.order).or_default();
                *sum += if trade.is_busted { 0 } else { trade.quantity };
                expect((*sum..=MOST_COUNTED).contains(&party.cumulative), wrong)?;
            }
        }
        for (order, sum) in traded {
            let has = self.pool.find(order).map(|slot| self.pool.quantities(slot).1);
            expect(has.is_none_or(|traded| traded >= sum), wrong)?;
        }
        Ok(())
    }

    /// What may wait in which phase.
    fn sound_phase(&self) -> Result<(), &'static str> {
        let owed = self.owed_call;
        let is_closing =
            matches!(self.phase, Phase::PreClose | Phase::Closed) || owed == Some(Phase::PreClose);
        expect(
            !is_closing || self.closing.is_empty(),
            "orders at the close that join the closing call, and go with the close",
        )?;
        expect(self.phase != Phase::Continuous || self.elected.is_empty(), "no elected stop left")?;
        expect(
            owed.is_none_or(|call| call.is_call() && !self.phase.is_call()),
            "a call that is owed by a book that is in none",
        )?;
        let has_unpriced = self.unpriced.iter().any(|waiting| !waiting.is_empty());
        let may_collect = self.is_collecting() && self.phase != Phase::Closed;
        expect(
            may_collect || !has_unpriced,
            "market orders that wait in calls alone, interrupted ones included",
        )?;
        let (bid, ask) = (self.side(Side::Buy).best_price(), self.side(Side::Sell).best_price());
        let is_crossed = bid.zip(ask).is_some_and(|(bid, ask)| bid >= ask);
        expect(self.is_collecting() || !is_crossed, "a book that is not crossed")
    }

    /// One live order.
    fn sound_order(&self, slot: u32, sums: &mut Sums) -> Result<(), &'static str> {
        let order = &self.pool.orders[slot as usize];
        let leaves = self.pool.leaves(slot);
        expect(Quantity(leaves).is_valid(), "orders that are open")?;
        expect(self.pool.whole(slot) >= leaves, "orders that have traded no less than nothing")?;
        sums.live += 1;
        sums.open[order.side() as usize] += leaves;
        sums.named += usize::from(order.client != 0);
        let Some(&Special { expires, entered, group, wait, is_auction_only, .. }) = self.pool.special(slot)
        else {
            return expect(order.is_resting(), "orders that rest, or wait for something");
        };
        sums.grouped += usize::from(group != 0);
        sums.auction_only += usize::from(is_auction_only);
        sums.expiring += usize::from(expires != 0);
        expect(order.is_resting() == (wait == Wait::Nothing), "orders that rest, or wait for something")?;
        expect(expires == 0 || expires > self.clock, "orders that have not expired")?;
        let is_own = (1..=self.entered).contains(&entered) && sums.entered.insert(entered);
        expect(is_own, "orders with a place of their own in the order of entry")
    }

    /// Each order in one place, and all that is counted.
    fn sound_places(&self, sums: &Sums) -> Result<(), &'static str> {
        let levels = self.sides.iter().flat_map(HalfBook::iter);
        let displayed: usize = levels.map(|level| level.count as usize).sum();
        let pegged: usize = self.pegs.iter().map(super::pegs::Pegs::len).sum();
        let unpriced: usize = self.unpriced.iter().map(BTreeMap::len).sum();
        let stops = self.stops.len() + self.elected.len();
        expect(sums.live == self.pool.live as usize, "as many live orders as are counted")?;
        let placed = displayed + pegged + unpriced + self.closing.len() + stops;
        expect(sums.live == placed, "each live order in one place")?;
        expect(self.waiting as usize == pegged + stops, "as many waiting orders as are counted")?;
        let open = [Side::Buy, Side::Sell].map(|side| self.pool.open_of(side));
        expect(sums.open == open, "as much open on each side as is counted")?;
        let groups: usize = self.groups.values().map(BTreeSet::len).sum();
        expect(sums.grouped == groups, "each order of a group in it")?;
        expect(sums.auction_only == self.auction_only.len(), "each order for an auction alone among them")?;
        expect(sums.expiring == self.expiries.len(), "each order with an expiry once among them")?;
        let is_indexed = !self.rules.index_client_ids || sums.named == self.clients.len();
        expect(is_indexed, "each client's id once")
    }

    /// The time up to which it has come.
    pub(crate) fn clock(&self) -> u64 {
        self.clock
    }

    /// The worst price that an order may trade at, if it names one.
    pub(crate) fn limit_of(&self, order: OrderId) -> Option<Price> {
        let slot = self.pool.find(order)?;
        let limit = match self.pool.special(slot) {
            Some(special) if special.wait != Wait::Nothing => special.limit,
            _ => self.price_of(slot),
        };
        (limit != i64::MIN).then_some(Price(limit))
    }

    /// The trades that are kept, oldest first: what each was, and whether it was taken back.
    pub(crate) fn kept_trades(&self) -> impl Iterator<Item = (super::MatchId, Price, Quantity, bool)> {
        self.trades.iter().map(|trade| {
            (super::MatchId(trade.id), Price(trade.price), Quantity(trade.quantity), trade.is_busted)
        })
    }
}
