//! What follows from a command: stops are elected, pegs that cross trade, until nothing is left to do.

use super::Events;
use super::command::Phase;
use super::entry::any_price;
use super::matching::Incoming;
use super::pool::{Special, Wait};
use super::report::{ExecType, Reason};
use super::state::{Book, Subject};
use super::units::{Price, Side};

impl Book {
    /// Puts an order among those that wait for what it waits for.
    pub(super) fn start_waiting(&mut self, slot: u32) {
        let side = self.pool.orders[slot as usize].side();
        let Some(&Special { wait, stop, offset, entered, limit, .. }) = self.pool.special(slot) else {
            return;
        };
        match wait {
            Wait::Nothing | Wait::Elected => return,
            Wait::Auction => {
                self.unpriced[side as usize].insert(entered, slot);
                self.unpriced_open[side as usize] += self.pool.leaves(slot);
                return;
            }
            Wait::Close => {
                self.closing.insert(entered, slot);
                return;
            }
            Wait::Stop => self.stops.insert(side, stop, 0, (entered, slot)),
            Wait::TrailingStop => self.stops.insert(side, stop, offset, (entered, slot)),
            Wait::Peg(reference) => {
                self.pegs[side as usize].insert((reference, offset, limit), entered, slot);
            }
        }
        self.waiting += 1;
    }

    /// Takes an order from among those that wait.
    pub(super) fn stop_waiting(&mut self, slot: u32) {
        let side = self.pool.orders[slot as usize].side();
        let Some(&Special { wait, stop, offset, entered, limit, .. }) = self.pool.special(slot) else {
            return;
        };
        match wait {
            Wait::Nothing => return,
            Wait::Auction => {
                self.unpriced[side as usize].remove(&entered);
                self.unpriced_open[side as usize] -= self.pool.leaves(slot);
                return;
            }
            Wait::Close => {
                self.closing.remove(&entered);
                return;
            }
            Wait::Stop => self.stops.remove(side, stop, 0, entered),
            Wait::TrailingStop => self.stops.remove(side, stop, offset, entered),
            Wait::Elected => {
                self.elected.remove(&offset);
            }
            Wait::Peg(reference) => self.pegs[side as usize].remove((reference, offset, limit), entered),
        }
        self.waiting -= 1;
    }

    /// Lets elected stops enter and crossing pegs trade, as long as there are any.
    #[inline(never)]
    pub(super) fn settle(&mut self, events: &mut Events) {
        if self.phase != Phase::Continuous {
            return;
        }
        if let Some(last) = self.last_trade {
            self.elect_stops(last); // those that have just come
        }
        loop {
            self.follow_references();
            if let Some((_, slot)) = self.elected.pop_first() {
                self.enter_elected(events, slot);
            } else if !self.cross_pegs(events) {
                return;
            }
        }
    }

    /// What one trade does to the stops that wait: those it reaches are elected, and trailing ones follow it. (A trade that makes
    /// a trailing stop follow stays its distance away from it, so which comes first does not matter.)
    #[cold]
    #[inline(never)]
    pub(super) fn elect_stops(&mut self, price: i64) {
        let mut place = self.elected.last_key_value().map_or(0, |(&last, _)| last + 1);
        while let Some((slot, stop)) = self.stops.elect(price) {
            let special = self.pool.special_mut(slot).expect("a stop is special");
            (special.wait, special.stop, special.offset) = (Wait::Elected, stop, place);
            self.elected.insert(place, slot);
            place += 1;
        }
        self.stops.follow(price);
    }

    /// An elected stop, no longer among those that wait, meets the market.
    fn enter_elected(&mut self, events: &mut Events, slot: u32) {
        self.waiting -= 1;
        let special = self.pool.special_mut(slot).expect("a stop is special");
        special.wait = Wait::Nothing;
        let limit = special.limit;
        let subject = Subject { price: limit, ..self.subject(slot) };
        let status = super::matching::open_status(0);
        let told = (ExecType::Triggered, status, Reason::Requested);
        if limit != i64::MIN && self.check_price(Price(limit)).is_err() {
            self.end(events, slot, ExecType::Canceled, Reason::BandsMoved);
            return;
        }
        self.report(events, &subject, told, (limit, subject.leaves));
        let worst = if limit == i64::MIN { any_price(subject.side) } else { limit };
        let self_trade = self.pool.orders[slot as usize].self_trade();
        let mut incoming = Incoming::new(slot, subject, self_trade, worst);
        self.trade_incoming(events, &mut incoming);
        self.rest_incoming(events, &incoming, worst == limit);
    }

    /// The best pegs of both sides trade, or self-trade prevention acts, if they cross.
    fn cross_pegs(&mut self, events: &mut Events) -> bool {
        if self.pegs.iter().any(super::pegs::Pegs::is_empty) {
            return false;
        }
        let best = |side: Side| self.pegs[side as usize].best(&self.rules.ticks, self.bands);
        let (Some(buy), Some(sell)) = (best(Side::Buy), best(Side::Sell)) else { return false };
        if buy.price < sell.price {
            return false;
        }
        let (incoming, resting) = if buy.entered > sell.entered { (buy, sell) } else { (sell, buy) };
        let self_trade = self.pool.orders[incoming.slot as usize].self_trade();
        let subject = self.subject(incoming.slot);
        let mut entering = Incoming::new(incoming.slot, subject, self_trade, incoming.price);
        self.meet_peg(events, &mut entering, resting);
        let Subject { leaves, cumulative, .. } = entering.subject;
        if leaves == 0 {
            self.stop_waiting(incoming.slot);
            self.free(incoming.slot);
        } else {
            self.pool.set_open(incoming.slot, leaves);
            self.pool.set_whole(incoming.slot, leaves + cumulative);
        }
        true
    }
}
