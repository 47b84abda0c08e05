//! The execution report as C sees it: the engine's own record under C's names. The assertions below hold the two
//! together, field by field and value by value, so a slice of one is a slice of the other.

use std::mem::{align_of, offset_of, size_of};

use bartizan_engine::book::{ExecType, OrdStatus, Reason, Report, Side};

/// What happened: FIX ExecType, by its character.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_exec_type {
    /// Accepted.
    New = 48,
    /// Cancelled, for the report's reason.
    Canceled = 52,
    /// Replaced, and now as the report says; trades of the changed order follow.
    Replaced = 53,
    /// A new order, or a command of the operator, was rejected. Nothing changed.
    Rejected = 56,
    /// A cancel, reduce or replace was rejected. Nothing changed.
    CancelRejected = 57,
    /// Its time is over.
    Expired = 67,
    /// Changed without being asked, or reduced: see the reason.
    Restated = 68,
    /// Traded.
    Trade = 70,
    /// A trade was taken back.
    TradeCancel = 72,
    /// A stop was elected and now enters the market.
    Triggered = 76,
}

/// How an order stands: FIX OrdStatus, by its character.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_ord_status {
    /// Nothing traded yet.
    New = 48,
    /// Some traded, some open.
    PartiallyFilled = 49,
    /// All traded.
    Filled = 50,
    /// Cancelled: nothing is open.
    Canceled = 52,
    /// Never accepted, or not known.
    Rejected = 56,
    /// Its time is over.
    Expired = 67,
}

/// Why a report was made. The numbers are stable.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_reason {
    /// As asked.
    Requested = 0,
    /// A trade that took a resting order.
    RemovedLiquidity = 1,
    /// A trade of an order that rested.
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
    /// A price is missing or beyond BARTIZAN_MAX_PRICE.
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
    /// An iceberg would have to be shown in more parts than 10000.
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

/// Which side of the book. The numbers are our own, not FIX's.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_side {
    /// Gives money, wants the instrument; a resting one is a bid.
    Buy = 0,
    /// Gives the instrument, wants money; a resting one is an ask.
    Sell = 1,
    /// Of a mass cancel: both sides. Of a trade: no side came in, as in an auction. Nowhere else.
    Any = 255,
}

/// One execution report: 64 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct bartizan_report {
    /// Counts from 1 without gaps over all reports of a book. A trade's id is that of the first of its two reports: the
    /// incoming order's, and in an auction the buyer's.
    pub sequence: u64,
    /// The book's id of the order. Zero for a new order that was rejected; what was asked for where an id is unknown.
    pub order: u64,
    /// The client's id of the order; zero where the order is unknown.
    pub client: u64,
    /// Whose it is.
    pub account: u32,
    /// What happened.
    pub exec_type: bartizan_exec_type,
    /// How the order stands now.
    pub ord_status: bartizan_ord_status,
    /// Its side; buy where the order is unknown.
    pub side: bartizan_side,
    /// Why.
    pub reason: bartizan_reason,
    /// Of a trade or a trade taken back: its price. Otherwise the order's limit price (of a waiting stop without one: its
    /// stop price), or BARTIZAN_NO_PRICE.
    pub price: i64,
    /// Of a trade or a trade taken back: its quantity. Of restated, cancelled and expired: how much was taken away, which
    /// for a replenished iceberg is zero. Otherwise what was asked for.
    pub quantity: u64,
    /// What is still open, an iceberg's reserve included.
    pub leaves: u64,
    /// What has traded and was not taken back.
    pub cumulative: u64,
}

/// The engine's reports as C's, where they lie.
pub fn as_c(reports: &[Report]) -> *const bartizan_report {
    reports.as_ptr().cast()
}

/// Says at compile time that a field is at the same place in both records.
macro_rules! same_place {
    ($($field:ident)*) => {
        const _: () = {
            $(assert!(offset_of!(Report, $field) == offset_of!(bartizan_report, $field));)*
            assert!(size_of::<Report>() == size_of::<bartizan_report>() && size_of::<Report>() == 64);
            assert!(align_of::<Report>() == align_of::<bartizan_report>());
        };
    };
}
same_place!(sequence order client account exec_type ord_status side reason price quantity leaves cumulative);

/// Says at compile time that C's enum has every variant of the engine's, of the same name and value.
macro_rules! same_values {
    ($engine:ident $c:ident: $($variant:ident)*) => {
        const _: () = {
            /// Does not compile when the engine has a variant more.
            const fn _complete(value: $engine) {
                match value {
                    $($engine::$variant => (),)*
                }
            }
            $(assert!($engine::$variant as u8 == $c::$variant as u8);)*
        };
    };
}
pub(crate) use same_values;

same_values!(Side bartizan_side: Buy Sell);
same_values!(ExecType bartizan_exec_type: New Canceled Replaced Rejected CancelRejected Expired Restated Trade TradeCancel
    Triggered);
same_values!(OrdStatus bartizan_ord_status: New PartiallyFilled Filled Canceled Rejected Expired);
same_values!(Reason bartizan_reason: Requested RemovedLiquidity AddedLiquidity AuctionBuy AuctionSell Replenished
    NoLiquidity NotFillable MinimumNotMet SelfTrade TimeOver MassCancel GroupCancel BandsMoved
    NotTrading NotInCall WrongAuction QuantityOutOfRange NotInLots PartLargerThanWhole IncompatibleTerms PriceOutOfRange
    OffTick OutsideBands AlreadyExpired DuplicateClientId BookFull NoReference WouldTake
    DisplayTooSmall
    UnknownOrder NotOwner ReduceTooLarge BelowExecuted NotReplaceable UnknownTrade AlreadyBusted WrongPhase BandsCrossed);
