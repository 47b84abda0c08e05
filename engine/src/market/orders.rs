//! What each open order has on hold: a function of what is open of it, its worst price, and the fees it was accepted under.
//!
//! To sell, the lots themselves. To buy, the money at the worst price, and the largest fee on that, rounded down. Each trade then pays out of what
//! its part of the hold was: its fee is rounded down, and the sum of parts rounded down is never more than the whole rounded down.

use super::fees::{FeeSchedule, rate};
use crate::book::{OrderId, Side};
use crate::codec::record;

/// What the market knows of an open order, by the book's slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Live {
    /// To buy, the worst price it may trade at.
    pub(super) worst: i64,
    /// What is open of it; 0: the slot is free.
    pub(super) leaves: u64,
    /// Whose it is, by place among the members.
    pub(super) member: u32,
    /// The fees it pays, by place among the market's schedules.
    pub(super) schedule: u16,
    /// To buy or to sell.
    pub(super) side: Side,
    /// Whether its worst price is the upper band, as of an order without a limit.
    pub(super) follows_band: bool,
}

record!(Live { worst, leaves, member, schedule, side, follows_band });

/// A slot without an order.
pub(super) const FREE: Live =
    Live { worst: 0, leaves: 0, member: 0, schedule: 0, side: Side::Buy, follows_band: false };

/// What a lot and a tick are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Units {
    pub(super) base_per_lot: u64,
    pub(super) quote_per_tick: u64,
}

record!(Units { base_per_lot, quote_per_tick });

impl Units {
    /// What so many lots are, in units of the base.
    #[inline]
    pub(super) fn goods(self, lots: u64) -> u128 {
        u128::from(lots) * u128::from(self.base_per_lot)
    }

    /// What so many lots cost at a price.
    #[inline]
    pub(super) fn money(self, lots: u64, price: i64) -> u128 {
        debug_assert!(price >= 0, "a market's bands begin at 1");
        u128::from(lots) * (price as u128 * u128::from(self.quote_per_tick))
    }

    /// What an order with so much open has on hold.
    #[inline]
    pub(super) fn held(self, side: Side, lots: u64, worst: i64, fees: FeeSchedule) -> u128 {
        match side {
            Side::Sell => self.goods(lots),
            Side::Buy => {
                let money = self.money(lots, worst);
                money + rate(money, fees.most())
            }
        }
    }
}

/// The book's slot of an order.
#[inline]
pub(super) fn slot(order: OrderId) -> usize {
    order.0 as u32 as usize
}
