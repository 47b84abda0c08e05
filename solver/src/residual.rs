//! Cheapest exchanges around an optimal circulation: what it would cost to make a node trade that does
//! not, and to whom a chain of exchanges leads from it.
//!
//! In the residual graph of an optimum every exchange costs its slack at the optimal prices, which is
//! never negative, so Dijkstra's method finds the cheapest chain (Ahuja, Magnanti and Orlin 1993,
//! "Network Flows", section 9.3).
//!
//! Cost: O(arcs * log nodes) a search.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::Graph;
use crate::circulation::LinearGains;

/// An optimal circulation of one linear level with the prices that prove it.
pub struct Residual<'a> {
    graph: &'a Graph,
    gains: &'a LinearGains,
    prices: &'a [i64],
    takes: &'a [u32],
    taker_of: Vec<u32>,
    /// What each taker's best arc is worth at the prices.
    value: Vec<i64>,
}

/// Cheapest chains of exchanges from one node to all, or from all to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chains {
    /// The cost of the cheapest chain, by node at its other end; `None` where there is none.
    pub cost: Vec<Option<i64>>,
    /// The node before (from one) or after (to one) on that chain.
    pub next: Vec<u32>,
}

impl<'a> Residual<'a> {
    /// States the residual graph of `takes`, which must be optimal by `gains` as `prices` prove.
    ///
    /// # Panics
    /// If a row of the graph is empty, which [`Graph`] does not allow.
    pub fn new(graph: &'a Graph, gains: &'a LinearGains, prices: &'a [i64], takes: &'a [u32]) -> Self {
        let mut taker_of = vec![0; takes.len()];
        for (taker, &giver) in takes.iter().enumerate() {
            taker_of[giver as usize] = taker as u32;
        }
        let best = |taker: usize| {
            let worth = graph.arcs(taker).map(|arc| gains.gain(graph, taker, arc) - prices[graph.head(arc)]);
            worth.max().expect("every row has the node's own arc")
        };
        let value = (0..takes.len()).map(best).collect();
        Residual { graph, gains, prices, takes, taker_of, value }
    }

    /// Who takes `giver` now.
    pub fn taker_of(&self, giver: usize) -> usize {
        self.taker_of[giver] as usize
    }

    /// What it would cost, at the prices, if `taker` gained `gain` by taking `giver` instead.
    pub fn slack(&self, taker: usize, giver: usize, gain: i64) -> i64 {
        self.value[taker] + self.prices[giver] - gain
    }

    /// Chains that start with `source` taking something else and end with the loss of each node's
    /// possession: `cost[b]` is what it costs in all until `b` has to take something else.
    pub fn from(&self, source: usize) -> Chains {
        self.search(source, |taker, relax| {
            for arc in self.graph.arcs(taker) {
                let giver = self.graph.head(arc);
                if giver != self.takes[taker] as usize {
                    let slack = self.slack(taker, giver, self.gains.gain(self.graph, taker, arc));
                    relax(self.taker_of[giver] as usize, slack);
                }
            }
        })
    }

    /// Chains that end with `target` losing what it takes: `cost[a]` is what it costs in all when `a`
    /// is the first to take something else.
    pub fn to(&self, target: usize) -> Chains {
        let mut back = vec![Vec::new(); self.takes.len()];
        for taker in 0..self.takes.len() {
            for arc in self.graph.arcs(taker) {
                let giver = self.graph.head(arc);
                if giver != self.takes[taker] as usize {
                    let slack = self.slack(taker, giver, self.gains.gain(self.graph, taker, arc));
                    back[self.taker_of[giver] as usize].push((taker, slack));
                }
            }
        }
        self.search(target, |node, relax| back[node].iter().for_each(|&(taker, slack)| relax(taker, slack)))
    }

    fn search(&self, start: usize, neighbours: impl Fn(usize, &mut dyn FnMut(usize, i64))) -> Chains {
        let node_count = self.takes.len();
        let mut chains = Chains { cost: vec![None; node_count], next: vec![start as u32; node_count] };
        let mut queue = BinaryHeap::from([(Reverse(0_i64), start)]);
        chains.cost[start] = Some(0);
        while let Some((Reverse(cost), node)) = queue.pop() {
            if chains.cost[node].is_some_and(|known| known < cost) {
                continue;
            }
            neighbours(node, &mut |other, slack| {
                let through = cost + slack;
                if chains.cost[other].is_none_or(|known| through < known) {
                    chains.cost[other] = Some(through);
                    chains.next[other] = node as u32;
                    queue.push((Reverse(through), other));
                }
            });
        }
        chains
    }
}
