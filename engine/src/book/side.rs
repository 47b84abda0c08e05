//! One side of the displayed book: its levels, and the queue of orders at each.
#![expect(
    clippy::inline_always,
    reason = "calls between the short pieces of the common way cost a fifth of it"
)]

use super::ladder::Ladder;
use super::pool::{NONE, Pool};
use super::units::Side;

/// The orders at one price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub(super) price: i64,
    /// What its orders show.
    pub(super) shown: u64,
    /// The first order in its queue.
    pub(super) head: u32,
    /// The last; of a free level, the next free one.
    pub(super) tail: u32,
    pub(super) count: u32,
}

/// One side.
#[derive(Clone, Debug)]
pub(super) struct HalfBook {
    pub(super) side: Side,
    ladder: Ladder,
    pub(super) levels: Vec<Level>,
    /// By level: what its orders have in reserve. (Apart, for few have: a level's line is the dearer, the longer it is.)
    reserves: Vec<u64>,
    free: u32,
    /// The best level's index.
    pub(super) best: u32,
}

impl HalfBook {
    pub(super) fn new(side: Side) -> Self {
        HalfBook {
            side,
            ladder: Ladder::new(),
            levels: Vec::new(),
            reserves: Vec::new(),
            free: NONE,
            best: NONE,
        }
    }

    /// A price as a key: the better, the higher.
    #[inline]
    pub(super) fn key(&self, price: i64) -> i64 {
        self.side.signed(price)
    }

    #[inline]
    pub(super) fn best_level(&self) -> Option<&Level> {
        self.levels.get(self.best as usize)
    }

    #[inline]
    pub(super) fn best_price(&self) -> Option<i64> {
        self.best_level().map(|level| level.price)
    }

    /// The level at `price`.
    pub(super) fn at(&self, price: i64) -> Option<&Level> {
        self.ladder.get(self.key(price)).map(|index| &self.levels[index as usize])
    }

    /// The best level strictly worse than `price`.
    pub(super) fn after(&self, price: i64) -> Option<&Level> {
        self.ladder.next(self.key(price)).map(|(_, index)| &self.levels[index as usize])
    }

