//! What a trader looks at, gathered while a file is replayed: how many messages of which kind, how fast they
//! came, what traded, how wide the spread was and for how long, and points for a chart.

use bartizan_engine::book::Side;

use super::reconstruct::{Level, Reconstruction, Trade};
use super::venue::Message;

/// Points of a chart along its time axis.
pub const POINTS: usize = 720;

const SECOND: u64 = 1_000_000_000;

/// What happened in one of [`POINTS`] equal parts of the time that a chart shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// The best bid at its end, in the venue's units as all of this.
    pub bid: Option<i64>,
    /// The best ask at its end.
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
    /// From when on messages come without a silence of more than half of the file's time.
    pub busy_from: u64,
    /// The messages after which the book was crossed, so that nothing traded in it.
    pub crossed: Crossed,
    /// The opening book, where there is one.
    pub opening: Option<Opening>,
    /// Messages of the instrument from [`Self::busy_from`] on.
    busy: u64,
    spread: Spread,
    second: (u64, u64),
    chart: Option<Chart>,
}

/// When a book was crossed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crossed {
    /// After how many messages.
    pub messages: u64,
    /// The time of the first of them.
    pub first: u64,
    /// The time of the last.
    pub last: u64,
}

/// What a replay began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Live orders.
    pub orders: u64,
    /// The best bid, in the venue's units.
    pub bid: Option<i64>,
    /// The best ask.
    pub ask: Option<i64>,
}

impl Opening {
    /// Whether it is no book to trade in: its best bid is at or above its best ask.
    pub fn is_crossed(&self) -> bool {
        matches!((self.bid, self.ask), (Some(bid), Some(ask)) if bid >= ask)
    }
}

/// The spread through time, in the venue's units.
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
    /// Its trades in order; of very many, the largest.
    pub marks: Vec<Mark>,
    /// Messages of the instrument from its start on.
    pub messages: u64,
    /// Trades from then on.
    pub trades: u64,
    /// What they were of.
    pub volume: u128,
    open: Point,
    marks_here: usize,
}

impl Chart {
    /// A chart of the time from `start` to `end`, or of a second where that is no time, without points yet.
    pub fn new(start: u64, end: u64, levels: usize) -> Self {
        let (points, marks) = (Vec::with_capacity(POINTS), Vec::new());
        let start = start.min(u64::MAX - SECOND);
        let end = if end > start { end } else { start + SECOND };
        Chart {
            start,
            end,
            levels,
            points,
            marks,
            messages: 0,
            trades: 0,
            volume: 0,
            open: Point::default(),
            marks_here: 0,
        }
    }

    fn part(&self, time: u64) -> usize {
        let within = time.clamp(self.start, self.end) - self.start;
        (u128::from(within) * POINTS as u128 / (u128::from(self.end - self.start) + 1)) as usize
    }

    /// Ends the parts before `time`; the book is still as they left it.
    fn turn_to(&mut self, time: u64, book: &Reconstruction) {
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

    fn end_part(&mut self, book: &Reconstruction) {
        let [bids, asks] = [Side::Buy, Side::Sell].map(|side| book.depth(side, self.levels));
        self.open.bid = bids.first().map(|level| level.price);
        self.open.ask = asks.first().map(|level| level.price);
        let total =
            |levels: &[Level]| levels.iter().fold(0u64, |sum, level| sum.saturating_add(level.quantity));
        (self.open.bid_depth, self.open.ask_depth) = (total(&bids), total(&asks));
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
        *sum = sum.saturating_add(trade.quantity);
        self.trades += 1;
        self.volume += u128::from(trade.quantity);
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
    /// Nothing yet, of a venue with so many kinds of message, in a file that is busy from then on.
    pub fn new(kinds: usize, busy_from: u64, chart: Option<Chart>) -> Self {
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
            busy_from,
            busy: 0,
            crossed: Crossed::default(),
            opening: None,
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
    pub fn before(&mut self, message: &Message, book: &Reconstruction) {
        if self.of_symbol == 0 {
            self.first = message.time;
        }
        self.of_symbol += 1;
        self.busy += u64::from(message.time >= self.busy_from);
        self.last = self.last.max(message.time);
        let second = message.time / SECOND;
        if self.second.0 != second {
            self.second = (second, 0);
        }
        self.second.1 += 1;
        self.busiest_second = self.busiest_second.max(self.second.1);
        if let Some(chart) = &mut self.chart {
            chart.turn_to(message.time, book);
            chart.messages += u64::from(message.time >= chart.start);
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

    /// A message of the instrument was taken in.
    #[inline]
    pub fn after(&mut self, time: u64, book: &Reconstruction) {
        if book.is_collecting() && book.is_crossed() {
            if self.crossed.messages == 0 {
                self.crossed.first = time;
            }
            self.crossed.messages += 1;
            self.crossed.last = time;
        }
    }

    /// The best prices, or what is shown there, are others now, and so far apart where there are two.
    #[inline]
    pub fn top(&mut self, time: u64, spread: Option<i64>) {
        self.top_changes += 1;
        self.spread.change(time, spread);
    }

    /// The book begins with orders, at this time.
    pub fn opened(&mut self, time: u64, book: &Reconstruction) {
        let [bid, ask] =
            [Side::Buy, Side::Sell].map(|side| book.depth(side, 1).first().map(|level| level.price));
        self.spread.change(time, bid.zip(ask).map(|(bid, ask)| ask - bid));
        self.opening = Some(Opening { orders: book.book().len() as u64, bid, ask });
    }

    /// The replay is over.
    pub fn end(&mut self, book: &Reconstruction) {
        self.spread.turn_to(self.last);
        if let Some(chart) = &mut self.chart {
            chart.turn_to(self.last, book);
            chart.end_part(book);
            chart.fill(POINTS);
        }
    }

    /// The average spread over the time in which there was one, with the least and the most.
    pub fn spread(&self) -> Option<(f64, i64, i64)> {
        let (least, most) = (self.spread.least?, self.spread.most?);
        let average = self.spread.area as f64 / self.spread.nanoseconds.max(1) as f64;
        Some((average, least, most))
    }

    /// Messages of the instrument a second, on average since [`Self::busy_from`].
    pub fn rate(&self) -> Option<f64> {
        let span = self.last.saturating_sub(self.busy_from);
        (span > 0).then(|| self.busy as f64 * SECOND as f64 / span as f64)
    }

    /// The chart, if one was asked for.
    pub fn chart(&self) -> Option<&Chart> {
        self.chart.as_ref()
    }
}

impl Spread {
    /// It is another from `time` on. A crossed book has none: nobody can trade in it yet.
    fn change(&mut self, time: u64, spread: Option<i64>) {
        let spread = spread.filter(|&spread| spread > 0);
        if spread == self.now {
            return;
        }
        self.turn_to(time);
        self.now = spread;
        if let Some(spread) = spread {
            self.least = Some(self.least.map_or(spread, |least| least.min(spread)));
            self.most = Some(self.most.map_or(spread, |most| most.max(spread)));
        }
    }

    fn turn_to(&mut self, time: u64) {
        let passed = time.saturating_sub(self.since);
        if let Some(now) = self.now {
            self.area += i128::from(now) * i128::from(passed);
            self.nanoseconds += passed;
        }
        self.since = self.since.max(time);
    }
}
