//! Amounts as people write them, and in the smallest unit of a file or asset: whole numbers of which so many digits stand behind the decimal point.

/// Most digits behind the decimal point.
const MOST_DECIMALS: usize = 9;

/// An amount from 0 on, as it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digits {
    /// Its digits as one number, without the zeros at the end behind the point.
    pub number: u64,
    /// How many of these stand behind the point.
    pub behind: u8,
    /// How many stand there as it is written, with zeros at the end.
    pub written: u8,
}

/// What stands before the point of an amount from 0 on and behind it, without zeros at the end; and how many digits stand behind it as it is written, of which
/// `most` count: who writes `35.00` says that there are hundredths. None if it is no decimal number.
pub fn split(text: &str, most: usize) -> Option<(&str, &str, usize)> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    let needed = part.trim_end_matches('0');
    let is_one = !whole.is_empty() && is_number(whole) && is_number(needed);
    is_one.then_some((whole, needed, part.len().min(most)))
}

/// The digits of an amount from 0 on.
///
/// # Errors
/// What was expected.
pub fn digits(text: &str) -> Result<Digits, &'static str> {
    let (whole, part, written) = split(text, MOST_DECIMALS).ok_or("as a decimal number")?;
    if part.len() > MOST_DECIMALS {
        return Err("with at most 9 digits behind the point");
    }
    let mut digits = whole.bytes().chain(part.bytes()).map(|digit| u64::from(digit - b'0'));
    let number = digits.try_fold(0_u64, |number, digit| number.checked_mul(10)?.checked_add(digit));
    let number = number.ok_or("of at most 18 digits")?;
    Ok(Digits { number, behind: part.len() as u8, written: written as u8 })
}

/// How many digits stand behind the point in the unit in which all of these are counted: as many as one of them is written with; of zeros at the end only
/// so many that no amount is above `most` units, nor all together above `most_together`.
pub fn decimals(all: &(impl Iterator<Item = Digits> + Clone), most: i64, most_together: i64) -> u8 {
    let needed = all.clone().map(|amount| amount.behind).max().unwrap_or(0);
    let written = all.clone().map(|amount| amount.written).max().unwrap_or(0);
    let fits = |decimals: &u8| {
        let mut together = 0_i128;
        all.clone().all(|amount| {
            let units = amount.units(*decimals);
            together += units;
            units <= i128::from(most) && together <= i128::from(most_together)
        })
    };
    (needed..=written).rev().find(fits).unwrap_or(needed)
}

impl Digits {
    /// In units of which so many digits, at least its own, stand behind the point.
    pub fn units(self, decimals: u8) -> i128 {
        i128::from(self.number) * 10_i128.pow(u32::from(decimals - self.behind))
    }
}

/// What is to be said beside a text that is no amount, if it is one with other marks: `1,234.50`, `1.234,50` or `1 234`.
pub fn hint(text: &str) -> &'static str {
    let is_mark = |letter: char| matches!(letter, ',' | '\'' | '_' | '\u{2019}') || letter.is_whitespace();
    let is_written = |letter: char| letter.is_ascii_digit() || letter == '.' || is_mark(letter);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits > 0 && text.contains(is_mark) && text.chars().all(is_written) {
        " (expected a point before what is less than a whole, and nothing between thousands: 1234.50)"
    } else if text.contains(['e', 'E']) && text.parse::<f64>().is_ok() {
        " (expected all its digits, without an exponent: programs that write one drop digits)"
    } else {
        ""
    }
}

/// An amount in units of which `decimals` digits stand behind the point; none if it is no amount, or has more decimals.
pub fn parse(text: &str, decimals: u8) -> Option<i64> {
    let digits = digits(text).ok().filter(|digits| digits.behind <= decimals)?;
    i64::try_from(digits.units(decimals)).ok()
}

