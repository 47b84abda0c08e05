//! What a book is asked to do.

use serde::{Deserialize, Serialize};

use super::rules::Bands;
use super::units::{AccountId, ClientOrderId, GroupId, MatchId, OrderId, Price, Quantity, Side, Time};

/// One command. [`super::Book::apply`] answers each with at least one report, but for those of the operator
/// ([`Command::SetPhase`] to [`Command::Advance`]): they answer with what follows from them (reports of orders that go, market data), which may be
/// nothing, or with one rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// A new order (FIX `D`).
    New(NewOrder),
    /// Cancel an order (FIX `F`).
    Cancel {
        /// Whose order it is.
        account: AccountId,
        /// Which.
        order: OrderId,
    },
    /// Take some of an order's open quantity away; it keeps its place in the queue. All of it: it is cancelled.
    Reduce {
        /// Whose order it is.
        account: AccountId,
        /// Which.
        order: OrderId,
        /// How much less.
        by: Quantity,
    },
    /// Change an order's price or quantity (FIX `G`).
    Replace(Replace),
    /// Cancel every order of an account, of one side if said (FIX `q`). Costs a look at every slot that was ever in use (as many as
    /// orders were live at once; about a nanosecond each, ten milliseconds for ten million), however few it cancels: for a session's
    /// orders give them a group, and [`Command::CancelGroup`] costs what it cancels.
    MassCancel {
        /// Whose orders.
        account: AccountId,
        /// Of which side; of both if none.
        side: Option<Side>,
    },
    /// Cancel every order of a group, as when its session is lost.
    CancelGroup {
        /// Which group.
        group: GroupId,
    },
    /// The operator moves the book into another phase.
    SetPhase(Phase),
    /// The operator sets the prices between which orders may be priced and trades may happen; none: any price.
    SetBands(Option<Bands>),
    /// The operator sets the reference price (a previous close, say), to which an auction's price holds when volume and
    /// imbalance leave a choice. The last trade's price takes its place whenever there is a trade.
    SetReference(Price),
    /// The operator takes back a trade. No order comes back to life.
    Bust(MatchId),
    /// Time passes, and nothing else happens.
    Advance,
}

/// A new order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// The client's id of it.
    #[serde(rename = "cl_ord_id", default)]
    pub client: ClientOrderId,
    /// Its type, with what that type needs.
    pub ord_type: OrdType,
    /// How much is to be bought or sold. In a realm it counts lots of the market, of `base_per_lot` of the base's smallest units each, and is a multiple of
    /// the market's `lot`.
    #[serde(rename = "order_qty")]
    pub quantity: Quantity,
    /// FIX `DisplayQty`: show at most this much at a time (an iceberg), in at most [`super::MAX_PARTS`] parts. Zero: show
    /// all.
    #[serde(rename = "display_qty", default)]
    pub display: Quantity,
    /// FIX `MinQty`: if less than this can trade at once, nothing does, and the order is cancelled. Zero: any.
    #[serde(rename = "min_qty", default)]
    pub minimum: Quantity,
    /// FIX `ExpireTime`: of a [`TimeInForce::Gtd`] order; of another it means nothing.
    #[serde(rename = "expire_time", default)]
    pub expires: Time,
    /// Whose order it is.
    #[serde(default)]
    pub account: AccountId,
    /// The group it is cancelled with.
    #[serde(default)]
    pub group: GroupId,
    /// To buy or to sell.
    pub side: Side,
    /// How long it stays.
    #[serde(default)]
    pub time_in_force: TimeInForce,
    /// What to do when it would trade with an order of the same account.
    #[serde(default)]
    pub self_trade: SelfTrade,
    /// Whether it may trade on entry.
    #[serde(default)]
    pub post_only: PostOnly,
}

impl NewOrder {
    /// A plain limit order that stays until cancelled; change the fields that differ.
    pub fn limit(client: ClientOrderId, side: Side, quantity: Quantity, price: Price) -> Self {
        NewOrder {
            client,
            ord_type: OrdType::Limit { price },
            quantity,
            display: Quantity::ZERO,
            minimum: Quantity::ZERO,
            expires: Time(0),
            account: AccountId(0),
            group: GroupId(0),
            side,
            time_in_force: TimeInForce::Gtc,
            self_trade: SelfTrade::Allow,
            post_only: PostOnly::No,
        }
    }
}

/// FIX `OrdType`, with the prices each type needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub enum OrdType {
    /// At any price within the bands; what finds no match is cancelled (in a call: after the auction).
    Market,
    /// At this price or better.
    Limit {
        /// The worst price to trade at.
        price: Price,
    },
    /// A market order once a trade is at the stop price or beyond it (at or above to buy, at or below to sell).
    Stop {
        /// The stop price (FIX `StopPx`).
        stop: Price,
    },
    /// A limit order once a trade is at the stop price or beyond it.
    StopLimit {
        /// The stop price.
        stop: Price,
        /// The worst price to trade at then.
        price: Price,
    },
    /// A stop order whose stop price follows the trades at a distance: to sell, the highest trade since entry less
    /// `offset`; to buy, the lowest plus `offset`.
    TrailingStop {
        /// The distance in ticks, at least 1.
        offset: Quantity,
    },
    /// A limit order at the best displayed opposite price; rejected when there is none.
    MarketToLimit,
    /// Not displayed; its price follows a reference, `offset` ticks less eager than that.
    Pegged {
        /// What it follows.
        reference: PegReference,
        /// How far it stays behind, in ticks.
        offset: Quantity,
        /// The worst price to trade at, or [`Price::NONE`].
        #[serde(default = "no_price")]
        limit: Price,
    },
}

