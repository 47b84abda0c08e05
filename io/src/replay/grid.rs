//! What a tick and a lot of our book are in the units of a venue: the coarsest that a file's prices and sizes allow, so
//! that what is fine at the venue (eight decimals) is small in the book, whose quantities have 40 bits.

use bartizan_engine::book::{Price, Quantity};

/// The steps of prices and of sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The venue's price units of a tick, at least 1.
    pub tick: i64,
    /// The venue's quantity units of a lot, at least 1.
    pub lot: u64,
}

impl Default for Grid {
    /// The venue's own units.
    fn default() -> Self {
        Grid { tick: 1, lot: 1 }
    }
}

impl Grid {
    /// A price of the venue in ticks; one that is no whole number of them is rounded towards zero.
    #[inline]
    pub fn ticks(self, price: i64) -> Price {
        Price(price / self.tick)
    }

    /// A size of the venue in lots, rounded down.
    #[inline]
    pub fn lots(self, size: u64) -> u64 {
        // Most files have lots of one unit, and a division costs more than to ask.
        if self.lot == 1 { size } else { size / self.lot }
    }

    /// A price of our book in the venue's units.
    #[inline]
    pub fn price(self, ticks: Price) -> i64 {
        ticks.0.saturating_mul(self.tick)
    }

    /// A quantity of our book in the venue's units.
    #[inline]
    pub fn size(self, lots: Quantity) -> u64 {
        lots.0.saturating_mul(self.lot)
    }

    /// The largest size of one order that the book holds, in the venue's units.
    pub fn largest_size(self) -> u64 {
        self.size(Quantity::MAX)
    }
}

/// The greatest common divisor; of zero and another, that other.
pub(super) fn greatest_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_of_a_files_steps_loses_nothing() {
        let sizes = [150_000_000, 25_000_000, 0, 2_500_000_000_000_000];
        let prices = [5_853_300i64, 5_853_250, -150];
        let lot = sizes.into_iter().fold(0, greatest_divisor);
        let tick = prices.into_iter().fold(0, |tick, price| greatest_divisor(tick, price.unsigned_abs()));
        assert_eq!((tick, lot), (50, 25_000_000));
        let grid = Grid { tick: tick as i64, lot };
        assert!(prices.iter().all(|&price| grid.price(grid.ticks(price)) == price));
        assert!(sizes.iter().all(|&size| grid.size(Quantity(grid.lots(size))) == size));
        // Of eight decimals this size is more than the book holds; of a quarter it is not.
        assert!(Grid::default().largest_size() < sizes[3] && sizes[3] < grid.largest_size());
    }
}
