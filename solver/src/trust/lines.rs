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

    /// The circulation whose first level is how much moves from `ends.0` to `ends.1`, of `asked` at most, and whose second what that costs, below 0. Its last
    /// obligation is the way back.
    pub fn circulation(&self, ends: (u32, u32), asked: i64) -> (Obligations, Vec<Weights>) {
        let mut obligations = Obligations {
            participants: self.nodes,
            debtor: self.from.clone(),
            creditor: self.to.clone(),
            amount: self.limit.clone(),
        };
        obligations.push(ends.1, ends.0, asked.min(MAX_AMOUNT));
        let count = self.from.len();
        let moved = std::iter::repeat_n(0, count).chain([1]).collect();
        let cost = self.cost.iter().map(|cost| -cost).chain([0]).collect();
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
