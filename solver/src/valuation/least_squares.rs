//! Values by logarithmic least squares: the logarithms v that make the sum of w (`v_a` - `v_b` - ln rate)² least.
//!
//! - Input: exchanges. Each says that the value given and the value got are equal, but for an error.
//! - Assumes that the errors of the logarithms are independent and of one size; a rate that is far out pulls the values
//!   with it in proportion.
//! - Source: Crawford and Williams 1985 (the geometric mean of pairwise ratios); on graphs Jiang, Lim, Yao and Ye 2011
//!   ("`HodgeRank`"). What is left over is the cyclic part, reported as arbitrage.
//! - Cost: the normal equations are the Laplacian of the graph of exchanges, solved by conjugate gradients:
//!   O(exchanges) a step, some twenty steps where goods are well joined.

use super::estimate::{Condition, Estimate, Settings};
use super::evidence::{Evidence, Refusal};
use super::laplacian::Laplacian;

/// How far the normal equations may be from solved, as a share of their right-hand side.
const TOLERANCE: f64 = 1e-12;

/// Finds the values.
pub(super) fn estimate(evidence: &Evidence, _: &Settings) -> Result<Estimate, Refusal> {
    evidence.need_exchanges()?;
    let edges = evidence.exchanges().iter().map(|x| (x.gives, x.gets, x.weight));
    let laplacian = Laplacian::new(evidence.good_count(), edges);
    let mut right = vec![0.0; evidence.good_count()];
    for (exchange, rate) in evidence.rated() {
        right[exchange.gives as usize] += exchange.weight * rate;
        right[exchange.gets as usize] -= exchange.weight * rate;
    }
    let mut log_value = vec![0.0; evidence.good_count()];
    let steps = laplacian.solve(&right, &mut log_value, TOLERANCE);
    Ok(Estimate::new(evidence, log_value, steps))
}

/// At the least sum of squares the rests of each good's exchanges cancel.
pub(super) fn check(evidence: &Evidence, log_value: &[f64], _: &[(&str, f64)]) -> Vec<Condition> {
    let mut sum = vec![0.0; evidence.good_count()];
    let mut size = vec![0.0; evidence.good_count()];
    for (exchange, rate) in evidence.rated() {
        let (a, b) = (exchange.gives as usize, exchange.gets as usize);
        let rest = exchange.weight * (log_value[a] - log_value[b] - rate);
        sum[a] += rest;
        sum[b] -= rest;
        let terms = exchange.weight * (rate.abs() + log_value[a].abs() + log_value[b].abs());
        size[a] += terms;
        size[b] += terms;
    }
    let worst = sum.iter().zip(size).map(|(sum, size)| sum.abs() / size.max(f64::MIN_POSITIVE));
    vec![Condition::new(
        "normal equations: what rests add up to, as a share",
        worst.fold(0.0, f64::max),
        1e-9,
    )]
}
