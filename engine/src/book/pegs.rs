//! The pegged orders of one side, ready to say which of them trades first.
//!
//! A peg trades at its distance behind what it follows, or at its limit if that is worse. Which of the two, a moving reference
//! decides, so each kind keeps those that their distance places apart from those that their limit holds; the former move
//! together with the reference and keep their order, the latter stay. Where a reference passes the point at which an
//! order's distance and limit give the same price, that order changes over.
//!
//! Cost: logarithmic to find the best and to come and go, and a step for each distinct distance that rounds to the best price on a coarse
//! tick; when a reference moves, a step for each order that it makes change over. To list those within a limit, for an order that asks for
//! a quantity, a step for each.
//!
//! Inside, prices are seen through the side's sign (those to sell negated): the higher, the better for who meets them.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

use super::command::PegReference;
use super::rules::{Bands, TickTable};
use super::units::{Price, Side};

/// What a pegged order follows, how far behind, and at worst how far; `i64::MIN`: as far as it takes.
type Terms = (PegReference, u64, i64);

/// The best displayed prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct References {
    pub(super) bid: Option<i64>,
    pub(super) ask: Option<i64>,
}

/// A pegged order and where it would trade.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) price: i64,
    pub(super) entered: u64,
    pub(super) slot: u32,
}

/// The pegged orders of one side.
#[derive(Clone, Debug)]
pub(super) struct Pegs {
    side: Side,
    references: References,
    /// By what they follow.
    kinds: [Followers; 3],
    len: usize,
}

/// The prices that pegs may trade at: signed, from the worst to the best, both included; and the ticks among them.
struct Allowed<'t> {
    side: Side,
    worst: i64,
    best: i64,
    ticks: &'t TickTable,
}

impl Pegs {
    pub(super) fn new(side: Side) -> Self {
        Pegs { side, references: References::default(), kinds: Default::default(), len: 0 }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The references that its answers are for: those last followed.
    pub(super) fn references(&self) -> References {
        self.references
    }

    pub(super) fn insert(&mut self, (reference, offset, limit): Terms, entered: u64, slot: u32) {
        let limit = (limit != i64::MIN).then(|| self.side.signed(limit));
        self.kinds[index(reference)].insert(Follower { offset: offset as i64, limit, entered, slot });
        self.len += 1;
    }

    pub(super) fn remove(&mut self, (reference, offset, limit): Terms, entered: u64) {
        let limit = (limit != i64::MIN).then(|| self.side.signed(limit));
        self.kinds[index(reference)].remove(offset as i64, limit, entered);
        self.len -= 1;
    }

    /// Follows the best displayed prices.
    pub(super) fn follow(&mut self, references: References) {
        if self.references == references {
            return;
        }
        self.references = references;
        let References { bid, ask } = references;
        let (same, opposite) = if self.side == Side::Buy { (bid, ask) } else { (ask, bid) };
        let middle = bid.zip(ask).map(|(bid, ask)| self.side.signed(bid) + self.side.signed(ask));
        let sides = [same, opposite].map(|price| price.map(|price| self.side.signed(price)));
        self.kinds[index(PegReference::Primary)].follow(sides[0]);
        self.kinds[index(PegReference::Market)].follow(sides[1]);
        self.kinds[index(PegReference::Midpoint)].follow(middle.map(|sum| sum.div_euclid(2)));
    }

    /// The one to trade with first: best price, then first entered.
    pub(super) fn best(&self, ticks: &TickTable, bands: Option<Bands>) -> Option<Candidate> {
        let allowed = self.allowed(ticks, bands, i64::MIN);
        let found = self.kinds.iter().filter_map(|kind| kind.best(&allowed));
        found.min_by_key(|found| (-found.price, found.entered)).map(|found| self.unsigned(found))
    }

    /// All that would trade at `limit` or a better price for who meets them, in the order in which they would.
    pub(super) fn in_order(&self, ticks: &TickTable, bands: Option<Bands>, limit: i64) -> Vec<Candidate> {
        let allowed = self.allowed(ticks, bands, self.side.signed(limit.max(-i64::MAX)));
        let mut found: Vec<Candidate> = self.kinds.iter().flat_map(|kind| kind.all(&allowed)).collect();
        found.sort_unstable_by_key(|found| (-found.price, found.entered));
        found.into_iter().map(|found| self.unsigned(found)).collect()
    }

    fn unsigned(&self, found: Candidate) -> Candidate {
        Candidate { price: self.side.signed(found.price), ..found }
    }

    fn allowed<'t>(&self, ticks: &'t TickTable, bands: Option<Bands>, worst: i64) -> Allowed<'t> {
        let bands = bands.unwrap_or(Bands { low: Price(-Price::MAX.0), high: Price::MAX });
        let ends = [bands.low, bands.high].map(|price| self.side.signed(price.0));
        Allowed { side: self.side, worst: ends[0].min(ends[1]).max(worst), best: ends[0].max(ends[1]), ticks }
    }
}

/// Where the followers of a reference are kept.
fn index(reference: PegReference) -> usize {
    match reference {
        PegReference::Midpoint => 0,
        PegReference::Market => 1,
        PegReference::Primary => 2,
    }
}

impl Allowed<'_> {
    /// The best tick at `price` or worse.
    fn tick_at_or_worse(&self, price: i64) -> i64 {
        match self.side {
            Side::Buy => self.ticks.at_or_below(Price(price)).0,
            Side::Sell => -self.ticks.at_or_above(Price(-price)).0,
        }
    }

    /// The worst tick that is better than all that is allowed.
    fn tick_beyond(&self) -> i64 {
        match self.side {
            Side::Buy => self.ticks.at_or_above(Price(self.best + 1)).0,
            Side::Sell => -self.ticks.at_or_below(Price(-self.best - 1)).0,
        }
    }
}

