//! Numbers out of comma-separated lines, byte by byte. Nothing allocates but an error.

use super::venue::{Place, ReplayError};

/// The fields of one line.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    text: &'a [u8],
    rest: Option<&'a [u8]>,
    line: u64,
}

impl<'a> Fields<'a> {
    /// The fields of `text`, which is line number `line`.
    pub fn new(text: &'a [u8], line: u64) -> Self {
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        Fields { text, rest: Some(text), line }
    }

    /// The next field.
    ///
    /// # Errors
    /// If the line is over; `what` says what was expected.
    #[inline]
    pub fn next(&mut self, what: &str) -> Result<&'a [u8], ReplayError> {
        let rest = self.rest.ok_or_else(|| self.error(what, &self.text[self.text.len()..]))?;
        // Fields are a few bytes long: a plain loop beats a vector search.
        if let Some(comma) = rest.iter().position(|&byte| byte == b',') {
            self.rest = Some(&rest[comma + 1..]);
            Ok(&rest[..comma])
        } else {
            self.rest = None;
            Ok(rest)
        }
    }

    /// The next field as a whole number.
    ///
    /// # Errors
    /// If it is none.
    #[inline]
    pub fn whole(&mut self, what: &str) -> Result<u64, ReplayError> {
        let field = self.next(what)?;
        whole(field).ok_or_else(|| self.error(what, field))
    }

    /// The next field as a whole number with a sign.
    ///
    /// # Errors
    /// If it is none.
    #[inline]
    pub fn signed(&mut self, what: &str) -> Result<i64, ReplayError> {
        let field = self.next(what)?;
        signed(field).ok_or_else(|| self.error(what, field))
    }

    /// The next field as a decimal, in units of `10^-decimals`.
    ///
    /// # Errors
    /// If it is none, or finer than that.
    #[inline]
    pub fn decimal(&mut self, decimals: u32, what: &str) -> Result<u64, ReplayError> {
        let field = self.next(what)?;
        decimal(field, decimals).ok_or_else(|| self.error(what, field))
    }

    /// The next field as a price in units of `10^-decimals`.
    ///
    /// # Errors
    /// If it is none, finer than that, or too large.
    #[inline]
    pub fn price(&mut self, decimals: u32, what: &str) -> Result<i64, ReplayError> {
        let field = self.next(what)?;
        let price = decimal(field, decimals).and_then(|price| i64::try_from(price).ok());
        price.ok_or_else(|| self.error(what, field))
    }

    /// The next field as a time in milliseconds, in nanoseconds.
    ///
    /// # Errors
    /// If it is none, or too late.
    #[inline]
    pub fn milliseconds(&mut self, what: &str) -> Result<u64, ReplayError> {
        let field = self.next(what)?;
        let time = whole(field).and_then(|time| time.checked_mul(1_000_000));
        time.ok_or_else(|| self.error(what, field))
    }

    /// An error about `found`, which is a part of this line.
    pub fn error(&self, expected: &str, found: &[u8]) -> ReplayError {
        // How far into the line a part of it begins, by address.
        let before = (found.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let column = before.min(self.text.len()) as u64 + 1;
        ReplayError {
            place: Place::Column(self.line, column),
            message: format!("expected {expected}, {}", found_instead(found)),
        }
    }

    /// That the line is over.
    ///
    /// # Errors
    /// If it is not.
    pub fn end(&self) -> Result<(), ReplayError> {
        self.rest.map_or(Ok(()), |rest| Err(self.error("the end of the line", rest)))
    }
}

/// Most bytes of what is wrong that an error shows.
const SHOWN: usize = 40;

