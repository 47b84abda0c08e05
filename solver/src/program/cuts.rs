//! Cuts from the rows of the basis: sums of rows, divided and rounded down, that the relaxation's amounts break.
//!
//! The row of a column whose amount is not whole is a sum of rows with multipliers that are, in programs of exchange, mostly fractions with a
//! small denominator. With the whole parts of the multipliers taken out, the sum keeps its fractional limit, and rounding down
//! cuts the amount off (Gomory 1958). The denominator is looked for among small numbers, so a cut is exact and can be cited.

use super::parts::Part;
use super::simplex::Simplex;
use super::statement::{Cut, Row};
use crate::budget::Budget;

/// Denominators are looked for up to this.
const MOST_DIVISOR: i64 = 48;
/// Weights of a cut are at most that, and so many.
const MOST_WEIGHT: i128 = 1_000;
const MOST_ENTRIES: usize = 400;
/// How much a cut must be broken by, for a weight of 1.
const LEAST_BREACH: f64 = 0.01;
/// How many amounts are looked at, and how many cuts are kept, a round.
const EXAMINED: usize = 60;
const KEPT: usize = 25;

/// The best cuts that the amounts at hand break, each with the row it comes to. `rows` are those of the relaxation.
pub(super) fn separate(
    simplex: &mut Simplex,
    rows: &[Row],
    part: &Part,
    budget: Budget<'_>,
) -> Vec<(Cut, Row)> {
    let most = &part.most;
    let mut broken: Vec<(f64, u32)> = (0..most.len() as u32)
        .filter(|&column| !part.is_remainder[column as usize])
        .map(|column| {
            let amount = simplex.amount(column as usize);
            ((amount - amount.floor() - 0.5).abs(), column)
        })
        .filter(|&(from_half, _)| from_half < 0.49)
        .collect();
    broken.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    let mut found: Vec<(f64, Cut, Row)> = Vec::new();
    for (_, column) in broken.into_iter().take(EXAMINED) {
        if budget.is_spent(simplex.steps) {
            break;
        }
        let Some(multipliers) = simplex.basis_row(column as usize) else { continue };
        for sign in [1.0, -1.0] {
            if let Some((breach, cut, row)) = rounded(simplex, rows, most, &multipliers, sign)
                && !found.iter().any(|known| known.2 == row)
            {
                found.push((breach, cut, row));
            }
        }
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    found.truncate(KEPT);
    found.into_iter().map(|(_, cut, row)| (cut, row)).collect()
}

/// The cut of these multipliers times `sign`, if they are fractions of a small number and the cut is broken; with how much.
fn rounded(
    simplex: &mut Simplex,
    rows: &[Row],
    most: &[i64],
    multipliers: &[f64],
    sign: f64,
) -> Option<(f64, Cut, Row)> {
    let fractions: Vec<(u32, f64)> = (0_u32..)
        .zip(multipliers)
        .map(|(row, value)| (row, sign * value - (sign * value).floor()))
        .filter(|&(_, fraction)| fraction > 1e-6 && fraction < 1.0 - 1e-6)
        .collect();
    let fits = |divisor: i64| {
        fractions.iter().all(|&(_, fraction)| {
            let times = fraction * divisor as f64;
            (times - times.round()).abs() < 1e-5
        })
    };
    let divisor = (2..=MOST_DIVISOR).find(|&divisor| !fractions.is_empty() && fits(divisor))?;
    let cited: Vec<(u32, i64)> = fractions
        .iter()
        .map(|&(row, fraction)| (row, (fraction * divisor as f64).round() as i64))
        .filter(|&(_, times)| times > 0)
        .collect();
    let (sums, right) = sum(rows, &cited)?;
    let mut limits = Vec::new();
    let mut entries = Vec::new();
    let mut right = right;
    for (column, weight) in sums {
        let mut weight = weight;
        let over = weight.rem_euclid(i128::from(divisor));
        if over != 0 && simplex.rests_high(column as usize) {
            // The column is at its limit: rounding up costs the row nothing there.
            let times = i128::from(divisor) - over;
            limits.push((column, times as i64));
            weight += times;
            right += times * i128::from(most[column as usize]);
        }
        let whole = weight.div_euclid(i128::from(divisor));
        if whole != 0 {
            entries.push((column, whole));
        }
    }
    let right = right.div_euclid(i128::from(divisor));
    if entries.len() > MOST_ENTRIES || entries.iter().any(|entry| entry.1.abs() > MOST_WEIGHT) {
        return None;
    }
    let entries: Vec<(u32, i64)> =
        entries.into_iter().map(|(column, weight)| (column, weight as i64)).collect();
    let reached: f64 =
        entries.iter().map(|&(column, weight)| weight as f64 * simplex.amount(column as usize)).sum();
    let size = entries.iter().map(|&(_, weight)| (weight * weight) as f64).sum::<f64>().sqrt();
    let breach = (reached - right as f64) / size.max(1.0);
    let row = Row { entries, is_exact: false, most: i64::try_from(right).ok()? };
    (breach > LEAST_BREACH).then_some((breach, Cut { rows: cited, limits, divisor }, row))
}

/// Weights by column, rising, and the limit they go with.
type Sum = (Vec<(u32, i128)>, i128);

/// The sum of rows, each taken so often.
fn sum(rows: &[Row], cited: &[(u32, i64)]) -> Option<Sum> {
    let mut weights: Vec<(u32, i128)> = Vec::new();
    let mut right = 0_i128;
    for &(row, times) in cited {
        let row = rows.get(row as usize)?;
        right += i128::from(times) * i128::from(row.most);
        weights.extend(
            row.entries.iter().map(|&(column, weight)| (column, i128::from(times) * i128::from(weight))),
        );
    }
    weights.sort_unstable_by_key(|entry| entry.0);
    let mut sums: Vec<(u32, i128)> = Vec::new();
    for (column, weight) in weights {
        match sums.last_mut() {
            Some(last) if last.0 == column => last.1 += weight,
            _ => sums.push((column, weight)),
        }
    }
    sums.retain(|entry| entry.1 != 0);
    Some((sums, right))
}