/// FIX `PegPriceType`: what a pegged order follows. All are of displayed limit orders alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(u8)]
pub enum PegReference {
    /// The middle between best bid and best ask, rounded away from a trade (down to buy, up to sell).
    Midpoint = 2,
    /// The best price of the opposite side; the offset is at least 1, so that it never takes.
    Market = 4,
    /// The best price of its own side.
    Primary = 5,
}

/// FIX `TimeInForce`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(u8)]
pub enum TimeInForce {
    /// Until the book is closed.
    Day = b'0',
    /// Good till cancel.
    #[default]
    Gtc = b'1',
    /// At the opening: entered in the opening call, and gone after its auction.
    AtOpening = b'2',
    /// Immediate or cancel: what does not trade at once is cancelled.
    Ioc = b'3',
    /// Fill or kill: all at once, or nothing.
    Fok = b'4',
    /// Good till the time `expires`; gone before any command at that time or after.
    Gtd = b'6',
    /// At the close: entered at any time before the closing auction, in which alone it takes part, and gone after it. Until the
    /// closing call begins it waits, and is not displayed.
    AtClose = b'7',
}

/// Self-trade prevention: what the incoming order says is to happen when it meets one of its own account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(u8)]
pub enum SelfTrade {
    /// They trade.
    #[default]
    Allow = 0,
    /// The incoming order's rest is cancelled.
    CancelNewest = 1,
    /// The resting order is cancelled, whole, and matching goes on.
    CancelOldest = 2,
    /// Both are cancelled.
    CancelBoth = 3,
    /// Both lose the smaller of the two quantities (of an iceberg, what it displays), without a trade.
    Decrement = 4,
}

/// FIX `ExecInst` 6, "participate, do not initiate".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(u8)]
pub enum PostOnly {
    /// It may trade on entry.
    #[default]
    No = 0,
    /// It is rejected if it would trade.
    Reject = 1,
    /// If it would trade, its price becomes the best that does not.
    Slide = 2,
}

/// A change of a resting limit order or of a stop that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Replace {
    /// Whose order it is.
    #[serde(default)]
    pub account: AccountId,
    /// Which.
    #[serde(rename = "order_id")]
    pub order: OrderId,
    /// The client's new id of it; zero keeps the old.
    #[serde(rename = "cl_ord_id", default)]
    pub client: ClientOrderId,
    /// The new limit price; [`Price::NONE`] for a stop order that has none.
    #[serde(default = "no_price")]
    pub price: Price,
    /// The new stop price of a stop that waits; [`Price::NONE`] otherwise.
    #[serde(rename = "stop_px", default = "no_price")]
    pub stop: Price,
    /// The new quantity.
    #[serde(rename = "order_qty")]
    pub quantity: Quantity,
    /// What that quantity counts.
    #[serde(default)]
    pub counts: Counts,
}

fn no_price() -> Price {
    Price::NONE
}

/// What the quantity of a [`Replace`] counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(u8)]
pub enum Counts {
    /// All of the order, with what it has traded already (FIX `OrderQty`): a fill on the way cannot overfill it.
    #[default]
    Whole = 0,
    /// What is to stay open.
    Open = 1,
}

/// Where the book is in its day (FIX `TradingSessionSubID`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(u8)]
pub enum Phase {
    /// No orders are taken; resting ones may be cancelled. Entering it from a call runs that call's auction (entering it from a
    /// halt that interrupted a call does not); day orders expire.
    Closed = 0,
    /// A call: orders are collected for the opening auction.
    PreOpen = 1,
    /// Orders trade as they come.
    Continuous = 2,
    /// A call: orders are collected for the closing auction.
    PreClose = 3,
    /// No orders are taken and none trades; resting ones may be cancelled. It may interrupt a call, whose auction is then not
    /// held; the orders collected stay, crossed as they may be.
    Halted = 4,
    /// A call after a halt.
    Reopening = 5,
}

impl Phase {
    /// Whether orders are collected for an auction.
    #[inline]
    pub fn is_call(self) -> bool {
        matches!(self, Phase::PreOpen | Phase::PreClose | Phase::Reopening)
    }

    /// Whether the operator may move a book from this phase to `next`, unless a call was interrupted
    /// ([`super::Book::may_become`] knows that too).
    pub fn may_become(self, next: Phase) -> bool {
        use Phase::{Closed, Continuous, Halted, PreClose, PreOpen, Reopening};
        match self {
            Closed => matches!(next, PreOpen | Continuous),
            PreOpen | Reopening => matches!(next, Continuous | Halted | Closed),
            Continuous => matches!(next, PreClose | Halted | Reopening | Closed),
            PreClose => matches!(next, Halted | Closed),
            Halted => matches!(next, Reopening | Continuous | PreClose | Closed),
        }
    }
}
