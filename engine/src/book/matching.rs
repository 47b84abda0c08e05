//! An incoming order meets those that rest: candidates in order, self-trade prevention, trades, replenishment.

use super::Events;
use super::command::SelfTrade;
use super::market::MarketData;
use super::pegs::{Candidate, References};
use super::pool::NONE;
use super::report::{ExecType, OrdStatus, Reason};
use super::state::{Book, Subject};
use super::trades::{Party, Trade, reasons};
use super::units::{MatchId, Price, Quantity, Side};

/// An order on its way in. It has a slot, but is in no queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Incoming {
    pub(super) slot: u32,
    /// What its reports say; `leaves` and `cumulative` are its own.
    pub(super) subject: Subject,
    pub(super) self_trade: SelfTrade,
    /// The worst price to trade at; `i64::MAX` or `i64::MIN`: any.
    pub(super) limit: i64,
    /// Whether the best opposite level changed and was not told of.
    pub(super) is_level_untold: bool,
}

impl Incoming {
    pub(super) fn new(slot: u32, subject: Subject, self_trade: SelfTrade, limit: i64) -> Self {
        Incoming { slot, subject, self_trade, limit, is_level_untold: false }
    }

    #[inline]
    fn accepts(&self, price: i64) -> bool {
        match self.subject.side {
            Side::Buy => price <= self.limit,
            Side::Sell => price >= self.limit,
        }
    }

    #[inline]
    fn is_own(&self, account: u32) -> bool {
        account == self.subject.account && account != 0 && self.self_trade != SelfTrade::Allow
    }
}

/// Who would be met next.
#[derive(Clone, Copy, Debug)]
struct Resting {
    slot: u32,
    price: i64,
}

impl Book {
    /// The best displayed prices now.
    fn references(&self) -> References {
        References { bid: self.side(Side::Buy).best_price(), ask: self.side(Side::Sell).best_price() }
    }

    /// Trades an incoming order as far as it goes. What is left is in its `leaves`, which self-trade prevention may have taken.
    #[inline]
    pub(super) fn trade_incoming(&mut self, events: &mut Events, incoming: &mut Incoming) {
        let opposite = incoming.subject.side.opposite();
        let is_apart = self.side(opposite).best_level().is_none_or(|level| !incoming.accepts(level.price));
        let has_pegs = !self.pegs[opposite as usize].is_empty();
        if !is_apart || has_pegs {
            self.trade_with(events, incoming, opposite, has_pegs);
        }
    }

    #[inline(never)]
    fn trade_with(&mut self, events: &mut Events, incoming: &mut Incoming, opposite: Side, has_pegs: bool) {
        if has_pegs {
            while incoming.subject.leaves > 0 {
                let first = self.first_to_meet(opposite).filter(|resting| incoming.accepts(resting.price));
                let Some(resting) = first else { break };
                self.meet(events, incoming, resting);
            }
        } else {
            while incoming.subject.leaves > 0 {
                let Some(level) = self.side(opposite).best_level() else { break };
                let resting = Resting { slot: level.head, price: level.price };
                if !incoming.accepts(resting.price) {
                    break;
                }
                self.meet(events, incoming, resting);
            }
        }
        if incoming.is_level_untold {
            self.tell_best_level(events, opposite);
            incoming.is_level_untold = false;
        }
    }

    fn tell_best_level(&mut self, events: &mut Events, side: Side) {
        let best = self.side(side).best;
        if best != NONE {
            self.tell_level(events, side, best);
        }
    }

    /// Whom an order would meet first on this side, whatever its limit.
    fn first_to_meet(&self, side: Side) -> Option<Resting> {
        let half = self.side(side);
        let shown = half.best_level().map(|level| Resting { slot: level.head, price: level.price });
        let pegs = &self.pegs[side as usize];
        if pegs.is_empty() {
            return shown;
        }
        let peg = pegs.best(&self.rules.ticks, self.bands);
        let peg = peg.map(|found| Resting { slot: found.slot, price: found.price });
        match (shown, peg) {
            (Some(shown), Some(peg)) if half.key(peg.price) > half.key(shown.price) => Some(peg),
            (None, peg) => peg,
            (shown, _) => shown,
        }
    }

    /// The best price at which an order of this side and limit could trade on arrival.
    pub(super) fn price_to_take(&self, side: Side, limit: i64) -> Option<i64> {
        let half = self.side(side.opposite());
        let first = self.first_to_meet(side.opposite()).map(|resting| resting.price);
        first.filter(|&price| half.key(price) >= half.key(limit))
    }

    /// Lets pegs follow the best displayed prices as they are now. Whatever arrives meets pegs that have.
    pub(super) fn follow_references(&mut self) {
        let references = self.references();
        for pegs in &mut self.pegs {
            pegs.follow(references);
        }
    }

    /// One step between two pegs.
    pub(super) fn meet_peg(&mut self, events: &mut Events, incoming: &mut Incoming, resting: Candidate) {
        self.meet(events, incoming, Resting { slot: resting.slot, price: resting.price });
    }

