//! What one of the two realms did, added up: commands by answer, and of each market trades, money, fees, spread and welfare.
//!
//! Trades that are taken back are taken out of all sums again. Sums that outgrow 128 bits, which no real log reaches, stay at the largest.

use std::collections::{BTreeMap, VecDeque};

use bartizan_engine::book::{ExecType, MatchId, NewOrder, OrdType, OrderId, Phase, Price, Report};
use bartizan_engine::event::{Event, Events};
use bartizan_engine::market::OrderBook;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Command;
use bartizan_engine::reject::Reject;
use bartizan_engine::rounds::units::RoundId;
use hashbrown::HashMap;

use super::equality::rounded;
use super::names::{TRADES_KEPT, is_last};
use super::told::{Told, Trade, read};

/// Commands, by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    /// Carried out.
    pub applied: u64,
    /// Sent again, so nothing happened.
    pub repeated: u64,
    /// Refused, by the reject's number.
    pub refused: BTreeMap<u16, (Reject, u64)>,
}

impl Commands {
    /// Refused, for whatever reason.
    pub fn refusals(&self) -> u64 {
        self.refused.values().map(|(_, count)| count).sum()
    }
}

/// What happened in a market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dealings {
    /// Trades that stand.
    pub trades: u64,
    /// Trades that were taken back.
    pub taken_back: u64,
    /// Lots traded.
    pub lots: u128,
    /// Lots times price, in ticks.
    pub ticks: u128,
    /// Money that changed hands, in the quote's smallest units.
    pub money: u128,
    /// What the market's fee account got in fees, less rebates. What its owner owes as a trader is a fee to nobody, and not counted.
    pub fees: i128,
    /// What buyers would have paid at most, less what sellers would have taken at least, by their own limits; in the quote's smallest
    /// units. A side without a limit of its own counts at the trade's price.
    pub welfare: i128,
    /// Spread in ticks times nanoseconds, over the time of continuous trading when a bid stood below an ask.
    pub spread: u128,
    /// That time, in nanoseconds.
    pub quoted: u128,
}

impl Dealings {
    /// Ticks a lot, with four decimals; none without a trade.
    pub fn average_price(&self) -> Option<String> {
        mean(self.ticks, self.lots)
    }

    /// The spread in ticks over the time when there was one, with four decimals.
    pub fn mean_spread(&self) -> Option<String> {
        mean(self.spread, self.quoted)
    }
}

/// What happened to a round of barter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Barter {
    /// With how many offers it was closed, if it was.
    pub offers: Option<u32>,
    /// How many lots and bids changed hands, once it is settled.
    pub settled: Option<u32>,
    /// Whether it was cancelled, by somebody or since nobody proposed anything in time.
    pub is_cancelled: bool,
}

impl Barter {
    /// How far it came.
    pub fn outcome(self) -> &'static str {
        match self {
            Barter { settled: Some(_), .. } => "settled",
            Barter { is_cancelled: true, .. } => "cancelled",
            Barter { offers: Some(_), .. } => "closed",
            Barter { .. } => "open",
        }
    }
}

/// What is known of a market while it goes.
#[derive(Clone, Debug, Default)]
struct Course {
    dealings: Dealings,
    /// Since when the spread is as it is, and how wide.
    since: (u64, Option<u64>),
    /// The last trades, with their welfare.
    kept: VecDeque<(MatchId, i128)>,
}

/// What it all came to: commands, markets, rounds.
type Sums = (Commands, BTreeMap<MarketId, Dealings>, BTreeMap<RoundId, Barter>);

/// The sums of one realm.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    commands: Commands,
    markets: BTreeMap<MarketId, Course>,
    rounds: BTreeMap<RoundId, Barter>,
    /// Of open orders, their own limits, if they have one. Never iterated.
    limits: HashMap<(MarketId, OrderId), i64>,
}

impl Tally {
    /// Follows one command, but counts nothing: what happens before there are two realms.
    pub(super) fn follow(&mut self, command: &Command, events: &Events) {
        read(events, |told| {
            if let Told::Report(market, report) = told {
                self.learn_limit(Some(command), market, report);
            }
        });
    }

    /// Starts to count, from the realm as it is.
    pub(super) fn start(&mut self, realm: &Realm) {
        for (market, _) in realm.markets().iter() {
            self.look(realm, market);
        }
    }

    /// Adds what one command did, or, without a command, what rules did that were laid over a market.
    pub(super) fn add(&mut self, command: Option<&Command>, events: &Events, realm: &Realm) {
        if command.is_some() {
            self.count(events);
        }
        read(events, |told| match told {
            Told::Trade(trade) => self.trade(realm, &trade),
            Told::TakenBack(trade) => self.take_back(realm, command, &trade),
            Told::Report(market, report) => self.learn_limit(command, market, report),
            Told::Fee(market, posting) => {
                let account = realm.markets().get(market).map(OrderBook::fee_account);
                let amount = posting.amount.0 as i128;
                let got = if account == Some(posting.credit) { amount } else { 0 };
                let gave = if account == Some(posting.debit) { amount } else { 0 };
                let dealings = self.dealings(market);
                dealings.fees = dealings.fees.saturating_add(got - gave);
            }
        });
        for event in &events.list {
            if let Event::Reports { market, .. }
            | Event::MarketData { market, .. }
            | Event::MarketCreated { market } = *event
            {
                self.look(realm, market);
            }
            self.barter(event);
        }
    }

