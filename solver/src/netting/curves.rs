//! Obligations put together by the two participants between whom they are, for any weights: what flows between the two is one number, and what its next unit gains
//! falls step by step, as the best obligations are cleared first.
//!
//! A curve has a first and a second end. A step is an obligation: one that the first end owes is cleared by it, and one that it is owed is taken back. Steps are sorted by
//! what a unit of them gains, the most first, so that a flow says what is cleared of each obligation: of those before its place all, and of
//! those behind it nothing.
//!
//! Cost: O(n log n) for the obligations between two that are not sorted yet; 16 bytes an obligation, 28 a curve.

use std::cmp::Reverse;
use std::ops::Range;

use super::obligations::{Obligations, Weights};

/// An obligation as part of a curve.
#[derive(Clone, Copy, Debug)]
struct Step {
    number: u32,
    /// What a unit gains.
    gain: i32,
    /// Where the step ends: the flow up to there.
    end: i64,
}

/// What flows between two participants.
#[derive(Clone, Copy, Debug)]
struct Flow {
    /// How much, where 0 is as much as can be to the first end.
    amount: i64,
    /// The step that it is in; where it is between two, either.
    step: u32,
}

/// The curves of a network.
pub(super) struct Curves {
    /// By curve, its two ends.
    pub(super) ends: Vec<[u32; 2]>,
    /// Where the steps of each curve start; one entry more than curves.
    first: Vec<u32>,
    steps: Vec<Step>,
    flows: Vec<Flow>,
}

impl Curves {
    /// The curves of the obligations `free` between nodes, of which participants have the numbers `node`; what flows is what is cleared.
    pub(super) fn new(
        obligations: &Obligations,
        weights: &Weights,
        (free, node): (&[u32], &[u32]),
        cleared: &[i64],
    ) -> Self {
        let ends = |number: u32| {
            let [debtor, creditor] =
                [&obligations.debtor, &obligations.creditor].map(|of| node[of[number as usize] as usize]);
            [debtor.min(creditor), debtor.max(creditor)]
        };
        // Obligations between the same two often lie together, as pieces of one.
        let mut runs: Vec<([u32; 2], &[u32])> =
            free.chunk_by(|&one, &other| ends(one) == ends(other)).map(|run| (ends(run[0]), run)).collect();
        runs.sort_by_key(|&(ends, _)| ends);
        let mut curves = Curves {
            ends: Vec::with_capacity(runs.len()),
            first: Vec::with_capacity(runs.len() + 1),
            steps: Vec::with_capacity(free.len()),
            flows: Vec::with_capacity(runs.len()),
        };
        for of_two in runs.chunk_by(|one, other| one.0 == other.0) {
            let ends = of_two[0].0;
            let start = curves.steps.len();
            let mut flow = 0;
            for &number in of_two.iter().flat_map(|&(_, run)| run) {
                let at = number as usize;
                let (weight, amount) = (weights[at], obligations.amount[at]);
                let is_owed = node[obligations.debtor[at] as usize] == ends[1];
                flow += if is_owed { amount - cleared[at] } else { cleared[at] };
                curves.steps.push(Step { number, gain: if is_owed { -weight } else { weight }, end: amount });
            }
            let steps = &mut curves.steps[start..];
            steps.sort_by_key(|step| Reverse(step.gain));
            let mut end = 0;
            for step in steps {
                end += step.end;
                step.end = end;
            }
            curves.ends.push(ends);
            curves.first.push(start as u32);
            curves.flows.push(Flow { amount: flow, step: start as u32 });
        }
        curves.first.push(curves.steps.len() as u32);
        curves
    }

    /// The most that a unit of any obligation gains or costs.
    pub(super) fn largest_gain(&self) -> u32 {
        self.steps.iter().map(|step| step.gain.unsigned_abs()).max().unwrap_or(0)
    }

    fn steps(&self, curve: usize) -> Range<usize> {
        self.first[curve] as usize..self.first[curve + 1] as usize
    }

    /// What can still flow from one end, 0 or 1, to the other in the step that the flow is in.
    fn room(&self, curve: usize, from: usize) -> i64 {
        let Flow { amount, step } = self.flows[curve];
        let step = step as usize;
        match from {
            0 => self.steps[step].end - amount,
            _ if step == self.first[curve] as usize => amount,
            _ => amount - self.steps[step - 1].end,
        }
    }

    /// The step behind the one that the flow is in, as seen from an end.
    fn next(&self, curve: usize, from: usize) -> Option<usize> {
        let step = self.flows[curve].step as usize;
        let next = if from == 0 { step + 1 } else { step.wrapping_sub(1) };
        self.steps(curve).contains(&next).then_some(next)
    }

