//! Our own book as ITCH 5.0: framed messages of one instrument, from which an outside reader rebuilds the displayed book.
//!
//! | the book tells | written |
//! |---|---|
//! | added | `A` |
//! | executed at the order's price | `E` |
//! | executed at another, or not to be counted (an auction's part: the cross counts it) | `C` |
//! | reduced, deleted | `X`, `D` |
//! | deleted and added again at once: a replacement | `U` |
//! | a trade whose resting order is not displayed | `P` |
//! | an auction: the opening, the closing, one after a halt | `Q` of `O`, `C`, `H` |
//! | what it would do, a trade taken back, a phase | `I`, `B`, `H` |
//!
//! What a replay knows of trades is written beside what its book tells: an execution by the venue that our matching would not
//! have made is an execution (`E` or `C`), and what traded without a displayed order is a `P`. So a reader of it counts the
//! trades and the volume that the replay did.
//!
//! A session opens with `S` events and `R`, and ends with `S` events. Reference numbers of orders and match numbers are each
//! given once: more of an iceberg, and a replaced order, have new ones. Times count from the midnight before the session opens,
//! and go on counting past the next. Prices have four decimals and 32 bits, quantities 32 bits: what does not fit is an
//! error, and nothing is rounded.

use std::io::{self, Write};

use bartizan_engine::book::{
    Indicative, MarketData, MarketEvent, MatchId, OrderId, Phase, Price, Quantity, Side,
};
use hashbrown::HashMap;

use super::message::{Body, Header, put};
use super::scale::{Scale, unfit};
use crate::replay::reconstruct::{Source, Trade};
use crate::replay::run::{Observer, Seen};
use crate::replay::venue::Event;

/// The instrument's number: a session is of one.
const LOCATE: u16 = 1;

const DAY: u64 = 86_400 * 1_000_000_000;

/// The latest time that has room in a message: nanoseconds since midnight in 48 bits, 78 hours.
const LATEST: u64 = (1 << 48) - 1;

/// A session being written.
#[derive(Debug)]
pub struct Session<W> {
    out: W,
    message: Vec<u8>,
    stock: [u8; 8],
    scale: Scale,
    displayed: HashMap<OrderId, Displayed>,
    /// Orders referred to so far.
    references: u64,
    /// Trades numbered so far that are none of the book's matching.
    others: u64,
    phase: Phase,
    midnight: u64,
    time: u64,
}

/// An order as the reader has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Displayed {
    reference: u64,
    side: Side,
    price: Price,
    left: u64,
}

