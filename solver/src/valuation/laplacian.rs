//! Weighted graph Laplacians and the solving of L x = b by the method of conjugate gradients.
//!
//! Well-joined graphs, such as many trades among few goods, converge in some twenty steps with their diagonal as
//! the preconditioner. Long and thin ones do not: if [`PLAIN_STEPS`] were not enough, an approximate Cholesky
//! factor ([`Factor`]) takes its place and the solve goes on from where it was. Which of the two is used depends on
//! the input alone.
//!
//! Cost: 12 bytes for each end of an edge; a step reads them once.

use super::factor::Factor;
use super::joined::Joined;

/// Steps with the diagonal alone, before the factor is built.
const PLAIN_STEPS: usize = 80;

/// Steps with the factor.
const MOST_STEPS: usize = 2_000;

/// The Laplacian of a graph with positive weights: (L x)_i is the sum over edges ij of w (`x_i` - `x_j`). Edges may be parallel.
#[derive(Clone, Debug)]
pub(super) struct Laplacian {
    first: Vec<u32>,
    head: Vec<u32>,
    weight: Vec<f64>,
    degree: Vec<f64>,
}

impl Laplacian {
    /// The Laplacian of `edges`, which are gone through twice.
    pub(super) fn new(node_count: usize, edges: impl Iterator<Item = (u32, u32, f64)> + Clone) -> Self {
        let mut first = vec![0_u32; node_count + 2];
        let mut degree = vec![0.0; node_count];
        for (a, b, weight) in edges.clone() {
            first[a as usize + 2] += 1;
            first[b as usize + 2] += 1;
            degree[a as usize] += weight;
            degree[b as usize] += weight;
        }
        for node in 1..first.len() {
            first[node] = first[node].checked_add(first[node - 1]).expect("fewer than 2^31 edges");
        }
        let end_count = first[node_count + 1] as usize;
        let (mut head, mut weights) = (vec![0; end_count], vec![0.0; end_count]);
        let mut put = |node: u32, other: u32, weight: f64| {
            let at = &mut first[node as usize + 1];
            head[*at as usize] = other;
            weights[*at as usize] = weight;
            *at += 1;
        };
        for (a, b, weight) in edges {
            put(a, b, weight);
            put(b, a, weight);
        }
        first.pop();
        Laplacian { first, head, weight: weights, degree }
    }

    /// Number of nodes.
    pub(super) fn node_count(&self) -> usize {
        self.degree.len()
    }

    /// The neighbours of a node with the weights of its edges.
    fn row(&self, node: usize) -> impl Iterator<Item = (u32, f64)> {
        let row = self.first[node] as usize..self.first[node + 1] as usize;
        self.head[row.clone()].iter().copied().zip(self.weight[row].iter().copied())
    }

    fn apply(&self, x: &[f64], out: &mut [f64]) {
        for (node, out) in out.iter_mut().enumerate() {
            let row = self.first[node] as usize..self.first[node + 1] as usize;
            let mut sum = 0.0;
            for (&head, &weight) in self.head[row.clone()].iter().zip(&self.weight[row]) {
                sum += weight * x[head as usize];
            }
            *out = self.degree[node] * x[node] - sum;
        }
    }

    /// Moves `x` to a solution of L x = `b`, whose entries add up to 0 in each component, until the residual is at most
    /// `tolerance` times `b`, both by Euclidean length, or as near as 64 bits allow. Tells how many steps it took.
    pub(super) fn solve(&self, b: &[f64], x: &mut [f64], tolerance: f64) -> usize {
        let goal = tolerance * dot(b, b).sqrt();
        let diagonal = |residual: &[f64], out: &mut [f64]| {
            for ((out, residual), degree) in out.iter_mut().zip(residual).zip(&self.degree) {
                *out = if *degree > 0.0 { residual / degree } else { 0.0 };
            }
        };
        let (steps, is_solved) = self.descend(b, x, goal, PLAIN_STEPS, diagonal);
        if is_solved {
            return steps;
        }
        let factor = Factor::new((0..self.node_count()).map(|node| self.row(node).collect()).collect());
        // What rounding adds up to in a component no step can answer, and the factor would make much of it.
        let (component, count) = self.components();
        let mut b = b.to_vec();
        center(&component, count, &mut b);
        center(&component, count, x);
        let mut even = vec![0.0; b.len()];
        let (more, _) = self.descend(&b, x, goal, MOST_STEPS, |residual, out| {
            even.copy_from_slice(residual);
            center(&component, count, &mut even);
            factor.solve(&even, out);
            center(&component, count, out);
        });
        steps + more
    }

    /// Shifts numbers so that they add up to 0 in each component of more than one node, and makes them 0 in the others.
    pub(super) fn center(&self, numbers: &mut [f64]) {
        let (component, count) = self.components();
        center(&component, count, numbers);
        for (number, degree) in numbers.iter_mut().zip(&self.degree) {
            if *degree == 0.0 {
                *number = 0.0;
            }
        }
    }

