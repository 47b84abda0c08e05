//! What became of orders, in FIX: execution reports (`8`) and cancel rejects (`9`).

use bartizan_engine::book::{ClientOrderId, ExecType, OrdStatus, OrderId, Price, Reason, Report, Side};
use bartizan_engine::reject::Reject;

use super::instrument::Instrument;
use super::known::{Key, Known};
use super::message::{Fields, Message, number};
use super::store::{Sent, Store};
use super::{ids, time};

/// What a session asked in one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `D`, `F` or `G`.
    pub kind: char,
    /// Its `ClOrdID`.
    pub client: String,
    /// Its `OrigClOrdID`.
    pub original: Option<String>,
}

fn side(side: Side) -> char {
    if side == Side::Buy { '1' } else { '2' }
}

/// An execution report of a book's report. `request` is what asked for it, if this session did.
pub fn execution(
    instrument: &Instrument,
    (report, known): (&Report, &Known),
    at: u64,
    (store, request): (&Store, Option<&Request>),
) -> Fields {
    let mut fields = Fields::default().with(37, report.order.0);
    match request {
        // The order that is cancelled has its own id in the book; FIX names the request first.
        Some(Request { client, original: Some(original), .. })
            if matches!(report.exec_type, ExecType::Canceled | ExecType::Replaced) =>
        {
            fields = fields.with(11, client).with(41, original);
        }
        _ => fields.put(11, client_text(store, report.client)),
    }
    fields.put(17, format_args!("{}.{}", instrument.market.0, report.sequence));
    fields.put(150, char::from(report.exec_type as u8));
    fields.put(39, char::from(report.ord_status as u8));
    instrument.put(&mut fields);
    if report.exec_type == ExecType::Restated {
        fields.put(378, if report.quantity.0 > 0 { 5 } else { 99 });
    }
    fields = standing(fields, instrument, known);
    if report.exec_type == ExecType::Trade || report.exec_type == ExecType::TradeCancel {
        fields = fields.with(32, report.quantity.0).with(31, instrument.price(report.price));
        match report.reason {
            Reason::AddedLiquidity => fields.put(851, 1),
            Reason::RemovedLiquidity => fields.put(851, 2),
            _ => {}
        }
        if report.exec_type == ExecType::Trade {
            fields.put(527, report.match_id().0);
        }
    }
    fields = fields.with(60, time::written(at));
    if report.reason == Reason::Requested {
        fields
    } else {
        fields.with(58, format_args!("{:?}", report.reason))
    }
}

/// How an order stands (`ExecType` `I`), with nothing that happened.
pub fn status(instrument: &Instrument, order: OrderId, known: &Known, store: &Store, now: u64) -> Fields {
    let mut fields = Fields::default().with(37, order.0).with(11, client_text(store, known.client));
    fields = fields.with(17, 0).with(150, 'I').with(39, char::from(known.status as u8));
    instrument.put(&mut fields);
    standing(fields, instrument, known).with(60, time::written(now))
}

fn standing(fields: Fields, instrument: &Instrument, known: &Known) -> Fields {
    let mut fields = fields.with(54, side(known.side));
    if known.quantity > 0 {
        fields.put(38, known.quantity);
    }
    if known.price != Price::NONE {
        fields.put(44, instrument.price(known.price));
    }
    let average = instrument.average(known.paid, known.seen);
    fields.with(151, known.leaves).with(14, known.cumulative).with(6, average)
}

fn client_text(store: &Store, client: ClientOrderId) -> String {
    if client.0 == 0 { "NONE".to_owned() } else { store.name_of(client.0) }
}

/// The instrument that a message of ours is about: a market, or as the message that is answered names it, or `N/A` where it names none that is known.
pub fn named_in(fields: &mut Fields, instrument: Option<&Instrument>, message: &Message<'_>) {
    match (instrument, message.get(55)) {
        (Some(instrument), _) => instrument.put(fields),
        (None, Some(symbol)) if !symbol.is_empty() => fields.put(55, String::from_utf8_lossy(symbol)),
        (None, _) => fields.put(55, "N/A"),
    }
}

