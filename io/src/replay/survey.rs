//! A first look through a file: which instruments it is about, how fine their prices and sizes are and when it begins and
//! ends. So a replay knows its ticks, its lots and the span of its chart before it starts, and keeps no message.

use std::ops::ControlFlow;

use hashbrown::HashMap;

use super::grid::{Grid, greatest_divisor};
use super::venue::{Event, Message, Name, ReplayError, UNCOUNTED, Venue};

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The instruments, by number, rising.
    pub symbols: Vec<Symbol>,
    /// Messages of every instrument and of none.
    pub messages: u64,
    /// The time of the first.
    pub first: u64,
    /// The time of the last.
    pub last: u64,
    /// How many of them are earlier than one before them.
    pub steps_back: u64,
}

/// One instrument of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its number in the file.
    pub number: u32,
    /// What it is called, where the file says.
    pub name: Option<Name>,
    /// Messages that are about its orders and trades.
    pub messages: u64,
    /// The largest price of which every price of its orders is a multiple, in the venue's units.
    pub tick: i64,
    /// The largest size of which every size of its orders is a multiple, in the venue's units.
    pub lot: u64,
    /// The lowest and the highest price of its orders and trades.
    pub prices: Option<(i64, i64)>,
    /// The largest size of one of its orders.
    pub largest_size: u64,
    /// Its first message with a price or an order.
    pub first: u64,
    /// Its last.
    pub last: u64,
    /// The longest time without a message of it, and when that ended.
    pub pause: (u64, u64),
}

impl Symbol {
    fn new(number: u32) -> Self {
        Symbol {
            number,
            name: None,
            messages: 0,
            tick: 0,
            lot: 0,
            prices: None,
            largest_size: 0,
            first: u64::MAX,
            last: 0,
            pause: (0, 0),
        }
    }

    /// When a chart of it up to `last` begins: with its first message, or, if it is silent for more than half of the file's
    /// time (as between a snapshot and the opening), with the end of that.
    pub fn busy_from(&self, last: u64) -> u64 {
        let (pause, end) = self.pause;
        let is_long = pause > (self.last - self.first.min(self.last)) / 2;
        if is_long && end < last { end } else { self.first }
    }

    /// What it is called, or else its number, where it has one.
    pub fn called(&self) -> Option<String> {
        let name = self.name.map(|name| name.to_string());
        name.or_else(|| (self.number != 0).then(|| self.number.to_string()))
    }

    fn add(&mut self, message: &Message) {
        match message.event {
            Event::Other | Event::Halt(_) | Event::Resume(_) | Event::Broken => return,
            Event::Named(name) => {
                self.name = Some(name);
                return;
            }
            _ => {}
        }
        self.messages += 1;
        let pause = if self.messages == 1 { 0 } else { message.time.saturating_sub(self.last) };
        if pause > self.pause.0 {
            self.pause = (pause, message.time);
        }
        self.first = self.first.min(message.time);
        self.last = self.last.max(message.time);
        self.fit(&message.event);
    }

    /// Makes tick and lot fine enough for the order in `event`, if there is one.
    pub fn fit(&mut self, event: &Event) {
        if let Some(price) = event.order_price() {
            self.reach(price);
            if self.tick == 0 || price % self.tick != 0 {
                let tick = greatest_divisor(self.tick.unsigned_abs(), price.unsigned_abs());
                self.tick = i64::try_from(tick).unwrap_or(1);
            }
        }
        if let Event::Trade { price, .. } | Event::Execute { price: Some(price), .. } = *event {
            self.reach(price);
        }
        if let Some(size) = event.order_size() {
            self.largest_size = self.largest_size.max(size);
            if self.lot != 1 && (self.lot == 0 || size % self.lot != 0) {
                self.lot = greatest_divisor(self.lot, size);
            }
        }
    }

    fn reach(&mut self, price: i64) {
        let (low, high) = self.prices.unwrap_or((price, price));
        self.prices = Some((low.min(price), high.max(price)));
    }

