//! Holding a call auction: everybody trades at the one price.

use super::Events;
use super::clearing::Clearing;
use super::market::MarketData;
use super::pool::Wait;
use super::state::{Book, Subject};
use super::units::{Price, Quantity, Side};

impl Book {
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
        } else {
            self.unpriced_open[order.side() as usize] -= quantity;
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
                self.tell_level(events, side, order.level());
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
