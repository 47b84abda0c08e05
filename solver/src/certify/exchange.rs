//! The check of rings and chains of bounded length, and of the proof that none gain more. Short, slow and obvious, in
//! integers, and sharing with the search only the types that state the problem.
//!
//! Give every node and every pass a price, none negative. If no ring or chain within the caps gains more than what it uses costs,
//! then no choice of them, using nothing twice, gains more than all prices together. Where that is too much, cases: without
//! an arc, or without its rivals, which are the other arcs of its tail, its head and its passes. A choice either lacks the
//! arc or, since it uses nothing twice, lacks its rivals, so the greater of the two bounds holds. Parts without a
//! useful arc between them are proven one by one.
//!
//! Rings are looked for as closed walks (`rings`): one that is worth more than its prices falls into rings, of which one is, also where each ring
//! gains something beside its arcs. Chains are looked for as walks too (`chains`), which may visit a node twice and so bound every chain, and tried as
//! paths only where a walk is worth more. That takes exponentially long at worst, so it ends after [`MOST_LOOKS`] for the whole proof: then it is refused as
//! not shown.
//!
//! Cost: O(arcs * log nodes) a leaf and what the two searches take, at worst O(nodes * arcs * cap on rings + arcs * cap on chains), and [`MOST_LOOKS`]; and for
//! the arcs that matter, for each arc those onward from its head. Memory: 40 bytes an arc, and 16 for each node and arc of a chain within the cap.

mod chains;
mod links;
mod rings;

use std::cell::Cell;

use crate::exchange::{Caps, Pool};
pub use chains::MOST_LOOKS;
use links::{Link, Links};

/// Why no exchange gains more than a bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// The parts, each with a proof of its own.
    pub parts: Vec<PartProof>,
}

/// The proof for some nodes and passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartProof {
    /// Its nodes.
    pub nodes: Vec<u32>,
    /// Its passes.
    pub passes: Vec<u32>,
    /// How many parts of a price make one unit of gain.
    pub scale: i64,
    /// Its cases.
    pub cases: Cases,
}

/// The cases of a proof, which together leave none out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cases {
    /// Nothing in this case gains more than these prices together.
    Leaf {
        /// One for each node of the part, then one for each pass.
        prices: Vec<i64>,
    },
    /// Either one or the other.
    Branch {
        /// The arc that tells the cases apart.
        arc: u32,
        /// The arc is not used.
        without: Box<Cases>,
        /// None of its rivals is used.
        only: Box<Cases>,
    },
}

/// Why a choice is none, or a proof proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// This ring, counted with the chains after the rings, is none within the cap.
    NotARing(usize),
    /// This chain is none within the cap.
    NotAChain(usize),
    /// This node or pass is used twice. Passes count on from the nodes.
    UsedTwice(usize),
    /// The proof is not made for this pool.
    WrongShape,
    /// A useful arc leads out of this part.
    NotApart(usize),
    /// A ring or chain of this part gains more than what it uses costs.
    WorthMore(usize),
    /// Whether a chain of this part gains more than what it uses costs is not shown within [`MOST_LOOKS`].
    NotShown(usize),
    /// An arithmetic result does not fit.
    Overflow,
}

/// What rings and chains gain, after checking that they are such, within the caps, and use nothing twice.
///
/// # Errors
/// The first thing wrong.
pub fn check_choice(pool: &Pool, caps: Caps, rings: &[Vec<u32>], chains: &[Vec<u32>]) -> Result<i64, Flaw> {
    let mut is_used = vec![false; pool.node_count() + pool.pass_count()];
    let mut gain = 0_i64;
    let both = rings.iter().map(|ring| (ring, true)).chain(chains.iter().map(|chain| (chain, false)));
    for (index, (arcs, is_ring)) in both.enumerate() {
        let flaw = || if is_ring { Flaw::NotARing(index) } else { Flaw::NotAChain(index - rings.len()) };
        let cap = if is_ring { caps.ring } else { caps.chain };
        let is_known = arcs.iter().all(|&arc| (arc as usize) < pool.arc_count());
        if arcs.is_empty() || arcs.len() > cap as usize || !is_known {
            return Err(flaw());
        }
        let (tail, head) = (|arc: u32| pool.tail(arc as usize), |arc: u32| pool.head(arc as usize));
        let (first, last) = (tail(arcs[0]), head(arcs[arcs.len() - 1]));
        let is_joined = arcs.windows(2).all(|pair| head(pair[0]) == tail(pair[1]));
        let ends_well = if is_ring { first == last } else { pool.is_altruist(first) };
        if !is_joined || !ends_well {
            return Err(flaw());
        }
        let of_ring = if is_ring { pool.ring_gain() } else { 0 };
        gain = gain.checked_add(of_ring).ok_or(Flaw::Overflow)?;
        let mut rows: Vec<usize> = arcs.iter().map(|&arc| head(arc)).collect();
        rows.extend((!is_ring).then_some(first));
        for &arc in arcs {
            rows.extend(pool.passes(arc as usize).iter().map(|&pass| pool.node_count() + pass as usize));
            gain = gain.checked_add(pool.gain(arc as usize)).ok_or(Flaw::Overflow)?;
        }
        for row in rows {
            if std::mem::replace(&mut is_used[row], true) {
                return Err(Flaw::UsedTwice(row));
            }
        }
    }
    Ok(gain)
}

