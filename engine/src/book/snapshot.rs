//! A book as canonical bytes, and back: all that can influence or be told of it from now on, and nothing of how it lies in memory.
//!
//! Where levels and records lie is left out, so a book that was read back has the same bytes as the one that was written.
//! Cost: O(orders) in time and bytes.

use super::command::Phase;
use super::market::{Indicative, Top};
use super::pool::stored::Stored;
use super::pool::{NONE, Special, Wait};
use super::rules::{Bands, Rules};
use super::state::Book;
use super::trades::{Party, Trade};
use super::units::{OrderId, Price, Quantity, Side};
use crate::codec::{Codec, DecodeError, Mixer, Reader, choice, record};

record!(Rules {
    ticks,
    lot,
    max_orders,
    max_open,
    max_parts,
    expected_orders,
    bustable_trades,
    index_client_ids,
    l3,
    l2,
    l1
});
record!(Top { bid, bid_quantity, ask, ask_quantity });
record!(Indicative { price, quantity, imbalance });
record!(Trade { id, price, quantity, side, is_auction, is_busted, parties });
record!(Party { order, client, account, cumulative });
record!(Stored { place, account, client, packed, whole, special });
record!(Special {
    whole,
    reserve,
    display,
    expires,
    entered,
    limit,
    stop,
    offset,
    group,
    wait,
    is_auction_only
});
choice!(Wait { 0 => Nothing, 1 => Stop, 2 => TrailingStop, 3 => Peg(reference), 4 => Auction, 5 => Elected, 6 => Close });

/// The displayed orders of one side: each level's price and queue, best price first.
type Queues = Vec<(Price, Vec<u32>)>;

impl Codec for Book {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.rules.encode(bytes);
        self.bands.encode(bytes);
        self.phase.encode(bytes);
        self.owed_call.encode(bytes);
        (self.clock, self.entered).encode(bytes);
        (self.report_sequence, self.market_sequence).encode(bytes);
        (self.last_trade.map(Price), self.reference.map(Price)).encode(bytes);
        self.told_top.encode(bytes);
        self.told_indicative.encode(bytes);
        let slots = 0..self.pool.orders.len() as u32;
        (slots.end).encode(bytes);
        for slot in slots {
            let mut stored = self.pool.stored(slot);
            if let Some(special) = &mut stored.special {
                special.stop = self.stop_of(slot, special);
            }
            stored.encode(bytes);
        }
        let free: Vec<u32> = self.pool.free_slots().map(|id| id.0 as u32).collect();
        free.encode(bytes);
        for half in &self.sides {
            let queues: Queues =
                half.iter().map(|level| (Price(level.price), self.queue(level).collect())).collect();
            queues.encode(bytes);
        }
        let trades: Vec<Trade> = self.trades.iter().copied().collect();
        trades.encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let error = reader.error("rules of a book");
        let rules = Rules::decode(reader)?;
        if rules.lot == Quantity::ZERO {
            return Err(error);
        }
        // Room is made for what is expected, so that is not taken on trust.
        let expected = rules.expected_orders;
        let mut book = Book::new(Rules { expected_orders: 0, ..rules });
        book.rules.expected_orders = expected;
        book.bands = Option::<Bands>::decode(reader)?;
        book.phase = Phase::decode(reader)?;
        book.owed_call = Option::<Phase>::decode(reader)?;
        (book.clock, book.entered) = Codec::decode(reader)?;
        (book.report_sequence, book.market_sequence) = Codec::decode(reader)?;
        let (last, reference): (Option<Price>, Option<Price>) = Codec::decode(reader)?;
        (book.last_trade, book.reference) = (last.map(|price| price.0), reference.map(|price| price.0));
        book.told_top = Top::decode(reader)?;
        book.told_indicative = Indicative::decode(reader)?;
        book.read_orders(reader)?;
        book.read_queues(reader)?;
        book.follow_references();
        let error = reader.error("trades by rising id, no more than are kept");
        let trades: Vec<Trade> = Codec::decode(reader)?;
        if trades.len() > book.rules.bustable_trades as usize || !trades.is_sorted_by(|a, b| a.id < b.id) {
            return Err(error);
        }
        for trade in trades {
            if let Some(room) = book.trades.room() {
                *room = trade;
            }
        }
        book.sound_counts().and_then(|()| book.sound()).map_err(|expected| reader.error(expected))?;
        Ok(book)
    }

    fn mix(&self, mixer: &mut Mixer) {
        self.to_bytes().mix(mixer);
    }
}

impl Book {
    /// The orders, each where it waits if it does; those displayed join their queues after this.
    fn read_orders(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        let start = reader.position();
        let count = u32::decode(reader)?;
        let wrong = |expected| DecodeError { at: start, expected };
        // There may be more slots than orders may live: those whose ids are all used stay.
        if count as usize > reader.remaining() || count > 1 << 31 {
            return Err(wrong("no more slots than there are bytes"));
        }
        for slot in 0..count {
            let stored = Stored::decode(reader)?;
            self.pool.restore(slot, &stored).ok_or_else(|| wrong("orders that are whole"))?;
        }
        if self.pool.live > self.rules.max_orders {
            return Err(wrong("no more orders than the book may hold"));
        }
        let free: Vec<u32> = Codec::decode(reader)?;
        self.pool.restore_free(&free).ok_or_else(|| wrong("free slots, each once"))?;
        for slot in 0..count {
            if !self.pool.orders[slot as usize].is_live() {
                continue;
            }
            match self.pool.special(slot) {
                Some(&Special { wait: Wait::Elected, offset, .. }) => {
                    self.elected.insert(offset, slot);
                    self.waiting += 1;
                }
                _ => self.start_waiting(slot),
            }
            self.remember_terms(slot);
            if self.rules.index_client_ids {
                let order = &self.pool.orders[slot as usize];
                if self.clients.get(&self.pool.orders, order.account, order.client).is_some() {
                    return Err(wrong("client ids, each once"));
                }
                self.clients.insert(&self.pool.orders, slot);
            }
        }
        Ok(())
    }

    /// The queues, in which every order that rests stands once.
    fn read_queues(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        let start = reader.position();
        let wrong = || DecodeError { at: start, expected: "each resting order in one queue" };
        let mut seen = vec![false; self.pool.orders.len()];
        for side in [Side::Buy, Side::Sell] {
            let queues: Queues = Codec::decode(reader)?;
            let key = |price: Price| if side == Side::Buy { -price.0 } else { price.0 };
            let falls = |a: &(Price, Vec<u32>), b: &(Price, Vec<u32>)| key(a.0) < key(b.0);
            if !queues.iter().all(|level| level.0.is_valid()) || !queues.is_sorted_by(falls) {
                return Err(wrong());
            }
            for (price, slots) in queues {
                if slots.is_empty() {
                    return Err(wrong());
                }
                for slot in slots {
                    let is_new =
                        seen.get_mut(slot as usize).is_some_and(|seen| !std::mem::replace(seen, true));
                    if !is_new || !self.pool.awaits_queue(slot, side) {
                        return Err(wrong());
                    }
                    self.sides[side as usize].join(&mut self.pool, slot, price.0);
                }
            }
        }
        let rests = |slot: usize| {
            [Side::Buy, Side::Sell].iter().any(|&side| self.pool.awaits_queue(slot as u32, side))
        };
        if (0..seen.len()).any(|slot| !seen[slot] && rests(slot)) {
            return Err(wrong());
        }
        Ok(())
    }
}

const _: () = assert!(NONE == u32::MAX && size_of::<OrderId>() == 8, "slots are the low halves of ids");
