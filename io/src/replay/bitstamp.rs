//! Order events as Bitstamp's live feed tells them, as a CSV with a header, plain or gzipped:
//! `id,timestamp,exchange_timestamp,price,volume,action,direction`, the times in milliseconds. Of the two the exchange's
//! counts: its list of trades has the same, whatever the way to whoever wrote them down.
//!
//! An order is `created` even if it trades at once. What it then trades shows in `changed` and `deleted` rows, of
//! it and of those it meets, in which `volume` is what is left: so a deleted order with nothing left has traded. One
//! that is post-only and would trade is created and, in the next row, deleted whole (in the half hour at hand, two of three).
//!
//! A row does not say whether its order is the one that came in or one that it met. So the reader looks ahead in the file: an order
//! is told with how much of it trades in all. Whom it trades with, in which parts and at which prices, that is left to the
//! book's matching, and is what a comparison with the venue's list of trades checks.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::ops::ControlFlow;

use bartizan_engine::book::Side;
use flate2::read::MultiGzDecoder;
use hashbrown::HashMap;

use super::text::Fields;
use super::venue::{Clock, Event, Message, Place, ReplayError, Venue, Visitor};

/// Bitstamp's order events.
pub const VENUE: Venue = Venue {
    name: "bitstamp",
    about: "Bitstamp-style order events (CSV, plain or gzipped)",
    detect,
    kinds: &["created", "changed", "deleted"],
    price_decimals: DECIMALS,
    quantity_decimals: DECIMALS,
    clock: Clock::Unix,
    confirms_fills: true,
    read,
};

/// Decimals of prices and of volumes.
const DECIMALS: u32 = 8;

/// The first line.
const HEADER: &[u8] = b"id,timestamp,exchange_timestamp,price,volume,action,direction";

/// The first bytes of a gzipped file.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Lines longer than this are none of this format.
const LONGEST_LINE: u64 = 1 << 16;

fn detect(bytes: &[u8]) -> bool {
    if !bytes.starts_with(GZIP) {
        return bytes.starts_with(HEADER);
    }
    let mut first = [0; HEADER.len()];
    MultiGzDecoder::new(bytes).read_exact(&mut first).is_ok() && first == HEADER
}

fn read(bytes: &[u8], visit: Visitor<'_>) -> Result<(), ReplayError> {
    let trades = traded(bytes)?;
    let mut entering: Option<Message> = None;
    let mut told = ControlFlow::Continue(());
    lines_of(bytes, &mut |message| {
        if let Some(mut first) = entering.take() {
            if let Event::Submit { order, trades: of, is_taken_back, .. } = &mut first.event {
                *of = trades.get(order).copied().unwrap_or_default();
                *is_taken_back = message.event == Event::Delete { order: *order };
            }
            told = visit(&first);
        }
        if told == ControlFlow::Continue(()) {
            if let Event::Submit { .. } = message.event {
                entering = Some(*message);
            } else {
                told = visit(message);
            }
        }
        told
    })?;
    if let Some(last) = entering {
        let _ = visit(&last);
    }
    Ok(())
}

