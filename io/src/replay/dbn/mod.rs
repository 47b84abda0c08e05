//! Databento's DBN, plain or zstandard-compressed, of any version: market-by-order records, read by the
//! publisher's own crate. Records of other kinds are counted and passed over.
//!
//! A fill (`F`) names the resting order and is followed by the cancel or change of that order that it
//! amounts to; the trade (`T`) before it tells of the order that came in. If that had rested and was changed to trade, a
//! fill names it too. An order that is cancelled at the very time of a trade, without a fill, stood in the way of
//! its own owner's: self-match prevention took it out before the fills that are told before.
//!
//! Times are the venue's own (`ts_event`), records in the file's order, which is that of receipt (`ts_recv`): so a time can
//! step back, and a replay says how often. An order without a price (`UNDEF_PRICE`) has no place in a book of prices.
//!
//! A file that ends within a record, or within what is compressed, is cut and an error. The orders of an instrument
//! must come from one publisher.

use std::ops::ControlFlow;
use std::rc::Rc;

use bartizan_engine::book::Side;
use dbn::decode::dbn::Decoder;
use dbn::decode::{DbnMetadata, DecodeRecordRef};
use dbn::{MboMsg, Metadata, Record, UNDEF_PRICE, UNDEF_TIMESTAMP, VersionUpgradePolicy};
use hashbrown::HashMap;

use super::venue::{Clock, Event, Message, Name, Place, ReplayError, UNCOUNTED, Venue, Visitor};
use unpacked::{Progress, Unpacked, ZSTD};

mod unpacked;

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

fn detect(bytes: &[u8]) -> bool {
    bytes.starts_with(b"DBN") || bytes.starts_with(ZSTD)
}

fn read(bytes: &[u8], visit: Visitor<'_>) -> Result<(), ReplayError> {
    let progress = Rc::new(Progress::default());
    let failed = |error: &dyn std::fmt::Display| {
        if progress.is_cut.get() {
            let message = "the file is cut: its compressed records go on at its end".into();
            return ReplayError { place: Place::Byte(bytes.len() as u64), message };
        }
        ReplayError {
            place: Place::NearByte(progress.packed.get()),
            message: format!("expected DBN: {error}"),
        }
    };
    let at_record = |at: u64, message: String| {
        let is_packed = bytes.starts_with(ZSTD);
        let place = if is_packed { Place::NearByte(progress.packed.get()) } else { Place::Byte(at) };
        ReplayError { place, message }
    };
    let reader = Unpacked::new(bytes, &progress).map_err(|error| failed(&error))?;
    // Records of older versions are as they lie in the file, so that their lengths add up to it; those of orders
    // have been the same in all.
    let mut decoder =
        Decoder::with_upgrade_policy(reader, VersionUpgradePolicy::AsIs).map_err(|error| failed(&error))?;
    for message in names(decoder.metadata()) {
        if visit(&message) == ControlFlow::Break(()) {
            return Ok(());
        }
    }
    let mut at = progress.metadata();
    let (mut packet, mut latest): (Vec<Told>, u64) = (Vec::new(), 0);
    let mut publishers = HashMap::new();
    while let Some(record) = decoder.decode_record_ref().map_err(|error| failed(&error))? {
        let order = record.get::<MboMsg>();
        if let Some(order) = order {
            let told = one_publisher(&mut publishers, order).and_then(|()| message(order));
            let message =
                Message { time: time(order).unwrap_or(latest), ..told.map_err(|told| at_record(at, told))? };
            latest = latest.max(message.time);
            packet.push(Told { record: order.clone(), message });
        }
        at += record.record_size() as u64;
        if order.is_none_or(|order| order.flags.is_last()) || packet.len() >= LARGEST_PACKET {
            let (time, symbol) = (latest, record.header().instrument_id);
            let other = Message { time, symbol, kind: OTHER, event: Event::Other, terms: None };
            if tell(&mut packet, visit) == ControlFlow::Break(())
                || (order.is_none() && visit(&other) == ControlFlow::Break(()))
            {
                return Ok(());
            }
        }
    }
    let end = progress.unpacked.get();
    if end != at {
        let of = if bytes.starts_with(ZSTD) { "what is compressed" } else { "the file" };
        return Err(at_record(
            at,
            format!("expected a whole record at byte {at}, and {of} ends at byte {end}"),
        ));
    }
    // Its last packet may be without an end. Whether the visitor would go on says nothing any more.
    let _ = tell(&mut packet, visit);
    Ok(())
}

/// A record of an order with what it means.
struct Told {
    record: MboMsg,
    message: Message,
}

