//! The book itself: its parts, and how it tells what happens to them.

use std::collections::{BTreeMap, BTreeSet};

use super::Events;
use super::clients::ClientIndex;
use super::command::Phase;
use super::market::{Indicative, MarketData, MarketEvent, Top};
use super::pegs::Pegs;
use super::pool::{NONE, Pool, Special, Wait};
use super::report::{ExecType, OrdStatus, Reason, Report};
use super::rules::{Bands, Rules};
use super::side::{HalfBook, Level};
use super::stops::Stops;
use super::trades::Trades;
use super::units::{AccountId, ClientOrderId, OrderId, Price, Quantity, Side};

/// An order book. A new one is in the continuous phase, empty, and has no bands and no reference price.
#[derive(Clone, Debug)]
pub struct Book {
    pub(super) rules: Rules,
    /// Whether prices and quantities need no check against ticks and lots.
    pub(super) is_unit: bool,
    pub(super) bands: Option<Bands>,
    pub(super) phase: Phase,
    /// While a book is halted or closed after a call that had no auction: the call that must come next.
    pub(super) owed_call: Option<Phase>,
    pub(super) clock: u64,
    pub(super) pool: Pool,
    pub(super) sides: [HalfBook; 2],
    /// Market orders that wait for an auction, by entry.
    pub(super) unpriced: [BTreeMap<u64, u32>; 2],
    /// What is open of them.
    pub(super) unpriced_open: [u64; 2],
    /// Orders at the close that wait for the closing call, by entry.
    pub(super) closing: BTreeMap<u64, u32>,
    pub(super) stops: Stops,
    /// Stops that a trade elected and that have not entered yet, by the order of their election.
    pub(super) elected: BTreeMap<u64, u32>,
    /// Stops, elected or not, and pegged orders together: while there are none, nothing has to be settled.
    pub(super) waiting: u32,
    pub(super) pegs: [Pegs; 2],
    /// By expiry and entry.
    pub(super) expiries: BTreeMap<(u64, u64), u32>,
    pub(super) next_expiry: u64,
    pub(super) groups: BTreeMap<u32, BTreeSet<u32>>,
    /// The orders at the opening and at the close.
    pub(super) auction_only: BTreeSet<u32>,
    pub(super) clients: ClientIndex,
    pub(super) trades: Trades,
    pub(super) last_trade: Option<i64>,
    pub(super) reference: Option<i64>,
    pub(super) entered: u64,
    pub(super) report_sequence: u64,
    pub(super) market_sequence: u64,
    pub(super) told_top: Top,
    pub(super) told_indicative: Indicative,
}

/// What a report says of an order, beside what happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject {
    pub(super) order: OrderId,
    pub(super) client: u64,
    pub(super) account: u32,
    pub(super) side: Side,
    pub(super) price: i64,
    pub(super) leaves: u64,
    pub(super) cumulative: u64,
}

impl Book {
    /// A book of these rules.
    ///
    /// # Panics
    /// If the lot is zero.
    pub fn new(rules: Rules) -> Self {
        assert!(rules.lot.0 > 0, "a lot is at least 1");
        Book {
            is_unit: rules.lot.0 == 1 && rules.ticks.is_unit(),
            bands: None,
            phase: Phase::Continuous,
            owed_call: None,
            clock: 0,
            pool: Pool::new(&rules),
            sides: [HalfBook::new(Side::Buy), HalfBook::new(Side::Sell)],
            unpriced: [BTreeMap::new(), BTreeMap::new()],
            unpriced_open: [0; 2],
            closing: BTreeMap::new(),
            stops: Stops::default(),
            elected: BTreeMap::new(),
            waiting: 0,
            pegs: [Pegs::new(Side::Buy), Pegs::new(Side::Sell)],
            expiries: BTreeMap::new(),
            next_expiry: u64::MAX,
            groups: BTreeMap::new(),
            auction_only: BTreeSet::new(),
            clients: ClientIndex::new(if rules.index_client_ids {
                rules.expected_orders as usize
            } else {
                0
            }),
            trades: Trades::new(rules.bustable_trades),
            last_trade: None,
            reference: None,
            entered: 0,
            report_sequence: 0,
            market_sequence: 0,
            told_top: Top::default(),
            told_indicative: Indicative::default(),
            rules,
        }
    }

    #[inline]
    pub(super) fn side(&self, side: Side) -> &HalfBook {
        &self.sides[side as usize]
    }

    pub(super) fn next_entered(&mut self) -> u64 {
        self.entered += 1;
        self.entered
    }

    /// Has the next report and the next market data event follow on these: what was told since is told to nobody ([`Book::sequences`]).
    pub(crate) fn count_from(&mut self, (reports, market): (u64, u64)) {
        (self.report_sequence, self.market_sequence) = (reports, market);
    }

