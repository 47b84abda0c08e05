//! The check of what a round of bundles comes to: everybody gives only what was offered and receives all that was wanted for it, what is given
//! is received, and every cap and limit is kept. Short, slow and obvious.
//!
//! What is carried out is checked against the round itself. The proof is of the round's integer program, which [`Statement`] makes for the search and for the
//! check alike: a proof cites its rows and columns by number. It proves something of the round if all that the round allows is allowed by the program, with
//! the same values; that is tested for every outcome of thousands of small rounds of every kind of limit, which are enumerated without it.

use crate::bundle::{Carried, Objective, Of, Problem, Statement, Term};
use crate::certify::program;
use crate::program::Proof;

/// Why something is not allowed, or proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// This entry of what is carried out is no exchange, stands out of order, or is carried out too often or never.
    NotCarried(usize),
    /// In this entry the units of a term are not what the exchange says.
    WrongUnits(usize),
    /// This entry receives something from somebody who is refused, or from itself.
    Refused(usize),
    /// This entry pays too much or too little.
    WrongPayment(usize),
    /// Of this item not as much is received as given, or more is given than there is.
    Unbalanced(usize),
    /// This user gives, receives or pays more than it will.
    BeyondCap(usize),
    /// This limit is not kept.
    BeyondLimit(usize),
    /// What is paid is not what is received.
    Unpaid,
    /// This entry pays another share of the way from its least to its most than others, or than its user's limit leaves.
    WrongShare(usize),
    /// The proof is not one of this round.
    Proof(program::Flaw),
}

/// What is reached on each objective, after checking that it is allowed.
///
/// # Errors
/// The first thing wrong.
pub fn check_outcome(problem: &Problem, carried: &[Carried]) -> Result<Vec<i64>, Flaw> {
    let (mut given, mut received) = (vec![0_i128; problem.items.len()], vec![0_i128; problem.items.len()]);
    let mut of_user = vec![[0_i128; 3]; problem.users.len()];
    for (index, own) in carried.iter().enumerate() {
        let is_next = index == 0 || carried[index - 1].exchange < own.exchange;
        let Some(exchange) = problem.exchanges.get(own.exchange as usize).filter(|_| is_next) else {
            return Err(Flaw::NotCarried(index));
        };
        if !(1..=exchange.most).contains(&own.times) {
            return Err(Flaw::NotCarried(index));
        }
        let user = exchange.user;
        let is_right = is_made_up(&exchange.gives, &own.gives, own.times)
            && is_made_up(&exchange.wants, &own.wants, own.times);
        if !is_right {
            return Err(Flaw::WrongUnits(index));
        }
        for (item, units) in units(&exchange.gives, &own.gives) {
            given[item as usize] += i128::from(units);
            of_user[user as usize][0] += i128::from(units);
        }
        for (item, units) in units(&exchange.wants, &own.wants) {
            let owner = problem.items[item as usize].owner;
            if units > 0 && (owner == user || problem.refuses(owner, user)) {
                return Err(Flaw::Refused(index));
            }
            received[item as usize] += i128::from(units);
            of_user[user as usize][1] += i128::from(units);
        }
        let (least, most) = exchange.pays;
        let (pays, times) = (i128::from(own.pays), i128::from(own.times));
        if pays < i128::from(least) * times || pays > i128::from(most) * times {
            return Err(Flaw::WrongPayment(index));
        }
        of_user[user as usize][2] += pays;
    }
    let is_balanced =
        |item: usize| given[item] == received[item] && given[item] <= problem.items[item].units.into();
    if let Some(item) = (0..given.len()).find(|&item| !is_balanced(item)) {
        return Err(Flaw::Unbalanced(item));
    }
    if of_user.iter().map(|of| of[2]).sum::<i128>() != 0 {
        return Err(Flaw::Unpaid);
    }
    for (user, caps) in problem.users.iter().enumerate() {
        let caps = [caps.most_given, caps.most_received, caps.most_paid];
        if caps.iter().zip(&of_user[user]).any(|(cap, of)| cap.is_some_and(|cap| *of > cap.into())) {
            return Err(Flaw::BeyondCap(user));
        }
    }
    for (index, limit) in problem.limits.iter().enumerate() {
        if counted(problem, carried, &limit.of) > limit.most.into() {
            return Err(Flaw::BeyondLimit(index));
        }
    }
    Ok(problem.objectives.iter().map(|&objective| value(problem, carried, objective)).collect())
}

