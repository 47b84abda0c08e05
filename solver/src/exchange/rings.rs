//! Finds rings that are worth more than their nodes' prices, or shows that none is.
//!
//! Nodes are ranked by the best that an arc to them is worth at these prices, the best first. Each ring is looked for from its
//! best node, the root, among the nodes behind it, by layers: how good a way back to the root in at most one arc, two
//! arcs and so on is. What is found is a closed walk; it falls into rings, none longer than the cap, and if the walk is worth
//! more than 0 so is one of them. So no walk being worth anything proves that no ring is, and nothing need be
//! tried twice. Where all arcs to a node are worth the same, rows are sorted by worth and most looks end early.
//!
//! Cost: for each root that is worth anything by itself, O(arcs) a layer at worst; the last layer looks only at what
//! the root gives to, the first only at what gives to the root.

use super::parts::Part;
use crate::budget::Budget;

/// What cannot be used is worth that.
pub(super) const NEVER: i64 = i64::MIN / 4;
const NONE: u32 = u32::MAX;

/// In how many rings a node may be that one look finds, as long as there are others.
const MOST_USES: u32 = 8;

/// Something worth more than its prices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) arcs: Vec<u32>,
    pub(super) worth: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Link {
    node: u32,
    arc: u32,
    worth: i64,
}

/// The best ways back to the root in a number of arcs.
#[derive(Clone, Debug, Default)]
struct Layer {
    worth: Vec<i64>,
    /// Where the way goes first, as an index of `outs`; nowhere if straight to the root.
    next: Vec<u32>,
    /// The root for which the entry stands.
    root: Vec<u32>,
    greatest: i64,
}

/// The search, with its buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct RingSearch {
    order: Vec<u32>,
    rank: Vec<u32>,
    out_first: Vec<u32>,
    /// By rank of tail, then of head.
    outs: Vec<Link>,
    in_first: Vec<u32>,
    ins: Vec<Link>,
    /// The first of each node's outs behind the root.
    open_from: Vec<u32>,
    layers: Vec<Layer>,
    closing: Vec<u32>,
    /// What can be reached from the root in at most one arc, two arcs and so on.
    reached: Vec<Vec<u32>>,
    reached_for: Vec<u32>,
    /// By rank, in how many of the rings found just now a node is.
    used: Vec<u32>,
    /// Whether rings may have been passed over since their nodes were in too many.
    has_passed_over: bool,
    /// The most that a closed walk was worth in the last search, if more than the threshold; less may be known if rings were passed over.
    pub(super) greatest: i64,
    /// Whether the last search ended early, since the budget did.
    pub(super) is_cut: bool,
    pub(super) steps: u64,
}

