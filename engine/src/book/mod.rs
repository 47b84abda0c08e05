//! The order book: strict price-time priority over integer ticks and lots, one writer, the same bytes out for the same commands in.
//!
//! The session of `io/capi/examples/book.c`, from Rust:
//!
//! ```
//! use bartizan_engine::book::*;
//!
//! const ALICE: AccountId = AccountId(1);
//! const BOB: AccountId = AccountId(2);
//! let mut book = Book::new(Rules::default());
//! let mut events = Events::default();
//! let mut apply = |book: &mut Book, now, command| {
//!     events.clear();
//!     book.apply(Time(now), &command, &mut events);
//!     events.reports.clone() // a real caller reads them where they are
//! };
//! let limit = |account, client, side, quantity, price| {
//!     let order = NewOrder::limit(ClientOrderId(client), side, Quantity(quantity), Price(price));
//!     Command::New(NewOrder { account, ..order })
//! };
//!
//! // Alice offers 5 at 101 and 5 at 102.
//! let first = apply(&mut book, 1, limit(ALICE, 11, Side::Sell, 5, 101))[0].order;
//! let second = apply(&mut book, 2, limit(ALICE, 12, Side::Sell, 5, 102))[0].order;
//!
//! // Bob bids 7 at 101: he gets 5, and 2 rest.
//! let told = apply(&mut book, 3, limit(BOB, 21, Side::Buy, 7, 101));
//! let [new, bought, sold] = told[..] else { panic!("his order, and a report of the trade to each") };
//! assert_eq!((new.exec_type, new.leaves), (ExecType::New, Quantity(7)));
//! assert_eq!((bought.exec_type, bought.price, bought.leaves), (ExecType::Trade, Price(101), Quantity(2)));
//! assert_eq!((sold.order, sold.ord_status, sold.leaves), (first, OrdStatus::Filled, Quantity(0)));
//! assert_eq!((book.top().bid, book.top().ask), (Some(Price(101)), Some(Price(102))));
//!
//! // Bob may not cancel Alice's order; she may.
//! let told = apply(&mut book, 4, Command::Cancel { account: BOB, order: second });
//! assert_eq!((told[0].exec_type, told[0].reason), (ExecType::CancelRejected, Reason::NotOwner));
//! let told = apply(&mut book, 5, Command::Cancel { account: ALICE, order: second });
//! assert_eq!((told[0].exec_type, told[0].quantity), (ExecType::Canceled, Quantity(5)));
//!
//! // An iceberg that shows 10 of 100, for the day.
//! let iceberg = NewOrder {
//!     account: ALICE,
//!     display: Quantity(10),
//!     time_in_force: TimeInForce::Day,
//!     ..NewOrder::limit(ClientOrderId(13), Side::Sell, Quantity(100), Price(103))
//! };
//! apply(&mut book, 6, Command::New(iceberg));
//! let [ask] = book.depth(Side::Sell, 10)[..] else { panic!("nothing else is offered") };
//! assert_eq!((ask.price, ask.quantity, ask.count), (Price(103), Quantity(10), 1));
//! ```
#![doc = include_str!("spec.md")]

mod apply;
mod auction;
mod change;
mod check;
mod clearing;
mod clients;
pub mod command;
mod digest;
mod entry;
mod ladder;
pub mod market;
mod matching;
mod operator;
mod pegs;
mod plain;
mod pool;
pub mod report;
pub mod rules;
mod settle;
mod side;
mod snapshot;
mod sound;
mod state;
mod stops;
#[cfg(test)]
mod tests;
mod trades;
pub mod units;
mod view;

pub use command::{
    Command, Counts, NewOrder, OrdType, PegReference, Phase, PostOnly, Replace, SelfTrade, TimeInForce,
};
pub use market::{Indicative, MarketData, MarketEvent, Top};
pub use report::{ExecType, OrdStatus, Reason, Report};
pub use rules::{Bands, Rules, TickTable};
pub use state::Book;
pub use units::{
    AccountId, ClientOrderId, GroupId, MAX_OPEN, MAX_PARTS, MatchId, OrderId, Price, Quantity, Side, Time,
};
pub use view::{DepthLevel, OrderView, Place};

/// What a book had to say. The caller clears it.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// To those whose orders they are about, in order.
    pub reports: Vec<Report>,
    /// To everybody, in order.
    pub market: Vec<MarketEvent>,
}

impl Events {
    /// Forgets what was told, and keeps the room for more.
    pub fn clear(&mut self) {
        self.reports.clear();
        self.market.clear();
    }
}
