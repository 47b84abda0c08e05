//! Maximum-gain perfect matching of takers to givers, by the primal-dual method.
//!
//! Each round of the method takes a largest matching on the tight arcs (see [`crate::matching`]),
//! then runs a multi-source Dijkstra from all takers left free on the reduced gains (Edmonds and
//! Karp 1972; Tomizawa 1971) until a good part of them could be served, and moves the prices so that
//! all shortest paths become tight. The queue is a radix heap: with the small integers of real
//! rounds nearly every push and pop is O(1).
//!
//! Invariant between calls: `value[i] + price[j] >= gain(i, j)` on every arc, with equality on the
//! matched ones. So the prices of a finished matching prove that it is optimal.
//!
//! Worst case O(n (m + n log C)); on rounds of barter the number of searches grows far slower than
//! n (see `benches`). Memory: 4 bytes an arc, 40 bytes a node. Warm starts: [`Assignment::reprice`].

use crate::matching::Matching;
use crate::radix_heap::RadixHeap;

/// No taker, no giver.
pub(crate) const NONE: u32 = u32::MAX;

/// The arcs of a square assignment problem, with dense local indices on both sides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// Where the arcs of each taker start; one entry more than takers.
    pub(crate) first: Vec<u32>,
    /// The giver of each arc.
    pub(crate) head: Vec<u32>,
}

impl Rows {
    #[inline]
    pub(crate) fn arcs(&self, taker: usize) -> std::ops::Range<usize> {
        self.first[taker] as usize..self.first[taker + 1] as usize
    }

    #[inline]
    pub(crate) fn taker_count(&self) -> usize {
        self.first.len() - 1
    }
}

/// What taking along an arc is worth.
pub(crate) trait Gains {
    /// The gain of `arc`, which is one of `taker`'s and stands at `place` in its row.
    fn gain(&self, taker: usize, place: usize, arc: usize) -> i64;
}

/// One gain for all arcs of a taker, but 0 for its arc to itself, which stands first where present.
pub(crate) struct ByTaker {
    pub(crate) gain: Vec<i64>,
    pub(crate) has_self: Vec<bool>,
}

impl Gains for ByTaker {
    #[inline(always)]
    fn gain(&self, taker: usize, place: usize, _arc: usize) -> i64 {
        if place == 0 && self.has_self[taker] { 0 } else { self.gain[taker] }
    }
}

/// One gain per arc.
pub(crate) struct ByArc(pub(crate) Vec<i64>);

impl Gains for ByArc {
    #[inline(always)]
    fn gain(&self, _taker: usize, _place: usize, arc: usize) -> i64 {
        self.0[arc]
    }
}

/// A matching with the prices that prove it, in the making or finished.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    /// The giver matched to each taker.
    pub(crate) mate: Vec<u32>,
    /// The taker matched to each giver.
    pub(crate) owner: Vec<u32>,
    /// What each taker's best arc is worth at the prices.
    pub(crate) value: Vec<i64>,
    /// The price of each giver.
    pub(crate) price: Vec<i64>,
    search: Search,
}

/// Scratch space, kept between rounds.
#[derive(Clone, Debug, Default)]
struct Search {
    distance: Vec<i64>,
    queue: RadixHeap,
    touched: Vec<u32>,
    matching: Matching,
}

const FAR: i64 = i64::MAX;

impl Assignment {
    /// An empty matching at price zero.
    pub(crate) fn new(rows: &Rows, gains: &impl Gains) -> Self {
        let n = rows.taker_count();
        let mut assignment = Assignment {
            mate: vec![NONE; n],
            owner: vec![NONE; n],
            value: vec![0; n],
            price: vec![0; n],
            search: Search { distance: vec![FAR; n], ..Search::default() },
        };
        assignment.reprice(rows, gains);
        assignment
    }