impl<W: Write> Session<W> {
    /// Opens a session at `time` (nanoseconds since some midnight) of the instrument `stock`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(out: W, stock: &str, scale: Scale, time: u64) -> io::Result<Self> {
        let mut name = [b' '; 8];
        for (to, from) in name.iter_mut().zip(stock.bytes().filter(u8::is_ascii_graphic)) {
            *to = from;
        }
        let mut session = Session {
            out,
            message: Vec::new(),
            stock: name,
            scale,
            displayed: HashMap::new(),
            references: 0,
            others: 0,
            phase: Phase::Continuous,
            midnight: time - time % DAY,
            time: time % DAY,
        };
        session.system(b"OSQ")?;
        session.put(&Body::StockDirectory {
            stock: name,
            market_category: b' ',
            financial_status: b' ',
            round_lot: 1,
            round_lots_only: b'N',
            classification: b'C',
            sub_type: *b"Z ",
            authenticity: b'T',
            short_sale_threshold: b' ',
            ipo: b' ',
            luld_tier: b' ',
            etp: b' ',
            etp_leverage: 0,
            inverse: b'N',
        })?;
        Ok(session)
    }

    /// Writes what one command made the book tell at `time`.
    ///
    /// # Errors
    /// If it cannot be written, or a time, price or quantity does not fit.
    pub fn command(&mut self, time: u64, told: &[MarketEvent]) -> io::Result<()> {
        self.tell(time, told, &[], false)
    }

    /// Writes what the book told at `time`, with the trades that a replay knows of it, and whether it was of an order that the
    /// venue put in the place of another.
    fn tell(
        &mut self,
        time: u64,
        told: &[MarketEvent],
        trades: &[Trade],
        is_replacing: bool,
    ) -> io::Result<()> {
        self.time = self.time.max(time.saturating_sub(self.midnight));
        if self.time > LATEST {
            return Err(unfit("a time more than 78 hours after midnight"));
        }
        let auction_ends = told.iter().position(|event| matches!(event.data, MarketData::Crossed { .. }));
        let mut matched = trades.iter().filter(|trade| trade.source == Source::Matched);
        let taken = |order| trades.iter().find(|trade| trade.source == Source::Taken(order));
        let mut replaced = None;
        for (index, event) in told.iter().enumerate() {
            let in_auction = auction_ends.is_some_and(|end| index < end);
            match event.data {
                MarketData::Added { order, side, price, quantity } => {
                    self.added(order, side, (price, quantity), replaced.take())?;
                }
                MarketData::Executed { order, quantity, price, trade } => {
                    let is_printed = matched.next().is_none_or(|trade| trade.printable) && !in_auction;
                    self.executed(order, (price, quantity), number_of(trade), is_printed)?;
                }
                MarketData::Reduced { order, .. } | MarketData::Deleted { order }
                    if taken(order).is_some() =>
                {
                    self.taken(order, taken(order).expect("it was found a moment ago"))?;
                }
                MarketData::Reduced { order, by } => {
                    let shown = self.displayed.get_mut(&order).expect("what is reduced was added");
                    shown.left -= by.0;
                    let (order, shares) = (shown.reference, self.scale.lots(by)?);
                    self.put(&Body::OrderCancel { order, shares })?;
                }
                MarketData::Deleted { order } => {
                    let gone = self.displayed.remove(&order).expect("what is deleted was added");
                    let is_next = |added, side| added == order || is_replacing && side == gone.side;
                    if added_next(&told[index + 1..]).is_some_and(|(added, side)| is_next(added, side)) {
                        replaced = Some(gone.reference);
                    } else {
                        self.put(&Body::OrderDelete { order: gone.reference })?;
                    }
                }
                MarketData::Traded { trade, price, quantity, aggressor: Some(_) } => {
                    if !is_displayed(trade, told) {
                        let (shares, price) = (self.scale.lots(quantity)?, self.scale.ticks(price)?);
                        self.undisplayed(shares, price, number_of(trade))?;
                    }
                }
                _ => self.of_all(&event.data)?,
            }
        }
        for trade in trades.iter().filter(|trade| trade.source == Source::Told && trade.printable) {
            let (shares, price) = (self.scale.shares_of(trade.quantity)?, self.scale.price_of(trade.price)?);
            let number = self.other_number();
            self.undisplayed(shares, price, number)?;
        }
        Ok(())
    }

    /// What concerns no single order.
    fn of_all(&mut self, data: &MarketData) -> io::Result<()> {
        let stock = self.stock;
        let body = match *data {
            MarketData::Crossed { price, quantity } => {
                let (match_number, cross) = (self.other_number(), self.cross());
                let shares = self.scale.total(quantity)?;
                Body::CrossTrade { shares, stock, price: self.scale.ticks(price)?, match_number, cross }
            }
            MarketData::Broken { trade } => Body::BrokenTrade { match_number: number_of(trade) },
            MarketData::Indicative(indicative) => self.imbalance(&indicative)?,
            MarketData::PhaseChanged(phase) => {
                self.phase = phase;
                let state = match phase {
                    Phase::Continuous => b'T',
                    Phase::PreOpen | Phase::PreClose | Phase::Reopening => b'Q',
                    Phase::Closed | Phase::Halted => b'H',
                };
                Body::TradingAction { stock, state, reserved: b' ', reason: *b"    " }
            }
            // In an auction the cross counts a trade; levels and best prices follow from the orders.
            _ => return Ok(()),
        };
        self.put(&body)
    }

    fn added(
        &mut self,
        order: OrderId,
        side: Side,
        (price, quantity): (Price, Quantity),
        replaced: Option<u64>,
    ) -> io::Result<()> {
        self.references += 1;
        let reference = self.references;
        self.displayed.insert(order, Displayed { reference, side, price, left: quantity.0 });
        let (shares, price) = (self.scale.lots(quantity)?, self.scale.ticks(price)?);
        let stock = self.stock;
        self.put(&match replaced {
            Some(order) => Body::OrderReplace { order, new_order: reference, shares, price },
            None => Body::AddOrder { order: reference, side: letter(side), shares, stock, price },
        })
    }

    fn executed(
        &mut self,
        order: OrderId,
        (price, quantity): (Price, Quantity),
        match_number: u64,
        is_printed: bool,
    ) -> io::Result<()> {
        let shown = self.displayed.get_mut(&order).expect("what is executed was added");
        shown.left -= quantity.0;
        let &mut Displayed { reference: order_number, price: own_price, left, .. } = shown;
        if left == 0 {
            self.displayed.remove(&order);
        }
        let (order, shares) = (order_number, self.scale.lots(quantity)?);
        self.put(&if is_printed && price == own_price {
            Body::OrderExecuted { order, shares, match_number }
        } else {
            let printable = if is_printed { b'Y' } else { b'N' };
            let price = self.scale.ticks(price)?;
            Body::OrderExecutedPrice { order, shares, match_number, printable, price }
        })
    }

    /// The venue executed an order where our matching would not have, perhaps of more than it shows: the rest came from its
    /// reserve.
    fn taken(&mut self, order: OrderId, trade: &Trade) -> io::Result<()> {
        let shown = self.displayed.get_mut(&order).expect("what is taken from was added");
        let quantity = self.scale.grid.lots(trade.quantity).min(shown.left);
        shown.left -= quantity;
        let Displayed { reference, price, left, .. } = *shown;
        if left == 0 {
            self.displayed.remove(&order);
        }
        let (shares, match_number) = (self.scale.lots(Quantity(quantity))?, self.other_number());
        let at = self.scale.price_of(trade.price)?;
        let order = reference;
        self.put(&if trade.printable && at == self.scale.ticks(price)? {
            Body::OrderExecuted { order, shares, match_number }
        } else {
            let printable = if trade.printable { b'Y' } else { b'N' };
            Body::OrderExecutedPrice { order, shares, match_number, printable, price: at }
        })?;
        let rest = self.scale.shares_of(trade.quantity)? - shares;
        if rest > 0 && trade.printable {
            let number = self.other_number();
            self.undisplayed(rest, at, number)?;
        }
        Ok(())
    }

    /// A trade of no displayed order. The letter of its side is always the same, as the specification has it since 2014.
    fn undisplayed(&mut self, shares: u32, price: u32, match_number: u64) -> io::Result<()> {
        let stock = self.stock;
        self.put(&Body::Trade { order: 0, side: b'B', shares, stock, price, match_number })
    }

    /// The number of a trade that is none of the book's matching: odd, as those of the book are even.
    fn other_number(&mut self) -> u64 {
        self.others += 1;
        2 * self.others - 1
    }

    /// Which auction the phase leads to: the opening, the closing, or one after a halt.
    fn cross(&self) -> u8 {
        match self.phase {
            Phase::PreOpen => b'O',
            Phase::PreClose => b'C',
            Phase::Closed | Phase::Continuous | Phase::Halted | Phase::Reopening => b'H',
        }
    }

    fn imbalance(&self, indicative: &Indicative) -> io::Result<Body> {
        let price = indicative.price.map_or(Ok(0), |price| self.scale.ticks(price))?;
        let direction = match indicative.imbalance {
            _ if indicative.price.is_none() => b'O',
            0 => b'N',
            1.. => b'B',
            _ => b'S',
        };
        Ok(Body::Imbalance {
            paired: self.scale.total(indicative.quantity)?,
            imbalance: self.scale.total(Quantity(indicative.imbalance.unsigned_abs()))?,
            direction,
            stock: self.stock,
            far: 0,
            near: price,
            reference: price,
            cross: self.cross(),
            variation: b' ',
        })
    }

    /// Where it is written.
    pub fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// Ends the session.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.system(b"MEC")?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn system(&mut self, events: &[u8]) -> io::Result<()> {
        events.iter().try_for_each(|&event| self.put(&Body::SystemEvent { event }))
    }

    fn put(&mut self, body: &Body) -> io::Result<()> {
        let locate = if matches!(body, Body::SystemEvent { .. }) { 0 } else { LOCATE };
        self.message.clear();
        put(&Header { locate, tracking: 0, time: self.time }, body, &mut self.message);
        self.out.write_all(&(self.message.len() as u16).to_be_bytes())?;
        self.out.write_all(&self.message)
    }
}