/// That all orders of an instrument come from one publisher: each has a book of its own, with ids of its own.
fn one_publisher(publishers: &mut HashMap<u32, u16>, order: &MboMsg) -> Result<(), String> {
    let (instrument, publisher) = (order.hd.instrument_id, order.hd.publisher_id);
    let first = *publishers.entry(instrument).or_insert(publisher);
    if first == publisher {
        return Ok(());
    }
    Err(format!(
        "expected orders of instrument {instrument} from publisher {first} alone, found one from publisher \
         {publisher}: the books of several are not one book"
    ))
}

/// Tells of the records of one packet, which belong together, and forgets them.
fn tell(packet: &mut Vec<Told>, visit: Visitor<'_>) -> ControlFlow<()> {
    let is = |told: &Told, action: u8| told.record.action as u8 == action;
    let has_fills = packet.iter().any(|told| is(told, b'F'));
    let in_the_way = |told: &Told| {
        let same_time = |other: &&Told| other.message.time == told.message.time;
        let mut together = packet.iter().filter(same_time);
        has_fills
            && is(told, b'C')
            && together.clone().any(|other| is(other, b'T'))
            && !together.any(|other| is(other, b'F') && other.record.order_id == told.record.order_id)
    };
    let prevented: Vec<bool> = packet.iter().map(in_the_way).collect();
    let mut taker = None;
    for (index, told) in packet.iter().enumerate() {
        let (order, time) = (told.record.order_id, told.message.time);
        if is(told, b'T') {
            taker = Some((order, time));
            let is_first = !packet[..index].iter().any(|other| is(other, b'T') && other.message.time == time);
            for (other, _) in packet
                .iter()
                .zip(&prevented)
                .filter(|(other, prevented)| **prevented && is_first && other.message.time == time)
            {
                visit(&Message {
                    event: Event::Prevented { order: other.record.order_id },
                    ..other.message
                })?;
            }
        }
        if prevented[index] {
            continue;
        }
        let is_echo = is(told, b'F') && taker == Some((order, time));
        let event = if is_echo { Event::Echo } else { told.message.event };
        visit(&Message { event, ..told.message })?;
    }
    packet.clear();
    ControlFlow::Continue(())
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
            found.push(Message { time: 0, symbol: number, kind: UNCOUNTED, event, terms: None });
        }
    }
    found
}

/// When the venue says that it happened, or else when it was received, of what has a time at all.
fn time(order: &MboMsg) -> Option<u64> {
    [order.hd.ts_event, order.ts_recv].into_iter().find(|&time| time != UNDEF_TIMESTAMP)
}

/// What a record of an order means, but for its time.
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
            let found = char::from(action).escape_default();
            return Err(format!("expected an action, one of A, C, M, R, T, F and N, found '{found}'"));
        }
    };
    Ok(Message { time: 0, symbol, kind, event: event(order)?, terms: None })
}

fn event(record: &MboMsg) -> Result<Event, String> {
    let (order, price, quantity) = (record.order_id, record.price, u64::from(record.size));
    let side = || match record.side as u8 {
        b'B' => Ok(Side::Buy),
        b'A' => Ok(Side::Sell),
        letter => {
            let found = char::from(letter).escape_default();
            Err(format!("expected a side of order {order}, B or A, found '{found}'"))
        }
    };
    let is_priced = price != UNDEF_PRICE;
    Ok(match record.action as u8 {
        b'A' | b'M' if !is_priced => Event::Unpriced { order },
        // What trades without a price is told as a message alone.
        b'T' if !is_priced => Event::Other,
        b'A' => Event::Add { order, side: side()?, price, quantity },
        b'M' => Event::Modify { order, side: side()?, price, quantity },
        b'C' => Event::Reduce { order, by: quantity },
        b'F' => Event::Execute { order, quantity, price: is_priced.then_some(price), printable: false },
        b'T' => Event::Trade { aggressor: side().ok(), price, quantity },
        b'R' => Event::Clear,
        _ => Event::Other,
    })
}

#[cfg(test)]
mod tests {
    use dbn::encode::EncodeRecord;
    use dbn::encode::dbn::Encoder;
    use dbn::{Dataset, MetadataBuilder, RecordHeader, SType, Schema, rtype};

    use super::*;

    fn order(number: u64, action: u8, publisher: u16) -> MboMsg {
        MboMsg {
            hd: RecordHeader::new::<MboMsg>(rtype::MBO, publisher, 7, 1_000 + number),
            order_id: number,
            price: 4_810_000_000_000,
            size: 3,
            flags: dbn::FlagSet::empty().set_last(),
            channel_id: 0,
            action: action as _,
            side: b'B' as _,
            ts_recv: 0,
            ts_in_delta: 0,
            sequence: 0,
        }
    }

