//! Market data in FIX: requests (`V`), snapshots (`W`), what changes (`X`), and why not (`Y`).
//!
//! A subscription begins with a snapshot of the view at some place in the log, and goes on with what happened after it: nothing is missed and nothing told twice.

use std::collections::BTreeSet;

use bartizan_engine::book::{Book, MarketData, Price, Quantity, Side};
use bartizan_engine::ledger::units::Sequence;

use super::instrument::Instrument;
use super::message::{Fields, Message, number};
use super::orders::{need, need_id};
use super::session::{Wrong, incorrect, missing};

/// Instruments of a request, and subscriptions of a session, at most.
pub const MOST_SUBSCRIPTIONS: usize = 64;

/// What is asked for (FIX `V`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub id: String,
    /// What to do.
    pub action: Action,
    /// How many levels; 0: all.
    pub depth: usize,
    /// Which entries.
    pub wants: Wants,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Tell how it is now.
    Snapshot,
    /// Tell that, and what changes.
    Subscribe,
    /// Tell no more.
    Unsubscribe,
}

/// Which entries are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// Levels to buy.
    pub bids: bool,
    /// Levels to sell.
    pub offers: bool,
    /// Trades.
    pub trades: bool,
}

/// Why it is not told (FIX `MDReqRejReason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub char, pub &'static str);

/// Reads a request.
///
/// # Errors
/// What is wrong with its fields.
pub fn request(message: &Message<'_>) -> Result<(Request, Option<Refused>), Wrong> {
    let id = need_id(message, 262)?.to_owned();
    let (action, mut refused) = match need(message, 263)? {
        b"0" => (Action::Snapshot, None),
        b"1" => (Action::Subscribe, None),
        b"2" => (Action::Unsubscribe, None),
        _ => (Action::Snapshot, Some(Refused('4', "SubscriptionRequestType is 0, 1 or 2"))),
    };
    let depth = number(need(message, 264)?).ok_or_else(|| incorrect(264, "a depth is a number"))? as usize;
    if action == Action::Subscribe {
        match message.get(265) {
            Some(b"1") => {}
            None => return Err(missing(265)),
            Some(_) => refused = Some(Refused('6', "changes are told incrementally: MDUpdateType is 1")),
        }
        if depth > 1 {
            refused = Some(Refused('5', "changes are told of the whole book, 0, or of its top, 1"));
        }
    }
    let mut wants = Wants::default();
    for kind in message.all(269) {
        match kind {
            b"0" => wants.bids = true,
            b"1" => wants.offers = true,
            b"2" => wants.trades = true,
            _ => refused = Some(Refused('8', "entries are 0, bids, 1, offers, and 2, trades")),
        }
    }
    if wants == Wants::default() && action != Action::Unsubscribe && refused.is_none() {
        return Err(missing(269));
    }
    Ok((Request { id, action, depth, wants }, refused))
}

/// A market as it is meant: by its symbol and its number, as far as given.
pub type Meant<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// The instruments of a request: each its symbol and its number, as far as given.
///
/// # Errors
/// If there is none, or too many.
pub fn asked<'a>(message: &Message<'a>) -> Result<Vec<Meant<'a>>, Wrong> {
    let mut asked = Vec::new();
    for &(tag, value) in message.fields() {
        match tag {
            55 => asked.push((Some(value), None)),
            48 => match asked.last_mut() {
                Some((_, id)) => *id = Some(value),
                None => return Err(incorrect(48, "Symbol comes before SecurityID")),
            },
            _ => {}
        }
    }
    if asked.is_empty() {
        return Err(missing(55));
    }
    if asked.len() > MOST_SUBSCRIPTIONS { Err(incorrect(146, "at most 64 instruments")) } else { Ok(asked) }
}

/// Why a request is not answered (FIX `Y`).
pub fn refuse(id: &str, refused: Refused) -> Fields {
    Fields::default().with(262, id).with(281, refused.0).with(58, refused.1)
}

