//! Databento's DBN, plain or zstandard-compressed, of any version: market-by-order records, read by the
//! publisher's own crate. Records of other kinds are counted and passed over.
//!
//! A fill (`F`) names the resting order and is followed by the cancel or change of that order that it
//! amounts to; the trade (`T`) before it tells of the order that came in. If that had rested and was changed to trade, a
//! fill names it too. An order that is cancelled at the very time of a trade, without a fill, stood in the way of
//! its own owner's: self-match prevention took it out before the fills that are told before.

use std::cell::Cell;
use std::io::{BufRead, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use bartizan_engine::book::Side;
use dbn::decode::{DbnMetadata, DecodeRecordRef, DynDecoder};
use dbn::{MboMsg, Metadata, VersionUpgradePolicy};

use super::venue::{Clock, Event, Message, Name, Place, ReplayError, UNCOUNTED, Venue, Visitor};

/// Databento's market by order.
pub const VENUE: Venue = Venue {
    name: "dbn",
    about: "Databento DBN market by order (plain or zstd)",
    detect,
    kinds: &["add", "cancel", "modify", "clear", "trade", "fill", "none", "other record"],
    price_decimals: 9,
    quantity_decimals: 0,
    clock: Clock::Unix,
    confirms_fills: true,
    read,
};

const OTHER: u8 = 7;

/// Records that are told even if their packet does not end. (A snapshot is one packet without an end.)
const LARGEST_PACKET: usize = 1 << 12;

/// The first bytes of a zstandard frame.
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

fn detect(bytes: &[u8]) -> bool {
    bytes.starts_with(b"DBN") || bytes.starts_with(ZSTD)
}

/// A file's bytes, and how many of them have been taken.
struct Counted<'a> {
    rest: &'a [u8],
    taken: Rc<Cell<u64>>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.rest.read(buffer)?;
        self.taken.set(self.taken.get() + read as u64);
        Ok(read)
    }
}

impl BufRead for Counted<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        Ok(self.rest)
    }

    fn consume(&mut self, amount: usize) {
        self.rest.consume(amount);
        self.taken.set(self.taken.get() + amount as u64);
    }
}

fn read(bytes: &[u8], visit: Visitor<'_>) -> Result<(), ReplayError> {
    let taken = Rc::new(Cell::new(0));
    let failed = |error: &dyn std::fmt::Display| ReplayError {
        place: Place::NearByte(taken.get()),
        message: format!("expected DBN: {error}"),
    };
    let reader = Counted { rest: bytes, taken: Rc::clone(&taken) };
    let mut decoder = DynDecoder::inferred_with_buffer(reader, VersionUpgradePolicy::UpgradeToV3)
        .map_err(|error| failed(&error))?;
    for message in names(decoder.metadata()) {
        if visit(&message) == ControlFlow::Break(()) {
            return Ok(());
        }
    }
    let mut packet: Vec<MboMsg> = Vec::new();
    loop {
        let record = decoder.decode_record_ref().map_err(|error| failed(&error))?;
        let order = record.and_then(|record| record.get::<MboMsg>());
        packet.extend(order.cloned());
        let is_complete = order.is_none_or(|order| order.flags.is_last() || packet.len() >= LARGEST_PACKET);
        if is_complete && tell(&mut packet, visit).map_err(|error| failed(&error))? == ControlFlow::Break(())
        {
            return Ok(());
        }
        let Some(record) = record else { return Ok(()) };
        if order.is_none() {
            let (time, symbol) = (record.header().ts_event, record.header().instrument_id);
            if visit(&Message { time, symbol, kind: OTHER, event: Event::Other }) == ControlFlow::Break(()) {
                return Ok(());
            }
        }
    }
}

/// Tells of the records of one packet, which belong together, and forgets them.
fn tell(packet: &mut Vec<MboMsg>, visit: Visitor<'_>) -> Result<ControlFlow<()>, String> {
    let is = |record: &MboMsg, action: u8| record.action as u8 == action;
    let has_fills = packet.iter().any(|record| is(record, b'F'));
    let in_the_way = |record: &MboMsg| {
        let same_time = |other: &&MboMsg| other.hd.ts_event == record.hd.ts_event;
        let mut together = packet.iter().filter(same_time);
        has_fills
            && is(record, b'C')
            && together.clone().any(|other| is(other, b'T'))
            && !together.any(|other| is(other, b'F') && other.order_id == record.order_id)
    };
    let prevented: Vec<bool> = packet.iter().map(in_the_way).collect();
    let mut taker = None;
    for (index, record) in packet.iter().enumerate() {
        if is(record, b'T') {
            taker = Some((record.order_id, record.hd.ts_event));
            let same_time = |other: &MboMsg| other.hd.ts_event == record.hd.ts_event;
            let is_first = !packet[..index].iter().any(|other| is(other, b'T') && same_time(other));
            for (other, _) in
                packet.iter().zip(&prevented).filter(|(other, is_it)| **is_it && is_first && same_time(other))
            {
                let event = Event::Prevented { order: other.order_id };
                if visit(&Message { event, ..message(other)? }) == ControlFlow::Break(()) {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        if prevented[index] {
            continue;
        }
        let mut message = message(record)?;
        if is(record, b'F') && taker == Some((record.order_id, record.hd.ts_event)) {
            message.event = Event::Echo;
        }
        if visit(&message) == ControlFlow::Break(()) {
            return Ok(ControlFlow::Break(()));
        }
    }
    packet.clear();
    Ok(ControlFlow::Continue(()))
}

/// What the instruments are called.
fn names(metadata: &Metadata) -> Vec<Message> {
    let mut found = Vec::new();
    for mapping in &metadata.mappings {
        for interval in &mapping.intervals {
            // Mapped from a name to a number, as is usual, or from a number to a name.
            let (number, name) = match (interval.symbol.parse(), mapping.raw_symbol.parse()) {
                (Ok(number), _) => (number, &mapping.raw_symbol),
                (_, Ok(number)) => (number, &interval.symbol),
                _ => continue,
            };
            let event = Event::Named(Name::new(name.as_bytes()));
            found.push(Message { time: 0, symbol: number, kind: UNCOUNTED, event });
        }
    }
    found
}

fn message(order: &MboMsg) -> Result<Message, String> {
    let symbol = order.hd.instrument_id;
    let action = order.action as u8;
    let kind = match action {
        b'A' => 0,
        b'C' => 1,
        b'M' => 2,
        b'R' => 3,
        b'T' => 4,
        b'F' => 5,
        b'N' => 6,
        _ => {
            return Err(format!(
                "an action {:?} of a record at time {}",
                char::from(action),
                order.hd.ts_event
            ));
        }
    };
    Ok(Message { time: order.hd.ts_event, symbol, kind, event: event(order)? })
}

fn event(record: &MboMsg) -> Result<Event, String> {
    let (order, price, quantity) = (record.order_id, record.price, u64::from(record.size));
    let side = || match record.side as u8 {
        b'B' => Ok(Side::Buy),
        b'A' => Ok(Side::Sell),
        letter => Err(format!("a side {:?} of order {order}", char::from(letter))),
    };
    Ok(match record.action as u8 {
        b'A' => Event::Add { order, side: side()?, price, quantity },
        b'M' => Event::Modify { order, side: side()?, price, quantity },
        b'C' => Event::Reduce { order, by: quantity },
        b'F' => Event::Execute { order, quantity, price: Some(price), printable: false },
        b'T' => Event::Trade { aggressor: side().ok(), price, quantity },
        b'R' => Event::Clear,
        _ => Event::Other,
    })
}
