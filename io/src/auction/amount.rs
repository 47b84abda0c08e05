//! Decimal amounts of any size that files have, and the unit in which all amounts of an asset are counted.

use std::cmp::Ordering;
use std::fmt;

use bartizan_solver::auction::MAX_TOTAL;

use crate::amount::{decimal, split};

/// The most digits of an amount.
const MOST_DIGITS: usize = 36;

/// The most digits behind the point.
const MOST_DECIMALS: usize = 18;

/// An amount: digits, of which so many stand behind the point, without zeros at the end there; and how many stand there as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    digits: u128,
    behind: i32,
    written: i32,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Amount { digits: 0, behind: 0, written: 0 };

    /// Reads a decimal number above 0.
    ///
    /// # Errors
    /// What was expected.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        match Self::read_from_zero(text)? {
            Amount { digits: 0, .. } => Err("an amount above 0"),
            amount => Ok(amount),
        }
    }

    /// Reads a decimal number that may be 0.
    ///
    /// # Errors
    /// What was expected.
    pub fn read_from_zero(text: &str) -> Result<Self, &'static str> {
        if text.starts_with('-') {
            return Err("an amount above 0");
        }
        let (whole, part, written) = split(text, MOST_DECIMALS).ok_or("an amount as a decimal number")?;
        if part.len() > MOST_DECIMALS {
            return Err("an amount with at most 18 digits behind the point");
        }
        if whole.len() + part.len() > MOST_DIGITS {
            return Err("an amount of at most 36 digits");
        }
        let digits = format!("{whole}{part}").parse().map_err(|_| "an amount of at most 36 digits")?;
        Ok(Amount { digits, behind: part.len() as i32, written: written as i32 })
    }

    /// Reads a number that may be 0 as JSON writes it: it may have an exponent.
    ///
    /// # Errors
    /// What was expected.
    pub fn read_number(text: &str) -> Result<Self, &'static str> {
        let Some((number, exponent)) = text.split_once(['e', 'E']) else { return Self::read_from_zero(text) };
        let exponent: i32 = exponent.parse().map_err(|_| "an amount as a decimal number")?;
        if number.starts_with('-') || exponent.unsigned_abs() as usize > MOST_DIGITS {
            return Err(if number.starts_with('-') {
                "an amount above 0"
            } else {
                "an amount of at most 36 digits"
            });
        }
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{part}");
        let point = whole.len() as i32 + exponent;
        let moved = if point <= 0 {
            format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
        } else {
            let digits = format!("{digits:0<width$}", width = point as usize);
            let (whole, part) = digits.split_at(point as usize);
            format!("{whole}.{part}")
        };
        Self::read_from_zero(&moved)
    }

    /// As a number of units of which `decimals` digits stand behind the point; below 0: of so many tens. What is less than a unit is dropped, or
    /// counts as one if `up`.
    fn in_units(self, decimals: i32, up: bool) -> u64 {
        let more = decimals - self.behind;
        let units = if more >= 0 {
            self.digits.saturating_mul(10_u128.saturating_pow(more.unsigned_abs()))
        } else {
            let unit = 10_u128.saturating_pow(more.unsigned_abs());
            if up { self.digits.div_ceil(unit) } else { self.digits / unit }
        };
        u64::try_from(units).unwrap_or(u64::MAX)
    }

    /// About how much it is.
    pub fn value(self) -> f64 {
        self.digits as f64 * 10_f64.powi(-self.behind)
    }

    /// How many digits stand behind its point.
    pub fn decimals(self) -> i32 {
        self.behind
    }

    /// How many digits stand behind its point as it is written: of `35.00` two.
    pub fn written(self) -> i32 {
        self.written
    }

    /// So many digits more stand behind its point.
    #[must_use]
    pub fn moved(self, by: i32) -> Self {
        Amount { behind: self.behind + by, ..self }
    }

    /// Whether it is a whole number of units of which `decimals` digits stand behind the point; below 0: of so many tens.
    pub fn fits(self, decimals: i32) -> bool {
        let more = (self.behind - decimals).max(0).unsigned_abs();
        more == 0 || 10_u128.checked_pow(more).is_some_and(|unit| self.digits.is_multiple_of(unit))
    }

    /// What stands before the point and behind it.
    fn parts(self) -> (u128, u128) {
        let power = |digits: i32| 10_u128.pow(digits.unsigned_abs());
        let one = power(self.behind);
        (self.digits / one, self.digits % one * power(MOST_DECIMALS as i32 - self.behind))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = i128::try_from(self.digits).expect("36 digits fit");
        formatter.write_str(&decimal(digits, self.behind.unsigned_abs()))
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Amount {}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

/// How the amounts of an asset are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// How many digits stand behind the point; below 0: how many before it are dropped.
    pub decimals: i32,
    /// How many digits that the file has are dropped, since amounts so large cannot be counted with them.
    pub dropped: i32,
}

