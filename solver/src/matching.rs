//! A largest matching in a bipartite graph, enlarged from a given one by push-relabel with exact
//! global relabelling (Goldberg and Kennedy 1995, "An efficient cost scaling algorithm for the
//! assignment problem", for the double push; Kaya, Langguth, Manne and Uçar 2013, "Push-relabel based
//! algorithms for the maximum transversal problem", for its use on cardinality).
//!
//! Each giver has a label: a lower bound on how many pairs an alternating path from it to a free
//! giver must exchange. A free taker takes the giver with the least label in its row, whose label
//! then rises to one more than the second least; whoever held it looks on. When labels have cost
//! more work than computing them afresh, a breadth-first search backwards from the free givers does
//! that. When no giver has some label, none above it can reach a free giver (the gap heuristic).
//!
//! At the end the labels are exact: the givers that have one are those from which a free giver can
//! be reached, and no free taker has an arc to them. A dual step need go no further than to them.
//!
//! Cost: O(n m) at worst, a few passes over the arcs in practice; 8 bytes an arc, 16 bytes a node.

use crate::rows::NONE;

/// The graph on which a matching is sought, the labels, and scratch space.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matching {
    /// Where the arcs of each taker start.
    pub(crate) first: Vec<u32>,
    /// The giver of each arc.
    pub(crate) head: Vec<u32>,
    back_first: Vec<u32>,
    back_tail: Vec<u32>,
    /// The label of each giver, or `NONE` if it cannot reach a free giver.
    label: Vec<u32>,
    /// How many givers have each label.
    count: Vec<u32>,
    /// Takers that the search backwards has met, one bit each.
    met: Vec<u64>,
    queue: Vec<u32>,
    active: Vec<u32>,
}

impl Matching {
    /// Enlarges the matching until no alternating path from a free taker to a free giver is left.
    /// `mate` and `owner` must match along arcs of the graph; `free` lists the takers without a mate
    /// before and after.
    pub(crate) fn maximise(&mut self, mate: &mut [u32], owner: &mut [u32], free: &mut Vec<u32>) {
        self.match_greedily(mate, owner, free);
        if free.is_empty() {
            return;
        }
        self.transpose(owner.len());
        loop {
            let effort = self.relabel(mate, owner);
            let mut active = std::mem::take(&mut self.active);
            free.retain(|&taker| {
                let hopeful = self.row(taker).iter().any(|&giver| self.can_reach(giver));
                if hopeful {
                    active.push(taker);
                }
                !hopeful
            });
            if active.is_empty() {
                return;
            }
            self.push(&mut active, mate, owner, effort, free);
            self.active = active;
        }
    }

    /// Whether an alternating path leads from `giver` to a free giver.
    #[inline]
    pub(crate) fn can_reach(&self, giver: u32) -> bool {
        self.label[giver as usize] != NONE
    }

    #[inline]
    fn row(&self, taker: u32) -> &[u32] {
        &self.head[self.first[taker as usize] as usize..self.first[taker as usize + 1] as usize]
    }

    /// Gives each free taker a free giver, where one is left.
    fn match_greedily(&self, mate: &mut [u32], owner: &mut [u32], free: &mut Vec<u32>) {
        free.retain(|&taker| {
            let found = self.row(taker).iter().find(|&&giver| owner[giver as usize] == NONE);
            if let Some(&giver) = found {
                mate[taker as usize] = giver;
                owner[giver as usize] = taker;
            }
            found.is_none()
        });
    }

    fn transpose(&mut self, giver_count: usize) {
        self.back_first.clear();
        self.back_first.resize(giver_count + 1, 0);
        for &giver in &self.head {
            self.back_first[giver as usize] += 1;
        }
        let mut sum = 0;
        for start in &mut self.back_first {
            sum += *start;
            *start = sum;
        }
        self.back_tail.resize(self.head.len(), NONE);
        for taker in (0..self.first.len() - 1).rev() {
            for &giver in &self.head[self.first[taker] as usize..self.first[taker + 1] as usize] {
                let slot = &mut self.back_first[giver as usize];
                *slot -= 1;
                self.back_tail[*slot as usize] = taker as u32;
            }
        }
    }

    /// Computes exact labels, breadth first from the free givers, and returns how many arcs that took.
    fn relabel(&mut self, mate: &[u32], owner: &[u32]) -> usize {
        self.label.clear();
        self.label.resize(owner.len(), NONE);
        self.met.clear();
        self.met.resize(mate.len().div_ceil(64), 0);
        self.count.clear();
        self.queue.clear();
        self.queue.extend((0..owner.len() as u32).filter(|&giver| owner[giver as usize] == NONE));
        for &giver in &self.queue {
            self.label[giver as usize] = 0;
        }
        let (mut done, mut label, mut arcs) = (0, 0, 0);
        while done < self.queue.len() {
            let end = self.queue.len();
            self.count.push((end - done) as u32);
            label += 1;
            while done < end {
                let giver = self.queue[done] as usize;
                done += 1;
                let back = self.back_first[giver] as usize..self.back_first[giver + 1] as usize;
                arcs += back.len();
                for &taker in &self.back_tail[back] {
                    let word = &mut self.met[taker as usize / 64];
                    let bit = 1 << (taker % 64);
                    if *word & bit != 0 {
                        continue;
                    }
                    *word |= bit;
                    let held = mate[taker as usize];
                    if held != NONE && self.label[held as usize] == NONE {
                        self.label[held as usize] = label;
                        self.queue.push(held);
                    }
                }
            }
        }
        arcs + owner.len()
    }

    /// Lets the `active` takers take givers from each other, first come first served, until each of
    /// them has one or can reach no free one, or until `effort` arcs have been looked at. Who is left
    /// without joins the `free`.
    fn push(
        &mut self,
        active: &mut Vec<u32>,
        mate: &mut [u32],
        owner: &mut [u32],
        mut effort: usize,
        free: &mut Vec<u32>,
    ) {
        // No giver with this label or a greater one can reach a free giver.
        let mut limit = self.count.len() as u32;
        let mut done = 0;
        while done < active.len() {
            let taker = active[done];
            let row = self.first[taker as usize] as usize..self.first[taker as usize + 1] as usize;
            if effort < row.len() {
                break;
            }
            effort -= row.len();
            done += 1;
            let (mut best, mut least, mut second) = (NONE, NONE, NONE);
            for &giver in &self.head[row] {
                let label = self.label[giver as usize];
                if label < least {
                    (best, least, second) = (giver, label, least);
                } else if label < second {
                    second = label;
                }
            }
            if least >= limit {
                free.push(taker);
                continue;
            }
            limit = self.raise(best, least, second, limit);
            mate[taker as usize] = best;
            let loser = std::mem::replace(&mut owner[best as usize], taker);
            if loser != NONE {
                mate[loser as usize] = NONE;
                active.push(loser);
            }
        }
        free.extend_from_slice(&active[done..]);
        active.clear();
    }

    /// Raises the label of `giver` from `least` to above `second`; returns the new `limit`.
    #[inline]
    fn raise(&mut self, giver: u32, least: u32, second: u32, mut limit: u32) -> u32 {
        let mut raised = second.saturating_add(1);
        if raised == limit && self.count.len() as u32 == limit {
            // One longer than any path so far, and no label below it is missing.
            self.count.push(0);
            limit += 1;
        }
        if raised < limit {
            self.count[raised as usize] += 1;
        } else {
            raised = NONE;
        }
        self.label[giver as usize] = raised;
        self.count[least as usize] -= 1;
        if self.count[least as usize] == 0 { least } else { limit }
    }
}
