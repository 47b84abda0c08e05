//! Stops that wait, ordered by which trade elects them.
//!
//! A stop to buy is elected by a trade at or above its stop price, one to sell by a trade at or below it. Seen through a sign (sells
//! negated), both are elected once the trade reaches the stop price from below, lowest first.
//!
//! A trailing stop stays its offset above the lowest trade it has seen. Those that have seen the same lowest trade form a *pack*: a
//! lower one moves the pack by one number, and packs that it brings to the same number become one. Cost: logarithmic to come, to go and to be
//! elected; a trade that moves packs costs a step each, and however often the market moves, an order changes
//! its pack no more often than the logarithm of how many there are, for the smaller pack joins the larger.

use std::collections::BTreeMap;

use super::units::Side;

/// One waiting stop's place: stop price through the side's sign, then entry.
type Place = (i64, u64);

/// The waiting stops of both sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Stops {
    sides: [HalfStops; 2],
}

/// Those of one side, whose prices are seen through its sign.
#[derive(Clone, Debug, Default)]
struct HalfStops {
    /// Those that do not trail.
    fixed: BTreeMap<Place, u32>,
    /// Packs of trailing ones, some of them empty and free.
    packs: Vec<Pack>,
    free: Vec<usize>,
    /// The pack that has seen a lowest trade.
    by_lowest: BTreeMap<i64, usize>,
    /// The pack whose first order has this place.
    by_first: BTreeMap<Place, usize>,
    /// The pack of each trailing stop, by its entry.
    pack_of: BTreeMap<u64, usize>,
}

/// Trailing stops that have seen the same lowest trade.
#[derive(Clone, Debug, Default)]
struct Pack {
    lowest: i64,
    /// By offset, then by entry.
    orders: BTreeMap<(i64, u64), u32>,
}

impl Pack {
    /// The place of its first order, if it has any.
    fn first(&self) -> Option<Place> {
        self.orders.first_key_value().map(|(&(offset, entered), _)| (self.lowest + offset, entered))
    }
}

impl Stops {
    pub(super) fn len(&self) -> usize {
        self.sides.iter().map(|half| half.fixed.len() + half.pack_of.len()).sum()
    }

    /// A stop waits; `offset` is a trailing one's distance, and zero of another.
    pub(super) fn insert(&mut self, side: Side, stop: i64, offset: u64, (entered, slot): (u64, u32)) {
        let half = &mut self.sides[side as usize];
        if offset == 0 {
            half.fixed.insert((side.signed(stop), entered), slot);
        } else {
            half.insert_trailing(side.signed(stop), offset as i64, (entered, slot));
        }
    }

    /// Takes a stop out, that stands at `stop` unless it trails.
    pub(super) fn remove(&mut self, side: Side, stop: i64, offset: u64, entered: u64) {
        let half = &mut self.sides[side as usize];
        if offset == 0 {
            half.fixed.remove(&(side.signed(stop), entered));
        } else {
            half.remove_trailing(offset as i64, entered);
        }
    }

    /// Where a trailing stop stands.
    pub(super) fn trailing(&self, side: Side, offset: u64, entered: u64) -> i64 {
        let half = &self.sides[side as usize];
        side.signed(half.packs[half.pack_of[&entered]].lowest + offset as i64)
    }

    /// Moves trailing stops after a trade at `last`.
    pub(super) fn follow(&mut self, last: i64) {
        for side in [Side::Buy, Side::Sell] {
            self.sides[side as usize].follow(side.signed(last));
        }
    }

    /// Takes out the next stop that a trade at `last` elects, and where it stood: buys by rising stop price, then sells by falling,
    /// then by entry.
    pub(super) fn elect(&mut self, last: i64) -> Option<(u32, i64)> {
        [Side::Buy, Side::Sell].into_iter().find_map(|side| {
            let (slot, stop) = self.sides[side as usize].elect(side.signed(last))?;
            Some((slot, side.signed(stop)))
        })
    }
}

impl HalfStops {
    fn insert_trailing(&mut self, stop: i64, offset: i64, (entered, slot): (u64, u32)) {
        let lowest = stop - offset;
        let index = *self.by_lowest.entry(lowest).or_insert_with(|| {
            self.free.pop().unwrap_or_else(|| {
                self.packs.push(Pack::default());
                self.packs.len() - 1
            })
        });
        self.change(index, |pack| {
            pack.lowest = lowest;
            pack.orders.insert((offset, entered), slot);
        });
        self.pack_of.insert(entered, index);
    }

    fn remove_trailing(&mut self, offset: i64, entered: u64) {
        let Some(index) = self.pack_of.remove(&entered) else { return };
        self.change(index, |pack| {
            pack.orders.remove(&(offset, entered));
        });
        self.free_if_empty(index);
    }

    /// Changes a pack, and notes which order is its first now.
    fn change(&mut self, index: usize, change: impl FnOnce(&mut Pack)) {
        let pack = &mut self.packs[index];
        let before = pack.first();
        change(pack);
        let after = pack.first();
        if before == after {
            return;
        }
        if let Some(before) = before {
            self.by_first.remove(&before);
        }
        if let Some(after) = after {
            self.by_first.insert(after, index);
        }
    }

    fn free_if_empty(&mut self, index: usize) {
        if self.packs[index].orders.is_empty() {
            self.by_lowest.remove(&self.packs[index].lowest);
            self.free.push(index);
        }
    }

    /// All packs that have seen no trade as low as `last` now have, and become one with the pack that had.
    fn follow(&mut self, last: i64) {
        let Some(mut kept) = self.pop_above(last) else { return };
        while let Some(other) = self.pop_above(last) {
            kept = self.join(kept, other);
        }
        if let Some(other) = self.by_lowest.remove(&last) {
            kept = self.join(kept, other);
        }
        self.change(kept, |pack| pack.lowest = last);
        self.by_lowest.insert(last, kept);
    }

    /// A pack whose lowest trade is above `last`; its number is forgotten.
    fn pop_above(&mut self, last: i64) -> Option<usize> {
        let entry = self.by_lowest.last_entry().filter(|entry| *entry.key() > last)?;
        Some(entry.remove())
    }

    /// The smaller of two packs joins the larger, which is returned; the other one is free.
    fn join(&mut self, one: usize, other: usize) -> usize {
        let count = |index: usize| self.packs[index].orders.len();
        let (larger, smaller) = if count(one) < count(other) { (other, one) } else { (one, other) };
        let mut moving = BTreeMap::new();
        self.change(smaller, |pack| moving = std::mem::take(&mut pack.orders));
        for &(_, entered) in moving.keys() {
            self.pack_of.insert(entered, larger);
        }
        self.change(larger, |pack| pack.orders.extend(moving));
        self.free.push(smaller);
        larger
    }

    fn elect(&mut self, last: i64) -> Option<(u32, i64)> {
        let fixed = self.fixed.first_key_value().map(|(&place, _)| place);
        let trailing = self.by_first.first_key_value().map(|(&place, _)| place);
        let first = fixed.into_iter().chain(trailing).min().filter(|first| first.0 <= last)?;
        if let Some(slot) = self.fixed.remove(&first) {
            return Some((slot, first.0));
        }
        let index = self.by_first[&first];
        let offset = first.0 - self.packs[index].lowest;
        let slot = self.packs[index].orders[&(offset, first.1)];
        self.remove_trailing(offset, first.1);
        Some((slot, first.0))
    }
}
