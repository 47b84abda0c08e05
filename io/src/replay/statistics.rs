//! What a trader looks at, gathered while a file is replayed: how many messages of which kind, how fast they
//! came, what traded, how wide the spread was and for how long, and points for a chart.

use bartizan_engine::book::{Book, Side, Top};

use super::reconstruct::Trade;
use super::venue::Message;

/// Points of a chart along its time axis.
pub const POINTS: usize = 720;

const SECOND: u64 = 1_000_000_000;

/// What happened in one of [`POINTS`] equal parts of the time that a chart shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// The best bid at its end, in ticks.
    pub bid: Option<i64>,
    /// The best ask at its end, in ticks.
    pub ask: Option<i64>,
    /// What is shown on the best levels to buy at its end.
    pub bid_depth: u64,
    /// What is shown on the best levels to sell at its end.
    pub ask_depth: u64,
    /// What was bought by orders that came in.
    pub bought: u64,
    /// What was sold by orders that came in.
    pub sold: u64,
    /// What traded otherwise.
    pub other: u64,
}

/// A trade for a chart: when, at what price, how much, and who came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub time: u64,
    /// At what price, in the venue's units.
    pub price: i64,
    /// How much.
    pub quantity: u64,
    /// The side of the order that came in.
    pub aggressor: Option<Side>,
}

/// Most trades a chart draws; of more, the largest ones in each part of its time.
pub const MOST_MARKS: usize = 8 * POINTS;

/// Everything gathered.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Messages, of every instrument.
    pub messages: u64,
    /// Messages of the instrument replayed.
    pub of_symbol: u64,
    /// Messages by kind.
    pub by_kind: Vec<u64>,
    /// Trades.
    pub trades: u64,
    /// What traded, in the venue's units.
    pub volume: u128,
    /// Price times quantity of all that.
    pub turnover: i128,
    /// The first, highest, lowest and last price traded at.
    pub prices: Option<[i64; 4]>,
    /// Changes of the best prices or what is shown there.
    pub top_changes: u64,
    /// Most messages of the instrument within one second of the clock.
    pub busiest_second: u64,
    /// The time of the first message taken in.
    pub first: u64,
    /// The time of the last.
    pub last: u64,
    spread: Spread,
    second: (u64, u64),
    chart: Option<Chart>,
}

/// The spread through time.
#[derive(Clone, Copy, Debug, Default)]
struct Spread {
    since: u64,
    now: Option<i64>,
    /// Spread times nanoseconds.
    area: i128,
    nanoseconds: u64,
    least: Option<i64>,
    most: Option<i64>,
}

/// The points of a chart as they are gathered.
#[derive(Clone, Debug)]
pub struct Chart {
    /// When it begins.
    pub start: u64,
    /// When it ends.
    pub end: u64,
    /// Levels that count as depth.
    pub levels: usize,
    /// Its points in order.
    pub points: Vec<Point>,
    /// Its trades in order.
    pub marks: Vec<Mark>,
    open: Point,
    marks_here: usize,
}

impl Chart {
    /// A chart of the time from `start` to `end`, or of a second where that is no time, without points yet.
    pub fn new(start: u64, end: u64, levels: usize) -> Self {
        let (points, marks) = (Vec::with_capacity(POINTS), Vec::new());
        let start = start.min(u64::MAX - SECOND);
        let end = if end > start { end } else { start + SECOND };
        Chart { start, end, levels, points, marks, open: Point::default(), marks_here: 0 }
    }

    fn part(&self, time: u64) -> usize {
        let within = time.clamp(self.start, self.end) - self.start;
        (u128::from(within) * POINTS as u128 / (u128::from(self.end - self.start) + 1)) as usize
    }

    /// Ends the parts before `time`; the book is still as they left it.
    fn turn_to(&mut self, time: u64, book: &Book) {
        let part = self.part(time);
        if self.points.len() < part {
            self.end_part(book);
            self.fill(part);
        }
    }

    /// As many parts as that, the book as it is.
    fn fill(&mut self, parts: usize) {
        let mut same = self.points[self.points.len() - 1];
        (same.bought, same.sold, same.other) = (0, 0, 0);
        self.points.resize(parts, same);
    }

    fn end_part(&mut self, book: &Book) {
        let total = |side| book.depth(side, self.levels).iter().map(|level| level.quantity.0).sum();
        let top = book.top();
        self.open.bid = top.bid.map(|price| price.0);
        self.open.ask = top.ask.map(|price| price.0);
        self.open.bid_depth = total(Side::Buy);
        self.open.ask_depth = total(Side::Sell);
        self.points.push(std::mem::take(&mut self.open));
        self.marks_here = self.marks.len();
    }

