//! A choice of rings and chains, made better by choosing anew around what it lacks (large neighbourhood search: Shaw 1998).
//!
//! Prices that prove a bound tell what a choice lacks: nodes that it leaves out though they have a price, and rings that gain less than they cost. Around
//! one of these, whatever is chosen near is taken back, and the best choice for its nodes is found by branch and price, which takes little time for few
//! nodes. As good a choice is taken as well, so that what is lacking moves until it meets.

use std::collections::VecDeque;

use super::parts::{Part, split};
use super::pool::Pool;
use super::search;
use crate::budget::Budget;
use crate::stream::Stream;

/// So many nodes are chosen for anew at once, about.
const SIZE: usize = 160;
/// Around a node, so many of the nodes it gives to and is given to by.
const NEAR: usize = 6;
/// It is given up after so many turns without a better choice.
const PATIENCE: u32 = 100;
/// What one choice anew may cost in steps.
const MOST_STEPS: u64 = 40_000_000;
const NONE: u32 = u32::MAX;

/// Rings and chains of a part that share no node. The part has no passes.
#[derive(Clone, Debug)]
pub(super) struct Choice<'p> {
    part: &'p Part,
    /// Some are empty.
    chosen: Vec<Vec<u32>>,
    /// In which of them each node is.
    of_node: Vec<u32>,
    pub(super) gain: i64,
}

impl<'p> Choice<'p> {
    /// The choice of nothing.
    pub(super) fn new(part: &'p Part) -> Self {
        Choice { part, chosen: Vec::new(), of_node: vec![NONE; part.pool.node_count()], gain: 0 }
    }

    /// The rings and chains.
    pub(super) fn chosen(&self) -> impl Iterator<Item = &Vec<u32>> {
        self.chosen.iter().filter(|arcs| !arcs.is_empty())
    }

    /// Whether a node is in none of them.
    pub(super) fn leaves_out(&self, node: usize) -> bool {
        self.of_node[node] == NONE
    }

    fn nodes(&self, arcs: &[u32]) -> Vec<usize> {
        let pool = &self.part.pool;
        let start = pool.tail(arcs[0] as usize);
        let heads = arcs.iter().map(|&arc| pool.head(arc as usize));
        heads.chain(pool.is_altruist(start).then_some(start)).collect()
    }

    fn gain_of(&self, arcs: &[u32]) -> i64 {
        arcs.iter().map(|&arc| self.part.pool.gain(arc as usize)).sum()
    }

    /// Chooses a ring or chain if none of its nodes is in another.
    pub(super) fn add(&mut self, arcs: &[u32]) {
        if self.nodes(arcs).into_iter().all(|node| self.leaves_out(node)) {
            let place = self.chosen.len() as u32;
            self.nodes(arcs).into_iter().for_each(|node| self.of_node[node] = place);
            self.gain += self.gain_of(arcs);
            self.chosen.push(arcs.to_vec());
        }
    }

    fn take_back(&mut self, place: u32) {
        let arcs = std::mem::take(&mut self.chosen[place as usize]);
        self.nodes(&arcs).into_iter().for_each(|node| self.of_node[node] = NONE);
        self.gain -= self.gain_of(&arcs);
    }

    /// Makes the choice better until it gains `enough` or nothing helps any more; returns the steps that took. Where nodes that are left out can by far not
    /// be served by themselves, their prices are not worth trying for, and nothing is tried.
    pub(super) fn improve(&mut self, prices: &[i64], scale: i64, enough: i64, budget: Budget<'_>) -> u64 {
        let mut draws = Stream::new(self.part.pool.arc_count() as u64);
        let mut steps = 0;
        // What is left out altogether first, many at a time.
        let mut lacking = self.lacking(prices, scale);
        draws.shuffle(&mut lacking);
        for nodes in lacking.chunks(SIZE) {
            if budget.is_spent(steps) || self.gain >= enough {
                break;
            }
            let (before, paid) = (self.gain, nodes.iter().map(|&node| prices[node as usize]).sum::<i64>());
            steps += self.choose_anew(nodes.to_vec(), budget.after(steps));
            if nodes.len() == SIZE && (self.gain - before).saturating_mul(scale) < paid - paid / 8 {
                return steps;
            }
        }
        let mut waited = 0;
        while self.gain < enough && waited < PATIENCE && !budget.is_spent(steps) {
            let lacking = self.lacking(prices, scale);
            if lacking.is_empty() {
                break;
            }
            let nodes = self.around(&lacking, &mut draws);
            let before = self.gain;
            steps += self.choose_anew(nodes, budget.after(steps));
            waited = if self.gain > before { 0 } else { waited + 1 };
        }
        steps
    }

