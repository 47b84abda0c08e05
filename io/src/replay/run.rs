//! One pass over a file: each message of the chosen instrument into the book, what follows from it to the
//! statistics, the comparisons and those who write it down.

use std::ops::ControlFlow;
use std::time::Instant;

use bartizan_engine::book::Top;

use super::compare::{PublishedTrade, Quote};
use super::histogram::Histogram;
use super::reconstruct::{Reconstruction, Trade};
use super::statistics::{Chart, Statistics};
use super::survey::Symbol;
use super::venue::{Event, Message, ReplayError, UNCOUNTED, Venue};

/// What one pass is to do.
#[derive(Debug)]
pub struct Plan<'a> {
    /// Who wrote the file.
    pub venue: &'static Venue,
    /// Which instrument.
    pub symbol: Symbol,
    /// Messages after this time are not taken in.
    pub until: Option<u64>,
    /// Orders of an opening book.
    pub opening: &'a [Event],
    /// A chart to gather points for.
    pub chart: Option<Chart>,
    /// Whether to keep every change of the best prices.
    pub keep_quotes: bool,
    /// Whether to keep every trade of two known orders.
    pub keep_trades: bool,
    /// Whether the book is to tell of single orders.
    pub tell_orders: bool,
}

/// What one pass found.
#[derive(Debug)]
pub struct Replay {
    /// The book as it ended.
    pub reconstruction: Reconstruction,
    /// What happened.
    pub statistics: Statistics,
    /// Nanoseconds of a message, read and taken in: the whole pass over all its messages.
    pub ns_per_message: f64,
    /// Nanoseconds to take in a message, of every 16th.
    pub latency_ns: Histogram,
    /// Every change of the best prices to two sides.
    pub quotes: Vec<Change>,
    /// Every trade of two known orders.
    pub pairs: Vec<PublishedTrade>,
}

/// Who is told of each message after it was taken in. An error ends the pass.
pub trait Observer {
    /// A message was taken in.
    ///
    /// # Errors
    /// If it cannot write down what it saw.
    fn see(&mut self, seen: &Seen<'_>) -> std::io::Result<()>;
}

/// What there is to see after a message.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Its number in the file, from 1, those of other instruments counted; 0 for an order of an opening book.
    pub number: u64,
    /// The message.
    pub message: &'a Message,
    /// The book as it is now.
    pub reconstruction: &'a Reconstruction,
    /// Whether the best prices, or what is shown there, are others now.
    pub changed: bool,
}

/// A change of the best prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The number of its message.
    pub message: u64,
    /// When it came.
    pub time: u64,
    /// The best prices from then on.
    pub quote: Quote,
}

