//! Branch and bound over the Lagrangian relaxation.
//!
//! At each node of the search the multipliers are improved by subgradient steps (Held, Wolfe and
//! Crowder 1974) in integers; every relaxed circulation is also tried as an answer. Where that
//! stalls at the root, a linear program gives the best multipliers. A node is closed when its bound
//! rounds down to what has been found; otherwise it branches, first on a group's total, then on an arc.
//!
//! The search is depth first and deterministic. When its budget of work is used up, open nodes are
//! closed with the bounds they have, and the answer is `bounded` instead of proven.

use super::relaxation::{Evaluation, Relaxation, Restriction};
use super::{Concave, Coupled, linear_program};
use crate::Graph;
use crate::certify::{Branch, Tree};
use crate::circulation::Face;

/// How much the search may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// How many arcs, terms and nodes may be looked at; some tens of nanoseconds each.
    pub arcs: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Effort { arcs: 400_000_000 }
    }
}

/// The best found, and why it cannot be bettered by more than stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoupledSolution {
    /// What each node takes.
    pub takes: Vec<u32>,
    /// What that is worth.
    pub value: i64,
    /// What nothing can exceed.
    pub bound: i64,
    /// The units of multipliers and prices are one part in this many.
    pub scale: i64,
    /// The proof of the bound.
    pub tree: Tree,
}

/// Steps of the subgradient method at the root, and at each node below.
const ROOT_STEPS: usize = 300;
const NODE_STEPS: usize = 30;

/// Deeper than this the search does not branch, so that trees can be checked by recursion.
const MOST_DEPTH: usize = 500;

/// How often an answer is sought by repair, and how many times in a row it is narrowed.
const REPAIR_EVERY: usize = 10;
const REPAIR_ROUNDS: usize = 6;

struct Search<'a, 'b> {
    graph: &'a Graph,
    relaxation: Relaxation<'a>,
    effort: Effort,
    best: Vec<u32>,
    best_value: i64,
    bound: i64,
    report: &'b mut dyn FnMut(i64, i64),
}

/// Finds the best circulation of `face` by `coupled`. `start` must be an allowed circulation of the
/// face; `report` is told the value and the bound whenever either improves at the root.
pub fn solve(
    graph: &Graph,
    face: &Face,
    coupled: &Coupled,
    start: &[u32],
    effort: Effort,
    report: &mut dyn FnMut(i64, i64),
) -> CoupledSolution {
    let relaxation = Relaxation::new(graph, face, coupled);
    let scale = relaxation.scale;
    let root = Restriction { groups: coupled.groups.clone(), required: Vec::new(), forbidden: Vec::new() };
    let best_value = coupled.value(graph, start);
    let mut search =
        Search { graph, relaxation, effort, best: start.to_vec(), best_value, bound: best_value, report };
    let multipliers = search.slopes(&coupled.totals(graph, start));
    let tree = search.explore(&root, multipliers, 0);
    CoupledSolution { takes: search.best, value: search.best_value, bound: search.bound, scale, tree }
}

impl Search<'_, '_> {
    /// The slope of each group's value at its total, as a multiplier.
    fn slopes(&self, totals: &[i64]) -> Vec<i64> {
        let coupled = self.relaxation.coupled;
        let slope = |value: Concave, total: i64| match value {
            Concave::Cover(weight) if total == 0 => weight,
            Concave::Zero | Concave::Cover(_) => 0,
            Concave::Squares(weight) => -2 * weight * total,
        };
        let scale = self.relaxation.scale;
        coupled.groups.iter().zip(totals).map(|(group, &total)| scale * slope(group.value, total)).collect()
    }

    /// Closes the part of the problem under `restriction`, branching where needed.
    fn explore(&mut self, restriction: &Restriction, multipliers: Vec<i64>, depth: usize) -> Tree {
        let steps = if depth == 0 { ROOT_STEPS } else { NODE_STEPS };
        let mut node = self.improve(restriction, multipliers, steps);
        if depth == 0
            && !self.closes(node.bound)
            && let Some(better) = linear_program::best_multipliers(&self.relaxation, restriction)
        {
            let polished = self.improve(restriction, better, steps / 4);
            if polished.bound < node.bound {
                node = polished;
            }
        }
        let is_spent = depth >= MOST_DEPTH || self.relaxation.work > self.effort.arcs;
        let mut branch =
            if self.closes(node.bound) || is_spent { None } else { self.choose(restriction, &node) };
        if branch.is_none() && !self.closes(node.bound) && !is_spent {
            // Nothing is left to choose: the multipliers that fit the one circulation left close the case.
            let totals = self.relaxation.evaluate(restriction, &node.multipliers).totals;
            let fitting = self.improve(restriction, self.slopes(&totals), NODE_STEPS);
            if fitting.bound < node.bound {
                node = fitting;
            }
            branch = if self.closes(node.bound) || self.relaxation.work > self.effort.arcs {
                None
            } else {
                self.choose(restriction, &node)
            };
        }
        let Some(branch) = branch else {
            self.bound = self.bound.max(node.bound.div_euclid(self.relaxation.scale));
            self.relaxation.evaluate(restriction, &node.multipliers);
            let prices = self.relaxation.prices(&node.multipliers);
            return Tree::Leaf { multipliers: node.multipliers, prices };
        };
        let (low, high) = restrict(restriction, &branch);
        let high = self.explore(&high, node.multipliers.clone(), depth + 1);
        let low = self.explore(&low, node.multipliers, depth + 1);
        Tree::Branch { on: branch, low: Box::new(low), high: Box::new(high) }
    }

