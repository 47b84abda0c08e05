//! Values by the model of Bradley and Terry: A wins a comparison with B with the chance `v_A` / (`v_A` + `v_B`), and the values are those under which the
//! comparisons are likeliest.
//!
//! - Input: exchanges and rankings, as comparisons of two (see the file on wins).
//! - Assumes independent comparisons. Of an exchange a far-out rate counts at most as one won comparison, so an outlier pulls less than in
//!   least squares; in turn, rates far from 1 to 1 say less, so what goods are measured in matters a little where rates disagree.
//! - Source: Zermelo 1929; Bradley and Terry 1952; Hunter 2004.
//! - Cost: some ten Newton's steps, each a solve over the pairs that were compared.

use super::choices::Choices;
use super::estimate::{Condition, Estimate, Settings};
use super::evidence::{Evidence, Refusal};
use super::wins::Wins;

/// Finds the values.
pub(super) fn estimate(evidence: &Evidence, _: &Settings) -> Result<Estimate, Refusal> {
    evidence.need_even_weights()?;
    let wins = Wins::new(evidence)?;
    let note = "some good only wins or only loses, so half a comparison was added to each side of each pair";
    Ok(choices(&wins).fit(evidence).note(wins.is_smoothed, note))
}

fn choices(wins: &Wins) -> Choices {
    let mut choices = Choices::default();
    for pair in &wins.pairs {
        choices.push(pair.goods.into_iter(), pair.wins[0]);
        choices.push(pair.goods.into_iter().rev(), pair.wins[1]);
    }
    choices
}

/// The likelihood is at its maximum.
pub(super) fn check(evidence: &Evidence, log_value: &[f64], _: &[(&str, f64)]) -> Vec<Condition> {
    Wins::new(evidence).map(|wins| choices(&wins).check(log_value)).unwrap_or_default()
}
