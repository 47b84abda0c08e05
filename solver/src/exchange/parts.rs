//! Which arcs a bounded ring or chain can use at all, and the parts that fall apart without the others.
//!
//! An arc is of use in rings if its head is at most the cap less one arcs away from its tail, and of use in chains
//! if its tail is near enough to an altruist. Whatever is chosen lies in one part of the graph of these arcs, so parts
//! are solved one by one. Cost: for rings of three, a look at each arc's way back, else O(nodes * arcs) at worst; where steps run out, the arcs that are left
//! count as of use, so that fewer parts fall apart.

use super::pool::{Arc, Caps, Pool};
use crate::budget::Budget;

/// A part of a pool, with nodes, arcs and passes counted anew.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) pool: Pool,
    pub(crate) caps: Caps,
    /// The pool's number of each node.
    pub(crate) nodes: Vec<u32>,
    /// The pool's number of each arc.
    pub(crate) arcs: Vec<u32>,
    /// The pool's number of each pass.
    pub(crate) passes: Vec<u32>,
    /// Whether each arc is of use in rings.
    pub(crate) in_ring: Vec<bool>,
    /// Whether each arc is of use in chains.
    pub(crate) in_chain: Vec<bool>,
    /// Whether all arcs to a node are worth the same and use no pass.
    pub(crate) by_head: bool,
    /// At least what any arc gains, and a ring beside its arcs.
    pub(crate) greatest_gain: i64,
}

impl Part {
    /// How many rows a packing has here: nodes, then passes.
    pub(crate) fn row_count(&self) -> usize {
        self.pool.node_count() + self.pool.pass_count()
    }

    /// What an arc to a node gains, where all arcs to it gain the same; 0 where there is none.
    pub(crate) fn gain_into(&self, node: usize) -> i64 {
        self.pool.arcs_into(node).first().map_or(0, |&arc| self.pool.gain(arc as usize))
    }
}

/// The parts of a pool in which anything can be chosen, and the steps that took.
pub(crate) fn split(pool: &Pool, caps: Caps, budget: Budget<'_>) -> (Vec<Part>, u64) {
    let (in_ring, steps) = useful_in_rings(pool, caps.ring, budget);
    let in_chain = useful_in_chains(pool, caps.chain);
    let mut joined = Joined::new(pool.node_count() + pool.pass_count());
    for arc in (0..pool.arc_count()).filter(|&arc| in_ring[arc] || in_chain[arc]) {
        joined.join(pool.tail(arc), pool.head(arc));
        for &pass in pool.passes(arc) {
            joined.join(pool.head(arc), pool.node_count() + pass as usize);
        }
    }
    let mut part_of = vec![u32::MAX; pool.node_count()];
    let mut root_part = vec![u32::MAX; pool.node_count() + pool.pass_count()];
    let mut members: Vec<(Vec<u32>, Vec<u32>)> = Vec::new();
    for arc in (0..pool.arc_count()).filter(|&arc| in_ring[arc] || in_chain[arc]) {
        let root = joined.root(pool.tail(arc));
        if root_part[root] == u32::MAX {
            root_part[root] = members.len() as u32;
            members.push((Vec::new(), Vec::new()));
        }
        members[root_part[root] as usize].1.push(arc as u32);
    }
    for node in 0..pool.node_count() {
        part_of[node] = root_part[joined.root(node)];
        if let Some(part) = members.get_mut(part_of[node] as usize) {
            part.0.push(node as u32);
        }
    }
    let part = |(nodes, arcs)| extract(pool, caps, nodes, arcs, &in_ring, &in_chain);
    (members.into_iter().map(part).collect(), steps)
}

