//! What every venue's file is turned into: messages about orders, each naming the order it is about by the
//! venue's own id, with prices and quantities in the venue's own integer units.
//!
//! A venue's reader hands messages to a visitor one by one, borrows nothing from the file afterwards, and
//! allocates nothing per message. It judges the bytes, not the story: an order nobody knows is no error here.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use bartizan_engine::book::Side;

/// One venue's way of writing order flow.
#[derive(Debug)]
pub struct Venue {
    /// The name given to `--kind`.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Whether bytes look like this kind. The first of the registry that says yes reads them.
    pub detect: fn(&[u8]) -> bool,
    /// What the kinds of message are called; [`Message::kind`] is an index into it.
    pub kinds: &'static [&'static str],
    /// Decimals of a price: a raw price counts `10^-price_decimals` of the currency.
    pub price_decimals: u32,
    /// Decimals of a quantity.
    pub quantity_decimals: u32,
    /// What times count from.
    pub clock: Clock,
    /// Whether a fill is told first and the change of the order that it means afterwards.
    pub confirms_fills: bool,
    /// Reads a whole file, message by message with the times that it tells, until the visitor breaks off.
    pub read: fn(&[u8], Visitor<'_>) -> Result<(), ReplayError>,
}

impl Venue {
    /// Reads a whole file as [`Self::read`] does, with times that never step back: a message that is earlier than one before
    /// it has the time of that one. Says how many were.
    ///
    /// # Errors
    /// If it is not of this kind.
    #[inline]
    pub fn each(&self, bytes: &[u8], visit: Visitor<'_>) -> Result<u64, ReplayError> {
        let (mut latest, mut steps_back) = (0, 0);
        (self.read)(bytes, &mut |message| {
            if message.time >= latest || message.kind == UNCOUNTED {
                latest = latest.max(message.time);
                return visit(message);
            }
            steps_back += 1;
            visit(&Message { time: latest, ..*message })
        })?;
        Ok(steps_back)
    }
}

/// Who looks at the messages.
pub type Visitor<'v> = &'v mut dyn FnMut(&Message) -> ControlFlow<()>;

/// What the times of a venue count from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Nanoseconds since midnight of the venue's day.
    Midnight,
    /// Nanoseconds since 1970 in UTC.
    Unix,
}

/// The kind of what a file says before its messages begin.
pub const UNCOUNTED: u8 = u8::MAX;

/// One message of a venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// When, in nanoseconds of the venue's [`Clock`].
    pub time: u64,
    /// Which instrument, in a file of several; 0 where the file is of one, or the message of none.
    pub symbol: u32,
    /// Which of the venue's [`Venue::kinds`]; [`UNCOUNTED`] where the file says it outside its messages.
    pub kind: u8,
    /// What it means for the book.
    pub event: Event,
    /// The order it is about, where the venue tells its terms each time, and not only as it enters.
    pub terms: Option<Terms>,
}

/// What a message tells again of an order that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Bid or ask.
    pub side: Side,
    /// Its price.
    pub price: i64,
    /// How much of it the message is about.
    pub quantity: u64,
}

