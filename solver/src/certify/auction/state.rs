//! What becomes of each offer: how much of it is filled, and how the prices stand to its limit. The figures of a [`Report`](super::Report) count these.

use super::rules::{SAME, is_marginal, rate};
use crate::auction::{Offer, Outcome};

/// How much of an offer is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// All of it, or as far as whole units go: what is left buys no unit more.
    Whole,
    /// Less.
    InPart,
    /// Nothing.
    No,
    /// Nothing, since less than its minimum would have been sold.
    LeftOut,
}

/// How the prices stand to an offer's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// They beat it, by more than the tolerance.
    Beaten,
    /// They are at it, within the tolerance.
    AtLimit,
    /// They miss it.
    Missed,
}

/// What becomes of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// How much of it is filled.
    pub filled: Filled,
    /// How the prices stand to its limit.
    pub limit: Limit,
}

impl State {
    /// What becomes of the offer of this number.
    pub fn of(outcome: &Outcome, number: u32, offer: &Offer) -> Self {
        let sold = outcome.fills[number as usize].sold;
        let rest = (offer.amount - sold) as f64 * outcome.prices[offer.sells as usize];
        let filled = if sold == 0 {
            let is_left_out = outcome.left_out.binary_search(&number).is_ok();
            if is_left_out { Filled::LeftOut } else { Filled::No }
        } else if rest < outcome.prices[offer.buys as usize] * (1.0 - SAME) {
            Filled::Whole
        } else {
            Filled::InPart
        };
        let limit = if offer.limit() > rate(outcome, offer) * (1.0 + SAME) {
            Limit::Missed
        } else if is_marginal(outcome, offer) {
            Limit::AtLimit
        } else {
            Limit::Beaten
        };
        State { filled, limit }
    }
}
