//! The best multipliers of a Lagrangian relaxation, as a linear program: its dual, with a value for
//! each taker, a price for each giver, a multiplier for each group, and the greatest term of each group.
//!
//! Floating point stays in here: the multipliers are rounded, and what they prove is computed again
//! in integers. Only for problems small enough for a dense-ish simplex (see [`MOST_ARCS`]).

use good_lp::solvers::WithTimeLimit;
use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, constraint, microlp, variable};

use super::relaxation::{Relaxation, Restriction};
use super::{Concave, Group};

/// Larger problems are left to the subgradient method alone.
const MOST_ARCS: usize = 2_000;

/// A safety net that no problem of that size has come near: it takes milliseconds, or its simplex method
/// cycles, which jitter and boxes prevent. Only there could the clock decide which optimum is found.
const TIME_LIMIT_SECONDS: f64 = 20.0;

/// Multipliers that make the relaxation's bound least, or `None` when the problem is too large or
/// the linear program fails.
pub(super) fn best_multipliers(relaxation: &Relaxation<'_>, restriction: &Restriction) -> Option<Vec<i64>> {
    let arc_count: usize = relaxation.parts.iter().map(|part| part.rows().1.len()).sum();
    if arc_count > MOST_ARCS || !restriction.required.is_empty() || !restriction.forbidden.is_empty() {
        return None;
    }
    let scale = relaxation.scale as f64;
    let mut variables = ProblemVariables::new();
    let limit = relaxation.range as f64;
    // Boxed although free would do: on free variables microlp cycles.
    let boxed = || variable().min(-2.0 * limit).max(2.0 * limit);
    let groups = &restriction.groups;
    let multipliers: Vec<Variable> =
        groups.iter().map(|_| variables.add(variable().min(-limit).max(limit))).collect();
    let greatest: Vec<Variable> = groups.iter().map(|_| variables.add(boxed())).collect();
    let mut objective: Expression = greatest.iter().sum();
    let mut constraints = Vec::new();
    for (index, &group) in groups.iter().enumerate() {
        for total in corners(group) {
            let value = group.value.at(total) as f64 + jitter(constraints.len());
            constraints.push(constraint!(greatest[index] + total as f64 * multipliers[index] >= value));
        }
        objective += relaxation.fixed_total(index) as f64 * multipliers[index];
    }
    for part in &relaxation.parts {
        let (rows, base, terms) = part.rows();
        let value: Vec<Variable> = (0..rows.taker_count()).map(|_| variables.add(boxed())).collect();
        let price: Vec<Variable> = (0..rows.taker_count()).map(|_| variables.add(boxed())).collect();
        objective += value.iter().sum::<Expression>() + price.iter().sum::<Expression>();
        let mut terms = terms.iter().peekable();
        for (taker, &value) in value.iter().enumerate() {
            for arc in rows.arcs(taker) {
                let mut worth: Expression = (base[arc] as f64 / scale + jitter(constraints.len())).into();
                while let Some(&&(at, group, weight)) = terms.peek().filter(|term| term.0 as usize == arc) {
                    debug_assert_eq!(at as usize, arc);
                    worth += weight as f64 * multipliers[group as usize];
                    terms.next();
                }
                constraints.push(constraint!(value + price[rows.head[arc] as usize] >= worth));
            }
        }
    }
    let mut model = variables.minimise(objective).using(microlp).with_time_limit(TIME_LIMIT_SECONDS);
    for constraint in constraints {
        model = model.with(constraint);
    }
    let solution = model.solve().ok()?;
    Some(multipliers.iter().map(|&multiplier| (solution.value(multiplier) * scale).round() as i64).collect())
}

/// A small number that differs from constraint to constraint: rounds of barter are so degenerate that
/// the simplex method cycles on them unless ties are broken.
fn jitter(constraint: usize) -> f64 {
    let mixed = (constraint as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    mixed as f64 / f64::from(1 << 24) * 1e-4
}

/// The totals between which a group's value is linear.
fn corners(group: Group) -> Vec<i64> {
    let mut corners = match group.value {
        Concave::Zero => vec![group.least, group.most],
        Concave::Cover(_) => vec![group.least, 1.clamp(group.least, group.most), group.most],
        Concave::Squares(_) => (group.least..=group.most).collect(),
    };
    corners.dedup();
    corners
}