/// What no exchange can exceed.
///
/// # Errors
/// If the proof does not fit the pool or a price does not pay for a ring or chain.
pub fn bound(pool: &Pool, caps: Caps, proof: &Proof) -> Result<i64, Flaw> {
    let places = places(pool, proof)?;
    let mut arcs_of = vec![Vec::new(); proof.parts.len()];
    let is_useful = useful_arcs(pool, caps);
    for arc in (0..pool.arc_count()).filter(|&arc| is_useful[arc]) {
        let part = |row: usize| places[row].map(|place| place.part);
        let mut passes = pool.passes(arc).iter().map(|&pass| pool.node_count() + pass as usize);
        let own = part(pool.tail(arc)).ok_or(Flaw::WrongShape)?;
        if part(pool.head(arc)) != Some(own) || passes.any(|row| part(row) != Some(own)) {
            return Err(Flaw::NotApart(own));
        }
        arcs_of[own].push(arc as u32);
    }
    let mut closed = vec![0_u32; pool.arc_count()];
    let looks = Cell::new(MOST_LOOKS);
    let mut sum = 0_i64;
    for (index, (part, arcs)) in proof.parts.iter().zip(&arcs_of).enumerate() {
        if part.scale < 1 {
            return Err(Flaw::WrongShape);
        }
        let checked = Checked { pool, caps, part, index, places: &places, looks: &looks };
        let most = checked.cases(&part.cases, arcs, &mut closed)?;
        sum = i64::try_from(most).ok().and_then(|most| sum.checked_add(most)).ok_or(Flaw::Overflow)?;
    }
    Ok(sum)
}

/// Where a row is told of: in which part, and which of its prices is the row's.
#[derive(Clone, Copy, Debug)]
struct Place {
    part: usize,
    price: usize,
}

/// The place of each row: of nodes, then of passes.
fn places(pool: &Pool, proof: &Proof) -> Result<Vec<Option<Place>>, Flaw> {
    let mut places = vec![None; pool.node_count() + pool.pass_count()];
    for (part, own) in proof.parts.iter().enumerate() {
        if own.nodes.iter().any(|&node| node as usize >= pool.node_count()) {
            return Err(Flaw::WrongShape);
        }
        let passes = own.passes.iter().map(|&pass| pool.node_count() + pass as usize);
        for (price, row) in own.nodes.iter().map(|&node| node as usize).chain(passes).enumerate() {
            let place = places.get_mut(row).ok_or(Flaw::WrongShape)?;
            if place.replace(Place { part, price }).is_some() {
                return Err(Flaw::WrongShape);
            }
        }
    }
    Ok(places)
}

/// Which arcs lie on a closed walk within the cap, or on a walk from an altruist within the cap.
fn useful_arcs(pool: &Pool, caps: Caps) -> Vec<bool> {
    let altruists = (0..pool.node_count()).filter(|&node| pool.is_altruist(node)).collect();
    let onward = |node: usize| pool.arcs(node).map(|arc| pool.head(arc));
    let from_altruists = distances(pool.node_count(), altruists, caps.chain, onward);
    let mut is_useful = vec![false; pool.arc_count()];
    for arc in 0..pool.arc_count() {
        is_useful[arc] = from_altruists[pool.tail(arc)] < caps.chain;
    }
    for tail in (0..pool.node_count()).filter(|_| caps.ring >= 2) {
        // How far it is back to the tail. Whatever leads to a node within the cap less two arcs of it is one arc farther.
        let back = |node: usize| pool.arcs_into(node).iter().map(|&arc| pool.tail(arc as usize));
        let to_tail = distances(pool.node_count(), vec![tail], caps.ring - 2, back);
        for arc in pool.arcs(tail) {
            is_useful[arc] |= onward(pool.head(arc)).any(|node| to_tail[node] <= caps.ring - 2);
        }
    }
    is_useful
}

/// How many steps it is at least from the nearest of some nodes to each; beyond `most`, `u32::MAX`.
fn distances<Steps: Iterator<Item = usize>>(
    node_count: usize,
    mut from: Vec<usize>,
    most: u32,
    steps: impl Fn(usize) -> Steps,
) -> Vec<u32> {
    let mut distances = vec![u32::MAX; node_count];
    for &node in &from {
        distances[node] = 0;
    }
    for distance in 1..=most {
        let mut to = Vec::new();
        for node in from.into_iter().flat_map(&steps) {
            if distances[node] == u32::MAX {
                distances[node] = distance;
                to.push(node);
            }
        }
        from = to;
    }
    distances
}

/// An arc is worth less than that, else the proof is refused. What is worth less than as much below 0 counts as that, which makes no ring or chain
/// worth less than it is.
const MOST_WORTH: i128 = 1 << 61;

