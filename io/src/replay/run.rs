//! One pass over a file: each message of the chosen instrument into the book, what follows from it to the
//! statistics, the comparisons and those who write it down.

use std::ops::ControlFlow;
use std::time::Instant;

use bartizan_engine::book::Top;

use super::compare::Quote;
use super::grid::Grid;
use super::histogram::Histogram;
use super::reconstruct::{Reconstruction, Trade};
use super::statistics::{Chart, Statistics};
use super::survey::Symbol;
use super::trade_list::PublishedTrade;
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

impl Plan<'_> {
    /// The time of the last message that can be taken in.
    pub fn last(&self) -> u64 {
        self.until.unwrap_or(self.symbol.last).min(self.symbol.last)
    }
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
    /// Its number in the file, from 1, those of other instruments counted; 0 for an order of an opening book. What the last
    /// message left open is seen under its number once more, with no event.
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
    /// When it came, or the one before it if that was later.
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
        reconstruction: Reconstruction::new(plan.symbol.grid(), venue.confirms_fills, plan.tell_orders),
        statistics: Statistics::new(venue.kinds.len(), plan.symbol.busy_from(plan.last()), plan.chart.take()),
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
    venue.each(bytes, &mut |message| {
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
        match pass.show(message, changed, observers) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                refused = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(error) = refused {
        return Err(error.into());
    }
    let elapsed = started.elapsed();
    pass.finish(plan.symbol.number, observers)?;
    pass.statistics.end(&pass.reconstruction);
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
            let message = Message { time, symbol, kind: UNCOUNTED, event, terms: None };
            self.reconstruction.apply(time, &event);
            self.show(&message, true, observers)?;
        }
        self.last = self.reconstruction.top();
        if !plan.opening.is_empty() {
            self.statistics.opened(plan.symbol.first, &self.reconstruction);
        }
        Ok(())
    }

    /// Takes in what the last message left open.
    fn finish(&mut self, symbol: u32, observers: &mut [&mut dyn Observer]) -> std::io::Result<()> {
        let time = self.statistics.last;
        self.reconstruction.finish(time);
        if self.reconstruction.trades().is_empty() {
            return Ok(());
        }
        let changed = self.note(time);
        let message = Message { time, symbol, kind: UNCOUNTED, event: Event::Other, terms: None };
        self.show(&message, changed, observers)
    }

    #[inline]
    fn show(
        &self,
        message: &Message,
        changed: bool,
        observers: &mut [&mut dyn Observer],
    ) -> std::io::Result<()> {
        let (number, reconstruction) = (self.statistics.messages, &self.reconstruction);
        let seen = Seen { number, message, reconstruction, changed };
        observers.iter_mut().try_for_each(|observer| observer.see(&seen))
    }

    /// Takes in one message of the instrument, and says whether the best prices are others now.
    #[inline]
    fn take(&mut self, message: &Message) -> bool {
        self.statistics.before(message, &self.reconstruction);
        if self.statistics.of_symbol.is_multiple_of(TIMED) {
            let started = Instant::now();
            self.reconstruction.apply(message.time, &message.event);
            self.latency_ns.add(started.elapsed().as_nanos() as u64);
        } else {
            self.reconstruction.apply(message.time, &message.event);
        }
        self.note(message.time)
    }

    /// Notes what has come of a message, and says whether the best prices are others now.
    #[inline]
    fn note(&mut self, time: u64) -> bool {
        for trade in self.reconstruction.trades() {
            self.statistics.trade(time, trade);
            if self.keep_trades {
                self.pairs.extend(pair(time, trade));
            }
        }
        let top = self.reconstruction.top();
        let changed = top != self.last;
        if changed {
            self.last = top;
            let quote = quote(&top, self.reconstruction.grid());
            self.statistics.top(time, quote.map(|quote| quote.ask - quote.bid));
            if self.keep_quotes {
                let message = self.statistics.messages;
                self.quotes.extend(quote.map(|quote| Change { message, time, quote }));
            }
        }
        self.statistics.after(time, &self.reconstruction);
        changed
    }
}

/// A trade by its two orders, if both are known.
fn pair(time: u64, trade: &Trade) -> Option<PublishedTrade> {
    let (maker, taker) = (trade.maker?, trade.taker?);
    let (buyer, seller) = match trade.aggressor? {
        bartizan_engine::book::Side::Buy => (taker, maker),
        bartizan_engine::book::Side::Sell => (maker, taker),
    };
    Some(PublishedTrade { time, price: trade.price, quantity: trade.quantity, buyer, seller })
}

/// The best prices in the venue's units, if both are there.
fn quote(top: &Top, grid: Grid) -> Option<Quote> {
    let (bid, ask) = (top.bid?, top.ask?);
    Some(Quote {
        ask: grid.price(ask),
        ask_size: grid.size(top.ask_quantity),
        bid: grid.price(bid),
        bid_size: grid.size(top.bid_quantity),
    })
}
