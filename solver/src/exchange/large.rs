//! A large part: a bound and a choice that mostly meet before the relaxation proper is solved, which is slow where thousands of nodes have thousands of rings each.
//!
//! In a large pool most nodes are in so many rings that the best choice leaves none of them out, and all that matters is which of the others go with
//! them. So nodes that are easily served stand in for rings and chains of their own: the relaxation then needs no ring among them, is small, and
//! bounds what can be chosen all the same (dual-optimal inequalities: Ben Amor, Desrosiers and Valério de Carvalho 2006). Whether they can be
//! served is seen by choosing (`neighbourhood`). Where a choice leaves some out, those stand in no longer, and where that does not help either, the search goes on
//! without any, from what is found so far.

use super::dive::Chosen;
use super::neighbourhood::Choice;
use super::parts::Part;
use super::relaxation::{Bound, Relaxation, Scope};
use super::search::{self, Found};
use crate::budget::Budget;

/// A node that gives to one in so many and is given to by one in so many is easily served.
const ONE_IN: usize = 16;
/// At least one in so many nodes is to be easily served.
const EASY_ONE_IN: usize = 4;
/// A choice is near what bounds it if it lacks no more than one part in so many.
const NEAR: i64 = 64;
/// So often nodes are told apart anew.
const MOST_TURNS: usize = 6;

/// Solves a part, without any of this if it has fewer than `large` nodes; `progress` is told the gain and the bound so far.
pub(super) fn solve(
    part: &Part,
    (budget, most_looks, large): (Budget<'_>, u64, usize),
    progress: &mut dyn FnMut(i64, i64),
) -> Found {
    let mut relaxation = Relaxation::new(part, most_looks);
    let node_count = part.pool.node_count();
    let stands_in: Vec<bool> = (0..part.row_count()).map(|node| is_easy(part, node)).collect();
    let easy_count = stands_in.iter().filter(|&&is_easy| is_easy).count();
    let suits = node_count >= large
        && easy_count >= node_count / EASY_ONE_IN
        && part.by_head
        && part.pool.ring_gain() == 0
        && relaxation.is_floating();
    if suits {
        let mut choice = Choice::new(part);
        let bound = meet(&mut relaxation, &mut choice, stands_in, budget, progress);
        if is_near(choice.gain, relaxation.whole(&bound)) || budget.is_spent(relaxation.steps()) {
            relaxation.stand_in(vec![false; part.row_count()]);
            let columns = choice.chosen().map(|arcs| relaxation.add(arcs.clone())).collect();
            let best = Chosen { columns, gain: choice.gain };
            return search::solve_from(relaxation, best, Some(bound), budget, progress);
        }
        // It was no help, and what it knows would only be in the way.
        let steps = relaxation.steps();
        relaxation = Relaxation::new(part, most_looks);
        relaxation.other_steps = steps;
    }
    search::solve_from(relaxation, Chosen::default(), None, budget, progress)
}

fn is_near(gain: i64, limit: i64) -> bool {
    limit - gain <= limit / NEAR
}

/// Bounds what can be chosen while some nodes stand in for rings and chains, and chooses, until both meet or get no nearer; returns the bound.
fn meet(
    relaxation: &mut Relaxation<'_>,
    choice: &mut Choice<'_>,
    mut stands_in: Vec<bool>,
    budget: Budget<'_>,
    progress: &mut dyn FnMut(i64, i64),
) -> Bound {
    let scope = Scope::whole(relaxation.part);
    relaxation.stand_in(stands_in.clone());
    let mut bound = relaxation.solve_whole(&scope, budget);
    for turn in 1.. {
        let limit = relaxation.whole(&bound);
        take(relaxation, choice);
        let left = budget.after(relaxation.steps());
        relaxation.other_steps += choice.improve(&bound.prices, relaxation.scale, limit, left);
        progress(choice.gain, limit);
        let left_out: Vec<usize> =
            (0..stands_in.len()).filter(|&node| stands_in[node] && choice.leaves_out(node)).collect();
        let is_over = turn == MOST_TURNS || left_out.is_empty() || budget.is_spent(relaxation.steps());
        if is_over || choice.gain >= limit || !is_near(choice.gain, limit) {
            break;
        }
        for node in left_out {
            stands_in[node] = false;
        }
        relaxation.stand_in(stands_in.clone());
        let lower = relaxation.solve(&scope, &[], budget);
        if lower.sum < bound.sum {
            bound = lower;
        }
    }
    bound
}

/// Chooses what the relaxation uses, the most used first, as far as it fits.
fn take(relaxation: &Relaxation<'_>, choice: &mut Choice<'_>) {
    let is_used = |&(column, amount): &(u32, f64)| amount > 0.01 && relaxation.is_proper(column as usize);
    let mut used: Vec<(u32, f64)> = relaxation.master.amounts().filter(is_used).collect();
    used.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    for (column, _) in used {
        choice.add(relaxation.column_arcs(column as usize));
    }
}

/// Whether a node is easily served.
fn is_easy(part: &Part, node: usize) -> bool {
    let (pool, many) = (&part.pool, part.pool.node_count() / ONE_IN);
    node < pool.node_count() && pool.arcs(node).len() >= many && pool.arcs_into(node).len() >= many
}