    fn closes(&self, bound: i64) -> bool {
        bound.div_euclid(self.relaxation.scale) <= self.best_value
    }

    /// Subgradient steps from `multipliers`; keeps the best multipliers met.
    fn improve(&mut self, restriction: &Restriction, mut multipliers: Vec<i64>, steps: usize) -> Node {
        for (group, multiplier) in multipliers.iter_mut().enumerate() {
            let limit = self.relaxation.most_multiplier(group);
            *multiplier = (*multiplier).clamp(-limit, limit);
        }
        let mut node = Node { bound: i64::MAX, multipliers: multipliers.clone() };
        // The length of a step, in 256ths of the step that would close the gap if the bound were linear.
        let mut length = 256_i128;
        let mut stalled = 0;
        for step in 0..steps {
            let evaluation = self.relaxation.evaluate(restriction, &multipliers);
            self.try_as_answer(&evaluation);
            if step % REPAIR_EVERY == 0 {
                self.repair(restriction, &evaluation);
            }
            stalled += 1;
            if evaluation.bound < node.bound {
                node = Node { bound: evaluation.bound, multipliers: multipliers.clone() };
                if steps >= ROOT_STEPS {
                    (self.report)(self.best_value, node.bound.div_euclid(self.relaxation.scale));
                }
                stalled = 0;
            }
            if self.closes(node.bound) || self.relaxation.work > self.effort.arcs {
                break;
            }
            if stalled >= 5 {
                length = (length / 2).max(8);
                stalled = 0;
            }
            if !self.step(&evaluation, &mut multipliers, length) {
                break;
            }
        }
        node
    }

    /// Moves the multipliers against the mismatch of totals. False when there is none.
    fn step(&self, evaluation: &Evaluation, multipliers: &mut [i64], length: i128) -> bool {
        let pairs = || evaluation.desired.iter().zip(&evaluation.totals);
        let norm: i128 = pairs().map(|(desired, total)| i128::from(desired - total).pow(2)).sum();
        if norm == 0 {
            return false;
        }
        let scale = self.relaxation.scale;
        let target = scale * self.best_value + scale / 2;
        let gap = i128::from((evaluation.bound - target).max(scale / 4 + 1));
        for (group, (multiplier, (desired, total))) in multipliers.iter_mut().zip(pairs()).enumerate() {
            let by = gap * length * i128::from(desired - total) / (norm * 256);
            let limit = i128::from(self.relaxation.most_multiplier(group));
            *multiplier = (i128::from(*multiplier) + by).clamp(-limit, limit) as i64;
        }
        for (multiplier, group) in multipliers.iter_mut().zip(&self.relaxation.coupled.groups) {
            if let Concave::Cover(weight) = group.value
                && group.least <= 0
            {
                *multiplier = (*multiplier).clamp(0, scale * weight);
            }
        }
        true
    }

    fn try_as_answer(&mut self, evaluation: &Evaluation) {
        let coupled = self.relaxation.coupled;
        if coupled.allows(&evaluation.totals) {
            let value = coupled.value(self.graph, &evaluation.takes);
            if value > self.best_value {
                self.best_value = value;
                self.best.clone_from(&evaluation.takes);
                self.bound = self.bound.max(value);
            }
        }
    }

    /// Makes an answer of a circulation whose totals are too great: rules out what adds to them, a piece at
    /// a time, and solves again without multipliers.
    fn repair(&mut self, restriction: &Restriction, evaluation: &Evaluation) {
        let coupled = self.relaxation.coupled;
        if coupled.allows(&evaluation.totals) || coupled.terms.iter().all(|term| term.arc.is_none()) {
            return;
        }
        let mut narrowed = restriction.clone();
        let free = vec![0; coupled.groups.len()];
        let (mut takes, mut totals) = (evaluation.takes.clone(), evaluation.totals.clone());
        for _ in 0..REPAIR_ROUNDS {
            for group in (0..totals.len()).filter(|&group| totals[group] > coupled.groups[group].most) {
                let excess = totals[group] - coupled.groups[group].most;
                self.rule_out(&mut narrowed, &takes, group as u32, excess);
            }
            let again = self.relaxation.evaluate(&narrowed, &free);
            self.try_as_answer(&again);
            if coupled.allows(&again.totals) {
                return;
            }
            (takes, totals) = (again.takes, again.totals);
        }
    }

