//! Stops that wait, ordered by which trade elects them.
//!
//! A stop to buy is elected by a trade at or above its stop price, one to sell by a trade at or below it. Seen through a sign (sells
//! negated), both are elected once the trade reaches the stop price from below, lowest first.
//! A trailing stop moves only when the market turns out better than it knew, which is when the trade falls below `stop - offset`; a second order by
//! that difference finds those to move without looking at the others.

use std::collections::BTreeMap;

use super::units::Side;

/// One waiting stop's place: stop price through the side's sign, then entry.
type Place = (i64, u64);

/// The waiting stops of both sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Stops {
    waiting: [BTreeMap<Place, Waiting>; 2],
    /// The trailing ones among them, by `stop - offset`, seen through the sign.
    trailing: [BTreeMap<Place, Waiting>; 2],
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    slot: u32,
    /// Of a trailing stop its distance; zero of another.
    offset: i64,
}

/// A price through the side's sign.
pub(super) fn signed(side: Side, price: i64) -> i64 {
    match side {
        Side::Buy => price,
        Side::Sell => -price,
    }
}

impl Stops {
    pub(super) fn len(&self) -> usize {
        self.waiting[0].len() + self.waiting[1].len()
    }

    /// A stop waits; `offset` is a trailing one's distance, and zero of another.
    pub(super) fn insert(&mut self, side: Side, stop: i64, offset: u64, (entered, slot): (u64, u32)) {
        let (stop, offset) = (signed(side, stop), offset as i64);
        let waiting = Waiting { slot, offset };
        self.waiting[side as usize].insert((stop, entered), waiting);
        if offset != 0 {
            self.trailing[side as usize].insert((stop - offset, entered), waiting);
        }
    }

    pub(super) fn remove(&mut self, side: Side, stop: i64, entered: u64) {
        let stop = signed(side, stop);
        if let Some(Waiting { offset, .. }) = self.waiting[side as usize].remove(&(stop, entered))
            && offset != 0
        {
            self.trailing[side as usize].remove(&(stop - offset, entered));
        }
    }

    /// Moves trailing stops after a trade at `last`; `moved` is told each one's slot and new stop price.
    pub(super) fn follow(&mut self, last: i64, mut moved: impl FnMut(u32, i64)) {
        for side in [Side::Buy, Side::Sell] {
            let last = signed(side, last);
            let (waiting, trailing) = (&mut self.waiting[side as usize], &mut self.trailing[side as usize]);
            while let Some(entry) = trailing.last_entry().filter(|entry| entry.key().0 > last) {
                let ((known, entered), stop) = entry.remove_entry();
                trailing.insert((last, entered), stop);
                waiting.remove(&(known + stop.offset, entered));
                waiting.insert((last + stop.offset, entered), stop);
                moved(stop.slot, signed(side, last + stop.offset));
            }
        }
    }

    /// Takes out the next stop that a trade at `last` elects: buys by rising stop price, then sells by falling, then by entry.
    pub(super) fn elect(&mut self, last: i64) -> Option<u32> {
        for side in [Side::Buy, Side::Sell] {
            let first = self.waiting[side as usize].first_entry();
            if let Some(first) = first.filter(|first| first.key().0 <= signed(side, last)) {
                let ((stop, entered), Waiting { slot, offset }) = first.remove_entry();
                if offset != 0 {
                    self.trailing[side as usize].remove(&(stop - offset, entered));
                }
                return Some(slot);
            }
        }
        None
    }
}