    /// Its levels, best first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Level> {
        std::iter::successors(self.best_level(), |level| self.after(level.price))
    }

    /// Its levels with what their orders have in reserve, best first.
    pub(super) fn with_reserves(&self) -> impl Iterator<Item = (&Level, u64)> {
        let index_of = |at: Option<(i64, u32)>| at.map(|(_, index)| index);
        let after =
            move |&index: &u32| index_of(self.ladder.next(self.key(self.levels[index as usize].price)));
        let first = (self.best != NONE).then_some(self.best);
        std::iter::successors(first, after)
            .map(|index| (&self.levels[index as usize], self.reserves[index as usize]))
    }

    /// Counts an order's reserve, which is `before` less and `after` more than it was.
    #[inline]
    pub(super) fn recount_reserve(&mut self, level: u32, before: u64, after: u64) {
        let reserve = &mut self.reserves[level as usize];
        *reserve = *reserve - before + after;
    }

    /// Puts an order at the end of the queue at `price`, and returns the level's index. (A level just changed is better not
    /// copied: a wide load of what narrow stores have just written waits for those before them, cache misses and all.)
    #[inline]
    pub(super) fn join(&mut self, pool: &mut Pool, slot: u32, price: i64) -> u32 {
        let open = pool.orders[slot as usize].open();
        let index = self.append(pool, slot, price, open);
        if pool.orders[slot as usize].is_special() {
            self.recount_reserve(index, 0, pool.reserve(slot));
        }
        index
    }

    /// The same for an order that shows all of its `open` quantity.
    #[inline(always)]
    pub(super) fn append(&mut self, pool: &mut Pool, slot: u32, price: i64, open: u64) -> u32 {
        let key = self.key(price);
        let index = match self.ladder.get(key) {
            Some(index) => index,
            None => self.open_level(key, price),
        };
        let level = &mut self.levels[index as usize];
        level.shown += open;
        level.count += 1;
        let tail = std::mem::replace(&mut level.tail, slot);
        match pool.orders.get_mut(tail as usize) {
            Some(before) => before.next = slot,
            None => level.head = slot,
        }
        let order = &mut pool.orders[slot as usize];
        order.set_level(index, self.side);
        order.prev = tail;
        order.next = NONE;
        index
    }

    fn open_level(&mut self, key: i64, price: i64) -> u32 {
        let level = Level { price, shown: 0, head: NONE, tail: NONE, count: 0 };
        let index = if self.free == NONE {
            self.levels.push(level);
            self.reserves.push(0);
            (self.levels.len() - 1) as u32
        } else {
            let index = self.free;
            let free = &mut self.levels[index as usize];
            self.free = free.tail;
            *free = level;
            index
        };
        let best = self.best_price().map_or(i64::MIN, |best| self.key(best));
        if best < key {
            self.best = index;
        }
        self.ladder.insert(key, index, best.max(key));
        index
    }

    /// Takes an order out of its queue, and the level out of the book if it was the last. Returns the level's index, where its
    /// price, and that it has no orders, can be read even if it is gone.
    #[inline]
    pub(super) fn leave(&mut self, pool: &mut Pool, slot: u32) -> u32 {
        let reserve = if pool.orders[slot as usize].is_special() { pool.reserve(slot) } else { 0 };
        let order = &mut pool.orders[slot as usize];
        let (index, open, next, prev) = (order.level(), order.open(), order.next, order.prev);
        order.park(self.side);
        if reserve != 0 {
            self.recount_reserve(index, reserve, 0);
        }
        self.unlink(pool, (next, prev), index, open);
        index
    }

    /// Joins the orders behind and before one that leaves, and takes what it showed from its level, which goes with its last order.
    #[inline(always)]
    pub(super) fn unlink(&mut self, pool: &mut Pool, (next, prev): (u32, u32), index: u32, open: u64) {
        let level = &mut self.levels[index as usize];
        level.shown -= open;
        match pool.orders.get_mut(prev as usize) {
            Some(before) => before.next = next,
            None => level.head = next,
        }
        match pool.orders.get_mut(next as usize) {
            Some(behind) => behind.prev = prev,
            None => level.tail = prev,
        }
        let count = level.count - 1;
        level.count = count;
        if count == 0 {
            let price = level.price;
            self.close_level(index, price);
        }
    }

    fn close_level(&mut self, index: u32, price: i64) {
        let key = self.key(price);
        self.ladder.remove(key);
        if index == self.best {
            self.best = self.ladder.next(key).map_or(NONE, |(_, index)| index);
        }
        self.levels[index as usize].tail = self.free;
        self.free = index;
    }

    /// Panics if a queue, a sum or the order of levels is wrong.
    pub(super) fn check(&self, pool: &Pool) -> usize {
        self.ladder.check();
        assert_eq!(
            self.ladder.first().map_or(NONE, |(_, index)| index),
            self.best,
            "best level of {:?}",
            self.side
        );
        let mut orders = 0;
        for (level, in_reserve) in self.with_reserves() {
            let (mut slot, mut before) = (level.head, NONE);
            let (mut shown, mut count, mut reserve) = (0, 0, 0);
            while slot != NONE {
                let order = &pool.orders[slot as usize];
                assert!(order.is_resting(), "order {slot} of a queue rests");
                assert_eq!((order.prev, order.side()), (before, self.side), "link of order {slot}");
                assert_eq!(self.levels[order.level() as usize].price, level.price, "level of order {slot}");
                assert!(order.open() > 0, "order {slot} shows something");
                shown += order.open();
                count += 1;
                reserve += pool.reserve(slot);
                (before, slot) = (slot, order.next);
            }
            assert_eq!(before, level.tail, "end of the queue at {}", level.price);
            assert_eq!((shown, count, reserve), (level.shown, level.count, in_reserve), "at {}", level.price);
            assert!(count > 0, "no level is empty");
            orders += count as usize;
        }
        orders
    }
}
