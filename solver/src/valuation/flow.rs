//! Flow between goods within bounds: what some receive too much of goes on to where it is missing, as far as edges have room.
//!
//! Dinic 1970: shortest paths, all of one length at a time. Every path takes the room of an edge, what is too much or what is missing to exactly 0, so
//! rounding does not keep it from ending. Cost: O(goods² edges) at worst; one pass where every path is short.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An edge between two goods. Its flow, from minus to plus `most`, is what the first receives from the second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) goods: [u32; 2],
    pub(super) most: f64,
    pub(super) flow: f64,
}

impl Edge {
    /// How much more can go from the good at this end, 0 or 1, to the other one.
    fn room(&self, end: usize) -> f64 {
        if end == 0 { self.most + self.flow } else { self.most - self.flow }
    }

    /// Sends an amount from the good at this end to the other one.
    fn send(&mut self, end: usize, amount: f64) {
        let (full, after) =
            if end == 0 { (-self.most, self.flow - amount) } else { (self.most, self.flow + amount) };
        self.flow = if amount >= self.room(end) { full } else { after };
    }
}

/// Edges, and at each good the ends of edges that meet there.
pub(super) struct Network {
    pub(super) edges: Vec<Edge>,
    ends: Vec<Vec<(u32, u8)>>,
}

impl Network {
    /// A network of `goods` goods.
    pub(super) fn new(goods: usize, edges: Vec<Edge>) -> Self {
        let mut ends = vec![Vec::new(); goods];
        for (index, edge) in edges.iter().enumerate() {
            ends[edge.goods[0] as usize].push((index as u32, 0));
            ends[edge.goods[1] as usize].push((index as u32, 1));
        }
        Network { edges, ends }
    }

    /// Sends on what goods have beyond 0, until none of them reaches one that has less than 0.
    pub(super) fn balance(&mut self, excess: &mut [f64]) {
        loop {
            let depth = self.depths(|good| excess[good] > 0.0);
            let mut next = vec![0; excess.len()];
            let mut is_stuck = true;
            for good in 0..excess.len() {
                while excess[good] > 0.0 && self.send_one(good, excess, &depth, &mut next) {
                    is_stuck = false;
                }
            }
            if is_stuck {
                return;
            }
        }
    }

    /// How far each good is from the nearest of those `begun` with, along edges with room, each as long as its entry of `lengths`; what none of them leads to is
    /// as far as the farthest of the others. Dijkstra 1959.
    pub(super) fn distances(&self, begun: impl Fn(usize) -> bool, lengths: &[f64]) -> Vec<f64> {
        let mut distance = vec![f64::INFINITY; self.ends.len()];
        // Numbers from 0 on are in the order of their bits.
        let mut queue = BinaryHeap::new();
        for good in (0..self.ends.len()).filter(|&good| begun(good)) {
            distance[good] = 0.0;
            queue.push(Reverse((0, good as u32)));
        }
        let mut farthest = 0.0;
        while let Some(Reverse((bits, good))) = queue.pop() {
            let so_far = f64::from_bits(bits);
            if so_far > distance[good as usize] {
                continue;
            }
            farthest = so_far;
            for &(index, end) in &self.ends[good as usize] {
                let edge = &self.edges[index as usize];
                let other = edge.goods[1 - usize::from(end)];
                let along = so_far + lengths[index as usize];
                if along < distance[other as usize] && edge.room(end.into()) > 0.0 {
                    distance[other as usize] = along;
                    queue.push(Reverse((along.to_bits(), other)));
                }
            }
        }
        distance.into_iter().map(|distance| distance.min(farthest)).collect()
    }

    /// How many edges with room lead to each good from the nearest of those `begun` with.
    fn depths(&self, begun: impl Fn(usize) -> bool) -> Vec<u32> {
        let mut depth = vec![u32::MAX; self.ends.len()];
        let mut queue: Vec<u32> =
            (0..self.ends.len()).filter(|&good| begun(good)).map(|good| good as u32).collect();
        for &good in &queue {
            depth[good as usize] = 0;
        }
        let mut at = 0;
        while let Some(&good) = queue.get(at) {
            at += 1;
            for &(index, end) in &self.ends[good as usize] {
                let (edge, end) = (&self.edges[index as usize], usize::from(end));
                let other = edge.goods[1 - end];
                if depth[other as usize] == u32::MAX && edge.room(end) > 0.0 {
                    depth[other as usize] = depth[good as usize] + 1;
                    queue.push(other);
                }
            }
        }
        depth
    }