    /// Writes a report.
    #[inline]
    pub(super) fn report(
        &mut self,
        events: &mut Events,
        subject: &Subject,
        (exec_type, ord_status, reason): (ExecType, OrdStatus, Reason),
        (price, quantity): (i64, u64),
    ) {
        self.report_sequence += 1;
        events.reports.push(Report {
            sequence: self.report_sequence,
            order: subject.order,
            client: ClientOrderId(subject.client),
            account: AccountId(subject.account),
            exec_type,
            ord_status,
            side: subject.side,
            reason,
            price: Price(price),
            quantity: Quantity(quantity),
            leaves: Quantity(subject.leaves),
            cumulative: Quantity(subject.cumulative),
        });
    }

    /// What a report says of a live order.
    #[expect(
        clippy::inline_always,
        reason = "handed back in memory it would be read wider than it was written, and wait"
    )]
    #[inline(always)]
    pub(super) fn subject(&self, slot: u32) -> Subject {
        let order = &self.pool.orders[slot as usize];
        let (leaves, cumulative) = self.pool.quantities(slot);
        Subject {
            order: self.pool.id(slot),
            client: order.client,
            account: order.account,
            side: order.side(),
            price: self.price_of(slot),
            leaves,
            cumulative,
        }
    }

    /// A live order's limit price; of a stop without one its stop price; otherwise none.
    #[inline]
    pub(super) fn price_of(&self, slot: u32) -> i64 {
        let order = &self.pool.orders[slot as usize];
        if order.is_resting() {
            return self.side(order.side()).levels[order.level() as usize].price;
        }
        self.named_price(slot)
    }

    /// The price that an order outside the queues names.
    #[cold]
    fn named_price(&self, slot: u32) -> i64 {
        let Some(special) = self.pool.special(slot) else { return i64::MIN };
        if special.limit == i64::MIN { self.stop_of(slot, special) } else { special.limit }
    }

    /// The stop price of a special order; none of one that is no stop.
    pub(super) fn stop_of(&self, slot: u32, special: &Special) -> i64 {
        let side = self.pool.orders[slot as usize].side();
        match special.wait {
            Wait::TrailingStop => self.stops.trailing(side, special.offset, special.entered),
            _ => special.stop,
        }
    }

    #[inline]
    fn tell(&mut self, events: &mut Events, data: MarketData) {
        self.market_sequence += 1;
        events.market.push(MarketEvent { sequence: self.market_sequence, data });
    }

    /// Tells what everybody is told, whatever the channels.
    pub(super) fn tell_all(&mut self, events: &mut Events, data: MarketData) {
        self.tell(events, data);
    }

    #[inline]
    pub(super) fn tell_l3(&mut self, events: &mut Events, data: MarketData) {
        if self.rules.l3 {
            self.tell(events, data);
        }
    }

    #[inline]
    pub(super) fn tell_l1(&mut self, events: &mut Events, data: MarketData) {
        if self.rules.l1 {
            self.tell(events, data);
        }
    }

    /// L2: what a level shows now.
    #[inline]
    pub(super) fn tell_level(&mut self, events: &mut Events, side: Side, index: u32) {
        if self.rules.l2 {
            let &Level { price, shown, count, .. } = &self.side(side).levels[index as usize];
            self.tell(
                events,
                MarketData::Level { side, price: Price(price), quantity: Quantity(shown), count },
            );
        }
    }

    /// Whether orders lie collected for an auction, and may cross: in a call, and after one that was interrupted.
    #[inline]
    pub(super) fn is_collecting(&self) -> bool {
        self.phase.is_call() || self.owed_call.is_some()
    }

    /// L1 at the end of a command, and in a call what its auction would do.
    pub(super) fn tell_changes(&mut self, events: &mut Events) {
        if self.phase.is_call() {
            let indicative = self.indicative();
            if indicative != self.told_indicative {
                self.told_indicative = indicative;
                self.tell(events, MarketData::Indicative(indicative));
            }
        } else if self.rules.l1 && self.owed_call.is_none() {
            let top = self.top();
            if top != self.told_top {
                self.told_top = top;
                self.tell(events, MarketData::Top(top));
            }
        }
    }

    /// Puts an order at the end of its queue, and tells so.
    #[inline]
    pub(super) fn rest(&mut self, events: &mut Events, slot: u32, side: Side, price: i64) {
        let level = self.sides[side as usize].join(&mut self.pool, slot, price);
        if self.rules.l3 {
            let quantity = Quantity(self.pool.orders[slot as usize].open());
            let order = self.pool.id(slot);
            self.tell(events, MarketData::Added { order, side, price: Price(price), quantity });
        }
        self.tell_level(events, side, level);
    }

    /// Takes an order out of its queue without a trade, and tells so.
    #[inline]
    pub(super) fn unrest(&mut self, events: &mut Events, slot: u32) {
        let side = self.pool.orders[slot as usize].side();
        let level = self.sides[side as usize].leave(&mut self.pool, slot);
        if self.rules.l3 {
            self.tell(events, MarketData::Deleted { order: self.pool.id(slot) });
        }
        self.tell_level(events, side, level);
    }

    /// Ends a live order: takes it out of wherever it is, reports it, and frees its slot.
    #[inline]
    pub(super) fn end(&mut self, events: &mut Events, slot: u32, exec_type: ExecType, reason: Reason) {
        match self.pool.plain(slot) {
            Some(order) => self.end_plain(events, slot, &order, (exec_type, reason)),
            None => self.end_special(events, slot, exec_type, reason),
        }
    }

    #[inline(never)]
    fn end_special(&mut self, events: &mut Events, slot: u32, exec_type: ExecType, reason: Reason) {
        let subject = self.subject(slot);
        let status = ended(exec_type);
        self.withdraw(events, slot);
        let ended = Subject { leaves: 0, ..subject };
        self.report(events, &ended, (exec_type, status, reason), (subject.price, subject.leaves));
        self.free(slot);
    }

    /// Takes a live order out of wherever it waits.
    #[inline]
    pub(super) fn withdraw(&mut self, events: &mut Events, slot: u32) {
        if self.pool.orders[slot as usize].is_resting() {
            self.unrest(events, slot);
        } else {
            self.stop_waiting(slot);
        }
    }

    /// Forgets an order that is in no queue.
    #[inline]
    pub(super) fn free(&mut self, slot: u32) {
        if self.pool.orders[slot as usize].is_special() {
            self.forget_terms(slot);
        }
        if self.rules.index_client_ids {
            let order = self.pool.orders[slot as usize];
            self.clients.remove(&self.pool.orders, order.account, order.client);
        }
        self.pool.give_back(slot);
    }

    /// Notes when a special order expires and with whom it is cancelled.
    pub(super) fn remember_terms(&mut self, slot: u32) {
        let Some(&Special { expires, entered, group, is_auction_only, .. }) = self.pool.special(slot) else {
            return;
        };
        if is_auction_only {
            self.auction_only.insert(slot);
        }
        if expires != 0 {
            self.expiries.insert((expires, entered), slot);
            self.next_expiry = self.next_expiry.min(expires);
        }
        if group != 0 {
            self.groups.entry(group).or_default().insert(slot);
        }
    }

    /// Forgets when a special order expires and with whom it is cancelled.
    fn forget_terms(&mut self, slot: u32) {
        let Some(&Special { expires, entered, group, is_auction_only, .. }) = self.pool.special(slot) else {
            return;
        };
        if is_auction_only {
            self.auction_only.remove(&slot);
        }
        if expires != 0 {
            self.expiries.remove(&(expires, entered));
            self.next_expiry = self.expiries.first_key_value().map_or(u64::MAX, |(&(expires, _), _)| expires);
        }
        if group != 0
            && let Some(slots) = self.groups.get_mut(&group)
        {
            slots.remove(&slot);
            if slots.is_empty() {
                self.groups.remove(&group);
            }
        }
    }

    /// Notes the price of a trade: it elects stops, and is the last trade's and the reference price from now on.
    #[inline]
    pub(super) fn set_last_trade(&mut self, price: i64) {
        // While orders trade as they come, every stop that waits has been held against the last trade.
        if self.waiting != 0 && (self.last_trade != Some(price) || self.phase != Phase::Continuous) {
            self.elect_stops(price);
        }
        self.last_trade = Some(price);
        self.reference = Some(price);
    }

    /// The best displayed bid and ask.
    #[inline]
    pub fn top(&self) -> Top {
        let best = |side| {
            self.side(side)
                .best_level()
                .map_or((None, Quantity::ZERO), |level| (Some(Price(level.price)), Quantity(level.shown)))
        };
        let ((bid, bid_quantity), (ask, ask_quantity)) = (best(Side::Buy), best(Side::Sell));
        Top { bid, bid_quantity, ask, ask_quantity }
    }

    /// The slots of a displayed queue, first to last.
    pub(super) fn queue(&self, level: &Level) -> impl Iterator<Item = u32> {
        let some = |slot: u32| (slot != NONE).then_some(slot);
        std::iter::successors(some(level.head), move |&slot| some(self.pool.orders[slot as usize].next))
    }
}

/// The status of an order that a report of this kind ends.
#[inline]
pub(super) fn ended(exec_type: ExecType) -> OrdStatus {
    if exec_type == ExecType::Expired { OrdStatus::Expired } else { OrdStatus::Canceled }
}
