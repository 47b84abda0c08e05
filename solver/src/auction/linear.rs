//! Dense linear systems whose matrix has no positive entry off the diagonal and no column that adds up to less than 0.
//!
//! Such a matrix is told by its entries off the diagonal and the sums of its columns, and elimination keeps both signs, so that nothing is ever
//! subtracted: however near to singular it is, the solution is good to the last few digits (Grassmann, Taksar and Heyman 1985,
//! "Regenerative analysis and steady state distributions for Markov chains", whose columns add up to 0).

/// Solves `matrix * x = right`, all of which are used up; the solution is left in `right`. Rows lie one behind the other, `sums` are those of the
/// columns; what stands on the diagonal is not read. A variable that nothing fixes is 0.
///
/// Cost: `n^3 / 3` multiplications.
pub(super) fn solve(matrix: &mut [f64], sums: &mut [f64], right: &mut [f64]) {
    let n = right.len();
    for pivot in 0..n {
        let (above, below) = matrix.split_at_mut((pivot + 1) * n);
        let row = &mut above[pivot * n..];
        let diagonal = sums[pivot] - below.iter().skip(pivot).step_by(n).sum::<f64>();
        row[pivot] = diagonal;
        if diagonal <= 0.0 {
            continue;
        }
        let inverse = 1.0 / diagonal;
        for (offset, lower) in below.chunks_exact_mut(n).enumerate() {
            let factor = lower[pivot] * inverse;
            if factor == 0.0 {
                continue;
            }
            for (into, &from) in lower[pivot + 1..].iter_mut().zip(&row[pivot + 1..]) {
                *into -= factor * from;
            }
            right[pivot + 1 + offset] -= factor * right[pivot];
        }
        let share = sums[pivot] * inverse;
        for (sum, &entry) in sums[pivot + 1..].iter_mut().zip(&row[pivot + 1..]) {
            *sum -= share * entry;
        }
    }
    for pivot in (0..n).rev() {
        let row = &matrix[pivot * n..(pivot + 1) * n];
        let known: f64 = row[pivot + 1..].iter().zip(&right[pivot + 1..]).map(|(a, x)| a * x).sum();
        right[pivot] = if row[pivot] > 0.0 { (right[pivot] - known) / row[pivot] } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_small_system_is_solved() {
        let mut matrix = [4.0, -1.0, -1.0, -2.0, 5.0, -1.0, -1.0, -2.0, 6.0];
        let mut right = [-1.0, 5.0, 13.0];
        super::solve(&mut matrix, &mut [1.0, 2.0, 4.0], &mut right);
        for (found, expected) in right.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{right:?}");
        }
    }

    #[test]
    fn what_is_nearly_singular_is_solved_too() {
        // Two variables that are all but the same.
        let tiny = 1e-30;
        let mut matrix = [0.0, -1.0, -1.0, 0.0];
        let mut right = [1.0 + tiny, -1.0 + tiny];
        super::solve(&mut matrix, &mut [tiny, tiny], &mut right);
        assert!((right[0] - right[1] - 1.0).abs() < 1e-12, "{right:?}");
    }
}
