//! Our own book as ITCH 5.0: framed messages of one instrument, from which an outside reader rebuilds the displayed book.
//!
//! | the book tells | written |
//! |---|---|
//! | added | `A` |
//! | executed at the order's price | `E` |
//! | executed at another, or in an auction | `C` (in an auction not printable: the cross counts it) |
//! | reduced, deleted | `X`, `D` |
//! | a trade whose resting order is not displayed | `P` |
//! | an auction, what it would do, a trade taken back | `Q`, `I`, `B` |
//! | a phase | `H` |
//!
//! A session opens with `S` events and `R`, and ends with `S` events. An order is named by the engine's id of it; more of
//! an iceberg is a new `A` of the same id, after what was shown has traded. Prices have four decimals and 32 bits, quantities
//! 32 bits: what does not fit is an error, and nothing is rounded.

use std::io::{self, Write};

use bartizan_engine::book::{Indicative, MarketData, MarketEvent, OrderId, Phase, Price, Quantity, Side};
use hashbrown::HashMap;

use super::message::{Body, Header, put};
use crate::replay::run::{Observer, Seen};

/// The instrument's number: a session is of one.
const LOCATE: u16 = 1;

/// What a tick is in ITCH's units, a ten-thousandth of the currency: `multiply / divide` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickSize {
    /// Numerator.
    pub multiply: i64,
    /// Denominator.
    pub divide: i64,
}

impl TickSize {
    /// The size of a tick of `tick` units of `10^-decimals`.
    pub fn new(tick: i64, decimals: u32) -> Self {
        TickSize {
            multiply: tick * 10i64.pow(4u32.saturating_sub(decimals)),
            divide: 10i64.pow(decimals.saturating_sub(4)),
        }
    }

    fn price(self, price: Price) -> io::Result<u32> {
        let scaled = i128::from(price.0) * i128::from(self.multiply);
        let divide = i128::from(self.divide);
        let whole = (scaled % divide == 0).then(|| u32::try_from(scaled / divide).ok()).flatten();
        whole.ok_or_else(|| unfit(&format!("a price of {} ticks", price.0)))
    }
}

fn unfit(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("{what} does not fit ITCH 5.0 (four decimals, 32 bits)"),
    )
}

fn shares(quantity: Quantity) -> io::Result<u32> {
    u32::try_from(quantity.0).map_err(|_| unfit(&format!("a quantity of {}", quantity.0)))
}

/// A session being written.
#[derive(Debug)]
pub struct Session<W> {
    out: W,
    message: Vec<u8>,
    stock: [u8; 8],
    tick: TickSize,
    /// Where each displayed order rests, in ticks.
    prices: HashMap<OrderId, Price>,
    time: u64,
}

impl<W: Write> Session<W> {
    /// Opens a session at `time` (nanoseconds since midnight) of the instrument `stock`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(out: W, stock: &str, tick: TickSize, time: u64) -> io::Result<Self> {
        let mut name = [b' '; 8];
        for (to, from) in name.iter_mut().zip(stock.bytes().filter(u8::is_ascii_graphic)) {
            *to = from;
        }
        let prices = HashMap::new();
        let mut session =
            Session { out, message: Vec::new(), stock: name, tick, prices, time: day_time(time) };
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
    /// If it cannot be written, or a price or quantity does not fit.
    pub fn command(&mut self, time: u64, told: &[MarketEvent]) -> io::Result<()> {
        self.time = self.time.max(day_time(time));
        let auction_ends = told.iter().position(|event| matches!(event.data, MarketData::Crossed { .. }));
        for (index, event) in told.iter().enumerate() {
            let in_auction = auction_ends.is_some_and(|end| index < end);
            self.event(&event.data, event.sequence, in_auction, told)?;
        }
        Ok(())
    }

    fn event(
        &mut self,
        data: &MarketData,
        sequence: u64,
        in_auction: bool,
        told: &[MarketEvent],
    ) -> io::Result<()> {
        let stock = self.stock;
        let body = match *data {
            MarketData::Added { order, side, price, quantity } => {
                self.prices.insert(order, price);
                let (shares, price) = (shares(quantity)?, self.tick.price(price)?);
                Body::AddOrder { order: order.0, side: letter(side), shares, stock, price }
            }
            MarketData::Executed { order, quantity, price, trade } => {
                let (shares, match_number) = (shares(quantity)?, trade.0);
                if !in_auction && self.prices.get(&order) == Some(&price) {
                    Body::OrderExecuted { order: order.0, shares, match_number }
                } else {
                    let printable = if in_auction { b'N' } else { b'Y' };
                    let price = self.tick.price(price)?;
                    Body::OrderExecutedPrice { order: order.0, shares, match_number, printable, price }
                }
            }
            MarketData::Reduced { order, by } => Body::OrderCancel { order: order.0, shares: shares(by)? },
            MarketData::Deleted { order } => {
                self.prices.remove(&order);
                Body::OrderDelete { order: order.0 }
            }
            MarketData::Traded { trade, price, quantity, aggressor: Some(side) } => {
                let displayed = |event: &MarketEvent| matches!(event.data, MarketData::Executed { trade: of, .. } if of == trade);
                if told.iter().any(displayed) {
                    return Ok(());
                }
                let (shares, price) = (shares(quantity)?, self.tick.price(price)?);
                let side = letter(side.opposite());
                Body::Trade { order: 0, side, shares, stock, price, match_number: trade.0 }
            }
            MarketData::Crossed { price, quantity } => {
                let (shares, price) = (quantity.0, self.tick.price(price)?);
                Body::CrossTrade { shares, stock, price, match_number: sequence, cross: b'O' }
            }
            MarketData::Broken { trade } => Body::BrokenTrade { match_number: trade.0 },
            MarketData::Indicative(indicative) => self.imbalance(&indicative)?,
            MarketData::PhaseChanged(phase) => {
                let state = match phase {
                    Phase::Continuous => b'T',
                    Phase::PreOpen | Phase::PreClose | Phase::Reopening => b'Q',
                    Phase::Closed | Phase::Halted => b'H',
                };
                Body::TradingAction { stock, state, reserved: b' ', reason: *b"    " }
            }
            // In an auction the cross counts a trade; levels and best prices follow from the orders.
            MarketData::Traded { aggressor: None, .. } | MarketData::Level { .. } | MarketData::Top(_) => {
                return Ok(());
            }
        };
        self.put(&body)
    }

    fn imbalance(&self, indicative: &Indicative) -> io::Result<Body> {
        let price = indicative.price.map_or(Ok(0), |price| self.tick.price(price))?;
        let direction = match indicative.imbalance {
            _ if indicative.price.is_none() => b'O',
            0 => b'N',
            1.. => b'B',
            _ => b'S',
        };
        Ok(Body::Imbalance {
            paired: indicative.quantity.0,
            imbalance: indicative.imbalance.unsigned_abs(),
            direction,
            stock: self.stock,
            far: 0,
            near: price,
            reference: price,
            cross: b'O',
            variation: b' ',
        })
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
        self.command(seen.message.time, &seen.reconstruction.events().market)
    }
}

/// Nanoseconds since midnight of a time that may count from 1970.
fn day_time(time: u64) -> u64 {
    time % (86_400 * 1_000_000_000)
}

fn letter(side: Side) -> u8 {
    match side {
        Side::Buy => b'B',
        Side::Sell => b'S',
    }
}
