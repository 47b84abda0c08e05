//! Lines, the paths along them, and the circulation that asks how much can move.

use std::collections::VecDeque;

use crate::netting::{MAX_AMOUNT, Obligations, Weights};

/// Lines between nodes, which are numbered from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// How many nodes there are.
    pub nodes: usize,
    /// Where value comes from.
    pub from: Vec<u32>,
    /// Where it goes to.
    pub to: Vec<u32>,
    /// How much at most, from 0 to [`MAX_AMOUNT`].
    pub limit: Vec<i64>,
    /// What a unit costs, from 0 to [`crate::netting::MAX_WEIGHT`].
    pub cost: Vec<i32>,
}

/// No more moves at once, so that amounts can be added up.
pub const MAX_MOVED: i64 = 1 << 60;

/// Value that moves along one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// How much.
    pub amount: i64,
    /// Along which lines, one behind the other.
    pub lines: Vec<u32>,
}

impl Lines {
    /// Adds one.
    pub fn push(&mut self, from: u32, to: u32, limit: i64, cost: i32) {
        self.from.push(from);
        self.to.push(to);
        self.limit.push(limit);
        self.cost.push(cost);
    }

    /// The most that can leave `ends.0` or arrive at `ends.1` by the limits of their own lines, and [`MAX_MOVED`] at most.
    pub fn most(&self, ends: (u32, u32)) -> i64 {
        let sum = |at: &[u32], end: u32| -> i128 {
            let lines = at.iter().zip(&self.limit).filter(|&(&node, _)| node == end);
            lines.map(|(_, &limit)| i128::from(limit)).sum()
        };
        let most = sum(&self.from, ends.0).min(sum(&self.to, ends.1));
        i64::try_from(most).unwrap_or(MAX_MOVED).min(MAX_MOVED)
    }

    /// The circulation whose first level is how much moves from `ends.0` to `ends.1`, of `asked` at most, and whose second what that costs, below 0. Behind the lines come
    /// the ways back, as many as it takes to carry all of it, and one at least.
    pub fn circulation(&self, ends: (u32, u32), asked: i64) -> (Obligations, Vec<Weights>) {
        let mut obligations = Obligations {
            participants: self.nodes,
            debtor: self.from.clone(),
            creditor: self.to.clone(),
            amount: self.limit.clone(),
        };
        // One more than can move: if less than was asked for moves, it is the lines that limit it, and potentials fall along them.
        let mut left = asked.min(self.most(ends) + 1);
        loop {
            obligations.push(ends.1, ends.0, left.min(MAX_AMOUNT));
            left -= left.min(MAX_AMOUNT);
            if left == 0 {
                break;
            }
        }
        let count = self.from.len();
        let back = obligations.amount.len() - count;
        let moved = std::iter::repeat_n(0, count).chain(std::iter::repeat_n(1, back)).collect();
        let cost = self.cost.iter().map(|cost| -cost).chain(std::iter::repeat_n(0, back)).collect();
        (obligations, vec![moved, cost])
    }

    /// By node, the lines that lead away from it.
    pub(super) fn rows(&self) -> Vec<Vec<u32>> {
        let mut rows = vec![Vec::new(); self.nodes];
        for (line, &from) in self.from.iter().enumerate() {
            rows[from as usize].push(line as u32);
        }
        rows
    }
}

/// The path of fewest lines, and of `most` at most, along which something is left; the first among equals by the order of lines.
pub(super) fn shortest(
    lines: &Lines,
    rows: &[Vec<u32>],
    ends: (u32, u32),
    most: usize,
    left: &[i64],
) -> Option<Vec<u32>> {
    let mut by: Vec<Option<u32>> = vec![None; lines.nodes];
    let mut queue = VecDeque::from([(ends.0, 0)]);
    while let Some((node, length)) = queue.pop_front() {
        if node == ends.1 {
            let mut path = Vec::with_capacity(length);
            let mut at = node;
            while at != ends.0 {
                let line = by[at as usize].expect("it was reached by a line");
                path.push(line);
                at = lines.from[line as usize];
            }
            path.reverse();
            return Some(path);
        }
        if length == most {
            continue;
        }
        for &line in &rows[node as usize] {
            let to = lines.to[line as usize];
            if left[line as usize] > 0 && to != ends.0 && by[to as usize].is_none() {
                by[to as usize] = Some(line);
                queue.push_back((to, length + 1));
            }
        }
    }
    None
}
