//! From a solution by parts to rings and chains chosen whole: a dive with look-ahead by the relaxation.
//!
//! A share of what the relaxation uses most is chosen; the rest is solved anew, with rings and chains that only now
//! are of use, until nothing is left. Packing programs of this field have so many optima that the bound stays where it is
//! nearly to the end. When a choice lowers it to what is known already, fewer are chosen at once, down to one. Where steps run out, the rest is
//! filled with what is known.

use super::relaxation::{Relaxation, Scope};
use crate::budget::Budget;

/// What is used by at least that much is chosen along with the most used.
const MUCH: f64 = 0.75;
/// What is used less is noise of raised limits.
const LITTLE: f64 = 0.01;

/// Chosen columns and what they gain.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen {
    pub(super) columns: Vec<u32>,
    pub(super) gain: i64,
}

/// How to dive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner<'s> {
    /// At first one in so many of the columns in use is chosen at once.
    pub(super) one_in: usize,
    /// Spoils ties; 0 for none.
    pub(super) noise: u64,
    /// Where to give up.
    pub(super) budget: Budget<'s>,
}

/// Dives from the relaxation just solved within `scope` for a choice that gains more than `least`.
pub(super) fn dive(
    relaxation: &mut Relaxation<'_>,
    scope: &Scope,
    least: i64,
    manner: Manner<'_>,
) -> Option<Chosen> {
    let mut scope = scope.clone();
    let mut chosen = Chosen::default();
    loop {
        let in_use = in_use(relaxation, &scope, manner.noise);
        if in_use.is_empty() {
            return (chosen.gain > least).then_some(chosen);
        }
        let basis = relaxation.master.basis();
        let mut count = in_use.len().div_ceil(manner.one_in);
        let mut much = MUCH;
        loop {
            let (mut scope_then, mut then) = (scope.clone(), chosen.clone());
            choose(relaxation, &mut scope_then, &mut then, &in_use, count, much);
            if then.columns.len() == chosen.columns.len() || manner.budget.is_spent(relaxation.steps()) {
                fill(relaxation, &scope, &mut chosen);
                return (chosen.gain > least).then_some(chosen);
            }
            let bound = relaxation.solve(&scope_then, &then.columns, manner.budget);
            if relaxation.whole(&bound) > least {
                (scope, chosen) = (scope_then, then);
                break;
            }
            if count == 1 && much > 1.0 {
                return None;
            }
            relaxation.master.restore(basis.clone());
            if count == 1 {
                much = f64::INFINITY;
            }
            count = count.div_ceil(4);
        }
    }
}

/// What can be chosen beside what is without another look ahead, of all columns that are known by what they gain a row: after those in use, the most used
/// first, or, where that comes to more, at once. A relaxation that is far from its end uses what fits little else.
pub(super) fn fill(relaxation: &Relaxation<'_>, scope: &Scope, chosen: &mut Chosen) {
    let known = known(relaxation);
    let [mut after, mut at_once] = [(); 2].map(|()| (scope.clone(), chosen.clone()));
    choose(relaxation, &mut after.0, &mut after.1, &in_use(relaxation, scope, 0), usize::MAX, 0.0);
    for (scope, chosen) in [&mut after, &mut at_once] {
        choose(relaxation, scope, chosen, &known, usize::MAX, 0.0);
    }
    *chosen = if at_once.1.gain > after.1.gain { at_once.1 } else { after.1 };
}

/// All columns that can be chosen, by what they gain a row.
fn known(relaxation: &Relaxation<'_>) -> Vec<(f64, u32)> {
    let known = (0..relaxation.master.column_count()).filter(|&column| relaxation.is_proper(column));
    let mut known: Vec<(f64, u32)> = known
        .map(|column| {
            let rows = relaxation.master.column(column).len();
            (relaxation.gain(column) as f64 / rows as f64, column as u32)
        })
        .collect();
    known.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    known
}

/// The columns in use that can be chosen, the most used first.
fn in_use(relaxation: &Relaxation<'_>, scope: &Scope, noise: u64) -> Vec<(f64, u32)> {
    let is_open =
        |column: u32| relaxation.is_usable(scope, column as usize) && relaxation.is_proper(column as usize);
    let used = relaxation.master.amounts().filter(|&(column, amount)| amount > LITTLE && is_open(column));
    let mut in_use: Vec<(f64, u32)> = used.map(|(column, amount)| (amount, column)).collect();
    let rank =
        |&(amount, column): &(f64, u32)| if noise == 0 { amount } else { amount + jitter(noise, column) };
    in_use.sort_unstable_by(|one, other| rank(other).total_cmp(&rank(one)).then(one.1.cmp(&other.1)));
    in_use
}

/// Chooses the first `count` that fit together, and whatever is used by at least `much`.
fn choose(
    relaxation: &Relaxation<'_>,
    scope: &mut Scope,
    chosen: &mut Chosen,
    in_use: &[(f64, u32)],
    count: usize,
    much: f64,
) {
    let before = chosen.columns.len();
    for &(amount, column) in in_use {
        let is_due = chosen.columns.len() - before < count || amount >= much;
        if is_due && relaxation.is_usable(scope, column as usize) {
            for &row in relaxation.master.column(column as usize) {
                scope.row_is_open[row as usize] = false;
            }
            chosen.gain += relaxation.gain(column as usize);
            chosen.columns.push(column);
        }
    }
}

/// A small number that differs from column to column.
fn jitter(noise: u64, column: u32) -> f64 {
    let mixed = (noise ^ u64::from(column)).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f64 / f64::from(1 << 26)
}
