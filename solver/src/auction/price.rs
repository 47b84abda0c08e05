//! Exact arithmetic with prices, which are binary floating-point numbers: what amounts are worth in whole units of value, and what is got for them.

use super::offers::MAX_TOTAL;

/// A value has at most so many bits, so that those of a million pairs add up.
pub(super) const VALUE_BITS: i32 = 104;

/// How far a mantissa of 53 bits can be moved up with an amount to be multiplied by, or down with one to be divided by.
const FARTHEST: i32 = 72;

/// A positive number as a mantissa of at most 53 bits, and the power of two that it is multiplied by.
fn parts(price: f64) -> (i128, i32) {
    let bits = price.to_bits();
    let [exponent, fraction] = [bits >> 52, bits & ((1 << 52) - 1)];
    match exponent {
        0 => (i128::from(fraction), -1074),
        _ => (i128::from(fraction | 1 << 52), exponent as i32 - 1075),
    }
}

/// What amounts are worth at one price, in units of value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth {
    mantissa: i128,
    exponent: i32,
}

impl Worth {
    /// At this price, in units of `2^-shift`. No more may be asked of it than what is worth 2^[`VALUE_BITS`] of them.
    pub(super) fn new(price: f64, shift: i32) -> Self {
        let (mantissa, exponent) = parts(price);
        Worth { mantissa, exponent: exponent + shift }
    }

    /// What so much is worth, rounded down. An asset of which all there can be is worth next to nothing of a unit is worth nothing.
    pub(super) fn of(self, amount: i64) -> i128 {
        let product = self.mantissa * i128::from(amount);
        match self.exponent {
            up @ 0.. => product << up,
            down if down >= -FARTHEST => product >> -down,
            _ => 0,
        }
    }

    /// The least amount that is worth as much.
    pub(super) fn amount(self, value: i128) -> i64 {
        let (mantissa, exponent) = (self.mantissa, self.exponent);
        let amount = match exponent {
            up @ 0.. => value.unsigned_abs().div_ceil((mantissa << up).unsigned_abs()),
            down if down >= -FARTHEST => {
                let whole = ((value / mantissa) << -down).unsigned_abs();
                whole + ((value % mantissa) << -down).unsigned_abs().div_ceil(mantissa.unsigned_abs())
            }
            _ => 0,
        };
        i64::try_from(amount).unwrap_or(i64::MAX)
    }
}

/// How much of one asset is as much as a unit of another: exactly, what is sold times `up`, divided by `down`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    up: i128,
    down: i128,
    ratio: f64,
}

/// Limits and rates that differ by less than this share are the same: prices may be off by as much.
pub(super) const SAME: f64 = 1.0 / (1_u64 << 44) as f64;

/// What lacks no more of a unit than 2 to the power of minus this may be rounded up.
const ROUNDED_UP: u32 = 7;

/// What is much more than there is of anything.
const TOO_MUCH: u64 = 4 * MAX_TOTAL;

impl Rate {
    /// The rate of an asset of one price to one of another.
    pub(super) fn new(sold: f64, bought: f64) -> Self {
        let ((up, sold_exponent), (down, bought_exponent)) = (parts(sold), parts(bought));
        let exponent = sold_exponent - bought_exponent;
        Rate {
            up: up << exponent.clamp(0, FARTHEST),
            down: down << (-exponent).clamp(0, FARTHEST),
            ratio: sold / bought,
        }
    }

    /// What is got for so much, rounded down, or [`TOO_MUCH`]. Prices are not exact themselves: what lacks of the next unit is given where that is no
    /// more than they may be off, and no more than a hundredth or so of a unit.
    pub(super) fn of(self, amount: u64) -> u64 {
        let guess = amount as f64 * self.ratio;
        if guess >= TOO_MUCH as f64 {
            return TOO_MUCH;
        }
        let mut got = guess as u64;
        let mut rest = i128::from(amount) * self.up - i128::from(got) * self.down;
        while rest < 0 {
            got -= 1;
            rest += self.down;
        }
        while rest >= self.down {
            got += 1;
            rest -= self.down;
        }
        let lacks = self.down - rest;
        let is_next = lacks <= self.down >> ROUNDED_UP && lacks as f64 <= SAME * guess * self.down as f64;
        got + u64::from(is_next)
    }

    /// What so much costs, rounded up in the same way, at the inverse of this rate.
    pub(super) fn cost(self, got: u64) -> u64 {
        let inverse = Rate { up: self.down, down: self.up, ratio: 1.0 / self.ratio };
        let cost = inverse.of(got);
        cost + u64::from(self.of(cost) < got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_exact() {
        for (sold, bought) in
            [(7_u64, 10_u64), (10, 7), (1 << 50, 3), (3, 1 << 50), ((1 << 52) + 1, (1 << 52) - 1)]
        {
            // The same rate, however dear both are.
            for scale in [1.0, 2_f64.powi(-300), 2_f64.powi(400)] {
                let rate = Rate::new(sold as f64 * scale, bought as f64 * scale);
                for amount in [0, 1, 2, 9, 10, 1 << 20, (1 << 56) - 1] {
                    let exact = u128::from(amount) * u128::from(sold) / u128::from(bought);
                    if exact < u128::from(MAX_TOTAL) {
                        let got = u128::from(rate.of(amount));
                        let rest = u128::from(amount) * u128::from(sold) % u128::from(bought);
                        let is_near = (u128::from(bought) - rest) * 128 < u128::from(bought);
                        assert!(got == exact || got == exact + 1 && is_near, "{amount} at {sold}/{bought}");
                        assert!(rate.of(rate.cost(got as u64)) as u128 >= got, "{amount} at {sold}/{bought}");
                    }
                }
            }
        }
        assert_eq!((Rate::new(1e300, 1e-300).of(1), Rate::new(1e-300, 1e300).of(MAX_TOTAL)), (TOO_MUCH, 0));
    }

    #[test]
    fn an_amount_is_worth_what_it_is() {
        for (price, shift) in [(1.0, 40), (0.1, 50), (1e-9, 60), (3.7, 0), (1e12, -10)] {
            let worth = Worth::new(price, shift);
            for amount in [0, 1, 2, 1000, 123_456_789_012] {
                let value = worth.of(amount);
                let told = amount as f64 * price * 2_f64.powi(shift);
                assert!((value as f64 - told).abs() <= 1.0 + 1e-14 * told, "{amount} at {price}");
                assert_eq!(worth.amount(value), amount);
                assert_eq!(worth.amount(value + 1), amount + 1);
            }
        }
    }
}
