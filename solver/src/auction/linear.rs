//! Dense linear systems whose matrix has no positive entry off the diagonal and no column that adds up to less than 0.
//!
//! Such a matrix is told by its entries off the diagonal and the sums of its columns, and elimination keeps both signs, so that nothing is ever
//! subtracted: however near to singular it is, the solution is good to the last few digits (Grassmann, Taksar and Heyman 1985,
//! "Regenerative analysis and steady state distributions for Markov chains", whose columns add up to 0).

/// A matrix as the product of a lower and an upper triangle.
pub(super) struct Factors {
    /// Row behind row: the lower triangle, whose diagonal is all ones, and the upper one.
    rows: Vec<f64>,
    n: usize,
}

impl Factors {
    /// Those of a matrix whose rows lie one behind the other, and whose columns add up to `sums`. What stands on its diagonal is not read.
    ///
    /// Cost: `n^3 / 3` multiplications, fewer where columns are sparse.
    pub(super) fn new(mut matrix: Vec<f64>, mut sums: Vec<f64>) -> Self {
        let n = sums.len();
        for pivot in 0..n {
            let (above, below) = matrix.split_at_mut((pivot + 1) * n);
            let row = &mut above[pivot * n..];
            let diagonal = sums[pivot] - below.iter().skip(pivot).step_by(n).sum::<f64>();
            row[pivot] = diagonal;
            if diagonal <= 0.0 {
                continue;
            }
            let inverse = 1.0 / diagonal;
            for lower in below.chunks_exact_mut(n) {
                let factor = lower[pivot] * inverse;
                lower[pivot] = factor;
                if factor == 0.0 {
                    continue;
                }
                for (into, &from) in lower[pivot + 1..].iter_mut().zip(&row[pivot + 1..]) {
                    *into -= factor * from;
                }
            }
            let share = sums[pivot] * inverse;
            for (sum, &entry) in sums[pivot + 1..].iter_mut().zip(&row[pivot + 1..]) {
                *sum -= share * entry;
            }
        }
        Factors { rows: matrix, n }
    }

    /// Solves `matrix * x = right`; the solution is left in `right`. A variable that nothing fixes is 0.
    ///
    /// Cost: `n^2` multiplications.
    pub(super) fn solve(&self, right: &mut [f64]) {
        let n = self.n;
        let dot = |row: &[f64], right: &[f64]| row.iter().zip(right).map(|(a, x)| a * x).sum::<f64>();
        let row = |at: usize| &self.rows[at * n..(at + 1) * n];
        for at in 1..n {
            right[at] -= dot(&row(at)[..at], &right[..at]);
        }
        for at in (0..n).rev() {
            let known = dot(&row(at)[at + 1..], &right[at + 1..]);
            let diagonal = row(at)[at];
            right[at] = if diagonal > 0.0 { (right[at] - known) / diagonal } else { 0.0 };
        }
    }

    /// The same for the transposed matrix.
    ///
    /// Cost: `n^2` multiplications.
    pub(super) fn solve_transposed(&self, right: &mut [f64]) {
        let n = self.n;
        for at in 0..n {
            let row = &self.rows[at * n..(at + 1) * n];
            right[at] = if row[at] > 0.0 { right[at] / row[at] } else { 0.0 };
            let known = right[at];
            right[at + 1..].iter_mut().zip(&row[at + 1..]).for_each(|(right, entry)| *right -= entry * known);
        }
        for at in (1..n).rev() {
            let known = right[at];
            let row = &self.rows[at * n..at * n + at];
            right[..at].iter_mut().zip(row).for_each(|(right, entry)| *right -= entry * known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_system_is_solved() {
        let matrix = [4.0, -1.0, -1.0, -2.0, 5.0, -1.0, -1.0, -2.0, 6.0];
        let right = [-1.0, 5.0, 13.0];
        let mut found = right;
        Factors::new(matrix.to_vec(), vec![1.0, 2.0, 4.0]).solve(&mut found);
        for (found, expected) in found.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{found}");
        }
    }

    #[test]
    fn a_transposed_system_is_solved() {
        let matrix = [4.0, -1.0, -1.0, -2.0, 5.0, -1.0, -1.0, -2.0, 6.0];
        let mut found = [-3.0, 3.0, 15.0];
        Factors::new(matrix.to_vec(), vec![1.0, 2.0, 4.0]).solve_transposed(&mut found);
        for (found, expected) in found.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{found}");
        }
    }

    #[test]
    fn what_is_nearly_singular_is_solved_too() {
        // Two variables that are all but the same.
        let tiny = 1e-30;
        let mut right = [1.0 + tiny, -1.0 + tiny];
        Factors::new(vec![0.0, -1.0, -1.0, 0.0], vec![tiny, tiny]).solve(&mut right);
        assert!((right[0] - right[1] - 1.0).abs() < 1e-12, "{right:?}");
    }
}
