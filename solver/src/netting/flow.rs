//! The minimum-cost circulation of obligations that lie on cycles, by pushes and relabels with scaled costs (Goldberg 1997, "An efficient implementation of a
//! scaling minimum-cost flow algorithm"). An arc is one direction of a curve ([`Curves`]), so what the next unit costs along it rises as more flows: obligations between
//! the same two, and pieces of one, are no arcs of their own.
//!
//! Costs are multiplied by more than there are nodes. An error says by how much a reduced cost may be below 0 where something can still flow. It
//! begins above the largest cost ([`Errors`]), falls to a unit of cost in steps, and then to 1: what is within less than a unit of the optimum then, is the optimum. At each error everything
//! flows that gains by potentials as they are. That is no circulation: what is too much at one participant is pushed to where it is missing, along arcs of a
//! reduced cost below 0, and where there is none a node's potential is lowered.
//!
//! At the beginning, and again as soon as nodes were relabelled [`MOST_RELABELLED`] times, all potentials are set by exact distances to where
//! something is missing (Dijkstra in a radix heap).
//!
//! Cost: in theory O(nodes^2 * arcs * log(nodes * weight)), in practice some 250 searches over the arcs of a million obligations in pieces; 16 bytes an obligation, 68 a
//! curve and 45 a participant.

use std::collections::VecDeque;

use super::curves::Curves;
use super::obligations::{Obligations, Weights, by_degree};
use crate::radix_heap::RadixHeap;

/// One direction of a curve.
#[derive(Clone, Copy, Debug, Default)]
struct Arc {
    head: u32,
    /// What the next unit costs along it, before it is multiplied, or [`Arc::NOTHING`].
    away: i32,
    /// What the next unit costs that comes the other way.
    here: i32,
    /// Twice its curve, and 1 more if it leads away from the second end.
    side: u32,
    /// The arc of the other direction.
    twin: u32,
}

impl Arc {
    /// The cost of what cannot be.
    const NOTHING: i32 = i32::MAX;
}

/// What the error begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errors {
    /// More than the largest cost: where much is to be moved.
    Large,
    /// The last at once: where costs are of many sizes, and what was cleared before is near the best.
    Last,
}

/// The largest error, in multiples of the largest cost; and what it is divided by each time.
const FIRST: i64 = 8;
const FINER: i64 = 4;

/// A path of all nodes, each step of which costs the first error, costs no more than this: so potentials, which change by three such at most for each error, fit.
const MOST_SCALED: i64 = 1 << 60;

/// So often is a node relabelled at most before all potentials are set anew: without them what is too much would be pushed to and fro.
const MOST_RELABELLED: u8 = 2;

const UNREACHED: i64 = i64::MAX;

/// Makes `cleared`, which is a circulation, the best one that differs from it in the obligations `free` alone; returns the potentials that prove it. Those of
/// participants without free obligations are 0.
pub(super) fn circulation(
    obligations: &Obligations,
    weights: &Weights,
    (free, errors): (&[u32], Errors),
    cleared: &mut [i64],
) -> Vec<i64> {
    let order = by_degree(obligations, free);
    let mut node = vec![0; obligations.participants];
    order.iter().enumerate().for_each(|(new, &old)| node[old as usize] = new as u32);
    let curves = Curves::new(obligations, weights, (free, &node), cleared);
    let mut network = Network::new(curves, order.len(), errors);
    loop {
        network.saturate();
        while network.set_potentials() {
            network.discharge();
        }
        if network.error == 1 {
            break;
        }
        network.error =
            if network.error == network.scale { 1 } else { (network.error / FINER).max(network.scale) };
    }
    let mut potentials = vec![0; obligations.participants];
    for (&node, potential) in order.iter().zip(network.exact_potentials()) {
        potentials[node as usize] = potential;
    }
    network.curves.clear(obligations, &node, cleared);
    potentials
}

struct Network {
    curves: Curves,
    /// Where the arcs of each node start; one entry more than nodes.
    first: Vec<u32>,
    arcs: Vec<Arc>,
    /// What costs are multiplied by.
    scale: i64,
    /// How far below 0 the reduced cost of an arc may be that can be used.
    error: i64,
    /// What came to a node and has not left it; below 0: what is missing there.
    excess: Vec<i64>,
    potential: Vec<i64>,
    /// In a search: to the nearest node where something is missing, in reduced costs, each raised by the error.
    distance: Vec<i64>,
    heap: RadixHeap,
    /// By node: the next arc to try.
    next: Vec<u32>,
    /// By node: how often it was relabelled since all potentials were set.
    relabelled: Vec<u8>,
    /// Nodes with too much, in the order in which they came to it.
    active: VecDeque<u32>,
}

