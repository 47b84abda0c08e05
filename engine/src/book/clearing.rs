//! The one price of a call auction, chosen by volume, imbalance and reference.
//!
//! Levels of both sides are counted from the best on, that of the side which limits the volume first, as long as they meet.
//! Demand falls and supply rises with the price, so where that stops tells the prices of most volume, which are
//! an interval, and those of least imbalance among them. Cost: one step per level that is counted.
//!
//! That interval reaches from the limit of the last seller that trades to the limit of the last buyer that does. Where the market
//! orders of one side make up the whole volume, that end is open, and the price is the other end: an order that does not
//! trade must not move the price beyond the limits of those that do.

use super::market::Indicative;
use super::state::Book;
use super::units::{Price, Quantity, Side};

/// What an auction would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clearing {
    pub(super) price: i64,
    pub(super) volume: u64,
    pub(super) imbalance: i64,
}

/// One side, counted from market orders and the best price on.
struct Counted<Levels> {
    /// What is counted so far.
    total: u64,
    /// The worst price counted; none if that is market orders alone.
    price: Option<i64>,
    /// The level that comes next: its price and what is open there.
    next: Option<(i64, u64)>,
    rest: Levels,
}

impl<Levels: Iterator<Item = (i64, u64)>> Counted<Levels> {
    fn new(unpriced: u64, mut rest: Levels) -> Self {
        Counted { total: unpriced, price: None, next: rest.next(), rest }
    }

    fn count_next(&mut self) {
        if let Some((price, quantity)) = self.next.take() {
            self.total += quantity;
            self.price = Some(price);
            self.next = self.rest.next();
        }
    }

    fn count_while(&mut self, takes: impl Fn(i64) -> bool) {
        while self.next.is_some_and(|next| takes(next.0)) {
            self.count_next();
        }
    }
}

/// What demand exceeds supply by.
fn imbalance(demand: u64, supply: u64) -> i64 {
    demand as i64 - supply as i64
}

impl Book {
    /// In a call: what its auction would do now. Costs a step per level that would trade.
    pub fn indicative(&self) -> Indicative {
        let found = if self.phase.is_call() { self.clearing() } else { None };
        found.map_or(Indicative::default(), |Clearing { price, volume, imbalance }| Indicative {
            price: Some(Price(price)),
            quantity: Quantity(volume),
            imbalance,
        })
    }

    /// The price of the auction and what it would do; none if nothing would trade.
    pub(super) fn clearing(&self) -> Option<Clearing> {
        let [mut bids, mut asks] = [Side::Buy, Side::Sell].map(|side| self.counted(side));
        let meet = |bid: Option<i64>, ask: Option<i64>| bid.zip(ask).is_none_or(|(bid, ask)| bid >= ask);
        loop {
            let (bid, ask) = (bids.next.map(|next| next.0), asks.next.map(|next| next.0));
            if bids.total < asks.total && bid.is_some() && meet(bid, asks.price) {
                bids.count_next();
            } else if bids.total > asks.total && ask.is_some() && meet(bids.price, ask) {
                asks.count_next();
            } else if bids.total == asks.total && bid.is_some() && ask.is_some() && meet(bid, ask) {
                bids.count_next();
                asks.count_next();
            } else {
                break;
            }
        }
        let volume = bids.total.min(asks.total);
        if volume == 0 {
            return None;
        }
        // What is counted of each side ends with the last order that trades: its limit bounds the price.
        let price = match (asks.price, bids.price) {
            (Some(low), Some(high)) => return self.between(low, high, &mut bids, &mut asks),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => self.reference_tick()?,
        };
        bids.count_while(|bid| bid >= price);
        asks.count_while(|ask| ask <= price);
        Some(Clearing { price, volume, imbalance: imbalance(bids.total, asks.total) })
    }

    /// The price from the limit of the last seller that trades to that of the last buyer: between them the volume is the most.
    fn between(
        &self,
        low: i64,
        high: i64,
        bids: &mut Counted<impl Iterator<Item = (i64, u64)>>,
        asks: &mut Counted<impl Iterator<Item = (i64, u64)>>,
    ) -> Option<Clearing> {
        let volume = bids.total.min(asks.total);
        let imbalance = imbalance(bids.total, asks.total);
        let above = |bid: Option<(i64, u64)>| bid.map_or(low, |(bid, _)| low.max(self.tick_above(bid)));
        let below = |ask: Option<(i64, u64)>| ask.map_or(high, |(ask, _)| high.min(self.tick_below(ask)));
        let (from, to) = match imbalance {
            ..0 => (low, below(asks.next)),
            0 => (above(bids.next), below(asks.next)),
            1.. => (above(bids.next), high),
        };
        if from <= to {
            return Some(Clearing { price: self.nearest(from, to), volume, imbalance });
        }
        // Balanced only between two neighbouring ticks: it is the one or the other.
        let lower = bids.next.filter(|next| next.0 >= low).map(|(price, quantity)| Clearing {
            price: self.nearest(above(bids.rest.next()), price),
            volume,
            imbalance: quantity as i64,
        });
        let higher = asks.next.filter(|next| next.0 <= high).map(|(price, quantity)| Clearing {
            price: self.nearest(price, below(asks.rest.next())),
            volume,
            imbalance: -(quantity as i64),
        });
        [lower, higher].into_iter().flatten().min_by_key(|found| {
            let distance = self.reference.map_or(0, |reference| found.price.abs_diff(reference));
            (found.imbalance.unsigned_abs(), distance)
        })
    }

    /// The highest tick at or below the reference, if the bands allow it.
    fn reference_tick(&self) -> Option<i64> {
        let price = self.rules.ticks.at_or_below(Price(self.reference?));
        let is_allowed = price.is_valid() && self.bands.is_none_or(|bands| bands.contain(price));
        is_allowed.then_some(price.0)
    }

    fn counted(&self, side: Side) -> Counted<impl Iterator<Item = (i64, u64)>> {
        let levels = self.side(side).with_reserves();
        let levels = levels.map(|(level, reserve)| (level.price, level.shown + reserve));
        Counted::new(self.unpriced_open[side as usize], levels)
    }

    fn tick_above(&self, price: i64) -> i64 {
        self.rules.ticks.at_or_above(Price(price + 1)).0
    }

    fn tick_below(&self, price: i64) -> i64 {
        self.rules.ticks.at_or_below(Price(price - 1)).0
    }

    /// The tick from `low` to `high`, both ticks, that is nearest to the reference; the lowest if there is none.
    fn nearest(&self, low: i64, high: i64) -> i64 {
        let Some(reference) = self.reference.filter(|&reference| reference > low) else { return low };
        if reference >= high {
            return high;
        }
        let ticks = &self.rules.ticks;
        let (below, above) = (ticks.at_or_below(Price(reference)).0, ticks.at_or_above(Price(reference)).0);
        if reference - below <= above - reference { below } else { above }
    }
}
