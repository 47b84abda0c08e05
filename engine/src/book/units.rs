//! What a book counts in: ids, prices, quantities and nanoseconds, each a type of its own.
//!
//! Prices and quantities are integers, of the smallest units of price and quantity that an instrument knows; what those are worth
//! is known outside. The rules of a book may allow only multiples: ticks and lots ([`super::Rules`]). All ranges are checked once, when a command enters ([`Price::is_valid`], [`Quantity::is_valid`]).

use std::fmt;

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The engine's id of one order, given when it is accepted and never given again: a slot of the order pool in the
/// low 32 bits, and in the high bits how often that slot was used before. Zero is no order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(transparent)]
#[serde(transparent)]
pub struct OrderId(pub u64);

/// FIX `ClOrdID`: the client's own id of an order. Zero is a client that gives none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(transparent)]
#[serde(transparent)]
pub struct ClientOrderId(pub u64);

/// FIX `Account`. Zero is nobody in particular: never a self-trade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(transparent)]
#[serde(transparent)]
pub struct AccountId(pub u32);

/// Orders to be cancelled together when their session is lost. Zero is no group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(transparent)]
#[serde(transparent)]
pub struct GroupId(pub u32);

/// FIX `TrdMatchID`: the sequence number of the first of a trade's two reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(transparent)]
#[serde(transparent)]
pub struct MatchId(pub u64);

/// A price in ticks; it may be negative, as a spread's can be. In JSON a price that is none is `null`; it is never left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(from = "Option<i64>"))]
#[repr(transparent)]
#[serde(into = "Option<i64>")]
pub struct Price(pub i64);

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not as an `Option`, since serde takes one of those that is left out for none.
        deserializer.deserialize_any(PriceVisitor)
    }
}

struct PriceVisitor;

impl Visitor<'_> for PriceVisitor {
    type Value = Price;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number of ticks, or null")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Price, E> {
        Ok(Price::NONE)
    }

    fn visit_i64<E: de::Error>(self, price: i64) -> Result<Price, E> {
        Ok(Price(price))
    }

    fn visit_u64<E: de::Error>(self, price: u64) -> Result<Price, E> {
        i64::try_from(price).map(Price).map_err(|_| E::invalid_value(Unexpected::Unsigned(price), &self))
    }
}

impl From<Price> for Option<i64> {
    fn from(price: Price) -> Self {
        (price != Price::NONE).then_some(price.0)
    }
}

impl Price {
    /// The largest price an order may name; the least is its negative.
    pub const MAX: Price = Price(1 << 60);
    /// In a report: no price, as a market order has.
    pub const NONE: Price = Price(i64::MIN);

    /// Whether an order may name this price.
    #[inline]
    pub fn is_valid(self) -> bool {
        self.0.unsigned_abs() <= Self::MAX.0.unsigned_abs()
    }
}

/// The most parts that an iceberg may be shown in: each is a trade and two reports of the order that sweeps it, and one
/// command is not to make billions of them.
pub const MAX_PARTS: u64 = 10_000;

/// A quantity, in the units that the book counts. In a market of a realm they are lots, of `base_per_lot` of the base's smallest units each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(transparent)]
#[serde(transparent)]
pub struct Quantity(pub u64);

impl Quantity {
    /// Nothing.
    pub const ZERO: Quantity = Quantity(0);
    /// The largest quantity of one order: 2^40 - 1 units.
    pub const MAX: Quantity = Quantity((1 << 40) - 1);

    /// Whether an order may be of this quantity.
    #[inline]
    pub fn is_valid(self) -> bool {
        self.0 != 0 && self.0 <= Self::MAX.0
    }
}

/// The most units that can be open on one side of a book: the sum of a level, of an auction's demand or supply, and the
/// difference of the two fit 64 bits with a sign.
pub const MAX_OPEN: Quantity = Quantity(1 << 62);

// Prices are worked out from at most two prices that orders name, an offset no larger than a quantity, and one step of the tick table
// no larger than the largest price: of that, nothing overflows. What comes out beyond the largest price is not traded at.
const _: () = assert!(3 * Price::MAX.0 as i128 + Quantity::MAX.0 as i128 <= i64::MAX as i128);

/// A moment, in nanoseconds since whatever the log counts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(transparent)]
#[serde(transparent)]
pub struct Time(pub u64);

/// FIX `Side`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(u8)]
pub enum Side {
    /// Gives money, wants the instrument; a resting one is a bid.
    Buy = 0,
    /// Gives the instrument, wants money; a resting one is an offer, or ask.
    Sell = 1,
}

impl Side {
    /// The other side.
    #[inline]
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }

    /// A price through the side's sign, negated to sell, or back.
    #[inline]
    pub(super) fn signed(self, price: i64) -> i64 {
        match self {
            Side::Buy => price,
            Side::Sell => -price,
        }
    }
}
