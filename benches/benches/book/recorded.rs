//! Real order flow as a workload: a venue's messages become commands, many times over, and all live orders are
//! cancelled between passes.
//!
//! An add is a limit order; an execution of a resting order is an immediate order of that size at that price from the
//! other side if ours would trade that order first (else the order is reduced); a reduction reduces, a deletion
//! cancels. Left out are
//! - messages about orders that are not in our book: they were there before the file begins, or are gone already;
//! - trades that name no displayed order;
//! - orders that an engine here does not take: at price zero (matchcore), or of more than 2^40 lots (ours).
//!
//! Two of three orders at Bitstamp are post-only, would trade, and are taken back in the next message. Not every engine here
//! knows such, so they rest where a sliding post-only order would, one tick off, until that message.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use bartizan_engine::book::{Quantity, Side};
use bartizan_io::input::Input;
use bartizan_io::replay::survey::survey;
use bartizan_io::replay::venue::{Event, Venue};
use bartizan_io::replay::{bitstamp, lobster};

use crate::workload::{Order, Recorder, Resting, Workload};

/// Workload `b`: an hour of a LOBSTER sample.
pub(crate) fn lobster_hour(passes: usize) -> Option<Workload> {
    let file = "lobster_AAPL_2012-06-21_0930-1030_message_50.csv";
    passes_over("b", "LOBSTER sample, AAPL 2012-06-21 09:30-10:30", file, &lobster::VENUE, passes)
}

/// Workload `c`: half an hour of Bitstamp.
pub(crate) fn bitstamp_half_hour(passes: usize) -> Option<Workload> {
    let file = "bitstamp_btcusd_2026-05-02_L3_orders.csv.gz";
    passes_over("c", "Bitstamp BTC/USD 2026-05-02, 30 minutes", file, &bitstamp::VENUE, passes)
}

/// The real order flow `name`, which is no part of the repository; `None`, with a word about it, where it is absent.
fn real_flow(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/orderflow");
    let path = folder.join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: there is no real order flow at {}", path.display());
    None
}

fn passes_over(
    name: &'static str,
    about: &str,
    file: &str,
    venue: &Venue,
    passes: usize,
) -> Option<Workload> {
    let input = Input::open(&real_flow(file)?).expect("a readable file");
    let found = survey(venue, &input).expect("order flow");
    let symbol = found.choose(None).expect("an instrument");
    let mut events = Vec::new();
    (venue.read)(&input, &mut |message| {
        if message.symbol == symbol.number {
            events.push(message.event);
        }
        ControlFlow::Continue(())
    })
    .expect("order flow, as it was a moment ago");
    let mut replay = Replay::new(symbol.tick);
    for _ in 0..passes {
        for event in &events {
            replay.take(event);
        }
        replay.flatten();
    }
    let commands = replay.recorder.len();
    let about = format!(
        "{about}, {passes} times: {commands} commands of {} messages, {} left out",
        events.len() * passes,
        replay.left_out
    );
    Some(replay.recorder.finish(name, about, 0))
}

struct Replay {
    recorder: Recorder,
    tick: i64,
    /// Our names of the venue's orders.
    orders: HashMap<u64, Order>,
    /// Orders that are yet to trade, by our names, where the file tells that beforehand.
    trading: HashSet<Order>,
    left_out: usize,
}

impl Replay {
    fn new(tick: i64) -> Self {
        Replay {
            recorder: Recorder::new(),
            tick,
            orders: HashMap::new(),
            trading: HashSet::new(),
            left_out: 0,
        }
    }

    fn flatten(&mut self) {
        self.recorder.flatten();
        self.orders.clear();
        self.trading.clear();
    }

    fn take(&mut self, event: &Event) {
        let before = self.recorder.len();
        match *event {
            Event::Add { order, side, price, quantity } => self.add(order, (side, price, quantity), 0),
            Event::Submit { order, side, price, quantity, is_taken_back: true, .. } => {
                self.post(order, side, price, quantity);
            }
            Event::Submit { order, side, price, quantity, trades, .. } => {
                self.add(order, (side, price, quantity), trades);
            }
            Event::Reduce { order, by } => {
                if let Some(resting) = self.resting(order) {
                    self.recorder.reduce(resting, by);
                }
            }
            Event::Open { order, quantity } => {
                if let Some(resting) = self.resting(order).filter(|resting| resting.left > quantity) {
                    self.recorder.reduce(resting, resting.left - quantity);
                }
            }
            Event::Delete { order } => {
                if let Some(resting) = self.resting(order) {
                    self.recorder.cancel(resting.order);
                }
            }
            Event::Execute { order, quantity, .. } => {
                if let Some(resting) = self.resting(order) {
                    self.execute(resting, quantity);
                }
            }
            _ => {}
        }
        self.left_out += usize::from(self.recorder.len() == before);
    }

    fn resting(&self, order: u64) -> Option<Resting> {
        self.orders.get(&order).and_then(|&order| self.recorder.resting(order))
    }

    fn execute(&mut self, resting: Resting, quantity: u64) {
        let first = self.recorder.first(resting.side).expect("this one at least rests");
        if first.order == resting.order && quantity <= resting.left {
            self.recorder.take_from(resting, quantity);
        } else {
            self.recorder.reduce(resting, quantity);
        }
    }

    /// An order that rests whatever its price.
    fn post(&mut self, id: u64, side: Side, price: i64, quantity: u64) {
        let price = price / self.tick;
        let price = match (side, self.recorder.best(side.opposite())) {
            (Side::Buy, Some(ask)) => price.min(ask - 1),
            (Side::Sell, Some(bid)) => price.max(bid + 1),
            (_, None) => price,
        };
        self.enter(id, (side, price, quantity), false);
    }

    fn enter(&mut self, id: u64, (side, price, quantity): (Side, i64, u64), is_to_trade: bool) {
        if price > 0 && Quantity(quantity).is_valid() {
            let order = self.recorder.add(side, price, quantity);
            self.orders.insert(id, order);
            if is_to_trade {
                self.trading.insert(order);
            }
        }
    }

    /// An order of which `trades` is to trade in all. It takes those that trade too, one by one; the others that it
    /// crosses are gone at the venue, whose feed says so a little later. One that never trades is left out if it
    /// crosses one that does, as [`bartizan_io::replay::reconstruct`] has it.
    fn add(&mut self, id: u64, (side, price, quantity): (Side, i64, u64), trades: u64) {
        let price = price / self.tick;
        let mut wanted = trades.min(quantity);
        let mut left = quantity;
        while let Some(first) = self.recorder.first(side.opposite()) {
            let crosses = if side == Side::Buy { first.price <= price } else { first.price >= price };
            if !crosses || left == 0 {
                break;
            }
            let is_trading = self.trading.contains(&first.order);
            if wanted == 0 && is_trading {
                return;
            }
            if !is_trading {
                self.recorder.cancel(first.order);
                continue;
            }
            let part = wanted.min(first.left);
            self.recorder.take_from(first, part);
            wanted -= part;
            left -= part;
        }
        self.enter(id, (side, price, left), wanted > 0);
    }
}