/// `units` with all their digits behind the point: 5275 with 2 of them is `52.75`.
pub fn decimal(units: impl Into<i128>, decimals: impl Into<u32>) -> String {
    let (units, decimals) = (units.into(), decimals.into() as usize);
    let digits = format!("{:0width$}", units.unsigned_abs(), width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    let sign = if units < 0 { "-" } else { "" };
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{part}")
}

/// `units` without the zeros that [`decimal`] has at its end.
pub fn short_decimal(units: impl Into<i128>, decimals: impl Into<u32>) -> String {
    let decimals = decimals.into();
    let told = decimal(units, decimals);
    if decimals == 0 { told } else { told.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// A number with so many digits that count, without zeros at the end.
pub fn figure(value: f64, digits: u32) -> String {
    let size = value.abs();
    let most = digits.saturating_sub(1) as i32;
    let (told, power) = if size == 0.0 || (1e-6..1e15).contains(&size) {
        // Rounding may bring a digit more before the point.
        let behind = if size == 0.0 { 0 } else { (most - size.log10().floor() as i32).max(0) as usize };
        (format!("{value:.behind$}"), String::new())
    } else {
        let told = format!("{value:.width$e}", width = most as usize);
        told.split_once('e')
            .map_or((told.clone(), String::new()), |(told, power)| (told.into(), format!("e{power}")))
    };
    let short = if told.contains('.') { told.trim_end_matches('0').trim_end_matches('.') } else { &told };
    format!("{short}{power}")
}

/// A share of a whole, in percent.
pub fn percent(share: f64) -> String {
    format!("{}%", figure(share * 100.0, 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_stands_before_the_decimals() {
        for (units, decimals, told, short) in [
            (0, 0_u8, "0", "0"),
            (0, 2, "0.00", "0"),
            (5, 2, "0.05", "0.05"),
            (-5275, 2, "-52.75", "-52.75"),
            (7, 0, "7", "7"),
            (-1, 3, "-0.001", "-0.001"),
            (100, 2, "1.00", "1"),
            (1000, 0, "1000", "1000"),
            (5_853_300, 4, "585.3300", "585.33"),
        ] {
            assert_eq!(decimal(units, decimals), told);
            assert_eq!(short_decimal(units, decimals), short);
        }
    }

    #[test]
    fn amounts_are_counted_in_the_digits_they_are_written_with() {
        let of = |texts: &[&str], most| {
            let all: Vec<Digits> = texts.iter().map(|text| digits(text).unwrap()).collect();
            decimals(&all.iter().copied(), most, 10 * most)
        };
        assert_eq!(of(&["35.00", "7", "1.5"], 100_000), 2);
        assert_eq!(of(&["35.0", "7.125"], 100_000), 3);
        assert_eq!(of(&["35", "7"], 100_000), 0);
        assert_eq!(of(&["35.000000000000", "7"], i64::MAX / 10), 9, "no more are counted");
        assert_eq!(of(&["1250000.00000000", "7.5"], 100_000_000), 1, "zeros give way to size");
        assert_eq!(of(&["1.0"; 10], 10), 1);
        assert_eq!(of(&["1.0"; 11], 10), 0, "all together are too many tenths");
        assert_eq!(of(&["1.1"; 11], 10), 1, "digits that count stay");
        assert_eq!(of(&[], 10), 0);
    }

    #[test]
    fn figures_have_no_more_digits_than_count() {
        for (value, told) in [
            (0.0, "0"),
            (1.0, "1"),
            (-0.75, "-0.75"),
            (1.0 / 3.0, "0.333333"),
            (1_234_567.89, "1234568"),
            (99_999_999.0, "99999999"),
            (0.000_012_345_678, "0.0000123457"),
            (1.5e-9, "1.5e-9"),
            (1e20, "1e20"),
            (123.456_789, "123.457"),
            (100.0, "100"),
        ] {
            assert_eq!(figure(value, 6), told);
        }
        assert_eq!(["0.125", "1"].map(|share| percent(share.parse().unwrap())), ["12.5%", "100%"]);
        assert_eq!(percent(2.0 / 3.0), "66.67%");
    }

    #[test]
    fn other_marks_are_told() {
        for text in ["1,234.50", "1.234,50", "1 234", "1'234", "0,5", "1\u{a0}234"] {
            assert!(hint(text).contains("1234.50"), "{text}");
        }
        for text in ["1e3", "1.5E+06"] {
            assert!(hint(text).contains("without an exponent"), "{text}");
        }
        for text in ["1234.50", "", ",", "a,b", "e", "-1", "1.2.3"] {
            assert_eq!(hint(text), "", "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(
            (parse("52.75", 2), parse("52.750", 2), parse("52", 2)),
            (Some(5275), Some(5275), Some(5200))
        );
        for bad in ["", ".5", "-1", "1.255", "1e3", "99999999999999999999"] {
            assert_eq!(parse(bad, 2), None, "{bad}");
        }
    }
}
