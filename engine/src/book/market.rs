//! What a book tells everybody: market data, as events that a reader can rebuild the displayed book from.

use serde::Serialize;

use super::command::Phase;
use super::units::{MatchId, OrderId, Price, Quantity, Side};

/// One market data event with its number in the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MarketEvent {
    /// Counts from 1 without gaps over the events of the channels that are on.
    pub sequence: u64,
    /// What happened.
    pub data: MarketData,
}

/// What happened to the displayed book. Which channel a kind belongs to, it says; the others are always told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum MarketData {
    /// L3: an order, or more of an iceberg, joins the end of its queue.
    Added {
        /// Which.
        order: OrderId,
        /// Bid or ask.
        side: Side,
        /// Its price.
        price: Price,
        /// What it displays.
        quantity: Quantity,
    },
    /// L3: a displayed order traded. At nothing left, it is gone.
    Executed {
        /// Which.
        order: OrderId,
        /// How much.
        quantity: Quantity,
        /// At what price, which in an auction need not be the order's.
        price: Price,
        /// In which trade.
        trade: MatchId,
    },
    /// L3: a displayed order displays less and keeps its place.
    Reduced {
        /// Which.
        order: OrderId,
        /// How much less.
        by: Quantity,
    },
    /// L3: a displayed order is gone without a trade.
    Deleted {
        /// Which.
        order: OrderId,
    },
    /// L2: what one price displays now.
    Level {
        /// Bids or asks.
        side: Side,
        /// The price.
        price: Price,
        /// Displayed quantity; zero when the level is gone.
        quantity: Quantity,
        /// Displayed orders.
        count: u32,
    },
    /// L1: the best bid and ask now. Sent once at the end of a command that changed them, outside calls, and not
    /// while one is interrupted.
    Top(Top),
    /// A trade, one event each. L1.
    Traded {
        /// Which.
        trade: MatchId,
        /// At what price.
        price: Price,
        /// How much.
        quantity: Quantity,
        /// The side of the order that came in; none in an auction.
        aggressor: Option<Side>,
    },
    /// In a call: what its auction would do now. Sent when that changes.
    Indicative(Indicative),
    /// An auction was held; its trades come before this.
    Crossed {
        /// At what price.
        price: Price,
        /// How much.
        quantity: Quantity,
    },
    /// A trade was taken back.
    Broken {
        /// Which.
        trade: MatchId,
    },
    /// The book is in another phase.
    PhaseChanged(Phase),
}

/// The best displayed bid and ask; a side without orders has no price and zero quantity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Top {
    /// The highest bid.
    pub bid: Option<Price>,
    /// What is displayed there.
    pub bid_quantity: Quantity,
    /// The lowest ask.
    pub ask: Option<Price>,
    /// What is displayed there.
    pub ask_quantity: Quantity,
}

/// What an auction would do with the orders collected so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Indicative {
    /// Its price; none if nothing would trade.
    pub price: Option<Price>,
    /// How much would trade.
    pub quantity: Quantity,
    /// What would be left at that price: of bids if positive, of asks if negative.
    pub imbalance: i64,
}
