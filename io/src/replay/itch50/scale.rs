//! Prices and sizes as ITCH 5.0 has them: four decimals and whole shares, in 32 bits each. Nothing is rounded: what does
//! not fit is told, of a whole instrument before anything is written.

use std::io;

use bartizan_engine::book::{Price, Quantity};

use crate::amount::short_decimal;
use crate::replay::grid::Grid;
use crate::replay::survey::Symbol;
use crate::replay::venue::Venue;

/// Decimals of a price in ITCH.
const DECIMALS: u32 = 4;

/// What a book's ticks and lots are in ITCH's units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// A tick and a lot in the units of the venue.
    pub grid: Grid,
    /// Decimals of a price in those.
    pub price_decimals: u32,
    /// Decimals of a size in those.
    pub quantity_decimals: u32,
}

impl Scale {
    /// The scale of an instrument.
    ///
    /// # Errors
    /// Why it cannot be written, if its prices or sizes do not fit.
    pub fn of(symbol: &Symbol, venue: &Venue) -> Result<Self, String> {
        let (price_decimals, quantity_decimals) = (venue.price_decimals, venue.quantity_decimals);
        let scale = Scale { grid: symbol.grid(), price_decimals, quantity_decimals };
        if symbol.lot > 0 && scale.whole(symbol.lot).is_none() {
            let step = short_decimal(symbol.lot, quantity_decimals);
            return Err(format!("its sizes are in steps of {step}, and ITCH 5.0 has whole shares"));
        }
        if symbol.tick > 0 && scale.ten_thousandths(symbol.tick).is_none() {
            let step = short_decimal(symbol.tick, price_decimals);
            return Err(format!("its prices are in steps of {step}, and ITCH 5.0 has four decimals"));
        }
        if scale.shares(symbol.largest_size).is_none() {
            let most = short_decimal(symbol.largest_size, quantity_decimals);
            return Err(format!("its largest order is of {most}, and ITCH 5.0 has at most {}", u32::MAX));
        }
        for price in symbol.prices.into_iter().flat_map(|(low, high)| [low, high]) {
            if scale.price(price).is_none() {
                let most = short_decimal(u32::MAX, DECIMALS);
                return Err(format!(
                    "it has a price of {}, and ITCH 5.0 goes from 0 to {most} in four decimals",
                    short_decimal(price, price_decimals)
                ));
            }
        }
        Ok(scale)
    }

    /// A price in ITCH's units, if it is a whole number of them.
    fn ten_thousandths(self, price: i64) -> Option<i128> {
        let scaled = i128::from(price) * 10i128.pow(DECIMALS);
        let unit = 10i128.pow(self.price_decimals);
        (scaled % unit == 0).then_some(scaled / unit)
    }

    fn price(self, price: i64) -> Option<u32> {
        self.ten_thousandths(price).and_then(|price| u32::try_from(price).ok())
    }

    fn whole(self, size: u64) -> Option<u64> {
        let unit = 10u64.pow(self.quantity_decimals);
        size.is_multiple_of(unit).then_some(size / unit)
    }

    fn shares(self, size: u64) -> Option<u32> {
        self.whole(size).and_then(|shares| u32::try_from(shares).ok())
    }

    /// A price of the venue in ITCH's units.
    pub(super) fn price_of(self, price: i64) -> io::Result<u32> {
        self.price(price)
            .ok_or_else(|| unfit(&format!("a price of {}", short_decimal(price, self.price_decimals))))
    }

    /// A size of the venue in shares.
    pub(super) fn shares_of(self, size: u64) -> io::Result<u32> {
        self.shares(size)
            .ok_or_else(|| unfit(&format!("a size of {}", short_decimal(size, self.quantity_decimals))))
    }

    /// A price of the book.
    pub(super) fn ticks(self, price: Price) -> io::Result<u32> {
        self.price_of(self.grid.price(price))
    }

    /// A quantity of the book.
    pub(super) fn lots(self, quantity: Quantity) -> io::Result<u32> {
        self.shares_of(self.grid.size(quantity))
    }

    /// A quantity of the book where ITCH has 64 bits for it.
    pub(super) fn total(self, quantity: Quantity) -> io::Result<u64> {
        self.whole(self.grid.size(quantity)).ok_or_else(|| unfit("a quantity that is no whole number"))
    }
}

/// That something does not fit.
pub(super) fn unfit(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("{what} does not fit ITCH 5.0 (prices of four decimals, whole shares, 32 bits)"),
    )
}

#[cfg(test)]
mod tests {
    use bartizan_engine::book::Side;

    use super::*;
    use crate::replay::survey::survey;
    use crate::replay::venue::Event;
    use crate::replay::{bitstamp, dbn};

    #[test]
    fn an_instrument_that_does_not_fit_is_told_of_before_anything_is_written() {
        for (venue, price, quantity, told) in [
            (&dbn::VENUE, 4_800_250_000_000, 3, ""),
            (
                &dbn::VENUE,
                4_800_250_050_000,
                3,
                "its prices are in steps of 4800.25005, and ITCH 5.0 has four",
            ),
            (
                &dbn::VENUE,
                -250_000_000,
                3,
                "it has a price of -0.25, and ITCH 5.0 goes from 0 to 429496.7295",
            ),
            (
                &dbn::VENUE,
                1_000_000_000,
                1 << 32,
                "its largest order is of 4294967296, and ITCH 5.0 has at most",
            ),
            (&dbn::VENUE, 500_000_000_000_000, 1, "it has a price of 500000, and ITCH 5.0 goes"),
            (&bitstamp::VENUE, 100_000_000, 200_000_000, ""),
            (
                &bitstamp::VENUE,
                100_000_000,
                50_000_000,
                "its sizes are in steps of 0.5, and ITCH 5.0 has whole",
            ),
        ] {
            let mut symbol =
                survey(&bitstamp::VENUE, b"id,timestamp,exchange_timestamp,price,volume,action,direction")
                    .unwrap()
                    .choose(None)
                    .unwrap();
            symbol.fit(&Event::Add { order: 1, side: Side::Buy, price, quantity });
            let found = Scale::of(&symbol, venue).err().unwrap_or_default();
            assert!(found.starts_with(told) && found.is_empty() == told.is_empty(), "{found}");
        }
    }
}
