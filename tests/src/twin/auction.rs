//! The call auction, by trying prices.

use bartizan_engine::book::{Indicative, Price, Quantity, Reason, Side};

use super::{Order, Place, Twin};

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
        let mut best: Option<(i64, u64, i64)> = None;
        for price in self.prices_to_try() {
            let sum = |side: Side| -> u64 {
                let takes = |order: &&Order| {
                    let limit = match order.place {
                        Place::Queue(_) => order.limit,
                        Place::Unpriced => None,
                        _ => return false,
                    };
                    let accepts =
                        |limit: i64| if side == Side::Buy { limit >= price } else { limit <= price };
                    order.side == side && limit.is_none_or(accepts)
                };
                self.orders.iter().filter(takes).map(|order| order.open).sum()
            };
            let (demand, supply) = (sum(Side::Buy), sum(Side::Sell));
            let found = (price, demand.min(supply), demand as i64 - supply as i64);
            let rank = |&(price, volume, imbalance): &(i64, u64, i64)| {
                let distance = self.reference.map_or(0, |reference| price.abs_diff(reference));
                (std::cmp::Reverse(volume), imbalance.unsigned_abs(), distance, price)
            };
            if best.is_none_or(|best| rank(&found) < rank(&best)) {
                best = Some(found);
            }
        }
        best.filter(|best| best.1 > 0)
    }

    /// Enough prices to have tried all ticks: what would trade changes at limit prices alone, so between two of them the lowest
    /// tick, the highest, and those beside the reference do.
    fn prices_to_try(&self) -> Vec<i64> {
        let ticks = &self.rules.ticks;
        let displayed = self.orders.iter().filter(|order| matches!(order.place, Place::Queue(_)));
        let limits: Vec<i64> = displayed.filter_map(|order| order.limit).collect();
        let (Some(&lowest), Some(&highest)) = (limits.iter().min(), limits.iter().max()) else {
            let only = self.reference.map(|reference| ticks.at_or_below(Price(reference)));
            let only = only
                .filter(|&price| self.bands.is_none_or(|bands| bands.low <= price && price <= bands.high));
            return only.map(|price| price.0).into_iter().collect();
        };
        let mut prices = limits.clone();
        for &limit in &limits {
            prices.extend([ticks.at_or_below(Price(limit - 1)).0, ticks.at_or_above(Price(limit + 1)).0]);
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
