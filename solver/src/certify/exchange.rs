//! The check of rings and chains of bounded length, and of the proof that none gain more. Short, slow and obvious, in
//! integers, and sharing with the search only the types that state the problem.
//!
//! Give every node and every pass a price, none negative. If no ring or chain within the caps gains more than what it uses costs,
//! then no choice of them, using nothing twice, gains more than all prices together. Where that is too much, cases: without
//! an arc, or without its rivals, which are the other arcs of its tail, its head and its passes. A choice either lacks the
//! arc or, since it uses nothing twice, lacks its rivals, so the greater of the two bounds holds. Parts without a
//! useful arc between them are proven one by one.
//!
//! Rings are looked for as closed walks: one that is worth more than its prices falls into rings, of
//! which one is, also where each ring gains something beside its arcs. Chains are looked for as walks too, and tried as paths only where a walk is worth more.
//!
//! Cost: O(nodes * arcs * cap) a leaf.

use crate::exchange::{Caps, Pool};

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
    let row_count = pool.node_count() + pool.pass_count();
    let mut part_of = vec![None; row_count];
    for (index, part) in proof.parts.iter().enumerate() {
        let passes = part.passes.iter().map(|&pass| pool.node_count() + pass as usize);
        for row in part.nodes.iter().map(|&node| node as usize).chain(passes) {
            let of = part_of.get_mut(row).ok_or(Flaw::WrongShape)?;
            if of.replace(index).is_some()
                || part.nodes.iter().any(|&node| node as usize >= pool.node_count())
            {
                return Err(Flaw::WrongShape);
            }
        }
    }
    let useful = useful_arcs(pool, caps);
    let mut arcs_of = vec![Vec::new(); proof.parts.len()];
    for arc in useful {
        let passes = pool.passes(arc).iter().map(|&pass| pool.node_count() + pass as usize);
        let Some(part) = part_of[pool.tail(arc)] else { return Err(Flaw::WrongShape) };
        if !passes.chain([pool.head(arc)]).all(|row| part_of[row] == Some(part)) {
            return Err(Flaw::NotApart(part));
        }
        arcs_of[part].push(arc);
    }
    let mut sum = 0_i64;
    for (index, (part, arcs)) in proof.parts.iter().zip(&arcs_of).enumerate() {
        if part.scale < 1 {
            return Err(Flaw::WrongShape);
        }
        let checked = Checked { pool, caps, part, index };
        let mut closed = vec![0_u32; pool.arc_count()];
        let most = checked.cases(&part.cases, arcs, &mut closed)?;
        sum = i64::try_from(most).ok().and_then(|most| sum.checked_add(most)).ok_or(Flaw::Overflow)?;
    }
    Ok(sum)
}

/// The arcs that lie on a closed walk within the cap, or on a walk from an altruist within the cap.
fn useful_arcs(pool: &Pool, caps: Caps) -> Vec<usize> {
    let node_count = pool.node_count();
    let far = u32::MAX;
    let spread = |start: &dyn Fn(usize) -> bool, most: u32| {
        let mut distance: Vec<u32> = (0..node_count).map(|node| if start(node) { 0 } else { far }).collect();
        let mut from: Vec<usize> = (0..node_count).filter(|&node| start(node)).collect();
        for step in 1..=most {
            let mut to = Vec::new();
            for head in from.iter().flat_map(|&node| pool.arcs(node)).map(|arc| pool.head(arc)) {
                if distance[head] == far {
                    distance[head] = step;
                    to.push(head);
                }
            }
            from = to;
        }
        distance
    };
    let mut is_useful = vec![false; pool.arc_count()];
    let from_altruists = spread(&|node| pool.is_altruist(node), caps.chain);
    for arc in 0..pool.arc_count() {
        is_useful[arc] = from_altruists[pool.tail(arc)] < caps.chain;
    }
    for head in (0..node_count).filter(|_| caps.ring >= 2) {
        let from_head = spread(&|node| node == head, caps.ring - 1);
        for &arc in pool.arcs_into(head) {
            is_useful[arc as usize] |= from_head[pool.tail(arc as usize)] < caps.ring;
        }
    }
    (0..pool.arc_count()).filter(|&arc| is_useful[arc]).collect()
}

struct Checked<'a> {
    pool: &'a Pool,
    caps: Caps,
    part: &'a PartProof,
    index: usize,
}

