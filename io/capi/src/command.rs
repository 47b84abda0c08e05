//! Commands as C sees them: one flat record, in which a kind of command reads the fields that it names and no others.
//! Bytes become the engine's enums here, each checked.

use bartizan_engine::book::{
    AccountId, Bands, ClientOrderId, Command, Counts, GroupId, MatchId, NewOrder, OrdType, OrderId,
    PegReference, Phase, PostOnly, Price, Quantity, Replace, SelfTrade, Side, Time, TimeInForce,
};

use crate::report::{bartizan_side, same_values};
use crate::status::bartizan_status;

/// What a book is asked to do. Each kind reads the fields of bartizan_command that it names here, and no others.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_command_kind {
    /// A new order: client, account, group, side, ord_type and what that reads, quantity, display, minimum,
    /// time_in_force, expires, self_trade, post_only.
    New = 0,
    /// Cancel an order: account, order.
    Cancel = 1,
    /// Take some of an order's open quantity away; it keeps its place in the queue: account, order, quantity.
    Reduce = 2,
    /// Change an order's price or quantity: account, order, client (zero keeps the old), price, stop (BARTIZAN_NO_PRICE
    /// where the order has none), quantity, counts.
    Replace = 3,
    /// Cancel every order of an account: account, side (any: of both). Costs a look at every slot that was ever in use, about a
    /// nanosecond each, however few it cancels; what is to be cancelled often and at once goes by group.
    MassCancel = 4,
    /// Cancel every order of a group: group.
    CancelGroup = 5,
    /// The operator moves the book into another phase: phase.
    SetPhase = 6,
    /// The operator sets the lowest and the highest price there may be: price (the lowest), stop (the highest).
    SetBands = 7,
    /// The operator allows any price.
    ClearBands = 8,
    /// The operator sets the reference price: price.
    SetReference = 9,
    /// The operator takes back a trade: order (the trade's id).
    Bust = 10,
    /// Time passes, and nothing else happens.
    Advance = 11,
}

/// What FIX calls OrdType; the numbers are our own, not FIX's. Which fields of bartizan_command a type reads, it says.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_ord_type {
    /// At any price within the bands; what finds no match is cancelled.
    Market = 0,
    /// At price or better.
    Limit = 1,
    /// A market order once a trade is at stop or beyond it.
    Stop = 2,
    /// A limit order at price once a trade is at stop or beyond it.
    StopLimit = 3,
    /// A stop order whose stop price follows the trades at the distance offset.
    TrailingStop = 4,
    /// A limit order at the best displayed opposite price.
    MarketToLimit = 5,
    /// Not displayed; its price stays offset behind peg_reference, and no worse than price (BARTIZAN_NO_PRICE: any).
    Pegged = 6,
}

/// What a pegged order follows.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_peg_reference {
    /// The middle between best bid and best ask.
    Midpoint = 2,
    /// The best price of the opposite side.
    Market = 4,
    /// The best price of its own side.
    Primary = 5,
}

/// FIX TimeInForce, by its character.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_time_in_force {
    /// Until the book is closed.
    Day = 48,
    /// Good till cancel.
    Gtc = 49,
    /// At the opening: entered in the opening call, and gone after its auction.
    AtOpening = 50,
    /// Immediate or cancel: what does not trade at once is cancelled.
    Ioc = 51,
    /// Fill or kill: all at once, or nothing.
    Fok = 52,
    /// Good till the time expires.
    Gtd = 54,
    /// At the close: entered at any time before the closing auction; waits, not displayed, for the closing call, and is gone after its auction.
    AtClose = 55,
}

/// What is to happen when an incoming order meets one of its own account.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_self_trade {
    /// They trade.
    Allow = 0,
    /// The incoming order's rest is cancelled.
    CancelNewest = 1,
    /// The resting order is cancelled, whole, and matching goes on.
    CancelOldest = 2,
    /// Both are cancelled.
    CancelBoth = 3,
    /// Both lose the smaller of the two quantities, without a trade.
    Decrement = 4,
}

/// Whether an order may trade on entry.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_post_only {
    /// It may.
    No = 0,
    /// It is rejected if it would.
    Reject = 1,
    /// If it would, its price becomes the best that does not.
    Slide = 2,
}

/// What the quantity of a replace counts.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_counts {
    /// All of the order, with what it has traded already.
    Whole = 0,
    /// What is to stay open.
    Open = 1,
}

