//! What the operator of a book does: phases, bands, the reference price, trades taken back; and time.

use super::Events;
use super::command::Phase;
use super::market::{Indicative, MarketData};
use super::matching::open_status;
use super::pool::Wait;
use super::report::{ExecType, OrdStatus, Reason};
use super::rules::Bands;
use super::state::{Book, Subject};
use super::trades::{Party, reasons};
use super::units::{MatchId, OrderId, Price, Side, Time};

impl Book {
    /// Rejects a command of the operator.
    fn reject_operator(&mut self, events: &mut Events, reason: Reason) {
        let (order, price) = (OrderId(0), Price::NONE.0);
        let subject =
            Subject { order, client: 0, account: 0, side: Side::Buy, price, leaves: 0, cumulative: 0 };
        self.report(events, &subject, (ExecType::Rejected, OrdStatus::Rejected, reason), (price, 0));
    }

    /// Time passes: orders whose time is over go.
    #[inline]
    pub(super) fn advance(&mut self, events: &mut Events, now: Time) {
        if now.0 > self.clock {
            self.clock = now.0;
            if self.next_expiry <= now.0 {
                self.expire(events);
                self.follow_references();
            }
        }
    }

    /// Time passes while no more than `most` orders go; how many went. Where more are due, the clock stands just before the first of them.
    pub(super) fn advance_in_part(&mut self, events: &mut Events, now: Time, most: usize) -> usize {
        let mut gone = 0;
        while gone < most
            && let Some((&(expires, _), &slot)) = self.expiries.first_key_value()
            && expires <= now.0
        {
            self.end(events, slot, ExecType::Expired, Reason::TimeOver);
            gone += 1;
        }
        self.clock = self.clock.max(now.0.min(self.next_expiry - 1));
        if gone != 0 {
            self.follow_references();
        }
        gone
    }

    #[cold]
    fn expire(&mut self, events: &mut Events) {
        while let Some((&(expires, _), &slot)) = self.expiries.first_key_value()
            && expires <= self.clock
        {
            self.end(events, slot, ExecType::Expired, Reason::TimeOver);
        }
    }

    #[inline(never)]
    pub(super) fn set_phase(&mut self, events: &mut Events, next: Phase) {
        if !self.may_become(next) {
            return self.reject_operator(events, Reason::WrongPhase);
        }
        let is_interrupted = self.phase.is_call() && next == Phase::Halted;
        if self.phase.is_call() && !is_interrupted {
            self.hold_auction(events);
        }
        if self.is_collecting() && !next.is_call() && !is_interrupted {
            self.clear_after_auction(events);
        }
        if next == Phase::Closed {
            for slot in 0..self.pool.orders.len() {
                let order = &self.pool.orders[slot];
                let waits = self.pool.special(slot as u32).is_some_and(|special| special.wait == Wait::Close);
                if order.is_live() && (order.is_day() || waits) {
                    self.end(events, slot as u32, ExecType::Expired, Reason::TimeOver);
                }
            }
        }
        self.owed_call = match next {
            Phase::Halted if is_interrupted => Some(self.phase),
            Phase::Closed if self.owed_call.is_some() => Some(Phase::PreOpen),
            _ => None,
        };
        self.phase = next;
        self.told_indicative = Indicative::default();
        self.tell_all(events, MarketData::PhaseChanged(next));
        if next == Phase::PreClose {
            self.join_closing_call(events);
        }
    }

    /// The orders at the close that waited for it join the closing call, in order of entry.
    fn join_closing_call(&mut self, events: &mut Events) {
        for (_, slot) in std::mem::take(&mut self.closing) {
            let special = self.pool.special_mut(slot).expect("an order at the close is special");
            let limit = special.limit;
            special.wait = if limit == i64::MIN { Wait::Auction } else { Wait::Nothing };
            let side = self.pool.orders[slot as usize].side();
            self.rest_in_call(events, slot, side, limit);
        }
    }

    /// The call that a halt interrupted and that must come next, or, if the book was closed instead, the opening call: what was
    /// collected may cross, and takes part in its auction. None if no auction is owed.
    pub fn interrupted_call(&self) -> Option<Phase> {
        self.owed_call
    }

