//! What is fixed about a book before it opens: ticks, lots, limits and what it tells.

use serde::{Deserialize, Serialize};

use super::units::{MAX_OPEN, Price, Quantity};

/// The rules of one book.
#[expect(clippy::struct_excessive_bools, reason = "four switches that have nothing to do with each other")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The prices that orders may name.
    pub ticks: TickTable,
    /// Every quantity is a multiple of this; at least 1.
    pub lot: Quantity,
    /// Most live orders at once, at most 2^31.
    pub max_orders: u32,
    /// Most units open on one side at once, those of hidden and waiting orders included; at most 2^62, so that no sum of
    /// quantities overflows.
    pub max_open: Quantity,
    /// Most parts in which the reserves of one side's icebergs are still to be shown: with `max_orders` this bounds what one command
    /// can bring about, for an order that sweeps a side is told of each.
    pub max_parts: u64,
    /// Orders to make room for at the start, so that nothing is allocated until there are more (if there is memory
    /// for them).
    pub expected_orders: u32,
    /// Recent trades that can be taken back.
    pub bustable_trades: u32,
    /// Whether a client id must be unique among its account's live orders, and finds its order
    /// ([`super::Book::find`]). Costs one hash lookup an order and 5 to 10 bytes.
    pub index_client_ids: bool,
    /// Whether to tell of single orders.
    pub l3: bool,
    /// Whether to tell of price levels.
    pub l2: bool,
    /// Whether to tell of the best bid and ask and of trades.
    pub l1: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            ticks: TickTable::default(),
            lot: Quantity(1),
            max_orders: 1 << 31,
            max_open: MAX_OPEN,
            max_parts: 1 << 20,
            expected_orders: 1 << 10,
            bustable_trades: 1 << 16,
            index_client_ids: true,
            l3: true,
            l2: true,
            l1: true,
        }
    }
}

/// The prices orders may name: from each band's first price on, multiples of its increment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<(Price, u64)>", into = "Vec<(Price, u64)>")]
pub struct TickTable {
    /// `(first price, increment)`, first prices rising; what is below the first band follows it too.
    bands: Vec<(Price, u64)>,
}

impl Default for TickTable {
    /// Every tick.
    fn default() -> Self {
        TickTable { bands: vec![(Price(0), 1)] }
    }
}

impl TryFrom<Vec<(Price, u64)>> for TickTable {
    type Error = &'static str;

    fn try_from(bands: Vec<(Price, u64)>) -> Result<Self, Self::Error> {
        TickTable::new(bands)
    }
}

impl From<TickTable> for Vec<(Price, u64)> {
    fn from(table: TickTable) -> Self {
        table.bands
    }
}

impl TickTable {
    /// A table of bands `(first price, increment)`.
    ///
    /// # Errors
    /// Without a band, with one whose increment is zero or does not divide the first price of the next, or when first
    /// prices do not rise.
    pub fn new(bands: Vec<(Price, u64)>) -> Result<Self, &'static str> {
        if bands.is_empty() {
            return Err("a tick table needs a band");
        }
        if bands
            .iter()
            .any(|&(first, increment)| !first.is_valid() || increment == 0 || increment > Price::MAX.0 as u64)
        {
            return Err("an increment is from 1 to the largest price");
        }
        for pair in bands.windows(2) {
            let ((first, increment), (next, finer)) = (pair[0], pair[1]);
            if next <= first {
                return Err("first prices must rise");
            }
            if next.0.rem_euclid(increment as i64) != 0 || next.0.rem_euclid(finer as i64) != 0 {
                return Err("a band must begin on a tick of the band before it and of its own");
            }
        }
        Ok(TickTable { bands })
    }

    /// Whether every price is on a tick.
    pub fn is_unit(&self) -> bool {
        self.bands.iter().all(|&(_, increment)| increment == 1)
    }

    /// The increment that holds at `price`.
    fn increment(&self, price: Price) -> i64 {
        let after = self.bands.partition_point(|&(first, _)| first <= price);
        self.bands[after.saturating_sub(1)].1 as i64
    }

    /// Whether orders may name `price`.
    pub fn contains(&self, price: Price) -> bool {
        price.0.rem_euclid(self.increment(price)) == 0
    }

    /// The highest tick at or below `price`.
    pub fn at_or_below(&self, price: Price) -> Price {
        Price(price.0 - price.0.rem_euclid(self.increment(price)))
    }

    /// The lowest tick at or above `price`.
    pub fn at_or_above(&self, price: Price) -> Price {
        if self.contains(price) { price } else { Price(self.at_or_below(price).0 + self.increment(price)) }
    }
}

/// The prices between which orders may be priced and trades may happen, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// The lowest.
    pub low: Price,
    /// The highest.
    pub high: Price,
}

impl Bands {
    /// Whether `price` is within.
    #[inline]
    pub fn contain(self, price: Price) -> bool {
        self.low <= price && price <= self.high
    }
}