/// Where the book is in its day.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_phase {
    /// No orders are taken; resting ones may be cancelled.
    Closed = 0,
    /// A call: orders are collected for the opening auction.
    PreOpen = 1,
    /// Orders trade as they come.
    Continuous = 2,
    /// A call: orders are collected for the closing auction.
    PreClose = 3,
    /// No orders are taken and none trades; resting ones may be cancelled. A call that it interrupts holds no auction, and must
    /// be the next phase, unless the book closes.
    Halted = 4,
    /// A call after a halt.
    Reopening = 5,
}

/// One command. Set it to zero first; then kind, and the fields that kind names. All of it must be initialised; what a
/// kind does not name may hold anything. Zero is a price like any other: where a field that is read is to hold no price
/// (the limit of a peg that has none, the stop of an order replaced that has none), set BARTIZAN_NO_PRICE. Zero is also
/// a market order, to buy, and no time_in_force.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct bartizan_command {
    /// The book's id of an order; of a bust, a trade's id.
    pub order: u64,
    /// The client's own id of an order; zero is none.
    pub client: u64,
    /// A limit price, in ticks; see the kind and ord_type.
    pub price: i64,
    /// A stop price, in ticks; see the kind and ord_type.
    pub stop: i64,
    /// How much: a multiple of the book's lot.
    pub quantity: u64,
    /// Show at most this much at a time; zero shows all.
    pub display: u64,
    /// If less than this can trade at once, nothing does; zero is none.
    pub minimum: u64,
    /// A distance in ticks; see ord_type.
    pub offset: u64,
    /// When an order good till date expires.
    pub expires: u64,
    /// Whose order it is; zero is nobody in particular.
    pub account: u32,
    /// The group an order is cancelled with; zero is none.
    pub group: u32,
    /// A bartizan_command_kind.
    pub kind: u8,
    /// A bartizan_ord_type.
    pub ord_type: u8,
    /// A bartizan_side.
    pub side: u8,
    /// A bartizan_time_in_force.
    pub time_in_force: u8,
    /// A bartizan_self_trade.
    pub self_trade: u8,
    /// A bartizan_post_only.
    pub post_only: u8,
    /// A bartizan_peg_reference; for a pegged order alone.
    pub peg_reference: u8,
    /// A bartizan_counts; for a replace alone.
    pub counts: u8,
    /// A bartizan_phase; to set it alone.
    pub phase: u8,
    /// Not read.
    pub reserved: [u8; 7],
}

/// A byte of C as an enum of the engine.
pub(crate) trait FromByte: Sized {
    /// The variant of this value.
    fn from_byte(byte: u8) -> Result<Self, bartizan_status>;
}

/// Ties an enum of the engine to C's of the same variants and values, and reads it from a byte.
macro_rules! checked {
    ($engine:ident $c:ident: $($variant:ident)*) => {
        same_values!($engine $c: $($variant)*);

        impl FromByte for $engine {
            #[inline]
            fn from_byte(byte: u8) -> Result<Self, bartizan_status> {
                $(if byte == $engine::$variant as u8 {
                    return Ok($engine::$variant);
                })*
                Err(bartizan_status::BadValue)
            }
        }
    };
}
checked!(PegReference bartizan_peg_reference: Midpoint Market Primary);
checked!(TimeInForce bartizan_time_in_force: Day Gtc AtOpening Ioc Fok Gtd AtClose);
checked!(SelfTrade bartizan_self_trade: Allow CancelNewest CancelOldest CancelBoth Decrement);
checked!(PostOnly bartizan_post_only: No Reject Slide);
checked!(Counts bartizan_counts: Whole Open);
checked!(Phase bartizan_phase: Closed PreOpen Continuous PreClose Halted Reopening);

impl FromByte for Side {
    #[inline]
    fn from_byte(byte: u8) -> Result<Self, bartizan_status> {
        match byte {
            0 => Ok(Side::Buy),
            1 => Ok(Side::Sell),
            _ => Err(bartizan_status::BadValue),
        }
    }
}

impl From<Phase> for bartizan_phase {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Closed => bartizan_phase::Closed,
            Phase::PreOpen => bartizan_phase::PreOpen,
            Phase::Continuous => bartizan_phase::Continuous,
            Phase::PreClose => bartizan_phase::PreClose,
            Phase::Halted => bartizan_phase::Halted,
            Phase::Reopening => bartizan_phase::Reopening,
        }
    }
}