/// How a book is (FIX `W`).
pub fn snapshot(request: &Request, instrument: &Instrument, book: &Book) -> Fields {
    let depth = if request.depth == 0 { usize::MAX } else { request.depth };
    let mut entries = Vec::new();
    for (wanted, side, kind) in [(request.wants.bids, Side::Buy, 0), (request.wants.offers, Side::Sell, 1)] {
        if wanted {
            entries.extend(book.levels(side).take(depth).map(|level| {
                let entry = Fields::default().with(269, kind).with(270, instrument.price(level.price));
                entry.with(271, level.quantity.0)
            }));
        }
    }
    if let (true, Some(last)) = (request.wants.trades, book.last_trade()) {
        entries.push(Fields::default().with(269, 2).with(270, instrument.price(last)));
    }
    if entries.is_empty() {
        // A group has one entry at least: of an empty book, of each kind that is asked for, nothing.
        let Wants { bids, offers, trades } = request.wants;
        let wanted = [bids, offers, trades].into_iter().zip(0..).filter(|(is_wanted, _)| *is_wanted);
        entries.extend(wanted.map(|(_, kind)| Fields::default().with(269, kind).with(270, 0).with(271, 0)));
    }
    let mut fields = Fields::default().with(262, &request.id);
    instrument.put(&mut fields);
    fields.put(268, entries.len());
    entries.iter().fold(fields, Fields::and)
}

/// A market that is told as it changes.
#[derive(Debug)]
pub struct Subscription {
    /// The request's id.
    pub id: String,
    /// The market.
    pub instrument: Instrument,
    wants: Wants,
    is_top: bool,
    /// The last command that its snapshot saw.
    since: Sequence,
    /// The prices that are shown: to sell or not, and in ticks.
    shown: BTreeSet<(bool, Price)>,
}

impl Subscription {
    /// What is told after a snapshot that saw `since`.
    pub fn new(request: &Request, instrument: Instrument, book: &Book, since: Sequence) -> Self {
        let is_top = request.depth == 1;
        let depth = if is_top { 1 } else { usize::MAX };
        let side = |side| book.levels(side).take(depth).map(move |level| (side == Side::Sell, level.price));
        let shown = side(Side::Buy).chain(side(Side::Sell)).collect();
        Subscription { id: request.id.clone(), instrument, wants: request.wants, is_top, since, shown }
    }

    /// What followed from a command (FIX `X`), if that changed anything that is shown.
    pub fn changes<'a>(
        &mut self,
        sequence: Sequence,
        told: impl Iterator<Item = &'a MarketData>,
    ) -> Option<Fields> {
        if sequence <= self.since {
            return None;
        }
        let mut entries = Vec::new();
        for data in told {
            match *data {
                MarketData::Level { side, price, quantity, .. } if !self.is_top => {
                    entries.extend(self.level(side, price, quantity));
                }
                MarketData::Top(top) if self.is_top => {
                    entries.extend(self.top(Side::Buy, top.bid, top.bid_quantity));
                    entries.extend(self.top(Side::Sell, top.ask, top.ask_quantity));
                }
                MarketData::Traded { price, quantity, .. } if self.wants.trades => {
                    entries.push(self.entry((0, 2), price, Some(quantity)));
                }
                _ => {}
            }
        }
        if entries.is_empty() {
            return None;
        }
        let fields = Fields::default().with(262, &self.id).with(268, entries.len());
        Some(entries.iter().fold(fields, Fields::and))
    }

    fn wants(&self, side: Side) -> bool {
        if side == Side::Buy { self.wants.bids } else { self.wants.offers }
    }

    fn level(&mut self, side: Side, price: Price, quantity: Quantity) -> Option<Fields> {
        let (is_sell, is_gone) = (side == Side::Sell, quantity == Quantity::ZERO);
        let was_shown =
            if is_gone { self.shown.remove(&(is_sell, price)) } else { !self.shown.insert((is_sell, price)) };
        let action = match (was_shown, is_gone) {
            (false, true) => return None,
            (false, false) => 0,
            (true, false) => 1,
            (true, true) => 2,
        };
        let entry = (action, u8::from(is_sell));
        self.wants(side).then(|| self.entry(entry, price, (!is_gone).then_some(quantity)))
    }

    /// What changes when the best price of a side is another: the one before goes.
    fn top(&mut self, side: Side, price: Option<Price>, quantity: Quantity) -> Vec<Fields> {
        let is_sell = side == Side::Sell;
        let before = self.shown.iter().find(|(of, _)| *of == is_sell).map(|&(_, price)| price);
        let mut entries = Vec::new();
        if let Some(before) = before.filter(|&before| Some(before) != price) {
            entries.extend(self.level(side, before, Quantity::ZERO));
        }
        if let Some(price) = price {
            entries.extend(self.level(side, price, quantity));
        }
        entries
    }

    fn entry(&self, (action, kind): (u8, u8), price: Price, quantity: Option<Quantity>) -> Fields {
        let mut fields = Fields::default().with(279, action).with(269, kind);
        self.instrument.put(&mut fields);
        fields.put(270, self.instrument.price(price));
        if let Some(quantity) = quantity {
            fields.put(271, quantity.0);
        }
        fields
    }
}