fn extract(
    pool: &Pool,
    caps: Caps,
    nodes: Vec<u32>,
    arcs: Vec<u32>,
    in_ring: &[bool],
    in_chain: &[bool],
) -> Part {
    let local =
        |node: usize| nodes.binary_search(&(node as u32)).expect("an arc's ends are in its part") as u32;
    let mut passes: Vec<u32> = arcs.iter().flat_map(|&arc| pool.passes(arc as usize)).copied().collect();
    passes.sort_unstable();
    passes.dedup();
    let local_pass = |&pass: &u32| passes.binary_search(&pass).expect("it is listed") as u32;
    let local_arc = |&arc: &u32| {
        let arc = arc as usize;
        Arc {
            tail: local(pool.tail(arc)),
            head: local(pool.head(arc)),
            gain: pool.gain(arc),
            passes: pool.passes(arc).iter().map(local_pass).collect(),
        }
    };
    let is_altruist = nodes.iter().map(|&node| pool.is_altruist(node as usize)).collect();
    // Numbers grow with the pool's, so arcs keep their order.
    let part = Pool::of_sorted(is_altruist, arcs.len(), arcs.iter().map(local_arc), pool.ring_gain());
    let same = |node: usize| {
        let mut gains = part.arcs_into(node).iter().map(|&arc| part.gain(arc as usize));
        let first = gains.next();
        gains.all(|gain| Some(gain) == first)
    };
    let by_head = part.pass_count() == 0 && (0..part.node_count()).all(same);
    let greatest_gain = (0..part.arc_count()).map(|arc| part.gain(arc)).max().unwrap_or(0) + part.ring_gain();
    let of = |useful: &[bool]| arcs.iter().map(|&arc| useful[arc as usize]).collect();
    let (in_ring, in_chain) = (of(in_ring), of(in_chain));
    Part { pool: part, caps, nodes, arcs, passes, in_ring, in_chain, by_head, greatest_gain }
}

/// Which arcs are of use in rings, and the steps that took.
fn useful_in_rings(pool: &Pool, cap: u32, budget: Budget<'_>) -> (Vec<bool>, u64) {
    let mut useful = vec![false; pool.arc_count()];
    let mut steps = 0;
    if cap < 2 {
        return (useful, steps);
    }
    // For each node, the last tail that it was found to be near, on the way back from it.
    let mut near = vec![u32::MAX; pool.node_count()];
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for tail in (0..pool.node_count()).filter(|&node| !pool.is_altruist(node)) {
        if budget.is_spent(steps) {
            useful[pool.arcs(tail)].fill(true);
            continue;
        }
        near[tail] = tail as u32;
        from.clear();
        from.push(tail as u32);
        for _ in 2..cap {
            to.clear();
            for &node in &from {
                steps += pool.arcs_into(node as usize).len() as u64;
                for &arc in pool.arcs_into(node as usize) {
                    let before = pool.tail(arc as usize);
                    if near[before] != tail as u32 && !pool.is_altruist(before) {
                        near[before] = tail as u32;
                        to.push(before as u32);
                    }
                }
            }
            std::mem::swap(&mut from, &mut to);
        }
        // Whatever leads to a node that is near enough is one arc farther.
        for arc in pool.arcs(tail) {
            let mut onward = pool.arcs(pool.head(arc));
            let before = onward.len();
            useful[arc] = onward.any(|onward| near[pool.head(onward)] == tail as u32);
            steps += 1 + (before - onward.len()) as u64;
        }
    }
    (useful, steps)
}

fn useful_in_chains(pool: &Pool, cap: u32) -> Vec<bool> {
    let mut useful = vec![false; pool.arc_count()];
    let mut is_seen: Vec<bool> = (0..pool.node_count()).map(|node| pool.is_altruist(node)).collect();
    let mut from: Vec<usize> = (0..pool.node_count()).filter(|&node| is_seen[node]).collect();
    for _ in 0..cap {
        let mut to = Vec::new();
        for &node in &from {
            for arc in pool.arcs(node) {
                useful[arc] = true;
                if !std::mem::replace(&mut is_seen[pool.head(arc)], true) {
                    to.push(pool.head(arc));
                }
            }
        }
        from = to;
    }
    useful
}

/// Disjoint sets, each known by its smallest member.
struct Joined(Vec<u32>);

impl Joined {
    fn new(count: usize) -> Self {
        Joined((0..count as u32).collect())
    }

    fn root(&mut self, mut member: usize) -> usize {
        while self.0[member] as usize != member {
            self.0[member] = self.0[self.0[member] as usize];
            member = self.0[member] as usize;
        }
        member
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other)] = one.min(other) as u32;
    }
}