impl From<TimeInForce> for bartizan_time_in_force {
    fn from(time_in_force: TimeInForce) -> Self {
        match time_in_force {
            TimeInForce::Day => bartizan_time_in_force::Day,
            TimeInForce::Gtc => bartizan_time_in_force::Gtc,
            TimeInForce::AtOpening => bartizan_time_in_force::AtOpening,
            TimeInForce::Ioc => bartizan_time_in_force::Ioc,
            TimeInForce::Fok => bartizan_time_in_force::Fok,
            TimeInForce::Gtd => bartizan_time_in_force::Gtd,
            TimeInForce::AtClose => bartizan_time_in_force::AtClose,
        }
    }
}

impl bartizan_command {
    /// The command as the engine sees it.
    pub(crate) fn read(&self) -> Result<Command, bartizan_status> {
        use bartizan_command_kind as Kind;
        let (account, order, quantity) =
            (AccountId(self.account), OrderId(self.order), Quantity(self.quantity));
        let is = |kind: Kind| self.kind == kind as u8;
        Ok(if is(Kind::New) {
            Command::New(self.new_order()?)
        } else if is(Kind::Cancel) {
            Command::Cancel { account, order }
        } else if is(Kind::Reduce) {
            Command::Reduce { account, order, by: quantity }
        } else if is(Kind::Replace) {
            Command::Replace(Replace {
                account,
                order,
                client: ClientOrderId(self.client),
                price: Price(self.price),
                stop: Price(self.stop),
                quantity,
                counts: Counts::from_byte(self.counts)?,
            })
        } else if is(Kind::MassCancel) {
            let both = self.side == bartizan_side::Any as u8;
            Command::MassCancel { account, side: if both { None } else { Some(Side::from_byte(self.side)?) } }
        } else if is(Kind::CancelGroup) {
            Command::CancelGroup { group: GroupId(self.group) }
        } else if is(Kind::SetPhase) {
            Command::SetPhase(Phase::from_byte(self.phase)?)
        } else if is(Kind::SetBands) {
            Command::SetBands(Some(Bands { low: Price(self.price), high: Price(self.stop) }))
        } else if is(Kind::ClearBands) {
            Command::SetBands(None)
        } else if is(Kind::SetReference) {
            Command::SetReference(Price(self.price))
        } else if is(Kind::Bust) {
            Command::Bust(MatchId(self.order))
        } else if is(Kind::Advance) {
            Command::Advance
        } else {
            return Err(bartizan_status::BadValue);
        })
    }

    /// The order of a command that has one.
    fn new_order(&self) -> Result<NewOrder, bartizan_status> {
        Ok(NewOrder {
            client: ClientOrderId(self.client),
            ord_type: self.ord_type()?,
            quantity: Quantity(self.quantity),
            display: Quantity(self.display),
            minimum: Quantity(self.minimum),
            expires: Time(self.expires),
            account: AccountId(self.account),
            group: GroupId(self.group),
            side: Side::from_byte(self.side)?,
            time_in_force: TimeInForce::from_byte(self.time_in_force)?,
            self_trade: SelfTrade::from_byte(self.self_trade)?,
            post_only: PostOnly::from_byte(self.post_only)?,
        })
    }

    /// The type of that order, with what the type needs.
    fn ord_type(&self) -> Result<OrdType, bartizan_status> {
        use bartizan_ord_type as Type;
        let (price, stop, offset) = (Price(self.price), Price(self.stop), Quantity(self.offset));
        let is = |ord_type: Type| self.ord_type == ord_type as u8;
        Ok(if is(Type::Limit) {
            OrdType::Limit { price }
        } else if is(Type::Market) {
            OrdType::Market
        } else if is(Type::Stop) {
            OrdType::Stop { stop }
        } else if is(Type::StopLimit) {
            OrdType::StopLimit { stop, price }
        } else if is(Type::TrailingStop) {
            OrdType::TrailingStop { offset }
        } else if is(Type::MarketToLimit) {
            OrdType::MarketToLimit
        } else if is(Type::Pegged) {
            let reference = PegReference::from_byte(self.peg_reference)?;
            OrdType::Pegged { reference, offset, limit: price }
        } else {
            return Err(bartizan_status::BadValue);
        })
    }
}
