//! Integer programs whose columns have limits, solved to a proof: the general form that exchanges of bundles take.
//!
//! [`solve`] draws limits tighter (`tighten`), splits the program into parts (`parts`), and solves each part, level by level, by branch and cut
//! (`search`) over a dual simplex method (`simplex`) with cuts that can be cited (`cuts`); where nearly all of a part is a network, it begins with the best
//! flow through that (`network`). What comes back carries, for every part and level,
//! a tree of cases with multipliers of rows, which [`crate::certify::program`] checks with code of its own, in integers.
//!
//! Why not the branch and bound of a solver behind `good_lp`: `microlp` gives no multipliers, so nothing could be proven, and stops by the clock
//! alone. [`through_good_lp`] hands it the same program, as a second opinion.
//!
//! The result depends on the [`Budget`] and on nothing else. Where steps run out, what follows is a look at each entry for each case that is left open, and at
//! the start as many as limits take to be drawn tighter.

mod cuts;
mod known;
mod leaf;
mod network;
mod outside;
mod parts;
mod search;
mod simplex;
mod statement;
mod tighten;
mod tree;

pub use outside::through_good_lp;
pub use statement::{Cases, Cut, PartProof, Program, Proof, Row};
pub use tighten::limits;

use crate::budget::Budget;
use known::Known;
use parts::Part;

/// Amounts, with the proof of what none exceed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Solution {
    /// One for each column.
    pub amounts: Vec<i64>,
    /// What they gain, level by level.
    pub values: Vec<i64>,
    /// What nothing as good on the levels before gains more than. After the first level whose bound exceeds its value, these are
    /// what nothing at all gains more than.
    pub bounds: Vec<i64>,
    /// Why: for the levels up to the first whose bound exceeds its value.
    pub proof: Proof,
    /// How many parts there are, and the columns of the largest.
    pub part_count: usize,
    /// See there.
    pub largest_part: usize,
    /// Steps used.
    pub steps: u64,
}

/// Why there is no solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsolved {
    /// No amounts satisfy all rows.
    Nothing,
    /// None were found within the budget.
    OutOfSteps,
}

/// The best amounts that are found within the budget, no worse than `start`, which must be allowed. Of a part, what is within `gap` of its best on a
/// level will do: no better is looked for.
/// `progress` is told the gain and the bound so far, on the level at hand.
///
/// # Errors
/// If there are no amounts, or none were found. Where `start` is given, or 0 of everything is allowed, there always are.
///
/// # Panics
/// If `start` is not allowed.
pub fn solve(
    program: &Program,
    start: Option<&[i64]>,
    budget: Budget<'_>,
    gap: i64,
    progress: &mut dyn FnMut(usize, i64, i64),
) -> Result<Solution, Unsolved> {
    let most = tighten::limits(program);
    let is_dead = |row: &Row| row.entries.iter().all(|entry| most[entry.0 as usize] == 0);
    let zero = vec![0; most.len()];
    if program.rows.iter().any(|row| is_dead(row) && !row.holds(&zero)) {
        return Err(Unsolved::Nothing);
    }
    let parts = parts::split(program, &most);
    let level_count = program.gains.len();
    let mut amounts: Vec<Option<Vec<i64>>> = parts
        .iter()
        .map(|part| {
            let at = |&column: &u32| start.map_or(0, |start| start[column as usize]);
            let own: Vec<i64> = part.columns.iter().map(at).collect();
            let is_allowed = part.rows.iter().all(|row| row.holds(&own));
            assert!(is_allowed || start.is_none(), "what the search begins with is allowed");
            is_allowed.then_some(own)
        })
        .collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&part| parts[part].columns.len());
    let trivial = |gains: &Vec<i64>| {
        let sum: i128 = gains.iter().zip(&most).map(|(&g, &m)| i128::from(g.max(0)) * i128::from(m)).sum();
        sum.min(i64::MAX.into()) as i64
    };
    let mut solution = Solution {
        bounds: program.gains.iter().map(trivial).collect(),
        part_count: parts.len(),
        largest_part: parts.iter().map(|part| part.columns.len()).max().unwrap_or(0),
        ..Solution::default()
    };
    solution.proof.parts = parts.iter().map(|part| part.columns.clone()).collect();
    let known = vec![Known::default(); parts.len()];
    let mut run = Run { program, parts: &parts, order: &order, amounts: &mut amounts, known, budget, gap };
    for level in 0..level_count {
        let (value, bound) = run.level(level, &mut solution, progress)?;
        solution.bounds[level] = bound;
        if bound > value {
            break;
        }
    }
    solution.amounts = vec![0; most.len()];
    for (part, own) in parts.iter().zip(&amounts) {
        let own = own.as_ref().ok_or(Unsolved::OutOfSteps)?;
        for (&column, &amount) in part.columns.iter().zip(own) {
            solution.amounts[column as usize] = amount;
        }
    }
    solution.values = program.values(&solution.amounts);
    Ok(solution)
}

