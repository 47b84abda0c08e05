//! A circulation that is also worth something by group: the total that falls to each group of arcs
//! has a concave value and a range it must stay in.
//!
//! "Most users trading" is such a problem (a user's first item is worth 1, further ones nothing), and
//! so are spending limits (a total that must not exceed the limit). The groups couple rings
//! that have nothing else in common, so this is a mixed-integer program; its Lagrangian relaxation,
//! one multiplier per group, is a plain circulation, and on real rounds has no gap worth an item.
//!
//! [`solve`] runs branch and bound over that relaxation. Its result carries a tree of multipliers and
//! prices that [`crate::certify`] checks in integers.

use crate::Graph;
use crate::circulation::LinearGains;

mod branch;
mod linear_program;
mod relaxation;

pub use branch::{CoupledSolution, Effort, solve};

/// What is worth what, beyond the levels solved before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coupled {
    /// What arcs are worth by themselves.
    pub gains: LinearGains,
    /// The groups.
    pub groups: Vec<Group>,
    /// What adds to the total of which group, ordered by taker.
    pub terms: Vec<Term>,
}

/// The value of a group's total, and the range it must stay in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The value of the total.
    pub value: Concave,
    /// The least total allowed.
    pub least: i64,
    /// The greatest total allowed.
    pub most: i64,
}

/// A concave function of a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concave {
    /// Always 0.
    Zero,
    /// This much as soon as the total is 1 or more; nothing at 0.
    Cover(i64),
    /// Minus this much times the square of the total.
    Squares(i64),
}

/// When `taker` takes along `arc`, `weight` is added to the total of `group`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The node that takes.
    pub taker: u32,
    /// The arc, or `None` for all its arcs but its own.
    pub arc: Option<u32>,
    /// The group.
    pub group: u32,
    /// What is added; at least 0.
    pub weight: i64,
}

impl Concave {
    /// The value at `total`.
    pub fn at(self, total: i64) -> i64 {
        match self {
            Concave::Zero => 0,
            Concave::Cover(scale) => scale * total.clamp(0, 1),
            Concave::Squares(scale) => -scale * total * total,
        }
    }
}

impl Coupled {
    /// The total of each group under `takes`. Cost: the rows of the takers in terms.
    pub fn totals(&self, graph: &Graph, takes: &[u32]) -> Vec<i64> {
        let mut totals = vec![0; self.groups.len()];
        for term in &self.terms {
            let taker = term.taker as usize;
            let taken = takes[taker] as usize;
            let counts = match term.arc {
                None => taken != taker,
                Some(arc) => graph.head(arc as usize) == taken,
            };
            if counts {
                totals[term.group as usize] += term.weight;
            }
        }
        totals
    }

    /// Whether every total stays in its range.
    pub fn allows(&self, totals: &[i64]) -> bool {
        self.groups.iter().zip(totals).all(|(group, &total)| (group.least..=group.most).contains(&total))
    }

    /// Where each node's terms start; one entry more than nodes.
    pub(crate) fn term_starts(&self, node_count: usize) -> Vec<usize> {
        let mut start = vec![0; node_count + 1];
        for term in &self.terms {
            start[term.taker as usize + 1] += 1;
        }
        for node in 0..node_count {
            start[node + 1] += start[node];
        }
        start
    }

    /// What `takes` is worth.
    pub fn value(&self, graph: &Graph, takes: &[u32]) -> i64 {
        let by_group: i64 = self
            .groups
            .iter()
            .zip(self.totals(graph, takes))
            .map(|(group, total)| group.value.at(total))
            .sum();
        by_group + self.gains.total(graph, takes)
    }
}
