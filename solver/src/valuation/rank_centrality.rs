//! Values by rank centrality: the long-run shares of a walk that goes from a good to each other one it was compared with as fast as that one won.
//!
//! - Input: exchanges and rankings, as comparisons of two (see the file on wins). A pair counts by the shares of its wins, however often it was
//!   compared.
//! - Assumes Bradley and Terry's model, to whose values it comes with enough comparisons; every pair should be compared about equally often.
//! - Source: Negahban, Oh and Shah 2012 ("Iterative ranking from pair-wise comparisons").
//! - Cost: elimination up to 300 goods, beyond that O(pairs) a sweep.

use super::estimate::{Condition, Estimate, Settings};
use super::evidence::{Evidence, Refusal};
use super::number::{exp, ln};
use super::stationary::Rates;
use super::wins::Wins;

/// Finds the values.
pub(super) fn estimate(evidence: &Evidence, _: &Settings) -> Result<Estimate, Refusal> {
    let wins = Wins::new(evidence)?;
    let mut share = vec![1.0; evidence.good_count()];
    let sweeps = rates(evidence, &wins).solve(evidence.components(), &mut share)?;
    let note = "some good only wins or only loses, so half a comparison was added to each side of each pair";
    let log_value = share.into_iter().map(ln).collect();
    Ok(Estimate::new(evidence, log_value, sweeps).note(wins.is_smoothed, note))
}

fn rates(evidence: &Evidence, wins: &Wins) -> Rates {
    let mut rates = Vec::with_capacity(2 * wins.pairs.len());
    for pair in &wins.pairs {
        let [a, b] = pair.goods;
        rates.push((a, b, pair.wins[1] / pair.total()));
        rates.push((b, a, pair.wins[0] / pair.total()));
    }
    Rates::new(evidence.good_count(), &rates)
}

/// As much comes to each good as leaves it.
pub(super) fn check(evidence: &Evidence, log_value: &[f64], _: &[(&str, f64)]) -> Vec<Condition> {
    let Ok(wins) = Wins::new(evidence) else { return Vec::new() };
    let mut sum = vec![0.0; evidence.good_count()];
    let mut size = vec![0.0; evidence.good_count()];
    for pair in &wins.pairs {
        let [a, b] = pair.goods.map(|good| good as usize);
        let from_a = exp(log_value[a]) * pair.wins[1] / pair.total();
        let from_b = exp(log_value[b]) * pair.wins[0] / pair.total();
        sum[a] += from_b - from_a;
        sum[b] += from_a - from_b;
        size[a] += from_a + from_b;
        size[b] += from_a + from_b;
    }
    let worst = sum.iter().zip(size).map(|(sum, size): (&f64, f64)| sum.abs() / size.max(f64::MIN_POSITIVE));
    vec![Condition::new(
        "walk: what comes to a good beyond what leaves it, as a share",
        worst.fold(0.0, f64::max),
        1e-9,
    )]
}
