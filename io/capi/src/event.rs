//! Market data as C sees it: one flat record for every kind of event, with the fields that a kind does not have zero.

use bartizan_engine::book::{MarketData, MarketEvent, OrderId, Price, Quantity, Side};

use crate::command::bartizan_phase;
use crate::report::bartizan_side;
use crate::status::NO_PRICE;

/// What happened to the displayed book. Indicative, crossed, broken and phase changed are told whatever channels are on.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_event_kind {
    /// L3: an order, or more of an iceberg, joins the end of its queue: order, side, price, quantity.
    Added = 0,
    /// L3: a displayed order traded: order, quantity, price, trade. At nothing left, it is gone.
    Executed = 1,
    /// L3: a displayed order displays less and keeps its place: order, quantity (how much less).
    Reduced = 2,
    /// L3: a displayed order is gone without a trade: order.
    Deleted = 3,
    /// L2: what one price displays now: side, price, quantity (zero when the level is gone), count.
    Level = 4,
    /// L1: the best bid (price, quantity) and ask (ask, ask_quantity) now; BARTIZAN_NO_PRICE where there is none. Not told in
    /// a call, nor in a halt that interrupted one; bartizan_book_top answers then too.
    Top = 5,
    /// L1: a trade: trade, price, quantity, side (of the order that came in; any in an auction).
    Traded = 6,
    /// In a call, what its auction would do now: price (BARTIZAN_NO_PRICE if nothing), quantity, imbalance.
    Indicative = 7,
    /// An auction was held: price, quantity.
    Crossed = 8,
    /// A trade was taken back: trade.
    Broken = 9,
    /// The book is in another phase: phase.
    PhaseChanged = 10,
}

/// One market data event. Which fields it has, its kind says; the others are zero.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct bartizan_market_event {
    /// Counts from 1 without gaps over all events that are told.
    pub sequence: u64,
    /// Which order.
    pub order: u64,
    /// Which trade.
    pub trade: u64,
    /// At what price; of a top, the best bid.
    pub price: i64,
    /// How much; of a top, what the best bid displays.
    pub quantity: u64,
    /// Of a top: the best ask.
    pub ask: i64,
    /// Of a top: what the best ask displays.
    pub ask_quantity: u64,
    /// Of an indicative: what would be left, of bids if positive, of asks if negative.
    pub imbalance: i64,
    /// Of a level: displayed orders.
    pub count: u32,
    /// What happened.
    pub kind: bartizan_event_kind,
    /// Bid or ask.
    pub side: bartizan_side,
    /// Of a changed phase: which it is now.
    pub phase: bartizan_phase,
    /// Always zero.
    pub reserved: u8,
}

/// The side as C sees it.
pub(crate) fn side(side: Side) -> bartizan_side {
    match side {
        Side::Buy => bartizan_side::Buy,
        Side::Sell => bartizan_side::Sell,
    }
}

/// The price as C sees it.
pub(crate) fn price(price: Option<Price>) -> i64 {
    price.map_or(NO_PRICE, |price| price.0)
}

/// The event as C sees it.
pub(crate) fn flat(event: &MarketEvent) -> bartizan_market_event {
    use bartizan_event_kind as Kind;
    let blank = bartizan_market_event {
        sequence: event.sequence,
        order: 0,
        trade: 0,
        price: 0,
        quantity: 0,
        ask: 0,
        ask_quantity: 0,
        imbalance: 0,
        count: 0,
        kind: Kind::Added,
        side: bartizan_side::Buy,
        phase: bartizan_phase::Closed,
        reserved: 0,
    };
    let of_order =
        |kind, OrderId(order), Quantity(quantity)| bartizan_market_event { order, quantity, kind, ..blank };
    match event.data {
        MarketData::Added { order, side: of, price, quantity } => {
            bartizan_market_event { side: side(of), price: price.0, ..of_order(Kind::Added, order, quantity) }
        }
        MarketData::Executed { order, quantity, price, trade } => bartizan_market_event {
            price: price.0,
            trade: trade.0,
            ..of_order(Kind::Executed, order, quantity)
        },
        MarketData::Reduced { order, by } => of_order(Kind::Reduced, order, by),
        MarketData::Deleted { order } => of_order(Kind::Deleted, order, Quantity::ZERO),
        MarketData::Level { side: of, price, quantity, count } => bartizan_market_event {
            kind: Kind::Level,
            side: side(of),
            price: price.0,
            quantity: quantity.0,
            count,
            ..blank
        },
        MarketData::Top(top) => bartizan_market_event {
            kind: Kind::Top,
            price: price(top.bid),
            quantity: top.bid_quantity.0,
            ask: price(top.ask),
            ask_quantity: top.ask_quantity.0,
            ..blank
        },
        MarketData::Traded { trade, price, quantity, aggressor } => bartizan_market_event {
            kind: Kind::Traded,
            trade: trade.0,
            price: price.0,
            quantity: quantity.0,
            side: aggressor.map_or(bartizan_side::Any, side),
            ..blank
        },
        MarketData::Indicative(now) => bartizan_market_event {
            kind: Kind::Indicative,
            price: price(now.price),
            quantity: now.quantity.0,
            imbalance: now.imbalance,
            ..blank
        },
        MarketData::Crossed { price, quantity } => {
            bartizan_market_event { kind: Kind::Crossed, price: price.0, quantity: quantity.0, ..blank }
        }
        MarketData::Broken { trade } => bartizan_market_event { kind: Kind::Broken, trade: trade.0, ..blank },
        MarketData::PhaseChanged(phase) => {
            bartizan_market_event { kind: Kind::PhaseChanged, phase: phase.into(), ..blank }
        }
    }
}