/// One pegged order.
#[derive(Clone, Copy, Debug)]
struct Follower {
    offset: i64,
    limit: Option<i64>,
    entered: u64,
    slot: u32,
}

impl Follower {
    /// Where the reference is when offset and limit give the same price: there or lower the offset places it, higher the limit holds it.
    fn turn(&self) -> Option<i64> {
        self.limit.map(|limit| limit + self.offset)
    }
}

/// Slots in queues by entry, and the queues by what their orders have in common.
#[derive(Clone, Debug, Default)]
struct Queues(BTreeMap<i64, BTreeMap<u64, u32>>);

impl Queues {
    fn insert(&mut self, key: i64, entered: u64, slot: u32) {
        self.0.entry(key).or_default().insert(entered, slot);
    }

    fn remove(&mut self, key: i64, entered: u64) {
        if let Some(queue) = self.0.get_mut(&key) {
            queue.remove(&entered);
            if queue.is_empty() {
                self.0.remove(&key);
            }
        }
    }

    /// The keys of a range with the first of each queue.
    fn firsts(&self, range: impl RangeBounds<i64>) -> impl DoubleEndedIterator<Item = (i64, (u64, u32))> {
        let first = |queue: &BTreeMap<u64, u32>| {
            let (&entered, &slot) = queue.first_key_value().expect("an empty queue is taken out");
            (entered, slot)
        };
        self.0.range(range).map(move |(&key, queue)| (key, first(queue)))
    }
}

/// The pegged orders that follow the same reference.
#[derive(Clone, Debug, Default)]
struct Followers {
    /// Where it is, if it is anywhere.
    reference: Option<i64>,
    /// Where it was last: those whose turn is at or above it are placed by their offset.
    last: i64,
    /// By offset, those that it places.
    placed: Queues,
    /// By limit, those that it holds.
    held: Queues,
    /// All with a limit, by their turn, then by entry.
    turns: BTreeMap<(i64, u64), Follower>,
}

impl Followers {
    fn insert(&mut self, order: Follower) {
        if let Some(turn) = order.turn() {
            self.turns.insert((turn, order.entered), order);
        }
        self.put(&order);
    }

    /// Puts an order among those placed or held.
    fn put(&mut self, order: &Follower) {
        match order.limit {
            Some(limit) if order.turn() < Some(self.last) => {
                self.held.insert(limit, order.entered, order.slot);
            }
            _ => self.placed.insert(order.offset, order.entered, order.slot),
        }
    }

    fn remove(&mut self, offset: i64, limit: Option<i64>, entered: u64) {
        if let Some(limit) = limit {
            self.turns.remove(&(limit + offset, entered));
        }
        match limit {
            Some(limit) if limit + offset < self.last => self.held.remove(limit, entered),
            _ => self.placed.remove(offset, entered),
        }
    }

    fn follow(&mut self, reference: Option<i64>) {
        self.reference = reference;
        let Some(now) = reference.filter(|&now| now != self.last) else { return };
        let before = std::mem::replace(&mut self.last, now);
        let passed = (now.min(before), 0)..(now.max(before), 0);
        let changed: Vec<Follower> = self.turns.range(passed).map(|(_, &order)| order).collect();
        for order in &changed {
            let limit = order.limit.expect("only a limit gives a turn");
            if now > before {
                self.placed.remove(order.offset, order.entered);
            } else {
                self.held.remove(limit, order.entered);
            }
            self.put(order);
        }
    }

    /// The first of them, by signed price and entry.
    fn best(&self, allowed: &Allowed<'_>) -> Option<Candidate> {
        let reference = self.reference?;
        let placed = || {
            let (nearest, _) = self.placed.firsts(nearest_offset(reference, allowed)..).next()?;
            let price = allowed.tick_at_or_worse(reference - nearest);
            // Rounding to ticks may bring several offsets to one price.
            let equal = self.placed.firsts(nearest..=reference - price);
            let (entered, slot) = equal.map(|(_, first)| first).min()?;
            (price >= allowed.worst).then_some(Candidate { price, entered, slot })
        };
        let held = || {
            let (price, (entered, slot)) = self.held.firsts(..=allowed.best).next_back()?;
            (price >= allowed.worst).then_some(Candidate { price, entered, slot })
        };
        [placed(), held()].into_iter().flatten().min_by_key(|found| (-found.price, found.entered))
    }

    /// All of them, in no order, by signed prices.
    fn all(&self, allowed: &Allowed<'_>) -> Vec<Candidate> {
        let Some(reference) = self.reference else { return Vec::new() };
        let mut found = Vec::new();
        let mut add = |price: i64, queue: &BTreeMap<u64, u32>| {
            found.extend(queue.iter().map(|(&entered, &slot)| Candidate { price, entered, slot }));
        };
        for (offset, queue) in self.placed.0.range(nearest_offset(reference, allowed)..) {
            let price = allowed.tick_at_or_worse(reference - offset);
            if price < allowed.worst {
                break;
            }
            add(price, queue);
        }
        if allowed.worst <= allowed.best {
            for (&limit, queue) in self.held.0.range(allowed.worst..=allowed.best) {
                add(limit, queue);
            }
        }
        found
    }
}

/// The least offset whose price, rounded to a tick, is no better than what is allowed.
fn nearest_offset(reference: i64, allowed: &Allowed<'_>) -> i64 {
    (reference - allowed.tick_beyond() + 1).max(0)
}
