//! The minimum-cost circulation of obligations that lie on cycles, by pushes and relabels (Goldberg 1997, "An efficient implementation of a
//! scaling minimum-cost flow algorithm"), without scaling.
//!
//! It begins with everything cleared that is worth anything, and nothing that costs. That is no circulation: some participants are owed more by it than they owe. What
//! is too much at one is pushed to where it is missing, arc by arc of the residual network, where taking back a unit costs
//! its weight and clearing one more gains it. Costs are multiplied by more than there are nodes, and an arc may be used while its
//! reduced cost is -1, so what is left in the end is within less than 1 of the optimum: it is the optimum.
//!
//! Scaling, which others need, is for costs of many sizes; here these are few, and what takes its place is to set all potentials by exact
//! distances to where something is missing, at the beginning and again and again (Dijkstra in a radix heap): between two times each node is relabelled once
//! at most.
//!
//! Cost: in theory O(nodes^2 * arcs * weight), in practice some 40 searches over all arcs for a million; 48 bytes an obligation and 45 a participant.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::obligations::{Obligations, Weights};
use crate::radix_heap::RadixHeap;

/// One direction of an obligation: to clear more of it, or to take back.
#[derive(Clone, Copy, Debug, Default)]
struct Arc {
    head: u32,
    /// What a unit costs, before it is multiplied.
    cost: i32,
}

/// Twice what may still go along an arc, and 1 more if something may come back: so a look at one direction tells whether the other may be used.
#[derive(Clone, Copy, Debug, Default)]
struct Room(i64);

impl Room {
    fn new(left: i64, back: i64) -> Self {
        Room(2 * left + i64::from(back > 0))
    }

    fn left(self) -> i64 {
        self.0 >> 1
    }

    fn has_left(self) -> bool {
        self.0 > 1
    }

    fn has_back(self) -> bool {
        self.0 & 1 == 1
    }
}

const UNREACHED: i64 = i64::MAX;

/// Makes `cleared`, which is a circulation, the best one that differs from it in the obligations `free` alone; returns the potentials that prove it. Those of
/// participants without free obligations are 0.
pub(super) fn circulation(
    obligations: &Obligations,
    weights: &Weights,
    free: &[u32],
    cleared: &mut [i64],
) -> Vec<i64> {
    let order = by_degree(obligations, free);
    let (mut network, places) = Network::new(obligations, weights, (free, &order), cleared);
    while network.set_potentials() {
        network.discharge();
    }
    let mut potentials = vec![0; obligations.participants];
    for (&node, potential) in order.iter().zip(network.exact_potentials()) {
        potentials[node as usize] = potential;
    }
    for (&obligation, place) in free.iter().zip(places) {
        let place = place as usize;
        cleared[obligation as usize] = obligations.amount[obligation as usize] - network.rooms[place].left();
    }
    potentials
}

/// The participants with any of `free`, those with most first: what is looked at most often lies together.
fn by_degree(obligations: &Obligations, free: &[u32]) -> Vec<u32> {
    let mut degree = vec![0_u32; obligations.participants];
    for &number in free {
        degree[obligations.debtor[number as usize] as usize] += 1;
        degree[obligations.creditor[number as usize] as usize] += 1;
    }
    let nodes = 0..obligations.participants as u32;
    let mut order: Vec<u32> = nodes.filter(|&node| degree[node as usize] > 0).collect();
    order.sort_by_key(|&node| std::cmp::Reverse(degree[node as usize]));
    order
}

struct Network {
    /// Where the arcs of each node start; one entry more than nodes.
    first: Vec<u32>,
    arcs: Vec<Arc>,
    /// By arc.
    rooms: Vec<Room>,
    /// By arc, the one of the other direction.
    twins: Vec<u32>,
    /// What costs are multiplied by.
    scale: i64,
    /// What came to a node and has not left it; below 0: what is missing there.
    excess: Vec<i64>,
    potential: Vec<i64>,
    /// In a search: to the nearest node where something is missing, in reduced costs, each raised by 1.
    distance: Vec<i64>,
    heap: RadixHeap,
    /// By node: the next arc to try.
    next: Vec<u32>,
    /// By node: whether it was relabelled since all potentials were set.
    is_relabelled: Vec<bool>,
    /// Nodes with too much, in the order in which they came to it.
    active: VecDeque<u32>,
}

