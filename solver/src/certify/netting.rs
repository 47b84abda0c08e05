//! The check of a clearing and of the proof that none is better. Short, slow and obvious, in integers.
//!
//! The proof: since everybody is released of as much as they release others of, the worth of what is cleared is the same if each obligation's weight is
//! raised by its debtor's potential and lowered by its creditor's. By what is left then no obligation brings more than its whole amount times what
//! is left, if that is more than nothing. With several levels weights, potentials and worth are vectors that are compared level by level, the
//! first first, and the argument stands word for word.

use crate::netting::{Clearing, Obligations, Weights};

/// Why a clearing is none, or is not proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is not one number for each obligation, or for each participant and level.
    WrongShape,
    /// Of this obligation less than nothing, or more than it is, is cleared.
    OutOfRange(usize),
    /// This participant is not released of as much as it releases others of.
    Unbalanced(usize),
    /// The proof's potentials are too large to be added up.
    Overflow,
}

/// What a clearing is worth by each level, after checking that it is one: each obligation in part or as a whole, and every net position as before.
///
/// # Errors
/// The first thing wrong.
pub fn value(obligations: &Obligations, levels: &[Weights], cleared: &[i64]) -> Result<Vec<i128>, Flaw> {
    if cleared.len() != obligations.debtor.len() {
        return Err(Flaw::WrongShape);
    }
    let mut balance = vec![0_i128; obligations.participants];
    let mut value = vec![0; levels.len()];
    for (number, &cleared) in cleared.iter().enumerate() {
        if !(0..=obligations.amount[number]).contains(&cleared) {
            return Err(Flaw::OutOfRange(number));
        }
        balance[obligations.debtor[number] as usize] -= i128::from(cleared);
        balance[obligations.creditor[number] as usize] += i128::from(cleared);
        for (value, weights) in value.iter_mut().zip(levels) {
            *value += i128::from(cleared) * i128::from(weights[number]);
        }
    }
    match balance.iter().position(|&balance| balance != 0) {
        Some(participant) => Err(Flaw::Unbalanced(participant)),
        None => Ok(value),
    }
}

/// What no clearing can be worth more than, level by level, by these potentials, whatever they are.
///
/// # Errors
/// If there is not one for each participant and level, or they are too large.
pub fn bound(
    obligations: &Obligations,
    levels: &[Weights],
    potentials: &[Vec<i64>],
) -> Result<Vec<i128>, Flaw> {
    let participants = obligations.participants;
    if potentials.len() != levels.len() || potentials.iter().any(|level| level.len() != participants) {
        return Err(Flaw::WrongShape);
    }
    let mut bound = vec![0_i128; levels.len()];
    let mut left = vec![0_i128; levels.len()];
    for (number, &amount) in obligations.amount.iter().enumerate() {
        for (level, left) in left.iter_mut().enumerate() {
            let potential = |participant: u32| i128::from(potentials[level][participant as usize]);
            let [debtor, creditor] =
                [obligations.debtor[number], obligations.creditor[number]].map(potential);
            *left = i128::from(levels[level][number]) + debtor - creditor;
        }
        if left.iter().find(|&&left| left != 0).is_some_and(|&first| first > 0) {
            for (bound, left) in bound.iter_mut().zip(&left) {
                let most = i128::from(amount) * left;
                *bound = bound.checked_add(most).ok_or(Flaw::Overflow)?;
            }
        }
    }
    Ok(bound)
}

/// Whether a clearing is proven to be the best.
///
/// # Errors
/// If it is none.
pub fn is_optimal(obligations: &Obligations, levels: &[Weights], clearing: &Clearing) -> Result<bool, Flaw> {
    let reached = value(obligations, levels, &clearing.cleared)?;
    Ok(reached == bound(obligations, levels, &clearing.potentials)?)
}
