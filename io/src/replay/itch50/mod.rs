//! NASDAQ TotalView-ITCH 5.0: framed, each message after its length in two bytes (as in the venue's daily files, and as
//! `MoldUDP64` lays its message blocks), or raw, one message straight after the other. Captures of a feed's packets are
//! neither: `MoldUDP64` puts a header before its blocks, and `SoupBinTCP`'s length counts a letter for the kind of packet.
//!
//! Every message type is parsed; lengths are checked against the type, so that a file that is cut short or
//! no ITCH at all is an error at a byte offset. In the venue's daily files a frame of length 0 ends the session, and nothing
//! follows it.

use std::ops::ControlFlow;

use bartizan_engine::book::Side;

use super::venue::{Clock, Event, Halt, Message, Name, Place, ReplayError, Venue, Visitor};
use message::{Body, Header};

mod field;
pub mod message;
pub mod scale;
pub mod write;

/// ITCH 5.0.
pub const VENUE: Venue = Venue {
    name: "itch50",
    about: "NASDAQ TotalView-ITCH 5.0 (binary, framed or raw)",
    detect,
    kinds: message::NAMES,
    price_decimals: 4,
    quantity_decimals: 0,
    clock: Clock::Midnight,
    confirms_fills: false,
    read,
};

/// Whether messages come with their lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Framed,
    Raw,
}

/// How the file is laid out: the first byte of a length is 0, which is no letter.
fn framing(bytes: &[u8]) -> Framing {
    if bytes.first() == Some(&0) { Framing::Framed } else { Framing::Raw }
}

/// How many messages at the start must be plain for a file to look like ITCH, or to be all there is of it, the last
/// one perhaps cut.
const LOOKED_AT: usize = 3;

/// Later than any message of a day: what is no ITCH rarely has a time.
const LATEST: u64 = 2 * 86_400 * 1_000_000_000;

fn detect(bytes: &[u8]) -> bool {
    let framing = framing(bytes);
    // One message without its length can be any text that begins with its letter.
    let is_enough = |seen: usize| seen > usize::from(framing == Framing::Raw);
    let mut at = 0;
    for seen in 0..LOOKED_AT {
        if at == bytes.len() {
            return is_enough(seen);
        }
        match next(bytes, at, framing) {
            Ok(([], _)) => return is_enough(seen),
            Ok((message, after)) => match message::parse(message) {
                Some((header, _)) if header.time < LATEST => at = after,
                _ => return false,
            },
            // Cut within its first messages, of which this one begins as it should.
            Err(_) if framing == Framing::Raw => {
                return is_enough(seen) && message::length(bytes[at]).is_some();
            }
            Err(_) => {
                let has_length = |letter, length| message::length(letter) == Some(usize::from(length));
                return seen > 0 || matches!(*bytes, [0, length, letter, ..] if has_length(letter, length));
            }
        }
    }
    true
}

/// The message at `at`, and where the next one begins. An empty message ends the session.
#[inline]
fn next(bytes: &[u8], at: usize, framing: Framing) -> Result<(&[u8], usize), ReplayError> {
    let cut = |what: &str| {
        Err(ReplayError {
            place: Place::Byte(at as u64),
            message: format!("expected {what}, and the file ends at byte {}", bytes.len()),
        })
    };
    let (start, length) = match framing {
        Framing::Framed => match bytes.get(at..at + 2) {
            Some(length) => (at + 2, usize::from(field::u16_at(length, 0))),
            None => return cut("the two bytes of a message's length"),
        },
        Framing::Raw => match message::length(bytes[at]) {
            Some(length) => (at, length),
            None => return Err(unknown(at, bytes[at])),
        },
    };
    match bytes.get(start..start + length) {
        Some(message) => Ok((message, start + length)),
        None => cut(&format!("a message of {length} bytes")),
    }
}

fn unknown(at: usize, letter: u8) -> ReplayError {
    let shown = char::from(letter).escape_default();
    ReplayError {
        place: Place::Byte(at as u64),
        message: format!("expected the letter of an ITCH 5.0 message, found '{shown}' (0x{letter:02x})"),
    }
}

