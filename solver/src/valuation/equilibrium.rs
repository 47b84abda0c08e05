//! Equilibrium prices: each side of an exchange brings what it gave to one market for all goods, and spends all it gets for it on the good that it got. The prices
//! are those at which every market clears.
//!
//! - Input: exchanges. Each counts by its amounts, so large ones count for more; both sides of it are in the market.
//! - Assumes that everybody has one wish and would pay any price for it (Cobb and Douglas's preferences, with all weight on one good).
//! - Source: Eaves 1985, "Finite solution of pure trade markets with Cobb-Douglas utilities": prices are the solution of a
//!   linear system, here the long-run shares of a walk from good to good as fast as one is given for the other.
//! - Cost: elimination up to 300 goods, beyond that O(exchanges) a sweep, from the values by least squares.

use super::estimate::{Condition, Estimate, Settings};
use super::evidence::{Evidence, Refusal};
use super::least_squares;
use super::number::{exp, ln};
use super::stationary::Rates;

/// Finds the prices.
pub(super) fn estimate(evidence: &Evidence, settings: &Settings) -> Result<Estimate, Refusal> {
    let start = least_squares::estimate(evidence, settings)?;
    let mut rates = Vec::with_capacity(2 * evidence.exchanges().len());
    for exchange in evidence.exchanges() {
        rates.push((exchange.gives, exchange.gets, exchange.weight * exchange.given));
        rates.push((exchange.gets, exchange.gives, exchange.weight * exchange.got));
    }
    let mut price = start.values()?;
    let sweeps = Rates::new(evidence.good_count(), &rates).solve(evidence.components(), &mut price)?;
    if let Some(good) = price.iter().position(|price| !price.is_normal()) {
        return Err(Refusal::Overflow(good));
    }
    Ok(Estimate::new(evidence, price.into_iter().map(ln).collect(), sweeps))
}

/// Each good's market clears: what is spent on it is what it brings.
pub(super) fn check(evidence: &Evidence, log_value: &[f64], _: &[(&str, f64)]) -> Vec<Condition> {
    let mut excess = vec![0.0; evidence.good_count()];
    let mut volume = vec![0.0; evidence.good_count()];
    for exchange in evidence.exchanges() {
        let (a, b) = (exchange.gives as usize, exchange.gets as usize);
        let spent_on_b = exchange.weight * exchange.given * exp(log_value[a]);
        let spent_on_a = exchange.weight * exchange.got * exp(log_value[b]);
        excess[a] += spent_on_a - spent_on_b;
        excess[b] += spent_on_b - spent_on_a;
        volume[a] += spent_on_a + spent_on_b;
        volume[b] += spent_on_a + spent_on_b;
    }
    let worst = excess.iter().zip(volume).map(|(e, v): (&f64, f64)| e.abs() / v.max(f64::MIN_POSITIVE));
    vec![Condition::new("markets: demand in excess, as a share of volume", worst.fold(0.0, f64::max), 1e-9)]
}