struct Checked<'a> {
    pool: &'a Pool,
    caps: Caps,
    part: &'a PartProof,
    index: usize,
    places: &'a [Option<Place>],
    /// How many looks are left for chains.
    looks: &'a Cell<u64>,
}

impl Checked<'_> {
    /// The bound of some cases, in whole units. `closed` counts what closes each arc.
    fn cases(&self, cases: &Cases, arcs: &[u32], closed: &mut [u32]) -> Result<i128, Flaw> {
        let (branching, without, only) = match cases {
            Cases::Leaf { prices } => return self.leaf(prices, arcs, closed),
            Cases::Branch { arc, without, only } => (*arc as usize, without, only),
        };
        // Elsewhere both cases would be the same.
        if arcs.binary_search(&(branching as u32)).is_err() || closed[branching] > 0 {
            return Err(Flaw::WrongShape);
        }
        closed[branching] += 1;
        let low = self.cases(without, arcs, closed)?;
        closed[branching] -= 1;
        let passes = self.pool.passes(branching);
        let is_rival = |arc: usize| {
            arc != branching
                && (self.pool.tail(arc) == self.pool.tail(branching)
                    || self.pool.head(arc) == self.pool.head(branching)
                    || self.pool.passes(arc).iter().any(|pass| passes.contains(pass)))
        };
        let rivals: Vec<usize> = arcs.iter().map(|&arc| arc as usize).filter(|&arc| is_rival(arc)).collect();
        for &arc in &rivals {
            closed[arc] += 1;
        }
        let high = self.cases(only, arcs, closed)?;
        for &arc in &rivals {
            closed[arc] -= 1;
        }
        Ok(low.max(high))
    }

    fn leaf(&self, prices: &[i64], arcs: &[u32], closed: &[u32]) -> Result<i128, Flaw> {
        let nodes = &self.part.nodes;
        if prices.len() != nodes.len() + self.part.passes.len() || prices.iter().any(|&price| price < 0) {
            return Err(Flaw::WrongShape);
        }
        let place = |row: usize| self.places[row].expect("an arc of a part has its rows there").price;
        let price = |row: usize| i128::from(prices[place(row)]);
        // What an arc is worth after the prices of its head and its passes.
        let worth = |arc: usize| {
            let passes =
                self.pool.passes(arc).iter().map(|&pass| price(self.pool.node_count() + pass as usize));
            let gain = i128::from(self.part.scale) * i128::from(self.pool.gain(arc));
            (gain - price(self.pool.head(arc)) - passes.sum::<i128>()).max(-MOST_WORTH)
        };
        let open = || arcs.iter().map(|&arc| arc as usize).filter(|&arc| closed[arc] == 0);
        // By node of the part, the most that an arc into it is worth.
        let mut best = vec![-MOST_WORTH; nodes.len()];
        for arc in open() {
            let (head, worth) = (place(self.pool.head(arc)), worth(arc));
            if worth >= MOST_WORTH {
                return Err(Flaw::Overflow);
            }
            best[head] = best[head].max(worth);
        }
        // Nodes are numbered anew, the best first.
        let mut order: Vec<usize> = (0..nodes.len()).collect();
        order.sort_by_key(|&node| std::cmp::Reverse(best[node]));
        let mut rank = vec![0_u32; nodes.len()];
        (0..).zip(&order).for_each(|(number, &node)| rank[node] = number);
        let ends = |arc: usize| (place(self.pool.tail(arc)), place(self.pool.head(arc)));
        let onward = open().map(|arc| {
            let (tail, head) = ends(arc);
            (rank[tail], Link { node: rank[head], adds: worth(arc) as i64 })
        });
        let onward = Links::new(nodes.len(), onward);
        if self.caps.ring >= 2 {
            let inward = open().map(|arc| {
                let (tail, head) = ends(arc);
                (rank[head], Link { node: rank[tail], adds: (best[tail] - (best[head] - worth(arc))) as i64 })
            });
            let inward = Links::new(nodes.len(), inward);
            let best: Vec<i128> = order.iter().map(|&node| best[node]).collect();
            let of_ring = i128::from(self.part.scale) * i128::from(self.pool.ring_gain());
            if !rings::are_paid([&onward, &inward], &best, self.caps.ring, of_ring) {
                return Err(Flaw::WorthMore(self.index));
            }
        }
        if self.caps.chain > 0 {
            let altruists = (0..nodes.len()).filter(|&node| self.pool.is_altruist(nodes[node] as usize));
            let altruists =
                altruists.map(|node| (rank[node] as usize, i128::from(prices[node]))).collect::<Vec<_>>();
            let are_paid = chains::are_paid(&onward, &altruists, self.caps.chain, self.looks);
            if !are_paid.ok_or(Flaw::NotShown(self.index))? {
                return Err(Flaw::WorthMore(self.index));
            }
        }
        let sum: i128 = prices.iter().map(|&price| i128::from(price)).sum();
        Ok(sum.div_euclid(i128::from(self.part.scale)))
    }
}

#[cfg(test)]
mod tests;
