//! What of the exchanges no values explain.
//!
//! Logarithms of rates split into a part that comes from values, the difference of two of them, and a rest. With values by
//! least squares the rest is cyclic: it adds up round rings, where it is what going round gains, and it
//! is the same whatever units the goods are measured in (Jiang, Lim, Yao and Ye 2011, "Statistical ranking and combinatorial Hodge
//! theory"). The share compares its square with that of the logarithms themselves, which do depend on units;
//! the rest alone does not.

use super::evidence::Evidence;

/// How far exchanges are from what values say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Arbitrage {
    /// The squares of the rests as a share of the squares of the logarithms of the rates: 0 if values explain all rates.
    pub share: f64,
    /// The root of the mean square of the rests: 0.01 is about one per cent an exchange.
    pub root_mean_square: f64,
    /// The greatest rest, and the index of its exchange.
    pub worst: Option<(usize, f64)>,
}

/// The arbitrage that `log_value` leaves, where the rest of an exchange of a good worth nothing, which no number tells, counts as `unvalued`. Cost: one pass.
pub fn arbitrage(evidence: &Evidence, log_value: &[f64], unvalued: f64) -> Arbitrage {
    let (mut rest_square, mut rate_square, mut weight) = (0.0, 0.0, 0.0);
    let mut worst: Option<(usize, f64)> = None;
    for (index, (exchange, rate)) in evidence.rated().enumerate() {
        let rest = rate - (log_value[exchange.gives as usize] - log_value[exchange.gets as usize]);
        let rest = if rest.is_finite() { rest } else { unvalued };
        rest_square += exchange.weight * rest * rest;
        rate_square += exchange.weight * rate * rate;
        weight += exchange.weight;
        if worst.is_none_or(|(_, greatest)| rest.abs() > greatest.abs()) {
            worst = Some((index, rest));
        }
    }
    if weight == 0.0 {
        return Arbitrage::default();
    }
    let share = if rate_square > 0.0 { rest_square / rate_square } else { 0.0 };
    Arbitrage { share, root_mean_square: (rest_square / weight).sqrt(), worst }
}