/// What nothing as good on the objectives before can exceed, by a proof. `carried` must be what the proof speaks of.
///
/// # Errors
/// The first thing wrong with either.
pub fn bounds(problem: &Problem, carried: &[Carried], proof: &Proof) -> Result<Vec<i64>, Flaw> {
    check_outcome(problem, carried)?;
    let statement = Statement::new(problem);
    let amounts = statement.amounts(problem, carried);
    program::bounds(&statement.program, &amounts, proof).map_err(Flaw::Proof)
}

/// Whether terms are made up of so many units of their choices.
fn is_made_up(terms: &[Term], units: &[Vec<i64>], times: i64) -> bool {
    let is_right = |term: &Term, units: &Vec<i64>| {
        let within = |(units, most): (&i64, i64)| {
            *units >= 0 && i128::from(*units) <= i128::from(most) * i128::from(times)
        };
        units.len() == term.choices.len()
            && units.iter().zip(term.choices.iter().map(|choice| choice.most)).all(within)
            && units.iter().map(|&units| i128::from(units)).sum::<i128>()
                == i128::from(term.count) * i128::from(times)
    };
    terms.len() == units.len() && terms.iter().zip(units).all(|(term, units)| is_right(term, units))
}

/// Items and how many units of them.
fn units<'a>(terms: &'a [Term], units: &'a [Vec<i64>]) -> impl Iterator<Item = (u32, i64)> + 'a {
    let of = |(term, units): (&'a Term, &'a Vec<i64>)| {
        term.choices.iter().map(|choice| choice.item).zip(units.iter().copied())
    };
    terms.iter().zip(units).flat_map(of)
}

/// How much a limit counts.
fn counted(problem: &Problem, carried: &[Carried], of: &Of) -> i128 {
    let mut sum = 0;
    for own in carried {
        let exchange = &problem.exchanges[own.exchange as usize];
        match of {
            Of::Exchanges(exchanges) if exchanges.contains(&own.exchange) => sum += i128::from(own.times),
            Of::Items { user, items } if exchange.user == *user => {
                let both = units(&exchange.gives, &own.gives).chain(units(&exchange.wants, &own.wants));
                sum += both
                    .filter(|(item, _)| items.contains(item))
                    .map(|both| i128::from(both.1))
                    .sum::<i128>();
            }
            _ => {}
        }
    }
    sum
}

/// What is reached on an objective.
fn value(problem: &Problem, carried: &[Carried], objective: Objective) -> i64 {
    let exchange = |own: &Carried| &problem.exchanges[own.exchange as usize];
    let count = |units: &Vec<Vec<i64>>| units.iter().flatten().sum::<i64>();
    match objective {
        Objective::Items => carried.iter().map(|own| count(&own.wants)).sum(),
        Objective::Favor(user) => {
            carried.iter().filter(|own| exchange(own).user == user).map(|own| count(&own.gives)).sum()
        }
        Objective::Users => {
            let users: std::collections::BTreeSet<u32> =
                carried.iter().map(|own| exchange(own).user).collect();
            users.len() as i64
        }
        Objective::Cost => {
            let cost = |terms: &[Term], units: &[Vec<i64>]| -> i64 {
                let choices = terms.iter().flat_map(|term| &term.choices);
                choices.zip(units.iter().flatten()).map(|(choice, units)| choice.cost * units).sum()
            };
            -carried
                .iter()
                .map(|own| {
                    let of = exchange(own);
                    of.cost * own.times + cost(&of.gives, &own.gives) + cost(&of.wants, &own.wants)
                })
                .sum::<i64>()
        }
    }
}