/// What a message means for the book of its instrument. Orders are named by the venue's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An order rests: it has met what it could.
    Add {
        /// Which.
        order: u64,
        /// Bid or ask.
        side: Side,
        /// Its price.
        price: i64,
        /// What it shows.
        quantity: u64,
    },
    /// An order comes in, and may yet trade.
    Submit {
        /// Which.
        order: u64,
        /// To buy or to sell.
        side: Side,
        /// Its limit.
        price: i64,
        /// How much.
        quantity: u64,
        /// How much of it trades in all, on entry or later, as the rest of the file tells.
        trades: u64,
        /// Whether the venue takes it back at once, as it does with post-only orders that would trade.
        is_taken_back: bool,
    },
    /// An order shows less, without a trade, and keeps its place.
    Reduce {
        /// Which.
        order: u64,
        /// How much less.
        by: u64,
    },
    /// What is open of an order, whatever made it so.
    Open {
        /// Which.
        order: u64,
        /// What is open.
        quantity: u64,
    },
    /// An order is gone, without a trade.
    Delete {
        /// Which.
        order: u64,
    },
    /// A resting order traded.
    Execute {
        /// Which.
        order: u64,
        /// How much.
        quantity: u64,
        /// At what price, where that is told and can differ from the order's.
        price: Option<i64>,
        /// Whether it counts in volume (if not, a cross counts it).
        printable: bool,
    },
    /// An order ends and another begins, at the end of its queue.
    Replace {
        /// The one that ends.
        order: u64,
        /// The one that begins.
        new: u64,
        /// Its price.
        price: i64,
        /// What it shows.
        quantity: u64,
    },
    /// An order is to be thus from now on. It keeps its place at the same price and not more than before.
    Modify {
        /// Which.
        order: u64,
        /// Bid or ask.
        side: Side,
        /// Its price.
        price: i64,
        /// What it shows.
        quantity: u64,
    },
    /// A trade that names no displayed order.
    Trade {
        /// The side of the order that came in, where it is told.
        aggressor: Option<Side>,
        /// At what price.
        price: i64,
        /// How much.
        quantity: u64,
    },
    /// A trade told of again, as by the order that came in: counted as a message alone.
    Echo,
    /// An order is gone because one of its own owner's was about to trade with it.
    Prevented {
        /// Which.
        order: u64,
    },
    /// All orders are gone.
    Clear,
    /// An order rests that has no price, and so no place in a book of prices.
    Unpriced {
        /// Which.
        order: u64,
    },
    /// Trading stops, or orders are only collected.
    Halt(Halt),
    /// As far as that halt goes, trading goes on.
    Resume(Halt),
    /// A trade was taken back.
    Broken,
    /// What the instrument is called.
    Named(Name),
    /// Nothing that changes the book.
    Other,
}

/// Whose halt it is. They begin and end on their own: trading goes on when neither holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// Of the instrument, wherever it trades.
    Instrument,
    /// Of this market's own operation.
    Market,
}

impl Event {
    /// The size of an order, or of what is taken from one, in it: a whole number of lots.
    pub fn order_size(&self) -> Option<u64> {
        match *self {
            Event::Add { quantity, .. }
            | Event::Submit { quantity, .. }
            | Event::Open { quantity, .. }
            | Event::Execute { quantity, .. }
            | Event::Replace { quantity, .. }
            | Event::Modify { quantity, .. }
            | Event::Reduce { by: quantity, .. } => Some(quantity),
            _ => None,
        }
    }

    /// The price of an order in it, which must be a whole number of ticks.
    pub fn order_price(&self) -> Option<i64> {
        match *self {
            Event::Add { price, .. }
            | Event::Submit { price, .. }
            | Event::Replace { price, .. }
            | Event::Modify { price, .. } => Some(price),
            _ => None,
        }
    }
}

/// The name of an instrument, cut to 24 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Name([u8; 24]);

impl Name {
    /// `name` without the spaces at its end.
    pub fn new(name: &[u8]) -> Self {
        let mut bytes = [0; 24];
        let name = name.trim_ascii_end();
        let length = name.len().min(bytes.len());
        bytes[..length].copy_from_slice(&name[..length]);
        Name(bytes)
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = self.0.iter().position(|&byte| byte == 0).unwrap_or(self.0.len());
        f.write_str(&String::from_utf8_lossy(&self.0[..length]))
    }
}

/// Why a file cannot be replayed, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct ReplayError {
    /// Where.
    pub place: Place,
    /// What was expected and what is there.
    pub message: String,
}

impl ReplayError {
    /// The error about a last line without a line break: told with where the file ends, since it may be cut there.
    #[must_use]
    pub fn in_last_line(mut self, file_bytes: usize) -> Self {
        let _ = write!(self.message, "; the file ends within this line, at byte {file_bytes}");
        self
    }
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line, from 1 (of a compressed file: of what was compressed).
    Line(u64),
    /// A line and the byte of it, both from 1.
    Column(u64, u64),
    /// A byte, from 0.
    Byte(u64),
    /// The byte of a compressed file by which a reader had met the fault.
    NearByte(u64),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Line(line) => write!(f, "line {line}"),
            Place::Column(line, column) => write!(f, "line {line}, column {column}"),
            Place::Byte(byte) => write!(f, "byte {byte}"),
            Place::NearByte(byte) => write!(f, "at or before byte {byte}"),
        }
    }
}