    fn barter(&mut self, event: &Event) {
        match *event {
            Event::RoundOpened { round } => drop(self.rounds.entry(round).or_default()),
            Event::RoundClosed { round, offers } => {
                self.rounds.entry(round).or_default().offers = Some(offers);
            }
            Event::RoundSettled { round, items, .. } => {
                self.rounds.entry(round).or_default().settled = Some(items);
            }
            Event::RoundCancelled { round } => self.rounds.entry(round).or_default().is_cancelled = true,
            _ => {}
        }
    }

    /// What it all came to, with the realm at its end.
    pub(super) fn finish(mut self, realm: &Realm) -> Sums {
        for (market, _) in realm.markets().iter() {
            self.look(realm, market);
        }
        let dealings = self.markets.into_iter().map(|(market, course)| (market, course.dealings));
        (self.commands, dealings.collect(), self.rounds)
    }

    fn dealings(&mut self, market: MarketId) -> &mut Dealings {
        &mut self.markets.entry(market).or_default().dealings
    }

    fn count(&mut self, events: &Events) {
        match events.list.last() {
            Some(&Event::Rejected { reject, .. }) => {
                self.commands.refused.entry(reject.number()).or_insert((reject, 0)).1 += 1;
            }
            Some(Event::Repeated { .. }) => self.commands.repeated += 1,
            _ => self.commands.applied += 1,
        }
    }

    fn learn_limit(&mut self, command: Option<&Command>, market: MarketId, report: &Report) {
        let order = (market, report.order);
        let limit = match (report.exec_type, command) {
            (ExecType::New, Some(Command::NewOrder(place))) => own_limit(&place.order),
            (ExecType::Replaced, Some(Command::ReplaceOrder(replace))) => {
                Some(replace.change.price).filter(|&price| price != Price::NONE)
            }
            _ => None,
        };
        if let Some(limit) = limit {
            self.limits.insert(order, limit.0);
        }
        if is_last(report) {
            self.limits.remove(&order);
        }
    }

    fn trade(&mut self, realm: &Realm, trade: &Trade) {
        let Trade { market, lots, price, .. } = *trade;
        let limit = |order| i128::from(self.limits.get(&(market, order)).copied().unwrap_or(price));
        let surplus = limit(trade.buyer) - limit(trade.seller);
        let worth = quote_per_tick(realm, market);
        let welfare = surplus.saturating_mul(i128::from(lots)).saturating_mul(worth as i128);
        let ticks = u128::from(lots) * price.unsigned_abs() as u128;
        let course = self.markets.entry(market).or_default();
        let dealings = &mut course.dealings;
        dealings.trades += 1;
        dealings.lots += u128::from(lots);
        dealings.ticks = dealings.ticks.saturating_add(ticks);
        dealings.money = dealings.money.saturating_add(ticks.saturating_mul(worth));
        dealings.welfare = dealings.welfare.saturating_add(welfare);
        course.kept.push_back((trade.id, welfare));
        if course.kept.len() > TRADES_KEPT {
            course.kept.pop_front();
        }
    }

    fn take_back(&mut self, realm: &Realm, command: Option<&Command>, trade: &Trade) {
        let Trade { market, lots, price, .. } = *trade;
        let worth = quote_per_tick(realm, market);
        let course = self.markets.entry(market).or_default();
        let dealings = &mut course.dealings;
        dealings.taken_back += 1;
        // Of a trade from before there were two realms nothing was added.
        let Some(Command::BustTrade(bust)) = command else { return };
        let Ok(place) = course.kept.binary_search_by_key(&bust.trade, |&(id, _)| id) else { return };
        let ticks = u128::from(lots) * price.unsigned_abs() as u128;
        dealings.trades -= 1;
        dealings.lots -= u128::from(lots);
        dealings.ticks = dealings.ticks.saturating_sub(ticks);
        dealings.money = dealings.money.saturating_sub(ticks.saturating_mul(worth));
        dealings.welfare = dealings.welfare.saturating_sub(course.kept[place].1);
    }

    /// Looks at a market's spread: until now it was as it was seen last.
    fn look(&mut self, realm: &Realm, market: MarketId) {
        let Some(book) = realm.markets().get(market) else { return };
        let (top, is_trading) = (book.book().top(), book.book().phase() == Phase::Continuous);
        let spread = top.bid.zip(top.ask).map(|(bid, ask)| ask.0 - bid.0);
        let spread = spread.filter(|&spread| is_trading && spread > 0);
        let now = realm.clock();
        let course =
            self.markets.entry(market).or_insert_with(|| Course { since: (now, None), ..Course::default() });
        let (since, was) = course.since;
        if let Some(was) = was {
            let lasted = u128::from(now.saturating_sub(since));
            course.dealings.quoted += lasted;
            course.dealings.spread = course.dealings.spread.saturating_add(u128::from(was) * lasted);
        }
        course.since = (now, spread.map(i64::unsigned_abs));
    }
}

fn quote_per_tick(realm: &Realm, market: MarketId) -> u128 {
    realm.markets().get(market).map_or(0, OrderBook::quote_per_tick).into()
}

/// The worst price that an order itself names.
fn own_limit(order: &NewOrder) -> Option<Price> {
    match order.ord_type {
        OrdType::Limit { price } | OrdType::StopLimit { price, .. } => Some(price),
        OrdType::Pegged { limit, .. } => Some(limit).filter(|&limit| limit != Price::NONE),
        OrdType::Market | OrdType::Stop { .. } | OrdType::TrailingStop { .. } | OrdType::MarketToLimit => {
            None
        }
    }
}

fn mean(sum: u128, of: u128) -> Option<String> {
    if of == 0 { None } else { rounded(i128::try_from(sum).ok()?, of) }
}