    /// Sends as much as can go along one path from a good that has too much to one that has too little; tells whether there was one.
    fn send_one(&mut self, from: usize, excess: &mut [f64], depth: &[u32], next: &mut [usize]) -> bool {
        let mut path: Vec<(usize, usize)> = Vec::new();
        let mut good = from;
        while excess[good] >= 0.0 {
            let Some(&(index, end)) = self.ends[good].get(next[good]) else {
                // Nothing leads on from here: back, and past the edge that led here.
                let Some((index, end)) = path.pop() else { return false };
                good = self.edges[index].goods[end] as usize;
                next[good] += 1;
                continue;
            };
            let (index, end) = (index as usize, usize::from(end));
            let other = self.edges[index].goods[1 - end] as usize;
            if depth[other] == depth[good] + 1 && self.edges[index].room(end) > 0.0 {
                path.push((index, end));
                good = other;
            } else {
                next[good] += 1;
            }
        }
        let rooms = path.iter().map(|&(index, end)| self.edges[index].room(end));
        let amount = rooms.fold(excess[from].min(-excess[good]), f64::min);
        for (index, end) in path {
            self.edges[index].send(end, amount);
        }
        excess[from] -= amount;
        excess[good] += amount;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Stream;

    fn edge(a: u32, b: u32, most: f64) -> Edge {
        Edge { goods: [a, b], most, flow: 0.0 }
    }

    #[test]
    fn what_is_too_much_goes_round_a_narrow_place() {
        let mut network = Network::new(3, vec![edge(0, 1, 1.0), edge(1, 2, 5.0), edge(2, 0, 3.0)]);
        let mut excess = vec![4.0, 0.0, -4.0];
        network.balance(&mut excess);
        assert_eq!(excess, [0.0; 3]);
        assert_eq!(network.edges.iter().map(|edge| edge.flow).collect::<Vec<_>>(), [-1.0, -1.0, 3.0]);
    }

    #[test]
    fn what_has_no_way_stays_and_tells_how_far_it_is() {
        let mut network = Network::new(3, vec![edge(0, 1, 5.0), edge(1, 2, 1.0)]);
        let mut excess = [4.0, 0.0, -4.0];
        network.balance(&mut excess);
        assert_eq!((excess, network.edges[1].flow), ([3.0, 0.0, -3.0], -1.0));
        assert_eq!(network.distances(|good| good == 0, &[0.5, 0.25]), [0.0, 0.5, 0.5]);
        assert_eq!(network.distances(|good| good == 2, &[0.5, 0.25]), [0.75, 0.25, 0.0]);
    }

    #[test]
    fn what_stays_is_what_the_narrowest_cut_keeps() {
        let mut dice = Stream::new(3);
        for run in 0..300 {
            let goods = 2 + dice.below(6) as usize;
            let any = |dice: &mut Stream| dice.below(goods as u64) as u32;
            let edges: Vec<Edge> = (0..dice.below(12))
                .map(|_| Edge {
                    flow: dice.below(3) as f64 - 1.0,
                    ..edge(any(&mut dice), any(&mut dice), 1.0 + dice.below(4) as f64)
                })
                .collect();
            let mut excess: Vec<f64> = (0..goods).map(|_| dice.below(9) as f64 - 4.0).collect();
            // A set of goods keeps what it has beyond the room of the edges that lead out of it, and what others lack more than they let in stays missing.
            let kept = |set: u32| -> f64 {
                let has = |good: u32| set >> good & 1 == 1;
                let own: f64 = (0..goods).filter(|&good| has(good as u32)).map(|good| excess[good]).sum();
                let room = |edge: &Edge| {
                    (0..2)
                        .filter(|&end| has(edge.goods[end]) && !has(edge.goods[1 - end]))
                        .map(|end| edge.room(end))
                        .sum::<f64>()
                };
                own - edges.iter().map(room).sum::<f64>()
            };
            let most = (0..1_u32 << goods).map(kept).fold(0.0, f64::max);
            let mut network = Network::new(goods, edges.clone());
            network.balance(&mut excess);
            let stays: f64 = excess.iter().filter(|&&excess| excess > 0.0).sum();
            assert!((stays - most).abs() < 1e-9, "{run}: {stays} stays, {most} must");
            assert!(network.edges.iter().all(|edge| edge.flow.abs() <= edge.most), "{run}");
        }
    }
}