    /// One step: self-trade prevention, or a trade.
    #[inline]
    fn meet(&mut self, events: &mut Events, incoming: &mut Incoming, resting: Resting) {
        if incoming.is_own(self.pool.orders[resting.slot as usize].account) {
            self.prevent(events, incoming, resting);
        } else if let Some(order) = self.pool.plain(resting.slot) {
            self.trade_plain(events, incoming, resting.slot, &order, resting.price);
        } else {
            self.trade(events, incoming, resting);
        }
    }

    /// One pair trades at the resting order's price.
    #[inline]
    fn trade(&mut self, events: &mut Events, incoming: &mut Incoming, Resting { slot, price }: Resting) {
        let order = self.pool.orders[slot as usize];
        let quantity = order.open().min(incoming.subject.leaves);
        incoming.subject.leaves -= quantity;
        incoming.subject.cumulative += quantity;
        let cumulative = self.pool.fill(slot, quantity);
        let resting = Subject {
            order: self.pool.id(slot),
            client: order.client,
            account: order.account,
            side: incoming.subject.side.opposite(),
            price,
            leaves: self.pool.leaves(slot),
            cumulative,
        };
        let aggressor = incoming.subject;
        self.report_trade(events, [&aggressor, &resting], (price, quantity), false);
        self.set_last_trade(price);
        let is_used_up = quantity == order.open();
        if order.is_resting() {
            self.tell_executed(events, slot, (price, quantity));
            let level = &mut self.sides[resting.side as usize].levels[order.level() as usize];
            level.shown -= quantity;
            incoming.is_level_untold = true;
        }
        self.tell_traded(events, (price, quantity), Some(aggressor.side));
        if is_used_up {
            self.after_shown_is_used_up(events, incoming, slot);
        }
    }

    /// Shows more of an iceberg, or ends a resting order that has traded all.
    #[inline]
    fn after_shown_is_used_up(&mut self, events: &mut Events, incoming: &mut Incoming, slot: u32) {
        if self.pool.orders[slot as usize].is_special() && self.pool.reserve(slot) != 0 {
            self.replenish(events, slot);
            return;
        }
        if self.pool.orders[slot as usize].is_resting() {
            let side = incoming.subject.side.opposite();
            let level = self.sides[side as usize].leave(&mut self.pool, slot);
            if self.side(side).levels[level as usize].count == 0 {
                self.tell_level(events, side, level);
                incoming.is_level_untold = false;
            }
        } else {
            self.stop_waiting(slot);
        }
        self.free(slot);
    }

    /// Reports a trade to both, the first party's report first, and keeps it for a bust.
    #[inline]
    pub(super) fn report_trade(
        &mut self,
        events: &mut Events,
        parties: [&Subject; 2],
        (price, quantity): (i64, u64),
        is_auction: bool,
    ) {
        let id = self.report_sequence + 1;
        for (party, reason) in parties.into_iter().zip(reasons(is_auction)) {
            let status = if party.leaves == 0 { OrdStatus::Filled } else { OrdStatus::PartiallyFilled };
            self.report(events, party, (ExecType::Trade, status, reason), (price, quantity));
        }
        let Some(place) = self.trades.room() else { return };
        *place = Trade {
            id,
            price,
            quantity,
            side: parties[0].side,
            is_auction,
            is_busted: false,
            parties: parties.map(|party| Party {
                order: party.order,
                client: party.client,
                account: party.account,
                cumulative: party.cumulative,
            }),
        };
    }

    /// L3: a displayed order traded, in the trade just reported.
    #[inline]
    pub(super) fn tell_executed(&mut self, events: &mut Events, slot: u32, (price, quantity): (i64, u64)) {
        if self.rules.l3 {
            let (order, trade) = (self.pool.id(slot), MatchId(self.report_sequence - 1));
            let (price, quantity) = (Price(price), Quantity(quantity));
            self.tell_l3(events, MarketData::Executed { order, quantity, price, trade });
        }
    }

    /// L1: the trade just reported.
    #[inline]
    pub(super) fn tell_traded(
        &mut self,
        events: &mut Events,
        (price, quantity): (i64, u64),
        aggressor: Option<Side>,
    ) {
        let trade = MatchId(self.report_sequence - 1);
        let (price, quantity) = (Price(price), Quantity(quantity));
        self.tell_l1(events, MarketData::Traded { trade, price, quantity, aggressor });
    }

    /// Shows more of an iceberg whose shown part is used up, at the end of its queue.
    pub(super) fn replenish(&mut self, events: &mut Events, slot: u32) {
        let side = self.pool.orders[slot as usize].side();
        let price = self.price_of(slot);
        self.sides[side as usize].leave(&mut self.pool, slot);
        self.pool.show(slot);
        let subject = Subject { price, ..self.subject(slot) };
        let status = open_status(subject.cumulative);
        self.report(events, &subject, (ExecType::Restated, status, Reason::Replenished), (price, 0));
        self.rest(events, slot, side, price);
    }

