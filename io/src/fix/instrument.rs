//! Markets as FIX instruments: which is meant, and its prices and quantities as decimals.
//!
//! A quantity counts lots, a price is money for a lot in whole units of the quote asset: a tick is the market's `quote_per_tick` of its smallest units. So every price of every
//! market has an exact decimal, and price times quantity is money. Nothing is rounded: a price between ticks and a part of a lot are refused.

use bartizan_engine::book::{Price, Quantity};
use bartizan_engine::market::OrderBook;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;

use super::message::{Fields, Message, number};
use super::session::{Wrong, incorrect, missing};
use crate::amount::short_decimal;
use crate::replay::text::decimal;

/// A market as an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// Which.
    pub market: MarketId,
    /// Its name, `Symbol`.
    pub name: String,
    quote_per_tick: u64,
    decimals: u32,
}

impl Instrument {
    /// A market's.
    pub fn of(realm: &Realm, market: MarketId) -> Option<Self> {
        let found = realm.markets().get(market)?;
        let quote = realm.ledger().asset(found.assets()[1])?;
        Some(Instrument {
            market,
            name: found.name().to_owned(),
            quote_per_tick: found.quote_per_tick(),
            decimals: u32::from(quote.scale),
        })
    }

    /// The one that these fields mean: by number where a `SecurityID` is given, else by name, the first that has it. None if there is none.
    ///
    /// # Errors
    /// If neither is given, or what is given is none.
    pub fn meant(realm: &Realm, symbol: Option<&[u8]>, id: Option<&[u8]>) -> Result<Option<Self>, Wrong> {
        if let Some(id) = id {
            let id = number(id).and_then(|id| u32::try_from(id).ok());
            let id = id.ok_or_else(|| incorrect(48, "SecurityID is the number of a market"))?;
            return Ok(Instrument::of(realm, MarketId(id)));
        }
        let symbol = symbol.ok_or_else(|| missing(55))?;
        let is_it =
            |market: &OrderBook| market.name().bytes().map(plain).eq(symbol.iter().copied().map(plain));
        let found = (1..u32::MAX)
            .map(|number| (MarketId(number), realm.markets().get(MarketId(number))))
            .take_while(|(_, market)| market.is_some())
            .find(|(_, market)| market.is_some_and(is_it));
        Ok(found.and_then(|(market, _)| Instrument::of(realm, market)))
    }

    /// As [`Instrument::meant`], of a message.
    ///
    /// # Errors
    /// As there.
    pub fn of_message(realm: &Realm, message: &Message<'_>) -> Result<Option<Self>, Wrong> {
        Instrument::meant(realm, message.get(55), message.get(48))
    }

    /// Says which it is.
    pub fn put(&self, fields: &mut Fields) {
        fields.put(55, &self.name);
        fields.put(48, self.market.0);
        fields.put(22, 8);
    }

    /// A price as a decimal.
    pub fn price(&self, price: Price) -> String {
        short_decimal(i128::from(price.0) * i128::from(self.quote_per_tick), self.decimals)
    }

    /// An average price, of lots that cost so many ticks together, to four decimals more, rounded down.
    pub fn average(&self, paid: i128, lots: u64) -> String {
        if lots == 0 {
            return "0".to_owned();
        }
        let fine = paid.saturating_mul(i128::from(self.quote_per_tick) * 10_000) / i128::from(lots);
        short_decimal(fine, self.decimals + 4)
    }

    /// The price of a decimal.
    ///
    /// # Errors
    /// If it is none, or lies between ticks.
    pub fn ticks(&self, tag: u32, text: &[u8]) -> Result<Price, Wrong> {
        let money = plain_decimal(text, self.decimals).ok_or(Wrong {
            tag,
            reason: 6,
            text: "expected a price in decimals, no finer than the quote asset",
        })?;
        if money % self.quote_per_tick != 0 {
            return Err(incorrect(tag, "the price lies between ticks"));
        }
        Ok(Price((money / self.quote_per_tick) as i64))
    }
}

/// The quantity of a decimal: whole lots.
///
/// # Errors
/// If it is none.
pub fn lots(tag: u32, text: &[u8]) -> Result<Quantity, Wrong> {
    let lots = plain_decimal(text, 0);
    lots.map(Quantity).ok_or(Wrong { tag, reason: 6, text: "expected a quantity of whole lots" })
}

/// A decimal without an exponent, of at most 30 characters.
fn plain_decimal(text: &[u8], decimals: u32) -> Option<u64> {
    let is_plain = text.len() <= 30 && text.iter().all(|&byte| byte.is_ascii_digit() || byte == b'.');
    if is_plain { decimal(text, decimals).filter(|&value| i64::try_from(value).is_ok()) } else { None }
}

/// A byte of a name, as a message can have it.
fn plain(byte: u8) -> u8 {
    if byte.is_ascii_control() { b'?' } else { byte }
}