/// The best flow for the first level through the network within a program, where most of what gains is a network's, and the steps that took: all columns that
/// are no arcs are at 0, and rows that are none of nodes may be broken.
pub fn through_network(program: &Program, budget: Budget<'_>) -> (Option<Vec<i64>>, u64) {
    let gains = program.gains.first().map_or(&[][..], |gains| gains);
    let start = network::start(&program.rows, gains, &tighten::limits(program), budget);
    start.map_or((None, 0), |start| (Some(start.amounts), start.steps))
}

/// The parts on their way from level to level.
struct Run<'a> {
    program: &'a Program,
    parts: &'a [Part],
    order: &'a [usize],
    amounts: &'a mut [Option<Vec<i64>>],
    known: Vec<Known>,
    budget: Budget<'a>,
    gap: i64,
}

impl Run<'_> {
    /// Solves one level, part by part; returns what it gains, and what nothing gains more than.
    fn level(
        &mut self,
        level: usize,
        solution: &mut Solution,
        progress: &mut dyn FnMut(usize, i64, i64),
    ) -> Result<(i64, i64), Unsolved> {
        let (row_count, level_count) = (self.program.rows.len(), self.program.gains.len());
        let mut proofs = vec![PartProof::default(); self.parts.len()];
        let (mut value, mut bound) = (0, 0);
        for &index in self.order {
            let part = &self.parts[index];
            let start = self.amounts[index].as_deref();
            let rows = rows(part, start, level);
            let left = self.budget.after(solution.steps);
            let mut report = |gain: i64, limit: i64| progress(level, value + gain, bound + limit);
            let known = std::mem::take(&mut self.known[index]);
            let found = search::solve(part, rows, known, level, start, (left, self.gap), &mut report);
            solution.steps += found.steps;
            let Some((gain, best)) = found.best else {
                return Err(if found.bound.is_none() { Unsolved::Nothing } else { Unsolved::OutOfSteps });
            };
            value += gain;
            bound += found.bound.unwrap_or(gain);
            self.amounts[index] = Some(best);
            let cite = Citation { part, row_count, level_count, level };
            proofs[index] = PartProof {
                scale: found.scale,
                cuts: found.cuts.into_iter().map(|cut| cite.cut(cut)).collect(),
                cases: cite.cases(found.cases),
            };
            self.known[index] = found.known;
        }
        solution.proof.levels.push(proofs);
        Ok((value, bound))
    }
}

/// The rows of a part, and those that keep what it gains on the levels before.
fn rows(part: &Part, amounts: Option<&[i64]>, level: usize) -> Vec<Row> {
    let kept = part.gains[..level].iter().map(|gains| {
        let value: i64 = amounts.map_or(0, |own| gains.iter().zip(own).map(|(g, a)| g * a).sum());
        let entries = (0_u32..).zip(gains).filter(|(_, gain)| **gain != 0);
        Row {
            entries: entries.map(|(column, gain)| (column, -gain)).collect(),
            is_exact: false,
            most: -value,
        }
    });
    part.rows.iter().cloned().chain(kept).collect()
}

/// From a part's numbers to those of the program.
struct Citation<'a> {
    part: &'a Part,
    row_count: usize,
    level_count: usize,
    level: usize,
}

impl Citation<'_> {
    fn rows(&self, cited: Vec<(u32, i64)>) -> Vec<(u32, i64)> {
        let own = self.part.numbers.len();
        let number = |row: u32| match (row as usize).checked_sub(own) {
            None => self.part.numbers[row as usize],
            Some(after) if after < self.level => (self.row_count + after) as u32,
            Some(after) => (self.row_count + self.level_count + after - self.level) as u32,
        };
        cited.into_iter().map(|(row, times)| (number(row), times)).collect()
    }

    fn cut(&self, cut: Cut) -> Cut {
        let column = |(column, times): (u32, i64)| (self.part.columns[column as usize], times);
        Cut {
            rows: self.rows(cut.rows),
            limits: cut.limits.into_iter().map(column).collect(),
            divisor: cut.divisor,
        }
    }

    fn cases(&self, cases: Cases) -> Cases {
        match cases {
            Cases::Bound(cited) => Cases::Bound(self.rows(cited)),
            Cases::Void(cited) => Cases::Void(self.rows(cited)),
            Cases::Branch { column, at_most, low, high } => Cases::Branch {
                column: self.part.columns[column as usize],
                at_most,
                low: Box::new(self.cases(*low)),
                high: Box::new(self.cases(*high)),
            },
        }
    }
}

#[cfg(test)]
mod tests;
