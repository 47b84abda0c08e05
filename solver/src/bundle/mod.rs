//! Rounds of bundles: any so many of these for one of each of those, items in several units, at most one of some, caps on what a
//! participant gives, receives and pays, and participants who refuse each other. NP-hard: set packing is the case of bundles wanted for
//! money (Sandholm, Suri, Gilpin and Levine 2002, "Winner determination in combinatorial auction generalizations").
//!
//! The round is stated as an integer program ([`Statement`]), which [`crate::program`] solves to a proof; payments, which are no part
//! of what is made great, follow (`payments`). The search begins with what exchanges put in one by one come to (`first`), so that an answer is there
//! before the first relaxation is solved; that of want lists with few rules more is the best flow through them, where it keeps the rules. [`crate::certify::bundle`] checks both.

mod first;
mod network;
mod payments;
mod problem;
mod rules;
mod statement;

pub use problem::{Carried, Choice, Exchange, Item, Limit, Objective, Of, Problem, Term, User};
pub use statement::Statement;

use crate::budget::Budget;
use crate::program::{self, Proof, Row, Unsolved};

/// The search for a first answer takes at most so many steps, and half of the budget.
const MOST_FIRST: u64 = 2_000_000_000;
/// Where the best flow through a network, with which the proof begins, keeps all rules but one in so many.
const MOST_BESIDE_NETWORK: u64 = 100_000_000;
const FEW_BROKEN: usize = 100;

/// What is carried out, with the proof that nothing is better.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Solution {
    /// The exchanges that are carried out, by number.
    pub carried: Vec<Carried>,
    /// What that is worth, objective by objective.
    pub values: Vec<i64>,
    /// What nothing as good on the objectives before can exceed; after the first that is not proven, what nothing can at all.
    pub bounds: Vec<i64>,
    /// Why.
    pub proof: Proof,
    /// Into how many parts the round falls, and how many columns the largest has.
    pub part_count: usize,
    /// See there.
    pub largest_part: usize,
    /// Steps used.
    pub steps: u64,
}

/// The best that is found within the budget. `progress` is told the objective at hand, its value and its bound so far.
#[allow(clippy::missing_panics_doc)] // it cannot: see there
pub fn solve(problem: &Problem, budget: Budget<'_>, progress: &mut dyn FnMut(usize, i64, i64)) -> Solution {
    let statement = Statement::new(problem);
    let program = &statement.program;
    let (flow, before) = program::through_network(program, budget.one_in(2));
    let broken = flow.as_ref().and_then(|flow| program.broken(flow));
    let is_near = broken.is_some_and(|broken| FEW_BROKEN * broken <= program.rows.len());
    let most = if is_near { MOST_BESIDE_NETWORK } else { MOST_FIRST };
    let (first, steps) = first::first(problem, budget.after(before).one_in(2).at_most(most));
    let steps = before + steps;
    let first = statement.amounts(problem, &first);
    let flow = flow.filter(|flow| broken == Some(0) && program.values(flow) > program.values(&first));
    let start = flow.unwrap_or(first);
    let found = program::solve(program, Some(&start), budget.after(steps), 0, progress)
        .expect("that nobody does anything is allowed");
    let mut carried = statement.carried(&found.amounts);
    payments::settle(problem, &mut carried);
    // Amounts that no level which was solved counts may say less than what is carried out.
    let values = statement.program.values(&statement.amounts(problem, &carried));
    Solution {
        carried,
        values,
        bounds: found.bounds,
        proof: found.proof,
        part_count: found.part_count,
        largest_part: found.largest_part,
        steps: steps + found.steps,
    }
}

/// The values of the objectives when an exchange must be carried out, and what bounds them, as in a [`Solution`].
///
/// # Errors
/// If it cannot be, or if no way was found within the budget.
pub fn with_exchange(
    problem: &Problem,
    exchange: u32,
    budget: Budget<'_>,
) -> Result<(Vec<i64>, Vec<i64>), Unsolved> {
    let mut program = Statement::new(problem).program;
    program.rows.push(Row { entries: vec![(exchange, -1)], is_exact: false, most: -1 });
    let found = program::solve(&program, None, budget, 0, &mut |_, _, _| ())?;
    Ok((found.values, found.bounds))
}

/// How often each exchange could be carried out at most, as far as what it needs is there and what it gives is wanted.
pub fn most_times(problem: &Problem) -> Vec<i64> {
    let mut most = program::limits(&Statement::new(problem).program);
    most.truncate(problem.exchanges.len());
    most
}

#[cfg(test)]
mod tests;