impl Network {
    /// The network of these curves between so many nodes.
    fn new(curves: Curves, nodes: usize, errors: Errors) -> Self {
        let mut first = vec![0; nodes + 1];
        for end in curves.ends.as_flattened() {
            first[*end as usize + 1] += 1;
        }
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        let mut next: Vec<u32> = first.clone();
        let mut arcs = vec![Arc::default(); 2 * curves.ends.len()];
        for (curve, &ends) in (0..).zip(&curves.ends) {
            let places = ends.map(|end| {
                next[end as usize] += 1;
                next[end as usize] - 1
            });
            for end in 0..2 {
                arcs[places[end] as usize] = Arc {
                    head: ends[1 - end],
                    side: 2 * curve + end as u32,
                    twin: places[1 - end],
                    ..Arc::default()
                };
            }
        }
        let scale = nodes as i64 + 1;
        let error = match errors {
            Errors::Large => {
                let largest = i64::from(curves.largest_gain()).max(1);
                scale * (FIRST * largest).min(MOST_SCALED / scale.pow(2)).max(1)
            }
            Errors::Last => 1,
        };
        Network {
            curves,
            next: first.clone(),
            first,
            arcs,
            scale,
            error,
            excess: vec![0; nodes],
            potential: vec![0; nodes],
            distance: vec![UNREACHED; nodes],
            heap: RadixHeap::default(),
            relabelled: vec![0; nodes],
            active: VecDeque::new(),
        }
    }

    /// Lets flow what potentials say that gains, and nothing that they say costs.
    fn saturate(&mut self) {
        for node in 0..self.excess.len() {
            for place in self.row(node) {
                let Arc { head, side, .. } = self.arcs[place];
                if side % 2 == 0 {
                    let least = self.potential[node] - self.potential[head as usize];
                    let more = self.curves.flow_at(side as usize / 2, least, self.scale);
                    self.excess[node] -= more;
                    self.excess[head as usize] += more;
                    self.set_costs(place);
                }
            }
        }
    }

    /// Makes an arc and its twin cost what their curve says.
    fn set_costs(&mut self, place: usize) {
        let Arc { side, twin, .. } = self.arcs[place];
        let (curve, from) = (side as usize / 2, side as usize % 2);
        let [away, here] = [from, 1 - from].map(|from| self.curves.cost(curve, from).unwrap_or(Arc::NOTHING));
        let arc = &mut self.arcs[place];
        (arc.away, arc.here) = (away, here);
        let twin = &mut self.arcs[twin as usize];
        (twin.away, twin.here) = (here, away);
    }

    fn row(&self, node: usize) -> std::ops::Range<usize> {
        self.first[node] as usize..self.first[node + 1] as usize
    }

    /// Sets potentials by the distances to where something is missing. False if nowhere is too much.
    fn set_potentials(&mut self) -> bool {
        let nodes = self.excess.len();
        self.active.clear();
        self.active.extend((0..nodes as u32).filter(|&node| self.excess[node as usize] > 0));
        if self.active.is_empty() {
            return false;
        }
        let mut waiting = self.active.len();
        self.distance.fill(UNREACHED);
        self.heap.clear();
        for node in 0..nodes {
            if self.excess[node] < 0 {
                self.distance[node] = 0;
                self.heap.push(0, node as u32);
            }
        }
        let mut key = 0;
        let mut done: Vec<u32> = Vec::new();
        while waiting > 0 {
            let Some(node) = self.heap.pop() else {
                let Some(least) = self.heap.advance() else { break };
                key = least;
                continue;
            };
            let node = node as usize;
            if self.distance[node] != key || self.next[node] == u32::MAX {
                continue;
            }
            self.next[node] = u32::MAX;
            done.push(node as u32);
            if self.excess[node] > 0 {
                waiting -= 1;
            }
            for place in self.row(node) {
                let Arc { head, here, .. } = self.arcs[place];
                let tail = head as usize;
                if here != Arc::NOTHING && self.distance[tail] > key {
                    let reduced = self.potential[tail] - self.potential[node] + i64::from(here) * self.scale;
                    let through = key + reduced + self.error;
                    if through < self.distance[tail] {
                        self.distance[tail] = through;
                        self.heap.push(through, tail as u32);
                    }
                }
            }
        }
        assert!(waiting == 0, "what was cleared before was a circulation, so all can go back");
        for &node in &done {
            self.potential[node as usize] += key - self.distance[node as usize];
        }
        self.next.copy_from_slice(&self.first);
        true
    }

