//! Finds chains that are worth more than their nodes' prices, or shows that none is.
//!
//! How much can follow on a node in at most so many arcs is computed by layers, for walks, which may visit a node
//! twice. A search along paths then looks for chains proper, with what can follow as its bound. As long as no ring is worth
//! anything, a walk that visits a node twice within the rings' cap is worth no more than without the detour, so for chains
//! up to one node longer than rings the first path tried is nearly always the best.
//!
//! Cost: O(cap * arcs) for the layers; the search is cut off at [`MOST_TRIES`] an altruist's arc, and then says so.

use super::parts::Part;
use super::rings::{Found, NEVER};

/// How many arcs the search for the best chain along one arc of an altruist may try.
const MOST_TRIES: u32 = 50_000;

/// The search, with its buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct ChainSearch {
    /// `follows[n][node]`: the most that at most n arcs from the node are worth.
    follows: Vec<Vec<i64>>,
    on_path: Vec<bool>,
    path: Vec<u32>,
    best: Found,
    tries: u32,
    /// The most that a walk from an altruist was worth in the last search, if more than the threshold.
    pub(super) greatest: i64,
    pub(super) steps: u64,
}

impl ChainSearch {
    /// Pushes to `found` at most `most` chains an altruist that are worth more than `threshold`, where an arc is
    /// worth `worth[arc]`, of which an altruist's price is taken. Returns the altruists whose search was cut off, each with
    /// the most that a chain of theirs can be worth.
    pub(super) fn search(
        &mut self,
        part: &Part,
        worth: &[i64],
        prices: &[i64],
        threshold: i64,
        most: usize,
        found: &mut Vec<Found>,
    ) -> Vec<(u32, i64)> {
        let cap = part.caps.chain as usize;
        let pool = &part.pool;
        let mut unsure = Vec::new();
        self.greatest = 0;
        if cap == 0 || !(0..pool.node_count()).any(|node| pool.is_altruist(node)) {
            return unsure;
        }
        self.fill(part, worth);
        self.on_path.clear();
        self.on_path.resize(pool.node_count(), false);
        let mut starts: Vec<(i64, usize)> = Vec::new();
        for altruist in (0..pool.node_count()).filter(|&node| pool.is_altruist(node)) {
            let last = &self.follows[cap - 1];
            let open = pool.arcs(altruist).filter(|&arc| part.in_chain[arc] && worth[arc] > NEVER);
            starts.clear();
            starts.extend(open.map(|arc| (worth[arc] - prices[altruist] + last[pool.head(arc)], arc)));
            self.steps += pool.arcs(altruist).len() as u64;
            starts.retain(|&(whole, _)| whole > threshold);
            starts.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
            self.greatest = starts.first().map_or(0, |start| start.0).max(self.greatest);
            let mut count = 0;
            for &(whole, arc) in &starts {
                self.best = Found { arcs: Vec::new(), worth: threshold };
                self.tries = 0;
                self.path.clear();
                self.path.push(arc as u32);
                self.on_path[pool.head(arc)] = true;
                self.extend(part, worth, worth[arc] - prices[altruist], cap - 1);
                self.on_path[pool.head(arc)] = false;
                self.steps += u64::from(self.tries);
                if self.best.worth > threshold {
                    found.push(self.best.clone());
                    count += 1;
                    if count == most {
                        break;
                    }
                } else if self.tries >= MOST_TRIES {
                    unsure.push((altruist as u32, whole));
                    break;
                }
            }
        }
        unsure
    }

    fn fill(&mut self, part: &Part, worth: &[i64]) {
        let (pool, cap) = (&part.pool, part.caps.chain as usize);
        self.follows.resize(cap.max(self.follows.len()), Vec::new());
        self.follows[0].clear();
        self.follows[0].resize(pool.node_count(), 0);
        for length in 1..cap {
            let (before, after) = self.follows.split_at_mut(length);
            let last = &before[length - 1];
            after[0].clear();
            after[0].extend((0..pool.node_count()).map(|node| {
                let onward = pool.arcs(node).filter(|&arc| part.in_chain[arc] && worth[arc] > NEVER);
                onward.map(|arc| worth[arc] + last[pool.head(arc)]).fold(0, i64::max)
            }));
            self.steps += pool.arc_count() as u64;
        }
    }

    /// Looks for the best chain that goes on from the end of the path, which is worth `whole`.
    fn extend(&mut self, part: &Part, worth: &[i64], whole: i64, left: usize) {
        let pool = &part.pool;
        if whole > self.best.worth {
            self.best.worth = whole;
            self.best.arcs.clone_from(&self.path);
        }
        if left == 0 {
            return;
        }
        let end = pool.head(*self.path.last().expect("a path has an arc") as usize);
        for arc in pool.arcs(end) {
            let head = pool.head(arc);
            if !part.in_chain[arc] || worth[arc] == NEVER || self.on_path[head] {
                continue;
            }
            if whole + worth[arc] + self.follows[left - 1][head] <= self.best.worth {
                continue;
            }
            self.tries += 1;
            if self.tries >= MOST_TRIES {
                return;
            }
            self.on_path[head] = true;
            self.path.push(arc as u32);
            self.extend(part, worth, whole + worth[arc], left - 1);
            self.path.pop();
            self.on_path[head] = false;
        }
    }
}
