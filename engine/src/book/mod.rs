//! The order book: strict price-time priority over integer ticks and lots, one writer, the same bytes out for the same commands in.
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
mod pool;
mod prefetch;
pub mod report;
pub mod rules;
mod settle;
mod side;
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
pub use units::{AccountId, ClientOrderId, GroupId, MatchId, OrderId, Price, Quantity, Side, Time};
pub use view::{DepthLevel, OrderView};

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
