//! The call auction: one price for all, chosen by volume, imbalance and reference.
//!
//! Volume is the smaller of demand, which falls with the price, and supply, which rises; so the prices of most volume are an
//! interval, and those of least imbalance among them another, within it. Between two neighbouring limit prices neither changes, so looking at
//! each limit price and each gap finds both. Cost: one step per level of either side.

use super::Events;
use super::market::{Indicative, MarketData};
use super::pool::Wait;
use super::state::{Book, Subject};
use super::units::{Price, Quantity, Side};

/// What an auction would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Clearing {
    price: i64,
    volume: u64,
    imbalance: i64,
}

/// A limit price and what is collected there.
struct Step {
    price: i64,
    bids: u64,
    asks: u64,
}

impl Book {
    /// In a call: what its auction would do now. Costs a step per level.
    pub fn indicative(&self) -> Indicative {
        let found = if self.phase.is_call() { self.clearing() } else { None };
        found.map_or(Indicative::default(), |Clearing { price, volume, imbalance }| Indicative {
            price: Some(Price(price)),
            quantity: Quantity(volume),
            imbalance,
        })
    }

    fn clearing(&self) -> Option<Clearing> {
        let steps = self.steps();
        let unpriced = |side: Side| {
            self.unpriced[side as usize].values().map(|&slot| self.pool.leaves(slot)).sum::<u64>()
        };
        let (market_bids, market_asks) = (unpriced(Side::Buy), unpriced(Side::Sell));
        let at = |price, demand: u64, supply: u64| Clearing {
            price,
            volume: demand.min(supply),
            imbalance: demand as i64 - supply as i64,
        };
        if steps.is_empty() {
            let price = self.rules.ticks.at_or_below(Price(self.reference?));
            let is_allowed = self.bands.is_none_or(|bands| bands.contain(price));
            let found = at(price.0, market_bids, market_asks);
            return (is_allowed && found.volume > 0).then_some(found);
        }
        let mut demand = market_bids + steps.iter().map(|step| step.bids).sum::<u64>();
        let mut supply = market_asks;
        let mut best: Option<Clearing> = None;
        let mut consider = |found: Clearing| {
            if best.is_none_or(|best| self.is_better(&found, &best)) {
                best = Some(found);
            }
        };
        for (index, step) in steps.iter().enumerate() {
            supply += step.asks;
            consider(at(step.price, demand, supply));
            demand -= step.bids;
            if let Some(next) = steps.get(index + 1)
                && let Some(price) = self.nearest_between(step.price, next.price)
            {
                consider(at(price, demand, supply));
            }
        }
        best.filter(|best| best.volume > 0)
    }

    /// The limit prices collected, rising.
    fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for half in &self.sides {
            for level in half.iter() {
                let hidden = if level.icebergs == 0 {
                    0
                } else {
                    self.queue(level).map(|slot| self.pool.reserve(slot)).sum::<u64>()
                };
                let total = level.shown + hidden;
                let (bids, asks) = if half.side == Side::Buy { (total, 0) } else { (0, total) };
                steps.push(Step { price: level.price, bids, asks });
            }
        }
        steps.sort_unstable_by_key(|step| step.price);
        steps.dedup_by(|later, first| {
            let is_same = later.price == first.price;
            if is_same {
                first.bids += later.bids;
                first.asks += later.asks;
            }
            is_same
        });
        steps
    }

    /// The tick strictly between two prices that is nearest to the reference; the lowest if there is none.
    fn nearest_between(&self, low: i64, high: i64) -> Option<i64> {
        let ticks = &self.rules.ticks;
        let (first, last) = (ticks.at_or_above(Price(low + 1)).0, ticks.at_or_below(Price(high - 1)).0);
        if first > last {
            return None;
        }
        let Some(reference) = self.reference.filter(|&reference| reference > first) else {
            return Some(first);
        };
        if reference >= last {
            return Some(last);
        }
        let (below, above) = (ticks.at_or_below(Price(reference)).0, ticks.at_or_above(Price(reference)).0);
        Some(if reference - below <= above - reference { below } else { above })
    }

    /// Whether an auction at a higher price is better than one at a lower.
    fn is_better(&self, higher: &Clearing, lower: &Clearing) -> bool {
        let distance = |price: i64| self.reference.map_or(0, |reference| price.abs_diff(reference));
        let rank = |found: &Clearing| {
            let volume = std::cmp::Reverse(found.volume);
            (volume, found.imbalance.unsigned_abs(), distance(found.price))
        };
        rank(higher) < rank(lower)
    }

    /// Holds the auction of the call that ends.
    pub(super) fn hold_auction(&mut self, events: &mut Events) {
        let Some(Clearing { price, volume, .. }) = self.clearing() else { return };
        let mut left = volume;
        while left > 0 {
            let [buyer, seller] = [Side::Buy, Side::Sell].map(|side| self.first(side));
            let shown = |slot: u32| self.pool.orders[slot as usize].open();
            let quantity = shown(buyer).min(shown(seller)).min(left);
            left -= quantity;
            let [bought, sold] = [buyer, seller].map(|slot| self.fill_in_auction(slot, price, quantity));
            self.report_trade(events, [&bought, &sold], (price, quantity), true);
            for slot in [buyer, seller] {
                if self.pool.orders[slot as usize].is_resting() {
                    self.tell_executed(events, slot, (price, quantity));
                }
            }
            self.tell_traded(events, (price, quantity), None);
            for slot in [buyer, seller] {
                self.after_auction_fill(events, slot);
            }
        }
        self.set_last_trade(price);
        self.tell_all(events, MarketData::Crossed { price: Price(price), quantity: Quantity(volume) });
    }

    /// The first order of a side: market orders by entry, then the head of the best level.
    fn first(&self, side: Side) -> u32 {
        let unpriced = self.unpriced[side as usize].first_key_value().map(|(_, &slot)| slot);
        let head = || self.side(side).best_level().expect("the volume is no more than was collected").head;
        unpriced.unwrap_or_else(head)
    }

    fn fill_in_auction(&mut self, slot: u32, price: i64, quantity: u64) -> Subject {
        let order = self.pool.orders[slot as usize];
        let cumulative = self.pool.fill(slot, quantity);
        if order.is_resting() {
            self.sides[order.side() as usize].levels[order.level() as usize].shown -= quantity;
        }
        let leaves = self.pool.leaves(slot);
        let order_id = self.pool.id(slot);
        let (client, account, side) = (order.client, order.account, order.side());
        Subject { order: order_id, client, account, side, price, leaves, cumulative }
    }

    /// Ends, replenishes or leaves an order that traded in the auction, and tells of its level.
    fn after_auction_fill(&mut self, events: &mut Events, slot: u32) {
        let order = self.pool.orders[slot as usize];
        let side = order.side();
        if order.open() != 0 {
            if order.is_resting() {
                let level = self.side(side).levels[order.level() as usize];
                self.tell_level(events, side, level);
            }
        } else if self.pool.reserve(slot) != 0 {
            self.replenish(events, slot);
        } else {
            if order.is_resting() {
                let level = self.sides[side as usize].leave(&mut self.pool, slot);
                self.tell_level(events, side, level);
            } else {
                debug_assert!(
                    self.pool.special(slot).is_some_and(|special| special.wait == Wait::Auction),
                    "market"
                );
                self.stop_waiting(slot);
            }
            self.free(slot);
        }
    }
}