    fn components(&self) -> (Vec<u32>, usize) {
        let mut joined = Joined::new(self.node_count());
        for node in 0..self.node_count() {
            self.row(node).for_each(|(head, _)| joined.join(node as u32, head));
        }
        joined.components()
    }

    /// Conjugate gradients with a preconditioner.
    fn descend(
        &self,
        b: &[f64],
        x: &mut [f64],
        goal: f64,
        most: usize,
        mut precondition: impl FnMut(&[f64], &mut [f64]),
    ) -> (usize, bool) {
        let count = self.node_count();
        let (mut product, mut step) = (vec![0.0; count], vec![0.0; count]);
        self.apply(x, &mut product);
        let mut residual: Vec<f64> = b.iter().zip(&product).map(|(b, product)| b - product).collect();
        let mut direction = vec![0.0; count];
        precondition(&residual, &mut direction);
        let mut size = dot(&residual, &direction);
        for done in 0..most {
            if dot(&residual, &residual).sqrt() <= goal {
                return (done, true);
            }
            self.apply(&direction, &mut product);
            let curvature = dot(&direction, &product);
            // Rounding alone is left: no step leads further down.
            if curvature <= 0.0 || size <= 0.0 {
                return (done, true);
            }
            let length = size / curvature;
            for index in 0..count {
                x[index] += length * direction[index];
                residual[index] -= length * product[index];
            }
            precondition(&residual, &mut step);
            let next = dot(&residual, &step);
            let turn = next / size;
            size = next;
            for (direction, step) in direction.iter_mut().zip(&step) {
                *direction = step + turn * *direction;
            }
        }
        (most, false)
    }
}

/// Shifts numbers so that they add up to 0 in each component of more than one node.
fn center(component: &[u32], count: usize, numbers: &mut [f64]) {
    let (mut sum, mut size) = (vec![0.0; count], vec![0_u32; count]);
    for (number, &component) in numbers.iter().zip(component) {
        sum[component as usize] += number;
        size[component as usize] += 1;
    }
    for (number, &component) in numbers.iter_mut().zip(component) {
        if size[component as usize] > 1 {
            *number -= sum[component as usize] / f64::from(size[component as usize]);
        }
    }
}

/// The inner product, summed in four interleaved parts.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a4.zip(b4) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Stream;

    /// Solves for a known answer and tells the steps and the greatest error.
    fn error(node_count: usize, edges: &[(u32, u32, f64)]) -> (usize, f64) {
        let laplacian = Laplacian::new(node_count, edges.iter().copied());
        let mut stream = Stream::new(5);
        let mut truth: Vec<f64> = (0..node_count).map(|_| stream.unit()).collect();
        let mean = truth.iter().sum::<f64>() / node_count as f64;
        for value in &mut truth {
            *value -= mean;
        }
        let mut b = vec![0.0; node_count];
        laplacian.apply(&truth, &mut b);
        let mut x = vec![0.0; node_count];
        let steps = laplacian.solve(&b, &mut x, 1e-13);
        let mean = x.iter().sum::<f64>() / node_count as f64;
        let errors = x.iter().zip(&truth).map(|(x, truth)| (x - mean - truth).abs());
        (steps, errors.fold(0.0, f64::max))
    }

    #[test]
    fn paths_grids_and_random_graphs_are_solved() {
        let mut stream = Stream::new(9);
        let path: Vec<_> = (0..3_000).map(|node| (node, node + 1, 1.0 + stream.unit())).collect();
        let (steps, worst) = error(3_001, &path);
        assert!(steps < 120 && worst < 1e-6, "path: {steps} steps, {worst}");
        let side = 60;
        let mut grid = Vec::new();
        for at in 0..side * side {
            if at % side + 1 < side {
                grid.push((at, at + 1, libm::exp(6.0 * stream.unit())));
            }
            if at + side < side * side {
                grid.push((at, at + side, libm::exp(6.0 * stream.unit())));
            }
        }
        let (steps, worst) = error((side * side) as usize, &grid);
        assert!(steps < 250 && worst < 1e-8, "grid: {steps} steps, {worst}");
        let random: Vec<_> = (0..20_000)
            .map(|_| (stream.below(500) as u32, stream.below(500) as u32, 1.0))
            .filter(|(a, b, _)| a != b)
            .collect();
        let (steps, worst) = error(500, &random);
        assert!(steps < 40 && worst < 1e-11, "random: {steps} steps, {worst}");
    }

    #[test]
    fn a_good_without_edges_stays_where_it_was() {
        let laplacian = Laplacian::new(3, [(0, 2, 2.0)].into_iter());
        let mut x = vec![0.0, 7.0, 0.0];
        laplacian.solve(&[1.0, 0.0, -1.0], &mut x, 1e-12);
        assert!((x[0] - x[2] - 0.5).abs() < 1e-12 && (x[1] - 7.0).abs() < 1e-12, "{x:?}");
    }
}