/// What there is in place of what was expected, for people: text as it is, and of anything else only that it is none.
pub fn found_instead(bytes: &[u8]) -> String {
    let cut = &bytes[..bytes.len().min(SHOWN)];
    // A letter of several bytes may be cut in the middle.
    let text = match std::str::from_utf8(cut) {
        Ok(text) => Some(text),
        Err(error) if cut.len() < bytes.len() && error.error_len().is_none() => {
            std::str::from_utf8(&cut[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    let is_plain = |text: &&str| text.chars().all(|letter| !letter.is_control() || letter == '\t');
    match text.filter(is_plain) {
        _ if bytes.is_empty() => "and there is nothing".into(),
        Some(text) if cut.len() < bytes.len() => format!("found {text:?} and more"),
        Some(text) => format!("found {text:?}"),
        None => format!("found {} bytes that are no text", bytes.len()),
    }
}

/// A whole number.
#[inline]
pub fn whole(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    let mut value = 0u64;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value)
}

/// A whole number, perhaps with a minus.
#[inline]
pub fn signed(text: &[u8]) -> Option<i64> {
    let (digits, sign) = match text {
        [b'-', digits @ ..] => (digits, -1),
        digits => (digits, 1),
    };
    whole(digits).and_then(|value| i64::try_from(value).ok()).map(|value| sign * value)
}

/// A decimal in units of `10^-decimals`, perhaps with an exponent (`7.18e-06`); zeros beyond them are allowed.
#[inline]
pub fn decimal(text: &[u8], decimals: u32) -> Option<u64> {
    match text.iter().position(|byte| byte.eq_ignore_ascii_case(&b'e')) {
        None => plain(text, decimals),
        Some(at) => scientific(&text[..at], &text[at + 1..], decimals),
    }
}

/// Seconds in nanoseconds; what is finer (as floating point leaves it) is cut off.
#[inline]
pub fn seconds(text: &[u8]) -> Option<u64> {
    let finest = text.iter().position(|&byte| byte == b'.').map_or(text.len(), |point| point + 10);
    let (kept, cut) = text.split_at(finest.min(text.len()));
    if cut.iter().all(u8::is_ascii_digit) { plain(kept, 9) } else { None }
}

fn scientific(mantissa: &[u8], exponent: &[u8], decimals: u32) -> Option<u64> {
    let exponent =
        signed(exponent.strip_prefix(b"+").unwrap_or(exponent)).filter(|power| power.abs() < 19)?;
    let digits = mantissa.iter().position(|&byte| byte == b'.').map_or(0, |point| mantissa.len() - point - 1);
    let value = plain(mantissa, u32::try_from(digits).ok().filter(|&digits| digits < 19)?)?;
    // `value` is in units of 10^(exponent - digits).
    let power = exponent - digits as i64 + i64::from(decimals);
    let scale = 10u64.checked_pow(u32::try_from(power.unsigned_abs()).ok()?)?;
    if power >= 0 { value.checked_mul(scale) } else { (value % scale == 0).then_some(value / scale) }
}

#[inline]
fn plain(text: &[u8], decimals: u32) -> Option<u64> {
    let Some(point) = text.iter().position(|&byte| byte == b'.') else {
        return whole(text)?.checked_mul(10u64.pow(decimals));
    };
    let (left, right) = (&text[..point], &text[point + 1..]);
    let kept = right.len().min(decimals as usize);
    if right[kept..].iter().any(|&byte| byte != b'0') {
        return None;
    }
    let fraction = if kept == 0 { 0 } else { whole(&right[..kept])? };
    whole(left)?.checked_mul(10u64.pow(decimals))?.checked_add(fraction * 10u64.pow(decimals - kept as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_or_refused() {
        assert_eq!(decimal(b"78319.0", 8), Some(7_831_900_000_000));
        assert_eq!(decimal(b"0.06384146", 8), Some(6_384_146));
        assert_eq!(decimal(b"1.5000", 1), Some(15));
        assert_eq!(decimal(b"7", 2), Some(700));
        for bad in ["", ".", "1.25", "1.x", "-1.0", "99999999999999999999"] {
            assert_eq!(decimal(bad.as_bytes(), 1), None, "{bad}");
        }
        assert_eq!(decimal(b"7.18e-06", 8), Some(718));
        assert_eq!(decimal(b"1.5e+2", 0), Some(150));
        for bad in ["7.18e-06", "1e", "e1", "1e99", "1e-1"] {
            assert_eq!(decimal(bad.as_bytes(), 0), None, "{bad}");
        }
        assert_eq!(seconds(b"35821.088778456004"), Some(35_821_088_778_456));
        assert_eq!(seconds(b"35821.08877845600x"), None);
        assert_eq!(signed(b"-12"), Some(-12));
        assert_eq!(signed(b"--1"), None);
    }

    #[test]
    fn what_is_no_text_is_not_shown() {
        assert_eq!(found_instead("\u{e9}1".as_bytes()), "found \"\u{e9}1\"");
        assert_eq!(found_instead(b"\x7fELF\x02\x01"), "found 6 bytes that are no text");
        assert_eq!(found_instead(&[0xff; 90]), "found 90 bytes that are no text");
        let long = format!("{}\u{e9}{}", "x".repeat(39), "y".repeat(9));
        assert_eq!(found_instead(long.as_bytes()), format!("found \"{}\" and more", "x".repeat(39)));
    }

    #[test]
    fn an_error_names_line_and_column_and_what_was_expected() {
        let mut fields = Fields::new(b"12,x", 7);
        assert_eq!(fields.whole("a size").unwrap(), 12);
        assert_eq!(
            fields.whole("a price").unwrap_err().to_string(),
            "line 7, column 4: expected a price, found \"x\""
        );
        let nothing = "line 7, column 5: expected more, and there is nothing";
        assert_eq!(fields.whole("more").unwrap_err().to_string(), nothing);
        assert!(fields.end().is_ok());
    }
}