    fn file(orders: &[MboMsg]) -> Vec<u8> {
        let metadata = MetadataBuilder::new()
            .dataset(Dataset::GlbxMdp3)
            .schema(Some(Schema::Mbo))
            .start(0)
            .stype_in(Some(SType::RawSymbol))
            .stype_out(SType::InstrumentId)
            .build();
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, &metadata).unwrap();
        for order in orders {
            encoder.encode_record(order).unwrap();
        }
        bytes
    }

    fn events(bytes: &[u8]) -> Result<Vec<Message>, ReplayError> {
        let mut found = Vec::new();
        read(bytes, &mut |message| {
            found.push(*message);
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    #[test]
    fn a_file_that_is_cut_is_an_error_at_its_record() {
        let whole = file(&[order(1, b'A', 1), order(2, b'A', 1), order(1, b'C', 1)]);
        assert_eq!(events(&whole).unwrap().len(), 3);
        let size = size_of::<MboMsg>();
        let metadata = whole.len() - 3 * size;
        for cut in 4..whole.len() {
            if cut >= metadata && (cut - metadata).is_multiple_of(size) {
                assert_eq!(events(&whole[..cut]).unwrap().len(), (cut - metadata) / size);
                continue;
            }
            let told = events(&whole[..cut]).unwrap_err().to_string();
            if cut < metadata {
                assert!(told.starts_with(&format!("at or before byte {cut}: expected DBN: ")), "{told}");
            } else {
                let at = cut - (cut - metadata) % size;
                let expected = format!(
                    "byte {at}: expected a whole record at byte {at}, and the file ends at byte {cut}"
                );
                assert_eq!(told, expected);
            }
        }
    }

    #[test]
    fn a_compressed_file_that_is_cut_anywhere_is_an_error_at_its_end() {
        let orders: Vec<MboMsg> = (0..3_000).map(|number| order(number * number, b'A', 1)).collect();
        let packed = zstd::encode_all(&*file(&orders), 1).unwrap();
        assert_eq!(events(&packed).unwrap().len(), orders.len());
        for cut in (4..200).chain((200..packed.len()).step_by(97)).chain(packed.len() - 100..packed.len()) {
            let told = events(&packed[..cut]).unwrap_err().to_string();
            let expected = format!("byte {cut}: the file is cut: its compressed records go on at its end");
            assert_eq!(told, expected);
        }
        // A whole frame of a cut file.
        let cut = file(&orders);
        let packed = zstd::encode_all(&cut[..cut.len() - 5], 1).unwrap();
        let told = events(&packed).unwrap_err().to_string();
        assert!(
            told.contains("expected a whole record at byte ") && told.contains("what is compressed ends"),
            "{told}"
        );
    }

    #[test]
    fn orders_of_several_publishers_are_refused_at_their_record() {
        let bytes = file(&[order(1, b'A', 1), order(2, b'A', 2)]);
        let told = events(&bytes).unwrap_err().to_string();
        let at = bytes.len() - size_of::<MboMsg>();
        assert!(
            told.starts_with(&format!("byte {at}: expected orders of instrument 7 from publisher 1 alone")),
            "{told}"
        );
    }

    #[test]
    fn what_has_no_price_or_no_time_is_read_without() {
        let unpriced = |action| MboMsg { price: UNDEF_PRICE, ..order(5, action, 1) };
        let mut untimed = order(6, b'A', 1);
        untimed.hd.ts_event = UNDEF_TIMESTAMP;
        untimed.ts_recv = 9_000;
        let mut without = untimed.clone();
        without.ts_recv = UNDEF_TIMESTAMP;
        let records = [unpriced(b'A'), unpriced(b'M'), unpriced(b'T'), unpriced(b'F'), untimed, without];
        let found = events(&file(&records)).unwrap();
        let told: Vec<Event> = found[..4].iter().map(|message| message.event).collect();
        let executed = Event::Execute { order: 5, quantity: 3, price: None, printable: false };
        assert_eq!(
            told,
            [Event::Unpriced { order: 5 }, Event::Unpriced { order: 5 }, Event::Other, executed]
        );
        assert_eq!([found[3].time, found[4].time, found[5].time], [1_005, 9_000, 9_000]);
    }

    #[test]
    fn times_that_step_back_are_counted_and_do_not_go_back() {
        let records = [1, 3, 2, 4].map(|number| order(number, b'A', 1));
        let mut times = Vec::new();
        let steps_back = VENUE.each(&file(&records), &mut |message| {
            times.push(message.time);
            ControlFlow::Continue(())
        });
        assert_eq!((steps_back.unwrap(), times), (1, vec![1_001, 1_003, 1_003, 1_004]));
    }

    #[test]
    fn an_unknown_action_is_refused_at_its_record() {
        let bytes = file(&[order(1, b'A', 1), order(2, b'?', 1), order(3, b'A', 1)]);
        let told = events(&bytes).unwrap_err().to_string();
        let at = bytes.len() - 2 * size_of::<MboMsg>();
        assert!(told.starts_with(&format!("byte {at}: ")) && told.contains("'?'"), "{told}");
    }
}