/// A new order that was refused, or one of which nothing is known (`ExecType` `8`, or `I` if it was only asked about). `id` is its `ExecID`; `symbol` names its market.
pub fn refused(
    (client, id): (&str, &str),
    (symbol, side): (&Fields, &str),
    (exec_type, number, text): (char, u32, &str),
    now: u64,
) -> Fields {
    let fields = Fields::default().with(37, "NONE").with(11, client).with(17, id);
    let fields = fields.with(150, exec_type).with(39, char::from(OrdStatus::Rejected as u8));
    let fields = fields.with(103, number).and(symbol).with(54, side).with(151, 0).with(14, 0).with(6, 0);
    fields.with(60, time::written(now)).with(58, text)
}

/// A cancel or replace that was refused (FIX `9`).
pub fn cancel_refused(
    request: &Request,
    known: Option<(Key, &Known)>,
    (number, text): (u32, &str),
    now: u64,
) -> Fields {
    let fields = match known {
        Some(((_, order), _)) => Fields::default().with(37, order.0),
        None => Fields::default().with(37, "NONE"),
    };
    let original = request.original.as_deref().unwrap_or("NONE");
    let status = known.map_or(OrdStatus::Rejected, |(_, known)| known.status);
    let fields = fields.with(11, &request.client).with(41, original).with(39, char::from(status as u8));
    let fields = fields.with(434, if request.kind == 'G' { 2 } else { 1 }).with(102, number);
    fields.with(60, time::written(now)).with(58, text)
}

/// FIX `OrdRejReason`.
pub fn order_reason(reject: Reject) -> u32 {
    match reject {
        Reject::UnknownMarket => 1,
        Reject::Book(Reason::NotTrading) => 2,
        Reject::InsufficientFunds => 3,
        Reject::IdReused | Reject::IdTooOld | Reject::Book(Reason::DuplicateClientId) => 6,
        _ => 99,
    }
}

/// FIX `CxlRejReason`.
pub fn cancel_reason(reject: Reject) -> u32 {
    match reject {
        Reject::Book(Reason::UnknownOrder | Reason::NotOwner) => 1,
        Reject::IdReused | Reject::IdTooOld | Reject::Book(Reason::DuplicateClientId) => 6,
        Reject::Book(Reason::BelowExecuted) => 0,
        _ => 99,
    }
}

/// A reject in words: its name and number.
pub fn named(reject: Reject) -> String {
    format!("{} ({}): {}", reject.name(), reject.number(), reject.meaning())
}

/// The order that a report that was sent is of, and how it stood then.
pub fn remembered(
    sent: &Sent,
    instrument: impl Fn(u64) -> Option<Instrument>,
    before: impl Fn(Key) -> Option<Known>,
) -> Option<(Key, Known)> {
    let field = |tag: u32| {
        let mut fields = sent.body.as_text().split('\u{1}').filter_map(|field| field.split_once('='));
        fields.find(|(found, _)| found.parse() == Ok(tag)).map(|(_, value)| value)
    };
    let value = |tag| field(tag).and_then(|text| number(text.as_bytes()));
    if sent.kind != "8" || field(150) == Some("I") {
        return None;
    }
    let instrument = instrument(value(48)?)?;
    let key = (instrument.market, OrderId(field(37)?.parse().ok()?));
    let price = |tag| field(tag).and_then(|text| instrument.ticks(tag, text.as_bytes()).ok());
    let before = before(key);
    let (mut paid, mut seen) = before.map_or((0, 0), |before| (before.paid, before.seen));
    if let (Some(price), Some(quantity)) = (price(31), value(32)) {
        let is_bust = field(150) == Some("H");
        let ticks = i128::from(price.0) * i128::from(quantity);
        paid += if is_bust { -ticks } else { ticks };
        seen = if is_bust { seen.saturating_sub(quantity) } else { seen + quantity };
    }
    let status = match field(39)? {
        "0" => OrdStatus::New,
        "1" => OrdStatus::PartiallyFilled,
        "2" => OrdStatus::Filled,
        "4" => OrdStatus::Canceled,
        "C" => OrdStatus::Expired,
        _ => return None,
    };
    // The request's id is that of the order once it is replaced, and never once it is cancelled.
    let client = if field(150) == Some("4") { field(41).or(field(11)) } else { field(11) };
    let known = Known {
        client: ids::client(client?),
        side: if field(54) == Some("1") { Side::Buy } else { Side::Sell },
        status,
        price: price(44).unwrap_or(Price::NONE),
        quantity: value(38).unwrap_or(0),
        leaves: value(151)?,
        cumulative: value(14)?,
        paid,
        seen,
    };
    Some((key, known))
}