impl Checked<'_> {
    /// The bound of some cases, in whole units. `closed` counts what closes each arc.
    fn cases(&self, cases: &Cases, arcs: &[usize], closed: &mut [u32]) -> Result<i128, Flaw> {
        let (branching, without, only) = match cases {
            Cases::Leaf { prices } => return self.leaf(prices, arcs, closed),
            Cases::Branch { arc, without, only } => (*arc as usize, without, only),
        };
        if branching >= self.pool.arc_count() {
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
        let rivals: Vec<usize> = arcs.iter().copied().filter(|&arc| is_rival(arc)).collect();
        for &arc in &rivals {
            closed[arc] += 1;
        }
        let high = self.cases(only, arcs, closed)?;
        for &arc in &rivals {
            closed[arc] -= 1;
        }
        Ok(low.max(high))
    }

    fn leaf(&self, prices: &[i64], arcs: &[usize], closed: &[u32]) -> Result<i128, Flaw> {
        let (nodes, passes) = (&self.part.nodes, &self.part.passes);
        if prices.len() != nodes.len() + passes.len() || prices.iter().any(|&price| price < 0) {
            return Err(Flaw::WrongShape);
        }
        let mut price_of = vec![0_i128; self.pool.node_count() + self.pool.pass_count()];
        let rows = nodes.iter().map(|&node| node as usize);
        let rows = rows.chain(passes.iter().map(|&pass| self.pool.node_count() + pass as usize));
        rows.zip(prices).for_each(|(row, &price)| price_of[row] = i128::from(price));
        // What each open arc is worth after the prices of its head and its passes, by tail.
        let mut onward = vec![Vec::new(); self.pool.node_count()];
        for &arc in arcs.iter().filter(|&&arc| closed[arc] == 0) {
            let passes =
                self.pool.passes(arc).iter().map(|&pass| price_of[self.pool.node_count() + pass as usize]);
            let gain = i128::from(self.part.scale) * i128::from(self.pool.gain(arc));
            let worth = gain - price_of[self.pool.head(arc)] - passes.sum::<i128>();
            onward[self.pool.tail(arc)].push((self.pool.head(arc), worth));
        }
        for &node in nodes {
            let node = node as usize;
            let is_fine = if self.pool.is_altruist(node) {
                self.chains_are_paid(node, price_of[node], &onward)
            } else {
                self.rings_are_paid(node, &onward)
            };
            if !is_fine {
                return Err(Flaw::WorthMore(self.index));
            }
        }
        let sum: i128 = prices.iter().map(|&price| i128::from(price)).sum();
        Ok(sum.div_euclid(i128::from(self.part.scale)))
    }

    /// Whether no closed walk from `root` within the cap, through nodes after it alone, is worth more than 0, with what a ring gains beside its arcs. Every
    /// ring has a first node, so nodes before the root need no look.
    fn rings_are_paid(&self, root: usize, onward: &[Vec<(usize, i128)>]) -> bool {
        let of_ring = i128::from(self.part.scale) * i128::from(self.pool.ring_gain());
        let mut best: Vec<Option<i128>> = vec![None; onward.len()];
        best[root] = Some(0);
        let mut from = vec![root];
        for _ in 0..self.caps.ring {
            let mut next: Vec<Option<i128>> = vec![None; onward.len()];
            let mut to = Vec::new();
            for &node in &from {
                let so_far = best[node].expect("it was reached");
                for &(head, worth) in onward[node].iter().filter(|next| next.0 >= root) {
                    if next[head].is_none() {
                        to.push(head);
                    }
                    next[head] = next[head].max(Some(so_far + worth));
                }
            }
            if next[root].is_some_and(|whole| whole + of_ring > 0) {
                return false;
            }
            // A walk that is back at the root has been looked at.
            to.retain(|&node| node != root);
            (best, from) = (next, to);
        }
        true
    }

    /// Whether no chain of this altruist within the cap is worth more than the altruist's price.
    fn chains_are_paid(&self, altruist: usize, price: i128, onward: &[Vec<(usize, i128)>]) -> bool {
        let mut best: Vec<Option<i128>> = vec![None; onward.len()];
        best[altruist] = Some(0);
        for _ in 0..self.caps.chain {
            let mut next: Vec<Option<i128>> = vec![None; onward.len()];
            for (node, so_far) in
                best.iter().enumerate().filter_map(|(node, best)| best.map(|best| (node, best)))
            {
                for &(head, worth) in &onward[node] {
                    next[head] = next[head].max(Some(so_far + worth));
                }
            }
            if next.iter().flatten().any(|&whole| whole > price) {
                // Perhaps only because it visits a node twice.
                return self.paths_are_paid(&mut vec![altruist], 0, price, onward);
            }
            best = next;
        }
        true
    }

    fn paths_are_paid(
        &self,
        path: &mut Vec<usize>,
        whole: i128,
        price: i128,
        onward: &[Vec<(usize, i128)>],
    ) -> bool {
        if whole > price {
            return false;
        }
        if path.len() > self.caps.chain as usize {
            return true;
        }
        let end = path[path.len() - 1];
        onward[end].iter().all(|&(head, worth)| {
            if path.contains(&head) {
                return true;
            }
            path.push(head);
            let is_fine = self.paths_are_paid(path, whole + worth, price, onward);
            path.pop();
            is_fine
        })
    }
}