impl Network {
    /// The network with everything cleared that is free and worth anything, and nothing that costs; and of each of `free` its arc from debtor to creditor.
    /// Its nodes are those of `order`.
    fn new(
        obligations: &Obligations,
        weights: &Weights,
        (free, order): (&[u32], &[u32]),
        cleared: &[i64],
    ) -> (Self, Vec<u32>) {
        let nodes = order.len();
        let mut number = vec![0; obligations.participants];
        order.iter().enumerate().for_each(|(new, &old)| number[old as usize] = new as u32);
        let ends = |&free: &u32| {
            [obligations.debtor[free as usize], obligations.creditor[free as usize]]
                .map(|node| number[node as usize] as usize)
        };
        let mut first = vec![0; nodes + 1];
        for [debtor, creditor] in free.iter().map(ends) {
            first[debtor + 1] += 1;
            first[creditor + 1] += 1;
        }
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        let mut next: Vec<u32> = first.clone();
        let mut arcs = vec![Arc::default(); 2 * free.len()];
        let (mut rooms, mut twins) = (vec![Room::default(); arcs.len()], vec![0; arcs.len()]);
        let mut excess = vec![0; nodes];
        let mut places = Vec::with_capacity(free.len());
        for number in free {
            let [debtor, creditor] = ends(number);
            let number = *number as usize;
            let (amount, weight, before) = (obligations.amount[number], weights[number], cleared[number]);
            let mut place = |node: usize| {
                next[node] += 1;
                next[node] - 1
            };
            let (more, less) = (place(debtor), place(creditor));
            let cleared = match weight.cmp(&0) {
                Ordering::Greater => amount,
                Ordering::Equal => before,
                Ordering::Less => 0,
            };
            arcs[more as usize] = Arc { head: creditor as u32, cost: -weight };
            arcs[less as usize] = Arc { head: debtor as u32, cost: weight };
            rooms[more as usize] = Room::new(amount - cleared, cleared);
            rooms[less as usize] = Room::new(cleared, amount - cleared);
            (twins[more as usize], twins[less as usize]) = (less, more);
            excess[debtor] -= cleared - before;
            excess[creditor] += cleared - before;
            places.push(more);
        }
        let network = Network {
            next: first.clone(),
            first,
            arcs,
            rooms,
            twins,
            scale: nodes as i64 + 1,
            excess,
            potential: vec![0; nodes],
            distance: vec![UNREACHED; nodes],
            heap: RadixHeap::default(),
            is_relabelled: vec![false; nodes],
            active: VecDeque::new(),
        };
        (network, places)
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
                let Arc { head, cost } = self.arcs[place];
                let tail = head as usize;
                // The arc that leads here is the twin of the one that leads away: it costs the opposite, and has room where this one is used.
                if self.rooms[place].has_back() && self.distance[tail] > key {
                    let reduced = self.potential[tail] - self.potential[node] - i64::from(cost) * self.scale;
                    let through = key + reduced + 1;
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

    /// Pushes what is too much on, until nothing is, or it is where a node would be relabelled a second time: there it waits for new potentials,
    /// since without them it would be pushed to and fro.
    fn discharge(&mut self) {
        self.is_relabelled.fill(false);
        while let Some(node) = self.active.pop_front() {
            let node = node as usize;
            while self.excess[node] > 0 {
                let potential = self.potential[node];
                let mut places = self.next[node] as usize..self.first[node + 1] as usize;
                let admissible = places.find(|&place| {
                    let Arc { head, cost } = self.arcs[place];
                    self.rooms[place].has_left()
                        && i64::from(cost) * self.scale + potential < self.potential[head as usize]
                });
                if let Some(place) = admissible {
                    self.next[node] = place as u32;
                    self.push(node, place);
                } else if std::mem::replace(&mut self.is_relabelled[node], true) {
                    break;
                } else {
                    self.relabel(node);
                }
            }
        }
    }

    /// Pushes what is too much at a node along one of its arcs, as far as that has room.
    fn push(&mut self, node: usize, place: usize) {
        let head = self.arcs[place].head as usize;
        let left = self.rooms[place].left();
        let pushed = left.min(self.excess[node]);
        let twin = &mut self.rooms[self.twins[place] as usize];
        *twin = Room::new(twin.left() + pushed, left - pushed);
        self.rooms[place] = Room::new(left - pushed, 1);
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
            let Arc { head, cost } = self.arcs[place];
            let to = self.potential[head as usize] - i64::from(cost) * self.scale;
            if self.rooms[place].has_left() && to > best {
                (best, best_place) = (to, Some(place));
            }
        }
        self.next[node] = best_place.expect("what came to a node can go back") as u32;
        self.potential[node] = best - 1;
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
                let Arc { head, cost } = self.arcs[place];
                let head = head as usize;
                let reduced = i64::from(cost) * self.scale + self.potential[node] - self.potential[head];
                let through = key + reduced + 1;
                if self.rooms[place].has_left() && through < self.distance[head] {
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
