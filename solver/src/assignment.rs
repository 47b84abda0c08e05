//! Maximum-gain perfect matching of takers to givers, by the primal-dual method.
//!
//! Each round takes a largest matching on the tight arcs (see [`crate::matching`]) and then moves the
//! prices so that more of the takers left free can be served. Where ties abound, as when all gains are
//! 0 or 1, one `sweep` over the rows finds the next prices; elsewhere a Dijkstra search from all free
//! takers at once does (Edmonds and Karp 1972; Tomizawa 1971). The last few free takers are served
//! one shortest path each, which touches only what lies near them: so solving a small piece again
//! after a few gains have changed costs little more than reading its gains. The queue is a radix
//! heap: with the small integers of real rounds nearly every push and pop is O(1).
//!
//! Invariant between calls: `value[i] + price[j] >= gain(i, j)` on every arc, with equality on the
//! matched ones. So the prices of a finished matching prove that it is optimal.
//!
//! Worst case O(n (m + n log C)); on rounds of barter the number of price levels grows far slower
//! than n (see `benches`). Memory: 8 bytes a tight arc, 64 bytes a node. Warm starts:
//! [`Assignment::reprice`].

use crate::matching::Matching;
use crate::radix_heap::RadixHeap;
use crate::rows::{Gains, NONE, Rows};

/// How many free takers are better served one by one than by another round over all `n`: measured
/// on barter rounds and on small pieces solved again with a few gains changed.
fn few(n: usize) -> usize {
    (65_536 / n.max(1)).clamp(1, 16)
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
    /// The taker through which each giver was reached.
    reached_from: Vec<u32>,
    touched: Vec<u32>,
    goals: Vec<u32>,
    /// Whether each sweep so far has served an eighth of the free takers or more.
    sweep_pays: bool,
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
            search: Search {
                distance: vec![FAR; n],
                reached_from: vec![NONE; n],
                sweep_pays: true,
                ..Search::default()
            },
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
        let mut free: Vec<u32> =
            (0..rows.taker_count() as u32).filter(|&taker| self.mate[taker as usize] == NONE).collect();
        let n = rows.taker_count();
        loop {
            if free.len() <= few(n) {
                for taker in free {
                    self.serve(rows, gains, taker);
                }
                return;
            }
            let before = free.len();
            self.gather_tight(rows, gains);
            self.search.matching.maximise(&mut self.mate, &mut self.owner, &mut free);
            if free.is_empty() {
                return;
            }
            let ties = self.search.matching.head.len() >= n + n / 2;
            self.search.sweep_pays &= ties && (before - free.len()) * 8 >= free.len();
            if self.search.sweep_pays {
                self.sweep(rows, gains, &free);
            } else {
                self.search(rows, gains, &free);
            }
        }
    }

    /// Finds a shortest path over reduced gains from one free taker to a free giver, and exchanges the
    /// pairs on it.
    fn serve(&mut self, rows: &Rows, gains: &impl Gains, taker: u32) {
        self.search.queue.clear();
        self.relax(rows, gains, taker as usize, 0);
        let mut horizon = 0;
        let mut giver = 'found: loop {
            while let Some(giver) = self.search.queue.pop() {
                if self.search.distance[giver as usize] < horizon {
                    continue;
                }
                let owner = self.owner[giver as usize];
                if owner == NONE {
                    break 'found giver;
                }
                self.relax(rows, gains, owner as usize, horizon);
            }
            horizon = self.search.queue.advance().expect("a perfect matching exists");
        };
        self.value[taker as usize] -= horizon;
        self.settle(horizon);
        while giver != NONE {
            let taker = self.search.reached_from[giver as usize];
            self.owner[giver as usize] = taker;
            giver = std::mem::replace(&mut self.mate[taker as usize], giver);
        }
    }

    /// The dual step to the next event: all takers from which no free giver can be reached go down,
    /// and the givers they hold up, until the first of them gets an arc to a giver that reaches one.
    /// Cost: one pass over the rows.
    fn sweep(&mut self, rows: &Rows, gains: &impl Gains, free: &[u32]) {
        let matching = &self.search.matching;
        let mut step = i64::MAX;
        for taker in 0..rows.taker_count() {
            let mate = self.mate[taker];
            if mate != NONE && matching.can_reach(mate) {
                continue;
            }
            for (place, arc) in rows.arcs(taker).enumerate() {
                let giver = rows.head[arc];
                if matching.can_reach(giver) {
                    step = step
                        .min(self.value[taker] + self.price[giver as usize] - gains.gain(taker, place, arc));
                }
            }
        }
        assert!(step < i64::MAX, "a perfect matching exists");
        for &taker in free {
            self.value[taker as usize] -= step;
        }
        for giver in 0..self.owner.len() {
            if !matching.can_reach(giver as u32) {
                self.price[giver] += step;
                self.value[self.owner[giver] as usize] -= step;
            }
        }
    }

    /// Collects the tight arcs.
    fn gather_tight(&mut self, rows: &Rows, gains: &impl Gains) {
        let matching = &mut self.search.matching;
        matching.first.clear();
        matching.head.clear();
        // Room for all at once: growing would hold the arcs twice, and room not touched costs nothing.
        matching.head.reserve(rows.head.len());
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

    /// Finds distances from the `free` takers over reduced gains to givers from which a free giver
    /// can be reached along tight arcs, and moves values and prices so that all shortest paths are tight.
    ///
    /// Such givers are looked behind only if the search goes on to longer paths than to them.
    fn search(&mut self, rows: &Rows, gains: &impl Gains, free: &[u32]) {
        self.search.queue.clear();
        for &taker in free {
            self.relax(rows, gains, taker as usize, 0);
        }
        let mut goals = std::mem::take(&mut self.search.goals);
        let (mut reached, mut horizon) = (0, 0);
        loop {
            while let Some(giver) = self.search.queue.pop() {
                if self.search.distance[giver as usize] < horizon {
                    continue;
                }
                let owner = self.owner[giver as usize];
                if !self.search.matching.can_reach(giver) {
                    self.relax(rows, gains, owner as usize, horizon);
                    continue;
                }
                reached += 1;
                if owner != NONE {
                    goals.push(owner);
                }
            }
            if reached >= free.len() {
                break;
            }
            if !goals.is_empty() {
                for owner in goals.drain(..) {
                    self.relax(rows, gains, owner as usize, horizon);
                }
                continue;
            }
            match self.search.queue.advance() {
                Some(next) => horizon = next,
                None => break,
            }
        }
        assert!(reached > 0, "a perfect matching exists");
        goals.clear();
        self.search.goals = goals;
        for &taker in free {
            self.value[taker as usize] -= horizon;
        }
        self.settle(horizon);
    }

    /// Moves the prices of all givers nearer than `horizon`, and forgets the distances.
    fn settle(&mut self, horizon: i64) {
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
            let known = &mut search.distance[giver];
            if *known <= base {
                continue;
            }
            let distance = level + self.price[giver] - gains.gain(taker, place, arc);
            if distance < *known {
                if *known == FAR {
                    search.touched.push(giver as u32);
                }
                *known = distance;
                search.reached_from[giver] = taker as u32;
                search.queue.push(distance, giver as u32);
            }
        }
    }
}

#[cfg(test)]
mod tests;
