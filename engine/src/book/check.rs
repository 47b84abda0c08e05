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
        for half in &self.sides {
            half.check(&self.pool);
        }
        if let Err(expected) = self.sound() {
            panic!("a book has {expected}");
        }
        for (waiting, open) in self.unpriced.iter().zip(self.unpriced_open) {
            let sum: u64 = waiting.values().map(|&slot| self.pool.leaves(slot)).sum();
            assert_eq!(sum, open, "what is open of market orders");
        }
        let mut parts = [0; 2];
        for slot in 0..self.pool.orders.len() as u32 {
            let order = &self.pool.orders[slot as usize];
            if order.is_live() {
                parts[order.side() as usize] += self.pool.parts(slot);
            }
        }
        let counted = [Side::Buy, Side::Sell].map(|side| self.pool.parts_of(side));
        assert_eq!(parts, counted, "parts in reserve by side");
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
