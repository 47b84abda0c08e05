//! LOBSTER message files: `time,type,order id,size,price,direction` a line, the prices times 10,000, the
//! direction that of the resting order. The sample files have no header; a seventh column (of some
//! downloads) is passed over.
//!
//! The opening book is not in the file, so events may name orders that were never added.

use std::ops::ControlFlow;

use bartizan_engine::book::Side;

use super::text::{self, Fields};
use super::venue::{Clock, Event, Halt, Message, ReplayError, Terms, Venue, Visitor};

/// LOBSTER's messages.
pub const VENUE: Venue = Venue {
    name: "lobster",
    about: "LOBSTER message file (CSV)",
    detect,
    kinds: &["new", "partial cancel", "delete", "execution", "hidden execution", "cross trade", "halt"],
    price_decimals: 4,
    quantity_decimals: 0,
    clock: Clock::Midnight,
    confirms_fills: false,
    read,
};

fn detect(bytes: &[u8]) -> bool {
    let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    first.len() < 200 && row(first, 1).is_ok()
}

fn read(bytes: &[u8], visit: Visitor<'_>) -> Result<(), ReplayError> {
    let mut line = 0;
    let mut start = 0;
    while start < bytes.len() {
        line += 1;
        let rest = &bytes[start..];
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let text = &rest[..length];
        start += length + 1;
        if text.is_empty() || text == b"\r" {
            continue;
        }
        let is_ended = length < rest.len();
        let message = row(text, line)
            .map_err(|error| if is_ended { error } else { error.in_last_line(bytes.len()) })?;
        if visit(&message) == ControlFlow::Break(()) {
            break;
        }
    }
    Ok(())
}

#[inline]
fn row(text: &[u8], line: u64) -> Result<Message, ReplayError> {
    let mut fields = Fields::new(text, line);
    let time = time(&mut fields)?;
    let number = fields.next("a type from 1 to 7")?;
    let order = fields.whole("an order id")?;
    let quantity = fields.whole("a size")?;
    let price = price(&mut fields, number == b"7")?;
    let direction = fields.next("a direction, 1 or -1")?;
    let side = match direction {
        b"1" => Side::Buy,
        b"-1" => Side::Sell,
        _ => return Err(fields.error("a direction, 1 or -1", direction)),
    };
    if fields.next("").is_ok() {
        fields.end()?;
    }
    let event = match number {
        b"1" => Event::Add { order, side, price, quantity },
        b"2" => Event::Reduce { order, by: quantity },
        b"3" => Event::Delete { order },
        b"4" => Event::Execute { order, quantity, price: Some(price), printable: true },
        b"5" => Event::Trade { aggressor: Some(side.opposite()), price, quantity },
        b"6" => Event::Trade { aggressor: None, price, quantity },
        // Price -1 halts; 0 lets quotes come in, 1 trading go on.
        b"7" if price == 1 => Event::Resume(Halt::Instrument),
        b"7" => Event::Halt(Halt::Instrument),
        _ => return Err(fields.error("a type from 1 to 7", number)),
    };
    let terms = Some(Terms { side, price, quantity });
    Ok(Message { time, symbol: 0, kind: number[0] - b'1', event, terms })
}

/// A price above zero; of a halt, a word about it.
fn price(fields: &mut Fields<'_>, is_halt: bool) -> Result<i64, ReplayError> {
    let (field, what) = (fields.next("a price times 10000")?, "a price times 10000, above 0");
    let price = text::signed(field).filter(|&price| is_halt || price > 0);
    price.ok_or_else(|| fields.error(what, field))
}

/// Seconds after midnight; or, in files made by others, a date and a time of day.
fn time(fields: &mut Fields<'_>) -> Result<u64, ReplayError> {
    let field = fields.next("a time in seconds after midnight")?;
    let seconds = text::seconds(field).or_else(|| super::time::of_day(std::str::from_utf8(field).ok()?));
    seconds.ok_or_else(|| fields.error("a time in seconds after midnight", field))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXCERPT: &[u8] = b"34200.004241176,1,16113575,18,5853300,1\n34200.025551909,2,16120456,8,5859100,-1\r\n\
        34200.1,3,5,1,5853200,1\n34200.2,4,16113575,18,5853300,1\n34200.3,5,0,7,5853350,-1\n34201,7,0,0,-1,-1\n";

    fn events(bytes: &[u8]) -> Result<Vec<Message>, ReplayError> {
        let mut found = Vec::new();
        read(bytes, &mut |message| {
            found.push(*message);
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    #[test]
    fn each_type_is_read() {
        let found = events(EXCERPT).unwrap();
        assert_eq!(found.len(), 6);
        assert_eq!(found[0].time, 34_200_004_241_176);
        assert_eq!(
            found[0].event,
            Event::Add { order: 16_113_575, side: Side::Buy, price: 5_853_300, quantity: 18 }
        );
        assert_eq!(found[1].event, Event::Reduce { order: 16_120_456, by: 8 });
        assert_eq!(
            found[4].event,
            Event::Trade { aggressor: Some(Side::Buy), price: 5_853_350, quantity: 7 }
        );
        assert_eq!(found[5].event, Event::Halt(Halt::Instrument));
        assert!((VENUE.detect)(EXCERPT));
    }

    #[test]
    fn a_last_line_that_is_cut_is_an_error_or_whole() {
        for cut in 1..EXCERPT.len() {
            let whole = memchr::memchr_iter(b'\n', &EXCERPT[..cut]).count();
            match events(&EXCERPT[..cut]) {
                // Nothing of the last row is missing but, perhaps, its line break.
                Ok(found) => assert!(
                    found.len() == whole
                        || EXCERPT[cut..].starts_with(b"\n")
                        || EXCERPT[cut..].starts_with(b"\r\n"),
                    "byte {cut}"
                ),
                Err(error) => {
                    let told = error.to_string();
                    assert!(told.starts_with(&format!("line {}, column ", whole + 1)), "{told}");
                    assert!(
                        told.ends_with(&format!("the file ends within this line, at byte {cut}")),
                        "{told}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_column() {
        for (text, told) in [
            (
                "34200.1,1,5,18,5853300,1\nhello\n",
                "line 2, column 1: expected a time in seconds after midnight, found \"hello\"",
            ),
            ("34200.1,9,5,18,5853300,1\n", "line 1, column 9: expected a type from 1 to 7, found \"9\""),
            (
                "34200.1,1,5,18,5853300\n",
                "line 1, column 23: expected a direction, 1 or -1, and there is nothing",
            ),
            (
                "34200.1,1,5,18,5853300,1,x,y\n",
                "line 1, column 28: expected the end of the line, found \"y\"",
            ),
            ("34200.1,1,5,18,5853300,2\n", "line 1, column 24: expected a direction, 1 or -1, found \"2\""),
            (
                "34200.1,1,5,18,-5853300,1\n",
                "line 1, column 16: expected a price times 10000, above 0, found \"-5853300\"",
            ),
            ("34200.1,4,5,18,0,1\n", "line 1, column 16: expected a price times 10000, above 0, found \"0\""),
            ("34200.1,1,5,-18,5853300,1\n", "line 1, column 13: expected a size, found \"-18\""),
        ] {
            assert_eq!(events(text.as_bytes()).unwrap_err().to_string(), told);
        }
        assert!(!(VENUE.detect)(b"id,timestamp,price\n"));
    }
}
