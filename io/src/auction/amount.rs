//! Decimal amounts of any size that files have, and the unit in which all amounts of an asset are counted.

use bartizan_solver::auction::MAX_TOTAL;

use crate::amount::decimal;

/// The most digits of an amount.
const MOST_DIGITS: usize = 36;

/// The most digits behind the point.
const MOST_DECIMALS: usize = 18;

/// An amount as written: digits, of which so many stand behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    digits: u128,
    behind: i32,
}

impl Amount {
    /// Reads a decimal number above 0.
    ///
    /// # Errors
    /// What was expected.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let part = part.trim_end_matches('0');
        if text.starts_with('-') {
            return Err("an amount above 0");
        }
        if whole.is_empty() || !whole.bytes().chain(part.bytes()).all(|digit| digit.is_ascii_digit()) {
            return Err("an amount as a decimal number");
        }
        if part.len() > MOST_DECIMALS {
            return Err("an amount with at most 18 digits behind the point");
        }
        if whole.len() + part.len() > MOST_DIGITS {
            return Err("an amount of at most 36 digits");
        }
        let digits = format!("{whole}{part}").parse().map_err(|_| "an amount of at most 36 digits")?;
        if digits == 0 {
            return Err("an amount above 0");
        }
        Ok(Amount { digits, behind: part.len() as i32 })
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

    fn value(self) -> f64 {
        self.digits as f64 * 10_f64.powi(-self.behind)
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
    /// A unit in which all that is offered of an asset and asked for can be counted.
    pub fn of(
        offered: impl Iterator<Item = Amount> + Clone,
        asked: impl Iterator<Item = Amount> + Clone,
    ) -> Self {
        let wanted = offered.clone().chain(asked.clone()).map(|amount| amount.behind).max().unwrap_or(0);
        let total: f64 = offered.map(Amount::value).sum();
        let most = asked.map(Amount::value).fold(total, f64::max);
        let mut decimals = wanted;
        // Half of what there is room for, since rounding may add a little.
        while most * 10_f64.powi(decimals) > (MAX_TOTAL / 2) as f64 {
            decimals -= 1;
        }
        Unit { decimals, dropped: wanted - decimals }
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

    #[test]
    fn amounts_keep_the_digits_that_fit() {
        let read = |text| Amount::read(text).unwrap();
        let unit = Unit::of([read("1.50"), read("2.25")].into_iter(), std::iter::empty());
        assert_eq!(unit, Unit { decimals: 2, dropped: 0 });
        assert_eq!((unit.offered(read("1.5")), unit.asked(read("0.001"))), (150, 1));
        let large = read("400000000000000000000");
        let unit = Unit::of([large].into_iter(), [read("7")].into_iter());
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
