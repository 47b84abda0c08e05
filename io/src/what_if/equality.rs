//! How equal holdings are: the Gini coefficient, exactly, and the Lorenz curve.
//!
//! Gini, "Variabilità e mutabilità" (1912), for `n` holdings `x_1 <= ... <= x_n` of the sum `S`: `(2 sum i x_i - (n + 1) S) / (n S)`. It is 0 when
//! all have the same and `(n - 1) / n` when one has all. With negative holdings it can exceed 1; it is not defined unless the sum is positive.

/// A Gini coefficient: a fraction of whole numbers, the lower one positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gini {
    /// Above the line.
    pub numerator: i128,
    /// Below it.
    pub denominator: i128,
}

impl Gini {
    /// Of these holdings; none unless their sum is positive and the products fit 128 bits.
    pub fn of(holdings: &[i128]) -> Option<Self> {
        let mut sorted = holdings.to_vec();
        sorted.sort_unstable();
        let count = sorted.len() as i128;
        let (mut sum, mut weighted) = (0_i128, 0_i128);
        for (place, &holding) in (1..).zip(&sorted) {
            sum = sum.checked_add(holding)?;
            weighted = weighted.checked_add(holding.checked_mul(place)?)?;
        }
        if sum <= 0 {
            return None;
        }
        let numerator = weighted.checked_mul(2)?.checked_sub(sum.checked_mul(count + 1)?)?;
        Some(Gini { numerator, denominator: sum.checked_mul(count)? })
    }

    /// With four decimals, rounded to the nearest, halves up.
    pub fn shown(self) -> String {
        rounded(self.numerator, self.denominator.unsigned_abs()).unwrap_or_else(|| "too large".into())
    }
}

/// `numerator / denominator` with four decimals, rounded to the nearest, halves away from zero; none if it does not fit 128 bits.
pub fn rounded(numerator: i128, denominator: u128) -> Option<String> {
    const SCALE: u128 = 10_000;
    let size = numerator.unsigned_abs();
    let (whole, rest) = (size / denominator, size % denominator);
    let part = rest.checked_mul(2 * SCALE)?.checked_add(denominator)? / denominator.checked_mul(2)?;
    let (whole, part) = if part == SCALE { (whole + 1, 0) } else { (whole, part) };
    let sign = if numerator < 0 && (whole, part) != (0, 0) { "-" } else { "" };
    Some(format!("{sign}{whole}.{part:04}"))
}

/// The Lorenz curve: the share of all that the poorest have, for each number of them from none to all. None unless the sum is positive.
pub fn lorenz(holdings: &[i128]) -> Option<Vec<f64>> {
    let mut sorted = holdings.to_vec();
    sorted.sort_unstable();
    let sum = sorted.iter().try_fold(0_i128, |sum, &holding| sum.checked_add(holding))?;
    if sum <= 0 {
        return None;
    }
    let mut so_far = 0_i128;
    let points = sorted.iter().map(|holding| {
        so_far += holding;
        so_far as f64 / sum as f64
    });
    Some(std::iter::once(0.0).chain(points).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_coefficients() {
        for (holdings, shown) in [
            (&[5, 5, 5, 5][..], "0.0000"),
            (&[0, 0, 0, 8], "0.7500"),
            // Sorted 1, 2, 6: (2 (1 + 4 + 18) - 4 * 9) / 27 = 10 / 27.
            (&[6, 1, 2], "0.3704"),
            // Sorted -2, 1, 4: (2 (-2 + 2 + 12) - 4 * 3) / 9 = 12 / 9.
            (&[1, -2, 4], "1.3333"),
        ] {
            assert_eq!(Gini::of(holdings).unwrap().shown(), shown, "{holdings:?}");
        }
        for holdings in [&[][..], &[0, 0], &[3, -3], &[i128::MAX, 1]] {
            assert_eq!(Gini::of(holdings), None);
        }
        assert_eq!(lorenz(&[3, 1]), Some(vec![0.0, 0.25, 1.0]));
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        let shown = |numerator, denominator| rounded(numerator, denominator).unwrap();
        assert_eq!(shown(1, 20_000), "0.0001");
        assert_eq!(shown(-1, 20_000), "-0.0001");
        assert_eq!(shown(-1, 20_001), "0.0000");
        assert_eq!(shown(199_999, 20_000), "10.0000");
        assert_eq!(rounded(1, u128::MAX), None);
    }
}
