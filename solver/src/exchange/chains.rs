//! Finds chains that are worth more than their nodes' prices, or shows that none is.
//!
//! How much can follow on a node in at most so many arcs is computed by layers, for walks, which may visit a node
//! twice. A search along paths then looks for chains proper, with what can follow as its bound. As long as no ring is worth
//! anything, a walk that visits a node twice within the rings' cap is worth no more than without the detour, so for chains
//! up to one node longer than rings the first path tried is nearly always the best.
//!
//! For longer ones the search along paths can take exponentially long, so it is cut off: then the best walk is told, which bounds every chain. Taken for a
//! column that uses a row twice it can never be chosen whole, and makes the bound one of walks, which needs no search.
//!
//! Cost: O(cap * arcs) for the layers; the search along paths looks at no more arcs than it is told, and at [`MOST_LOOKS`] in all, as many as the check of
//! the proof does.

use super::parts::Part;
use super::rings::{Found, NEVER};
use crate::budget::Budget;
use crate::certify::exchange::MOST_LOOKS;

/// The search, with its buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct ChainSearch {
    /// `follows[n][node]`: the most that at most n arcs from the node are worth.
    follows: Vec<Vec<i64>>,
    on_path: Vec<bool>,
    path: Vec<u32>,
    best: Found,
    /// How many arcs the search along paths looked at, and may look at, from this start.
    looks: u64,
    most_looks: u64,
    /// How much more the best walk of an altruist was worth than its price in the last search, if more than the threshold.
    pub(super) excess: Vec<(u32, i64)>,
    /// The best walks along arcs whose search was cut off.
    pub(super) unsure: Vec<Found>,
    /// Whether the last search ended early, since the budget did.
    pub(super) is_cut: bool,
    pub(super) steps: u64,
}

impl ChainSearch {
    /// Pushes to `found` at most `most` chains an altruist that are worth more than `threshold`, where an arc is
    /// worth `worth[arc]`, of which an altruist's price is taken. Along one arc of an altruist at most `most_looks` arcs are looked at.
    pub(super) fn search(
        &mut self,
        part: &Part,
        worth: &[i64],
        prices: &[i64],
        (threshold, most_looks, budget): (i64, u64, Budget<'_>),
        most: usize,
        found: &mut Vec<Found>,
    ) {
        let cap = part.caps.chain as usize;
        let pool = &part.pool;
        self.excess.clear();
        self.unsure.clear();
        self.is_cut = false;
        let budget = budget.counted_from(self.steps);
        if cap == 0 || !(0..pool.node_count()).any(|node| pool.is_altruist(node)) {
            return;
        }
        self.is_cut = !self.fill(part, worth, budget);
        if self.is_cut {
            return;
        }
        self.on_path.clear();
        self.on_path.resize(pool.node_count(), false);
        let mut left = MOST_LOOKS;
        let mut starts: Vec<(i64, usize)> = Vec::new();
        for altruist in (0..pool.node_count()).filter(|&node| pool.is_altruist(node)) {
            let last = &self.follows[cap - 1];
            let open = pool.arcs(altruist).filter(|&arc| part.in_chain[arc] && worth[arc] > NEVER);
            starts.clear();
            starts.extend(open.map(|arc| (worth[arc] - prices[altruist] + last[pool.head(arc)], arc)));
            self.steps += pool.arcs(altruist).len() as u64;
            starts.retain(|&(whole, _)| whole > threshold);
            starts.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
            self.excess.extend(starts.first().map(|start| (altruist as u32, start.0)));
            let mut count = 0;
            for &(whole, arc) in &starts {
                if budget.is_spent(self.steps) {
                    self.is_cut = true;
                    return;
                }
                self.best = Found { arcs: Vec::new(), worth: threshold };
                (self.looks, self.most_looks) = (0, most_looks.min(left));
                self.path.clear();
                self.path.push(arc as u32);
                self.on_path[pool.head(arc)] = true;
                self.extend(part, worth, worth[arc] - prices[altruist], cap - 1);
                self.on_path[pool.head(arc)] = false;
                self.steps += self.looks;
                left = left.saturating_sub(self.looks);
                if self.best.worth > threshold {
                    found.push(self.best.clone());
                    count += 1;
                    if count == most {
                        break;
                    }
                } else if self.looks >= self.most_looks {
                    let arcs = self.walk(part, worth, arc);
                    self.unsure.push(Found { arcs, worth: whole });
                    break;
                }
            }
        }
    }

    /// False if the budget was not enough for all layers.
    fn fill(&mut self, part: &Part, worth: &[i64], budget: Budget<'_>) -> bool {
        let (pool, cap) = (&part.pool, part.caps.chain as usize);
        self.follows.resize(cap.max(self.follows.len()), Vec::new());
        self.follows[0].clear();
        self.follows[0].resize(pool.node_count(), 0);
        for length in 1..cap {
            if budget.is_spent(self.steps) {
                return false;
            }
            let (before, after) = self.follows.split_at_mut(length);
            let last = &before[length - 1];
            after[0].clear();
            after[0].extend((0..pool.node_count()).map(|node| {
                let onward = pool.arcs(node).filter(|&arc| part.in_chain[arc] && worth[arc] > NEVER);
                onward.map(|arc| worth[arc] + last[pool.head(arc)]).fold(0, i64::max)
            }));
            self.steps += pool.arc_count() as u64;
        }
        true
    }

    /// The best walk that starts with `first`.
    fn walk(&self, part: &Part, worth: &[i64], first: usize) -> Vec<u32> {
        let pool = &part.pool;
        let mut arcs = vec![first as u32];
        let mut node = pool.head(first);
        for left in (1..part.caps.chain as usize).rev() {
            if self.follows[left][node] == 0 {
                break;
            }
            let follows = |arc: usize| worth[arc] + self.follows[left - 1][pool.head(arc)];
            let onward = pool.arcs(node).filter(|&arc| part.in_chain[arc] && worth[arc] > NEVER);
            let best = onward.max_by_key(|&arc| (follows(arc), std::cmp::Reverse(arc)));
            let best = best.expect("what follows on a node follows along an arc");
            arcs.push(best as u32);
            node = pool.head(best);
        }
        arcs
    }

    /// Looks for the best chain that goes on from the end of the path, which is worth `whole`.
    fn extend(&mut self, part: &Part, worth: &[i64], whole: i64, left: usize) {
        let pool = &part.pool;
        if whole > self.best.worth {
            self.best.worth = whole;
            self.best.arcs.clone_from(&self.path);
        }
        let end = pool.head(*self.path.last().expect("a path has an arc") as usize);
        // Nothing that follows on the end makes it worth more.
        if left == 0 || whole + self.follows[left][end] <= self.best.worth {
            return;
        }
        for arc in pool.arcs(end) {
            if self.looks >= self.most_looks {
                return;
            }
            if !part.in_chain[arc] || worth[arc] == NEVER {
                continue;
            }
            self.looks += 1;
            let head = pool.head(arc);
            if self.on_path[head] || whole + worth[arc] + self.follows[left - 1][head] <= self.best.worth {
                continue;
            }
            self.on_path[head] = true;
            self.path.push(arc as u32);
            self.extend(part, worth, whole + worth[arc], left - 1);
            self.path.pop();
            self.on_path[head] = false;
        }
    }
}
