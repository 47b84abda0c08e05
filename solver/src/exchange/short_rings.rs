//! Finds rings of two and three nodes that are worth more than their nodes' prices, or shows that none is, where all arcs to a node are worth the
//! same.
//!
//! Nodes are ranked by what an arc to them is worth at these prices, the best first, and who gives to whom is kept as a matrix of bits in that order,
//! by tail and by head. Each ring is looked for from its best node, the root, among the nodes behind it: who closes the ring is one row of bits, and who
//! comes between is the first bit that two rows share, which is the best.
//!
//! Cost: O(arcs) for the matrix; for each root that is worth anything, as many rows of nodes / 64 words as the root gives to or is given to by,
//! whichever are fewer, and mostly one, since the first bits are the best. Memory: nodes^2 / 4 bytes, so it is meant for pools that are not sparse
//! ([`ShortRings::suits`]).

use super::parts::Part;
use super::rings::{Found, NEVER};
use crate::budget::Budget;

/// In how many rings a node may be that one look finds, as long as there are others.
const MOST_USES: u32 = 8;
const NONE: u32 = u32::MAX;

/// The search, with its buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct ShortRings {
    /// How many words a row of the matrix has.
    words: usize,
    order: Vec<u32>,
    /// By rank, what an arc to the node is worth.
    worth: Vec<i64>,
    outs: Vec<u64>,
    ins: Vec<u64>,
    /// Nodes that are in few enough rings, as bits by rank.
    is_open: Vec<u64>,
    used: Vec<u32>,
    /// Of the root at hand: who it gives to and who gives to it, behind it.
    heads: Vec<u64>,
    tails: Vec<u64>,
    best: Vec<(i64, u32, u32)>,
    /// The most that a ring was worth in the last search, if more than the threshold; less may be known if rings were passed over.
    pub(super) greatest: i64,
    /// Whether the last search ended early, since the budget did.
    pub(super) is_cut: bool,
    pub(super) steps: u64,
}

impl ShortRings {
    /// Whether this search is the one for a part.
    pub(super) fn suits(part: &Part) -> bool {
        let node_count = part.pool.node_count();
        part.by_head && part.caps.ring <= 3 && part.pool.arc_count() >= node_count * node_count / 128
    }

