//! What a book tells those whose orders it holds: FIX execution reports, one record of 64 bytes each.

use serde::Serialize;

use super::units::{AccountId, ClientOrderId, MatchId, OrderId, Price, Quantity, Side};

/// One execution report (FIX `8`), or the rejection of a command (FIX `8`, `9` or `r`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(C)]
pub struct Report {
    /// FIX `ExecID`: counts from 1 without gaps over all reports of a book.
    pub sequence: u64,
    /// FIX `OrderID`. Zero for a new order that was rejected, and what was asked for where an id is unknown.
    pub order: OrderId,
    /// FIX `ClOrdID`: of the order; zero where the order is unknown.
    pub client: ClientOrderId,
    /// FIX `Account`.
    pub account: AccountId,
    /// What happened.
    pub exec_type: ExecType,
    /// How the order stands now.
    pub ord_status: OrdStatus,
    /// FIX `Side`; [`Side::Buy`] where the order is unknown.
    pub side: Side,
    /// Why.
    pub reason: Reason,
    /// Of a trade or a trade taken back: its price (FIX `LastPx`). Otherwise the order's limit price (a waiting stop
    /// without one: its stop price), or [`Price::NONE`].
    pub price: Price,
    /// Of a trade or a trade taken back: its quantity (FIX `LastQty`). Of [`ExecType::Restated`], [`ExecType::Canceled`] and
    /// [`ExecType::Expired`]: how much was taken away, which for a replenished iceberg is 0. Otherwise what was asked for.
    pub quantity: Quantity,
    /// FIX `LeavesQty`: what is still open, an iceberg's reserve included.
    pub leaves: Quantity,
    /// FIX `CumQty`: what has traded and was not taken back.
    pub cumulative: Quantity,
}

impl Report {
    /// Of the report of a trade ([`ExecType::Trade`]): the trade's id, which is the sequence number of the first of its two
    /// reports. The incoming order's comes first and the resting order's directly after; in an auction the buyer's first.
    pub fn match_id(&self) -> MatchId {
        let first = matches!(self.reason, Reason::RemovedLiquidity | Reason::AuctionBuy);
        MatchId(if first { self.sequence } else { self.sequence - 1 })
    }
}

/// FIX `ExecType`, by its character; [`ExecType::CancelRejected`] stands for FIX's separate message `9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(u8)]
pub enum ExecType {
    /// Accepted.
    New = b'0',
    /// Cancelled, for the report's reason.
    Canceled = b'4',
    /// Replaced, and now as the report says; trades of the changed order follow.
    Replaced = b'5',
    /// A new order, or a command of the operator, was rejected. Nothing changed.
    Rejected = b'8',
    /// Its time is over.
    Expired = b'C',
    /// Changed without being asked: see the reason.
    Restated = b'D',
    /// Traded.
    Trade = b'F',
    /// A trade was taken back.
    TradeCancel = b'H',
    /// A stop that was elected now enters the market.
    Triggered = b'L',
    /// A cancel, reduce or replace was rejected. Nothing changed.
    CancelRejected = b'9',
}

/// FIX `OrdStatus`, by its character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(u8)]
pub enum OrdStatus {
    /// Nothing traded yet.
    New = b'0',
    /// Some traded, some open.
    PartiallyFilled = b'1',
    /// All traded.
    Filled = b'2',
    /// Cancelled: nothing is open.
    Canceled = b'4',
    /// Never accepted, or not known.
    Rejected = b'8',
    /// Its time is over.
    Expired = b'C',
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $name:ident = $number:literal,)*) => {
        /// Why a report was made. The numbers are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[repr(u8)]
        pub enum Reason {
            $($(#[doc = $doc])* $name = $number,)*
        }

        impl Reason {
            /// What it means.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Reason::$name => concat!($($doc),*).trim_ascii(),)*
                }
            }
        }
    };
}

reasons! {
    /// As asked.
    Requested = 0,
    /// A trade that took a resting order (FIX `LastLiquidityInd` 2).
    RemovedLiquidity = 1,
    /// A trade of an order that rested (FIX `LastLiquidityInd` 1).
    AddedLiquidity = 2,
    /// A trade in an auction, told to the buyer.
    AuctionBuy = 3,
    /// A trade in an auction, told to the seller.
    AuctionSell = 4,
    /// An iceberg shows more of its reserve, at the end of the queue.
    Replenished = 5,
    /// Its rest found no match, and it may not rest.
    NoLiquidity = 6,
    /// Fill or kill: not all of it could trade.
    NotFillable = 7,
    /// Less than its minimum quantity could trade.
    MinimumNotMet = 8,
    /// Self-trade prevention.
    SelfTrade = 9,
    /// Its time is over (good till date, day, at the opening, at the close).
    TimeOver = 10,
    /// Cancelled with all of its account or side.
    MassCancel = 11,
    /// Cancelled with its group.
    GroupCancel = 12,
    /// The bands were moved, and it lies outside.
    BandsMoved = 13,

    /// The book takes no orders in this phase.
    NotTrading = 32,
    /// Not in a call: it must trade at once, or follows a price that a call does not have.
    NotInCall = 33,
    /// At the opening only in the opening call.
    WrongAuction = 34,
    /// The quantity is zero or too large.
    QuantityOutOfRange = 35,
    /// The quantity, or one of its parts, is no multiple of the lot size.
    NotInLots = 36,
    /// The displayed or the minimum quantity is more than the quantity.
    PartLargerThanWhole = 37,
    /// These terms cannot be had together.
    IncompatibleTerms = 38,
    /// A price is missing or larger than any may be.
    PriceOutOfRange = 39,
    /// A price is not on the tick table.
    OffTick = 40,
    /// A price is outside the bands.
    OutsideBands = 41,
    /// It expires now or before.
    AlreadyExpired = 42,
    /// The account has a live order with this client id.
    DuplicateClientId = 43,
    /// No more orders, no more units of this side or no more parts of its icebergs can be held.
    BookFull = 44,
    /// There is no trade yet to follow, or no opposite price to take.
    NoReference = 45,
    /// Post-only, and it would trade.
    WouldTake = 46,
    /// An iceberg would have to be shown in more parts than any may be.
    DisplayTooSmall = 47,

    /// No live order has this id.
    UnknownOrder = 64,
    /// The order is another account's.
    NotOwner = 65,
    /// More than what is open is to be taken away.
    ReduceTooLarge = 66,
    /// The new quantity is not more than what has traded already.
    BelowExecuted = 67,
    /// Orders of this type are cancelled and sent again, not replaced.
    NotReplaceable = 68,

    /// No recent trade has this id.
    UnknownTrade = 96,
    /// The trade was taken back before.
    AlreadyBusted = 97,
    /// The book cannot go from its phase to this one, or a call that was interrupted must come first.
    WrongPhase = 98,
    /// The lower band is above the upper one.
    BandsCrossed = 99,
}