/// How much each order trades in all, of those that do: the rows of those that come in and of those they meet are
/// told apart only by what becomes of them. Holds the live orders and those that trade.
fn traded(bytes: &[u8]) -> Result<HashMap<u64, u64>, ReplayError> {
    let mut live: HashMap<u64, (u64, u64)> = HashMap::new();
    let mut found = HashMap::new();
    lines_of(bytes, &mut |message| {
        match message.event {
            Event::Submit { order, quantity, .. } => {
                live.insert(order, (quantity, quantity));
            }
            Event::Open { order, quantity } => {
                if let Some((_, left)) = live.get_mut(&order) {
                    *left = quantity;
                }
            }
            Event::Delete { order } => {
                if let Some((whole, left)) = live.remove(&order)
                    && left < whole
                {
                    found.insert(order, whole - left);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    })?;
    let rest = live.into_iter().filter(|(_, (whole, left))| left < whole);
    found.extend(rest.map(|(order, (whole, left))| (order, whole - left)));
    Ok(found)
}

fn lines_of(bytes: &[u8], visit: Visitor<'_>) -> Result<(), ReplayError> {
    if bytes.starts_with(GZIP) {
        lines(BufReader::with_capacity(1 << 17, MultiGzDecoder::new(bytes)), bytes.len(), visit)
    } else {
        lines(bytes, bytes.len(), visit)
    }
}

fn lines(mut text: impl BufRead, file_bytes: usize, visit: Visitor<'_>) -> Result<(), ReplayError> {
    let mut line = Vec::with_capacity(256);
    for number in 1.. {
        line.clear();
        let at_line = |message| ReplayError { place: Place::Line(number), message };
        text.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(|error| {
            at_line(match error.kind() {
                ErrorKind::UnexpectedEof => {
                    format!("the file is cut: its packed rows go on at its end, byte {file_bytes}")
                }
                _ => format!("cannot be unpacked: {error}"),
            })
        })?;
        if line.is_empty() {
            break;
        }
        let is_ended = line.ends_with(b"\n");
        if !is_ended && line.len() as u64 == LONGEST_LINE {
            return Err(at_line(format!("expected a line of less than {LONGEST_LINE} bytes")));
        }
        let row = line.trim_ascii_end();
        if number == 1 {
            if row != HEADER {
                let expected = format!("the header {:?}", String::from_utf8_lossy(HEADER));
                return Err(Fields::new(row, 1).error(&expected, row));
            }
        } else if !row.is_empty() {
            let message = message(row, number)
                .map_err(|error| if is_ended { error } else { error.in_last_line(file_bytes) })?;
            if visit(&message) == ControlFlow::Break(()) {
                break;
            }
        }
    }
    Ok(())
}

fn message(row: &[u8], line: u64) -> Result<Message, ReplayError> {
    let mut fields = Fields::new(row, line);
    let order = fields.whole("an order id")?;
    fields.whole("a time in milliseconds")?;
    let time = fields.milliseconds("the exchange's time in milliseconds")?;
    let price = fields.price(DECIMALS, "a price")?;
    let quantity = fields.decimal(DECIMALS, "a volume")?;
    let action = fields.next("created, changed or deleted")?;
    let direction = fields.next("a direction, bid or ask")?;
    fields.end()?;
    let side = match direction {
        b"bid" => Side::Buy,
        b"ask" => Side::Sell,
        _ => return Err(fields.error("a direction, bid or ask", direction)),
    };
    let (kind, event) = match action {
        b"created" => (0, Event::Submit { order, side, price, quantity, trades: 0, is_taken_back: false }),
        b"changed" => (1, Event::Open { order, quantity }),
        b"deleted" if quantity == 0 => (2, Event::Open { order, quantity }),
        b"deleted" => (2, Event::Delete { order }),
        _ => return Err(fields.error("created, changed or deleted", action)),
    };
    Ok(Message { time, symbol: 0, kind, event, terms: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "1,1000,999,78319.0,0.121,created,ask\n2,1001,1000,79000.5,7.18e-06,created,bid\n\
        2,1001,1000,78319.0,0.00000018,changed,bid\n1,1002,1001,78319.0,0.0,deleted,ask\n\
        2,1003,1002,78319.0,0.00000018,deleted,bid\n";

    fn events(text: &[u8]) -> Result<Vec<Message>, ReplayError> {
        let mut found = Vec::new();
        read(text, &mut |message| {
            found.push(*message);
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    fn file(rows: &str) -> Vec<u8> {
        [HEADER, b"\n", rows.as_bytes()].concat()
    }

    #[test]
    fn rows_are_read_plain_and_gzipped() {
        let found = events(&file(ROWS)).unwrap();
        let (side, price) = (Side::Buy, 7_900_050_000_000);
        assert_eq!(
            found[1].event,
            Event::Submit { order: 2, side, price, quantity: 718, trades: 700, is_taken_back: false }
        );
        assert_eq!(found[3].event, Event::Open { order: 1, quantity: 0 });
        assert_eq!((found[4].event, found[4].time), (Event::Delete { order: 2 }, 1_002_000_000));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, &file(ROWS)).unwrap();
        let packed = packed.finish().unwrap();
        assert!(detect(&packed) && detect(&file(ROWS)));
        assert_eq!(events(&packed).unwrap(), found);
    }

    #[test]
    fn a_packed_file_that_is_cut_anywhere_is_an_error() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, &file(&ROWS.repeat(50))).unwrap();
        let packed = packed.finish().unwrap();
        for cut in 2..packed.len() {
            let told = events(&packed[..cut]).unwrap_err().to_string();
            assert!(
                told.starts_with("line ") && told.ends_with(&format!("at its end, byte {cut}")),
                "{told}"
            );
        }
    }

    #[test]
    fn a_last_line_that_is_cut_is_an_error_or_whole() {
        let whole = file(ROWS);
        for cut in HEADER.len()..whole.len() {
            let rows =
                whole[..cut].split(|&byte| byte == b'\n').skip(1).filter(|row| !row.is_empty()).count();
            match events(&whole[..cut]) {
                Ok(found) => assert_eq!(found.len(), rows, "byte {cut}"),
                Err(error) => {
                    let told = error.to_string();
                    assert!(told.starts_with(&format!("line {}, column ", rows + 1)), "{told}");
                    assert!(
                        told.ends_with(&format!("the file ends within this line, at byte {cut}")),
                        "{told}"
                    );
                    assert!(whole[cut] != b'\n', "a whole row is refused: {told}");
                }
            }
        }
    }

    #[test]
    fn a_price_too_large_is_refused() {
        let told = events(&file("1,1,1,99999999999,1.0,created,bid\n")).unwrap_err().to_string();
        assert_eq!(told, "line 2, column 7: expected a price, found \"99999999999\"");
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_column() {
        for (rows, told) in [
            (
                "1,1,1,1.0,1.0,created,up\n",
                "line 2, column 23: expected a direction, bid or ask, found \"up\"",
            ),
            (
                "1,1,1,1.0,1.0,made,bid\n",
                "line 2, column 15: expected created, changed or deleted, found \"made\"",
            ),
            ("1,1,1,1.0\n", "line 2, column 10: expected a volume, and there is nothing"),
        ] {
            assert_eq!(events(&file(rows)).unwrap_err().to_string(), told);
        }
        assert!(
            events(b"hello\n").unwrap_err().to_string().starts_with("line 1, column 1: expected the header")
        );
    }
}