    /// Forbids arcs in use that add at least `excess` to the total of `group`: the lightest that is
    /// enough by itself, else the heaviest first.
    fn rule_out(&self, restriction: &mut Restriction, takes: &[u32], group: u32, mut excess: i64) {
        let mut used: Vec<(i64, u32, u32)> = (self.relaxation.coupled.terms.iter())
            .filter(|term| term.group == group && term.weight > 0)
            .filter_map(|term| {
                let giver = self.graph.head(term.arc? as usize) as u32;
                (takes[term.taker as usize] == giver).then_some((term.weight, term.taker, giver))
            })
            .collect();
        used.sort_unstable();
        while excess > 0 {
            let enough = used.iter().position(|&(weight, _, _)| weight >= excess);
            let Some(chosen) = enough.or(used.len().checked_sub(1)) else { return };
            let (weight, _, giver) = used.remove(chosen);
            // The giver is a bid: it is left out of the round.
            restriction.required.push((giver, giver));
            excess -= weight;
        }
    }

    /// What to branch on: in the group with the greatest mismatch, whether something that can add to
    /// its total is taken at all, then along which arc; for totals that count takers, the total itself.
    /// Where no group is off, the first arc in use that has an alternative.
    fn choose(&mut self, restriction: &Restriction, node: &Node) -> Option<Branch> {
        let evaluation = self.relaxation.evaluate(restriction, &node.multipliers);
        let mismatch = |group: usize| evaluation.desired[group] - evaluation.totals[group];
        let mut mismatched: Vec<usize> =
            (0..restriction.groups.len()).filter(|&g| mismatch(g) != 0).collect();
        mismatched.sort_by_key(|&g| (std::cmp::Reverse(mismatch(g).abs()), g));
        for group in mismatched {
            let range = restriction.groups[group];
            if range.value == Concave::Zero {
                let contributor = self.contributor(restriction, &evaluation, group as u32);
                if contributor.is_some() {
                    return contributor;
                }
            } else if range.least < range.most {
                let (total, desired) = (evaluation.totals[group], evaluation.desired[group]);
                let at_most = total.min(desired).clamp(range.least, range.most - 1);
                return Some(Branch::Total { group: group as u32, at_most });
            }
        }
        for part in &self.relaxation.parts {
            for (taker, giver, choices) in part.choices() {
                let fixed = restriction.required.iter().any(|&(t, g)| t == taker || g == giver);
                if choices > 1 && !fixed && restriction.allows(taker, giver) {
                    return Some(Branch::Arc { taker, giver });
                }
            }
        }
        None
    }

    /// The undecided contribution to the total of `group` that weighs most, those in use first: whether
    /// the giver of a contributing arc trades at all, or, when that is decided for all, the arc.
    fn contributor(&self, restriction: &Restriction, evaluation: &Evaluation, group: u32) -> Option<Branch> {
        let is_decided = |taker: u32, giver: u32| {
            let decided = |&(t, g): &(u32, u32)| t == taker && g == giver;
            restriction.required.iter().any(decided) || restriction.forbidden.iter().any(decided)
        };
        let terms =
            self.relaxation.coupled.terms.iter().filter(|term| term.group == group && term.weight > 0);
        let arcs: Vec<(u32, u32, i64, bool)> = terms
            .filter_map(|term| {
                let giver = self.graph.head(term.arc? as usize) as u32;
                Some((term.taker, giver, term.weight, evaluation.takes[term.taker as usize] == giver))
            })
            .collect();
        let own = arcs.iter().filter(|&&(_, giver, _, _)| !is_decided(giver, giver));
        if let Some(&(_, giver, _, _)) = own.max_by_key(|&&(_, giver, weight, used)| (used, weight, giver)) {
            return Some(Branch::Arc { taker: giver, giver });
        }
        let open = arcs
            .iter()
            .filter(|&&(taker, giver, _, _)| !is_decided(taker, giver) && restriction.allows(taker, giver));
        let &(taker, giver, _, _) = open.max_by_key(|&&(taker, _, weight, used)| (used, weight, taker))?;
        Some(Branch::Arc { taker, giver })
    }
}

/// The best multipliers of one node of the search.
struct Node {
    bound: i64,
    multipliers: Vec<i64>,
}

/// The two halves of `restriction`.
fn restrict(restriction: &Restriction, branch: &Branch) -> (Restriction, Restriction) {
    let (mut low, mut high) = (restriction.clone(), restriction.clone());
    match *branch {
        Branch::Total { group, at_most } => {
            low.groups[group as usize].most = at_most;
            high.groups[group as usize].least = at_most + 1;
        }
        Branch::Arc { taker, giver } => {
            low.forbidden.push((taker, giver));
            high.required.push((taker, giver));
        }
    }
    (low, high)
}