    /// Its tick and lot; where it has no order, the venue's own units.
    pub fn grid(&self) -> Grid {
        Grid { tick: self.tick.max(1), lot: self.lot.max(1) }
    }
}

/// Looks through `bytes`.
///
/// # Errors
/// If they are not of this venue's kind.
pub fn survey(venue: &Venue, bytes: &[u8]) -> Result<Survey, ReplayError> {
    let mut found: HashMap<u32, Symbol> = HashMap::new();
    let mut last = Symbol::new(0);
    let mut whole = Survey { first: u64::MAX, ..Survey::default() };
    whole.steps_back = venue.each(bytes, &mut |message| {
        if message.kind != UNCOUNTED {
            whole.messages += 1;
            whole.first = whole.first.min(message.time);
            whole.last = whole.last.max(message.time);
        }
        // Most messages are about the same instrument as the one before.
        if message.symbol != last.number {
            found.insert(last.number, last);
            last = found.get(&message.symbol).copied().unwrap_or(Symbol::new(message.symbol));
        }
        last.add(message);
        ControlFlow::Continue(())
    })?;
    found.insert(last.number, last);
    whole.symbols =
        found.into_values().filter(|symbol| symbol.messages > 0 || symbol.name.is_some()).collect();
    whole.symbols.sort_unstable_by_key(|symbol| symbol.number);
    if whole.messages == 0 {
        whole.first = 0;
    }
    Ok(whole)
}

impl Survey {
    /// The instrument that `wanted` names or numbers; by default the one with most messages, and of those the lowest
    /// numbered. `None` if there is no such one.
    pub fn choose(&self, wanted: Option<&str>) -> Option<Symbol> {
        let Some(wanted) = wanted else {
            let busiest =
                self.symbols.iter().max_by_key(|symbol| (symbol.messages, u32::MAX - symbol.number));
            return Some(self.timed(busiest.copied().unwrap_or(Symbol::new(0))));
        };
        let named = |symbol: &&Symbol| {
            symbol.name.is_some_and(|name| name.to_string().eq_ignore_ascii_case(wanted))
                || wanted.parse() == Ok(symbol.number)
        };
        self.symbols.iter().find(named).map(|symbol| self.timed(*symbol))
    }

    /// An instrument without messages has the times of the file.
    fn timed(&self, symbol: Symbol) -> Symbol {
        if symbol.messages > 0 { symbol } else { Symbol { first: self.first, last: self.last, ..symbol } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tick_and_lot_are_the_greatest_common_divisors_of_a_files_orders() {
        let mut symbol = Symbol::new(0);
        assert_eq!(symbol.grid(), Grid::default());
        for (price, quantity) in [(5_853_300, 400), (5_853_250, 250), (-150, 0)] {
            symbol.fit(&Event::Add { order: 1, side: bartizan_engine::book::Side::Buy, price, quantity });
        }
        // A trade of no order of the book need not fit.
        symbol.fit(&Event::Trade { aggressor: None, price: 5_853_301, quantity: 1 });
        symbol.fit(&Event::Reduce { order: 1, by: 10 });
        assert_eq!(symbol.grid(), Grid { tick: 50, lot: 10 });
        assert_eq!((symbol.prices, symbol.largest_size), (Some((-150, 5_853_301)), 400));
    }

    #[test]
    fn the_busiest_instrument_is_chosen_unless_one_is_named() {
        let of = |number, messages, name: &[u8]| Symbol {
            name: Some(Name::new(name)),
            messages,
            ..Symbol::new(number)
        };
        let survey = Survey {
            symbols: vec![of(1, 4, b"ONE"), of(2, 9, b"TWO  "), of(3, 9, b"THREE")],
            ..Survey::default()
        };
        assert_eq!(survey.choose(None).unwrap().number, 2);
        assert_eq!(survey.choose(Some("one")).unwrap().number, 1);
        assert_eq!(survey.choose(Some("3")).unwrap().number, 3);
        assert_eq!(survey.choose(Some("four")), None);
    }
}
