//! How well values that were found agree with those that were planted, and with trades that were held out.

use bartizan_solver::valuation::number::ln;
use bartizan_solver::valuation::{Evidence, Exchange, arbitrage};
use serde::Serialize;

use super::planted::Market;

/// What a good without a value, or of value 0, counts as off by, in every error: a factor of a thousand, which is the whole range of planted values. So
/// leaving out what is hard does not pay.
pub const UNVALUED: f64 = 6.907_755_278_982_137;

/// The scores of one method on one market.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// Kendall's tau (b) between found and planted values: 1 if all pairs of goods are in the right order.
    pub tau: f64,
    /// The root of the mean square difference of logarithms, each centred by component; a good without a value is off by [`UNVALUED`].
    pub rmse: f64,
    /// The root of the mean square error on held-out trades, of the logarithms of rates; a trade of a good without a value is off by [`UNVALUED`]. Trades between
    /// components, whose values nothing compares, are left out.
    pub held_out_error: f64,
    /// The mean logarithm of the likelihood of held-out trades, with normal errors as large as the rests of the trades seen; none without trades seen.
    pub held_out_likelihood: Option<f64>,
    /// The share of the trades seen that the values do not explain, where a trade of a good without a value is off by [`UNVALUED`]; none without trades seen.
    pub arbitrage_share: Option<f64>,
    /// How many goods got no value, or the value 0.
    pub unvalued: usize,
}

/// Scores `found`, logarithms of values.
pub fn scores(market: &Market, found: &[f64]) -> Scores {
    let left = arbitrage(&market.evidence, found, UNVALUED);
    let has_trades = !market.evidence.exchanges().is_empty();
    let component = market.evidence.components();
    let is_told =
        |exchange: &&Exchange| component[exchange.gives as usize] == component[exchange.gets as usize];
    let squares = market.held_out.iter().filter(is_told).map(|exchange| {
        let rest = exchange.log_rate() - (found[exchange.gives as usize] - found[exchange.gets as usize]);
        square(rest)
    });
    let squares: Vec<f64> = squares.collect();
    let mean = mean(&squares);
    // Rests below a thousandth are within what any market's errors allow.
    let spread = left.root_mean_square.max(1e-3);
    let likelihood = -0.5 * ln(2.0 * std::f64::consts::PI * spread * spread) - 0.5 * mean / (spread * spread);
    Scores {
        tau: tau(found, &market.truth),
        rmse: centred_error(&market.evidence, found, &market.truth),
        held_out_error: mean.sqrt(),
        held_out_likelihood: has_trades.then_some(likelihood),
        arbitrage_share: has_trades.then_some(left.share),
        unvalued: found.iter().filter(|value| !value.is_finite()).count(),
    }
}

fn mean(numbers: &[f64]) -> f64 {
    if numbers.is_empty() { 0.0 } else { numbers.iter().sum::<f64>() / numbers.len() as f64 }
}

/// The root of the mean square difference after centring in each component of `evidence`; what is not finite is off by [`UNVALUED`].
pub fn centred_error(evidence: &Evidence, found: &[f64], truth: &[f64]) -> f64 {
    let mut differences: Vec<f64> = found.iter().zip(truth).map(|(found, truth)| found - truth).collect();
    evidence.center(&mut differences);
    mean(&differences.into_iter().map(square).collect::<Vec<f64>>()).sqrt()
}

/// The square of a difference of logarithms, or of what stands for it.
fn square(difference: f64) -> f64 {
    let difference = if difference.is_finite() { difference } else { UNVALUED };
    difference * difference
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
    use bartizan_solver::valuation::Rankings;

    use super::*;

    #[test]
    fn tau_is_that_of_scipy() {
        // scipy.stats.kendalltau([1, 2, 3, 4, 5], [3, 1, 2, 5, 4]) and with ties ([1, 1, 2, 3], [1, 2, 2, 3]), scipy 1.17.1.
        assert!((tau(&[1.0, 2.0, 3.0, 4.0, 5.0], &[3.0, 1.0, 2.0, 5.0, 4.0]) - 0.4).abs() < 1e-12);
        assert!((tau(&[1.0, 1.0, 2.0, 3.0], &[1.0, 2.0, 2.0, 3.0]) - 0.8).abs() < 1e-12);
        assert!((tau(&[f64::NEG_INFINITY, 1.0], &[0.0, 1.0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn held_out_trades_between_components_are_left_out_and_unvalued_goods_are_not() {
        let seen = vec![Exchange::new(0, 1, 1.0, 1.0), Exchange::new(2, 3, 1.0, 1.0)];
        let evidence = Evidence::new(4, seen, Rankings::default()).unwrap();
        let held_out = vec![Exchange::new(0, 1, 1.0, 1.0), Exchange::new(0, 2, 1.0, 1e6)];
        let market =
            Market { name: String::new(), about: String::new(), truth: vec![0.0; 4], evidence, held_out };
        assert!(scores(&market, &[0.0; 4]).held_out_error < 1e-12);
        let unvalued = scores(&market, &[f64::NEG_INFINITY, 0.0, 0.0, 0.0]);
        assert!((unvalued.held_out_error - UNVALUED).abs() < 1e-12 && unvalued.unvalued == 1);
        let rates = vec![Exchange::new(0, 1, 1.0, 1.0), Exchange::new(2, 3, 1.0, std::f64::consts::E)];
        let market = Market { evidence: Evidence::new(4, rates, Rankings::default()).unwrap(), ..market };
        let explained = [f64::NEG_INFINITY, f64::NEG_INFINITY, 1.0, 0.0];
        let share = scores(&market, &explained).arbitrage_share.unwrap();
        assert!((share - UNVALUED * UNVALUED).abs() < 1e-9, "what has no value is not left out: {share}");
    }

    #[test]
    fn errors_are_centred_and_slopes_are_of_the_nearest_line() {
        let joined = |trades: &[(u32, u32)]| {
            let trades = trades.iter().map(|&(a, b)| Exchange::new(a, b, 1.0, 1.0)).collect();
            Evidence::new(3, trades, Rankings::default()).unwrap()
        };
        let one = joined(&[(0, 1), (1, 2)]);
        assert!(centred_error(&one, &[5.0, 6.0, 7.0], &[0.0, 1.0, 2.0]) < 1e-12);
        let squares = centred_error(&one, &[1.0, 0.0, f64::NEG_INFINITY], &[0.0, 1.0, 2.0]).powi(2);
        assert!((squares - (2.0 + UNVALUED * UNVALUED) / 3.0).abs() < 1e-12);
        // Nothing says what the third is worth in terms of the others.
        assert!(centred_error(&joined(&[(0, 1)]), &[5.0, 6.0, 0.0], &[0.0, 1.0, 9.0]) < 1e-12);
        assert!((slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]) - 2.0).abs() < 1e-12);
    }
}