    /// Adopts changed gains: raises or lowers each taker's value to its best arc and takes apart the
    /// pairs that are no longer best. Follow it with [`Assignment::complete`]. Cost O(arcs).
    pub(crate) fn reprice(&mut self, rows: &Rows, gains: &impl Gains) {
        for taker in 0..rows.taker_count() {
            let (mut best, mut held) = (i64::MIN, i64::MIN);
            let mate = self.mate[taker];
            for (place, arc) in rows.arcs(taker).enumerate() {
                let giver = rows.head[arc];
                let worth = gains.gain(taker, place, arc) - self.price[giver as usize];
                best = best.max(worth);
                if giver == mate {
                    held = worth;
                }
            }
            self.value[taker] = best;
            if mate != NONE && held != best {
                self.owner[mate as usize] = NONE;
                self.mate[taker] = NONE;
            }
        }
    }

    /// Completes the matching. Requires that a perfect matching exists.
    ///
    /// # Panics
    /// If there is no perfect matching.
    pub(crate) fn complete(&mut self, rows: &Rows, gains: &impl Gains) {
        let mut free: Vec<u32> = (0..rows.taker_count() as u32).collect();
        loop {
            self.gather_tight(rows, gains);
            self.search.matching.maximise(&mut self.mate, &mut self.owner);
            free.retain(|&taker| self.mate[taker as usize] == NONE);
            if free.is_empty() {
                return;
            }
            self.search(rows, gains, &free);
        }
    }

    /// Collects the tight arcs.
    fn gather_tight(&mut self, rows: &Rows, gains: &impl Gains) {
        let matching = &mut self.search.matching;
        matching.first.clear();
        matching.head.clear();
        matching.first.push(0);
        for taker in 0..rows.taker_count() {
            let value = self.value[taker];
            for (place, arc) in rows.arcs(taker).enumerate() {
                let giver = rows.head[arc];
                if value + self.price[giver as usize] == gains.gain(taker, place, arc) {
                    matching.head.push(giver);
                }
            }
            matching.first.push(matching.head.len() as u32);
        }
    }

    /// Finds distances from the `free` takers over reduced gains until free givers are
    /// reached, and moves values and prices so that all shortest paths are tight.
    fn search(&mut self, rows: &Rows, gains: &impl Gains, free: &[u32]) {
        self.search.queue.clear();
        for &taker in free {
            self.relax(rows, gains, taker as usize, 0);
        }
        for giver in 0..self.owner.len() {
            if self.search.matching.is_reached(giver as u32) {
                self.relax(rows, gains, self.owner[giver] as usize, 0);
            }
        }
        let mut reached = 0;
        let mut horizon = 0;
        while let Some((distance, giver)) = self.search.queue.pop() {
            let giver = giver as usize;
            if distance > self.search.distance[giver] {
                continue;
            }
            if distance > horizon && reached * 4 >= free.len() {
                break;
            }
            horizon = distance;
            let owner = self.owner[giver];
            if owner == NONE {
                reached += 1;
            } else {
                self.relax(rows, gains, owner as usize, distance);
            }
        }
        assert!(reached > 0, "a perfect matching exists");
        for &taker in free {
            self.value[taker as usize] -= horizon;
        }
        for giver in 0..self.owner.len() {
            if self.search.matching.is_reached(giver as u32) {
                self.price[giver] += horizon;
                self.value[self.owner[giver] as usize] -= horizon;
            }
        }
        for giver in self.search.touched.drain(..) {
            let giver = giver as usize;
            let distance = std::mem::replace(&mut self.search.distance[giver], FAR);
            if distance < horizon {
                self.price[giver] += horizon - distance;
                if self.owner[giver] != NONE {
                    self.value[self.owner[giver] as usize] -= horizon - distance;
                }
            }
        }
    }

    #[inline]
    fn relax(&mut self, rows: &Rows, gains: &impl Gains, taker: usize, base: i64) {
        let level = base + self.value[taker];
        let search = &mut self.search;
        for (place, arc) in rows.arcs(taker).enumerate() {
            let giver = rows.head[arc] as usize;
            if search.matching.is_reached(giver as u32) {
                continue;
            }
            let distance = level + self.price[giver] - gains.gain(taker, place, arc);
            let known = &mut search.distance[giver];
            if distance < *known {
                if *known == FAR {
                    search.touched.push(giver as u32);
                }
                *known = distance;
                search.queue.push(distance, giver as u32);
            }
        }
    }
}
