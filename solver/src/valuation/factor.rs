//! An approximate Cholesky factor of a graph Laplacian, as a preconditioner: nodes are eliminated one after the other, and
//! of the clique that an elimination leaves among its neighbours a random tree is kept, right on average.
//!
//! Source: Kyng and Sachdeva, "Approximate Gaussian elimination for Laplacians" (FOCS 2016), in the form of
//! Gao, Kyng and Spielman (2023) that joins neighbour i to one later neighbour by weight. Nodes of the fewest neighbours go first,
//! so paths and trees are eliminated exactly. Nearly O(m log n) time and space. The random stream has a fixed
//! seed: the same graph gives the same factor.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::stream::Stream;

/// The factor: in the order of elimination, each node with its weight and the shares that its neighbours take of it.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    order: Vec<u32>,
    first: Vec<u32>,
    head: Vec<u32>,
    share: Vec<f64>,
    pivot: Vec<f64>,
}

impl Factor {
    /// The factor of the graph in which `rows` holds the neighbours of each node with the weights of their edges.
    pub(super) fn new(mut rows: Vec<Vec<(u32, f64)>>) -> Self {
        let count = rows.len();
        let mut queue: BinaryHeap<Reverse<(usize, u32)>> =
            rows.iter().enumerate().map(|(node, row)| Reverse((row.len(), node as u32))).collect();
        let mut is_gone = vec![false; count];
        let mut place = vec![u32::MAX; count];
        let mut stream = Stream::new(1);
        let mut factor = Factor {
            order: Vec::with_capacity(count),
            first: vec![0],
            head: Vec::new(),
            share: Vec::new(),
            pivot: Vec::with_capacity(count),
        };
        let mut neighbours: Vec<(u32, f64)> = Vec::new();
        while let Some(Reverse((length, node))) = queue.pop() {
            if is_gone[node as usize] {
                continue;
            }
            if rows[node as usize].len() > length {
                queue.push(Reverse((rows[node as usize].len(), node)));
                continue;
            }
            is_gone[node as usize] = true;
            let row = std::mem::take(&mut rows[node as usize]);
            merge(&row, &is_gone, &mut place, &mut neighbours);
            factor.eliminate(node, &neighbours);
            sample(&neighbours, &mut stream, &mut rows);
        }
        factor
    }

    fn eliminate(&mut self, node: u32, neighbours: &[(u32, f64)]) {
        let pivot: f64 = neighbours.iter().map(|(_, weight)| weight).sum();
        self.order.push(node);
        self.pivot.push(pivot);
        for &(head, weight) in neighbours {
            self.head.push(head);
            self.share.push(weight / pivot);
        }
        self.first.push(u32::try_from(self.head.len()).expect("fewer than 2^32 entries"));
    }

    /// Puts into `x` the solution for `b`.
    pub(super) fn solve(&self, b: &[f64], x: &mut [f64]) {
        x.copy_from_slice(b);
        for (place, &node) in self.order.iter().enumerate() {
            let value = x[node as usize];
            let row = self.first[place] as usize..self.first[place + 1] as usize;
            for (&head, &share) in self.head[row.clone()].iter().zip(&self.share[row]) {
                x[head as usize] += share * value;
            }
            x[node as usize] = if self.pivot[place] > 0.0 { value / self.pivot[place] } else { 0.0 };
        }
        for (place, &node) in self.order.iter().enumerate().rev() {
            let row = self.first[place] as usize..self.first[place + 1] as usize;
            let sum: f64 = self.head[row.clone()]
                .iter()
                .zip(&self.share[row])
                .map(|(&head, &share)| share * x[head as usize])
                .sum();
            x[node as usize] += sum;
        }
    }
}

/// The neighbours that are still there, parallel edges as one, from the lightest to the heaviest.
fn merge(row: &[(u32, f64)], is_gone: &[bool], place: &mut [u32], neighbours: &mut Vec<(u32, f64)>) {
    neighbours.clear();
    for &(head, weight) in row {
        if is_gone[head as usize] {
            continue;
        }
        let at = &mut place[head as usize];
        if *at == u32::MAX {
            *at = neighbours.len() as u32;
            neighbours.push((head, weight));
        } else {
            neighbours[*at as usize].1 += weight;
        }
    }
    for &(head, _) in &*neighbours {
        place[head as usize] = u32::MAX;
    }
    neighbours.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
}

/// Joins each neighbour but the heaviest to one that is heavier.
fn sample(neighbours: &[(u32, f64)], stream: &mut Stream, rows: &mut [Vec<(u32, f64)>]) {
    let mut after: Vec<f64> = vec![0.0; neighbours.len()];
    for index in (1..neighbours.len()).rev() {
        after[index - 1] = after[index] + neighbours[index].1;
    }
    let Some(&(_, lightest)) = neighbours.first() else { return };
    let total = after[0] + lightest;
    for index in 0..neighbours.len().saturating_sub(1) {
        let (a, weight) = neighbours[index];
        // The one with at most `left` of weight after it.
        let left = stream.unit() * after[index];
        let ahead = after[index + 1..].partition_point(|&after| after > left);
        let (b, _) = neighbours[index + 1 + ahead];
        let joined = weight * after[index] / total;
        rows[a as usize].push((b, joined));
        rows[b as usize].push((a, joined));
    }
}
