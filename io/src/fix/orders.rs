//! What is asked of orders, from FIX to commands: `D`, `F` and `G`.

use bartizan_engine::book::{
    AccountId, ClientOrderId, Counts, GroupId, NewOrder, OrdType, OrderId, PegReference, PostOnly, Price,
    Quantity, Replace, SelfTrade, Side, Time, TimeInForce,
};
use bartizan_engine::market::command::{CancelOrder, PlaceOrder, ReplaceOrder};
use bartizan_engine::realm::command::Command;

use super::ids::{self, is_id};
use super::instrument::{Instrument, lots};
use super::message::Message;
use super::session::{Wrong, incorrect, missing};
use super::time;

/// A field that must be there.
///
/// # Errors
/// If it is not.
pub fn need<'a>(message: &Message<'a>, tag: u32) -> Result<&'a [u8], Wrong> {
    match message.get(tag) {
        None => Err(missing(tag)),
        Some(b"") => Err(Wrong { tag, reason: 4, text: "a tag without a value" }),
        Some(value) => Ok(value),
    }
}

/// An id that must be there.
///
/// # Errors
/// If it is not, or is none.
pub fn need_id<'a>(message: &Message<'a>, tag: u32) -> Result<&'a str, Wrong> {
    let id = need(message, tag)?;
    let text = std::str::from_utf8(id).ok().filter(|_| is_id(id));
    text.ok_or_else(|| incorrect(tag, "an id has 1 to 64 printable characters without spaces"))
}

/// The side that must be there.
///
/// # Errors
/// If it is not, or is none that an order can have here.
pub fn need_side(message: &Message<'_>) -> Result<Side, Wrong> {
    match need(message, 54)? {
        b"1" => Ok(Side::Buy),
        b"2" => Ok(Side::Sell),
        _ => Err(incorrect(54, "a side is 1, buy, or 2, sell")),
    }
}

/// A new order (FIX `D`).
///
/// # Errors
/// What is wrong with its fields.
pub fn place(message: &Message<'_>, instrument: &Instrument) -> Result<Command, Wrong> {
    let client = ids::client(need_id(message, 11)?);
    let side = need_side(message)?;
    need(message, 60)?;
    let quantity = lots(38, need(message, 38)?)?;
    let part = |tag| message.get(tag).map_or(Ok(Quantity::ZERO), |text| lots(tag, text));
    let time_in_force = time_in_force(message)?;
    let order = NewOrder {
        client,
        ord_type: ord_type(message, instrument)?,
        quantity,
        display: part(111)?,
        minimum: part(110)?,
        expires: if time_in_force == TimeInForce::Gtd { expiry(message)? } else { Time(0) },
        account: AccountId(0),
        group: GroupId(0),
        side,
        time_in_force,
        self_trade: SelfTrade::CancelNewest,
        post_only: if instructions(message).contains(&b'6') { PostOnly::Reject } else { PostOnly::No },
    };
    Ok(Command::NewOrder(PlaceOrder { market: instrument.market, order }))
}

/// The letters of `ExecInst`.
fn instructions<'a>(message: &Message<'a>) -> &'a [u8] {
    message.get(18).unwrap_or_default()
}

fn ord_type(message: &Message<'_>, instrument: &Instrument) -> Result<OrdType, Wrong> {
    let price = || instrument.ticks(44, need(message, 44)?);
    let stop = || instrument.ticks(99, need(message, 99)?);
    Ok(match need(message, 40)? {
        b"1" => OrdType::Market,
        b"2" => OrdType::Limit { price: price()? },
        b"3" => OrdType::Stop { stop: stop()? },
        b"4" => OrdType::StopLimit { stop: stop()?, price: price()? },
        b"K" => OrdType::MarketToLimit,
        b"P" => {
            let has = |letter| instructions(message).contains(&letter);
            let reference = match (has(b'M'), has(b'P'), has(b'R')) {
                (true, false, false) => PegReference::Midpoint,
                (false, true, false) => PegReference::Market,
                (false, false, true) => PegReference::Primary,
                _ => {
                    return Err(incorrect(18, "a pegged order says in ExecInst what it follows: M, P or R"));
                }
            };
            let offset = message.get(211).map_or(Ok(Price(0)), |text| instrument.ticks(211, text))?;
            let limit = message.get(44).map_or(Ok(Price::NONE), |text| instrument.ticks(44, text))?;
            OrdType::Pegged { reference, offset: Quantity(offset.0 as u64), limit }
        }
        _ => return Err(incorrect(40, "an order type is 1, 2, 3, 4, K or P")),
    })
}

fn time_in_force(message: &Message<'_>) -> Result<TimeInForce, Wrong> {
    Ok(match message.get(59) {
        None | Some(b"0") => TimeInForce::Day,
        Some(b"1") => TimeInForce::Gtc,
        Some(b"2") => TimeInForce::AtOpening,
        Some(b"3") => TimeInForce::Ioc,
        Some(b"4") => TimeInForce::Fok,
        Some(b"6") => TimeInForce::Gtd,
        Some(b"7") => TimeInForce::AtClose,
        Some(_) => return Err(incorrect(59, "a time in force is 0, 1, 2, 3, 4, 6 or 7")),
    })
}

fn expiry(message: &Message<'_>) -> Result<Time, Wrong> {
    let wrong = Wrong { tag: 126, reason: 6, text: "expected a UTC timestamp" };
    time::read(need(message, 126)?).map(Time).ok_or(wrong)
}

/// The cancelling of an order (FIX `F`).
pub fn cancel(instrument: &Instrument, order_id: OrderId) -> Command {
    Command::CancelOrder(CancelOrder { market: instrument.market, account: AccountId(0), order_id })
}

/// The change of an order (FIX `G`): its quantity counts the whole order.
///
/// # Errors
/// What is wrong with its fields.
pub fn replace(
    message: &Message<'_>,
    instrument: &Instrument,
    order: OrderId,
    client: ClientOrderId,
) -> Result<Command, Wrong> {
    let price = message.get(44).map_or(Ok(Price::NONE), |text| instrument.ticks(44, text))?;
    let stop = message.get(99).map_or(Ok(Price::NONE), |text| instrument.ticks(99, text))?;
    let quantity = lots(38, need(message, 38)?)?;
    need(message, 40)?;
    let change =
        Replace { account: AccountId(0), order, client, price, stop, quantity, counts: Counts::Whole };
    Ok(Command::ReplaceOrder(ReplaceOrder { market: instrument.market, change }))
}