    /// Pushes what is too much on, until nothing is, or it is where a node would be relabelled once too often: there it waits for new potentials.
    fn discharge(&mut self) {
        self.relabelled.fill(0);
        while let Some(node) = self.active.pop_front() {
            let node = node as usize;
            while self.excess[node] > 0 {
                let potential = self.potential[node];
                let mut places = self.next[node] as usize..self.first[node + 1] as usize;
                let admissible = places.find(|&place| {
                    let Arc { head, away, .. } = self.arcs[place];
                    away != Arc::NOTHING
                        && i64::from(away) * self.scale + potential < self.potential[head as usize]
                });
                if let Some(place) = admissible {
                    self.next[node] = place as u32;
                    self.push(node, place);
                } else if self.relabelled[node] == MOST_RELABELLED {
                    break;
                } else {
                    self.relabelled[node] += 1;
                    self.relabel(node);
                }
            }
        }
    }

    /// Pushes what is too much at a node along one of its arcs, as far as that has room.
    fn push(&mut self, node: usize, place: usize) {
        let Arc { head, side, .. } = self.arcs[place];
        let head = head as usize;
        let (curve, from) = (side as usize / 2, side as usize % 2);
        let dearest = (self.potential[head] - self.potential[node] - 1).div_euclid(self.scale);
        let pushed = self.curves.push(curve, from, self.excess[node], dearest);
        self.set_costs(place);
        self.excess[node] -= pushed;
        let before = self.excess[head];
        self.excess[head] += pushed;
        if before <= 0 && before + pushed > 0 {
            self.active.push_back(head as u32);
        }
    }

    /// Lowers a node's potential until one of its arcs may be used, which is then the next to try.
    fn relabel(&mut self, node: usize) {
        let (mut best, mut best_place) = (i64::MIN, None);
        for place in self.row(node) {
            let Arc { head, away, .. } = self.arcs[place];
            let to = self.potential[head as usize] - i64::from(away) * self.scale;
            if away != Arc::NOTHING && to > best {
                (best, best_place) = (to, Some(place));
            }
        }
        self.next[node] = best_place.expect("what came to a node can go back") as u32;
        self.potential[node] = best - self.error;
    }

    /// Potentials that prove the circulation to be the best, in whole units of cost: by exact distances, which exist since it is.
    ///
    /// Distances are from a node that is added, from which all others are reached for nothing. Each arc costs 1 more than its multiplied
    /// cost, and has a reduced cost of -1 at least, so none is shorter than nothing.
    fn exact_potentials(&mut self) -> Vec<i64> {
        let nodes = self.excess.len();
        let highest = self.potential.iter().copied().max().unwrap_or(0);
        self.heap.clear();
        let mut order: Vec<u32> = (0..nodes as u32).collect();
        order.sort_unstable_by_key(|&node| std::cmp::Reverse(self.potential[node as usize]));
        for &node in &order {
            self.distance[node as usize] = highest - self.potential[node as usize];
            self.heap.push(self.distance[node as usize], node);
        }
        let mut is_done = vec![false; nodes];
        let mut key = 0;
        loop {
            let Some(node) = self.heap.pop() else {
                let Some(least) = self.heap.advance() else { break };
                key = least;
                continue;
            };
            let node = node as usize;
            if std::mem::replace(&mut is_done[node], true) {
                continue;
            }
            for place in self.row(node) {
                let Arc { head, away, .. } = self.arcs[place];
                let head = head as usize;
                let reduced = i64::from(away) * self.scale + self.potential[node] - self.potential[head];
                let through = key + reduced + 1;
                if away != Arc::NOTHING && through < self.distance[head] {
                    self.distance[head] = through;
                    self.heap.push(through, head as u32);
                }
            }
        }
        // Back from reduced costs: the distance by multiplied costs, of which the arcs' own 1 are less than one unit. The proof's
        // potentials fall where distances grow.
        let unreduced = |node: usize| self.distance[node] - highest + self.potential[node];
        (0..nodes).map(|node| -unreduced(node).div_euclid(self.scale)).collect()
    }
}