    fn mark(&mut self, time: u64, trade: &Trade) {
        if time < self.start {
            return;
        }
        let sum = match trade.aggressor {
            Some(Side::Buy) => &mut self.open.bought,
            Some(Side::Sell) => &mut self.open.sold,
            None => &mut self.open.other,
        };
        *sum += trade.quantity;
        let mark = Mark { time, price: trade.price, quantity: trade.quantity, aggressor: trade.aggressor };
        let here = &mut self.marks[self.marks_here..];
        if here.len() < MOST_MARKS / POINTS {
            self.marks.push(mark);
        } else if let Some(least) = here.iter_mut().min_by_key(|mark| mark.quantity)
            && least.quantity < mark.quantity
        {
            *least = mark;
        }
    }
}

impl Statistics {
    /// Nothing yet, of a venue with so many kinds of message.
    pub fn new(kinds: usize, chart: Option<Chart>) -> Self {
        Statistics {
            messages: 0,
            of_symbol: 0,
            by_kind: vec![0; kinds],
            trades: 0,
            volume: 0,
            turnover: 0,
            prices: None,
            top_changes: 0,
            busiest_second: 0,
            first: 0,
            last: 0,
            spread: Spread::default(),
            second: (u64::MAX, 0),
            chart,
        }
    }

    /// Counts a message of any instrument.
    #[inline]
    pub fn message(&mut self, message: &Message) {
        self.messages += 1;
        self.by_kind[usize::from(message.kind)] += 1;
    }

    /// Before a message of the instrument is taken in.
    #[inline]
    pub fn before(&mut self, message: &Message, book: &Book) {
        if self.of_symbol == 0 {
            self.first = message.time;
        }
        self.of_symbol += 1;
        self.last = self.last.max(message.time);
        let second = message.time / SECOND;
        if self.second.0 != second {
            self.second = (second, 0);
        }
        self.second.1 += 1;
        self.busiest_second = self.busiest_second.max(self.second.1);
        if let Some(chart) = &mut self.chart {
            chart.turn_to(message.time, book);
        }
    }

    /// Counts a trade.
    #[inline]
    pub fn trade(&mut self, time: u64, trade: &Trade) {
        if !trade.printable {
            return;
        }
        self.trades += 1;
        self.volume += u128::from(trade.quantity);
        self.turnover += i128::from(trade.price) * i128::from(trade.quantity);
        let price = trade.price;
        let [first, high, low, _] = self.prices.unwrap_or([price; 4]);
        self.prices = Some([first, high.max(price), low.min(price), price]);
        if let Some(chart) = &mut self.chart {
            chart.mark(time, trade);
        }
    }

    /// The best prices, or what is shown there, are others now.
    #[inline]
    pub fn top(&mut self, time: u64, top: &Top) {
        self.top_changes += 1;
        // A crossed book has no spread: nobody can trade in it yet.
        let spread = match (top.bid, top.ask) {
            (Some(bid), Some(ask)) if bid < ask => Some(ask.0 - bid.0),
            _ => None,
        };
        if spread != self.spread.now {
            self.spread.turn_to(time);
            self.spread.now = spread;
            if let Some(spread) = spread {
                self.spread.least = Some(self.spread.least.map_or(spread, |least| least.min(spread)));
                self.spread.most = Some(self.spread.most.map_or(spread, |most| most.max(spread)));
            }
        }
    }

    /// The replay is over.
    pub fn end(&mut self, book: &Book) {
        self.spread.turn_to(self.last);
        if let Some(chart) = &mut self.chart {
            chart.turn_to(self.last, book);
            chart.end_part(book);
            chart.fill(POINTS);
        }
    }

    /// The average spread over the time in which there was one, in ticks, with the least and the most.
    pub fn spread(&self) -> Option<(f64, i64, i64)> {
        let (least, most) = (self.spread.least?, self.spread.most?);
        let average = self.spread.area as f64 / self.spread.nanoseconds.max(1) as f64;
        Some((average, least, most))
    }

    /// Messages of the instrument a second, on average.
    pub fn rate(&self) -> Option<f64> {
        let span = self.last.saturating_sub(self.first);
        (span > 0).then(|| self.of_symbol as f64 * SECOND as f64 / span as f64)
    }

    /// The chart, if one was asked for.
    pub fn chart(&self) -> Option<&Chart> {
        self.chart.as_ref()
    }
}

impl Spread {
    fn turn_to(&mut self, time: u64) {
        let passed = time.saturating_sub(self.since);
        if let Some(now) = self.now {
            self.area += i128::from(now) * i128::from(passed);
            self.nanoseconds += passed;
        }
        self.since = self.since.max(time);
    }
}