/// Why a pass ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The file is not what it should be.
    #[error(transparent)]
    Read(#[from] ReplayError),
    /// What was seen could not be written.
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

/// Of so many messages one is timed: reading the clock costs about as much as a message.
const TIMED: u64 = 16;

/// Replays `bytes`.
///
/// # Errors
/// If they are not of the plan's venue, or an observer cannot write.
pub fn run(
    bytes: &[u8],
    mut plan: Plan<'_>,
    observers: &mut [&mut dyn Observer],
) -> Result<Replay, RunError> {
    let venue = plan.venue;
    let mut pass = Pass {
        reconstruction: Reconstruction::new(plan.symbol.tick, venue.confirms_fills, plan.tell_orders),
        statistics: Statistics::new(venue.kinds.len(), plan.chart.take()),
        latency_ns: Histogram::default(),
        quotes: Vec::new(),
        pairs: Vec::new(),
        keep_quotes: plan.keep_quotes,
        keep_trades: plan.keep_trades,
        last: Top::default(),
    };
    let mut refused = None;
    pass.open(&plan, observers)?;
    let started = Instant::now();
    (venue.read)(bytes, &mut |message| {
        if message.kind == UNCOUNTED {
            return ControlFlow::Continue(());
        }
        if plan.until.is_some_and(|until| message.time > until) {
            return ControlFlow::Break(());
        }
        pass.statistics.message(message);
        if message.symbol != plan.symbol.number {
            return ControlFlow::Continue(());
        }
        let changed = pass.take(message);
        let number = pass.statistics.messages;
        let seen = Seen { number, message, reconstruction: &pass.reconstruction, changed };
        for observer in observers.iter_mut() {
            if let Err(error) = observer.see(&seen) {
                refused = Some(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    if let Some(error) = refused {
        return Err(error.into());
    }
    let elapsed = started.elapsed();
    pass.finish(pass.statistics.last);
    pass.statistics.end(pass.reconstruction.book());
    Ok(Replay {
        ns_per_message: elapsed.as_nanos() as f64 / pass.statistics.messages.max(1) as f64,
        reconstruction: pass.reconstruction,
        statistics: pass.statistics,
        latency_ns: pass.latency_ns,
        quotes: pass.quotes,
        pairs: pass.pairs,
    })
}

struct Pass {
    reconstruction: Reconstruction,
    statistics: Statistics,
    latency_ns: Histogram,
    quotes: Vec<Change>,
    pairs: Vec<PublishedTrade>,
    keep_quotes: bool,
    keep_trades: bool,
    last: Top,
}

impl Pass {
    /// Enters the orders of an opening book, which are not messages.
    fn open(&mut self, plan: &Plan<'_>, observers: &mut [&mut dyn Observer]) -> std::io::Result<()> {
        for &event in plan.opening {
            let (time, symbol) = (plan.symbol.first, plan.symbol.number);
            let message = Message { time, symbol, kind: 0, event, terms: None };
            self.reconstruction.apply(time, &event);
            let seen =
                Seen { number: 0, message: &message, reconstruction: &self.reconstruction, changed: true };
            for observer in observers.iter_mut() {
                observer.see(&seen)?;
            }
        }
        self.last = self.reconstruction.top();
        Ok(())
    }

    /// Takes in what the last message left open.
    fn finish(&mut self, now: u64) {
        self.reconstruction.finish(now);
        for trade in self.reconstruction.trades() {
            self.statistics.trade(now, trade);
        }
    }

    /// Takes in one message of the instrument, and says whether the best prices are others now.
    #[inline]
    fn take(&mut self, message: &Message) -> bool {
        self.statistics.before(message, self.reconstruction.book());
        if self.statistics.of_symbol.is_multiple_of(TIMED) {
            let started = Instant::now();
            self.reconstruction.apply(message.time, &message.event);
            self.latency_ns.add(started.elapsed().as_nanos() as u64);
        } else {
            self.reconstruction.apply(message.time, &message.event);
        }
        for trade in self.reconstruction.trades() {
            self.statistics.trade(message.time, trade);
            if self.keep_trades {
                self.pairs.extend(pair(trade));
            }
        }
        let top = self.reconstruction.top();
        let changed = top != self.last;
        if changed {
            self.last = top;
            self.statistics.top(message.time, &top);
            if self.keep_quotes {
                let (message, time) = (self.statistics.messages, message.time);
                let quote = quote(&top, self.reconstruction.tick());
                self.quotes.extend(quote.map(|quote| Change { message, time, quote }));
            }
        }
        changed
    }
}

/// A trade by its two orders, if both are known.
fn pair(trade: &Trade) -> Option<PublishedTrade> {
    let (maker, taker) = (trade.maker?, trade.taker?);
    let (buyer, seller) = match trade.aggressor? {
        bartizan_engine::book::Side::Buy => (taker, maker),
        bartizan_engine::book::Side::Sell => (maker, taker),
    };
    Some(PublishedTrade { price: trade.price, quantity: trade.quantity, buyer, seller })
}

/// The best prices in the venue's units, if both are there.
fn quote(top: &Top, tick: i64) -> Option<Quote> {
    let (bid, ask) = (top.bid?, top.ask?);
    Some(Quote {
        ask: ask.0 * tick,
        ask_size: top.ask_quantity.0,
        bid: bid.0 * tick,
        bid_size: top.bid_quantity.0,
    })
}
