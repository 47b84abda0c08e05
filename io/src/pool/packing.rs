//! A pool as one integer program: every ring and chain within the caps is a column, and what only one may use is a row.
//!
//! So it can be handed to any MIP solver, for a second opinion. Our own solver never lists them all: there are too many.
//!
//! Cost: O(columns * arcs of a node), after a search by breadth from each node.

use std::collections::VecDeque;

use bartizan_solver::exchange::{Caps, Level, Pool};
use bartizan_solver::program::{Program, Row};

/// The program of a pool within caps, with a level for each of `levels`; `None` if it would have more than `most_columns`.
pub fn packing(pool: &Pool, caps: Caps, levels: &[Level], most_columns: usize) -> Option<Program> {
    let rows = pool.node_count() + pool.pass_count();
    let mut listed = Listed {
        pool,
        caps,
        levels,
        most_columns,
        uses: vec![Vec::new(); rows],
        gains: vec![Vec::new(); levels.len()],
        path: Vec::new(),
        is_used: vec![false; rows],
        back: vec![u32::MAX; pool.node_count()],
        count: 0,
    };
    for node in 0..pool.node_count() {
        if pool.is_altruist(node) {
            listed.is_used[node] = true;
            let is_whole = caps.chain == 0 || listed.chains(node);
            listed.is_used[node] = false;
            if !is_whole {
                return None;
            }
        } else if caps.ring >= 2 {
            listed.measure(node);
            if !listed.rings(node, node) {
                return None;
            }
        }
    }
    let row = |uses: Vec<u32>| Row {
        entries: uses.into_iter().map(|column| (column, 1)).collect(),
        is_exact: false,
        most: 1,
    };
    let rows = listed.uses.into_iter().filter(|uses| uses.len() > 1).map(row).collect();
    Some(Program {
        most: vec![1; listed.count],
        rows,
        gains: listed.gains,
        decisive: listed.count,
        ..Program::default()
    })
}

/// The columns so far, and the path at hand.
struct Listed<'a> {
    pool: &'a Pool,
    caps: Caps,
    levels: &'a [Level],
    most_columns: usize,
    /// By node, then by pass: the columns that use it.
    uses: Vec<Vec<u32>>,
    /// By level.
    gains: Vec<Vec<i64>>,
    path: Vec<usize>,
    is_used: Vec<bool>,
    /// How many arcs it is at least from a node to the ring's first, which is the least node of the ring.
    back: Vec<u32>,
    count: usize,
}