    /// The nodes that are left out though they have a price, and those of rings that gain less than they cost.
    fn lacking(&self, prices: &[i64], scale: i64) -> Vec<u32> {
        // Less is rounding.
        let least = scale / 16;
        let mut lacking: Vec<u32> = (0..self.of_node.len() as u32)
            .filter(|&node| self.leaves_out(node as usize) && prices[node as usize] > least)
            .collect();
        for arcs in self.chosen() {
            let paid: i64 = self.nodes(arcs).into_iter().map(|node| prices[node]).sum();
            if paid > scale * self.gain_of(arcs) + least {
                lacking.extend(self.nodes(arcs).into_iter().map(|node| node as u32));
            }
        }
        lacking
    }

    /// Nodes around one that is lacking, with all that is chosen along with them.
    fn around(&self, lacking: &[u32], draws: &mut Stream) -> Vec<u32> {
        let pool = &self.part.pool;
        let mut is_in = vec![false; pool.node_count()];
        let mut nodes = Vec::new();
        let mut queue = VecDeque::from([lacking[draws.below(lacking.len() as u64) as usize]]);
        while let Some(node) = queue.pop_front() {
            let place = self.of_node[node as usize];
            let joined: Vec<usize> =
                if place == NONE { vec![node as usize] } else { self.nodes(&self.chosen[place as usize]) };
            for node in joined {
                if std::mem::replace(&mut is_in[node], true) {
                    continue;
                }
                nodes.push(node as u32);
                let before = pool.arcs_into(node).len();
                for _ in 0..NEAR.min(before) {
                    let arc = pool.arcs_into(node)[draws.below(before as u64) as usize];
                    queue.push_back(pool.tail(arc as usize) as u32);
                }
                let after = pool.arcs(node);
                for _ in 0..(NEAR / 2).min(after.len()) {
                    queue.push_back(pool.head(after.start + draws.below(after.len() as u64) as usize) as u32);
                }
            }
            if nodes.len() >= SIZE {
                break;
            }
            if queue.is_empty() {
                queue.push_back(lacking[draws.below(lacking.len() as u64) as usize]);
                if nodes.len() >= lacking.len() {
                    break;
                }
            }
        }
        nodes
    }

    /// The best choice among some nodes, which are whatever is chosen with them; returns the steps that took.
    fn choose_anew(&mut self, mut nodes: Vec<u32>, budget: Budget<'_>) -> u64 {
        nodes.sort_unstable();
        let (pool, arcs) = self.among(&nodes);
        let mut places: Vec<u32> =
            nodes.iter().map(|&node| self.of_node[node as usize]).filter(|&place| place != NONE).collect();
        places.sort_unstable();
        places.dedup();
        let before: i64 = places.iter().map(|&place| self.gain_of(&self.chosen[place as usize])).sum();
        let budget = budget.at_most(MOST_STEPS);
        let (parts, mut steps) = split(&pool, self.part.caps, budget);
        let (mut gain, mut found) = (0, Vec::<Vec<u32>>::new());
        for part in parts {
            let best = search::solve(&part, (budget.after(steps), 1 << 12), &mut |_, _| ());
            (steps, gain) = (steps + best.steps, gain + best.gain);
            let in_whole = |&arc: &u32| arcs[part.arcs[arc as usize] as usize];
            found.extend(best.chosen.iter().map(|chosen| chosen.iter().map(in_whole).collect()));
        }
        if gain >= before {
            for place in places {
                self.take_back(place);
            }
            for arcs in &found {
                self.add(arcs);
            }
        }
        steps + pool.arc_count() as u64
    }

    /// The pool of some nodes, which rise, and the part's number of each of its arcs.
    fn among(&self, nodes: &[u32]) -> (Pool, Vec<u32>) {
        let whole = &self.part.pool;
        let mut local = vec![NONE; whole.node_count()];
        nodes.iter().enumerate().for_each(|(at, &node)| local[node as usize] = at as u32);
        let mut numbers = Vec::new();
        let mut arcs = Vec::new();
        for &node in nodes {
            for arc in whole.arcs(node as usize).filter(|&arc| local[whole.head(arc)] != NONE) {
                numbers.push(arc as u32);
                let (tail, head) = (local[node as usize], local[whole.head(arc)]);
                arcs.push(super::pool::Arc { tail, head, ..whole.arc(arc) });
            }
        }
        let is_altruist = nodes.iter().map(|&node| whole.is_altruist(node as usize)).collect();
        (Pool::new(is_altruist, arcs), numbers)
    }
}
