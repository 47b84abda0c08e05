//! How well values that were found agree with those that were planted, and with trades that were held out.

use bartizan_solver::valuation::arbitrage;
use bartizan_solver::valuation::number::ln;
use serde::Serialize;

use super::planted::Market;

/// The scores of one method on one market.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// Kendall's tau (b) between found and planted values: 1 if all pairs of goods are in the right order.
    pub tau: f64,
    /// The root of the mean square difference of logarithms, each centred.
    pub rmse: f64,
    /// The root of the mean square error on held-out trades, of the logarithms of rates.
    pub held_out_error: f64,
    /// The mean logarithm of the likelihood of held-out trades, with normal errors as large as the rests of the trades seen; none without trades seen.
    pub held_out_likelihood: Option<f64>,
    /// The share of the trades seen that the values do not explain; none without trades seen.
    pub arbitrage_share: Option<f64>,
    /// How many goods got no value, or the value 0; they are left out of errors.
    pub unvalued: usize,
}

/// Scores `found`, logarithms of values.
pub fn scores(market: &Market, found: &[f64]) -> Scores {
    let left = arbitrage(&market.evidence, found);
    let has_trades = !market.evidence.exchanges().is_empty();
    let squares = market.held_out.iter().map(|exchange| {
        let rest = exchange.log_rate() - (found[exchange.gives as usize] - found[exchange.gets as usize]);
        rest * rest
    });
    let squares: Vec<f64> = squares.filter(|square| square.is_finite()).collect();
    let mean = mean(&squares);
    // Rests below a thousandth are within what any market's errors allow.
    let spread = left.root_mean_square.max(1e-3);
    let likelihood = -0.5 * ln(2.0 * std::f64::consts::PI * spread * spread) - 0.5 * mean / (spread * spread);
    Scores {
        tau: tau(found, &market.truth),
        rmse: centred_error(found, &market.truth),
        held_out_error: mean.sqrt(),
        held_out_likelihood: has_trades.then_some(likelihood),
        arbitrage_share: has_trades.then_some(left.share),
        unvalued: found.iter().filter(|value| !value.is_finite()).count(),
    }
}

fn mean(numbers: &[f64]) -> f64 {
    if numbers.is_empty() { 0.0 } else { numbers.iter().sum::<f64>() / numbers.len() as f64 }
}

/// The root of the mean square difference after centring, over what is finite.
pub fn centred_error(found: &[f64], truth: &[f64]) -> f64 {
    let differences: Vec<f64> =
        found.iter().zip(truth).map(|(found, truth)| found - truth).filter(|d| d.is_finite()).collect();
    let middle = mean(&differences);
    let squares: Vec<f64> = differences.iter().map(|d| (d - middle) * (d - middle)).collect();
    mean(&squares).sqrt()
}

/// Kendall's tau (b), by all pairs. Cost: O(goods²).
pub fn tau(found: &[f64], truth: &[f64]) -> f64 {
    let (mut sum, mut untied, mut known) = (0_i64, 0_i64, 0_i64);
    for a in 0..found.len() {
        for b in 0..a {
            let (ours, theirs) = (order(found[a], found[b]), order(truth[a], truth[b]));
            sum += ours * theirs;
            untied += ours * ours;
            known += theirs * theirs;
        }
    }
    if untied == 0 || known == 0 { 0.0 } else { sum as f64 / ((untied as f64) * (known as f64)).sqrt() }
}

fn order(a: f64, b: f64) -> i64 {
    match a.partial_cmp(&b) {
        Some(std::cmp::Ordering::Less) => -1,
        Some(std::cmp::Ordering::Greater) => 1,
        _ => 0,
    }
}

/// The slope of the line nearest to `points`, by least squares.
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    let (x, y) = (mean(&xs), mean(&ys));
    let spread: f64 = xs.iter().map(|at| (at - x) * (at - x)).sum();
    let joint: f64 = points.iter().map(|(at, value)| (at - x) * (value - y)).sum();
    if spread > 0.0 { joint / spread } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tau_is_that_of_scipy() {
        // scipy.stats.kendalltau([1, 2, 3, 4, 5], [3, 1, 2, 5, 4]) and with ties ([1, 1, 2, 3], [1, 2, 2, 3]), scipy 1.17.1.
        assert!((tau(&[1.0, 2.0, 3.0, 4.0, 5.0], &[3.0, 1.0, 2.0, 5.0, 4.0]) - 0.4).abs() < 1e-12);
        assert!((tau(&[1.0, 1.0, 2.0, 3.0], &[1.0, 2.0, 2.0, 3.0]) - 0.8).abs() < 1e-12);
        assert!((tau(&[f64::NEG_INFINITY, 1.0], &[0.0, 1.0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn errors_are_centred_and_slopes_are_of_the_nearest_line() {
        assert!(centred_error(&[5.0, 6.0, 7.0], &[0.0, 1.0, 2.0]) < 1e-12);
        assert!((centred_error(&[1.0, 0.0, f64::NEG_INFINITY], &[0.0, 1.0, 2.0]) - 1.0).abs() < 1e-12);
        assert!((slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]) - 2.0).abs() < 1e-12);
    }
}