    /// What a unit of a step costs that flows from an end.
    fn cost_in(&self, step: usize, from: usize) -> i32 {
        let gain = self.steps[step].gain;
        if from == 0 { -gain } else { gain }
    }

    /// What the next unit costs that flows from an end to the other, if one can.
    pub(super) fn cost(&self, curve: usize, from: usize) -> Option<i32> {
        let step = if self.room(curve, from) > 0 {
            self.flows[curve].step as usize
        } else {
            self.next(curve, from)?
        };
        Some(self.cost_in(step, from))
    }

    /// Lets up to `most` more flow from an end to the other, where units cost no more than `dearest`; returns how much that is.
    pub(super) fn push(&mut self, curve: usize, from: usize, most: i64, dearest: i64) -> i64 {
        let mut left = most;
        loop {
            let pushed = left.min(self.room(curve, from));
            left -= pushed;
            self.flows[curve].amount += if from == 0 { pushed } else { -pushed };
            let next = self.next(curve, from).filter(|&next| i64::from(self.cost_in(next, from)) <= dearest);
            match next {
                Some(next) if left > 0 => self.flows[curve].step = next as u32,
                _ => return most - left,
            }
        }
    }

    /// Lets flow what gains more than `least` a unit, in parts of which a unit of gain has `scale`, and of what gains as much as flows now; returns how
    /// much more flows.
    pub(super) fn flow_at(&mut self, curve: usize, least: i64, scale: i64) -> i64 {
        let range = self.steps(curve);
        let steps = &self.steps[range.clone()];
        let better = steps.partition_point(|step| i64::from(step.gain) * scale > least);
        let equal = steps[better..].partition_point(|step| i64::from(step.gain) * scale == least);
        let upto = |count: usize| if count == 0 { 0 } else { steps[count - 1].end };
        let before = self.flows[curve].amount;
        let amount = before.clamp(upto(better), upto(better + equal));
        let within = steps.partition_point(|step| step.end <= amount).min(steps.len() - 1);
        self.flows[curve] = Flow { amount, step: (range.start + within) as u32 };
        amount - before
    }

    /// Says what is cleared of each obligation.
    pub(super) fn clear(&self, obligations: &Obligations, node: &[u32], cleared: &mut [i64]) {
        for (curve, &[first, _]) in self.ends.iter().enumerate() {
            let mut begin = 0;
            for step in &self.steps[self.steps(curve)] {
                let number = step.number as usize;
                let taken = self.flows[curve].amount.clamp(begin, step.end) - begin;
                let is_owed = node[obligations.debtor[number] as usize] != first;
                cleared[number] = if is_owed { step.end - begin - taken } else { taken };
                begin = step.end;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of what the first owes the second, and of what it is owed, the best is cleared first, and pushed no farther than it is worth.
    #[test]
    fn a_curve_takes_the_best_step_first_and_stops_where_the_next_is_too_dear() {
        let obligations = Obligations {
            participants: 2,
            debtor: vec![0, 1, 0, 0],
            creditor: vec![1, 0, 1, 1],
            amount: vec![10, 20, 30, 40],
        };
        let weights = vec![3, 2, 7, 3];
        let mut cleared = vec![0, 20, 0, 0];
        let mut curves = Curves::new(&obligations, &weights, (&[0, 1, 2, 3], &[0, 1]), &cleared);
        // 30 that gain 7, then 10 and 40 that gain 3, then 20 taken back that cost 2.
        assert_eq!([curves.cost(0, 0), curves.cost(0, 1)], [Some(-7), None]);
        assert_eq!(curves.push(0, 0, 1_000, -4), 30);
        assert_eq!(curves.push(0, 0, 35, -3), 35);
        assert_eq!([curves.cost(0, 0), curves.cost(0, 1)], [Some(-3), Some(3)]);
        let mut told = |curves: &Curves| {
            curves.clear(&obligations, &[0, 1], &mut cleared);
            cleared.clone()
        };
        assert_eq!(told(&curves), [10, 20, 30, 25]);
        assert_eq!(curves.push(0, 0, 1_000, 2), 35);
        assert_eq!((told(&curves), curves.cost(0, 0)), (vec![10, 0, 30, 40], None));
        assert_eq!(curves.push(0, 1, 1_000, 3), 70, "back as long as giving up a unit costs 3 at most");
        assert_eq!(told(&curves), [0, 20, 30, 0]);
        // Where more than 2 must be gained, all of 3 flows; where 3 must, as much of it as did.
        assert_eq!(
            [curves.flow_at(0, 4, 2), curves.flow_at(0, 6, 2), curves.flow_at(0, 14, 2)],
            [50, 0, -50]
        );
        assert_eq!(told(&curves), [0, 20, 30, 0]);
    }
}
