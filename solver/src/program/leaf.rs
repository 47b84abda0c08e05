//! What multipliers of rows prove of a case, in integers.

use super::statement::Row;

/// A multiplier is at most that.
const MOST: f64 = (1_i64 << 60) as f64;

/// Multipliers of rows, and what they prove.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// By row.
    pub(super) multipliers: Vec<i64>,
    /// What nothing in the case gains more than; `None` if nothing is in it.
    pub(super) bound: Option<i64>,
}

/// How many parts of a multiplier make one unit of these gains: so many that prices of money are told apart, and so few that they fit.
pub(super) fn scale(gains: &[i64]) -> i64 {
    let greatest = gains.iter().map(|gain| gain.unsigned_abs()).max().unwrap_or(0).max(1);
    ((1_u64 << 50) / greatest.next_power_of_two().min(1 << 50)) as i64
}

/// Multipliers rounded to parts of `scale`.
pub(super) fn rounded(rows: &[Row], prices: impl Iterator<Item = f64>, scale: f64) -> Vec<i64> {
    let parts = prices.map(|price| (price * scale).round().clamp(-MOST, MOST) as i64);
    rows.iter().zip(parts).map(|(row, part)| if row.is_exact { part } else { part.max(0) }).collect()
}

/// What rows, taken so often, leave of each column's gain, where gains count `scale` times as much, or not at all.
pub(super) fn left(
    rows: &[Row],
    multipliers: &[i64],
    gains: Option<(&[i64], i64)>,
    column_count: usize,
) -> Vec<i128> {
    let gain =
        |column: usize| gains.map_or(0, |(gains, scale)| i128::from(gains[column]) * i128::from(scale));
    let mut left: Vec<i128> = (0..column_count).map(gain).collect();
    for (row, &multiplier) in rows.iter().zip(multipliers).filter(|(_, multiplier)| **multiplier != 0) {
        for &(column, weight) in &row.entries {
            left[column as usize] -= i128::from(multiplier) * i128::from(weight);
        }
    }
    left
}

/// What the multipliers prove when gains count `scale` times as much, or not at all.
pub(super) fn bound(
    rows: &[Row],
    multipliers: &[i64],
    gains: Option<(&[i64], i64)>,
    low: &[i64],
    high: &[i64],
) -> i128 {
    let product = |one: i64, other: i64| i128::from(one) * i128::from(other);
    let paid: i128 = rows.iter().zip(multipliers).map(|(row, &times)| product(times, row.most)).sum();
    let left = left(rows, multipliers, gains, low.len()).into_iter().enumerate();
    paid + left.map(|(at, left)| left * i128::from(if left > 0 { high[at] } else { low[at] })).sum::<i128>()
}
