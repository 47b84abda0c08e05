//! A reader of market data who knows nothing else: the displayed book rebuilt from L3 alone and from L2 alone.

use std::collections::BTreeMap;

use bartizan_engine::book::{Indicative, MarketData, MarketEvent, MatchId, OrderId, Phase, Side, Top};

/// A displayed order as the feed tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Displayed {
    /// Which.
    pub order: OrderId,
    /// Its price.
    pub price: i64,
    /// What it displays.
    pub quantity: u64,
}

/// What the feed has told so far.
#[derive(Clone, Debug, Default)]
pub struct Mirror {
    sequence: u64,
    /// By side: the displayed orders, best price first, then as they joined.
    orders: [Vec<Displayed>; 2],
    /// By side: quantity and orders by price.
    levels: [BTreeMap<i64, (u64, u32)>; 2],
    /// The last best prices told.
    pub top: Top,
    /// The last told in this call.
    pub indicative: Indicative,
    /// The last phase told.
    pub phase: Option<Phase>,
    /// Trades told since they were last taken: id, price, quantity, aggressor.
    pub trades: Vec<(MatchId, i64, u64, Option<Side>)>,
    /// Trades taken back.
    pub broken: Vec<MatchId>,
    /// Price and volume of auctions.
    pub auctions: Vec<(i64, u64)>,
}

impl Mirror {
    /// Takes events in.
    ///
    /// # Panics
    /// If one is missing, or tells of what cannot be.
    pub fn take(&mut self, events: &[MarketEvent]) {
        for event in events {
            self.sequence += 1;
            assert_eq!(event.sequence, self.sequence, "the numbers of events have no gaps");
            self.take_one(&event.data);
        }
    }

    fn take_one(&mut self, data: &MarketData) {
        match *data {
            MarketData::Added { order, side, price, quantity } => {
                assert!(quantity.0 > 0, "{data:?}");
                let orders = &mut self.orders[side as usize];
                let is_behind = |other: &Displayed| match side {
                    Side::Buy => other.price >= price.0,
                    Side::Sell => other.price <= price.0,
                };
                let at = orders.partition_point(is_behind);
                orders.insert(at, Displayed { order, price: price.0, quantity: quantity.0 });
            }
            MarketData::Executed { order, quantity, .. } | MarketData::Reduced { order, by: quantity } => {
                let (side, at) = self.position(order);
                let displayed = &mut self.orders[side][at];
                assert!(quantity.0 > 0 && displayed.quantity >= quantity.0, "{data:?} of {displayed:?}");
                displayed.quantity -= quantity.0;
                if displayed.quantity == 0 {
                    self.orders[side].remove(at);
                }
            }
            MarketData::Deleted { order } => {
                let (side, at) = self.position(order);
                self.orders[side].remove(at);
            }
            MarketData::Level { side, price, quantity, count } => {
                assert_eq!(quantity.0 == 0, count == 0, "{data:?}");
                let levels = &mut self.levels[side as usize];
                let before = if count == 0 {
                    levels.remove(&price.0)
                } else {
                    levels.insert(price.0, (quantity.0, count))
                };
                assert!(count != 0 || before.is_some(), "{data:?}, and there was no such level");
            }
            MarketData::Top(top) => {
                assert_ne!(top, self.top, "told although nothing changed");
                self.top = top;
            }
            MarketData::Traded { trade, price, quantity, aggressor } => {
                self.trades.push((trade, price.0, quantity.0, aggressor));
            }
            MarketData::Indicative(indicative) => {
                assert_ne!(indicative, self.indicative, "told although nothing changed");
                self.indicative = indicative;
            }
            MarketData::Crossed { price, quantity } => self.auctions.push((price.0, quantity.0)),
            MarketData::Broken { trade } => self.broken.push(trade),
            MarketData::PhaseChanged(phase) => {
                self.phase = Some(phase);
                self.indicative = Indicative::default();
            }
        }
    }

    /// The side and place of a displayed order.
    fn position(&self, order: OrderId) -> (usize, usize) {
        let mut sides = self.orders.iter().enumerate();
        let found = sides.find_map(|(side, orders)| {
            orders.iter().position(|displayed| displayed.order == order).map(|at| (side, at))
        });
        found.unwrap_or_else(|| panic!("{order:?} is not displayed"))
    }

    /// The displayed orders of a side as L3 tells them.
    pub fn orders(&self, side: Side) -> &[Displayed] {
        &self.orders[side as usize]
    }

    /// Price, quantity and orders of a side's levels as L2 tells them, best first.
    pub fn depth(&self, side: Side) -> Vec<(i64, u64, u32)> {
        let levels =
            self.levels[side as usize].iter().map(|(&price, &(quantity, count))| (price, quantity, count));
        if side == Side::Buy { levels.rev().collect() } else { levels.collect() }
    }
}