impl<W: Write> Observer for Session<W> {
    fn see(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let book = seen.reconstruction;
        let is_replacing = matches!(seen.message.event, Event::Replace { .. } | Event::Modify { .. });
        self.tell(seen.message.time, &book.events().market, book.trades(), is_replacing)
    }
}

/// The number of a trade of the book.
fn number_of(trade: MatchId) -> u64 {
    2 * trade.0
}

/// The order that is added next, if nothing else is told of orders before.
fn added_next(rest: &[MarketEvent]) -> Option<(OrderId, Side)> {
    let is_of_orders = |event: &&MarketEvent| {
        !matches!(event.data, MarketData::Level { .. } | MarketData::Top(_) | MarketData::Indicative(_))
    };
    match rest.iter().find(is_of_orders)?.data {
        MarketData::Added { order, side, .. } => Some((order, side)),
        _ => None,
    }
}

/// Whether a displayed order was in a trade.
fn is_displayed(trade: MatchId, told: &[MarketEvent]) -> bool {
    let is_in =
        |event: &MarketEvent| matches!(event.data, MarketData::Executed { trade: of, .. } if of == trade);
    told.iter().any(is_in)
}

fn letter(side: Side) -> u8 {
    match side {
        Side::Buy => b'B',
        Side::Sell => b'S',
    }
}
