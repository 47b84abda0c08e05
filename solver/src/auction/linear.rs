//! Dense linear systems whose matrix is dominated by its diagonal, column by column, so that elimination needs no pivoting.

/// Solves `matrix * x = right`, both of which are used up; the solution is left in `right`. Rows lie one behind the other.
///
/// Cost: `n^3 / 3` multiplications.
pub(super) fn solve(matrix: &mut [f64], right: &mut [f64]) {
    let n = right.len();
    for pivot in 0..n {
        let (above, below) = matrix.split_at_mut((pivot + 1) * n);
        let row = &above[pivot * n..];
        let inverse = 1.0 / row[pivot];
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
    }
    for pivot in (0..n).rev() {
        let row = &matrix[pivot * n..(pivot + 1) * n];
        let known: f64 = row[pivot + 1..].iter().zip(&right[pivot + 1..]).map(|(a, x)| a * x).sum();
        right[pivot] = (right[pivot] - known) / row[pivot];
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_small_system_is_solved() {
        let mut matrix = [4.0, -1.0, -1.0, -2.0, 5.0, -1.0, -1.0, -2.0, 6.0];
        let mut right = [-1.0, 5.0, 13.0];
        super::solve(&mut matrix, &mut right);
        for (found, expected) in right.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{right:?}");
        }
    }
}
