//! A first look through a file: which instruments it is about, how fine their prices are and when it begins and
//! ends. So a replay knows its ticks and the span of its chart before it starts, and keeps no message.

use std::ops::ControlFlow;

use hashbrown::HashMap;

use super::venue::{Event, Message, Name, ReplayError, UNCOUNTED, Venue};

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The instruments, by number, rising.
    pub symbols: Vec<Symbol>,
    /// Messages of every instrument and of none.
    pub messages: u64,
    /// The earliest time in it.
    pub first: u64,
    /// The latest.
    pub last: u64,
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
    /// Its first message with a price or an order.
    pub first: u64,
    /// Its last.
    pub last: u64,
    /// The longest time without a message of it, and when that ended.
    pub pause: (u64, u64),
}

impl Symbol {
    fn new(number: u32) -> Self {
        Symbol { number, name: None, messages: 0, tick: 0, first: u64::MAX, last: 0, pause: (0, 0) }
    }

    /// When a chart of it begins: with its first message, or, if it is silent for more than half of the file's time (as between
    /// a snapshot and the opening), with the end of that.
    pub fn busy_from(&self) -> u64 {
        let (pause, end) = self.pause;
        if pause > (self.last - self.first.min(self.last)) / 2 { end } else { self.first }
    }

    fn add(&mut self, message: &Message) {
        match message.event {
            Event::Other | Event::Halt | Event::Resume | Event::Broken => return,
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
        self.fit_tick(&message.event);
    }

    /// Makes the tick fine enough for the order in `event`, if there is one.
    pub fn fit_tick(&mut self, event: &Event) {
        if let Some(price) = event.order_price()
            && (self.tick == 0 || price % self.tick != 0)
        {
            self.tick = greatest_divisor(self.tick, price);
        }
    }
}

/// The greatest common divisor, at least 0.
fn greatest_divisor(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.min(i64::MAX as u64) as i64
}

/// Looks through `bytes`.
///
/// # Errors
/// If they are not of this venue's kind.
pub fn survey(venue: &Venue, bytes: &[u8]) -> Result<Survey, ReplayError> {
    let mut found: HashMap<u32, Symbol> = HashMap::new();
    let mut last = Symbol::new(0);
    let mut whole = Survey { first: u64::MAX, ..Survey::default() };
    (venue.read)(bytes, &mut |message| {
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
    fn ticks_are_the_greatest_common_divisor() {
        let prices = [5_853_300, 5_853_250, -150];
        assert_eq!(prices.into_iter().fold(0, greatest_divisor), 50);
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
