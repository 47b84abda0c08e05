//! Values by the model of Plackett and Luce: a list comes about by choosing, again and again, one of what is left with a chance in proportion to its
//! value; the values are those under which the lists are likeliest.
//!
//! - Input: rankings, whole (wants lists, each closed by what its owner would give); an exchange counts as two lists of two goods, in parts, as in
//!   Bradley and Terry's model, to which this one comes down where no list is longer.
//! - Assumes that lists are independent, and that what is chosen first says nothing of the order of the rest.
//! - Source: Luce 1959, Plackett 1975, Hunter 2004. Where some good only wins or only loses, likelihood has no maximum: then a tenth of each list is
//!   added in reverse.
//! - Cost: some ten Newton's steps, O(places) for each step of their solves.

use super::choices::Choices;
use super::estimate::{Condition, Estimate, Settings};
use super::evidence::{Evidence, Refusal};
use super::wins::Wins;

const REVERSED: f64 = 0.1;

/// Finds the values.
pub(super) fn estimate(evidence: &Evidence, _: &Settings) -> Result<Estimate, Refusal> {
    evidence.need_even_weights()?;
    let wins = Wins::new(evidence)?;
    let note = "some good only wins or only loses, so a tenth of each list was added in reverse";
    Ok(choices(evidence, wins.is_smoothed).fit(evidence).note(wins.is_smoothed, note))
}

fn choices(evidence: &Evidence, is_smoothed: bool) -> Choices {
    let mut choices = Choices::default();
    let mut push = |list: &[u32], weight: f64| {
        choices.push(list.iter().copied(), weight);
        if is_smoothed {
            choices.push(list.iter().rev().copied(), REVERSED * weight);
        }
    };
    for (list, weight) in evidence.rankings().weighted() {
        push(list, weight);
    }
    for (exchange, rate) in evidence.rated() {
        let won = super::number::logistic(rate);
        push(&[exchange.gives, exchange.gets], exchange.weight * won);
        push(&[exchange.gets, exchange.gives], exchange.weight * super::number::logistic(-rate));
    }
    choices
}

/// The likelihood is at its maximum.
pub(super) fn check(evidence: &Evidence, log_value: &[f64], _: &[(&str, f64)]) -> Vec<Condition> {
    Wins::new(evidence).map(|wins| choices(evidence, wins.is_smoothed).check(log_value)).unwrap_or_default()
}