    /// Self-trade prevention, as the incoming order says.
    #[cold]
    fn prevent(&mut self, events: &mut Events, incoming: &mut Incoming, resting: Resting) {
        let is_newest = incoming.self_trade == SelfTrade::CancelNewest;
        if incoming.self_trade == SelfTrade::Decrement {
            self.decrement(events, incoming, resting);
            return;
        }
        if !is_newest {
            // Its report tells of the level too.
            self.end(events, resting.slot, ExecType::Canceled, Reason::SelfTrade);
            incoming.is_level_untold = false;
        }
        if incoming.self_trade != SelfTrade::CancelOldest {
            let open = incoming.subject.leaves;
            self.shorten_incoming(events, incoming, open);
        }
    }

    /// Takes `by` from an incoming order without a trade.
    fn shorten_incoming(&mut self, events: &mut Events, incoming: &mut Incoming, by: u64) {
        incoming.subject.leaves -= by;
        let told = told_shortened(&incoming.subject);
        let price = incoming.subject.price;
        let subject = incoming.subject;
        self.report(events, &subject, (told.0, told.1, Reason::SelfTrade), (price, by));
    }

    /// Both lose the smaller of the two quantities.
    fn decrement(&mut self, events: &mut Events, incoming: &mut Incoming, Resting { slot, .. }: Resting) {
        let order = self.pool.orders[slot as usize];
        let by = order.open().min(incoming.subject.leaves);
        let is_used_up = by == order.open();
        self.pool.reduce_shown(slot, by);
        let subject = self.subject(slot);
        if order.is_resting() {
            self.sides[order.side() as usize].levels[order.level() as usize].shown -= by;
            incoming.is_level_untold = true;
            let id = subject.order;
            let gone = MarketData::Deleted { order: id };
            let less = MarketData::Reduced { order: id, by: Quantity(by) };
            self.tell_l3(events, if is_used_up { gone } else { less });
        }
        let told = told_shortened(&subject);
        self.report(events, &subject, (told.0, told.1, Reason::SelfTrade), (subject.price, by));
        if is_used_up {
            self.after_shown_is_used_up(events, incoming, slot);
        }
        self.shorten_incoming(events, incoming, by);
    }

    /// What would trade up to `wanted`, before self-trade prevention takes anything from the incoming order.
    pub(super) fn fillable(&self, incoming: &Incoming, wanted: u64) -> u64 {
        let opposite = incoming.subject.side.opposite();
        let pegs = &self.pegs[opposite as usize];
        let pegs = if pegs.is_empty() {
            Vec::new()
        } else {
            debug_assert_eq!(pegs.references(), self.references(), "pegs follow before anybody arrives");
            pegs.in_order(&self.rules.ticks, self.bands, incoming.limit)
        };
        let mut pegs = pegs.into_iter().peekable();
        let half = self.side(opposite);
        let mut total = 0;
        for (level, reserve) in half.with_reserves().take_while(|(level, _)| incoming.accepts(level.price)) {
            while let Some(peg) = pegs.next_if(|peg| half.key(peg.price) > half.key(level.price)) {
                if !self.count(incoming, peg.slot, &mut total) || total >= wanted {
                    return total.min(wanted);
                }
            }
            let mut slot = level.head;
            if incoming.self_trade == SelfTrade::Allow {
                total += level.shown + reserve;
                slot = NONE;
            }
            if !self.count_queue(incoming, slot, &mut total, wanted) || total >= wanted {
                return total.min(wanted);
            }
        }
        for peg in pegs {
            if !self.count(incoming, peg.slot, &mut total) || total >= wanted {
                break;
            }
        }
        total.min(wanted)
    }

    /// Counts a queue in two rounds: what is shown, and then, as icebergs come round again, what is in reserve.
    fn count_queue(&self, incoming: &Incoming, head: u32, total: &mut u64, wanted: u64) -> bool {
        let mut reserves = 0;
        let mut slot = head;
        while slot != NONE {
            let order = &self.pool.orders[slot as usize];
            if !incoming.is_own(order.account) {
                *total += order.open();
                reserves += self.pool.reserve(slot);
            } else if incoming.self_trade != SelfTrade::CancelOldest {
                return false;
            }
            if *total >= wanted {
                return true;
            }
            slot = order.next;
        }
        *total += reserves;
        true
    }

    fn count(&self, incoming: &Incoming, slot: u32, total: &mut u64) -> bool {
        if !incoming.is_own(self.pool.orders[slot as usize].account) {
            *total += self.pool.leaves(slot);
            return true;
        }
        incoming.self_trade == SelfTrade::CancelOldest
    }
}

/// The status of an order with something open.
#[inline]
pub(super) fn open_status(cumulative: u64) -> OrdStatus {
    if cumulative == 0 { OrdStatus::New } else { OrdStatus::PartiallyFilled }
}

/// How to report an order that has become shorter.
fn told_shortened(subject: &Subject) -> (ExecType, OrdStatus) {
    if subject.leaves == 0 {
        (ExecType::Canceled, OrdStatus::Canceled)
    } else {
        (ExecType::Restated, open_status(subject.cumulative))
    }
}
