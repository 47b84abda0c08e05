//! The call auction, by trying prices.

use bartizan_engine::book::{Indicative, Price, Quantity, Reason, Side};

use super::{Place, Twin};

impl Twin {
    /// What an auction would do now.
    pub fn indicative(&self) -> Indicative {
        let found = if self.phase.is_call() { self.clearing() } else { None };
        found.map_or(Indicative::default(), |(price, volume, imbalance)| Indicative {
            price: Some(Price(price)),
            quantity: Quantity(volume),
            imbalance,
        })
    }

    /// Price, volume and imbalance of the auction; none if nothing would trade.
    fn clearing(&self) -> Option<(i64, u64, i64)> {
        let outcomes = self.prices_to_try().into_iter().map(|price| self.outcome(price));
        let rank = |&(price, volume, imbalance): &(i64, u64, i64)| {
            let distance = self.reference.map_or(0, |reference| price.abs_diff(reference));
            (std::cmp::Reverse(volume), imbalance.unsigned_abs(), distance, price)
        };
        outcomes.min_by_key(rank).filter(|best| best.1 > 0)
    }

    /// Those collected of a side in the order in which they would trade: limit, if any, and what is open.
    fn collected(&self, side: Side) -> Vec<(Option<i64>, u64)> {
        let unpriced =
            self.orders.iter().filter(|order| order.side == side && order.place == Place::Unpriced);
        let unpriced = unpriced.map(|order| (None, order.open));
        unpriced.chain(self.queue(side).into_iter().map(|order| (order.limit, order.open))).collect()
    }

    /// What would happen at a price.
    fn outcome(&self, price: i64) -> (i64, u64, i64) {
        let sum = |side: Side| -> u64 {
            let accepts = |limit: i64| if side == Side::Buy { limit >= price } else { limit <= price };
            let takes = |&(limit, _): &(Option<i64>, u64)| limit.is_none_or(accepts);
            self.collected(side).into_iter().filter(takes).map(|(_, open)| open).sum()
        };
        let (demand, supply) = (sum(Side::Buy), sum(Side::Sell));
        (price, demand.min(supply), demand as i64 - supply as i64)
    }

    /// The limits of those who trade if as much as can does.
    fn limits_that_trade(&self) -> Vec<i64> {
        let sides = [self.collected(Side::Buy), self.collected(Side::Sell)];
        // The most trades at some order's limit, or market orders with each other at any price.
        let limits = sides.iter().flatten().filter_map(|&(limit, _)| limit);
        let tried = limits.chain([0]).map(|price| self.outcome(price).1);
        let most = tried.max().expect("one price is tried");
        let mut found = Vec::new();
        for side in sides {
            let mut left = most;
            for (limit, open) in side {
                if left == 0 {
                    break;
                }
                left -= left.min(open);
                found.extend(limit);
            }
        }
        found
    }

    /// Enough prices to have tried all candidates: what would trade changes at limit prices alone, so between two of them the lowest
    /// tick, the highest, and those beside the reference do.
    fn prices_to_try(&self) -> Vec<i64> {
        let ticks = &self.rules.ticks;
        let limits = self.limits_that_trade();
        let (Some(&lowest), Some(&highest)) = (limits.iter().min(), limits.iter().max()) else {
            let only = self.reference.map(|reference| ticks.at_or_below(Price(reference)));
            let only = only.filter(|&price| {
                price.is_valid() && self.bands.is_none_or(|bands| bands.low <= price && price <= bands.high)
            });
            return only.map(|price| price.0).into_iter().collect();
        };
        let mut prices = limits;
        for (limit, _) in [Side::Buy, Side::Sell].into_iter().flat_map(|side| self.collected(side)) {
            if let Some(limit) = limit {
                let (below, above) =
                    (ticks.at_or_below(Price(limit - 1)), ticks.at_or_above(Price(limit + 1)));
                prices.extend([below.0, limit, above.0]);
            }
        }
        if let Some(reference) = self.reference {
            prices.extend([ticks.at_or_below(Price(reference)).0, ticks.at_or_above(Price(reference)).0]);
        }
        prices.retain(|price| (lowest..=highest).contains(price));
        prices
    }

    /// Everybody trades at the one price, the first buyer with the first seller.
    pub(super) fn hold_auction(&mut self) {
        let Some((price, volume, _)) = self.clearing() else { return };
        let mut left = volume;
        while left > 0 {
            let [buyer, seller] = [Side::Buy, Side::Sell].map(|side| self.first(side));
            let quantity = self.get(buyer).shown.min(self.get(seller).shown).min(left);
            left -= quantity;
            let [bought, sold] = [buyer, seller].map(|id| {
                let order = self.get_mut(id);
                order.open -= quantity;
                order.shown -= quantity;
                order.traded += quantity;
                order.clone()
            });
            self.tell_trade(
                [&bought, &sold],
                [Reason::AuctionBuy, Reason::AuctionSell],
                (price, quantity),
                None,
            );
            self.after_shown(buyer);
            self.after_shown(seller);
        }
    }

    /// The first order of a side: market orders by entry, then those displayed.
    fn first(&self, side: Side) -> bartizan_engine::book::OrderId {
        let unpriced =
            self.orders.iter().filter(|order| order.side == side && order.place == Place::Unpriced);
        let first = unpriced.min_by_key(|order| order.entered);
        first
            .or_else(|| self.queue(side).first().copied())
            .expect("the volume is no more than was collected")
            .id
    }
}