/// What is wrong with `message`, which is not empty and does not parse.
fn wrong(at: usize, message: &[u8]) -> ReplayError {
    match message::length(message[0]) {
        None => unknown(at, message[0]),
        Some(length) => ReplayError {
            place: Place::Byte(at as u64),
            message: format!(
                "expected {length} bytes of a message {:?}, found a frame of {}",
                char::from(message[0]),
                message.len()
            ),
        },
    }
}

fn read(bytes: &[u8], visit: Visitor<'_>) -> Result<(), ReplayError> {
    let framing = framing(bytes);
    let mut at = 0;
    while at < bytes.len() {
        let (message, after) = next(bytes, at, framing)?;
        if message.is_empty() {
            return end(bytes, after);
        }
        let (header, body) = message::parse(message).ok_or_else(|| wrong(after - message.len(), message))?;
        let side = |letter: u8| match letter {
            b'B' => Ok(Side::Buy),
            b'S' => Ok(Side::Sell),
            _ => Err(ReplayError {
                place: Place::Byte((after - message.len()) as u64),
                message: format!("expected a side, B or S, found {:?}", char::from(letter)),
            }),
        };
        let event = event(&body, side)?;
        if visit(&told(&header, &body, event)) == ControlFlow::Break(()) {
            break;
        }
        at = after;
    }
    Ok(())
}

/// That the file ends where its session does.
fn end(bytes: &[u8], at: usize) -> Result<(), ReplayError> {
    if at == bytes.len() {
        return Ok(());
    }
    let message =
        format!("expected the end of the file after an empty frame, found {} bytes more", bytes.len() - at);
    Err(ReplayError { place: Place::Byte(at as u64), message })
}

#[inline]
fn told(header: &Header, body: &Body, event: Event) -> Message {
    let letter = body.letter();
    let kind = message::LETTERS.iter().position(|&other| other == letter).unwrap_or_default();
    Message { time: header.time, symbol: u32::from(header.locate), kind: kind as u8, event, terms: None }
}

/// What a message means for a book.
#[inline]
fn event(body: &Body, side: impl Fn(u8) -> Result<Side, ReplayError>) -> Result<Event, ReplayError> {
    Ok(match *body {
        Body::AddOrder { order, side: letter, shares, price, .. }
        | Body::AddOrderMpid { order, side: letter, shares, price, .. } => {
            Event::Add { order, side: side(letter)?, price: i64::from(price), quantity: u64::from(shares) }
        }
        Body::OrderExecuted { order, shares, .. } => {
            Event::Execute { order, quantity: u64::from(shares), price: None, printable: true }
        }
        Body::OrderExecutedPrice { order, shares, price, printable, .. } => Event::Execute {
            order,
            quantity: u64::from(shares),
            price: Some(i64::from(price)),
            printable: printable == b'Y',
        },
        Body::OrderCancel { order, shares } => Event::Reduce { order, by: u64::from(shares) },
        Body::OrderDelete { order } => Event::Delete { order },
        Body::OrderReplace { order, new_order, shares, price } => {
            Event::Replace { order, new: new_order, price: i64::from(price), quantity: u64::from(shares) }
        }
        // The letter of the side says nothing any more, so the aggressor is not known.
        Body::Trade { shares, price, .. } => {
            Event::Trade { aggressor: None, price: i64::from(price), quantity: u64::from(shares) }
        }
        Body::CrossTrade { shares: 0, .. } => Event::Other,
        Body::CrossTrade { shares, price, .. } => {
            Event::Trade { aggressor: None, price: i64::from(price), quantity: shares }
        }
        Body::BrokenTrade { .. } => Event::Broken,
        Body::StockDirectory { stock, .. } => Event::Named(Name::new(&stock)),
        Body::TradingAction { state: b'T', .. } => Event::Resume(Halt::Instrument),
        Body::TradingAction { .. } => Event::Halt(Halt::Instrument),
        Body::OperationalHalt { market: b'Q', action: b'T', .. } => Event::Resume(Halt::Market),
        Body::OperationalHalt { market: b'Q', .. } => Event::Halt(Halt::Market),
        _ => Event::Other,
    })
}

#[cfg(test)]
mod tests;
