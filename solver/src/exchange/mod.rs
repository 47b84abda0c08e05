//! Exchanges by rings and chains of bounded length: the greatest total gain of rings of at most so many nodes and of
//! chains from an altruist along at most so many, none of which share a node. NP-hard from rings of three on
//! (Abraham, Blum and Sandholm 2007, "Clearing algorithms for barter exchange markets").
//!
//! [`solve`] splits the pool into parts; each part is solved by column generation over rings and chains (`relaxation`)
//! with a simplex method made for packing (`master`), by dives for a choice (`dive`), and by branch and price on
//! what gap is left (`search`). Of a large part a simpler relaxation and a choice by neighbourhoods are tried first (`large`). [`solve_levels`] does so for one objective after the other. The relaxation of real pools is so tight that the gap is mostly none. What comes back carries
//! the prices that prove its bound, which [`crate::certify::exchange`] checks with code of its own. Only those
//! integers prove anything; the simplex method's floating point leads to them.
//!
//! The result depends on the [`Budget`] and on nothing else: not on time, nor on the machine, as far as IEEE 754 arithmetic goes. All that takes more than a
//! few looks at each arc is cut off where steps run out, so a budget is overrun by that at most. Without any, what comes back is the choice of one pass
//! (`greedy`) and that nobody receives more than the best once.
//!
//! Deliberately not here: cutting planes, and longest paths without a cap on chains.

mod chains;
mod dive;
mod greedy;
mod large;
mod levels;
pub(crate) mod master;
mod neighbourhood;
mod parts;
mod pool;
mod relaxation;
mod rings;
mod search;
mod short_rings;

use crate::budget::Budget;
use crate::certify::exchange::{Cases, PartProof, Proof};
pub use levels::{Level, Leveled, MOST_GAIN, Reached, solve_levels, sums};
use parts::Part;
pub use pool::{Arc, Caps, Pool};
pub use search::Stopped;

/// Rings and chains with the proof of what none exceed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The arcs of each ring, in order; each starts with its arc of the least number.
    pub rings: Vec<Vec<u32>>,
    /// The arcs of each chain, from its altruist on.
    pub chains: Vec<Vec<u32>>,
    /// What they gain.
    pub gain: i64,
    /// What nothing exceeds. Equal to the gain if that is proven to be the greatest.
    pub bound: i64,
    /// Why nothing exceeds the bound.
    pub proof: Proof,
    /// Why the bound is above the gain, if it is.
    pub stopped: Option<Stopped>,
    /// Steps used.
    pub steps: u64,
}

/// The best exchange that is found within the budget. `progress` is told the gain and the bound so far.
pub fn solve(pool: &Pool, caps: Caps, budget: Budget<'_>, progress: &mut dyn FnMut(i64, i64)) -> Exchange {
    solve_looking(pool, caps, (budget, MOST_LOOKS, LARGE), progress)
}

/// How many arcs are looked at for chains along one arc of an altruist before walks are taken instead.
const MOST_LOOKS: u64 = 1 << 15;
/// A part of so many nodes is large.
const LARGE: usize = 1_000;

fn solve_looking(
    pool: &Pool,
    caps: Caps,
    (budget, most_looks, large): (Budget<'_>, u64, usize),
    progress: &mut dyn FnMut(i64, i64),
) -> Exchange {
    let (parts, steps) = parts::split(pool, caps, budget);
    let mut exchange = Exchange { steps, ..Exchange::default() };
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&part| parts[part].pool.arc_count());
    let mut proofs: Vec<Option<PartProof>> = vec![None; parts.len()];
    // What nothing in the parts that are still to be solved gains more than.
    let mut rest: i64 = parts.iter().map(|part| most(&part.pool)).sum();
    for index in order {
        let part = &parts[index];
        progress(exchange.gain, exchange.bound + rest);
        rest -= most(&part.pool);
        let (gain, bound) = (exchange.gain, exchange.bound);
        let left = budget.after(exchange.steps);
        let found = large::solve(part, (left, most_looks, large), &mut |more, limit| {
            progress(gain + more, bound + limit + rest);
        });
        exchange.gain += found.gain;
        exchange.bound += found.bound;
        exchange.steps += found.steps;
        exchange.stopped = search::earlier(exchange.stopped, found.stopped);
        for chosen in found.chosen {
            let chosen: Vec<u32> = chosen.into_iter().map(|arc| part.arcs[arc as usize]).collect();
            let starts_free = pool.is_altruist(pool.tail(chosen[0] as usize));
            if starts_free { &mut exchange.chains } else { &mut exchange.rings }.push(chosen);
        }
        proofs[index] = Some(PartProof {
            nodes: part.nodes.clone(),
            passes: part.passes.clone(),
            scale: found.scale,
            cases: in_pool(part, found.cases),
        });
    }
    exchange.rings.sort_unstable();
    exchange.chains.sort_unstable();
    exchange.proof.parts = proofs.into_iter().flatten().collect();
    exchange
}

/// What nothing in a pool gains more than: each node receives once, and a ring has two nodes at least.
fn most(pool: &Pool) -> i64 {
    let into =
        |node: usize| pool.arcs_into(node).iter().map(|&arc| pool.gain(arc as usize)).max().unwrap_or(0);
    let of_arcs: i64 = (0..pool.node_count()).map(into).sum();
    of_arcs + pool.ring_gain() * (pool.node_count() / 2) as i64
}

/// The cases in the pool's numbers.
fn in_pool(part: &Part, cases: Cases) -> Cases {
    match cases {
        Cases::Leaf { prices } => Cases::Leaf { prices },
        Cases::Branch { arc, without, only } => Cases::Branch {
            arc: part.arcs[arc as usize],
            without: Box::new(in_pool(part, *without)),
            only: Box::new(in_pool(part, *only)),
        },
    }
}

#[cfg(test)]
mod tests;
