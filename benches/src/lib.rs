//! What the benchmarks compare with in the same run. Here: the textbook method for rings of any
//! length, one shortest augmenting path after the other with a binary heap. The comparison with other
//! people's programs is a script, `benches/peers/run`. And the realm that several of them measure: [`market`].

pub mod market;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use bartizan_solver::Graph;

const NOBODY: usize = usize::MAX;

/// The most nodes on rings of `graph`, where taking anything but oneself gains 1: a shortest augmenting
/// path per node (Kuhn 1955; Tomizawa 1971). Cost O(n m log n).
///
/// # Panics
/// If a row of the graph is empty, which [`Graph`] does not allow.
pub fn textbook_items(graph: &Graph) -> usize {
    let n = graph.node_count();
    let cost = |taker: usize, giver: usize| i64::from(taker == giver);
    let mut price = vec![0_i64; n];
    let mut value = vec![0_i64; n];
    let mut owner = vec![NOBODY; n];
    let mut mate = vec![NOBODY; n];
    for root in 0..n {
        let mut distance = vec![i64::MAX; n];
        let mut reached_from = vec![NOBODY; n];
        let mut done = Vec::new();
        let mut queue = BinaryHeap::new();
        let (mut taker, mut base) = (root, 0);
        let sink = loop {
            for &giver in graph.heads(taker) {
                let giver = giver as usize;
                let through = base + cost(taker, giver) - value[taker] + price[giver];
                if through < distance[giver] {
                    distance[giver] = through;
                    reached_from[giver] = taker;
                    queue.push((Reverse(through), giver));
                }
            }
            let giver = loop {
                let (Reverse(key), giver) = queue.pop().expect("every node can take itself");
                if key == distance[giver] && !done.contains(&giver) {
                    break giver;
                }
            };
            if owner[giver] == NOBODY {
                break giver;
            }
            done.push(giver);
            (taker, base) = (owner[giver], distance[giver]);
        };
        let length = distance[sink];
        value[root] += length;
        for &giver in &done {
            price[giver] += length - distance[giver];
            value[owner[giver]] += length - distance[giver];
        }
        let mut giver = sink;
        while giver != NOBODY {
            let taker = reached_from[giver];
            owner[giver] = taker;
            giver = std::mem::replace(&mut mate[taker], giver);
        }
    }
    owner.iter().enumerate().filter(|&(giver, &taker)| giver != taker).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bartizan_solver::{Face, LinearGains};

    #[test]
    fn the_textbook_method_finds_as_many_items() {
        let mut state = 7_u64;
        for n in 2..60 {
            let graph = Graph::from_rows(n, 0, |node| {
                let mut row = Vec::new();
                for other in 0..n as u32 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    if other as usize != node && state >> 61 == 0 {
                        row.push(other);
                    }
                }
                row.into_iter()
            });
            let gains = LinearGains::ByTaker(vec![1; n]);
            let mut face = Face::whole(&graph);
            face.optimise(&graph, &gains, 1);
            assert_eq!(textbook_items(&graph) as i64, gains.total(&graph, &face.takes));
        }
    }
}