impl RingSearch {
    /// Pushes to `found` at most `most` rings a root that are worth more than `threshold`, where an arc is worth
    /// `worth[arc]`; where a ring gains something beside its arcs, that is below 0. Unless `all` are to be looked at, no node is in more than [`MOST_USES`] of them as long as there are others: rings that
    /// share their best nodes are worth nothing beside each other.
    pub(super) fn search(
        &mut self,
        part: &Part,
        worth: &[i64],
        threshold: i64,
        (most, all, budget): (usize, bool, Budget<'_>),
        found: &mut Vec<Found>,
    ) {
        let budget = budget.counted_from(self.steps);
        self.is_cut = false;
        let cap = part.caps.ring as usize;
        self.greatest = threshold;
        if cap < 2 {
            return;
        }
        let best = self.rank_nodes(part, worth);
        self.steps += 2 * part.pool.arc_count() as u64;
        self.layers.resize(cap.max(self.layers.len()), Layer::default());
        let before = found.len();
        if !all {
            self.pass(part, worth, &best, threshold, (most, MOST_USES, budget), found);
        }
        if all || found.len() == before && self.has_passed_over {
            self.pass(part, worth, &best, threshold, (most, u32::MAX, budget), found);
        }
    }

    /// One pass over all roots, for rings of which no node is in more than so many.
    fn pass(
        &mut self,
        part: &Part,
        worth: &[i64],
        best: &[i64],
        threshold: i64,
        (most, most_uses, budget): (usize, u32, Budget<'_>),
        found: &mut Vec<Found>,
    ) {
        let cap = part.caps.ring as usize;
        self.clear(part.pool.node_count(), cap);
        let mut ends: Vec<(i64, u32)> = Vec::new();
        for root in 0..part.pool.node_count() as u32 {
            // Nobody in the ring is worth more than its root, and there are two at least.
            let best = best[self.order[root as usize] as usize];
            if best.saturating_mul(if best > 0 { cap as i64 } else { 2 }) <= threshold {
                break;
            }
            if budget.is_spent(self.steps) {
                self.is_cut = true;
                break;
            }
            self.leave_out(root);
            if self.is_used_up(root, most_uses) || !self.close(root, most_uses) {
                continue;
            }
            self.reach(root, cap, most_uses);
            for back in 2..cap {
                if budget.is_spent(self.steps) {
                    self.is_cut = true;
                    return;
                }
                self.fill(root, back, cap, part.by_head);
            }
            ends.clear();
            let last = &self.layers[cap - 1];
            for at in self.open_outs(root) {
                let link = self.outs[at as usize];
                if last.root[link.node as usize] == root {
                    let whole = link.worth + last.worth[link.node as usize];
                    if whole > threshold {
                        ends.push((whole, at));
                    }
                }
            }
            ends.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
            self.greatest = ends.first().map_or(0, |end| end.0).max(self.greatest);
            for &(_, at) in ends.iter().take(most) {
                let walk = self.walk(at, cap - 1);
                let ring = best_ring(part, worth, &walk);
                for &arc in &ring.arcs {
                    self.used[self.rank[part.pool.head(arc as usize)] as usize] += 1;
                }
                found.push(ring);
            }
        }
    }

    /// Makes the buffers ready for a pass.
    fn clear(&mut self, node_count: usize, cap: usize) {
        for layer in &mut self.layers {
            layer.worth.resize(node_count, 0);
            layer.next.resize(node_count, NONE);
            layer.root.clear();
            layer.root.resize(node_count, NONE);
        }
        self.closing.resize(node_count, NONE);
        self.reached.resize(cap, Vec::new());
        self.reached_for.clear();
        self.reached_for.resize(node_count, NONE);
        self.used.clear();
        self.used.resize(node_count, 0);
        self.has_passed_over = false;
        self.open_from.clear();
        self.open_from.extend(&self.out_first[..node_count]);
    }

    fn is_used_up(&mut self, node: u32, most_uses: u32) -> bool {
        let is_used_up = self.used[node as usize] >= most_uses;
        self.has_passed_over |= is_used_up;
        is_used_up
    }

    /// Ranks nodes and sorts arcs by rank; returns the best worth of an arc into each node.
    fn rank_nodes(&mut self, part: &Part, worth: &[i64]) -> Vec<i64> {
        let pool = &part.pool;
        let node_count = pool.node_count();
        let is_open = |arc: usize| part.in_ring[arc] && worth[arc] > NEVER;
        let mut best = vec![NEVER; node_count];
        let mut counts = vec![0_u32; 2 * node_count];
        for arc in (0..pool.arc_count()).filter(|&arc| is_open(arc)) {
            best[pool.head(arc)] = best[pool.head(arc)].max(worth[arc]);
            counts[pool.tail(arc)] += 1;
            counts[node_count + pool.head(arc)] += 1;
        }
        self.order.clear();
        self.order.extend(0..node_count as u32);
        self.order.sort_by_key(|&node| std::cmp::Reverse(best[node as usize]));
        self.rank.resize(node_count, 0);
        self.out_first.clear();
        self.in_first.clear();
        let (mut outs, mut ins) = (0, 0);
        for (rank, &node) in self.order.iter().enumerate() {
            self.rank[node as usize] = rank as u32;
            self.out_first.push(outs);
            self.in_first.push(ins);
            outs += counts[node as usize];
            ins += counts[node_count + node as usize];
        }
        self.out_first.push(outs);
        self.in_first.push(ins);
        self.outs.resize(outs as usize, Link::default());
        self.ins.resize(ins as usize, Link::default());
        self.open_from.clear();
        self.open_from.extend(&self.out_first[..node_count]);
        let mut next_in = 0;
        for (head, &node) in self.order.iter().enumerate() {
            for &arc in pool.arcs_into(node as usize).iter().filter(|&&arc| is_open(arc as usize)) {
                let tail = self.rank[pool.tail(arc as usize)];
                let at = &mut self.open_from[tail as usize];
                let worth = worth[arc as usize];
                self.outs[*at as usize] = Link { node: head as u32, arc, worth };
                *at += 1;
                self.ins[next_in] = Link { node: tail, arc, worth };
                next_in += 1;
            }
        }
        best
    }

    /// Closes the arcs to `root` for all other nodes.
    fn leave_out(&mut self, root: u32) {
        for at in self.in_first[root as usize]..self.in_first[root as usize + 1] {
            let tail = self.ins[at as usize].node as usize;
            let from = &mut self.open_from[tail];
            while *from < self.out_first[tail + 1] && self.outs[*from as usize].node <= root {
                *from += 1;
            }
        }
    }

    fn open_outs(&self, node: u32) -> std::ops::Range<u32> {
        self.open_from[node as usize]..self.out_first[node as usize + 1]
    }

    /// The first layer: who gives to the root. False if nobody behind it does.
    fn close(&mut self, root: u32, most_uses: u32) -> bool {
        self.layers[1].greatest = NEVER;
        for at in self.in_first[root as usize]..self.in_first[root as usize + 1] {
            let link = self.ins[at as usize];
            let node = link.node as usize;
            if link.node <= root || self.is_used_up(link.node, most_uses) {
                continue;
            }
            let layer = &mut self.layers[1];
            if layer.root[node] != root || link.worth > layer.worth[node] {
                (layer.root[node], layer.worth[node], layer.next[node]) = (root, link.worth, NONE);
                self.closing[node] = link.arc;
                layer.greatest = layer.greatest.max(link.worth);
            }
        }
        self.layers[1].greatest > NEVER
    }

    /// Sets `reached[1]` to what the root gives to, and `reached[n]` to what is at most n arcs away.
    fn reach(&mut self, root: u32, cap: usize, most_uses: u32) {
        for distance in 1..cap.saturating_sub(1) {
            let mut reached = std::mem::take(&mut self.reached[distance]);
            reached.clear();
            if distance > 1 {
                reached.extend_from_slice(&self.reached[distance - 1]);
            }
            let from = if distance > 1 { reached.len() } else { 1 };
            for index in 0..from {
                let node = if distance > 1 { reached[index] } else { root };
                self.steps += self.open_outs(node).len() as u64;
                for at in self.open_outs(node) {
                    let head = self.outs[at as usize].node;
                    if self.reached_for[head as usize] != root && !self.is_used_up(head, most_uses) {
                        self.reached_for[head as usize] = root;
                        reached.push(head);
                    }
                }
            }
            self.reached[distance] = reached;
        }
    }

    /// The layer of ways back in at most `back` arcs, for the nodes from which that leaves the ring within the cap.
    fn fill(&mut self, root: u32, back: usize, cap: usize, by_head: bool) {
        let (before, after) = self.layers.split_at_mut(back);
        let (first, last, layer) = (&before[1], &before[back - 1], &mut after[0]);
        layer.greatest = NEVER;
        let mut steps = 0;
        for &node in &self.reached[cap - back] {
            let node = node as usize;
            let mut best = (NEVER, NONE);
            if first.root[node] == root {
                best.0 = first.worth[node];
            }
            for at in self.open_from[node]..self.out_first[node + 1] {
                let link = self.outs[at as usize];
                steps += 1;
                if by_head && link.worth + last.greatest <= best.0 {
                    break;
                }
                if last.root[link.node as usize] == root {
                    let whole = link.worth + last.worth[link.node as usize];
                    if whole > best.0 {
                        best = (whole, at);
                    }
                }
            }
            if best.0 > NEVER {
                (layer.root[node], layer.worth[node], layer.next[node]) = (root, best.0, best.1);
                layer.greatest = layer.greatest.max(best.0);
            }
        }
        self.steps += steps;
    }

    /// The arcs of the best closed walk whose first arc is `outs[at]`.
    fn walk(&self, at: u32, back: usize) -> Vec<u32> {
        let link = self.outs[at as usize];
        let (mut arcs, mut node, mut back) = (vec![link.arc], link.node as usize, back);
        while back > 1 && self.layers[back].next[node] != NONE {
            let link = self.outs[self.layers[back].next[node] as usize];
            arcs.push(link.arc);
            node = link.node as usize;
            back -= 1;
        }
        arcs.push(self.closing[node]);
        arcs
    }
}

/// The ring of the closed walk that is worth most.
fn best_ring(part: &Part, worth: &[i64], walk: &[u32]) -> Found {
    let mut best = Found { arcs: Vec::new(), worth: i64::MIN };
    let mut path: Vec<u32> = Vec::new();
    for &arc in walk {
        path.push(arc);
        let head = part.pool.head(arc as usize);
        if let Some(start) = path.iter().position(|&other| part.pool.tail(other as usize) == head) {
            let ring = path.split_off(start);
            let whole = ring.iter().map(|&arc| worth[arc as usize]).sum();
            if whole > best.worth {
                best = Found { arcs: ring, worth: whole };
            }
        }
    }
    best
}
