//! A walk over the whole book, for debug builds, fuzzing and snapshots: everything that must hold, held against everything.

use std::hash::{Hash, Hasher};

use super::command::Phase;
use super::digest::Fnv;
use super::pool::Wait;
use super::rules::Rules;
use super::state::Book;
use super::units::Side;

impl Book {
    /// Walks the whole structure.
    ///
    /// # Panics
    /// If an invariant does not hold, saying which.
    pub fn check(&self) {
        let displayed: usize = self.sides.iter().map(|half| half.check(&self.pool)).sum();
        let pegged: usize = self.pegs.iter().map(super::pegs::Pegs::len).sum();
        let unpriced: usize = self.unpriced.iter().map(std::collections::BTreeMap::len).sum();
        let live = self.pool.orders.iter().filter(|order| order.is_live()).count();
        assert_eq!(live, self.pool.live as usize, "live orders");
        let stops = self.stops.len() + self.elected.len();
        let waiting = pegged + unpriced + self.closing.len() + stops;
        assert_eq!(live, displayed + waiting, "each live order is in one place");
        if matches!(self.phase, Phase::PreClose | Phase::Closed) || self.owed_call == Some(Phase::PreClose) {
            assert!(
                self.closing.is_empty(),
                "orders at the close join the closing call, and go with the close"
            );
        }
        if self.phase == Phase::Continuous {
            assert!(self.elected.is_empty(), "no elected stop is left");
        }
        for (waiting, open) in self.unpriced.iter().zip(self.unpriced_open) {
            let sum: u64 = waiting.values().map(|&slot| self.pool.leaves(slot)).sum();
            assert_eq!(sum, open, "what is open of market orders");
        }
        assert_eq!(self.waiting as usize, pegged + stops, "orders that wait");
        assert!(
            self.owed_call.is_none_or(|call| call.is_call() && !self.phase.is_call()),
            "a call is owed by a book that is in none"
        );
        if !self.is_collecting() || self.phase == Phase::Closed {
            assert_eq!(unpriced, 0, "market orders wait in calls alone, interrupted ones included");
        }
        if !self.is_collecting() {
            let (bid, ask) = (self.side(Side::Buy).best_price(), self.side(Side::Sell).best_price());
            assert!(
                bid.zip(ask).is_none_or(|(bid, ask)| bid < ask),
                "the book is not crossed: {bid:?} {ask:?}"
            );
        }
        self.check_orders();
        let kept: Vec<u64> = self.trades.iter().map(|trade| trade.id).collect();
        assert!(kept.is_sorted(), "trades are kept by rising id");
    }

    /// Each order by itself, and the sums and indices that are kept of them.
    fn check_orders(&self) {
        let (mut grouped, mut expiring, mut named) = (0, 0, 0);
        let (mut open, mut parts) = ([0; 2], [0; 2]);
        for slot in 0..self.pool.orders.len() as u32 {
            let order = &self.pool.orders[slot as usize];
            if !order.is_live() {
                continue;
            }
            assert!(
                self.pool.whole(slot) >= self.pool.leaves(slot),
                "order {slot} has traded no less than nothing"
            );
            assert!(self.pool.leaves(slot) > 0, "order {slot} is open");
            open[order.side() as usize] += self.pool.leaves(slot);
            parts[order.side() as usize] += self.pool.parts(slot);
            named += usize::from(order.client != 0);
            if let Some(special) = self.pool.special(slot) {
                grouped += usize::from(special.group != 0);
                expiring += usize::from(special.expires != 0);
                assert_eq!(order.is_resting(), special.wait == Wait::Nothing, "order {slot} waits or rests");
                assert!(special.expires == 0 || special.expires > self.clock, "order {slot} has not expired");
            }
        }
        assert_eq!(open, [Side::Buy, Side::Sell].map(|side| self.pool.open_of(side)), "what is open by side");
        assert_eq!(
            parts,
            [Side::Buy, Side::Sell].map(|side| self.pool.parts_of(side)),
            "parts in reserve by side"
        );
        let groups: usize = self.groups.values().map(std::collections::BTreeSet::len).sum();
        assert_eq!((grouped, expiring), (groups, self.expiries.len()), "orders in groups and with an expiry");
        if self.rules.index_client_ids {
            assert_eq!(named, self.clients.len(), "client ids");
        }
    }

    /// A digest of all that can influence or be told of a book from now on. Two books that were given the same commands have the
    /// same; it does not depend on the machine, nor on how commands were batched. It is no defence against someone who
    /// looks for collisions.
    pub fn digest(&self) -> u64 {
        let mut state = Fnv::default();
        let Rules { ticks, lot, max_orders, max_open, max_parts, bustable_trades, .. } = &self.rules;
        (ticks, lot, max_orders, max_open, max_parts, bustable_trades).hash(&mut state);
        (self.rules.index_client_ids, self.rules.l3, self.rules.l2, self.rules.l1).hash(&mut state);
        (self.phase as u8, self.owed_call.map(|call| call as u8)).hash(&mut state);
        (self.clock, self.last_trade, self.reference).hash(&mut state);
        (self.entered, self.report_sequence, self.market_sequence).hash(&mut state);
        self.bands.map(|bands| (bands.low, bands.high)).hash(&mut state);
        (self.told_top, self.told_indicative, self.pool.orders.len() as u64).hash(&mut state);
        for half in &self.sides {
            for slot in half.iter().flat_map(|level| self.queue(level)) {
                self.digest_order(slot, &mut state);
            }
        }
        for slot in 0..self.pool.orders.len() as u32 {
            let order = &self.pool.orders[slot as usize];
            if order.is_live() && !order.is_resting() {
                self.digest_order(slot, &mut state);
            }
        }
        for trade in self.trades.iter() {
            trade.hash(&mut state);
        }
        for free in self.pool.free_slots() {
            free.hash(&mut state);
        }
        state.finish()
    }

    fn digest_order(&self, slot: u32, state: &mut Fnv) {
        let subject = self.subject(slot);
        let order = &self.pool.orders[slot as usize];
        (subject.order, subject.client, subject.account, subject.side as u8).hash(state);
        (subject.price, order.open(), subject.leaves, subject.cumulative).hash(state);
        (order.is_day(), order.self_trade() as u8, order.post_only() as u8).hash(state);
        if let Some(special) = self.pool.special(slot) {
            let (kind, reference) = match special.wait {
                Wait::Nothing => (0, 0),
                Wait::Stop => (1, 0),
                Wait::TrailingStop => (2, 0),
                Wait::Peg(reference) => (3, reference as u8),
                Wait::Auction => (4, 0),
                Wait::Close => (5, 0),
                Wait::Elected => (6, 0),
            };
            let waits = special.wait != Wait::Nothing;
            // Its entry counts where it decides a turn: among those that wait, and among those that expire together.
            let stop = if waits || special.expires != 0 {
                (self.stop_of(slot, special), special.limit, special.offset, special.entered)
            } else {
                (0, 0, 0, 0)
            };
            (kind, reference, stop, special.display, special.expires, special.group).hash(state);
            special.is_auction_only.hash(state);
        }
    }
}

const _: () = assert!(Phase::Closed as u8 == 0, "phases are digested by their stable numbers");
