//! The judgement of a proposed outcome: that everyone gives only what they offered and gets what they
//! asked for, that what it claims of itself is so, and that its proof leaves nothing better.
//!
//! It trusts nothing but the round. Cost: O(levels * wants) per case of the proof.

use bartizan_solver::certify::{self, Flaw};

use crate::model::Model;
use crate::{ItemIndex, Objective, Outcome, Round};

/// The first thing wrong with an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The round itself breaks a rule.
    Round(String),
    /// The outcome speaks of another number of items.
    WrongItemCount,
    /// This item takes what its list does not name, or what somebody else takes too.
    NotGranted(ItemIndex),
    /// A user would spend more than the limit: the user's name and the sum.
    LimitExceeded(String, i64),
    /// The outcome lists other objectives than the round asks for.
    WrongObjectives,
    /// The outcome claims a value that it does not reach.
    WrongValue {
        /// The objective.
        objective: Objective,
        /// What it claims.
        claimed: i64,
        /// What it reaches.
        reached: i64,
    },
    /// The proof does not have a price for each item and level.
    Malformed,
    /// The proof leaves room for something better than is claimed.
    NotProven {
        /// The objective.
        objective: Objective,
        /// The bound it claims.
        claimed: i64,
        /// The bound that its prices prove.
        proven: i64,
    },
}

/// Checks `outcome` against `round` and `objectives`, which are those it was cleared for.
///
/// # Errors
/// The first thing wrong.
pub fn verify(round: &Round<'_>, outcome: &Outcome) -> Result<(), Fault> {
    if let Some(broken) = round.check() {
        return Err(Fault::Round(broken));
    }
    if outcome.levels.iter().map(|level| level.objective).ne(round.objectives.iter().copied()) {
        return Err(Fault::WrongObjectives);
    }
    let model = Model::new(round).map_err(|error| Fault::Round(error.to_string()))?;
    let reached = check_takes(round, &model, &outcome.takes)?;
    let takes: Vec<u32> = outcome.takes.iter().map(|item| item.0).collect();
    for (level, value) in outcome.levels.iter().zip(model.values(&takes)) {
        if level.value != value {
            return Err(Fault::WrongValue {
                objective: level.objective,
                claimed: level.value,
                reached: value,
            });
        }
    }
    let bounds =
        certify::bound(&model.problem, &outcome.certificate, &reached).map_err(|_| Fault::Malformed)?;
    for (level, proven) in outcome.levels.iter().zip(model.bounds(&takes, &bounds)) {
        if level.bound != proven {
            return Err(Fault::NotProven { objective: level.objective, claimed: level.bound, proven });
        }
    }
    Ok(())
}

/// Checks that everyone gives only what they offered and takes what they asked for, within their limits; tells what is reached on
/// each level of `model`, which is that of `round`. Cost: O(wants).
///
/// # Errors
/// The first thing wrong.
pub fn check_takes(round: &Round<'_>, model: &Model, takes: &[ItemIndex]) -> Result<Vec<i64>, Fault> {
    if takes.len() != round.items.len() {
        return Err(Fault::WrongItemCount);
    }
    let nodes: Vec<u32> = takes.iter().map(|item| item.0).collect();
    let reached = certify::check_circulation(&model.problem, &nodes).map_err(|flaw| match flaw {
        Flaw::NotACirculation(item) => Fault::NotGranted(ItemIndex(item as u32)),
        Flaw::OutOfRange { .. } => check_spending(round, takes).err().unwrap_or(Fault::Malformed),
        Flaw::WrongShape | Flaw::Overflow => Fault::Malformed,
    })?;
    check_spending(round, takes)?;
    Ok(reached)
}

/// Checks every user's spending against the limit, straight from the wants.
fn check_spending(round: &Round<'_>, takes: &[ItemIndex]) -> Result<(), Fault> {
    if round.wants.price.is_empty() {
        return Ok(());
    }
    let mut spent = vec![0_i64; round.users.len()];
    for (taker, taken) in takes.iter().enumerate() {
        let range = round.wants.range(ItemIndex(taker as u32));
        let price =
            range.clone().find(|&want| round.wants.item[want] == *taken).map_or(0, |w| round.wants.price(w));
        if let Some(payer) = round.items[taken.at()].user {
            spent[payer.at()] += price;
        }
    }
    for (user, spent) in round.users.iter().zip(spent) {
        if user.limit.is_some_and(|limit| spent > limit) {
            return Err(Fault::LimitExceeded(user.name.to_string(), spent));
        }
    }
    Ok(())
}