    /// Pushes to `found` at most `most` rings a root that are worth more than `threshold`, where an arc to a node is worth `worth[node]`. Unless `all`
    /// are to be looked at, no node is in more than [`MOST_USES`] of them: rings that share their best nodes are worth nothing beside each other.
    pub(super) fn search(
        &mut self,
        part: &Part,
        worth: &[i64],
        is_open: impl Fn(usize) -> bool,
        threshold: i64,
        (most, all, budget): (usize, bool, Budget<'_>),
        found: &mut Vec<Found>,
    ) {
        let budget = budget.counted_from(self.steps);
        self.is_cut = false;
        self.greatest = threshold;
        if part.caps.ring < 2 {
            return;
        }
        self.fill(part, worth, &is_open);
        let cap = i64::from(part.caps.ring);
        for root in 0..self.order.len() {
            // Nobody in the ring is worth more than its root, and there are two at least.
            let best = self.worth[root];
            if best.saturating_mul(if best > 0 { cap } else { 2 }) <= threshold {
                break;
            }
            if budget.is_spent(self.steps) {
                self.is_cut = true;
                break;
            }
            let is_used_up = !all && self.used[root] >= MOST_USES;
            if is_used_up || !self.mask(root) {
                continue;
            }
            self.best.clear();
            self.swaps(root, threshold, most);
            if cap == 3 {
                self.triples(root, threshold, most);
            }
            for (whole, next, last) in std::mem::take(&mut self.best) {
                self.greatest = self.greatest.max(whole);
                let ranks = [root as u32, next, last];
                let ranks = &ranks[..if last == NONE { 2 } else { 3 }];
                found.push(Found { arcs: self.arcs(part, ranks, &is_open), worth: whole });
                for &rank in ranks {
                    self.used[rank as usize] += 1;
                    if !all && self.used[rank as usize] >= MOST_USES {
                        self.is_open[rank as usize / 64] &= !(1 << (rank % 64));
                    }
                }
            }
        }
    }

    /// Ranks nodes and fills the matrix.
    fn fill(&mut self, part: &Part, worth: &[i64], is_open: &impl Fn(usize) -> bool) {
        let pool = &part.pool;
        self.order.clear();
        self.order.extend((0..pool.node_count() as u32).filter(|&node| worth[node as usize] > NEVER));
        self.order.sort_by_key(|&node| std::cmp::Reverse(worth[node as usize]));
        let count = self.order.len();
        let mut rank = vec![NONE; pool.node_count()];
        self.order.iter().enumerate().for_each(|(at, &node)| rank[node as usize] = at as u32);
        self.worth.clear();
        self.worth.extend(self.order.iter().map(|&node| worth[node as usize]));
        self.words = count.div_ceil(64);
        for bits in [&mut self.outs, &mut self.ins] {
            bits.clear();
            bits.resize(count * self.words, 0);
        }
        for bits in [&mut self.heads, &mut self.tails] {
            bits.clear();
            bits.resize(self.words, 0);
        }
        self.is_open.clear();
        self.is_open.resize(self.words, u64::MAX);
        self.used.clear();
        self.used.resize(count, 0);
        for tail in 0..count {
            let row = &mut self.outs[tail * self.words..(tail + 1) * self.words];
            let (word, bit) = (tail / 64, 1 << (tail % 64));
            for arc in pool.arcs(self.order[tail] as usize).filter(|&arc| is_open(arc)) {
                let head = rank[pool.head(arc)] as usize;
                if head < count {
                    row[head / 64] |= 1 << (head % 64);
                    self.ins[head * self.words + word] |= bit;
                }
            }
        }
        self.steps += 2 * pool.arc_count() as u64;
    }

    /// Fills `heads` and `tails` of a root. False if one is empty.
    fn mask(&mut self, root: usize) -> bool {
        let first = (root + 1) / 64;
        let (mut gives, mut takes) = (0, 0);
        for at in first..self.words {
            let mut open = self.is_open[at];
            if at == first {
                open &= u64::MAX << ((root + 1) % 64);
            }
            self.heads[at] = self.outs[root * self.words + at] & open;
            self.tails[at] = self.ins[root * self.words + at] & open;
            gives |= self.heads[at];
            takes |= self.tails[at];
        }
        self.heads[..first.min(self.words)].fill(0);
        self.tails[..first.min(self.words)].fill(0);
        self.steps += (self.words - first.min(self.words)) as u64;
        gives != 0 && takes != 0
    }

    /// What a ring must be worth more than to be kept.
    fn least(&self, threshold: i64, most: usize) -> i64 {
        if self.best.len() < most { threshold } else { self.best[most - 1].0 }
    }

    fn keep(&mut self, ring: (i64, u32, u32), most: usize) {
        let at = self.best.partition_point(|other| other.0 >= ring.0);
        self.best.insert(at, ring);
        self.best.truncate(most);
    }

    fn swaps(&mut self, root: usize, threshold: i64, most: usize) {
        let (heads, tails) = (std::mem::take(&mut self.heads), std::mem::take(&mut self.tails));
        for other in shared(&heads, &tails) {
            let whole = self.worth[root] + self.worth[other];
            if whole <= self.least(threshold, most) {
                break;
            }
            self.keep((whole, other as u32, NONE), most);
        }
        (self.heads, self.tails) = (heads, tails);
    }

    /// Rings of three: for each of the nodes after the root, or before it, the best that fit.
    fn triples(&mut self, root: usize, threshold: i64, most: usize) {
        let (heads, tails) = (std::mem::take(&mut self.heads), std::mem::take(&mut self.tails));
        let count = |bits: &[u64]| bits.iter().map(|word| word.count_ones()).sum::<u32>();
        let is_by_tail = count(&tails) <= count(&heads);
        let (outer, inner) = if is_by_tail { (&tails, &heads) } else { (&heads, &tails) };
        let best = ones(inner).next().map_or(NEVER, |node| self.worth[node]);
        for node in ones(outer) {
            let so_far = self.worth[root] + self.worth[node];
            if so_far + best <= self.least(threshold, most) {
                break;
            }
            let rows = std::mem::take(if is_by_tail { &mut self.ins } else { &mut self.outs });
            let row = &rows[node * self.words..(node + 1) * self.words];
            self.steps += 4;
            for between in shared(row, inner) {
                let whole = so_far + self.worth[between];
                if whole <= self.least(threshold, most) {
                    break;
                }
                self.steps += 1;
                let (next, last) = if is_by_tail { (between, node) } else { (node, between) };
                self.keep((whole, next as u32, last as u32), most);
            }
            *(if is_by_tail { &mut self.ins } else { &mut self.outs }) = rows;
        }
        (self.heads, self.tails) = (heads, tails);
    }

    /// The arcs of a ring of these ranks.
    fn arcs(&self, part: &Part, ranks: &[u32], is_open: &impl Fn(usize) -> bool) -> Vec<u32> {
        let node = |at: usize| self.order[ranks[at % ranks.len()] as usize] as usize;
        (0..ranks.len())
            .map(|at| {
                let arc = part.pool.arcs_to(node(at), node(at + 1)).find(|&arc| is_open(arc));
                arc.expect("the matrix has open arcs alone") as u32
            })
            .collect()
    }
}

/// The places of the bits of a row, in order.
fn ones(row: &[u64]) -> impl Iterator<Item = usize> + '_ {
    row.iter().enumerate().flat_map(|(at, &word)| bits(at, word))
}

/// The places of the bits that two rows share, in order.
fn shared<'a>(one: &'a [u64], other: &'a [u64]) -> impl Iterator<Item = usize> + 'a {
    one.iter().zip(other).enumerate().flat_map(|(at, (&one, &other))| bits(at, one & other))
}

fn bits(at: usize, mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| at * 64 + word.trailing_zeros() as usize);
        word &= word.wrapping_sub(1);
        bit
    })
}