impl Unit {
    /// A unit in which `total` can be counted: with `wanted` digits behind the point, or as many of them as there is room for; `needed` are those of its
    /// amounts without zeros at the end.
    pub fn of(total: f64, wanted: i32, needed: i32) -> Self {
        let mut decimals = wanted;
        // Half of what there is room for, since rounding may add a little.
        while total * 10_f64.powi(decimals) > (MAX_TOTAL / 2) as f64 {
            decimals -= 1;
        }
        Unit { decimals, dropped: (needed - decimals).max(0) }
    }

    /// What is offered, rounded down.
    pub fn offered(self, amount: Amount) -> u64 {
        amount.in_units(self.decimals, false)
    }

    /// What is asked for, rounded up.
    pub fn asked(self, amount: Amount) -> u64 {
        amount.in_units(self.decimals, true)
    }
}

/// Two amounts of different assets that stand for each other, such as what is sold and what is asked for it, each with its unit.
pub type Side = (Amount, Unit);

/// What `part`, in units of the first side, comes to on the other in the same proportion, reckoned with all digits: rounded up if `up`, down otherwise, and the
/// greatest number where it is more than can be counted.
///
/// # Panics
/// If the first side's amount is nothing.
pub fn in_proportion(part: u64, of: Side, to: Side, up: bool) -> u64 {
    let mut digits = product(part, to.0.digits);
    let tens = to.1.decimals - of.1.decimals + of.0.behind - to.0.behind;
    let behind = if tens < 0 { tens.unsigned_abs() as usize } else { 0 };
    digits.extend(std::iter::repeat_n(b'0', tens.max(0).unsigned_abs() as usize));
    // Long division; ten times a remainder is of 37 digits, which fit.
    let (counted, dropped) = digits.split_at(digits.len().saturating_sub(behind));
    let (mut units, mut left) = (0_u64, 0);
    for digit in counted {
        let over = left * 10 + u128::from(digit - b'0');
        let next = u64::try_from(over / of.0.digits)
            .expect("a remainder is less than what divides, so this is a digit");
        units = units.saturating_mul(10).saturating_add(next);
        left = over % of.0.digits;
    }
    let is_exact = left == 0 && dropped.iter().all(|&digit| digit == b'0');
    units.saturating_add(u64::from(up && !is_exact))
}

/// The digits of a product, which may be more than fit into 128 bits.
fn product(one: u64, other: u128) -> Vec<u8> {
    const HALF: u128 = 10_u128.pow(18);
    let [low, high] = [other % HALF, other / HALF].map(|half| u128::from(one) * half);
    format!("{}{:018}", high + low / HALF, low % HALF).into_bytes()
}

