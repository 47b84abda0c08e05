//! Numbers as people write them, and texts cut to the room there is.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A count with its digits in groups of three.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An amount of money, whose last `decimals` digits stand behind the decimal point.
pub(crate) fn money(amount: i64, decimals: u8) -> String {
    let unit = 10_u64.pow(decimals.into());
    let sign = if amount < 0 { "-" } else { "" };
    let whole = grouped((amount.unsigned_abs() / unit) as usize);
    if decimals == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{:0width$}", amount.unsigned_abs() % unit, width = decimals.into())
}

/// 1st, 2nd, 3rd, 4th.
pub(super) fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// The text cut to a number of columns of a terminal, with a mark where it was cut. Control
/// characters, which could move a cursor, become spaces.
pub(crate) fn shortened(text: &str, columns: usize) -> String {
    let text: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    if text.width() <= columns {
        return text;
    }
    let mut used = 1;
    let fits = |char: &char| {
        used += char.width().unwrap_or(0);
        used <= columns
    };
    let cut: String = text.chars().take_while(fits).collect();
    cut.trim_end().to_owned() + "\u{2026}"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_as_people_tell_them() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal),
            ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]
        );
    }

    #[test]
    fn money_is_told_in_its_own_unit() {
        assert_eq!([0, 30, 3_000].map(|amount| money(amount, 0)), ["0", "30", "3,000"]);
        let told = [0, 5, 550, 5_275, 612_025, -5_275].map(|amount| money(amount, 2));
        assert_eq!(told, ["0.00", "0.05", "5.50", "52.75", "6,120.25", "-52.75"]);
        assert_eq!(money(i64::MIN, 9), "-9,223,372,036.854775808");
    }

    #[test]
    fn long_texts_are_cut_by_columns() {
        assert_eq!(shortened("Catan", 5), "Catan");
        assert_eq!(shortened("\u{6c34}\u{6c34}\u{6c34}\u{6c34}", 5), "\u{6c34}\u{6c34}\u{2026}");
        assert_eq!(shortened("a bc", 3), "a\u{2026}");
        assert_eq!(shortened("\u{1b}[2J", 9), " [2J");
    }
}