impl Listed<'_> {
    /// Sets `back` for rings whose least node is `start`.
    fn measure(&mut self, start: usize) {
        self.back.fill(u32::MAX);
        self.back[start] = 0;
        let mut open = VecDeque::from([start]);
        while let Some(node) = open.pop_front() {
            let distance = self.back[node] + 1;
            if distance >= self.caps.ring {
                continue;
            }
            for &arc in self.pool.arcs_into(node) {
                let tail = self.pool.tail(arc as usize);
                if tail > start && !self.pool.is_altruist(tail) && self.back[tail] == u32::MAX {
                    self.back[tail] = distance;
                    open.push_back(tail);
                }
            }
        }
    }

    /// Lists the rings that go on from `node`; false if there are too many.
    fn rings(&mut self, start: usize, node: usize) -> bool {
        for arc in self.pool.arcs(node) {
            let head = self.pool.head(arc);
            let length = self.path.len() as u32 + 1;
            let is_back = head == start;
            let fits =
                if is_back { length >= 2 } else { self.back[head] <= self.caps.ring.saturating_sub(length) };
            if head < start || !fits || !self.take(arc) {
                continue;
            }
            let is_whole = if is_back { self.add(true) } else { self.rings(start, head) };
            self.give_back(arc);
            if !is_whole {
                return false;
            }
        }
        true
    }

    /// Lists the chains that go on from `node`; false if there are too many.
    fn chains(&mut self, node: usize) -> bool {
        for arc in self.pool.arcs(node) {
            if !self.take(arc) {
                continue;
            }
            let goes_on = (self.path.len() as u32) < self.caps.chain;
            let is_whole = self.add(false) && (!goes_on || self.chains(self.pool.head(arc)));
            self.give_back(arc);
            if !is_whole {
                return false;
            }
        }
        true
    }

    /// Puts an arc onto the path, unless what it uses is used.
    fn take(&mut self, arc: usize) -> bool {
        let (pool, node_count) = (self.pool, self.pool.node_count());
        let passes = || pool.passes(arc).iter().map(|&pass| node_count + pass as usize);
        if self.is_used[pool.head(arc)] || passes().any(|row| self.is_used[row]) {
            return false;
        }
        self.is_used[pool.head(arc)] = true;
        passes().for_each(|row| self.is_used[row] = true);
        self.path.push(arc);
        true
    }

    fn give_back(&mut self, arc: usize) {
        self.path.pop();
        self.is_used[self.pool.head(arc)] = false;
        for &pass in self.pool.passes(arc) {
            self.is_used[self.pool.node_count() + pass as usize] = false;
        }
    }

    /// Makes the path a column; false if there are too many.
    fn add(&mut self, is_ring: bool) -> bool {
        if self.count == self.most_columns {
            return false;
        }
        let column = self.count as u32;
        self.count += 1;
        let pool = self.pool;
        let first = pool.tail(self.path[0]);
        if !is_ring {
            self.uses[first].push(column);
        }
        for &arc in &self.path {
            self.uses[pool.head(arc)].push(column);
            for &pass in pool.passes(arc) {
                self.uses[pool.node_count() + pass as usize].push(column);
            }
        }
        for (level, gains) in self.levels.iter().zip(&mut self.gains) {
            let of_arcs: i64 = self.path.iter().map(|&arc| level.gains[arc]).sum();
            gains.push(of_arcs + if is_ring { level.ring_gain } else { 0 });
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use bartizan_solver::budget::Budget;
    use bartizan_solver::exchange::{Arc, solve_levels};
    use bartizan_solver::program::solve;

    use super::*;
    use crate::generate::{KidneyModel, KidneyPool};
    use crate::pool::detect;
    use crate::pool::rules::Rules;

    fn level(pool: &Pool) -> Level {
        Level { gains: vec![1; pool.arc_count()], ring_gain: 0 }
    }

    #[test]
    fn every_ring_and_chain_is_a_column() {
        // All pairs of three give to each other, and an altruist to the first.
        let arc = |tail, head| Arc { tail, head, gain: 1, passes: Vec::new() };
        let arcs = [(0, 1), (1, 0), (1, 2), (2, 1), (2, 0), (0, 2), (3, 0)];
        let pool =
            Pool::new(vec![false, false, false, true], arcs.map(|(tail, head)| arc(tail, head)).to_vec());
        let count = |ring, chain| {
            packing(&pool, Caps { ring, chain }, &[level(&pool)], 100).map(|program| program.most.len())
        };
        assert_eq!(count(2, 0), Some(3));
        assert_eq!(count(3, 0), Some(5), "two rings of three");
        assert_eq!(count(0, 1), Some(1));
        assert_eq!(count(0, 3), Some(5), "one of one pair, two of two, two of three");
        assert_eq!(count(3, 3), Some(10));
        assert_eq!(packing(&pool, Caps { ring: 3, chain: 3 }, &[level(&pool)], 9), None);
    }

    #[test]
    fn what_uses_a_pass_twice_is_no_column() {
        let arc = |tail, head| Arc { tail, head, gain: 1, passes: vec![0] };
        let pool = Pool::new(vec![false; 2], vec![arc(0, 1), arc(1, 0)]);
        let program = packing(&pool, Caps { ring: 3, chain: 0 }, &[level(&pool)], 9).expect("few columns");
        assert!(program.most.is_empty());
    }

    #[test]
    fn two_solvers_of_ours_agree_on_made_up_pools() {
        for seed in 0..20 {
            let mut text = Vec::new();
            let plan = KidneyPool { model: KidneyModel::Saidman, pairs: 14, altruists: 2, seed };
            plan.write(&mut text).expect("memory takes everything");
            let format = detect(&text).expect("a pool");
            let pool = Rules::pool(&(format.read)(&text, None).expect("a good pool"));
            let levels = [level(&pool), Level { gains: vec![0; pool.arc_count()], ring_gain: 1 }];
            let caps = Caps { ring: 3, chain: 2 };
            let program = packing(&pool, caps, &levels, 1_000_000).expect("few columns");
            let other = solve(&program, None, Budget::UNLIMITED, 0, &mut |_, _, _| ())
                .expect("nothing at all is allowed");
            let found = solve_levels(&pool, caps, &levels, Budget::UNLIMITED, &mut |_, _, _| ());
            let values: Vec<i64> =
                levels.iter().map(|level| level.value(&found.rings, &found.chains)).collect();
            assert_eq!(values, other.values, "seed {seed}");
        }
    }
}