/// A number of units as people write it.
pub fn shown(units: u64, decimals: i32) -> String {
    if decimals <= 0 {
        let zeros = if units == 0 { 0 } else { decimals.unsigned_abs() as usize };
        return format!("{units}{}", "0".repeat(zeros));
    }
    decimal(units, decimals.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Amount {
        Amount::read(text).unwrap()
    }

    #[test]
    fn amounts_keep_the_digits_that_fit() {
        let unit = Unit::of(3.75, 2, 2);
        assert_eq!(unit, Unit { decimals: 2, dropped: 0 });
        assert_eq!((unit.offered(read("1.5")), unit.asked(read("0.001"))), (150, 1));
        let large = read("400000000000000000000");
        let unit = Unit::of(large.value(), 0, 0);
        assert!(
            unit.decimals < 0
                && unit.offered(large) <= MAX_TOTAL / 2
                && unit.offered(large) >= MAX_TOTAL / 20
        );
        assert_eq!((unit.asked(read("7")), unit.offered(read("7"))), (1, 0), "nobody loses by rounding");
        assert_eq!(shown(unit.offered(large), unit.decimals), "400000000000000000000");
        assert_eq!((shown(5, 2), shown(1234, 2), shown(0, -3)), ("0.05".into(), "12.34".into(), "0".into()));
    }

    #[test]
    fn zeros_that_are_written_make_units_but_no_other_amount() {
        let (written, short) = (read("35.00"), read("35"));
        assert_eq!((written, written.decimals(), written.written()), (short, 0, 2));
        assert_eq!((short.written(), read("1.500").written(), read("1.500").decimals()), (0, 3, 1));
        assert_eq!(read("1.0000000000000000000").written(), 18, "no more are counted");
        assert!(written.fits(0) && written.fits(2) && !written.fits(-1) && read("30").fits(-1));
        assert!(read("1.25").fits(2) && !read("1.25").fits(1) && !read("1.25").fits(-38));
        assert_eq!((written.to_string(), read("0.250").to_string()), ("35".into(), "0.25".into()));
        // Zeros are given up for room, and that is nothing to tell.
        assert_eq!(Unit::of(1e9, 18, 1), Unit { decimals: 7, dropped: 0 });
        assert_eq!(Unit::of(1e9, 18, 9), Unit { decimals: 7, dropped: 2 });
    }

    #[test]
    fn amounts_are_in_order() {
        let rising =
            ["0.000000000000000001", "0.5", "0.51", "2", "10", "100000000000000000000000000000000000"];
        assert!(rising.map(read).is_sorted_by(|one, other| one < other));
        assert_eq!(read("1.50").cmp(&read("1.5")), Ordering::Equal);
    }

    #[test]
    fn numbers_of_json_may_have_an_exponent() {
        for (number, same) in [
            ("1e3", "1000"),
            ("1.5E+1", "15"),
            ("12.75e-1", "1.275"),
            ("25e-4", "0.0025"),
            ("18446744073709551617", "18446744073709551617"),
        ] {
            assert_eq!(Amount::read_number(number), Ok(read(same)), "{number}");
        }
        for number in ["-1e3", "1e99", "1e-30", "1e99999999999"] {
            assert!(Amount::read_number(number).is_err(), "{number}");
        }
    }

    #[test]
    fn a_part_stands_for_as_much_in_proportion() {
        let unit = |decimals| Unit { decimals, dropped: 0 };
        let sides =
            |sold, bought, places: [i32; 2]| ((read(sold), unit(places[0])), (read(bought), unit(places[1])));
        let (sold, bought) = sides("30", "10", [0, 0]);
        assert_eq!([true, false].map(|up| in_proportion(7, sold, bought, up)), [3, 2]);
        let (sold, bought) = sides("1.5", "0.001", [1, 6]);
        assert_eq!([true, false].map(|up| in_proportion(15, sold, bought, up)), [1_000, 1_000]);
        let (sold, bought) =
            sides("340282366920938463463374607431768211", "170141183460469231731687303715884105", [0, 0]);
        assert_eq!(
            [true, false].map(|up| in_proportion(1 << 55, sold, bought, up)),
            [1 << 54, (1 << 54) - 1],
            "half of it is a half less: no digit is lost"
        );
        let (sold, bought) = sides("0.000000000000000001", "100000000000000000000000000000000000", [18, 0]);
        assert_eq!(in_proportion(1, sold, bought, true), u64::MAX, "it is more than can be counted");
        assert_eq!(in_proportion(1, bought, sold, true), 1);
        assert_eq!(in_proportion(1, bought, sold, false), 0);
        let (sold, bought) = sides("3", "999999999999999999999999999999999999", [0, -20]);
        let third = [true, false].map(|up| in_proportion(1, sold, bought, up));
        assert_eq!(third, [3_333_333_333_333_334, 3_333_333_333_333_333], "what is dropped counts");
    }

    #[test]
    fn what_is_no_amount_is_told() {
        for (text, told) in [
            ("0", "above 0"),
            ("-1", "above 0"),
            ("0.000", "above 0"),
            ("", "decimal number"),
            ("1e3", "decimal number"),
            ("1.2.3", "decimal number"),
            ("0.1234567890123456789", "18 digits behind"),
            ("1234567890123456789012345678901234567", "36 digits"),
        ] {
            let found = Amount::read(text).unwrap_err();
            assert!(found.contains(told), "{text}: {found}");
        }
    }
}
