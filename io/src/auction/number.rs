//! An amount as JSON has it, a number or a text, with all of its digits: as a floating-point number it would lose what does not fit.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::amount::Amount;

/// An amount as number or as text.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Number<'a>(#[serde(borrow)] &'a RawValue);

impl Number<'_> {
    /// Reads an amount above 0.
    ///
    /// # Errors
    /// What was expected, and what was found.
    pub fn read(&self) -> Result<Amount, String> {
        let amount = self.read_from_zero()?;
        let text = self.text().unwrap_or(Cow::Borrowed(self.0.get()));
        if amount == Amount::ZERO { Err(wrong("an amount above 0", &text)) } else { Ok(amount) }
    }

    /// Reads an amount that may be 0.
    ///
    /// # Errors
    /// What was expected, and what was found.
    pub fn read_from_zero(&self) -> Result<Amount, String> {
        match self.text() {
            Some(text) => Amount::read_from_zero(&text).map_err(|what| wrong(what, &text)),
            None => Amount::read_number(self.0.get()).map_err(|what| wrong(what, self.0.get())),
        }
    }

    /// What stands in quotation marks, if it is a text.
    fn text(&self) -> Option<Cow<'_, str>> {
        let value = self.0.get();
        value.starts_with('"').then(|| serde_json::from_str(value).ok().map(|Text(text)| text))?
    }
}

/// A text, borrowed where nothing in it is escaped.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn wrong(what: &str, found: &str) -> String {
    format!("expected {what}, found {found:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_of_a_number_is_lost() {
        let read = |text: &str| serde_json::from_str::<Number<'_>>(text).unwrap().read();
        for (number, text) in [
            ("9223372036854775809", "9223372036854775809"),
            ("123456789012345678901234567890123456", "123456789012345678901234567890123456"),
            ("0.123456789012345678", "0.123456789012345678"),
            ("1e2", "100"),
            (r#""12.5""#, "12.5"),
            (r#""1\u0032""#, "12"),
        ] {
            assert_eq!(read(number).ok(), Amount::read(text).ok(), "{number}");
        }
        for (number, told) in [
            ("0", "an amount above 0, found \"0\""),
            ("0.0e1", "an amount above 0, found \"0.0e1\""),
            ("-4", "an amount above 0, found \"-4\""),
            (r#""1e2""#, "a decimal number, found \"1e2\""),
            ("null", "a decimal number, found \"null\""),
            ("[1]", "a decimal number, found \"[1]\""),
        ] {
            let found = read(number).unwrap_err();
            assert!(found.contains(told), "{number}: {found}");
        }
    }
}
