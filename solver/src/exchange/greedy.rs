//! A choice of rings and chains in about one pass over the arcs: what there is before anything is weighed.
//!
//! Around each pair that is free, those with the fewest donors first, a few arcs are looked at for the ring that gains most; then from each altruist for
//! the chain that does. Cost: O(nodes log nodes + arcs), with [`MOST_LOOKS`] arcs at most looked at around a node, and as many as lead to it.

use super::parts::Part;

/// So many arcs are looked at around a node.
const MOST_LOOKS: u32 = 256;
const NONE: u32 = u32::MAX;

/// Rings and chains that use nothing twice, as arcs of the part.
pub(super) fn greedy(part: &Part) -> Vec<Vec<u32>> {
    let pool = &part.pool;
    let mut walk = Walk {
        part,
        is_used: vec![false; part.row_count()],
        closing: vec![NONE; pool.node_count()],
        path: Vec::new(),
        best: (0, Vec::new()),
        looks: 0,
        enough: 0,
    };
    let mut order: Vec<usize> = (0..pool.node_count()).collect();
    order.sort_by_key(|&node| (pool.is_altruist(node), pool.arcs_into(node).len()));
    let mut chosen = Vec::new();
    for node in order.into_iter().filter(|&node| !pool.arcs(node).is_empty()) {
        let found = if pool.is_altruist(node) { walk.chain(node) } else { walk.ring(node) };
        chosen.extend((!found.is_empty()).then_some(found));
    }
    chosen
}

struct Walk<'p> {
    part: &'p Part,
    /// By row.
    is_used: Vec<bool>,
    /// By node, an arc from it to the node that the ring at hand starts from.
    closing: Vec<u32>,
    path: Vec<u32>,
    best: (i64, Vec<u32>),
    /// How many arcs may still be looked at.
    looks: u32,
    /// What nothing from here gains more than.
    enough: i64,
}

impl Walk<'_> {
    /// A good ring through a node, if it is free; then its rows are used.
    fn ring(&mut self, root: usize) -> Vec<u32> {
        let part = self.part;
        if self.is_used[root] || part.caps.ring < 2 {
            return Vec::new();
        }
        self.is_used[root] = true;
        for &arc in part.pool.arcs_into(root).iter().filter(|&&arc| part.in_ring[arc as usize]) {
            self.closing[part.pool.tail(arc as usize)] = arc;
        }
        let found = self.search(root, part.caps.ring - 1, true);
        for &arc in part.pool.arcs_into(root) {
            self.closing[part.pool.tail(arc as usize)] = NONE;
        }
        self.is_used[root] = !found.is_empty();
        found
    }

    /// A good chain from an altruist; then its rows are used.
    fn chain(&mut self, altruist: usize) -> Vec<u32> {
        if self.part.caps.chain == 0 {
            Vec::new()
        } else {
            self.search(altruist, self.part.caps.chain, false)
        }
    }

    fn search(&mut self, start: usize, most: u32, is_ring: bool) -> Vec<u32> {
        (self.looks, self.best) = (MOST_LOOKS, (-1, Vec::new()));
        self.enough = self.part.greatest_gain.saturating_mul(i64::from(most) + i64::from(is_ring));
        self.extend(start, 0, most, is_ring);
        let (_, found) = std::mem::take(&mut self.best);
        for &arc in &found {
            self.mark(arc, true);
        }
        found
    }

    /// Goes on from the end of the path, which gains so much, along at most `left` arcs.
    fn extend(&mut self, end: usize, gain: i64, left: u32, is_ring: bool) {
        let pool = &self.part.pool;
        let useful = if is_ring { &self.part.in_ring } else { &self.part.in_chain };
        for arc in pool.arcs(end) {
            if self.looks == 0 || self.best.0 >= self.enough {
                return;
            }
            self.looks -= 1;
            let (head, gain) = (pool.head(arc), gain + pool.gain(arc));
            if !useful[arc] || !self.is_free(arc as u32) {
                continue;
            }
            self.path.push(arc as u32);
            self.mark(arc as u32, true);
            self.note(head, gain, is_ring);
            if left > 1 {
                self.extend(head, gain, left - 1, is_ring);
            }
            self.mark(arc as u32, false);
            self.path.pop();
        }
    }

    /// Keeps the chain that ends here, or the ring that can be closed from here, if it is the best so far.
    fn note(&mut self, end: usize, gain: i64, is_ring: bool) {
        let pool = &self.part.pool;
        let closing = if is_ring { self.closing[end] } else { NONE };
        if is_ring && (closing == NONE || !self.has_free_passes(closing)) {
            return;
        }
        let of_ring = if is_ring { pool.gain(closing as usize) + pool.ring_gain() } else { 0 };
        if gain + of_ring > self.best.0 {
            let closing = is_ring.then_some(closing);
            self.best = (gain + of_ring, self.path.iter().copied().chain(closing).collect());
        }
    }

    fn is_free(&self, arc: u32) -> bool {
        self.part.pool.rows(arc as usize).all(|row| !self.is_used[row as usize])
    }

    fn has_free_passes(&self, arc: u32) -> bool {
        let first = self.part.pool.node_count();
        self.part.pool.passes(arc as usize).iter().all(|&pass| !self.is_used[first + pass as usize])
    }

    fn mark(&mut self, arc: u32, is_used: bool) {
        for row in self.part.pool.rows(arc as usize) {
            self.is_used[row as usize] = is_used;
        }
    }
}