    /// Whether the operator may move the book to `next`: [`Phase::may_become`], but after a call that was interrupted that call
    /// alone, or from the halt the close.
    pub fn may_become(&self, next: Phase) -> bool {
        match self.owed_call {
            None => self.phase.may_become(next),
            Some(call) => next == call || next == Phase::Closed && self.phase == Phase::Halted,
        }
    }

    /// After a call, orders for its auction alone and market orders go, by rising slot. Cost: O(log n) for each of them and each that waits for the close.
    fn clear_after_auction(&mut self, events: &mut Events) {
        let mut slots = self.auction_only.clone();
        slots.extend(self.unpriced.iter().flat_map(std::collections::BTreeMap::values));
        for slot in slots {
            let special = self.pool.special(slot).expect("an order for an auction is special");
            if special.wait == Wait::Close {
                continue;
            }
            if special.is_auction_only {
                self.end(events, slot, ExecType::Expired, Reason::TimeOver);
            } else if special.wait == Wait::Auction {
                self.end(events, slot, ExecType::Canceled, Reason::NoLiquidity);
            }
        }
    }

    #[inline(never)]
    pub(super) fn set_bands(&mut self, events: &mut Events, bands: Option<Bands>) {
        if let Some(Bands { low, high }) = bands {
            if !low.is_valid() || !high.is_valid() {
                return self.reject_operator(events, Reason::PriceOutOfRange);
            }
            if low > high {
                return self.reject_operator(events, Reason::BandsCrossed);
            }
        }
        self.bands = bands;
        let Some(bands) = bands else { return };
        let mut outside = Vec::new();
        for half in &self.sides {
            for level in half.iter().filter(|level| !bands.contain(Price(level.price))) {
                outside.extend(self.queue(level));
            }
        }
        for &slot in self.closing.values() {
            let limit = self.price_of(slot);
            if limit != Price::NONE.0 && !bands.contain(Price(limit)) {
                outside.push(slot);
            }
        }
        outside.sort_unstable();
        for slot in outside {
            self.end(events, slot, ExecType::Canceled, Reason::BandsMoved);
        }
    }

    #[inline(never)]
    pub(super) fn set_reference(&mut self, events: &mut Events, price: Price) {
        if price.is_valid() {
            self.reference = Some(price.0);
        } else {
            self.reject_operator(events, Reason::PriceOutOfRange);
        }
    }

    #[inline(never)]
    pub(super) fn bust(&mut self, events: &mut Events, id: MatchId) {
        let Some(trade) = self.trades.find_mut(id.0) else {
            return self.reject_operator(events, Reason::UnknownTrade);
        };
        if trade.is_busted {
            return self.reject_operator(events, Reason::AlreadyBusted);
        }
        trade.is_busted = true;
        let trade = *trade;
        let sides = [trade.side, trade.side.opposite()];
        for ((party, side), reason) in trade.parties.into_iter().zip(sides).zip(reasons(trade.is_auction)) {
            let cumulative = self.trades.take_back(id.0, party.order, trade.quantity);
            let (subject, status) = self.take_back(party, side, (trade.quantity, cumulative));
            let told = (ExecType::TradeCancel, status, reason);
            self.report(events, &subject, told, (trade.price, trade.quantity));
        }
        self.tell_all(events, MarketData::Broken { trade: id });
    }

    /// Takes a trade back from one of its orders, which, if it is done, has traded `cumulative` without it.
    fn take_back(
        &mut self,
        Party { order, client, account, .. }: Party,
        side: Side,
        (quantity, cumulative): (u64, u64),
    ) -> (Subject, OrdStatus) {
        if let Some(slot) = self.pool.find(order) {
            let whole = self.pool.whole(slot) - quantity;
            self.pool.set_whole(slot, whole);
            let subject = self.subject(slot);
            return (subject, open_status(subject.cumulative));
        }
        let subject = Subject { order, client, account, side, price: 0, leaves: 0, cumulative };
        (subject, OrdStatus::Canceled)
    }
}
