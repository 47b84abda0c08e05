//! Slots as they are written to a snapshot, and back.

use super::{
    FREE, GENERATION_MASK, NONE, OPEN_MASK, Order, PARKED, POST_ONLY_SHIFT, Pool, SELF_TRADE_SHIFT, Special,
    Wait,
};
use crate::book::command::{PostOnly, SelfTrade};
use crate::book::units::{MAX_PARTS, Price, Quantity, Side};

/// One slot as it is written to a snapshot: without its links, which follow from the queues, and without the place of its record.
#[derive(Clone, Copy, Debug)]
pub(in crate::book) struct Stored {
    /// 0: free; 1: in no queue; 2: in a queue; and 4 more to sell.
    pub(in crate::book) place: u8,
    pub(in crate::book) account: u32,
    pub(in crate::book) client: u64,
    pub(in crate::book) packed: u64,
    pub(in crate::book) whole: u64,
    pub(in crate::book) special: Option<Special>,
}

/// [`Stored::place`] of an order that rests, while it is not yet back in its queue: beyond any level, and not parked.
const AWAITS_QUEUE: u32 = PARKED - 2;

impl Pool {
    /// A slot as it is written.
    pub(in crate::book) fn stored(&self, slot: u32) -> Stored {
        let order = &self.orders[slot as usize];
        let place = match (order.is_live(), order.is_resting()) {
            (false, _) => {
                return Stored {
                    place: 0,
                    account: 0,
                    client: 0,
                    packed: order.packed,
                    whole: 0,
                    special: None,
                };
            }
            (_, false) => 1,
            (_, true) => 2,
        };
        let whole = if order.has_traded() && !order.is_special() { self.whole[slot as usize] } else { 0 };
        let place = place + 4 * order.side() as u8;
        let (account, client, packed) = (order.account, order.client, order.packed);
        Stored { place, account, client, packed, whole, special: self.special(slot).copied() }
    }

    /// Puts a slot back, the next one; none if what was stored is not whole.
    pub(in crate::book) fn restore(&mut self, slot: u32, stored: &Stored) -> Option<()> {
        let &Stored { place, account, client, packed, whole, special } = stored;
        let side = if place < 4 { Side::Buy } else { Side::Sell };
        let level = match place & 3 {
            0 if place == 0 => FREE,
            1 => PARKED | side as u32,
            2 => AWAITS_QUEUE | side as u32,
            _ => return None,
        };
        let order = Order { next: NONE, prev: NONE, level, account, client, packed };
        let is_free = level == FREE;
        if is_free != (packed & !GENERATION_MASK == 0) || place > 6 || order.is_special() != special.is_some()
        {
            return None;
        }
        // What a free slot does not say, and what an order that has not traded does not, is written as nothing.
        let is_blank = (account, client) == (0, 0);
        let keeps_whole = order.has_traded() && !order.is_special();
        if (is_free && !is_blank) || (whole != 0 && (is_free || !keeps_whole)) {
            return None;
        }
        if !is_free && !has_sound_terms(&order, special.as_ref(), whole) {
            return None;
        }
        let known = special.map_or(whole, |special| special.whole);
        let open = order.open() + special.map_or(0, |special| special.reserve);
        if (keeps_whole || order.is_special()) && known < open {
            return None;
        }
        if !is_free {
            let sum = self.open[side as usize].checked_add(open)?;
            self.open[side as usize] = Some(sum).filter(|&sum| sum <= self.max_open)?;
        }
        let parts = self.parts[side as usize].checked_add(special.map_or(0, |special| special.parts()))?;
        self.parts[side as usize] = Some(parts).filter(|&parts| parts <= self.max_parts)?;
        self.orders.push(order);
        self.whole.push(whole);
        if let Some(special) = special {
            self.specials.push(special);
            self.whole[slot as usize] = self.specials.len() as u64 - 1;
        }
        self.live += u32::from(!is_free);
        Some(())
    }

    /// Links the free slots, the next to be taken first; none if one is not free or named twice.
    pub(in crate::book) fn restore_free(&mut self, free: &[u32]) -> Option<()> {
        let mut seen = vec![false; self.orders.len()];
        let mut behind = NONE;
        for &slot in free.iter().rev() {
            let order = self.orders.get_mut(slot as usize).filter(|order| !order.is_live())?;
            if order.generation() == 0 {
                return None;
            }
            if std::mem::replace(&mut seen[slot as usize], true) {
                return None;
            }
            order.prev = behind;
            behind = slot;
        }
        self.free = behind;
        // A free slot is not given out again once every id of it has been used.
        let is_used_up = |order: &Order| order.packed == GENERATION_MASK;
        let mut slots = self.orders.iter().zip(seen);
        slots.all(|(order, is_listed)| order.is_live() || is_listed || is_used_up(order)).then_some(())
    }

    /// Whether an order was in a queue of this side when it was stored, and is not back yet.
    pub(in crate::book) fn awaits_queue(&self, slot: u32, side: Side) -> bool {
        self.orders[slot as usize].level == AWAITS_QUEUE | side as u32
    }
}

/// Whether the numbers of a live order are such as an order can have, so that sums and differences of them fit.
fn has_sound_terms(order: &Order, special: Option<&Special>, whole: u64) -> bool {
    let packed = order.packed;
    let codes = (packed >> SELF_TRADE_SHIFT & 7, packed >> POST_ONLY_SHIFT);
    if order.generation() == 0 || codes.0 > SelfTrade::Decrement as u64 || codes.1 > PostOnly::Slide as u64 {
        return false;
    }
    let waits = order.level >= PARKED;
    let Some(special) = special else { return !waits && whole <= MOST };
    let &Special { reserve, display, limit, stop, offset, wait, .. } = special;
    let is_none = |price: i64| Price(price) == Price::NONE;
    // A trailing stop lies beyond the price that it follows.
    let most_stop = Price::MAX.0 + Quantity::MAX.0 as i64;
    let is_stop = is_none(stop) || stop.unsigned_abs() <= most_stop.unsigned_abs();
    let leaves = order.open() + reserve.min(OPEN_MASK);
    let is_shown_in_parts = display != 0 && !waits && leaves.div_ceil(display) <= MAX_PARTS;
    let fits_wait = match wait {
        Wait::Nothing => !waits,
        Wait::Stop | Wait::Elected => waits && !is_none(stop),
        Wait::TrailingStop => waits && !is_none(stop) && (1..=Quantity::MAX.0).contains(&offset),
        Wait::Peg(_) => waits && offset <= Quantity::MAX.0,
        Wait::Auction => waits && is_none(limit),
        Wait::Close => waits,
    };
    (is_none(limit) || Price(limit).is_valid())
        && is_stop
        && offset <= MOST
        && special.whole <= MOST
        && display <= OPEN_MASK
        && leaves <= OPEN_MASK
        && reserve <= OPEN_MASK
        && (reserve == 0 || is_shown_in_parts)
        && fits_wait
}

/// More than any of an order's numbers comes to.
const MOST: u64 = 1 << 62;

const _: () = assert!(AWAITS_QUEUE & 1 == 0 && AWAITS_QUEUE | 1 < PARKED, "told from all others");
