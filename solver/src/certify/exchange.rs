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
//! which one is, also where each ring gains something beside its arcs. Chains are looked for as walks too, which may visit a node twice and so bound every
//! chain, and tried as paths only where a walk is worth more, with what walks can still be worth as the bound. Trying paths takes exponentially long at
//! worst, so it ends after [`MOST_LOOKS`]: then the proof is refused as not shown.
//!
//! Cost: O(nodes * arcs * cap on rings + arcs * cap on chains + [`MOST_LOOKS`]) a leaf.

use crate::exchange::{Caps, Pool};

/// How many arcs are looked at in a leaf for a chain that is worth more than its price where a walk is. A proof that needs more
/// proves nothing.
pub const MOST_LOOKS: u64 = 1 << 27;

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
        let (altruists, others): (Vec<usize>, Vec<usize>) =
            nodes.iter().map(|&node| node as usize).partition(|&node| self.pool.is_altruist(node));
        if !others.iter().all(|&node| self.rings_are_paid(node, &onward)) {
            return Err(Flaw::WorthMore(self.index));
        }
        if self.caps.chain > 0 && !altruists.is_empty() {
            self.check_chains(&altruists, &price_of, &onward)?;
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
        for _ in 0..(self.caps.ring as usize).min(onward.len()) {
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

    /// That no chain of these altruists within the cap is worth more than its altruist's price.
    fn check_chains(
        &self,
        altruists: &[usize],
        price_of: &[i128],
        onward: &[Vec<(usize, i128)>],
    ) -> Result<(), Flaw> {
        let walks = self.walks(onward);
        let is_on_path = vec![false; onward.len()];
        let mut paths = Paths { onward, walks: &walks, price: 0, is_on_path, looks: MOST_LOOKS };
        for &altruist in altruists {
            paths.price = price_of[altruist];
            let left = self.caps.chain as usize - 1;
            // Along each arc by itself, since the layers end one arc before the cap.
            for &(head, worth) in &onward[altruist] {
                paths.is_on_path[head] = true;
                let is_paid = paths.are_paid(head, worth, left).ok_or(Flaw::NotShown(self.index))?;
                paths.is_on_path[head] = false;
                if !is_paid {
                    return Err(Flaw::WorthMore(self.index));
                }
            }
        }
        Ok(())
    }

    /// The most that a walk from each node along at most so many arcs is worth, for 0 arcs, 1 and so on below the cap on chains.
    fn walks(&self, onward: &[Vec<(usize, i128)>]) -> Vec<Vec<i128>> {
        let mut most = vec![vec![0; onward.len()]];
        for _ in 1..(self.caps.chain as usize).min(onward.len()) {
            let last = &most[most.len() - 1];
            let follows = |arcs: &Vec<(usize, i128)>| {
                arcs.iter().map(|&(head, worth)| worth + last[head]).fold(0, i128::max)
            };
            let next: Vec<i128> = onward.iter().map(follows).collect();
            // Longer walks are worth no more.
            let is_same = next == *last;
            most.push(next);
            if is_same {
                break;
            }
        }
        most
    }
}

/// The search for a chain that is worth more than its altruist's price, where a walk is.
struct Paths<'a> {
    onward: &'a [Vec<(usize, i128)>],
    walks: &'a [Vec<i128>],
    price: i128,
    is_on_path: Vec<bool>,
    /// How many arcs may still be looked at.
    looks: u64,
}

impl Paths<'_> {
    /// Whether nothing within `left` arcs from `end` makes a path that is worth `whole` so far worth more than the price; `None` if
    /// that would take too many looks.
    fn are_paid(&mut self, end: usize, whole: i128, left: usize) -> Option<bool> {
        if whole > self.price {
            return Some(false);
        }
        let follows = |node: usize, left: usize| self.walks[left.min(self.walks.len() - 1)][node];
        if left == 0 || whole + follows(end, left) <= self.price {
            return Some(true);
        }
        for &(head, worth) in &self.onward[end] {
            self.looks = self.looks.checked_sub(1)?;
            let follows = self.walks[(left - 1).min(self.walks.len() - 1)][head];
            if self.is_on_path[head] || whole + worth + follows <= self.price {
                continue;
            }
            self.is_on_path[head] = true;
            let is_paid = self.are_paid(head, whole + worth, left - 1)?;
            self.is_on_path[head] = false;
            if !is_paid {
                return Some(false);
            }
        }
        Some(true)
    }
}
